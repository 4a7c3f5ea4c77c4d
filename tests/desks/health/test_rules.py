"""Periods, batteries and lives, reckoned: with bounds, unmoved by wrong values, and silent where little is known."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.desks.health import rules
from zhigan.vocabulary.devices import CLASS_BY_NAME

HOUR = 3600


def test_the_period_is_the_median_of_the_last_ten_and_never_longer_than_the_class() -> None:
    beats: list[int] = []
    for n in range(30):
        beats = rules.remember(beats, n * 12 * HOUR + (n % 3) * 60)
    assert len(beats) == 11
    assert abs(rules.learned(beats, "nb_battery") - 12 * HOUR) <= 120
    assert rules.learned([n * 72 * HOUR for n in range(8)], "nb_battery") == 24 * HOUR
    assert rules.learned(beats[:3], "nb_battery") == 0
    assert rules.learned(beats, "transmission_device") == 0


def test_chatter_and_disorder_are_no_reports_of_their_own() -> None:
    beats = rules.remember([0, 86_400], 86_430)
    assert beats == [0, 86_400]
    assert rules.remember(beats, 10) == [0, 86_400]


@pytest.mark.parametrize(
    ("period", "device_class", "late"),
    [
        (0, "nb_battery", 24 * HOUR),
        (12 * HOUR, "nb_battery", 24 * HOUR),
        (6 * HOUR, "nb_battery", 12 * HOUR),
        (24 * HOUR, "nb_battery", 24 * HOUR),  # GB/T 45839, 5.5.2: shown within 24 h
        (HOUR, "electrical_nb", 2 * HOUR),
        (0, "component", 0),
        (0, "nothing", 0),
    ],
)
def test_late_by_its_own_period_and_no_later_than_its_class(period: int, device_class: str, late: int) -> None:
    assert rules.late_after(period, device_class) == late


def test_every_class_has_a_lateness_that_does_not_come_after_being_off_line() -> None:
    for known in CLASS_BY_NAME.values():
        assert rules.late_after(0, known.name) <= known.offline_s


def test_a_battery_that_loses_a_tenth_a_day_lasts_as_long_as_that_says() -> None:
    days = list(range(0, 60, 2))
    found = rules.forecast(days, [80 - 0.1 * day for day in days])
    assert found is not None and found.left is not None
    assert abs(found.loss - 0.1) < 0.001
    assert abs(found.left - (80 - 5.8 - 10) / 0.1) <= 2
    assert found.least is not None and found.most is not None
    assert found.least <= found.left <= found.most


def test_a_third_of_wrong_values_does_not_move_it() -> None:
    chance = random.Random(7)
    days = list(range(36))
    values = [90 - 0.5 * day + chance.uniform(-1, 1) for day in days]
    for place in chance.sample(range(36), 8):
        values[place] = chance.uniform(60, 80)
    found = rules.forecast(days, values)
    assert found is not None and found.left is not None
    assert 0.35 < found.loss < 0.65
    assert found.least is not None and found.most is not None
    assert found.least < found.left < found.most


def test_a_changed_battery_begins_anew_and_little_knowledge_is_none() -> None:
    worn = [20.0, 18, 16, 14, 12]
    assert rules.forecast(list(range(0, 50, 10)), worn) is not None
    changed = rules.forecast(list(range(0, 60, 10)), [*worn, 100.0])
    assert changed is None
    assert rules.forecast([0, 1, 2], [50, 49, 48]) is None
    assert rules.forecast([0, 1, 2, 3], [50, 49, 48, 47]) is None, "four days tell of no trend"
    steady = rules.forecast([0, 10, 20, 30], [100, 100, 100, 100])
    assert steady is not None and (steady.loss, steady.left) == (0.0, None)
    empty = rules.forecast([0, 10, 20, 30], [12, 11, 10, 9])
    assert empty is not None and empty.left == 0


def test_a_day_has_one_value_and_many_days_are_thinned_from_the_old_end() -> None:
    days: list[int] = []
    values: list[float] = []
    for day in range(400):
        days, values = rules.add_day(days, values, day, float(day))
        days, values = rules.add_day(days, values, day, float(day) + 0.5)
    assert len(days) <= rules.POINTS
    assert days == sorted(set(days)) and days[-1] == 399
    assert values == [day + 0.5 for day in days]
    assert days[0] < 200, "the long past is thinned, not cut off"
    assert rules.add_day(days, values, 3, 1.0) == (days, values)


def test_life_ends_by_the_mark_else_by_what_the_kind_lasts() -> None:
    made, mark = date(2016, 2, 29), date(2024, 1, 1)
    assert rules.life_ends("smoke", made, None) == date(2028, 2, 29)
    assert rules.life_ends("gas", made, None) == date(2021, 2, 28)
    assert rules.life_ends("gas", made, mark) == mark
    assert rules.life_ends("hydrant", made, None) is None
    assert rules.life_ends("smoke", None, None) is None


@given(st.lists(st.tuples(st.integers(0, 20_000), st.floats(0, 100)), max_size=60))
def test_any_past_gives_a_forecast_in_its_bounds_or_none(told: list[tuple[int, float]]) -> None:
    days: list[int] = []
    values: list[float] = []
    for day, value in told:
        days, values = rules.add_day(days, values, day, value)
    found = rules.forecast(days, values)
    if found is not None and found.left is not None:
        assert found.least is not None and found.most is not None
        assert 0 <= found.least <= found.left <= found.most <= rules.MOST_DAYS
