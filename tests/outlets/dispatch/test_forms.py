"""Every adapter alike: what is told, what a receipt is, what comes back; and field maps, whose faults have a place."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.centre119 import Form, Got, Mode, word
from support.handing import TYPES, Handing
from zhigan.outlets.dispatch import adapters, mapping, texts
from zhigan.outlets.dispatch.default_tables import DEFAULTS
from zhigan.outlets.dispatch.mapping import Flaw, Map
from zhigan.outlets.dispatch.model import Act, Adapter, Case, Misread, Person, Stage, Water
from zhigan.protocols import cap
from zhigan.protocols.couriers import webhooks
from zhigan.protocols.couriers.model import Said
from zhigan.vocabulary.roles import Role

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FORMS = {Adapter.JSON: Form.JSON, Adapter.XML: Form.XML, Adapter.CAP: Form.CAP}
EVERY = pytest.mark.parametrize("adapter", list(Adapter))


def shipped(adapter: Adapter) -> Map:
    made = mapping.checked(adapters.fresh_map(adapter, DEFAULTS[adapter]), adapter)
    assert isinstance(made, Map), made
    return made


def case(act: Act = Act.ALERT, **more: Any) -> Case:
    return Case(**{
        "id": "019d0000-0000-7000-8000-000000000001", "act": act, "incident": "019d0000-0000-7000-8000-000000000002",
        "message": "019d0000-0000-7000-8000-000000000001", "sent_at": NOW, "first_sent_at": NOW, "reported_at": NOW,
        "confirmed_at": NOW, "kind": "fire", "basis": "video", "unit_name": "吉州一中 <&>", "area": "360802",
        "lon": 114.98, "lat": 27.11, "alarm_count": 2,
        "hydrants": (Water(name="栓1", address="", lon=1.0, lat=2.0, distance_m=86, pressure_mpa=0.31),),
        "contacts": (Person("李某", "control_room", "07968220119"),), **more,
    })  # fmt: skip


@EVERY
async def test_alert_update_cancel_and_feedback_in_its_form(handing: Handing, adapter: Adapter) -> None:
    target = await handing.target(adapter=adapter.value)
    school = await handing.city.unit("吉州一中", floors=6, heads=2)
    row = await handing.fire(unit=school)
    await handing.confirms(row, "video")
    await handing.carries()
    [alert] = handing.of("alert")
    assert alert.form is FORMS[adapter] and "视频确认" in alert.text and "吉州一中" in alert.where
    for n, stage in enumerate(("受理", "20", "22", "23", "控制", "25")):
        for _ in range(2):
            answer = await handing.says(target, alert, stage, handing.city.clock.now() + timedelta(minutes=n))
            assert answer.status_code == 200, answer.text
    panel = await handing.panel(row)
    assert [f["stage"] for f in panel["feedback"]] == [
        "accepted", "turnout", "arrival", "water", "controlled", "returned"
    ]  # fmt: skip
    assert panel["hand_overs"][0]["number"] == alert.number and panel["feedback"][1]["vehicles"] == 2
    handing.city.clock.advance(60)
    duty = await handing.city.person(Role.DUTY)
    assert (await duty.post(f"/incidents/{row.id}/hand-over", json={"note": "三楼有人被困"})).status_code == 202
    await handing.carries()
    [update] = handing.of("update")
    assert update.incident == alert.incident and "三楼有人被困" in update.text
    lead = await handing.city.person(Role.LEAD)
    body = {"outcome": "false_alarm", "cause": "U1", "note": "油烟"}
    assert (await lead.post(f"/incidents/{row.id}/close", json=body)).status_code == 200
    await handing.carries()
    assert [c.incident for c in handing.of("cancel")] == [alert.incident] and not handing.centre.complaints


@EVERY
async def test_a_test_is_an_exercise_and_says_so(handing: Handing, adapter: Adapter) -> None:
    target = await handing.target(adapter=adapter.value)
    lead = await handing.city.person(Role.LEAD)
    sent = (await lead.post(f"/dispatch/targets/{target['id']}/test", json={})).json()
    await handing.carries()
    [got] = handing.centre.got
    assert got.exercise and "演练" in got.title and "请勿出动" in got.text
    seen = (await lead.get(f"/dispatch/exercises/{sent['id']}")).json()
    assert (seen["state"], seen["act"]) == ("acknowledged", "exercise")
    [exchange] = (await lead.get("/dispatch/exchanges", params={"act": "exercise"})).json()["items"]
    assert exchange["ok"] and await handing.city.desk() == []


@EVERY
async def test_a_refusal_is_read_in_its_form(handing: Handing, adapter: Adapter) -> None:
    await handing.target(adapter=adapter.value)
    handing.centre.mode = Mode.REFUSES
    row = await handing.fire()
    await handing.confirms(row)
    await handing.carries()
    assert [h["state"] for h in (await handing.panel(row))["hand_overs"]] == ["refused"]


@EVERY
def test_what_is_no_receipt_is_none(adapter: Adapter) -> None:
    made, message = shipped(adapter), case().message
    for status, body, said in (
        (200, b"", Said.UNKNOWN), (200, b"ok", Said.UNKNOWN), (202, b"{}", Said.UNKNOWN), (500, b"", Said.UNKNOWN),
        (429, b"", Said.LIMITED), (400, b"", Said.REFUSED), (401, b"", Said.UNREACHED), (404, b"", Said.UNREACHED),
        (302, b"", Said.UNKNOWN), (200, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Said.UNKNOWN),
    ):  # fmt: skip
        assert adapters.answer(adapter, made, message, status, body).said is said, (status, body)


@EVERY
@pytest.mark.parametrize("act", list(Act))
def test_what_goes_out_is_whole_and_without_a_grade(adapter: Adapter, act: Act) -> None:
    body = adapters.write(adapter, shipped(adapter), case(act, note="三楼\x00有人", cause="U1")).decode()
    assert "JQDJDM" not in body and "预警" not in body and ("演练" in body) is (act is Act.EXERCISE)
    if adapter is Adapter.CAP:
        alert = cap.read(body.encode())
        assert alert.infos[0].severity == "Unknown" and alert.sent.endswith("+08:00")
        assert (alert.status == "Exercise") is (act is Act.EXERCISE)


def test_what_is_read_aloud_says_where_before_anything_else() -> None:
    said = texts.spoken(case(building="3号楼", floor="12", place="3号楼 12层 东侧走廊"))
    assert said.index("吉州一中") < said.index("首次报警") < said.index("李某")
    assert said.count("3号楼") == 1 and said.endswith("请告诉我您的警情编号。")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"fields": [{"to": "JQDJDM", "from": "kind"}]}, "fields[0].to"),
        ({"fields": [{"to": "JQDX.火警等级", "value": "1"}]}, "fields[0].to"),
        ({"fields": [{"to": "A", "from": "grade"}]}, "fields[0].from"),
        ({"fields": [{"to": "A", "from": "kind", "value": "x"}]}, "fields[0]"),
        ({"fields": [{"to": "A", "from": "kind", "codes": "none"}]}, "fields[0].codes"),
        (
            {"fields": [{"to": "A", "each": "hydrants", "fields": [{"to": "B", "from": "kind"}]}]},
            "fields[0].fields[0].from",
        ),
        ({"fields": [{"to": "a b", "from": "kind"}]}, "fields[0].to"),
        ({"fields": []}, "fields"),
        ({"paths": {"alert": "no slash"}}, "paths.alert"),
        ({"headers": {"x": "a\r\nb"}}, "headers.x"),
        ({"feedback": {"stage": ["A"], "stages": {"1": "arrival"}}}, "feedback.incident"),
        ({"feedback": {"incident": ["A"], "stage": ["A"]}}, "feedback.stages"),
        ({"adapter": "cap"}, "adapter"),
        ({"colour": 1}, "colour"),
        ({"fields": [{"from": "kind"}]}, "fields[0].to"),
        ({"fields": [{"to": "A", "frm": "kind"}]}, "fields[0].frm"),
        ({"fields": 5}, "fields"),
    ],
)
def test_a_wrong_map_says_where(change: dict[str, Any], where: str) -> None:
    wrong = mapping.checked(json.dumps({**DEFAULTS[Adapter.JSON], **change}), Adapter.JSON)
    assert isinstance(wrong, list) and where in [flaw.where for flaw in wrong], wrong


@given(
    st.text(max_size=300)
    | st.builds(
        json.dumps,
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(["format", "fields", "to", "from", "adapter", "each", "codes"]), inner
                )
            ),
        ),
    )
)
def test_any_text_is_a_map_or_has_flaws(text: str) -> None:
    made = mapping.checked(text, Adapter.JSON)
    assert isinstance(made, Map) or (made and all(isinstance(flaw, Flaw) for flaw in made))


@EVERY
@given(body=st.binary(max_size=400))
def test_any_bytes_are_feedback_or_misread(adapter: Adapter, body: bytes) -> None:
    try:
        told = adapters.feedback(adapter, shipped(adapter), body)
    except Misread:
        return
    assert told


def test_times_of_every_form_and_several_moments_in_one_message() -> None:
    made = shipped(Adapter.JSON)
    body = {
        "JQ_TYWYSBM": "x",
        "CDSJ": "2026-11-22 12:01:00",
        "DCSJ": "20261122120500",
        "CSSJ": "2026-11-22T12:07:00+08:00",
    }
    told = mapping.told(body, made.feedback)
    assert [(t.stage, t.at) for t in told] == [
        (Stage.TURNOUT, NOW + timedelta(minutes=1)),
        (Stage.ARRIVAL, NOW + timedelta(minutes=5)),
        (Stage.WATER, NOW + timedelta(minutes=7)),
    ]
    assert mapping.moment("1795320000000") == mapping.moment("1795320000") and mapping.moment("gestern") is None


async def test_a_signature_holds_for_five_minutes_and_once(handing: Handing) -> None:
    key = "whsec_" + "QUJD" * 8
    target = await handing.target(feedback_proof="signature", feedback_secret=key)
    row = await handing.fire()
    await handing.confirms(row)
    await handing.carries()
    [got] = handing.centre.got
    now = handing.city.clock.now()
    body = word(got, "22", "到场", "one", now)
    signed = webhooks.send("http://x", key, "one", body, now).headers
    kind = TYPES["json"]
    headers = {n: v for n, v in signed.items() if n != "content-type"}
    assert (await handing.posts(target, body, kind, headers)).json() == {"code": 0, "taken": 1, "known": 0}
    assert (await handing.posts(target, body, kind, headers)).json() == {"code": 0, "taken": 0, "known": 1}
    changed = body.replace("到场".encode(), "返回".encode())
    assert (await handing.posts(target, changed, kind, headers)).status_code == 401
    handing.city.clock.advance(301)
    assert (await handing.posts(target, body, kind, headers)).status_code == 401
    assert len((await handing.panel(row))["feedback"]) == 1


@given(order=st.permutations(range(7)), twice=st.lists(st.integers(0, 6), max_size=4))
def test_whatever_the_order_the_same_is_told(order: list[int], twice: list[int]) -> None:
    """Pure part of the order: keys and stages do not depend on what came before."""
    made = shipped(Adapter.JSON)
    got = Got(
        id="m",
        incident="i",
        what="alert",
        form=Form.JSON,
        where="",
        title="",
        text="",
        number="n",
        at=NOW,
        exercise=False,
    )
    stages = ("受理", "20", "21", "22", "23", "控制", "25")
    words = [word(got, stage, stage, f"k{n}", NOW + timedelta(minutes=n)) for n, stage in enumerate(stages)]
    seen = {t.key: (t.stage, t.at) for n in [*order, *twice] for t in adapters.feedback(Adapter.JSON, made, words[n])}
    assert [seen[f"k{n}"][0] for n in range(7)] == [
        Stage.ACCEPTED, Stage.TURNOUT, Stage.EN_ROUTE, Stage.ARRIVAL, Stage.WATER, Stage.CONTROLLED, Stage.RETURNED
    ]  # fmt: skip
