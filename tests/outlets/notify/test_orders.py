"""A work order with the clock moved: a fault, its reminder after 48 hours, the supervisor after seven days, given to
somebody with a time, late, done, sent back, done again, accepted; each of those whom it concerns is told once."""

from datetime import timedelta

import httpx

from desks.site import PNG
from support.rows import Row
from support.telling import Telling
from zhigan.desks.orders.worker import Watch
from zhigan.processes.standing import in_force
from zhigan.vocabulary.roles import Role
from zhigan.webapi.database import Database

DAY = 86_400.0
FIRM = {"kind": "firm", "code": "F7", "name": "赣安维保", "area_code": "360802"}


async def told(telling: Telling, row: Row) -> list[tuple[str, str]]:
    """Who, and of what, oldest first; the daily digest apart."""
    items = sorted(await telling.proof(row), key=lambda each: (each["at"], each["person"]))
    return [(each["person"], each["purpose"]) for each in items if each["purpose"] != "digest"]


async def later(telling: Telling, days: float) -> None:
    telling.city.clock.advance(days * DAY)
    await telling.carries()


async def photographed(person: httpx.AsyncClient, row: Row, more: bytes) -> None:
    sent = await person.post(f"/incidents/{row.id}/files", files={"file": ("p.png", PNG + more)})
    assert sent.status_code == 201, sent.text


async def test_a_fault_from_its_reminder_to_its_acceptance(telling: Telling) -> None:
    city, web = telling.city, telling.city.web
    school = await city.unit("吉州小学", floors=2, heads=1, firm="F7")
    await city.asks("/organisations", FIRM)
    code = (await (await city.person()).get(f"/units/{school.id}")).json()["code"]
    await web.account("school", Role.UNIT, f"unit:{code}")
    await web.account("elsewhere", Role.MAINTAINER, "firm:F8")
    anna = await web.account("anna", Role.MAINTAINER, "firm:F7")
    await web.account("office", Role.SUPERVISOR, "area:360802")
    await school.head(floor=1, point=1).fails()
    await telling.carries()
    (task,) = await city.tasks()
    care = task.view.work
    assert care is not None and (care.owner.name, care.owner.agreed) == ("赣安维保", False)
    assert await told(telling, task) == [("anna", "alarm"), ("school", "alarm")]
    await later(telling, 1.99)
    assert len(await told(telling, task)) == 2
    await later(telling, 0.02)
    assert (await told(telling, task))[2:] == [("anna", "alarm"), ("school", "alarm")], "the reminder"
    await later(telling, 5)
    assert (await told(telling, task))[4:] == [("office", "alarm")], "seven days: the supervisor"

    city.clock.advance(60)
    given = {"ids": [task.id], "owner": f"account:{anna}", "due_at": city.clock.now().isoformat(), "note": "今天"}
    await city.asks("/orders/assign", given, Role.LEAD, 400)
    given["due_at"] = (city.clock.now() + timedelta(hours=1)).isoformat()
    await city.asks("/orders/assign", given, Role.LEAD, 200)
    await telling.carries()
    assert (await told(telling, task))[5:] == [("anna", "assigned")]
    city.clock.advance(3601)
    watch = Watch(Database(web.pool), city.clock, in_force)
    assert [await watch.settle() for _ in range(2)] == [1, 0], "late once"
    await telling.carries()
    assert (await told(telling, task))[6:] == [("anna", "overdue"), ("office", "overdue")]
    late = (await city.reads(task)).view
    assert late.flags == ["overdue"] and late.timeline[-1].what == "overdue"

    mender, head = await web.person("bo", Role.MAINTAINER, "firm:F7"), await city.person(Role.SUPERVISOR)
    stranger = await web.person("chen", Role.MAINTAINER, "firm:F8")
    for path in (f"/tasks/{task.id}", f"/orders/{task.id}/hands"):
        assert (await stranger.get(path)).status_code == 404, "another firm knows nothing of it"
    hands = (await mender.get(f"/orders/{task.id}/hands")).json()["items"]
    assert "elsewhere" not in str(hands) and "office" not in str(hands)
    done = {"note": "已更换底座", "cause": "D4"}
    for more, step, note in ((b"1", "send_back", "仍报故障"), (b"2", "approve", "已恢复")):
        city.clock.advance(60)
        await photographed(mender, task, more)
        assert (await mender.post(f"/tasks/{task.id}/finish", json=done)).json()["state"] == "done"
        assert (await mender.post(f"/tasks/{task.id}/approve", json={})).status_code == 403
        city.clock.advance(60)
        seen = await head.post(f"/tasks/{task.id}/{step}", json={"note": note})
        assert seen.status_code == 200, seen.text
    whole = (await city.reads(task)).view
    said = [line.what for line in whole.timeline if line.what not in ("attached",)]
    assert said == ["opened", "assigned", "overdue", "accepted", "finished", "sent_back", "finished", "approved"]
    assert (whole.state, whole.outcome, whole.cause, whole.flags) == ("closed", "fault", "D4", ["overdue"])
    await city.holds_together()


async def test_too_many_alarms_that_nobody_went_to_are_told_to_the_lead_once_a_month(telling: Telling) -> None:
    city, web = telling.city, telling.city.web
    await web.account("lead-jizhou", Role.LEAD, "area:360802")
    await web.account("lead-qingyuan", Role.LEAD, "area:360803")
    school = await city.unit("吉州小学", floors=4, heads=1)
    city.clock.advance(40 * DAY)
    for floor, cause in ((1, "U1"), (2, "X2"), (3, "X1")):
        head = school.head(floor=floor, point=1)
        await head.smokes()
        fire = next(row for row in await city.desk() if row.state == "open")
        await city.step(fire, "dismiss", cause=cause)
        await head.clears()
    watch = Watch(Database(web.pool), city.clock, in_force)
    assert await watch.settle() == 0, "the month is not over"
    city.clock.advance(31 * DAY)
    assert await watch.settle() == 1
    assert await Watch(Database(web.pool), city.clock, in_force).settle() == 0, "told once, whoever looks"
    await telling.carries()
    (row,) = [row for row in await city.attention() if "service" in row.flags]
    assert "3 起警情中，1 起" in row.words and "33.3%" in row.words
    assert row.view.work is not None and row.view.work.owner.kind == "lead"
    assert ("lead-jizhou", "assigned") in await told(telling, row)
    assert not any(person == "lead-qingyuan" for person, _ in await told(telling, row))
    await city.step(row, "close", Role.LEAD, cause="X3", note="已约谈运营单位")
    city.clock.advance(5 * DAY)
    assert await Watch(Database(web.pool), city.clock, in_force).settle() == 0, "closed is closed for that month"


async def test_what_nobody_went_to_counts_against_the_operator_of_the_place(telling: Telling) -> None:
    city, web = telling.city, telling.city.web
    await web.account("lead-jizhou", Role.LEAD, "area:360802")
    operator = {"kind": "operator", "code": "OP-7", "name": "平安智控", "area_code": "360802"}
    await city.asks("/organisations", operator, Role.ADMIN)
    places = [await city.unit(name, floors=1, heads=1, org=org) for name, org in (("甲校", "OP-7"), ("乙校", None))]
    city.clock.advance(40 * DAY)
    for place, cause in zip(places, ("X2", "U1"), strict=True):
        head = place.head(floor=1, point=1)
        await head.smokes()
        fire = next(row for row in await city.desk() if row.state == "open")
        await city.step(fire, "dismiss", cause=cause)
        await head.clears()
    city.clock.advance(31 * DAY)
    assert await Watch(Database(web.pool), city.clock, in_force).settle() == 1
    (row,) = [row for row in await city.attention() if "service" in row.flags]
    assert row.view.place == "平安智控" and "1 起警情中，1 起" in row.words
