"""Micro fire stations: the 1-3-5-minute clock on a real alarm, drills that are never one, neighbours."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.city import HANDLERS, City, living
from zhigan.desks.stations import api, worker
from zhigan.runtime.clock import HandClock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role


@pytest.fixture
async def city(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[City]:
    async with living(dsn, pool, tmp_path, hand_clock, handlers=[*HANDLERS, *api.handlers]) as city:
        yield city


async def station(city: City, code: str, name: str, lon: float) -> str:
    told = {"kind": "station", "code": code, "name": name, "area_code": "360802", "phone": "07968200001"}
    return str((await city.asks("/organisations", {**told, "lon": lon, "lat": 27.113}))["id"])


async def says(phone: httpx.AsyncClient, drill: str, step: str) -> dict[str, Any]:
    return (await phone.post(f"/drills/{drill}/steps", json={"step": step})).json()


async def test_a_drill_is_measured_and_a_real_alarm_ends_it(city: City) -> None:
    here = await station(city, "ST-1", "北门微型消防站", 114.98)
    near = await station(city, "ST-2", "南门微型消防站", 114.99)
    far = await station(city, "ST-3", "远处微型消防站", 115.4)
    phone = await city.web.person("crew", Role.STATION, "station:ST-1")
    other = await city.web.person("other", Role.STATION, "station:ST-2")
    desk = await city.person(Role.DUTY)
    kept = {"radius_m": 2000, "gear": [{"name": "灭火器", "count": 8, "expires_on": "2020-01-01"}]}
    assert (await phone.put(f"/stations/{here}/keeping", json=kept)).status_code == 204
    assert (await phone.put(f"/stations/{near}/keeping", json=kept)).status_code == 404
    file = (await phone.get(f"/stations/{here}")).json()
    assert [n["id"] for n in file["neighbours"]] == [near] and file["station"]["expired"] == 1
    assert len((await desk.get("/stations")).json()["items"]) == 3

    new = {"id": mint(city.clock), "place": "A 座三楼"}
    assert (await phone.post(f"/stations/{here}/drills", json=new)).status_code == 403
    assert [(await desk.post(f"/stations/{here}/drills", json=new)).status_code for _ in range(2)] == [201, 200]
    again = {"id": mint(city.clock), "place": "B 座"}
    assert (await desk.post(f"/stations/{here}/drills", json=again)).json()["code"] == "drill.twice"
    [running] = (await phone.get("/drills", params={"running": True})).json()["items"]
    assert (await other.post(f"/drills/{running['id']}/steps", json={"step": "seen"})).status_code == 404
    assert (await says(phone, running["id"], "arrived"))["code"] == "drill.order"
    for seconds, step in ((10, "seen"), (40, "left"), (100, "arrived"), (100, "acting")):
        city.clock.advance(seconds)
        told = await says(phone, running["id"], step)
    took = [told["clock"][f"{step}_s"] for step in ("seen", "left", "arrived", "acting")]
    assert (took, told["passed"], told["ended_why"]) == ([10, 50, 150, 250], True, "done")
    assert await city.desk() == []

    late = {"id": mint(city.clock), "place": "C 座"}
    await desk.post(f"/stations/{here}/drills", json=late)
    city.clock.advance(1800)
    assert await worker.look(city.web.db, city.clock.now()) == 1
    assert (await says(phone, late["id"], "left"))["code"] == "drill.over"
    [rank] = (await desk.get("/drills/ranking")).json()
    assert (rank["drills"], rank["passed"], rank["acting_s"]) == (2, 1, 250)
    sheet = (await desk.get("/drills/export.csv")).text
    assert "A 座三楼" in sheet and "C 座" in sheet

    third = {"id": mint(city.clock), "place": "D 座"}
    await desk.post(f"/stations/{here}/drills", json=third)
    away = {"id": mint(city.clock), "place": "E 座"}
    await desk.post(f"/stations/{far}/drills", json=away)
    tower = await city.unit("阳明大厦", premises="crowded", floors=2, heads=2, station="ST-1")
    await tower.head(floor=1, point=1).smokes()
    [incident] = await city.desk()
    assert (await says(phone, third["id"], "left"))["code"] == "drill.alarm"
    ended = {d["id"]: d for d in (await desk.get("/drills")).json()["items"]}
    assert (ended[third["id"]]["ended_why"], ended[third["id"]]["incident"]) == ("alarm", incident.id)
    assert ended[away["id"]]["ended_at"] is None
    refused = await desk.post(f"/stations/{here}/drills", json={"id": mint(city.clock), "place": "F 座"})
    assert refused.json()["code"] == "drill.real"

    async with city.web.pool.acquire() as conn:
        await conn.execute(TOLD, mint(city.clock), incident.id, city.clock.now())
    for seconds, kind in ((50, "on_the_way"), (200, "arrived"), (20, "no_fire")):
        city.clock.advance(seconds)
        answer = await phone.post(f"/incidents/{incident.id}/responses", json={"kind": kind})
        assert answer.status_code == 201, answer.text
    clock = (await desk.get(f"/incidents/{incident.id}/turnout")).json()
    assert (clock["left_s"], clock["arrived_s"], clock["acting_s"], clock["late"]) == (50, 250, 270, ["arrived"])
    assert (await other.get(f"/incidents/{incident.id}/turnout")).status_code == 404


TOLD = """insert into notify.notification (id, incident, origin, step, grade, holder, person, role, channel, address,
    place_key, purpose, state, created_at, due_at, handed_at, at)
values ($1::uuid, $2::uuid, $2::uuid,
    'near', 2, 'phone:1', '站长', 'station', 'app', '1', '', 'alarm', 'sent', $3, $3, $3, $3)"""
"""As notify hands a message out."""
