"""Whom to tell of what: pure, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zhigan.outlets.dispatch import rules
from zhigan.outlets.dispatch.model import Act, Adapter, HandOver, Proof, State, Target
from zhigan.outlets.dispatch.rules import Standing
from zhigan.protocols.couriers.model import Answer, Said

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CENTRE = Target(
    id="t", name="119", areas=("360802",), adapter=Adapter.JSON, url="", proof=Proof.NONE, secret="", map="",
    answer_s=3, receipt_s=10, phone="119", automatic=True, enabled=True, version=1,
)  # fmt: skip


def standing(**more: Any) -> Standing:
    whole = {"fire": True, "confirmed": True, "by_hand": False, "closed": False, "false": False, "alarms": 1}
    return Standing(**{**whole, **more})


def alert(state: State = State.ACKNOWLEDGED, act: Act = Act.ALERT, **more: Any) -> HandOver:
    whole: dict[str, Any] = {
        "id": act.value, "incident": "i", "target": "t", "act": act, "state": state, "seq": 1, "alert": None,
        "asked_at": NOW, "due_at": NOW, "attempts": 1, "first_sent_at": NOW, "number": "", "note": "", "cause": "",
        "alarms": 1, "told": False,
    }  # fmt: skip
    return HandOver(**{**whole, **more})


@pytest.mark.parametrize(
    ("how", "before", "acts"),
    [
        (standing(), [], [Act.ALERT]),
        (standing(confirmed=False), [], []),
        (standing(fire=False), [], []),  # gas: by the desk's own step
        (standing(fire=False, by_hand=True), [], [Act.ALERT]),
        (standing(), [alert()], []),
        (standing(alarms=3), [alert()], [Act.UPDATE]),
        (standing(alarms=3), [alert(State.WAITING)], []),  # the alert will say how things stand then
        (standing(alarms=3), [alert(), alert(State.WAITING, Act.UPDATE)], []),
        (standing(closed=True, false=True), [alert()], [Act.CANCEL]),
        (standing(closed=True, false=True), [alert(State.WAITING)], [Act.CANCEL]),  # it may have been taken
        (standing(closed=True, false=True), [alert(State.WAITING, first_sent_at=None)], []),
        (standing(closed=True, false=True), [alert(State.REFUSED)], []),
        (standing(closed=True, false=True), [alert(), alert(act=Act.CANCEL, alert="alert")], []),
        (standing(closed=True), [alert()], []),
    ],
)
def test_what_is_wanted(how: Standing, before: list[HandOver], acts: list[Act]) -> None:
    assert [w.act for w in rules.wanted(how, [CENTRE], before, NOW)] == acts


def test_updates_of_a_spreading_fire_are_told_together() -> None:
    [update] = rules.wanted(standing(alarms=3), [CENTRE], [alert()], NOW + timedelta(seconds=5))
    assert update.due_at == NOW + rules.UPDATE_EVERY
    [late] = rules.wanted(standing(alarms=3), [CENTRE], [alert()], NOW + timedelta(minutes=5))
    assert late.due_at == NOW + timedelta(minutes=5)


def test_a_centre_serves_its_areas() -> None:
    assert rules.serves(CENTRE, "360802") and not rules.serves(CENTRE, "360803") and not rules.serves(CENTRE, "")


@pytest.mark.parametrize(
    ("said", "state", "pause"),
    [
        (Answer(Said.TAKEN), State.ACKNOWLEDGED, 0),
        (Answer(Said.REFUSED), State.REFUSED, 0),
        (Answer(Said.UNKNOWN), State.WAITING, 1),
        (Answer(Said.UNREACHED, code="ConnectError"), State.WAITING, 1),
        (Answer(Said.UNREACHED, code="401"), State.WAITING, 30),
    ],
)
def test_what_an_answer_makes(said: Answer, state: State, pause: float) -> None:
    assert rules.after(alert(State.SENDING), said, NOW) == (state, NOW + timedelta(seconds=pause))


def test_pauses_grow_and_end_and_a_day_later_it_is_given_up() -> None:
    pauses = [rules.pause(n, Answer(Said.UNKNOWN)).total_seconds() for n in range(1, 9)]
    assert pauses == [1, 2, 4, 8, 15, 30, 30, 30]
    late = rules.after(alert(State.SENDING), Answer(Said.UNKNOWN), NOW + rules.GIVE_UP + timedelta(seconds=1))
    assert late[0] is State.FAILED


@pytest.mark.parametrize(
    ("each", "after_s", "calls"),
    [
        (alert(State.WAITING), 9, False),
        (alert(State.SENDING), 10, True),
        (alert(State.REFUSED), 0, True),
        (alert(State.FAILED), 0, True),
        (alert(State.ACKNOWLEDGED), 60, False),
        (alert(State.CANCELLED), 60, False),
        (alert(State.WAITING, Act.UPDATE), 60, False),
    ],
)
def test_when_somebody_must_telephone(each: HandOver, after_s: float, calls: bool) -> None:
    assert rules.calls(each, 10, NOW + timedelta(seconds=after_s)) is calls
