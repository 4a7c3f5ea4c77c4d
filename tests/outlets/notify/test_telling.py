"""Stories: somebody's detector smokes, and people are told; until somebody answers, and with proof of it."""

import pytest

from support.telling import Telling
from zhigan.vocabulary.roles import Role

MANAGER, CONTROL, PROPERTY, SECOND = "13900000001", "13900000002", "13900000003", "13900000004"
AROUND = (("fire_safety_manager", MANAGER), ("control_room", CONTROL), ("property", PROPERTY))


async def test_a_first_smoke_calls_the_site_by_two_kinds_of_message_at_once(telling: Telling) -> None:
    school = await telling.site(contacts=AROUND)
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    [incident] = await telling.city.desk()
    assert [c.to for c in telling.calls()] == [CONTROL] and len(telling.texts(CONTROL)) == 1
    assert "火灾报警" in telling.calls()[0].values["what"] and "吉州一中" in telling.calls()[0].values["place"]
    assert "按1" in telling.calls()[0].values["keys"]
    proof = await telling.proof(incident)
    people = {(n["person"], n["channel"]): n for n in proof if n["role"] == "control_room"}
    assert {channel for _, channel in people} == {"voice", "sms"}
    call = people["control_room2", "voice"]
    assert (call["state"], call["provider_id"]) == ("sent", telling.calls()[0].id)
    assert call["address"] == "139****0002" and CONTROL not in str(proof), "numbers are masked"
    hooks = telling.providers.of("webhook")
    assert len(hooks) == 1 and hooks[0].values["grade"] == "II" and CONTROL not in str(hooks[0].values)
    assert {t.provider for t in telling.providers.of("robot")} == {"wecom", "ding"}
    await telling.passes(55)
    assert len(telling.calls()) == 1 and telling.providers.forged == []
    await telling.passes(10)
    assert PROPERTY in [c.to for c in telling.calls()], "60 s: property by voice"


async def test_it_ends_only_with_an_answer(telling: Telling) -> None:
    school = await telling.site(contacts=AROUND)
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    [incident] = await telling.city.desk()
    await telling.city.step(incident, "accept")
    await telling.passes(200)  # nobody on site answered for 180 s: red, and its own table begins
    before = {to: len(telling.calls(to)) for to in (MANAGER, CONTROL, PROPERTY)}
    assert (await telling.city.desk())[0].grade == "I" and before[MANAGER] >= 1
    before_answer = await telling.escalation(incident)
    assert before_answer["state"] == "running" and before_answer["answered_at"] is None
    await telling.presses(telling.calls(MANAGER)[-1], "2")
    await telling.carries()
    done = await telling.escalation(incident)
    assert (done["state"], done["answered_how"]) == ("acknowledged", "no_fire")
    assert "电话" in done["answered_by"]
    count = len(telling.calls())
    await telling.passes(400, step=20)
    assert len(telling.calls()) == count, "whoever has answered is left alone, and so are the others"
    said = await telling.city.reads(incident)
    assert [r.kind for r in said.view.responses] == ["no_fire"]


async def test_one_who_is_not_there_sends_the_station(telling: Telling) -> None:
    school = await telling.site(contacts=(*AROUND, ("station", SECOND)))
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    assert telling.calls(SECOND) == []
    await telling.presses(telling.calls(CONTROL)[0], "3")
    await telling.carries()
    assert len(telling.calls(SECOND)) == 1
    [incident] = await telling.city.desk()
    assert "help_wanted" in (await telling.city.reads(incident)).view.flags
    assert (await telling.escalation(incident))["state"] == "running", "that was no answer"


async def test_a_key_that_says_fire_makes_it_red_and_nobody_stops(telling: Telling) -> None:
    school = await telling.site(contacts=AROUND)
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    await telling.presses(telling.calls(CONTROL)[0], "1")
    await telling.carries()
    [incident] = await telling.city.desk()
    assert incident.grade == "I" and "site_fire" in incident.whys
    assert [t.values["what"] for t in telling.texts(MANAGER)] == ["橙色预警 火灾报警", "红色预警 火灾报警"]


async def test_who_stands_in_two_lists_is_called_once(telling: Telling) -> None:
    school = await telling.site(contacts=(("control_room", CONTROL), ("property", CONTROL), ("station", CONTROL)))
    await school.head(floor=3, point=1).smokes()
    await school.head(floor=3, point=2).smokes()  # corroborated: red
    await telling.carries()
    await telling.passes(50)
    assert len(telling.calls(CONTROL)) == 1
    await telling.passes(30)
    assert len(telling.calls(CONTROL)) == 2, "60 s apart"


async def test_five_calls_an_hour_then_the_next_person(telling: Telling) -> None:
    school = await telling.site(contacts=(("control_room", CONTROL), ("control_room", SECOND)))
    await school.head(floor=3, point=1).smokes()
    await telling.passes(3000, step=30)
    assert len(telling.calls(CONTROL)) <= 5
    assert len(telling.calls(SECOND)) >= 2
    [incident] = await telling.city.desk()
    assert "limited" in {n["state"] for n in await telling.proof(incident)}


async def test_unanswered_it_comes_back_to_the_desk_as_a_task(telling: Telling) -> None:
    school = await telling.site(contacts=(("household", MANAGER),))
    await school.head(floor=3, point=1).smokes()
    await telling.passes(600, step=20)
    [incident] = await telling.city.desk()
    tasks = [t for t in await telling.city.tasks() if "unanswered" in t.view.flags]
    assert len(tasks) == 1 and tasks[0].view.unit is not None and tasks[0].view.unit.name == "吉州一中"
    assert "无人应答" in tasks[0].view.reasons[0].zh
    assert (await telling.escalation(incident))["unanswered_at"] is not None


async def test_with_nobody_to_tell_the_desk_hears_of_it_at_once(telling: Telling) -> None:
    school = await telling.site(contacts=())
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    [task] = [t for t in await telling.city.tasks() if "unanswered" in t.view.flags]
    assert "没有可通知的人员" in task.view.reasons[0].zh


async def test_whoever_was_told_is_told_that_it_is_over(telling: Telling) -> None:
    school = await telling.site(contacts=AROUND)
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    [incident] = await telling.city.desk()
    await telling.city.step(incident, "dismiss", cause="U1")
    await telling.passes(20)
    assert [t.values["what"] for t in telling.texts(CONTROL)] == ["橙色预警 火灾报警", "火灾报警已解除"]
    count = len(telling.providers.taken)
    await telling.passes(600, step=60)
    assert len(telling.providers.taken) == count


async def test_merged_incidents_are_one_chain(telling: Telling) -> None:
    school = await telling.site(contacts=AROUND)
    await school.head(floor=1, point=1).smokes()
    await school.head(floor=5, point=1).smokes()
    await telling.carries()
    first, second = await telling.city.desk()
    assert len(telling.calls(CONTROL)) == 1, "one person, one place: one call for both"
    await telling.city.asks(f"/incidents/{second.id}/merge", {"into": first.id}, Role.DUTY, 200)
    await telling.carries()
    assert (await telling.escalation(second)) == (await telling.escalation(first))
    proof = await telling.proof(first)
    assert {n["incident"] for n in proof} == {first.id, second.id}
    assert any(n["merged"] for n in proof)


async def test_gas_has_its_own_words(telling: Telling) -> None:
    home = await telling.site(premises="low_rise_residential", contacts=(("household", MANAGER),))
    leak = await home.has("gas", "厨房燃气", floor=2, flat="0201")
    await leak.leaks()
    await telling.carries()
    [call] = telling.calls(MANAGER)
    assert "燃气" in call.values["what"] and "不要开关任何电器" in call.values["advice"]


@pytest.mark.parametrize("token", ["", "wrong-secret"])
async def test_receipts_come_only_with_the_secret(telling: Telling, token: str) -> None:
    report = [{"phone_number": CONTROL, "success": True, "biz_id": "x", "out_id": "y"}]
    assert await telling.reports("aliyun-sms", report, token) == 401
    assert await telling.reports("aliyun-sms", report) == 200


async def test_a_delivery_report_is_proof_and_malformed_ones_are_refused(telling: Telling) -> None:
    school = await telling.site(contacts=AROUND)
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    [text] = telling.texts(CONTROL)
    report = {
        "phone_number": text.to,
        "success": True,
        "biz_id": text.id,
        "out_id": text.request,
        "err_code": "DELIVERED",
    }
    for _ in range(2):
        assert await telling.reports("aliyun-sms", [dict(report)]) == 200
    [incident] = await telling.city.desk()
    assert [n["state"] for n in await telling.proof(incident) if n["provider_id"] == text.id] == ["delivered"]
    assert await telling.reports("aliyun-sms", [{"nonsense": 1}]) == 400
