"""The city's table and a person's own wishes: changed by people, never below what the law wants."""

from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from outlets.notify.test_telling import CONTROL, MANAGER
from support.site import BATTERY, MAINS, NORMAL
from support.telling import Telling
from zhigan.outlets.notify import escalation, rules
from zhigan.outlets.notify.escalation_tables import ESCALATION, LOUD, PLAIN
from zhigan.outlets.notify.model import Hours, Person, Row, Until, Way, Which, Who
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.roles import Role

replace = msgspec.structs.replace


def changed(grade: Grade, named: str, **more: Any) -> dict[Grade, tuple[Row, ...]]:
    rows = tuple(replace(row, **more) if row.key == named else row for row in ESCALATION[grade])
    return {**ESCALATION, grade: rows}


def test_the_table_that_comes_with_the_platform_is_above_the_floor() -> None:
    assert escalation.faults(ESCALATION) == []


LOOSER = [
    (changed(Grade.II, "site", after=16), "II.control_room"),
    (changed(Grade.II, "site", by=(Way.SMS, Way.WEBPUSH)), "II.control_room"),
    (changed(Grade.II, "site", by=(Way.APP, Way.PUSH)), "II.control_room"),
    (changed(Grade.II, "site", until=Until.READ), "II.control_room"),
    (changed(Grade.II, "site", countdown=True), "II.control_room"),
    (changed(Grade.II, "site", which=Which.NEXT), "II.control_room"),
    (changed(Grade.I, "around", whom=(Who.CONTROL_ROOM, Who.HOUSEHOLD)), "I.manager"),
    ({**ESCALATION, Grade.I: ()}, "I.household"),
    (changed(Grade.I, "next", by_day=True), "I.5.by_day"),
    (changed(Grade.II, "near", classes=(1,)), "II.2.by_day"),
    (changed(Grade.III, "heads", key="manager"), "III.3.key"),
    (changed(Grade.III, "heads", key="Häuptlinge"), "III.3.key"),
    (changed(Grade.III, "heads", by=()), "III.3.by"),
    (changed(Grade.III, "heads", whom=()), "III.3.whom"),
    (changed(Grade.I, "round", every=5), "I.8.every"),
    (changed(Grade.IV, "task", after=-1), "IV.0.after"),
]


@pytest.mark.parametrize(("table", "field"), LOOSER, ids=[f"{field}-{n}" for n, (_, field) in enumerate(LOOSER)])
def test_a_looser_table_is_refused_where_it_is_looser(table: dict[Grade, tuple[Row, ...]], field: str) -> None:
    assert field in {fault.field for fault in escalation.faults(table)}


ALL = frozenset(Way)


def person(*ways: Way, order: tuple[Way, ...] = (), off: tuple[Way, ...] = ()) -> Person:
    return Person(
        holder="h", name="p", who=Who.MANAGER, ways=tuple((way, "x") for way in ways), order=order, off=frozenset(off)
    )


def test_a_persons_order_and_what_is_switched_off() -> None:
    me = person(Way.VOICE, Way.SMS, Way.APP, Way.WECHAT, order=(Way.WECHAT, Way.APP, Way.SMS), off=(Way.SMS,))
    assert rules.ways(PLAIN, me, ALL) == [Way.WECHAT, Way.APP], "yellow: as wished"
    assert rules.ways(LOUD, me, ALL, loud=True) == [Way.WECHAT, Way.APP, Way.VOICE]
    quiet = replace(me, off=frozenset(Way))
    assert rules.ways(LOUD, quiet, ALL, loud=True) == [Way.WECHAT, Way.APP], "orange: two kinds all the same"
    assert len(rules.ways(PLAIN, quiet, ALL)) >= 1, "yellow: by something"
    assert rules.fall_back(Way.APP, me, frozenset({Way.APP}), ALL) is Way.WECHAT
    assert rules.fall_back(Way.VOICE, me, frozenset({Way.VOICE, Way.WECHAT, Way.APP}), ALL) is Way.SMS, (
        "off, but the last"
    )
    only = person(Way.VOICE, Way.SMS)
    assert rules.ways((Way.SMS, Way.APP), only, ALL, loud=True) == [Way.SMS, Way.VOICE], "two kinds where there are two"
    both = person(Way.VOICE, Way.APP, Way.SMS)
    assert rules.ways((Way.APP, Way.WECHAT), both, ALL, loud=True) == [Way.APP, Way.SMS], "a text, no call"
    assert rules.ways((Way.APP, Way.WECHAT), both, ALL, loud=True, prompt=False) == [Way.APP], "only a reminder"


async def test_a_new_table_is_in_force_at_once_and_kept_with_its_reason(telling: Telling) -> None:
    admin, lead = await telling.city.person(Role.ADMIN), await telling.city.person(Role.LEAD)
    first = (await admin.get("/notifications/escalation")).json()
    assert (first["version"], first["at"]) == (1, None) and {r["key"] for r in first["rows"]["II"]} >= {"site", "near"}
    rows = first["rows"]
    school = await telling.site(contacts=(("fire_safety_manager", MANAGER), ("control_room", CONTROL)))
    rows["II"].append({"key": "manager", "after": 20, "whom": ["manager"], "by": ["sms"]})
    body = {"base": 1, "note": "安全管理人 20 秒后也要短信", "rows": rows}
    assert (await lead.post("/notifications/escalation", json=body)).status_code == 403
    made = await admin.post("/notifications/escalation", json=body)
    assert made.status_code == 201 and made.json()["version"] == 2, made.text
    again = await admin.post("/notifications/escalation", json=body)
    assert (again.status_code, again.json()["code"], again.json()["newest"]) == (409, "escalation.overtaken", 2)
    rows["II"][0]["by"] = ["app"]
    worse = await admin.post("/notifications/escalation", json={**body, "base": 2, "rows": rows})
    assert worse.status_code == 400 and worse.json()["errors"][0]["code"] == "escalation.floor"
    assert worse.json()["errors"][0]["field"] == "rows.II.control_room"
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    assert len(telling.texts(MANAGER)) == 1
    await telling.passes(25)
    assert len(telling.texts(MANAGER)) == 2
    listed = (await lead.get("/notifications/escalation/versions")).json()["items"]
    assert [(v["version"], v["note"]) for v in listed] == [(2, body["note"]), (1, "")]
    old = (await lead.get("/notifications/escalation/versions/1")).json()
    assert old["newest"] == 2 and "manager" not in {r["key"] for r in old["rows"]["II"]}
    assert (await lead.get("/notifications/escalation/versions/9")).status_code == 404
    assert (await (await telling.city.person(Role.OWNER)).get("/notifications/escalation")).status_code == 403
    acts = await telling.city.web.pool.fetchval("select count(*) from access.audit where action = 'escalation.changed'")
    assert acts == 1


async def test_a_draft_is_checked_without_being_kept(telling: Telling) -> None:
    admin, lead = await telling.city.person(Role.ADMIN), await telling.city.person(Role.LEAD)
    rows = (await admin.get("/notifications/escalation")).json()["rows"]
    assert (await admin.post("/notifications/escalation/check", json={"rows": rows})).json() == {"faults": []}
    rows["I"][0]["after"], rows["II"][2]["by_day"] = 90, True
    said = await admin.post("/notifications/escalation/check", json={"rows": rows})
    found = {(fault["field"], fault["code"]) for fault in said.json()["faults"]}
    assert found >= {("rows.I.manager", "escalation.floor"), ("rows.II.2.by_day", "escalation.quiet")}
    assert (await lead.post("/notifications/escalation/check", json={"rows": rows})).status_code == 403
    rows["II"][0]["by"] = ["pigeon"]
    assert (await admin.post("/notifications/escalation/check", json={"rows": rows})).status_code == 400
    assert (await admin.get("/notifications/escalation")).json()["newest"] == 1, "nothing is kept"


async def test_ones_own_wishes(telling: Telling) -> None:
    school = await telling.site(contacts=())
    code = (await (await telling.city.person(Role.ADMIN)).get(f"/units/{school.id}")).json()["code"]
    manager = await telling.city.web.person("manager", Role.UNIT, f"unit:{code}")
    await telling.city.web.pool.execute("update access.account set phone = $1 where name = 'manager'", MANAGER)
    found = (await manager.get("/me/notification")).json()
    assert [w["way"] for w in found["ways"]][:2] == ["voice", "sms"]
    assert found["digest_minute"] == 480 and found["digest"]
    assert {w["way"] for w in found["ways"] if w["reaches"]} == {"voice", "sms", "app"}
    wish = {
        "ways": [{"way": "app", "on": True}, {"way": "voice", "on": False}, {"way": "sms", "on": False}],
        "digest_minute": None,
    }
    kept = (await manager.put("/me/notification", json=wish)).json()
    assert [w["way"] for w in kept["ways"]][:3] == ["app", "voice", "sms"] and kept["digest_minute"] is None
    twice = {**wish, "ways": [{"way": "app", "on": True}] * 2}
    assert (await manager.put("/me/notification", json=twice)).json()["code"] == "wish.ways"
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    [incident] = await telling.city.desk()
    told = {n["channel"] for n in await telling.proof(incident) if n["role"] == "manager"}
    assert told == {"app", "voice"}, "orange: the app as wished, and a second kind all the same"


NIGHT = Hours(22 * 60, 7 * 60)
JI_AN = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("hour", "minute", "rings_at"),
    [(21, 59, (21, 59)), (22, 0, (7, 0)), (3, 17, (7, 0)), (6, 59, (7, 0)), (7, 0, (7, 0)), (12, 0, (12, 0))],
)
def test_quiet_hours_are_over_midnight_too(hour: int, minute: int, rings_at: tuple[int, int]) -> None:
    now = datetime(2026, 11, 30, hour, minute, tzinfo=JI_AN)
    sleeper = replace(person(Way.SMS, Way.APP), quiet=NIGHT)
    heard = rules.rings(Way.SMS, Grade.III, None, sleeper, now).astimezone(JI_AN)
    assert (heard.hour, heard.minute) == rings_at and timedelta(0) <= heard - now <= timedelta(hours=9)
    for grade in (Grade.I, Grade.II):
        assert rules.rings(Way.VOICE, grade, None, sleeper, now) == now, "red and orange at any hour"
    assert rules.rings(Way.APP, Grade.III, None, sleeper, now) == now, "the app is no noise"
    at_night = next(row for row in ESCALATION[Grade.III] if row.night)
    assert rules.rings(Way.VOICE, Grade.III, at_night, sleeper, now) == now, "a row that is meant for the night"


async def test_yellow_waits_for_the_end_of_ones_own_quiet_hours_and_orange_does_not(telling: Telling) -> None:
    school = await telling.site(contacts=())
    code = (await (await telling.city.person(Role.ADMIN)).get(f"/units/{school.id}")).json()["code"]
    manager = await telling.city.web.person("manager", Role.UNIT, f"unit:{code}")
    await telling.city.web.pool.execute("update access.account set phone = $1 where name = 'manager'", f"+86 {MANAGER}")
    local = telling.city.web.clock.now().astimezone(JI_AN)
    minute = local.hour * 60 + local.minute
    quiet = {"quiet_from": (minute - 30) % 1440, "quiet_until": (minute + 60) % 1440}
    wish = {"ways": [{"way": "app", "on": False}], "digest_minute": None, **quiet}
    kept = (await manager.put("/me/notification", json=wish)).json()
    assert {key: kept[key] for key in quiet} == quiet and kept["loud"] == ["voice", "sms"], "the law's two kinds"
    for bad, field in (
        ({"quiet_until": None}, "quiet_until"), ({"quiet_until": quiet["quiet_from"]}, "quiet_until"),
        ({"quiet_until": (quiet["quiet_from"] + 721) % 1440}, "quiet_until"), ({"quiet_from": 1440}, "quiet_from"),
    ):  # fmt: skip
        refused = await manager.put("/me/notification", json={**wish, **bad})
        assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == field, refused.text
    await school.panel_says(NORMAL | MAINS | BATTERY)
    await telling.carries()
    yellow = next(row for row in await telling.city.attention() if row.grade == "III")
    assert {n["state"] for n in await telling.proof(yellow)} == {"waiting"} and telling.texts(MANAGER) == []
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    [orange] = await telling.city.desk()
    told = {n["channel"] for n in await telling.proof(orange) if n["state"] != "waiting"}
    assert told >= {"voice", "sms"}, "orange: at once, by two kinds"
    await telling.passes(61 * 60, step=600)
    states = {n["state"] for n in await telling.proof(yellow)}
    assert states <= {"sent", "delivered", "merged", "cancelled"} and states & {"sent", "delivered", "merged"}


async def test_the_digest_is_one_message_a_day_and_stands_in_each_tasks_proof(telling: Telling) -> None:
    """08:00: what is open as work in one's own scope. Who has switched it off hears nothing."""
    school = await telling.site(contacts=())
    sister = await telling.site(name="吉州二中", contacts=())
    other = await telling.site(name="别的单位", contacts=())
    admin = await telling.city.person(Role.ADMIN)
    codes = [(await admin.get(f"/units/{unit.id}")).json()["code"] for unit in (school, sister)]
    code = ",".join(codes)
    manager = await telling.city.web.person("manager", Role.UNIT, f"unit:{code}")
    silent = await telling.city.web.person("silent", Role.UNIT, f"unit:{code}")
    off = {"ways": [], "digest_minute": None}
    assert (await silent.put("/me/notification", json=off)).status_code == 200
    for unit in (school, sister, other):
        await unit.head(floor=1, point=1).fails()
    await telling.carries()
    tasks = await telling.city.tasks()
    assert len(tasks) >= 3
    assert await telling.courier.digest() == 1, "the usual hour has passed, six hours have not"
    await telling.carries()
    inbox = (await manager.get("/notifications/inbox")).json()["items"]
    [digest] = [m for m in inbox if m["purpose"] == "digest"]
    assert digest["text"].startswith("今日待办 2 项：设备故障 2 项") and "别的单位" not in digest["text"]
    assert not [m for m in (await silent.get("/notifications/inbox")).json()["items"] if m["purpose"] == "digest"]
    mine = [t for t in tasks if t.view.unit is not None and t.view.unit.name != "别的单位"]
    assert len(mine) == 2
    for task in mine:
        [said] = [n for n in await telling.proof(task) if n["purpose"] == "digest"]
        assert said["state"] in ("sent", "delivered") and said["provider_id"]
    assert await telling.courier.digest() == 0, "once a day"
    telling.city.clock.advance(86_400)
    assert await telling.courier.digest() == 1
