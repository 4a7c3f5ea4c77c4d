"""A unit's own water over HTTP: what its gauges and pumps said, beside limits that say on what they stand."""

from pathlib import Path

import pytest

from desks.site import OUTSIDE, made, said, school
from support.web import Web
from zhigan.desks.hydrants import api_building, building
from zhigan.history import store as history
from zhigan.processes.standing import in_force
from zhigan.registry import api as registry_api
from zhigan.registry import limits as own_limits
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.signals import SignalKind


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
        await history.prepare(conn, hand_clock.micros())
    given = {"ruling": in_force, "importable": {}}
    return Web(pool, hand_clock, [*api_building.handlers, *registry_api.handlers], tmp_path, given)


async def test_tanks_pipes_and_pumps_stand_beside_their_limits(web: Web) -> None:
    ids = await school(web)
    admin = await web.person("office", Role.ADMIN)
    for type_, name in (("water_level", "高位水箱"), ("water_pressure", "末端水压"), ("pump", "喷淋泵")):
        body = {"unit_id": ids["unit"], "gateway": "mqtt", "address": f"w-{type_}", "name": name, "type": type_}
        where = {"building_id": ids["building"]} if type_ == "pump" else {}
        ids[type_] = (await made(admin, "/devices", {**body, **where}))["id"]
    await said(web, ids["pump"], Condition.POWER_FAULT | Condition.STARTED)
    await said(web, ids["water_level"], Condition.LOW_LEVEL)
    at = to_datetime(web.clock.micros())
    async with web.pool.acquire() as conn:
        numbers = dict(await conn.fetch("select id::text, number from registry.device"))
        await conn.execute(
            "insert into history.signal (received_at, at, device, kind, flags, conditions, known, operations,"
            " points, metrics, values) values ($1, $1, $2, $3, 0, 0, 0, 0, '{}', array[$4::smallint], array[0.41])",
            at, numbers[ids["water_level"]], int(SignalKind.READINGS), BY_NAME["level"].number,
        )  # fmt: skip
        own = Limit(metric="pressure", condition="low_pressure", at=0.3, back=0.02, below=True, source="GB 50974")
        await own_limits.put(conn, {numbers[ids["water_pressure"]]: [own]})
    unit = await web.person("unit", Role.UNIT, "unit:U1")
    answer = await unit.get(f"/units/{ids['unit']}/water")
    assert answer.status_code == 200, answer.text
    points = {p["type"]: p for p in answer.json()["points"]}
    assert set(points) == set(building.TYPES), "and nothing that is not water"
    level = points["water_level"]
    assert (level["value"], level["unit"], level["conditions"]) == (0.41, "m", ["low_level"])
    assert [(x["condition"], x["at"], x["source"]) for x in level["limits"]] == [
        ("low_level", 0.5, "practice"), ("no_water", 0.1, "practice"),
    ]  # fmt: skip
    assert points["water_pressure"]["limits"] == [
        {"condition": "low_pressure", "at": 0.3, "below": True, "source": "GB 50974"}
    ]
    assert (points["water_pressure"]["value"], points["pump"]["pump"]) == (None, "power_lost")
    inside = (await unit.get(f"/units/{ids['unit']}/water", params={"building_id": ids["building"]})).json()["points"]
    assert [p["type"] for p in inside] == ["pump"]
    for n, scope in enumerate(OUTSIDE):
        stranger = await web.person(f"s{n}", Role.SUPERVISOR, scope)
        assert (await stranger.get(f"/units/{ids['unit']}/water")).status_code == 404


@pytest.mark.parametrize(
    ("conditions", "word"),
    [
        (Condition.NONE, "standby"), (Condition.STARTED, "running"), (Condition.MANUAL_MODE, "manual"),
        (Condition.MANUAL_MODE | Condition.FEEDBACK, "running"), (Condition.PUMP_OFF | Condition.STARTED, "off"),
        (Condition.OFFLINE | Condition.STARTED, "unknown"),
    ],
)  # fmt: skip
def test_a_pump_in_one_word(conditions: Condition, word: str) -> None:
    assert building.pump_state(int(conditions), seen=True) == word
    assert building.pump_state(int(conditions), seen=False) == "unknown"
