"""处置权责: whoever's desk it is answers first; what he does not accept goes up in time, and the timeline says so."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.city import HANDLERS, City, living
from support.rows import Row
from support.site import Point, Unit
from zhigan.desks.handling import api
from zhigan.desks.handling.worker import Handling
from zhigan.processes.standing import in_force
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role


@pytest.fixture
async def city(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[City]:
    handlers = [*HANDLERS, *api.handlers]
    async with living(dsn, pool, tmp_path, hand_clock, handlers, {"ruling": in_force}) as city:
        yield city


@pytest.fixture
async def school(city: City) -> Unit:
    return await city.unit("实验小学", floors=2, heads=2)


@pytest.fixture
def handling(city: City) -> Handling:
    return Handling(city.web.pool, city.clock, in_force)


@pytest.fixture
async def county(city: City) -> AsyncGenerator[httpx.AsyncClient]:
    async with await city.web.person("jizhou", Role.DUTY, "area:360802") as client:
        yield client


async def looked(city: City, handling: Handling, seconds: float = 0) -> None:
    """Time passes; the follower reads and keeps time as its loops do."""
    await city.passes(seconds=seconds)
    await city.settles()
    while await handling.read():
        pass
    await handling.keep_time()


async def holder(client: httpx.AsyncClient, row: Row) -> tuple[str, str] | None:
    said: dict[str, Any] = (await client.get("/handling")).json()
    found = [h for h in said["held"] if h["incident"] == row.id]
    return None if not found else (found[0]["level"], found[0]["name"])


async def passed(city: City, row: Row) -> list[str]:
    client = await city.person()
    lines = (await client.get(f"/incidents/{row.id}")).json()["timeline"]
    reasons = [line["detail"]["reason"] for line in lines if line["what"] == "remarked"]
    return [reason["zh"] for reason in reasons if reason["why"] == "passed_on"]


async def burns(city: City, point: Point) -> Row:
    await point.smokes()
    (row,) = await city.desk()
    return row


async def test_the_county_has_ninety_seconds_and_then_it_is_the_citys(
    city: City, school: Unit, handling: Handling, county: httpx.AsyncClient
) -> None:
    await county.get("/handling")
    row = await burns(city, school.head(floor=1, point=1))
    await looked(city, handling)
    chief = await city.person(Role.LEAD)
    mine = (await county.get("/handling")).json()
    assert mine["desk"] == {"level": "county", "name": "吉州区"} and mine["times"]["II"]["county_s"] == 90
    assert mine["below"] is False and (await chief.get("/handling")).json()["below"] is True
    assert await holder(chief, row) == await holder(county, row) == ("county", "吉州区")
    assert await passed(city, row) == []
    await looked(city, handling, 60)
    assert await holder(chief, row) == ("county", "吉州区")
    await looked(city, handling, 31)
    assert await holder(chief, row) == ("city", "")
    assert await passed(city, row) == ["处置权责由吉州区值班台转市级值班台：限时未受理"]


async def test_accepting_ends_it_and_what_is_given_back_goes_on_from_where_it_was(
    city: City, school: Unit, handling: Handling, county: httpx.AsyncClient
) -> None:
    row = await burns(city, school.head(floor=1, point=1))
    await looked(city, handling, 5)
    assert (await county.post(f"/incidents/{row.id}/accept", json={})).status_code == 200
    await looked(city, handling, 120)
    assert await holder(county, row) is None and await passed(city, row) == []
    assert (await county.post(f"/incidents/{row.id}/release", json={})).status_code == 200
    await looked(city, handling)
    assert await holder(county, row) == ("city", ""), "its time is over"


async def test_a_desk_that_nobody_sits_at_holds_nothing_up(
    city: City, school: Unit, handling: Handling, county: httpx.AsyncClient
) -> None:
    await city.passes(minutes=5)
    row = await burns(city, school.head(floor=1, point=1))
    await looked(city, handling)
    assert await holder(await city.person(), row) == ("city", "")
    assert await passed(city, row) == ["处置权责由吉州区值班台转市级值班台：无人在席"]


async def test_who_signs_out_passes_on_what_he_held_at_once(
    city: City, school: Unit, handling: Handling, county: httpx.AsyncClient
) -> None:
    row = await burns(city, school.head(floor=1, point=1))
    await looked(city, handling)
    assert (await county.post("/logout")).is_success
    await handling.keep_time()
    assert await passed(city, row) == ["处置权责由吉州区值班台转市级值班台：无人在席"]


async def test_the_control_room_has_it_first_and_grade_i_is_everybodys(
    city: City, school: Unit, handling: Handling, county: httpx.AsyncClient
) -> None:
    async with await city.web.person("room", Role.UNIT, "unit:JA-001") as room:
        await room.get("/handling")
        row = await burns(city, school.head(floor=1, point=1))
        await looked(city, handling)
        assert await holder(county, row) == ("room", "实验小学")
        assert (await room.get("/handling")).json()["desk"] == {"level": "room", "name": "实验小学"}
        await looked(city, handling, 31)
        assert await holder(county, row) == ("county", "吉州区")
        await school.head(floor=1, point=2).smokes()
        await looked(city, handling)
        (row,) = await city.desk()
        assert row.view.grade == "I" and await holder(county, row) == ("city", "")
        said = await passed(city, row)
        assert said[-1] == "处置权责由吉州区值班台转市级值班台：已是 I 级，各级同时响铃"


async def test_where_nobody_belongs_below_the_city_nothing_is_written(
    city: City, school: Unit, handling: Handling
) -> None:
    row = await burns(city, school.head(floor=1, point=1))
    await looked(city, handling)
    assert await passed(city, row) == [] and await holder(await city.person(), row) is None
