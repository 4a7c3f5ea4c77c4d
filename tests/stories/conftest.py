"""Stories have a city: `async def test_…(city: City)`; after each one its chains and slots are checked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.city import City, living
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool


@pytest.fixture
async def city(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[City]:
    async with living(dsn, pool, tmp_path, hand_clock) as city:
        yield city
