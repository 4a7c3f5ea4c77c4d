from pathlib import Path

import pytest

from support.web import Web
from zhigan.incidents import api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool


@pytest.fixture
def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    return Web(pool, hand_clock, api.handlers, tmp_path, {"shelf": Shelf(tmp_path / "files"), "press": Press()})
