"""Stories: a fire is confirmed at the desk and handed over to 119; what went along, how soon, and what came back."""

import asyncio
import json
from datetime import timedelta

import pytest

from citysim.centre119 import Centre, Mode
from desks.site import PNG
from support.handing import THEIRS, TOKEN, Handing
from support.processes import until
from support.web import on_a_socket
from zhigan.alarms.engine import streets
from zhigan.alarms.engine.policy_tables import POLICY_V1
from zhigan.bus import log
from zhigan.incidents import store as incidents
from zhigan.protocols.xft3017 import GRADES
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.trees import names


async def test_only_a_confirmed_fire_goes_and_by_itself(handing: Handing) -> None:
    await handing.target()
    row = await handing.fire()
    await handing.carries()
    await handing.city.step(row, "accept")
    await handing.carries()
    assert not handing.centre.got and (await handing.panel(row))["hand_overs"] == [], "what is not confirmed stays here"
    await handing.confirms(row)
    await handing.carries()
    [got] = handing.centre.got
    assert (got.what, got.exercise, got.times) == ("alert", False, 1)
    assert "吉州一中" in got.where and "现场人员确认" in got.text
    panel = await handing.panel(row)
    [each] = panel["hand_overs"]
    assert (each["state"], each["number"], each["target"]) == ("acknowledged", got.number, "吉安市119指挥中心")
    assert panel["limit_ms"] == 3000 and each["ms"] is not None and each["ms"] <= 3000
    assert (await handing.city.reads(row)).state == "dispatched"
    assert (await handing.told(row))[-2:] == ["handed_over", "acknowledged"]
    await handing.carries()
    assert len(handing.centre.got) == 1 and handing.centre.attempts == 1


@pytest.mark.parametrize("basis", ["on_site", "video", "phone", "corroborated", "unverifiable"])
async def test_its_basis_goes_along_and_our_grade_never(handing: Handing, basis: str) -> None:
    await handing.target()
    row = await handing.fire()
    await (await handing.city.person(Role.LEAD)).post(f"/incidents/{row.id}/confirm", json={"basis": basis})
    await handing.carries()
    [got] = handing.centre.got
    said = {
        "on_site": "现场人员确认", "video": "视频确认", "phone": "电话确认", "corroborated": "多个探测器相互印证",
        "unverifiable": "不能核实，值班长决定按实警处置",
    }  # fmt: skip
    body = json.loads(got.body)
    assert body["QRYJ"] == said[basis]
    assert not GRADES & set(names(body)) and "预警" not in got.body and "红色" not in got.body
    assert not handing.centre.complaints


async def test_water_people_and_the_floor_plan_go_along(handing: Handing) -> None:
    await handing.target()
    city = handing.city
    school = await city.unit("吉州一中", floors=6, heads=2)
    admin = await city.person(Role.ADMIN)
    unit = (await admin.get(f"/units/{school.id}")).json()
    lon, lat = unit["lon"] or 114.98, unit["lat"] or 27.11
    await admin.patch(f"/units/{school.id}", json={"lon": lon, "lat": lat})
    for n, pressure in ((1, 0.31), (2, None)):
        body = {
            "code": f"H{n}",
            "name": f"栓{n}",
            "lon": lon + n / 2000,
            "lat": lat,
            "area_code": "360802",
            "pressure_mpa": pressure,
        }
        assert (await admin.post("/hydrants", json=body)).status_code == 201
    person = {"role": "control_room", "name": "李某", "phone": "07968220119", "order": 1}
    assert (await admin.post(f"/units/{school.id}/contacts", json=person)).status_code == 201
    row = await handing.fire(unit=school)
    building = (await city.reads(row)).view.building
    if building is not None and building.id:
        files = {"file": ("三层.png", PNG)}
        added = await admin.post(f"/buildings/{building.id}/plans", params={"floor": "3"}, files=files)
        assert added.status_code == 201, added.text
    await handing.confirms(row)
    await handing.carries()
    body = json.loads(handing.centre.got[0].body)
    assert [(w["MC"], w.get("YL")) for w in body["XFSY"]] == [("栓1", 0.31), ("栓2", None)]
    assert 0 < body["XFSY"][0]["JL"] < body["XFSY"][1]["JL"]
    assert body["LXR"] == [{"XM": "李某", "SF": "消防控制室", "LXDH": "07968220119"}]
    [plan] = body["PMT"]
    assert plan["DZ"].startswith("http://platform.test/api/v1/dispatch/plans/")
    address = plan["DZ"].removeprefix("http://platform.test")
    opened = await handing.opens(address)
    assert (opened.status_code, opened.content) == (200, PNG)
    forged = await handing.opens(address[:-1] + ("0" if address[-1] != "0" else "1"))
    assert forged.status_code == 404
    handing.city.clock.advance(timedelta(hours=49).total_seconds())
    assert (await handing.opens(address)).status_code == 404, "the address does not open for ever"


async def test_a_false_alarm_afterwards_is_called_off_and_more_alarms_are_told(handing: Handing) -> None:
    await handing.target()
    school = await handing.city.unit("吉州一中", floors=6, heads=2)
    row = await handing.fire(unit=school)
    await handing.confirms(row)
    await handing.carries()
    handing.city.clock.advance(40)
    await school.head(floor=3, point=2).smokes()
    await handing.carries()
    [update] = handing.of("update")
    assert update.incident == handing.of("alert")[0].incident and update.id != update.incident
    lead = await handing.city.person(Role.LEAD)
    closed = await lead.post(
        f"/incidents/{row.id}/close", json={"outcome": "false_alarm", "cause": "U1", "note": "油烟"}
    )
    assert closed.status_code == 200, closed.text
    await handing.carries()
    [cancel] = handing.of("cancel")
    assert cancel.incident == update.incident and json.loads(cancel.body)["CXYY"] == "U1"
    assert [h["state"] for h in (await handing.panel(row))["hand_overs"]] == ["acknowledged"] * 3


async def test_a_centre_that_takes_none_by_itself_is_told_by_the_desks_own_step(handing: Handing) -> None:
    await handing.target(automatic=False)
    row = await handing.fire()
    await handing.confirms(row)
    await handing.carries()
    assert not handing.centre.got
    await handing.city.step(row, "dispatch")
    await handing.carries()
    assert len(handing.centre.got) == 1 and (await handing.panel(row))["hand_overs"][0]["state"] == "acknowledged"


async def test_feedback_comes_into_the_timeline_once_in_any_order(handing: Handing) -> None:
    target = await handing.target()
    row = await handing.fire()
    await handing.confirms(row)
    await handing.carries()
    [got] = handing.centre.got
    now = handing.city.clock.now()
    for n, stage in ((3, "22"), (1, "受理"), (2, "20"), (3, "22"), (4, "23"), (6, "25"), (5, "控制")):
        answer = await handing.says(target, got, stage, now + timedelta(minutes=n))
        assert answer.status_code == 200, answer.text
    panel = await handing.panel(row)
    assert [f["stage"] for f in panel["feedback"]] == [
        "accepted", "turnout", "arrival", "water", "controlled", "returned"
    ]  # fmt: skip
    assert (await handing.told(row)).count("feedback") == 6 and (await handing.city.reads(row)).state == "responding"
    wrong = await handing.says(target, got, "22", now, key="other", token="wrong")
    none = await handing.posts(target, b"{}", "application/json", {})
    assert (wrong.status_code, none.status_code) == (401, 401)
    strange = await handing.posts(
        target, b'{"JQ_TYWYSBM":"x","JQZT":{"LBDM":"22"}}', "application/json", {"authorization": f"Bearer {THEIRS}"}
    )
    assert strange.status_code == 400 and "no incident" in strange.json()["detail"]


async def test_no_receipt_in_time_asks_for_a_call_and_sending_goes_on(handing: Handing) -> None:
    await handing.target(phone="0796-119")
    handing.centre.mode = Mode.DOWN
    row = await handing.fire()
    await handing.confirms(row)
    await handing.passes(9, step=3)
    assert (await handing.panel(row))["calls"] == []
    await handing.passes(3)
    panel = await handing.panel(row)
    [call] = panel["calls"]
    assert (call["state"], call["phone"], call["why"]) == ("wanted", "0796-119", "no_receipt")
    assert "吉州一中" in panel["spoken"] and "警情编号" in panel["spoken"]
    assert "call_119" in (await handing.city.reads(row)).flags
    duty = await handing.city.person(Role.DUTY)
    done = await duty.post(f"/incidents/{row.id}/hand-over/call", json={"number": "3608-77"})
    assert done.status_code == 200, done.text
    [call] = done.json()["calls"]
    assert (call["state"], call["number"]) == ("done", "3608-77") and call["who"]
    assert (await handing.city.reads(row)).state == "dispatched"
    handing.centre.mode = Mode.WELL
    await handing.passes(60)
    [got] = handing.centre.got
    assert json.loads(got.body)["JQBH"] == "3608-77", "the centre finds what was telephoned"
    assert [h["state"] for h in (await handing.panel(row))["hand_overs"]] == ["acknowledged"]


async def test_an_hour_without_the_centre_loses_nothing_and_says_nothing_twice(handing: Handing) -> None:
    await handing.target()
    handing.centre.mode = Mode.DOWN
    rows = []
    for n in range(4):
        row = await handing.fire(f"学校{n}")
        await handing.confirms(row)
        rows.append(row)
        await handing.passes(60, step=20)
    await handing.passes(3600, step=30)
    assert not handing.centre.got
    handing.centre.mode = Mode.WELL
    await handing.passes(60, step=10)
    assert sorted(g.times for g in handing.centre.got) == [1] * 4
    for row in rows:
        [each] = (await handing.panel(row))["hand_overs"]
        assert each["state"] == "acknowledged" and each["ms"] > 3000
        assert (await handing.told(row)).count("acknowledged") == 1 and (await handing.told(row)).count(
            "not_taken"
        ) == 1


async def test_an_answer_that_came_too_late_is_no_second_fire(handing: Handing) -> None:
    await handing.target(answer_s=0.5)
    handing.centre.mode = Mode.LATE
    row = await handing.fire()
    await handing.confirms(row)
    await handing.carries()
    assert [g.times for g in handing.centre.got] == [1], "it took the message; nobody heard that"
    handing.centre.mode = Mode.WELL
    await handing.passes(10)
    assert [g.times for g in handing.centre.got] == [2]
    [each] = (await handing.panel(row))["hand_overs"]
    assert each["state"] == "acknowledged" and each["number"] == handing.centre.got[0].number


async def test_a_refusal_asks_for_a_call_at_once(handing: Handing) -> None:
    await handing.target()
    handing.centre.mode = Mode.REFUSES
    row = await handing.fire()
    await handing.confirms(row)
    await handing.carries()
    panel = await handing.panel(row)
    assert panel["hand_overs"][0]["state"] == "refused" and "电话报警" in panel["hand_overs"][0]["said"]
    assert [c["why"] for c in panel["calls"]] == ["refused"]
    handing.centre.mode = Mode.WELL
    duty = await handing.city.person(Role.DUTY)
    again = await duty.post(f"/incidents/{row.id}/hand-over", json={})
    assert again.status_code == 202, again.text
    await handing.carries()
    panel = await handing.panel(row)
    assert (panel["hand_overs"][0]["state"], panel["calls"][0]["state"]) == ("acknowledged", "withdrawn")


async def test_a_centre_that_hangs_holds_up_no_other_and_has_the_fire_once_when_it_lives(handing: Handing) -> None:
    await handing.target("甲", answer_s=0.5)
    other = Centre(token=TOKEN)
    port = await other.open("127.0.0.1", 0)
    try:
        await handing.target("乙", url=f"http://127.0.0.1:{port}")
        handing.centre.mode = Mode.HANGS
        row = await handing.fire()
        await handing.confirms(row)
        await handing.carries()
        stand = {each["target"]: each["state"] for each in (await handing.panel(row))["hand_overs"]}
        assert stand == {"甲": "waiting", "乙": "acknowledged"} and handing.centre.attempts == 1
        handing.centre.mode = Mode.WELL
        await handing.passes(10)
        assert [got.times for got in handing.centre.got] == [got.times for got in other.got] == [1]
        assert {each["state"] for each in (await handing.panel(row))["hand_overs"]} == {"acknowledged"}
    finally:
        await other.close()


async def test_a_centre_that_says_everything_twice_is_heard_once(handing: Handing) -> None:
    """All that its engines do, each word twice; and one word at the same time over two lines, and again later."""
    target = await handing.target()
    stages = ["accepted", "turnout", "arrival", "water", "controlled", "returned"]
    async with on_a_socket(handing.city.web.app) as platform:
        centre = handing.centre
        centre.feedback, centre.feedback_token = f"{platform}{target['feedback_path']}", THEIRS
        centre.mode, centre.pace = Mode.TWICE, 0.001
        row = await handing.fire()
        await handing.confirms(row)
        await handing.carries()
        await until(lambda: len(centre.heard) == 2 * len(stages))
        assert set(centre.heard) == {200}
        assert [f["stage"] for f in (await handing.panel(row))["feedback"]] == stages
        assert (await handing.told(row)).count("feedback") == len(stages)
        centre.feedback = ""
    row = await handing.fire("吉州二中")
    await handing.confirms(row)
    await handing.carries()
    got = handing.centre.got[-1]
    now = handing.city.clock.now()
    answers = await asyncio.gather(*(handing.says(target, got, "22", now, key="k1") for _ in range(2)))
    answers.append(await handing.says(target, got, "22", now, key="k1"))
    assert {answer.status_code for answer in answers} == {200}
    assert [f["stage"] for f in (await handing.panel(row))["feedback"]] == ["arrival"]
    assert (await handing.told(row)).count("feedback") == 1


@pytest.mark.parametrize("adapter", ["json", "xml26875", "cap"])
async def test_a_zone_without_pressure_is_told_as_state_of_the_water_and_again_when_it_is_back(
    handing: Handing, adapter: str
) -> None:
    await handing.target(adapter=adapter)
    dry = streets.Street(
        code="360802/城北", name="城北", area="360802", devices=10, silent=4, lately=4, units=("a", "b", "c", "d"),
        lon=114.99, lat=27.11,
    )  # fmt: skip
    group, now = POLICY_V1.groups["hydrant/zone"], handing.city.clock.micros()
    async with handing.city.web.pool.acquire() as conn:
        opened = streets.judge([dry], {}, {}, group, now, streets.ZONE)
        async with conn.transaction():
            await log.append(conn, await incidents.apply(conn, opened, now), now)
        await handing.carries()
        [got] = handing.centre.got
        assert (got.what, got.exercise) == ("water", False)
        assert "非火警" in got.text and "城北" in got.text and "10 处中 4 处" in got.text
        await handing.carries()
        assert len(handing.centre.got) == 1
        standing = {"360802/城北": (await incidents.open_beginning(conn, "zone:"))[0]}
        ended = streets.judge([], standing, {}, group, now, streets.ZONE)
        async with conn.transaction():
            await log.append(conn, await incidents.apply(conn, ended, now), now)
    await handing.carries()
    assert [g.what for g in handing.centre.got] == ["water", "water"]
    assert "已恢复" in handing.centre.got[1].text and not handing.centre.complaints
