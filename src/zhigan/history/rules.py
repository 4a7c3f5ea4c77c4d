"""Pure rules of keeping: the names and bounds of daily partitions, blocks of devices, readings thinned into steps.

Enters: instants (µs) and plain readings. Leaves: partition names, marks, step aggregates. Absent: SQL and clocks.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from zhigan.vocabulary.moments import DAY, HOUR, to_datetime, to_micros

BLOCK: Final = 1024
"""Devices that are rolled up, moved and kept in one file together, by their numbers."""
DAYS: Final = 32
"""Days of roll-ups that PostgreSQL keeps in one table, and forgets together."""
HOURS_DAYS: Final = 3
"""Days whose hourly roll-ups PostgreSQL keeps, where it keeps the readings for longer."""
EAST: Final = 8 * HOUR
"""By which the city's day begins before that of UTC."""


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


class Fleet(msgspec.Struct, frozen=True):
    """One metric of many devices in hours [begin, end) since 1970, in steps of `step` µs (hours or the city's days).
    `lowest`: the low ones are looked for, as of pressures; else the high ones."""

    devices: tuple[int, ...]
    metric: int
    begin: int
    end: int
    step: int
    lowest: bool = False


class Side(msgspec.Struct, frozen=True):
    """Many hours put together: those of one step (`begin`, µs; no device), or those of one device. `of` and `at`: the
    device and the hour (µs) of the extreme that is looked for."""

    begin: int | None
    device: int | None
    high: float
    low: float
    of: int
    at: int
    total: float
    count: int

    def with_(self, other: "Side", lowest: bool) -> "Side":
        far = min(self, other, key=lambda s: s.low) if lowest else max(self, other, key=lambda s: s.high)
        return Side(
            self.begin, self.device, max(self.high, other.high), min(self.low, other.low), far.of, far.at,
            self.total + other.total, self.count + other.count,
        )  # fmt: skip


class Bound(msgspec.Struct, frozen=True):
    """What a device said in [begin, end) (µs) is kept whatever its age: it is part of an incident."""

    device: int
    begin: int
    end: int


def day_of(micros: int) -> int:
    """Whole days since 1970, UTC."""
    return micros // DAY


def city_day(micros: int) -> int:
    """The midnight in Shanghai with which the city's day began (µs); a city that knows no summer time."""
    return (micros + EAST) // DAY * DAY - EAST


def city_day_of(hour: int) -> int:
    """The city's day (since 1970) that an hour (since 1970 UTC) belongs to."""
    return (hour + EAST // HOUR) // 24


def partition_name(day: int) -> str:
    return f"signal_{to_datetime(day * DAY):%Y%m%d}"


def partition_day(name: str) -> int:
    """The day of a partition's name, which `expired` has looked at."""
    return day_of(to_micros(datetime.strptime(name.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC)))


def partition_ddl(day: int) -> str:
    """Create the day's partition and its index. Readings are asked for by device and the device's time."""
    name = partition_name(day)
    first, after = to_datetime(day * DAY), to_datetime((day + 1) * DAY)
    return (
        f"create table if not exists history.{name} partition of history.signal"
        f" for values from ('{first.isoformat()}') to ('{after.isoformat()}');"
        f" create index if not exists {name}_device_at on history.{name} (device, at);"
    )


def hourly_name(day: int) -> str:
    return f"hourly_{to_datetime(day * DAY):%Y%m%d}"


def hourly_ddl(day: int) -> str:
    """Create the partition of a day's roll-ups. Asked for by who said it, whose it is, and the hour."""
    name = hourly_name(day)
    return (
        f"create table if not exists history.{name} partition of history.hourly"
        f" for values from ({day * 24}) to ({(day + 1) * 24});"
        f" create index if not exists {name}_device on history.{name} (source, device, metric, hour);"
    )


def daily_ddl(day: int) -> str:
    """Create the partition of the 32 days around this one of the city."""
    first = day - day % DAYS
    return (
        f"create table if not exists history.daily_{to_datetime(first * DAY):%Y%m%d} partition of history.daily"
        f" for values from ({first}) to ({first + DAYS})"
    )


def block_of(device: int) -> int:
    return device // BLOCK


def devices_of(block: int) -> list[int]:
    return list(range(block * BLOCK, (block + 1) * BLOCK))


def mark_key(at: int, device: int) -> int:
    """The hour and block of a row with readings, in one number: (hours since 1970) << 32 | block."""
    return at // HOUR << 32 | device // BLOCK


def expired(names: Iterable[str], today: int, keep_days: int) -> list[str]:
    """The partitions that lie wholly before the kept days. A name of another form is left alone."""
    return _before(names, partition_name(today - keep_days))


def hours_expired(names: Iterable[str], today: int, keep_days: int) -> list[str]:
    """The same of roll-ups, which go sooner: what many devices measured is read there many times faster."""
    return _before(names, hourly_name(today - min(keep_days, HOURS_DAYS)))


def _before(names: Iterable[str], oldest: str) -> list[str]:
    kind = oldest.partition("_")[0]
    return [n for n in names if len(n) == len(oldest) and n.partition("_")[0] == kind and n < oldest]


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


def joined(parts: Iterable[Iterable[Step]]) -> list[Step]:
    """Steps from several sources that follow one another in time, the one at a seam put together."""
    whole: list[Step] = []
    for step in (step for part in parts for step in part):
        if whole and whole[-1].at == step.at:
            whole[-1] = together(whole[-1], step)
        else:
            whole.append(step)
    return whole


def together(early: Step, late: Step) -> Step:
    count = early.count + late.count
    mean = (early.mean * early.count + late.mean * late.count) / count
    return Step(early.at, min(early.min, late.min), max(early.max, late.max), mean, late.last, count)
