"""查岗 from the asking to the row: by a panel's key, a phone's photo, at random over weeks; never beside an alarm."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks.site import PNG
from support.city import HANDLERS, City, living
from support.processes import until
from support.site import Unit
from zhigan.desks.dutycheck import api, store, worker
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.roles import Role
from zhigan.webapi.database import Database

DAYS = 30
RULE = {"enabled": True, "s1_a_day": 2, "s2_a_day": 1, "spacing_minutes": 120, "s1_nights_a_week": 2}


@pytest.fixture
async def city(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[City]:
    async with living(dsn, pool, tmp_path, hand_clock, [*HANDLERS, *api.handlers]) as city:
        yield city


async def looks(city: City, draws: worker.Draws) -> None:
    await worker.look(Database(city.web.pool), city.clock, draws)


async def checks(city: City, **asked: object) -> list[dict[str, Any]]:
    answer = await (await city.person()).get("/duty-checks", params={"limit": 500, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def asked(city: City, unit: Unit) -> dict[str, Any]:
    before = len(unit.device.duty_checks)
    begun = await city.asks("/duty-checks", {"unit_ids": [unit.id]}, Role.DUTY, 200)
    if begun["begun"]:
        await city.settles()
        await until(lambda: len(unit.device.duty_checks) > before)
    return begun


async def test_by_the_panels_key_and_two_misses_in_a_row(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=2, heads=1)
    draws = worker.Draws()
    await asked(city, market)
    await looks(city, draws)
    (check,) = await checks(city)
    assert (check["state"], check["way"], check["drawn"]) == ("running", "device", False)
    assert (await asked(city, market))["skipped"][0]["why"] == "running"
    await market.device.answers_duty_check()
    await city.settles()
    await until(lambda: _in_state(city, draws, "answered"))
    assert await city.tasks() == []
    for rows in (1, 0):  # the second miss makes the task a row of attention
        await city.passes(minutes=30)
        await asked(city, market)
        await city.passes(minutes=14)
        await looks(city, draws)
        assert (await checks(city))[0]["state"] == "missed"
        assert len(await city.tasks()) == rows
    (row,) = await city.attention()
    assert (row.kind, row.grade) == ("duty", "III")
    await market.head(floor=1, point=1).smokes()
    await city.settles()
    assert (await asked(city, market))["skipped"] == [{"unit_id": market.id, "unit": "中心商城", "why": "alarm"}]


async def _in_state(city: City, draws: worker.Draws, state: str) -> bool:
    await looks(city, draws)
    return (await checks(city))[0]["state"] == state


async def _photo(client: httpx.AsyncClient, check: str) -> httpx.Response:
    return await client.post(f"/duty-checks/{check}/photo", files={"file": ("a.png", PNG, "image/png")})


async def test_by_a_phone_where_no_panel_hangs(city: City) -> None:
    new = {"code": "H-1", "name": "阳光敬老院", "area_code": "360802", "premises": "crowded", "tags": ["elderly_care"]}
    home = await city.asks("/units", new)
    draws = worker.Draws()
    guard = await city.web.person("guard", Role.UNIT, "unit:H-1")
    stranger = await city.web.person("stranger", Role.UNIT, "unit:H-2")
    body = {"unit_ids": [home["id"]]}
    (first,) = (await city.asks("/duty-checks", body, Role.DUTY, 200))["begun"]
    here = {"lon": 114.98, "lat": 27.11, "accuracy_m": 12}
    assert (await stranger.post(f"/duty-checks/{first}/place", json=here)).status_code == 404
    assert (await (await city.person()).post(f"/duty-checks/{first}/place", json=here)).status_code == 409, "himself"
    assert (await _photo(guard, first)).status_code == 409, "the place comes first"
    assert (await guard.post(f"/duty-checks/{first}/place", json=here)).status_code == 200
    answered = (await _photo(guard, first)).json()
    assert (answered["state"], answered["answered_by"], answered["lon"]) == ("answered", "guard", 114.98)
    elsewhere = await guard.post(f"/duty-checks/{first}/place", json={**here, "lon": 115.0})
    again = await _photo(guard, first)
    assert elsewhere.json() == again.json() == answered, "a phone that did not hear the reply sends again"
    assert (await (await city.person()).get(f"/duty-checks/{first}/photo")).content == PNG
    city.clock.advance(60)
    grades: list[list[str]] = []
    for _ in range(2):
        (late,) = (await city.asks("/duty-checks", body, Role.DUTY, 200))["begun"]
        city.clock.advance(13 * 60)
        await looks(city, draws)
        grades.append(sorted(row.grade for row in [*await city.tasks(), *await city.attention()]))
    assert grades[-1] == ["III"] and len(grades[0]) == 1
    assert (await guard.post(f"/duty-checks/{late}/place", json=here)).status_code == 200
    assert (await _photo(guard, late)).json()["state"] == "missed", "kept, too late"
    (third,) = (await city.asks("/duty-checks", body, Role.DUTY, 200))["begun"]
    await guard.post(f"/duty-checks/{third}/place", json=here)
    assert (await _photo(guard, third)).json()["state"] == "answered"
    assert [*await city.tasks(), *await city.attention()] == []
    city.clock.advance(1)
    span = {"since": (city.clock.now() - timedelta(days=1)).isoformat(), "until": city.clock.now().isoformat()}
    (share,) = (await (await city.person()).get("/duty-checks/shares", params=span)).json()["items"]
    assert (share["area"], share["asked"], share["answered"]) == ("360802", 4, 2)


async def test_an_answer_between_two_misses_counts_whoever_else_is_late(city: City) -> None:
    new = {"area_code": "360802", "premises": "other"}
    first, other = [await city.asks("/units", {**new, "code": code, "name": code}) for code in ("H-1", "H-2")]
    guard = await city.web.person("guard", Role.UNIT, "unit:H-1")
    draws = worker.Draws()

    async def asks(unit: dict[str, Any]) -> str:
        return (await city.asks("/duty-checks", {"unit_ids": [unit["id"]]}, Role.DUTY, 200))["begun"][0]

    await asks(first)
    city.clock.advance(13 * 60)
    await looks(city, draws)
    await asks(other)
    city.clock.advance(60)
    answered = await asks(first)
    await guard.post(f"/duty-checks/{answered}/place", json={"lon": 114.98, "lat": 27.11})
    assert (await _photo(guard, answered)).json()["state"] == "answered"
    city.clock.advance(60)
    await asks(first)
    city.clock.advance(14 * 60)
    await looks(city, draws)
    assert [row.grade for row in [*await city.tasks(), *await city.attention()]] == ["IV", "IV"]


async def test_the_position_of_an_answer_is_compared_and_keeps_its_own_time(city: City) -> None:
    new = {
        "code": "H-1",
        "name": "阳光敬老院",
        "area_code": "360802",
        "premises": "crowded",
        "lon": 114.98,
        "lat": 27.11,
    }
    home = await city.asks("/units", new)
    guard = await city.web.person("guard", Role.UNIT, "unit:H-1")
    here = {"lon": 114.981, "lat": 27.11, "accuracy_m": 20}

    async def answers(minutes: int, **place: object) -> dict[str, Any]:
        """Said one minute after it was asked, there so many minutes after that: the phone had no network."""
        (id_,) = (await city.asks("/duty-checks", {"unit_ids": [home["id"]]}, Role.DUTY, 200))["begun"]
        city.clock.advance(60)
        said = city.clock.now()
        city.clock.advance(minutes * 60)
        await looks(city, worker.Draws())
        body = {**here, "said_at": said.isoformat(), "fix_at": (said - timedelta(seconds=20)).isoformat(), **place}
        assert (await guard.post(f"/duty-checks/{id_}/place", json=body)).status_code == 200
        told = (await _photo(guard, id_)).json()
        city.clock.advance(60)
        return {**told, "said": told["said_at"] and datetime.fromisoformat(told["said_at"]) == said}

    near = await answers(5)
    assert (near["state"], near["said"], near["fix_age_s"], near["distance_m"]) == ("answered", True, 20, 99)
    assert near["doubts"] == []
    old = (city.clock.now() - timedelta(minutes=10)).isoformat()
    far = await answers(0, lon=114.99, fix_at=old)
    assert (far["state"], far["doubts"], far["distance_m"]) == ("answered", ["old", "far"], 990)
    assert (await answers(0, lon=114.985, accuracy_m=400))["doubts"] == [], "so far it may be wrong itself"
    late = await answers(14)
    assert (late["state"], late["said"]) == ("missed", True), "kept with its own time; it came too late"
    sheet = (await (await city.person()).get("/duty-checks/export.csv")).text
    assert "old far" in sheet
    lead = await city.web.person("boss", Role.LEAD, "city")
    assert (await lead.put("/duty-checks/rule", json={**RULE, "enabled": False, "near_m": 50})).status_code == 200
    assert (await answers(0))["doubts"] == ["far"], "by the city's own number"


async def test_a_district_may_be_asked_whole_but_for_its_homes(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded")
    new = {"area_code": "360802", "premises": "crowded"}
    care = await city.asks("/units", {**new, "code": "H-1", "name": "无装置商场"})
    await city.asks("/units", {**new, "code": "H-2", "name": "坡子上1号", "premises": "shanty"})
    gone = await city.asks("/units", {**new, "code": "H-3", "name": "已注销"})
    changed = await (await city.person(Role.ADMIN)).patch(f"/units/{gone['id']}", json={"retired": True})
    assert changed.status_code == 200, changed.text
    await city.asks("/duty-checks", {"area": "360802"}, Role.DUTY, 200)
    assert {c["unit_id"] for c in await checks(city)} == {market.id}
    begun: dict[str, Any] = await city.asks("/duty-checks", {"area": "360802", "by_phone": True}, Role.DUTY, 200)
    assert len(begun["begun"]) == 1 and [s["why"] for s in begun["skipped"]] == ["running"]
    assert {(c["unit_id"], c["way"]) for c in await checks(city)} == {(market.id, "device"), (care["id"], "phone")}


async def test_a_month_at_random_by_the_rule(city: City) -> None:
    city.it_is(hour=0)
    s1 = await city.unit("阳光敬老院", premises="crowded", tags=["elderly_care"])
    s2 = await city.unit("中心商城", premises="crowded")
    lead = await city.web.person("boss", Role.LEAD, "city")
    county = await city.web.person("county", Role.LEAD, "area:360802")
    assert (await county.put("/duty-checks/rule", json=RULE)).status_code == 403
    assert (await lead.put("/duty-checks/rule", json={**RULE, "until_minute": 1380})).status_code == 400
    assert (await lead.put("/duty-checks/rule", json=RULE)).status_code == 200
    bare = await city.asks(
        "/units", {"code": "H-1", "name": "无装置商场", "area_code": "360802", "premises": "crowded"}
    )
    draws = worker.Draws()
    for turn in range(DAYS * 24 * 4):
        city.clock.advance(900)
        await looks(city, worker.Draws() if turn % 100 == 0 else draws)  # another process draws the same
    later = await city.web.person("later", Role.LEAD, "city")
    found = (await later.get("/duty-checks", params={"limit": 500})).json()["items"]
    units = (s1.id, s2.id, str(bare["id"]))
    moments = {u: [_local(c) for c in reversed(found) if c["unit_id"] == u] for u in units}
    assert {c["way"] for c in found if c["unit_id"] == bare["id"]} == {"phone"}
    assert {c["state"] for c in found if c["unit_id"] == bare["id"]} == {"missed"}, "nobody was there for a month"
    assert all(c["drawn"] and c["asked_by"] == "" for c in found)
    assert len(moments[s2.id]) == DAYS == len(moments[units[2]])
    assert 6 <= len(moments[s1.id]) - 2 * DAYS <= 10, "two nights of each whole week; the month may touch six"
    for at in moments[s2.id]:
        assert 8 <= at.hour < 22 or (at.hour, at.minute) <= (22, 15)
    for unit in moments.values():
        # drawn to the minute, begun within the quarter of an hour in which this story looks
        assert all(b - a >= timedelta(minutes=105) for a, b in pairwise(unit))


def _local(check: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(check["asked_at"]).astimezone(SHANGHAI)


async def test_an_alarm_ends_what_was_asked_before_it(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=1, heads=1)
    await asked(city, market)
    await market.head(floor=1, point=1).smokes()
    await city.settles()
    await looks(city, worker.Draws())
    (check,) = await checks(city)
    assert (check["state"], check["detail"]) == ("cancelled", "alarm")


async def test_what_was_drawn_beside_an_alarm_is_left_out_and_kept(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=1, heads=1)
    await market.head(floor=1, point=1).smokes()
    await city.settles()
    async with city.web.pool.acquire() as conn, conn.transaction():
        await store.begin(conn, city.clock, await store.units(conn, "u.id = $1::uuid", market.id), None)
    (check,) = await checks(city)
    assert (check["state"], check["detail"], check["drawn"]) == ("skipped", "alarm", True)
    assert market.device.duty_checks == []
