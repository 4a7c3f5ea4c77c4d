"""A draft is tried on what the city heard: by the policy in force the trial finds the rows that really stood."""

from typing import Any

from support.city import City
from support.site import Point
from zhigan.alarms import trials
from zhigan.history import rolling
from zhigan.protocols.gb26875 import Analog
from zhigan.vocabulary.roles import Role

MPA = 4
"""The standard's analog type: pressure in tenths of a MPa."""


async def measures(point: Point, tenths: int) -> None:
    unit = point.unit
    await unit.says(Analog(1, 1, 0, point.number, MPA, tenths, unit.device.believes()))
    await unit.city.passes(seconds=5)


async def rolled(city: City) -> None:
    """The hour is over, and its roll-up has been computed."""
    await city.passes(minutes=75)
    async with city.web.pool.acquire() as conn:
        while (await rolling.roll(conn, city.clock.micros())).more:
            pass


async def outcome(city: City, change: dict[str, Any]) -> dict[str, Any]:
    admin = await city.person(Role.ADMIN)
    draft = (await admin.post("/policies", json={"based_on": 1})).json()
    head, policy = draft["head"], draft["policy"]
    for limit in policy["limits"]:
        limit["at"] = change.get(f"{limit['metric']}/{limit['condition']}", limit["at"])
    for rule in policy["rules"]:
        rule["grade"] = change.get(rule["on"][0], rule["grade"])
    path = f"/policies/{head['version']}"
    kept = await admin.put(path, json={"revision": head["revision"], "policy": policy})
    assert kept.status_code == 200, kept.text
    asked = await admin.post(f"{path}/trial", json={"days": 3})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting"), asked.text
    async with city.web.pool.acquire() as conn:
        assert await trials.work(conn, city.clock)
        assert not await trials.work(conn, city.clock)
    done = (await admin.get(f"{path}/trial")).json()
    assert done["state"] == "done", done
    return done["outcome"]


async def test_by_the_policy_in_force_the_trial_finds_the_rows_that_stood(city: City) -> None:
    school = await city.unit("实验小学", floors=3, heads=2)
    water = await city.unit("城区供水")
    gauge = await water.has("water_pressure", "泵房水压")
    await measures(gauge, 3)
    await measures(gauge, 1)
    await school.head(floor=2, point=1).smokes()
    await city.passes(minutes=2)
    (fire,) = await city.desk()
    await city.step(fire, "accept")
    await measures(gauge, 3)
    await school.head(floor=3, point=1).fails()
    await rolled(city)
    stood = {row.id for row in [*await city.desk(), *await city.tasks(), *await city.attention()]}
    assert stood

    same = await outcome(city, {})
    assert same["before"] == same["after"] and same["units"] == []
    assert (same["before"]["desk"], same["before"]["by_kind"]) == (1, {"fire": 1, "water": 1, "fault": 1})
    assert (same["devices"], same["signals"]) == (3, 5), same

    looser = await outcome(city, {"pressure/low_pressure": 0.05, "fault": 3})
    assert looser["before"] == same["before"]
    assert looser["after"]["by_kind"] == {"fire": 1, "fault": 1}
    assert looser["after"]["by_grade"]["III"] == 1
    tighter = await outcome(city, {"pressure/low_pressure": 0.35})
    assert tighter["after"]["rows"] == same["before"]["rows"], "the same fall, seen earlier"


async def test_one_trial_at_a_time_may_be_asked_for_many_and_cancelled(city: City) -> None:
    admin = await city.person(Role.ADMIN)
    await admin.post("/policies", json={"based_on": 1})
    for _ in range(5):
        assert (await admin.post("/policies/2/trial", json={})).status_code == 202
    assert (await admin.post("/policies/2/trial", json={})).json()["code"] == "policy.trials"
    assert (await admin.delete("/policies/2/trial")).status_code == 204
    assert (await admin.get("/policies/2/trial")).json()["state"] == "cancelled"
    await city.asks("/policies/2/trial", {}, Role.DUTY, 403)
    async with city.web.pool.acquire() as conn:
        assert not await trials.work(conn, city.clock)
