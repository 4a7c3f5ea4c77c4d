"""What is drawn keeps to its rule, whatever the rule, the unit and the day."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zhigan.desks.dutycheck import rules
from zhigan.desks.dutycheck.model import DutyRule
from zhigan.vocabulary.grades import Grade

RULES = st.builds(
    DutyRule,
    enabled=st.just(True),
    s1_a_day=st.integers(0, 6),
    s2_a_day=st.integers(0, 6),
    from_minute=st.integers(360, 1200),
    until_minute=st.integers(420, 1380),
    spacing_minutes=st.integers(15, 360),
    s1_nights_a_week=st.integers(0, 7),
).filter(rules.sound)
SEEDS = st.binary(min_size=16, max_size=16)


@given(RULES, SEEDS, st.integers(1, 2), st.integers(0, 30_000))
def test_hours_spacing_and_count_are_kept_across_midnight(rule: DutyRule, seed: bytes, s: int, day: int) -> None:
    wanted = rule.s1_a_day if s == 1 else rule.s2_a_day
    both = [rules.drawn(seed, "unit", s, each, rule) for each in (day, day + 1)]
    for minutes in both:
        by_day = [minute for minute in minutes if minute >= rules.MORNING]
        assert len(by_day) == min(wanted, (rule.until_minute - 1 - rule.from_minute) // rule.spacing_minutes + 1)
        assert all(rule.from_minute <= minute < rule.until_minute for minute in by_day)
        assert len(minutes) - len(by_day) <= (s == 1)
    run = [*both[0], *(1440 + minute for minute in both[1])]
    assert all(later - earlier >= rule.spacing_minutes for earlier, later in pairwise(run))
    assert both[0] == rules.drawn(seed, "unit", s, day, rule), "the same again"


@given(SEEDS, st.integers(0, 4_000), st.integers(0, 7))
def test_s1_has_its_nights_each_week(seed: bytes, week: int, nights: int) -> None:
    rule = DutyRule(enabled=True, s1_nights_a_week=nights)
    drawn = [rules.drawn(seed, "unit", 1, week * 7 + n, rule) for n in range(7)]
    assert sum(minute < rules.MORNING for minutes in drawn for minute in minutes) == nights


def test_other_seeds_and_units_are_other_minutes_and_off_is_off() -> None:
    rule = DutyRule(enabled=True)
    of = {rules.drawn(seed, unit, 1, 20_000, rule) for seed in (b"a" * 16, b"b" * 16) for unit in ("x", "y")}
    assert len(of) == 4
    assert rules.drawn(b"a" * 16, "x", 1, 20_000, DutyRule()) == ()


def test_two_in_a_row_and_s1_in_the_night_are_graver() -> None:
    assert rules.miss(2, night=True, missed_before=False) is Grade.IV
    assert rules.miss(1, night=False, missed_before=False) is Grade.IV
    assert rules.miss(1, night=True, missed_before=False) is Grade.III
    assert rules.miss(4, night=False, missed_before=True) is Grade.III
