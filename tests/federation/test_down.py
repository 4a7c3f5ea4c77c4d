"""What people above say and ask reaches the platform below: as a line, a flag, a permitted command; never as a step."""

import asyncio

import msgspec

from federation.test_joining import at
from support.happenings import alarm, incident_id, opened
from support.joined import Side
from support.processes import until
from zhigan.commands import store as commands
from zhigan.commands.model import State
from zhigan.incidents.model import Joined
from zhigan.vocabulary.roles import Role

HERE = f"/incidents/{incident_id(1)}"


async def burning(city: Side, school: Side) -> str:
    unit = await school.unit("S-1")
    device = await school.device(unit, "0119000000A1")
    await school.joins(city)
    await school.happens(msgspec.structs.replace(opened(1, at=school.clock.micros()), place=at(unit, "S-1")))
    await school.rises()
    return device


async def test_a_step_above_is_a_line_below_and_nothing_else(city: Side, school: Side) -> None:
    await burning(city, school)
    await city.post(f"{HERE}/dismiss", {"cause": "U1", "note": "误报"}, Role.DUTY)
    await city.post(f"/federation/asks/{incident_id(1)}", {"ask": "verify", "note": "请派人到场"}, Role.DUTY)
    await city.speaks()
    assert [(one["taken_at"], one["answer"]) for one in await city.words()] == [(None, "")] * 3
    assert await school.hears() == 3 and await school.hears() == 0
    below = await school.get(HERE)
    assert (below["state"], below["outcome"], below["claimed_by"]) == ("open", None, None)
    assert "upper_asked" in below["flags"]
    said = [line["detail"] for line in below["timeline"] if line["what"].startswith("upper_")]
    assert [line["step"] for line in said] == ["accepted", "dismissed", "asked_below"]
    assert said[1]["cause"] == "U1" and said[2]["note"] == "请派人到场"
    await school.rises()
    await city.speaks()
    assert await school.hears() == 0, "a word came round"
    above = await city.get(HERE)
    assert [line["what"] for line in above["timeline"]] == ["opened", "accepted", "dismissed", "asked_below"]

    more = alarm(1, 7, at=school.clock.micros())
    await school.happens(Joined(incident=incident_id(1), alarm=more, at=school.clock.micros()))
    await school.rises()
    again = [row for row in await city.incidents() if row["state"] == "open"]
    assert len(again) == 1 and again[0]["id"] != incident_id(1)
    await city.post(f"/incidents/{again[0]['id']}/accept", {}, Role.DUTY)
    await city.speaks()
    assert await school.hears() == 1
    assert (await school.get(HERE))["timeline"][-1]["detail"]["step"] == "accepted"
    words = await city.words()
    # the newest has arrived, which is known with the next question
    assert [(one["what"], one["taken_at"] is not None) for one in words] == [
        ("accepted", False), ("asked_below", True), ("dismissed", True), ("accepted", True),
    ]  # fmt: skip
    assert words[1]["incident"] == incident_id(1) or words[1]["incident"] == again[0]["id"]
    assert (words[1]["note"], words[1]["answer"]) == ("请派人到场", "open")
    for side in (city, school):
        assert await side.broken() is None


async def test_a_permitted_command_goes_down_and_its_answer_comes_up(city: Side, school: Side) -> None:
    device = await burning(city, school)
    asked = await city.post(f"/devices/{device}/commands", {"command": "check_duty", "arguments": {"minutes": 5}})
    await city.speaks()
    assert (await city.get(f"/commands/{asked['id']}"))["state"] == "sent"
    assert [(word["taken_at"], word["answer"]) for word in await city.words()] == [(None, "")]
    assert await school.hears() == 1
    (order,) = (await school.get("/commands"))["items"]
    assert (order["command"], order["state"], order["arguments"]) == ("check_duty", "pending", {"minutes": 5})
    async with school.pool.acquire() as conn:
        for state, detail in ((State.SENT, ""), (State.ACKNOWLEDGED, ""), (State.CONFIRMED, "值班员应答")):
            await commands.mark(conn, order["id"], state, detail, school.clock.micros())
    await school.rises()
    answered = await city.get(f"/commands/{asked['id']}")
    assert (answered["state"], answered["detail"]) == ("confirmed", "值班员应答")
    assert [word["answer"] for word in await city.words()] == ["confirmed"]


async def test_what_is_not_permitted_is_refused_and_said_so(city: Side, school: Side) -> None:
    device = await burning(city, school)
    asked = await city.post(f"/devices/{device}/commands", {"command": "self_test"})
    await city.speaks()
    assert await school.hears() == 1
    assert (await school.get("/commands"))["items"] == []
    await school.rises()
    refused = await city.get(f"/commands/{asked['id']}")
    assert refused["state"] == "failed" and "does not permit" in refused["detail"]
    admin = await school.person()
    wrong = await admin.patch("/federation/upper", json={"permits": ["cut_power"]})
    assert wrong.status_code == 400
    assert (await admin.patch("/federation/upper", json={"permits": ["self_test"]})).status_code == 200
    asked = await city.post(f"/devices/{device}/commands", {"command": "self_test"})
    await city.speaks()
    await school.hears()
    assert [c["command"] for c in (await school.get("/commands"))["items"]] == ["self_test"]


async def test_the_province_speaks_through_the_city(city: Side, school: Side, province: Side) -> None:
    device = await burning(city, school)
    await city.joins(province, "jian", "吉安市")
    await city.rises()
    await province.post(f"{HERE}/note", {"note": "省里关注"}, Role.DUTY)
    asked = await province.post(f"/devices/{device}/commands", {"command": "query_state"})
    await province.speaks()
    assert await city.hears() == 2
    await city.speaks()
    assert await school.hears() == 2
    line = (await school.get(HERE))["timeline"][-1]
    assert line["what"] == "upper_said" and line["detail"]["note"] == "省里关注"
    (order,) = (await school.get("/commands"))["items"]
    async with school.pool.acquire() as conn:
        await commands.mark(conn, order["id"], State.FAILED, "设备不在线", school.clock.micros())
    await school.rises()
    await city.rises()
    assert (await province.get(f"/commands/{asked['id']}"))["state"] == "failed"


async def test_long_words_never_stop_the_way_down(city: Side, school: Side) -> None:
    await burning(city, school)
    for _ in range(60):
        await city.post(f"{HERE}/note", {"note": "长" * 2000}, Role.DUTY)
    await city.speaks()
    heard = [await school.hears() for _ in range(4)]
    assert sum(heard) == 60 and heard[0] < 60


async def test_who_speaks_waits_for_who_takes_and_holds_nothing_meanwhile(city: Side, school: Side) -> None:
    await burning(city, school)
    await city.post(f"{HERE}/note", {"note": "正在核实"}, Role.DUTY)
    async with city.pool.acquire() as taking, asyncio.TaskGroup() as tasks, taking.transaction():
        await taking.execute("select from federation.lower for update")  # as a batch that is being applied
        speaking = tasks.create_task(city.speaks())
        await until(lambda: city.pool.fetchval("select exists (select from pg_locks where not granted)"))
        await taking.execute("update federation.link set version = version + 1")
        await taking.execute("select from incidents.incident for update")
    await speaking
    assert await school.hears() == 1
