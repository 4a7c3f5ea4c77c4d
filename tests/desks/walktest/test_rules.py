"""What an answer means: right, wrong, at the wrong place; and what people found counts over it."""

from datetime import timedelta

import pytest

from zhigan.desks.walktest.model import Act, Answer, Expected, Note
from zhigan.desks.walktest.rules import POINTING_S, WANTED, judged, pointed, wanted
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.moments import SECOND, to_datetime

T0 = 1_700_000_000 * SECOND


def expected(number: int, type_: str = "smoke") -> Expected:
    return Expected(
        id=f"d{number}", number=number, name=f"n{number}", address=f"a{number}", type=type_, floor="3", place="p",
        conditions=0,
    )  # fmt: skip


def answer(number: int, seconds: float, conditions: Condition = Condition.FIRE) -> Answer:
    return Answer(number, T0 + int(seconds * SECOND), int(conditions))


def note(number: int, seconds: float, act: Act, text: str = "") -> Note:
    at = to_datetime(T0) + timedelta(seconds=seconds)
    return Note(device=f"d{number}", at=at, who="w", act=act, text=text)


THREE = [expected(1), expected(2), expected(3)]
END = T0 + 3600 * SECOND


def results(answers: list[Answer], notes: list[Note]) -> list[str]:
    return [p.result for p in judged(THREE, answers, notes, T0, END)]


def test_answered_outstanding_and_wrong_condition() -> None:
    assert results([answer(1, 10), answer(2, 20, Condition.FAULT)], []) == [
        "answered",
        "wrong_condition",
        "outstanding",
    ]
    assert results([answer(2, 20, Condition.FAULT), answer(2, 30)], [])[1] == "answered", "right in the end"
    assert results([answer(9, 10)], []) == ["outstanding"] * 3


def test_time_per_detector_is_since_the_one_before_or_since_pointed_at() -> None:
    points = judged(THREE, [answer(1, 10), answer(2, 25), answer(3, 65)], [note(3, 60, "pointed")], T0, END)
    assert [p.took_s for p in points] == [10.0, 15.0, 5.0]
    assert [p.count for p in points] == [1, 1, 1]


def test_who_answers_instead_of_the_one_pointed_at_stands_at_the_wrong_place() -> None:
    points = judged(THREE, [answer(2, 15)], [note(1, 10, "pointed")], T0, END)
    assert [p.result for p in points] == ["outstanding", "wrong_place", "outstanding"]
    assert points[1].instead == "n1"
    assert results([answer(1, 12), answer(2, 15)], [note(1, 10, "pointed")]) == ["answered", "answered", "outstanding"]
    late = 10 + POINTING_S + 1
    assert results([answer(2, late)], [note(1, 10, "pointed")])[1] == "answered", "pointing is not believed for ever"
    assert results([answer(2, 15)], [note(1, 10, "pointed"), note(1, 12, "cleared")])[1] == "answered"
    assert results([answer(2, 15)], [note(1, 10, "pointed"), note(2, 12, "pointed")])[1] == "answered"


def test_what_was_found_counts_over_what_was_computed_until_taken_back() -> None:
    found = [note(1, 20, "wrong_type", "应为感温"), note(3, 21, "no_answer")]
    points = judged(THREE, [answer(1, 10)], found, T0, END)
    assert [p.result for p in points] == ["wrong_type", "outstanding", "no_answer"]
    assert (points[0].note, points[0].who) == ("应为感温", "w")
    assert results([answer(1, 10)], [*found, note(1, 30, "cleared")]) == ["answered", "outstanding", "no_answer"]


@pytest.mark.parametrize(
    ("type_", "conditions", "right"),
    [
        ("smoke", Condition.FIRE, True), ("smoke", Condition.SUPERVISORY, False), ("smoke", Condition.GAS_HIGH, False),
        ("manual_call_point", Condition.MANUAL_ALARM, True), ("gas", Condition.GAS_LOW, True),
        ("gas", Condition.FAULT, False), ("water_flow", Condition.WATER_FLOW, True),
        ("water_flow", Condition.FAULT, False), ("pump", Condition.STARTED, True), ("pump", Condition.OFFLINE, False),
    ],
)  # fmt: skip
def test_what_each_type_must_bring(type_: str, conditions: Condition, right: bool) -> None:
    assert bool(wanted(type_) & int(conditions)) is right


def test_the_types_are_the_platforms() -> None:
    assert set(WANTED) <= set(BY_NAME)


def test_pointing_ends_by_itself() -> None:
    notes = [note(1, 0, "pointed")]
    begun = to_datetime(T0)
    assert pointed(notes, begun + timedelta(seconds=POINTING_S)) == "d1"
    assert pointed(notes, begun + timedelta(seconds=POINTING_S + 1)) is None
    assert pointed([*notes, note(1, 1, "cleared")], begun) is None and pointed([], begun) is None
