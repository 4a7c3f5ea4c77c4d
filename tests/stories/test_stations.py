"""Micro fire stations: the 1-3-5-minute clock on a real alarm, drills that are never one, neighbours."""

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.city import HANDLERS, City, living
from zhigan.desks.stations import api, worker
from zhigan.incidents.answers import Response
from zhigan.incidents.model import Actor, Answer
from zhigan.incidents.responses import respond
from zhigan.runtime.clock import HandClock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.moments import SHANGHAI, to_micros
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

    await was_told(city, incident.id, "account:" + await account(city, "crew"), await account(city, "crew"))
    for seconds, kind in ((50, "on_the_way"), (200, "arrived"), (20, "no_fire")):
        city.clock.advance(seconds)
        answer = await phone.post(f"/incidents/{incident.id}/responses", json={"kind": kind})
        assert answer.status_code == 201, answer.text
    [shown] = (await desk.get(f"/incidents/{incident.id}/turnout")).json()["items"]
    clock = shown["clock"]
    assert (shown["name"], shown["neighbour"]) == ("北门微型消防站", False)
    assert (clock["left_s"], clock["arrived_s"], clock["acting_s"], clock["late"]) == (50, 250, 270, ["arrived"])
    assert (await other.get(f"/incidents/{incident.id}/turnout")).status_code == 404


async def test_each_station_has_a_clock_of_its_own(city: City) -> None:
    await station(city, "ST-1", "北门微型消防站", 114.98)
    near = await station(city, "ST-2", "南门微型消防站", 114.99)
    await city.asks(f"/organisations/{near}/members", {"name": "站员王某", "phone": "13900000012", "post": "站员"})
    own = await city.web.person("own", Role.STATION, "station:ST-1")
    other = await city.web.person("other", Role.STATION, "area:360802")
    stray = await city.web.person("stray", Role.STATION, "area:360802")
    await city.web.pool.execute("update access.account set phone = '139-0000 0012' where name = 'other'")
    tower = await city.unit("阳明大厦", premises="crowded", floors=2, heads=2, station="ST-1")
    await tower.head(floor=1, point=1).smokes()
    [incident] = await city.desk()
    await was_told(city, incident.id, "account:" + await account(city, "own"), await account(city, "own"))
    city.clock.advance(20)
    number = "13900000012"
    pressed = await was_told(city, incident.id, f"phone:{number}", number, way="voice", role="neighbour_station")
    for seconds, phone, kind in ((10, stray, "on_the_way"), (10, other, "on_the_way"), (30, own, "on_the_way")):
        city.clock.advance(seconds)
        answer = await phone.post(f"/incidents/{incident.id}/responses", json={"kind": kind})
        assert answer.status_code == 201, answer.text
    await presses(city, incident.id, pressed)
    items = (await (await city.person()).get(f"/incidents/{incident.id}/turnout")).json()["items"]
    seen = [(i["name"], i["neighbour"], i["clock"]["left_s"], i["clock"]["late"]) for i in items]
    assert seen == [
        ("北门微型消防站", False, 70, ["left"]), ("南门微型消防站", True, 20, []), ("", False, None, []),
    ]  # fmt: skip
    assert items[1]["clock"]["seen_s"] == 50, "whoever presses a key was reached"


async def test_neighbours_and_gear_know_no_border_and_no_london(city: City) -> None:
    here = await station(city, "ST-1", "界河微型消防站", 114.98)
    across = {"kind": "station", "code": "ST-9", "name": "对岸微型消防站", "area_code": "360803", "lon": 114.985}
    there = await city.asks("/organisations", {**across, "lat": 27.113})
    same = await station(city, "ST-2", "同县微型消防站", 114.995)
    desk = await city.person()
    near = (await desk.get(f"/stations/{here}")).json()["neighbours"]
    assert [n["id"] for n in near] == [there["id"], same], "the nearest first, whichever county"
    today = city.clock.now().astimezone(SHANGHAI).date()
    keeps = {"radius_m": 2000, "gear": [{"name": "灭火器", "count": 8, "expires_on": today.isoformat()}]}
    phone = await city.web.person("crew", Role.STATION, "station:ST-1")
    assert (await phone.put(f"/stations/{here}/keeping", json=keeps)).status_code == 204
    assert (await desk.get(f"/stations/{here}")).json()["station"]["expired"] == 0
    midnight = datetime.combine(today + timedelta(days=1), time(0, 1), SHANGHAI)
    city.clock.advance((midnight - city.clock.now()).total_seconds())
    desk = await city.web.person("later", Role.DUTY)
    assert (await desk.get(f"/stations/{here}")).json()["station"]["expired"] == 1, "from midnight in Ji'an on"


async def test_a_stopped_drill_stands_beside_the_ranking_and_one_second_is_one_second(city: City) -> None:
    here = await station(city, "ST-1", "北门微型消防站", 114.98)
    phone = await city.web.person("crew", Role.STATION, "station:ST-1")
    desk = await city.person(Role.DUTY)
    drill = {"id": mint(city.clock), "place": "A 座"}
    await desk.post(f"/stations/{here}/drills", json=drill)
    city.clock.advance(60.5)
    [waiting] = (await phone.get("/drills", params={"running": True})).json()["items"]
    assert waiting["clock"]["late"] == []
    assert (await says(phone, drill["id"], "left"))["clock"]["late"] == []
    city.clock.advance(60)
    await says(phone, drill["id"], "arrived")
    assert (await says(phone, drill["id"], "acting"))["passed"]
    stopped = {"id": mint(city.clock), "place": "B 座"}
    await desk.post(f"/stations/{here}/drills", json=stopped)
    assert (await desk.post(f"/drills/{stopped['id']}/stop")).json()["ended_why"] == "stopped"
    [rank] = (await desk.get("/drills/ranking")).json()
    assert (rank["drills"], rank["passed"], rank["stopped"], rank["acting_s"]) == (1, 1, 1, 120)


async def account(city: City, name: str) -> str:
    return str(await city.web.pool.fetchval("select id from access.account where name = $1", name))


async def was_told(
    city: City, incident: str, holder: str, address: str, *, way: str = "app", role: str = "station"
) -> str:
    """As notify hands a message out."""
    id_ = mint(city.clock)
    await city.web.pool.execute(TOLD, id_, incident, city.clock.now(), holder, role, way, address)
    return id_


async def presses(city: City, incident: str, notification: str) -> None:
    """As notify takes down a key that was pressed."""
    async with city.web.pool.acquire() as conn, conn.transaction():
        said = Response(kind=Answer.ACKNOWLEDGED, key=f"call:{notification}")
        await respond(conn, incident, mint(city.clock), said, Actor("platform", "站员"), to_micros(city.clock.now()))


TOLD = """insert into notify.notification (id, incident, origin, step, grade, holder, person, role, channel, address,
    place_key, purpose, state, created_at, due_at, handed_at, at)
values ($1::uuid, $2::uuid, $2::uuid,
    'near', 2, $4, '站长', $5, $6, $7, '', 'alarm', 'sent', $3, $3, $3, $3)"""
