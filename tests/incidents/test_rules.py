"""The life cycle: every state, step and role, against the contract's table written out once more."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.incidents.model import State
from zhigan.incidents.rules import (
    GENESIS,
    Act,
    Ask,
    Impossible,
    Line,
    NotYours,
    Queue,
    Step,
    Wanting,
    allowed,
    chain,
    drawing,
    judge,
)
from zhigan.vocabulary.causes import CAUSES
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.roles import Role

CONTRACT = {
    "open": {"accept": "verifying", "confirm": "confirmed", "dismiss": "closed", "note": "open"},
    "verifying": {"confirm": "confirmed", "dismiss": "closed", "release": "open", "note": "verifying"},
    "confirmed": {"dispatch": "dispatched", "close": "closed", "note": "confirmed"},
    "dispatched": {"close": "closed", "note": "dispatched"},
    "responding": {"close": "closed", "note": "responding"},
    "done": {},
    "closed": {"note": "closed"},
}
DESK = {"duty", "lead", "operator", "admin"}
LEADS = {"lead", "admin"}
NOT_AT_THE_DESK = {Step.RESPOND, Step.FINISH, Step.APPROVE, Step.SEND_BACK}
"""119's answer, and what is done with work."""
FULL = {
    "confirm": Ask(basis="on_site"),
    "dismiss": Ask(cause="U1"),
    "close": Ask(outcome="fire"),
    "note": Ask(note="看过监控"),
}


def answer(queue: Queue, state: State, step: Step, ask: Ask, role: Role | None) -> str:
    try:
        return judge(queue, state, step, ask, role).next.value
    except NotYours:
        return "403"
    except Impossible:
        return "409"
    except Wanting:
        return "400"


@pytest.mark.parametrize("role", list(Role))
def test_every_state_step_and_role_of_the_desk(role):
    for state, step in product(State, Step):
        found = answer(Queue.DESK, state, step, FULL.get(step.value, Ask()), role)
        if role.value not in DESK or step in NOT_AT_THE_DESK:
            assert found == "403", (state, step)
        else:
            assert found == CONTRACT[state.value].get(step.value, "409"), (state, step)


@pytest.mark.parametrize("role", list(Role))
def test_the_offered_steps_are_those_that_work(role):
    for state in State:
        for step in Step:
            works = any(
                answer(Queue.DESK, state, step, ask, role) == CONTRACT[state.value].get(step.value)
                for ask in (FULL.get(step.value, Ask()), Ask(outcome="false_alarm", note="误报"))
            )
            assert (step in allowed(Queue.DESK, state, role)) == (works and step not in NOT_AT_THE_DESK)


@pytest.mark.parametrize("role", sorted(DESK))
@pytest.mark.parametrize("state", ["confirmed", "dispatched", "responding"])
def test_a_confirmed_incident_is_closed_as_false_by_a_lead_with_a_note(role, state):
    ask = Ask(outcome="false_alarm", note="到场未见火")
    assert answer(Queue.DESK, State(state), Step.CLOSE, ask, Role(role)) == ("closed" if role in LEADS else "403")
    bare = Ask(outcome="false_alarm")
    assert answer(Queue.DESK, State(state), Step.CLOSE, bare, Role(role)) == ("400" if role in LEADS else "403")


@pytest.mark.parametrize("role", sorted(DESK))
@pytest.mark.parametrize("state", ["open", "verifying"])
def test_unverifiable_is_a_leads_decision(role, state):
    found = answer(Queue.DESK, State(state), Step.CONFIRM, Ask(basis="unverifiable"), Role(role))
    assert found == ("confirmed" if role in LEADS else "403")


@pytest.mark.parametrize(
    ("step", "ask"),
    [
        (Step.CONFIRM, Ask()),
        (Step.CONFIRM, Ask(basis="hearsay")),
        (Step.DISMISS, Ask()),
        (Step.DISMISS, Ask(cause="Z9")),
        (Step.DISMISS, Ask(cause="F2")),
        (Step.DISMISS, Ask(cause="U1", outcome="drill")),
        (Step.DISMISS, Ask(cause="U1", outcome="nonsense")),
        (Step.NOTE, Ask(note="  ")),
    ],
)
def test_what_is_missing_or_unknown_is_named(step, ask):
    with pytest.raises(Wanting) as wanting:
        judge(Queue.DESK, State.VERIFYING, step, ask, Role.LEAD)
    assert wanting.value.field in ("basis", "cause", "outcome", "note")


@pytest.mark.parametrize("outcome", [None, "drill", "test"])
def test_close_says_fire_or_false(outcome):
    with pytest.raises(Wanting):
        judge(Queue.DESK, State.CONFIRMED, Step.CLOSE, Ask(outcome=outcome, note="x"), Role.LEAD)


def test_a_cause_gives_the_outcome():
    for cause in CAUSES:
        if cause.outcome != "fire":
            act = judge(Queue.DESK, State.OPEN, Step.DISMISS, Ask(cause=cause.code), Role.DUTY)
            assert (act.outcome, act.cause, act.claims) == (cause.outcome, cause.code, True)


def test_confirmed_is_grade_one_and_claims_only_from_open():
    straight = judge(Queue.DESK, State.OPEN, Step.CONFIRM, Ask(basis="video"), Role.DUTY)
    later = judge(Queue.DESK, State.VERIFYING, Step.CONFIRM, Ask(basis="video"), Role.DUTY)
    assert (straight.grade, straight.claims) == (Grade.I, True)
    assert (later.grade, later.claims) == (Grade.I, False)


@pytest.mark.parametrize("queue", [Queue.ATTENTION, Queue.TASK])
def test_work_is_accepted_released_and_closed_with_a_cause(queue):
    closers = DESK | {"supervisor"}
    doers, seers = closers | {"unit", "property", "maintainer"}, closers | {"unit", "property", "inspector", "enforcer"}
    for role in Role:
        for state, step, ask, following, by in (
            (State.OPEN, Step.ACCEPT, Ask(), "verifying", doers),
            (State.OPEN, Step.CLOSE, Ask(cause="D2"), "closed", closers),
            (State.VERIFYING, Step.CLOSE, Ask(cause="F3"), "closed", closers),
            (State.VERIFYING, Step.RELEASE, Ask(), "open", doers),
            (State.VERIFYING, Step.FINISH, Ask(note="已换电池"), "done", doers),
            (State.DONE, Step.APPROVE, Ask(), "closed", seers),
            (State.DONE, Step.SEND_BACK, Ask(note="没换"), "verifying", seers),
            (State.CLOSED, Step.NOTE, Ask(note="已换电池"), "closed", doers | seers),
        ):
            assert answer(queue, state, step, ask, role) == (following if role.value in by else "403")
        assert answer(queue, State.OPEN, Step.CONFIRM, Ask(basis="video"), role) == "403"
    assert answer(queue, State.DONE, Step.SEND_BACK, Ask(), Role.LEAD) == "400", "sent back with a reason"


def test_only_the_platform_tells_what_119_answered():
    assert answer(Queue.DESK, State.DISPATCHED, Step.RESPOND, Ask(), None) == "responding"
    assert answer(Queue.DESK, State.CONFIRMED, Step.DISPATCH, Ask(), None) == "dispatched"
    assert answer(Queue.DESK, State.OPEN, Step.CONFIRM, Ask(basis="video"), None) == "403"


@given(
    prev=st.binary(min_size=32, max_size=32),
    texts=st.lists(st.text(), min_size=5, max_size=5),
    seq=st.integers(1, 2**31),
    at=st.integers(0, 2**52),
)
def test_every_field_of_a_line_is_in_its_hash(prev, texts, seq, at):
    incident, who, what, detail, other = texts
    line = Line(incident, seq, at, who, what, detail)
    told = chain(prev, line)
    assert len(told) == len(GENESIS)
    assert told != chain(prev, Line(incident, seq + 1, at, who, what, detail))
    assert told != chain(prev, Line(incident, seq, at + 1, who, what, detail))
    if other != who:
        assert told != chain(prev, Line(incident, seq, at, other, what, detail))
    assert chain(prev, Line(incident, seq, at, who + "x", what, detail)) != chain(
        prev, Line(incident, seq, at, who, "x" + what, detail)
    )


def test_the_drawing_in_the_docs_is_the_table():
    shown = Path(__file__).resolve().parents[2] / "docs" / "incident-lifecycle.md"
    assert shown.read_text("utf-8") == drawing(), "print it again: see its second paragraph"


def test_an_act_never_reopens_what_is_closed():
    for queue, step, role in product(Queue, Step, [*Role, None]):
        for ask in FULL.values():
            try:
                act: Act = judge(queue, State.CLOSED, step, ask, role)
            except (NotYours, Impossible, Wanting):
                continue
            assert (act.next, act.outcome, act.claims) == (State.CLOSED, None, False)
