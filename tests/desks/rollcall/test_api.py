"""The roll call from outside: who is called to a place, who is nearest, who answered, and what is told to whom."""

from pathlib import Path

import pytest

from support.happenings import NOON, incident_id, opened
from support.web import Web
from zhigan.bus import log
from zhigan.desks.rollcall import api
from zhigan.incidents import api as incidents_api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.incidents.store import apply
from zhigan.registry import api as registry_api
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

PATH = f"/incidents/{incident_id(1)}"


@pytest.fixture
def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    handlers = [*api.handlers, *incidents_api.handlers, *registry_api.handlers]
    return Web(pool, hand_clock, handlers, tmp_path, {"shelf": Shelf(tmp_path / "files"), "press": Press()})


@pytest.fixture
async def alarm(pool: Pool) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await log.append(conn, await apply(conn, [opened(1)], NOON), NOON)


async def test_the_nearest_comes_first_and_who_answered_is_seen(web: Web, alarm: None, hand_clock: HandClock) -> None:
    near = await web.person("近处王某", Role.STATION, "unit:U1")
    far = await web.person("远处李某", Role.GRID, "area:360802")
    await web.person("school", Role.PROPERTY, "industry:education")
    await web.person("elsewhere", Role.STATION, "unit:U2")
    await web.person("both", Role.UNIT, "unit:U1+area:360803")
    duty = await web.person("duty", Role.DUTY)
    assert (await far.put("/me/position", json={"lon": 115.0, "lat": 27.2})).status_code == 204
    assert (await near.put("/me/position", json={"lon": 114.981, "lat": 27.11})).status_code == 204
    await near.post(f"{PATH}/responses", json={"kind": "acknowledged"})
    hand_clock.advance(20)
    await near.post(f"{PATH}/responses", json={"kind": "on_the_way"})
    await duty.post(f"{PATH}/responses", json={"kind": "acknowledged"})
    people = (await far.get(f"{PATH}/around")).json()["people"]
    assert [(p["name"], p["answer"]) for p in people] == [
        ("近处王某", "on_the_way"), ("远处李某", None), ("duty", "acknowledged"), ("school", None),
    ]  # fmt: skip
    assert 90 < people[0]["distance_m"] < 110 and people[3]["distance_m"] is None
    hand_clock.advance(31 * 60)
    people = (await far.get(f"{PATH}/around")).json()["people"]
    assert all(p["distance_m"] is None for p in people)


async def test_what_is_told_to_whom(web: Web, alarm: None) -> None:
    near = await web.person("near", Role.STATION, "unit:U1")
    await near.put("/me/position", json={"lon": 114.981, "lat": 27.11})
    outside = await web.person("outside", Role.STATION, "unit:U2")
    assert (await outside.get(f"{PATH}/around")).status_code == 404
    industry = await web.person("industry", Role.INDUSTRY)
    assert (await industry.put("/me/position", json={"lon": 1.0, "lat": 1.0})).status_code == 403
    (seen,) = (await industry.get(f"{PATH}/around")).json()["people"]
    assert (seen["phone"], seen["distance_m"]) == ("", None)
    assert (await near.put("/me/position", json={"lon": 200, "lat": 1})).status_code == 400
    assert (await near.delete("/me/position")).status_code == 204
    assert (await near.get(f"{PATH}/around")).json()["people"][0]["distance_m"] is None


async def test_water_is_the_nearest_whoever_s_it_is(web: Web, alarm: None) -> None:
    operator = await web.person("operator", Role.OPERATOR)
    for code, lon, state in (("far", 115.1, None), ("near", 114.982, None), ("dry", 114.9801, "damaged")):
        body = {"code": code, "lon": lon, "lat": 27.11, "area_code": "360802", "state": state}
        made = await operator.post("/hydrants", json=body)
        assert made.status_code == 201, made.text
    station = await web.person("station", Role.STATION, "unit:U1")
    found = (await station.get(f"{PATH}/around")).json()["hydrants"]
    assert [h["name"] for h in found] == ["near", "far"] and 150 < found[0]["distance_m"] < 250
