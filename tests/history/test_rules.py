"""Partition names and steps."""

from hypothesis import given
from hypothesis import strategies as st

from zhigan.history.rules import Reading, day_of, expired, partition_ddl, partition_name, stepped
from zhigan.vocabulary.moments import DAY, MINUTE


def test_a_partition_holds_exactly_one_utc_day() -> None:
    day = day_of(1_795_000_000_000_000)
    assert partition_name(day) == "signal_20261118"
    assert "from ('2026-11-18T00:00:00+00:00') to ('2026-11-19T00:00:00+00:00')" in partition_ddl(day)


def test_only_whole_days_before_the_kept_ones_are_dropped() -> None:
    today = day_of(1_795_000_000_000_000)
    names = [partition_name(today - back) for back in range(5)] + ["signal_default", "other"]
    assert expired(names, today, 2) == [partition_name(today - 3), partition_name(today - 4)]


@given(st.lists(st.tuples(st.integers(0, 3 * DAY), st.floats(-1e6, 1e6)), max_size=60), st.integers(1, 90))
def test_steps_keep_every_reading_once_and_gaps_stay_gaps(pairs: list[tuple[int, float]], minutes: int) -> None:
    readings = [Reading(at, at, value) for at, value in sorted(pairs)]
    steps = list(stepped(readings, minutes * MINUTE))
    assert sum(s.count for s in steps) == len(readings)
    assert [s.at for s in steps] == sorted({s.at for s in steps})
    for step in steps:
        inside = [r.value for r in readings if step.at <= r.at < step.at + minutes * MINUTE]
        assert (step.min, step.max, step.last, step.count) == (min(inside), max(inside), inside[-1], len(inside))
