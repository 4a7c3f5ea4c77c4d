"""What the service levels are lent of duty checks: also what nobody settled."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.city import HANDLERS, City, living
from zhigan.desks.dutycheck import api, store
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import parse


@pytest.fixture
async def city(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[City]:
    async with living(dsn, pool, tmp_path, hand_clock, [*HANDLERS, *api.handlers]) as city:
        yield city


async def test_what_nobody_settled_is_missed_when_its_time_is_up(city: City) -> None:
    home = await city.asks("/units", {"code": "H-1", "name": "敬老院", "area_code": "360802", "premises": "other"})
    await city.asks("/duty-checks", {"unit_ids": [home["id"]]}, Role.DUTY, 200)
    since = city.clock.now() - timedelta(days=1)

    async def measured() -> list[tuple[str, str, str, int, int]]:
        async with city.web.pool.acquire() as conn:
            return await store.groups(conn, parse("city"), since, since + timedelta(days=2), city.clock.now())

    assert await measured() == [], "it has its time"
    city.clock.advance(13 * 60)
    assert await measured() == [("360802", "", "", 0, 1)]
