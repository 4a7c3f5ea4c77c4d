"""Debian's Chromium and one running platform, for all stories."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser.seat import CARRIER, FLAGS
from support.platform import Platform


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One running platform for the whole run; each story makes its own buildings in it."""
    platform = Platform(tmp_path_factory.mktemp("city"), ctwing_token=CARRIER, outward_networks="127.0.0.0/8")
    platform.start()
    yield platform
    assert platform.stop() == 0
