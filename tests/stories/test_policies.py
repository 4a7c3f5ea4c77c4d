"""The policy is exchanged under a living city: a draft, a second word, and the next reading is judged by it."""

from typing import Any

import httpx
import msgspec

from support.city import City
from support.site import Point
from zhigan.alarms import policies
from zhigan.alarms.engine import POLICY_V1
from zhigan.alarms.engine.policy import write
from zhigan.protocols.gb26875 import Analog
from zhigan.vocabulary.roles import Role

MPA = 4
"""The standard's analog type: pressure in tenths of a MPa."""


async def measures(point: Point, tenths: int) -> None:
    unit = point.unit
    await unit.says(Analog(1, 1, 0, point.number, MPA, tenths, unit.device.believes()))
    await unit.city.passes(seconds=5)


async def drafted(city: City) -> tuple[dict[str, Any], httpx.AsyncClient]:
    admin = await city.person(Role.ADMIN)
    made = await admin.post("/policies", json={"based_on": 1, "note": "冬季水压"})
    assert made.status_code == 201, made.text
    return made.json(), admin


def low_pressure(document: dict[str, Any]) -> dict[str, Any]:
    limits = document["policy"]["limits"]
    return next(r for r in limits if r["condition"] == "low_pressure" and "water_pressure" in r["types"])


async def edited(admin: httpx.AsyncClient, document: dict[str, Any], status: int = 200) -> dict[str, Any]:
    head = document["head"]
    body = {"revision": head["revision"], "policy": document["policy"], "note": head["note"]}
    answer = await admin.put(f"/policies/{head['version']}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_second_person_puts_a_draft_in_force_and_the_next_reading_is_judged_by_it(city: City) -> None:
    unit = await city.unit("城区供水")
    gauge = await unit.has("water_pressure", "泵房水压")
    await measures(gauge, 3)
    assert await city.tasks() == []
    draft, admin = await drafted(city)
    assert (draft["head"]["version"], draft["head"]["state"], draft["differs"]) == (2, "draft", False)
    low_pressure(draft)["at"] = 0.35
    draft = await edited(admin, draft)
    differs = (await admin.get("/policies/2/differences", params={"to": 1})).json()["items"]
    assert [(d["path"][0], d["path"][-1], d["before"], d["after"]) for d in differs] == [
        ("limits", "at", "0.1", "0.35")
    ]
    await measures(gauge, 3)
    assert await city.tasks() == [], "a draft judges nothing"

    word = {"revision": draft["head"]["revision"]}
    assert (await admin.post("/policies/2/activate", json=word)).json()["code"] == "policy.second_person"
    await city.asks("/policies/2/activate", word, Role.DUTY, 403)
    await city.asks("/policies/2/activate", {"revision": 1}, Role.LEAD, 409)
    done = await city.asks("/policies/2/activate", word, Role.LEAD, 200)
    assert done["head"]["state"] == "active" and done["differs"] is True
    await measures(gauge, 3)
    (row,) = await city.tasks()
    assert row.view.kind == "water"
    await city.restarts()
    assert city.platform.engine.worker.policy.version == 2

    back = (await admin.post("/policies", json={"based_on": 1, "note": "退回"})).json()["head"]
    await city.asks("/policies/3/activate", {"revision": back["revision"]}, Role.LEAD, 200)
    assert [p["state"] for p in (await admin.get("/policies")).json()["items"]] == ["active", "retired", "retired"]
    await measures(gauge, 3)
    assert await city.tasks() == [], "by version 1 that is normal, and the row has ended by itself"


async def test_two_who_edit_do_not_overwrite_each_other_and_what_is_wrong_is_said_with_its_place(city: City) -> None:
    draft, admin = await drafted(city)
    first = await edited(admin, draft)
    assert (await edited(admin, draft, 409))["code"] == "policy.stale"
    low_pressure(first)["metric"] = "mood"
    refused = await edited(admin, first, 400)
    assert refused["errors"][0]["field"].startswith("policy.limits[") and "mood" in refused["detail"]
    first["policy"]["rules"] = "none"
    assert (await edited(admin, first, 400))["errors"][0]["field"] == "policy.rules"
    assert (await admin.delete("/policies/1")).status_code == 409
    assert (await admin.delete("/policies/2")).status_code == 204
    assert (await admin.get("/policies/2")).status_code == 404


async def test_a_district_is_stricter_by_itself_and_never_less_strict(city: City) -> None:
    unit = await city.unit("城区供水")  # in 360802
    gauge = await unit.has("water_pressure", "泵房水压")
    draft, admin = await drafted(city)
    draft["policy"]["districts"] = {"360802": {"limits": {"pressure/low_pressure": 0.05}}}
    refused = await edited(admin, draft, 400)
    assert refused["errors"][0]["field"] == "policy.districts.360802.limits.pressure/low_pressure"
    draft["policy"]["tightening"] = {"least_limit": 0.4}
    for area, rows in (("360803", 0), ("360802", 1)):
        draft["policy"]["districts"] = {area: {"limits": {"pressure/low_pressure": 0.25}}}
        draft = await edited(admin, draft)
        version, revision = draft["head"]["version"], draft["head"]["revision"]
        await city.asks(f"/policies/{version}/activate", {"revision": revision}, Role.LEAD, 200)
        await measures(gauge, 2)
        assert len(await city.tasks()) == rows, area
        draft = (await admin.post("/policies", json={"based_on": version})).json()


async def test_what_is_shipped_anew_takes_the_place_of_what_nobody_changed(city: City) -> None:
    async with city.web.pool.acquire() as conn:
        older = write(msgspec.structs.replace(POLICY_V1, repeat_told_s=11))
        await conn.execute("update alarms.policy set document = $1", older)
        assert (await policies.in_force(conn, city.clock.micros())).version == 2
        assert (await policies.in_force(conn, city.clock.micros())).repeat_told_s == POLICY_V1.repeat_told_s
    draft, admin = await drafted(city)
    draft["policy"]["repeat_told_s"] = 12
    draft = await edited(admin, draft)
    await city.asks("/policies/3/activate", {"revision": draft["head"]["revision"]}, Role.LEAD, 200)
    await city.restarts()
    assert city.platform.engine.worker.policy.repeat_told_s == 12, "what people decided stays"
