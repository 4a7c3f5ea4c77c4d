"""The escalation table and what is merged, by example and for every row."""

from datetime import UTC, datetime, timedelta

import pytest

from zhigan.outlets.notify import rules
from zhigan.outlets.notify.escalation_tables import ESCALATION
from zhigan.outlets.notify.model import Notice, Person, Plan, Purpose, Row, Shift, Way, Which, Who
from zhigan.vocabulary.grades import Grade, Kind

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)  # a Monday, 12:00 in Ji'an
NIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)


def plan(grade: Grade, **more: object) -> Plan:
    values: dict[str, object] = {"incident": "i", "grade": grade, "kind": Kind.FIRE, "started_at": NOON, **more}
    return Plan(**values)


def keys(found: Plan, seconds: float) -> set[str]:
    return {s.row.key for s in rules.due(found, found.started_at + timedelta(seconds=seconds))}


def test_every_grade_has_rows_and_every_key_stands_once() -> None:
    for grade in Grade:
        rows = ESCALATION[grade]
        assert rows and len({r.key for r in rows}) == len(rows)
        assert all(r.by for r in rows) and all(r.whom or r.site for r in rows)


def test_a_desk_that_nobody_took_over_is_the_leads_to_hear() -> None:
    assert "shift_lead" in keys(plan(Grade.III, kind=Kind.DUTY, flags=("handover",)), 0)
    assert "shift_lead" not in keys(plan(Grade.III, kind=Kind.DUTY), 0)


def test_red_tells_all_around_by_two_kinds_at_once_and_goes_on() -> None:
    red = plan(Grade.I)
    assert keys(red, 0) == {"around", "household", "posts"}
    [around] = [r for r in ESCALATION[Grade.I] if r.key == "around"]
    assert {Way.VOICE, Way.SMS, Way.APP} <= set(around.by)
    assert {"next", "lead", "again", "desks"} <= keys(red, 60)
    assert "brigade" in keys(red, 300) and "round" in keys(red, 400)


def test_accepting_stops_what_asks_the_desk_and_answering_stops_the_calls() -> None:
    assert "desks" not in keys(plan(Grade.I, accepted=True), 60) and "next" in keys(plan(Grade.I, accepted=True), 60)
    answered = keys(plan(Grade.I, answered=True), 1000)
    assert "round" not in answered and "brigade" not in answered and "status15" in answered
    assert "brigade" in keys(plan(Grade.I, answered=True, confirmed=True), 400), "it burns: all must come"


def test_no_quiet_hour_touches_red_and_orange() -> None:
    for grade in (Grade.I, Grade.II):
        day, dark = plan(grade), plan(grade, started_at=NIGHT)
        for seconds in (0, 60, 400, 4000):
            assert keys(day, seconds) == keys(dark, seconds)
    assert "unread" in keys(plan(Grade.III), 700)
    assert "unread" not in keys(plan(Grade.III, started_at=NIGHT), 700), "a call by day only"
    assert "night" in keys(plan(Grade.III, started_at=NIGHT, class_=1), 2000)
    assert "night" not in keys(plan(Grade.III, started_at=NIGHT, class_=2), 2000)


@pytest.mark.parametrize("grade", list(Grade))
def test_what_was_done_is_not_due_again_and_the_next_moment_comes(grade: Grade) -> None:
    now, done, seen = NOON, frozenset[str](), 0
    for _ in range(200):
        found = plan(grade, done=done)
        ripe = rules.ripe(found, now)
        seen += len(ripe)
        assert not {s.key for s in ripe} & done
        done |= {s.key for s in ripe}
        following = rules.next_at(plan(grade, done=done), now)
        if following is None:
            break
        assert following > now
        now = following
    assert seen >= len(ESCALATION[grade]) - 1


def test_a_closed_one_asks_for_nothing_and_a_test_rings_nowhere() -> None:
    assert keys(plan(Grade.I, closed=True), 9999) == set() and rules.next_at(plan(Grade.I, closed=True), NOON) is None
    [around] = [r for r in ESCALATION[Grade.I] if r.key == "around"]
    assert set(rules.quiet(around, plan(Grade.I, flags=("test",)))) == {Way.APP}
    assert Way.VOICE not in rules.quiet(around, plan(Grade.III, flags=("late",)))
    tested = plan(Grade.I, flags=("test",))
    assert rules.insists(plan(Grade.I)) and not rules.insists(tested)
    assert rules.loud(around, plan(Grade.I)) and not rules.loud(around, tested)
    alone = person(Who.MANAGER, "1")
    ways = rules.quiet(around, tested), alone, frozenset(Way)
    assert rules.ways(*ways, insist=rules.insists(tested), loud=rules.loud(around, tested)) == []


def test_unanswered_after_five_minutes() -> None:
    assert not rules.unanswered(plan(Grade.II), NOON + timedelta(seconds=299))
    assert rules.unanswered(plan(Grade.II), NOON + timedelta(seconds=300))
    assert not rules.unanswered(plan(Grade.II, answered=True), NOON + timedelta(hours=1))
    assert not rules.unanswered(plan(Grade.III), NOON + timedelta(hours=1))


def person(who: Who, number: str, rank: int = 1, *, on_call: bool = True) -> Person:
    return Person(
        holder=f"phone:{number}", name=number, who=who, rank=rank, on_call=on_call,
        ways=((Way.VOICE, number), (Way.SMS, number)),
    )  # fmt: skip


def test_an_audience_holds_each_number_once_and_passes_over_who_is_off() -> None:
    people = [
        person(Who.MANAGER, "1", on_call=False), person(Who.MANAGER, "2", 2), person(Who.PROPERTY, "2"),
        person(Who.STATION, "3", on_call=False),
    ]  # fmt: skip
    row = Row(key="k", after=0, whom=(Who.MANAGER, Who.PROPERTY, Who.STATION), by=(Way.SMS,))
    assert [p.name for p in rules.audience(row, people)] == ["2", "3"], "nobody else of the station: he is told"
    following = Row(key="k", after=0, whom=(Who.MANAGER,), by=(Way.SMS,), which=Which.NEXT)
    assert [p.name for p in rules.audience(following, people)] == ["2"], "the only one is asked again"


def test_ways_fall_back_to_what_reaches_a_person() -> None:
    both = frozenset({Way.VOICE, Way.SMS, Way.WEBPUSH})
    fixed = Person(holder="h", name="n", who=Who.MANAGER, ways=((Way.VOICE, "0796"), (Way.WEBPUSH, "e")))
    assert rules.ways((Way.SMS,), fixed, both) == [Way.VOICE]
    assert rules.ways((Way.WEBPUSH,), fixed, both) == [Way.WEBPUSH]
    assert rules.fall_back(Way.VOICE, fixed, frozenset({Way.VOICE}), both) is None


def test_on_call_over_midnight() -> None:
    nights = Shift(weekdays=(1,), from_minute=22 * 60, until_minute=6 * 60)  # Monday night
    at = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)  # Monday 22:30
    assert rules.on_call([nights], at) is True
    assert rules.on_call([nights], at + timedelta(hours=7)) is True  # Tuesday 05:30
    assert rules.on_call([nights], at + timedelta(hours=8)) is False
    assert rules.on_call([nights], at - timedelta(hours=18)) is False  # Monday 04:30 is Sunday's night
    assert rules.on_call([], at) is True


def notice(n: int, place: str, grade: Grade = Grade.II, way: Way = Way.SMS) -> Notice:
    return Notice(
        id=str(n), incident=str(n), step="s", grade=grade, holder="h", person="p", role=Who.MANAGER, channel=way,
        address="a", place_key=place, purpose=Purpose.ALARM, due_at=NOON + timedelta(seconds=n), tried=(), attempts=0,
        kind=Kind.FIRE, unit_name=place, place="", opened_at=NOON,
    )  # fmt: skip


def test_what_waits_is_merged_by_place_then_in_one_and_never_dropped() -> None:
    two = rules.merged([notice(1, "a"), notice(2, "b"), notice(3, "a", Grade.I)])
    assert [[n.id for n in group] for group in two] == [["3", "1"], ["2"]], "the gravest speaks"
    many = [notice(n, f"place{n % 50}") for n in range(500)]
    [one] = rules.merged(many)
    assert {n.id for n in one} == {n.id for n in many}
    assert len(rules.merged([notice(n, "a", way=Way.WEBHOOK) for n in range(9)])) == 9
