from pathlib import Path

import pytest

from support.web import Web
from zhigan.registry import api, places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    """The registry over HTTP in a city whose communities are known."""
    async with pool.acquire() as conn:
        await places.settle(conn)
    return Web(pool, hand_clock, api.handlers, tmp_path)
