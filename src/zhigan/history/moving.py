"""Moving days: what is older than PostgreSQL keeps goes to the archive, block by block, and is dropped there.

Enters: the age at which a day moves, and the age at which the archive forgets. Leaves: Parquet files that count, and
partitions that are gone, in one transaction: whoever dies in between leaves files that do not count, swept away by the
next move. Roll-ups of hours go after some days, before their readings; when one of them is computed anew, its day's
file is written anew. Absent: daily roll-ups (they stay in PostgreSQL), and any hurry: while a day is read nobody can
write into it, and should somebody want to (a spool that slept for weeks), the move gives way at once and begins again
later.
"""

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

import duckdb
from asyncpg import LockNotAvailableError, Record

from zhigan.history import rolling, rules, store
from zhigan.history.archive import Archive, Written
from zhigan.history.rules import Bound
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import HOUR, to_datetime, to_micros

_SQL = load("zhigan.history", "moving.sql")
_MOVER: Final = 0x7A686967_0119
_PATIENCE = "set local lock_timeout = '300ms'"
"""A drop that waits for a reader holds up the readers behind it: not for long."""
_TRIES: Final = 40
_STAY = "lock table history.signal in access share mode"
_STAY_HOURS = "lock table history.hourly in access share mode"


Binding = Callable[[Connection, int, int], Awaitable[Sequence[Bound]]]
"""What incidents hold on to of the time [begin, end) (µs)."""


async def nothing_bound(conn: Connection, begin: int, end: int) -> Sequence[Bound]:
    del conn, begin, end
    return ()


class GivesWay(Exception):
    """Somebody wants to write into the day that was being moved, or readers would not let go of it."""


class Moved(NamedTuple):
    """What a round did. Days are counted since 1970 UTC."""

    days: list[int]
    rows: int
    bytes: int
    forgotten: int


async def due(conn: Connection, now: int, keep_days: int, archive_days: int) -> bool:
    """Is there a day to move, or one to forget?"""
    today = rules.day_of(now)
    if rules.expired(await store.partitions(conn), today, keep_days):
        return True
    if rules.hours_expired(await _hourly(conn), today, keep_days):
        return True
    if await rolling.ripe(conn, now, 1, moved=True) or await rolling.ripe_days(conn, now, 1, moved=True):
        return True
    return bool(await conn.fetch(_SQL.old, today - archive_days, await _rolled_from(conn, today - archive_days)))


async def move(
    conn: Connection, archive: Archive, now: int, keep_days: int, archive_days: int, bound: Binding = nothing_bound
) -> Moved:
    """Move every day that is due, oldest first. One mover at a time; a second one does nothing."""
    if not await conn.fetchval("select pg_try_advisory_lock($1)", _MOVER):
        return Moved([], 0, 0, 0)
    try:
        counted = frozenset(row["file"] for row in await conn.fetch(_SQL.files))
        await asyncio.to_thread(archive.sweep, counted)
        while (await rolling.roll(conn, now)).more:
            pass
        while (await rolling.roll_days(conn, now)).more:
            pass
        days: list[int] = []
        written: list[Written] = []
        for name in rules.expired(await store.partitions(conn), rules.day_of(now), keep_days):
            day = rules.partition_day(name)
            written += await move_day(conn, archive, day, now)
            days.append(day)
        await roll_old(conn, archive, now)
        for name in rules.hours_expired(await _hourly(conn), rules.day_of(now), keep_days):
            written += await move_hours(conn, archive, rules.partition_day(name), now)
        await roll_old_days(conn, archive, now)
        forgotten = await _forget(conn, archive, rules.day_of(now) - archive_days, now, bound)
    finally:
        await conn.fetchval("select pg_advisory_unlock($1)", _MOVER)
    return Moved(days, sum(w.rows for w in written), sum(w.bytes for w in written), forgotten)


async def move_day(conn: Connection, archive: Archive, day: int, now: int) -> list[Written]:
    """Write the day's files, then let them count and drop its partition. Raises GivesWay; then nothing has changed."""
    name = f"history.{rules.partition_name(day)}"
    table = rules.partition_name(day)
    files: list[Written] = []
    with await asyncio.to_thread(archive.open) as duck:
        pen = _Pen(conn, archive, duck, secrets.token_hex(4), now)
        try:
            async with conn.transaction():
                await conn.execute(_PATIENCE)
                await conn.execute(f"lock table {name} in share mode")
                block = await _block_from(conn, name, 0)
                while block is not None:
                    whose = rules.devices_of(block)
                    files += await pen.write("readings", day, block, _READINGS.format(table=table), whose)
                    files += await pen.write("signals", day, block, _SIGNALS.format(table=table), whose)
                    if await conn.fetchval(_SQL.awaited, name):
                        raise GivesWay(name)
                    block = await _block_from(conn, name, (block + 1) * rules.BLOCK)
                await _patiently(conn, f"drop table {name}")
        except LockNotAvailableError:
            raise GivesWay(name) from None
    return files


async def move_hours(conn: Connection, archive: Archive, day: int, now: int) -> list[Written]:
    """The same with a day's roll-ups. Of a day that has moved before, PostgreSQL has what was computed anew."""
    name = f"history.{rules.hourly_name(day)}"
    with await asyncio.to_thread(archive.open) as duck:
        pen = _Pen(conn, archive, duck, secrets.token_hex(4), now)
        try:
            async with conn.transaction():
                await conn.execute(_PATIENCE)
                await conn.execute(f"lock table {name} in share mode")
                old = [row["file"] for row in await conn.fetch(_SQL.hours, day, day)]
                files = await pen.write("hourly", day, 0, _HOURS.format(table=name), old=old)
                if files:
                    await conn.execute(_SQL.replaced, day, files[0].file)
                await _patiently(conn, f"drop table {name}")
        except LockNotAvailableError:
            raise GivesWay(name) from None
    for file in old if files else []:
        await asyncio.to_thread(archive.remove, file)
    return files


async def roll_old_days(conn: Connection, archive: Archive, now: int, most: int = 10_000) -> int:
    """Days that were marked again after part of their hours had moved: computed from both. Returns how many."""
    pairs = await rolling.ripe_days(conn, now, most, moved=True)
    for day, block in pairs:
        begin, end = day * 24 - rules.EAST // HOUR, (day + 1) * 24 - rules.EAST // HOUR
        async with conn.transaction():
            await rolling.take_day(conn, day, block)
            files, _ = await hour_files(conn, begin, end)
            fresh = await conn.fetch(_SQL.block_hours, rules.devices_of(block), begin, end)
            rows = await asyncio.to_thread(
                archive.day, files, block, begin * HOUR, end * HOUR, [tuple(row) for row in fresh]
            )
            await rolling.put_day(conn, day, rows)
    return len(pairs)


async def roll_old(conn: Connection, archive: Archive, now: int, most: int = 10_000) -> int:
    """Hours that were marked again after part of their readings had moved: computed from both. Returns how many."""
    pairs = await rolling.ripe(conn, now, most, moved=True)
    csv = archive.scratch(f"hour-{secrets.token_hex(4)}.csv")
    for hour, block in pairs:
        begin, end = hour * HOUR, (hour + 1) * HOUR
        async with conn.transaction():
            await rolling.take(conn, hour, block, now)
            files = await files_of(conn, "readings", [block * rules.BLOCK], begin, end)
            query = _READINGS.format(table="signal") + " and s.at >= $2 and s.at < $3"
            whose = (rules.devices_of(block), to_datetime(begin), to_datetime(end))
            try:
                await conn.copy_from_query(query, *whose, output=csv, format="csv", null="\\N", encoding="utf8")
                rows = await asyncio.to_thread(archive.hour, files, csv, begin, end)
            finally:
                csv.unlink(missing_ok=True)
            await rolling.put(conn, hour, rows)
    return len(pairs)


async def files_of(conn: Connection, kind: str, sources: list[int], begin: int, end: int) -> list[str]:
    """Files that may hold rows of these devices with begin <= at < end (µs).

    In one transaction with what is read from PostgreSQL, and behind this lock, no day moves in between.
    """
    await conn.execute(_STAY)
    blocks = sorted({rules.block_of(source) for source in sources})
    rows = await conn.fetch(_SQL.files_of, kind, blocks, to_datetime(begin), to_datetime(end))
    return [row["file"] for row in rows]


async def files_heard(conn: Connection, kind: str, source: int, begin: int, end: int) -> list[str]:
    """Files of days in which this device may have been heard within [begin, end) (µs); under the same lock."""
    await conn.execute(_STAY)
    rows = await conn.fetch(
        _SQL.files_heard, kind, rules.block_of(source), rules.day_of(begin), rules.day_of(end)
    )  # fmt: skip
    return [row["file"] for row in rows]


async def hour_files(conn: Connection, begin: int, end: int) -> tuple[list[str], int]:
    """Files that may hold roll-ups of hours [begin, end) since 1970, and the hour behind all that has moved.

    In one transaction with what is read from PostgreSQL, and behind this lock, no day of them moves in between.
    """
    await conn.execute(_STAY_HOURS)
    rows = await conn.fetch(_SQL.hours, begin // 24, (end - 1) // 24)
    return [row["file"] for row in rows], await conn.fetchval(_SQL.hours_to) * 24


async def kept_until(conn: Connection, sources: list[int], begin: int, end: int) -> int | None:
    """The last moment within [begin, end) (µs) of which nothing but bound readings may be left: no roll-ups are."""
    blocks = sorted({rules.block_of(source) for source in sources})
    found = await conn.fetchval(_SQL.kept_until, blocks, to_datetime(begin), to_datetime(end))
    return None if found is None else to_micros(found)


async def _hourly(conn: Connection) -> list[str]:
    return [row["relname"] for row in await conn.fetch(_SQL.hourly)]


async def _rolled_from(conn: Connection, before: int) -> int:
    """The first day of which roll-ups are kept: that of the first reading behind `before`."""
    first = await conn.fetchval(_SQL.first, before)
    return before if first is None else min(before, rules.day_of(to_micros(first)))


async def _block_from(conn: Connection, name: str, device: int) -> int | None:
    found = await conn.fetchval(_FIRST.format(table=name), device)
    return None if found is None else rules.block_of(found)


class _Pen(NamedTuple):
    """Writes the files of one move."""

    conn: Connection
    archive: Archive
    duck: duckdb.DuckDBPyConnection
    run: str
    now: int

    async def write(
        self, kind: str, day: int, block: int, query: str, *whose: object, old: Sequence[str] = ()
    ) -> list[Written]:
        """What the query finds, if anything, as a file that counts with this transaction."""
        csv = self.archive.scratch(f"{kind}-{self.run}-{block}.csv")
        try:
            said = await self.conn.copy_from_query(
                query, *whose, output=csv, format="csv", null="\\N", encoding="utf8"
            )  # fmt: skip
            count = int(said.rpartition(" ")[2])
            if not count:
                return []
            file = await asyncio.to_thread(self.archive.write, self.duck, kind, day, block, self.run, csv, old)
        finally:
            csv.unlink(missing_ok=True)
        if file.rows != count and not (old and file.rows > count):
            raise RuntimeError(f"{file.file} holds {file.rows} rows of {count}: the day stays where it is")
        await self.conn.execute(
            _SQL.put, file.file, kind, day, block, file.rows, file.bytes,
            to_datetime(file.first_at), to_datetime(file.last_at), to_datetime(self.now),
        )  # fmt: skip
        return [file]


async def _patiently(conn: Connection, statement: str) -> None:
    """What needs a table to itself, tried again and again for a while, each time only for `_PATIENCE`."""
    for _ in range(_TRIES):
        try:
            async with conn.transaction():
                await conn.execute(statement)
            return
        except LockNotAvailableError:
            await asyncio.sleep(0)
    raise GivesWay(statement)


async def _forget(conn: Connection, archive: Archive, before: int, now: int, bound: Binding) -> int:
    """First they count no more, then they are taken away; and roll-ups of days of which no reading is left.

    What is bound to an incident begins to count, in files of its own, as the others cease to.
    """
    oldest = await _rolled_from(conn, before)
    async with conn.transaction():
        old = await conn.fetch(_SQL.old, before, oldest)
        files = [row["file"] for row in old]
        kept = await _kept(conn, archive, old, bound)
        if files:
            await conn.execute(_PATIENCE)
            await _patiently(conn, "lock table history.moved in access exclusive mode")  # nobody reads them any more
            await conn.execute(_SQL.forget, files)
        for row, file in kept:
            await conn.execute(
                _SQL.keep, file.file, row["kind"], row["day"], row["block"], file.rows, file.bytes,
                to_datetime(file.first_at), to_datetime(file.last_at), to_datetime(now),
            )  # fmt: skip
    for file in files:
        await asyncio.to_thread(archive.remove, file)
    for name in await _hourly(conn):
        if rules.partition_day(name) < oldest:
            await conn.execute(f"drop table history.{name}")
    for name in [row["relname"] for row in await conn.fetch(_SQL.daily)]:
        if rules.partition_day(name) + rules.DAYS < oldest:
            await conn.execute(f"drop table history.{name}")
    return len(files)


async def _kept(
    conn: Connection, archive: Archive, old: Sequence[Record], bound: Binding
) -> list[tuple[Record, Written]]:  # fmt: skip
    """Of each file what incidents hold on to, written anew."""
    kept: list[tuple[Record, Written]] = []
    run = secrets.token_hex(4)
    for day, rows in itertools.groupby((r for r in old if r["kind"] != "hourly"), key=lambda r: r["day"]):
        those = list(rows)
        begin, end = min(r["first_at"] for r in those), max(r["last_at"] for r in those)
        holds = await bound(conn, to_micros(begin), to_micros(end) + 1)
        if not holds:
            continue
        with await asyncio.to_thread(archive.open) as duck:
            for row in those:
                file = await asyncio.to_thread(
                    archive.keep, duck, row["file"], row["kind"], day, row["block"], run, holds
                )  # fmt: skip
                if file is not None:
                    kept.append((row, file))
    return kept


_FIRST = "select min(s.device) from {table} s where s.device >= $1"
_READINGS = """
select s.device, coalesce(v.point, s.device), d.id, v.metric, s.at, s.received_at, v.value
from history.{table} s
cross join unnest(s.points, s.metrics, s."values") v(point, metric, value)
left join registry.device d on d.number = coalesce(v.point, s.device)
where s.kind = 2 and s.device = any($1) and v.metric is not null and v.value is not null
"""
_SIGNALS = """
select s.device, d.id, s.at, s.received_at, s.kind, s.flags, s.conditions, s.known, s.operations, s.text,
       encode(s.raw, 'hex'), s.claimed_at
from history.{table} s left join registry.device d on d.number = s.device
where s.device = any($1) and (s.kind <> 2 or s.conditions <> 0)
"""
_HOURS = """
select h.hour, h.source, h.device, d.id, h.metric, h.count, h.low, h.high, h.total, h.last
from {table} h left join registry.device d on d.number = h.device
"""
