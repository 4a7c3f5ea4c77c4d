"""A district's people make their own district stricter: drafted there, put in force by the city, seen by no other."""

from typing import Any

import httpx

from support.city import City
from support.site import Point
from zhigan.alarms import trials
from zhigan.history import rolling
from zhigan.protocols.gb26875 import Analog
from zhigan.vocabulary.roles import Role

MPA = 4
"""The standard's analog type: pressure in tenths of a MPa."""
OWN, OTHER = "360802", "360803"


async def lead(city: City, area: str, role: Role = Role.LEAD) -> httpx.AsyncClient:
    return await city.web.person(f"{role.value}-{area}", role, f"area:{area}")


async def kept(person: httpx.AsyncClient, document: dict[str, Any], status: int = 200) -> dict[str, Any]:
    head = document["head"]
    body = {"revision": head["revision"], "policy": document["policy"], "note": head["note"]}
    answer = await person.put(f"/policies/{head['version']}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def drafted(person: httpx.AsyncClient, base: int, area: str, pressure: float) -> dict[str, Any]:
    made = await person.post("/policies", json={"based_on": base, "note": f"冬季水压 {area}"})
    assert made.status_code == 201, made.text
    document = made.json()
    assert document["head"]["areas"] == [area]
    document["policy"]["districts"] = {area: {"limits": {"pressure/low_pressure": pressure}}}
    return await kept(person, document)


async def measures(point: Point, tenths: int) -> None:
    unit = point.unit
    await unit.says(Analog(1, 1, 0, point.number, MPA, tenths, unit.device.believes()))
    await unit.city.passes(seconds=5)


async def test_a_district_drafts_for_itself_and_the_city_puts_it_in_force(city: City) -> None:
    gauge = await (await city.unit("城区供水")).has("water_pressure", "泵房水压")  # in 360802
    here = await lead(city, OWN)
    draft = await drafted(here, 1, OWN, 0.16)
    version, word = draft["head"]["version"], {"revision": draft["head"]["revision"]}
    assert draft["head"]["steps"] == ["edit", "discard"], "it is not theirs to put in force"
    assert (await here.post(f"/policies/{version}/activate", json=word)).json()["code"] == "policy.city_only"
    await measures(gauge, 1)
    await city.asks(f"/policies/{version}/activate", word, Role.LEAD, 200)
    assert (await here.get("/policies/active")).json()["head"]["version"] == version
    assert city.platform.engine.worker.policy.districts[OWN].limits == {"pressure/low_pressure": 0.16}

    later = await drafted(here, version, OWN, 0.15)
    await city.asks("/policies", {"based_on": 1}, Role.ADMIN)
    back = later["head"]["version"] + 1
    await city.asks(f"/policies/{back}/activate", {"revision": 1}, Role.LEAD, 200)
    stale = await city.asks(
        f"/policies/{later['head']['version']}/activate", {"revision": later["head"]["revision"]}, Role.LEAD, 409
    )
    assert stale["code"] == "policy.moved", "it would take back what was put in force meanwhile"
    old = await here.post("/policies", json={"based_on": version})
    assert old.json()["code"] == "policy.district_base"


async def test_what_is_looser_or_not_theirs_is_refused_with_its_place(city: City) -> None:
    here = await lead(city, OWN)
    draft = await drafted(here, 1, OWN, 0.16)

    async def refused(change: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
        document = {**draft, "policy": {**draft["policy"], **change}}
        (error,) = (await kept(here, document, 400))["errors"]
        return error["field"], error["code"], error["params"]

    field, code, said = await refused({"districts": {OWN: {"limits": {"pressure/low_pressure": 0.05}}}})
    assert (field, code) == ("policy.districts.360802.limits.pressure/low_pressure", "policy.district_limit")
    assert said["least"] == "0.1", "what the city says"
    longer = {"verify_day_s": 120, "verify_night_s": 60, "answer_day_s": 180, "answer_night_s": 90}
    field, code, said = await refused({"districts": {OWN: {"countdowns": {"S1": longer}}}})
    assert (field, code) == ("policy.districts.360802.countdowns.S1.verify_day_s", "policy.district_seconds")
    field, code, said = await refused({"districts": {OWN: {"graver": {"offline": 4}}}})
    assert (field, code) == ("policy.districts.360802.graver.offline", "policy.district_grade")
    field, code, said = await refused({"districts": {OTHER: {"limits": {"pressure/low_pressure": 0.16}}}})
    assert (field, code, said) == ("policy.districts.360803", "policy.districts_alone", {"areas": OWN})
    theirs: tuple[tuple[dict[str, Any], str], ...] = (
        ({"late_s": 900}, "policy.late_s"),
        ({"tightening": {"least_limit": 0.1, "least_time": 0.5}}, "policy.tightening"),
        ({"first_handler": {}}, "policy.first_handler"),
    )
    for change, place in theirs:
        field, code, said = await refused(change)
        assert (field, code) == (place, "policy.city_decides")


async def test_nothing_of_another_district_is_seen_or_touched(city: City) -> None:
    here, there = await lead(city, OWN), await lead(city, OTHER)
    first = await drafted(here, 1, OWN, 0.16)
    path = f"/policies/{first['head']['version']}"
    assert [p["version"] for p in (await there.get("/policies")).json()["items"]] == [1]
    asked = (
        there.get(path), there.get(f"{path}/differences", params={"to": 1}), there.get(f"{path}/trial"),
        there.post(f"{path}/trial", json={"days": 1}), there.delete(path), there.delete(f"{path}/trial"),
        there.put(path, json={"revision": 2, "policy": first["policy"], "note": ""}),
    )  # fmt: skip
    assert {(await one).status_code for one in asked} == {404}
    duty = await lead(city, OWN, Role.DUTY)
    assert (await duty.post("/policies", json={"based_on": 1})).status_code == 403
    await city.asks(f"{path}/activate", {"revision": first["head"]["revision"]}, Role.LEAD, 200)

    seen = await drafted(there, first["head"]["version"], OTHER, 0.15)
    assert set(seen["policy"]["districts"]) == {OTHER}
    standing = (await there.get("/policies/active")).json()
    assert standing["policy"]["districts"] == {} and OWN not in str(standing)
    assert (standing["head"]["note"], standing["head"]["made_by"], standing["head"]["areas"]) == ("", "", [])
    told = (await there.get(f"{path}/differences", params={"to": 1})).json()["items"]
    assert told == []
    word = {"revision": seen["head"]["revision"]}
    await city.asks(f"/policies/{seen['head']['version']}/activate", word, Role.ADMIN, 200)
    assert set(city.platform.engine.worker.policy.districts) == {OWN, OTHER}, "what they did not see has stayed"


async def test_a_trial_of_a_district_counts_that_district_alone(city: City) -> None:
    gauge = await (await city.unit("城区供水")).has("water_pressure", "泵房水压")
    await measures(gauge, 3)
    await measures(gauge, 1)
    await city.passes(minutes=75)
    async with city.web.pool.acquire() as conn:
        while (await rolling.roll(conn, city.clock.micros())).more:
            pass
    for area, devices in ((OWN, 1), (OTHER, 0)):
        person = await lead(city, area)
        draft = await drafted(person, 1, area, 0.16)
        path = f"/policies/{draft['head']['version']}/trial"
        assert (await person.post(path, json={"days": 3})).status_code == 202
        async with city.web.pool.acquire() as conn:
            assert await trials.work(conn, city.clock)
        done = (await person.get(path)).json()
        assert (done["state"], done["outcome"]["devices"]) == ("done", devices), done
        assert done["outcome"]["before"]["rows"] == devices
