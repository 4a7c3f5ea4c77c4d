"""Pure rules of keeping: the names and bounds of daily partitions, and readings thinned into steps.

Enters: instants (µs) and plain readings. Leaves: partition names, step aggregates. Absent: SQL and clocks.
"""

from collections.abc import Iterable, Iterator

import msgspec

from zhigan.vocabulary.moments import DAY, to_datetime


class Reading(msgspec.Struct, frozen=True):
    """One measured value. Times in µs since 1970 UTC; `value` in the metric's unit (vocabulary.metrics)."""

    at: int
    received_at: int
    value: float


class Step(msgspec.Struct, frozen=True):
    """Readings of one step, drawn as a line or a band. `at` is the step's beginning."""

    at: int
    min: float
    max: float
    mean: float
    last: float
    count: int


def day_of(micros: int) -> int:
    """Whole days since 1970, UTC."""
    return micros // DAY


def partition_name(day: int) -> str:
    return f"signal_{to_datetime(day * DAY):%Y%m%d}"


def partition_ddl(day: int) -> str:
    """Create the day's partition and its index. Readings are asked for by device and the device's time."""
    name = partition_name(day)
    first, after = to_datetime(day * DAY), to_datetime((day + 1) * DAY)
    return (
        f"create table if not exists history.{name} partition of history.signal"
        f" for values from ('{first.isoformat()}') to ('{after.isoformat()}');"
        f" create index if not exists {name}_device_at on history.{name} (device, at);"
    )


def expired(names: Iterable[str], today: int, keep_days: int) -> list[str]:
    """The partitions that lie wholly before the kept days. A name of another form is left alone."""
    oldest = partition_name(today - keep_days)
    return [n for n in names if len(n) == len(oldest) and n.startswith("signal_") and n < oldest]


def stepped(readings: Iterable[Reading], step: int) -> Iterator[Step]:
    """Aggregate readings (oldest first) into steps of `step` µs aligned to 1970; empty steps are gaps and stay gaps."""
    begin = -1
    low = high = total = last = 0.0
    count = 0
    for reading in readings:
        slot = reading.at - reading.at % step
        if slot != begin:
            if count:
                yield Step(begin, low, high, total / count, last, count)
            begin, low, high, total, count = slot, reading.value, reading.value, 0.0, 0
        low, high = min(low, reading.value), max(high, reading.value)
        total += reading.value
        last = reading.value
        count += 1
    if count:
        yield Step(begin, low, high, total / count, last, count)
