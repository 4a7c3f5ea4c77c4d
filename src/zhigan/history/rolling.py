"""Roll-ups: what a device measured in an hour, as one row, computed after the hour from what was kept; and in a day.

Enters: marks (an hour of a block of devices has readings that no roll-up has seen), put down in the transaction that
stores them. Leaves: rows of history.hourly, computed anew as often as an hour is marked, so that late readings change
the hour they belong to; rows of history.daily, derived from the hours as soon as a day of the city is over and none of
its hours waits, and again whenever one of them was computed anew. Absent: roll-ups that have moved to the archive
(rollups.py reads both sides as one), keeping roll-ups up with the writer (measured: it halves what PostgreSQL can take
in), and readings of hours not yet seen: who asks for those reads them one by one.

Why no reading is missed: a writer that has marked an hour need not mark it again for `FRESH`. A mark is taken only when
it is older than `SETTLED` and no transaction has been open for longer than `LONGEST`: whatever relied on it is
committed by then, so computing sees it.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from asyncpg import Record

from zhigan.history import rules
from zhigan.history.rules import Step
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import HOUR, MINUTE, SECOND, to_datetime

FRESH: Final = 2 * MINUTE
SETTLED: Final = 10 * MINUTE
LONGEST: Final = 7 * MINUTE

_SQL = load("zhigan.history", "rolling.sql")


Rolled = tuple[int, int, Step]
"""Device, metric, step."""


class Spans(NamedTuple):
    """What is asked of many devices: pairs of who said it and whose it is, metrics, hours [begin, end) since 1970 and
    the length of a step (µs, whole hours)."""

    pairs: Sequence[tuple[int, int]]
    metrics: Sequence[int]
    begin: int
    end: int
    step: int

    def asked(self) -> tuple[list[int], list[int], Sequence[int], int, int]:
        return [s for s, _ in self.pairs], [d for _, d in self.pairs], self.metrics, self.begin, self.end


class Round(NamedTuple):
    """How many pairs of an hour or a day and a block were computed, and whether there are more to do at once."""

    computed: int
    more: bool


class Marked:
    """A writer's memory of what it marked: one row an hour, block and `FRESH`, however many readings there are."""

    def __init__(self) -> None:
        self._at: dict[int, int] = {}

    def unmarked(self, keys: Iterable[int], now: int) -> list[int]:
        at = self._at
        return [key for key in keys if now - at.get(key, -FRESH) >= FRESH]

    def marked(self, keys: Iterable[int], now: int) -> None:
        """After the transaction that holds the marks is committed."""
        if len(self._at) > 50_000:
            self._at = {key: at for key, at in self._at.items() if now - at < FRESH}
        for key in keys:
            self._at[key] = now


async def mark(conn: Connection, keys: Sequence[int], now: int) -> None:
    """In the transaction that stores the readings. `keys` are `rules.mark_key`s."""
    if keys:
        await conn.execute(_SQL.mark, keys, to_datetime(now))


async def roll(conn: Connection, now: int, *, most: int = 64, longest: int = LONGEST) -> Round:
    """Compute what is ripe, oldest first, each pair in a transaction of its own."""
    pairs = await ripe(conn, now, most, longest=longest, moved=False)
    for hour, block in pairs:
        async with conn.transaction():
            await take(conn, hour, block, now)
            begin, end = to_datetime(hour * HOUR), to_datetime((hour + 1) * HOUR)
            await conn.execute(_SQL.roll, hour, rules.devices_of(block), begin, end)
            await conn.execute(_SQL.mark_day, rules.city_day_of(hour), block)
    return Round(len(pairs), more=len(pairs) == most)


async def ripe(conn: Connection, now: int, most: int, *, moved: bool, longest: int = LONGEST) -> list[tuple[int, int]]:
    """Pairs of an hour and a block to compute, their partitions made: those of which the archive has a part, or not."""
    if (await conn.fetchval(_SQL.longest) or 0.0) * SECOND > longest:
        return []  # somebody may still be writing under an old mark: next time
    rows = await conn.fetch(_SQL.ripe, (now - SETTLED) // HOUR, to_datetime(now - SETTLED), most, moved)
    for day in sorted({row["hour"] // 24 for row in rows}):
        await conn.execute(rules.hourly_ddl(day))
    return [(row["hour"], row["block"]) for row in rows]


async def take(conn: Connection, hour: int, block: int, now: int) -> None:
    """In the transaction that computes the hour."""
    await conn.execute(_SQL.take, hour, block, to_datetime(now - SETTLED))


async def put(conn: Connection, hour: int, rows: Sequence[tuple[float, ...]]) -> None:
    """Roll-ups computed elsewhere: (source, device, metric, count, low, high, total, last)."""
    await conn.execute(_SQL.put, hour, *columns(rows, 8))
    for block in {rules.block_of(int(row[0])) for row in rows}:
        await conn.execute(_SQL.mark_day, rules.city_day_of(hour), block)


async def roll_days(conn: Connection, now: int, *, most: int = 16) -> Round:
    """Compute the days that are over, of hours that PostgreSQL has; oldest first, each in a transaction of its own."""
    pairs = await ripe_days(conn, now, most, moved=False)
    for day, block in pairs:
        async with conn.transaction():
            await conn.execute(_SQL.take_day, day, block)
            await conn.execute(_SQL.roll_day, day, rules.devices_of(block))
    return Round(len(pairs), more=len(pairs) == most)


async def ripe_days(conn: Connection, now: int, most: int, *, moved: bool) -> list[tuple[int, int]]:
    """Pairs of a day and a block to compute, their partitions made: those of which the archive has hours, or not."""
    rows = await conn.fetch(_SQL.ripe_days, rules.city_day_of((now - SETTLED) // HOUR), most, moved)
    for day in sorted({row["day"] for row in rows}):
        await conn.execute(rules.daily_ddl(day))
    return [(row["day"], row["block"]) for row in rows]


async def take_day(conn: Connection, day: int, block: int) -> None:
    """In the transaction that computes the day."""
    await conn.execute(_SQL.take_day, day, block)


async def put_day(conn: Connection, day: int, rows: Sequence[tuple[float, ...]]) -> None:
    """A day computed elsewhere: (source, device, metric, count, low, high, total, last)."""
    await conn.execute(_SQL.put_day, day, *columns(rows, 8))


def columns(rows: Sequence[tuple[float, ...]], width: int) -> list[list[float]]:
    """Rows as the arrays that one statement takes."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


async def unseen_from(conn: Connection, sources: Sequence[int], now: int) -> int:
    """The first hour (since 1970) of these devices' blocks whose roll-ups may lack readings."""
    first = await conn.fetchval(_SQL.first_unseen, [rules.block_of(source) for source in sources])
    present = now // HOUR
    return present if first is None else min(first, present)


async def hours(conn: Connection, spans: Spans) -> list[Rolled]:
    """Steps of whole hours of what PostgreSQL has."""
    rows = await conn.fetch(_SQL.hours, *spans.asked(), spans.step // HOUR)
    return [_rolled(row) for row in rows]


async def rows(conn: Connection, spans: Spans) -> list[tuple[float, ...]]:
    """Hours that PostgreSQL has, as they stand: (hour, source, device, metric, count, low, high, total, last)."""
    return [tuple(row) for row in await conn.fetch(_SQL.rows, *spans.asked())]


async def days(conn: Connection, spans: Spans) -> list[Rolled]:
    """Days of the city that begin within the span."""
    *whose, begin, end = spans.asked()
    rows = await conn.fetch(_SQL.days, *whose, rules.city_day_of(begin + 23), rules.city_day_of(end))
    return [_rolled(row) for row in rows]


async def waiting(conn: Connection, now: int) -> int:
    """Hours of blocks that are over and not computed yet: how far the keeper is behind."""
    return int(await conn.fetchval(_SQL.waiting, (now - SETTLED) // HOUR))


def _rolled(row: Record) -> Rolled:
    step = Step(row["begin"] * HOUR, row["low"], row["high"], row["total"] / row["count"], row["last"], row["count"])
    return row["device"], row["metric"], step
