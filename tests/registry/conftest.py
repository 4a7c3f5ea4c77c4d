from pathlib import Path

import pytest

from support.web import Web
from zhigan.access import importing as access_importing
from zhigan.access.passwords import Passwords
from zhigan.registry import api, api_imports, importing, places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool

KINDS = {**importing.CHOICE, "users": access_importing.kind(Passwords())}


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    """The registry over HTTP in a city whose communities are known."""
    async with pool.acquire() as conn:
        await places.settle(conn)
    return Web(pool, hand_clock, [*api.handlers, *api_imports.handlers], tmp_path, {"importable": KINDS})
