"""How history stands: what lies where, how far the roll-ups are, what the mover did last and does next.

Enters: what the mover did or why it could not (the mover's process notes it), the settings. Leaves: one view for the
platform's page and its metrics. Absent: moving, and any key of the storage.
"""

from datetime import date, datetime

import msgspec

from zhigan.history import rolling, rules, store
from zhigan.runtime.pg import Connection
from zhigan.runtime.settings import Settings
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import DAY, HOUR, to_datetime

SQL = load("zhigan.history", "status.sql")


class ArchiveStock(msgspec.Struct, frozen=True, kw_only=True):
    """Files of one kind: readings, signals, hourly roll-ups. `kept`: bound to incidents, never forgotten."""

    kind: str
    kept: bool
    days: int
    files: int
    rows: int
    bytes: int
    oldest: date
    newest: date


class MoverRun(msgspec.Struct, frozen=True, kw_only=True):
    """`failed` says why it could not; the days that it could not move stay where they are."""

    started_at: datetime
    ended_at: datetime
    days: int = 0
    rows: int = 0
    bytes: int = 0
    forgotten: int = 0
    failed: str = ""


class HistoryView(msgspec.Struct, frozen=True, kw_only=True):
    """`place`: of the archive; `next_day` moves when `next_at` has come."""

    signal_days: int
    archive_days: int
    incident_hours: int
    place: str
    signal_bytes: int
    rollup_bytes: int
    stocks: list[ArchiveStock]
    hours_waiting: int
    days_waiting: int
    done: MoverRun | None
    failed: MoverRun | None
    next_day: date | None
    next_at: datetime | None


async def note(conn: Connection, run: MoverRun) -> None:
    values = run.started_at, run.ended_at, run.days, run.rows, run.bytes, run.forgotten, run.failed[:500]
    await conn.execute(SQL.note, *values)
    await conn.execute(SQL.tidy)


async def of(conn: Connection, by: Settings, now: int) -> HistoryView:
    runs = [MoverRun(**dict(row)) for row in await conn.fetch(SQL.runs)]
    names = await store.partitions(conn)
    first = rules.partition_day(names[0]) if names else None
    rollups = [await conn.fetchval(SQL.in_postgresql, f"history.{name}") for name in ("hourly", "daily")]
    return HistoryView(
        signal_days=by.signal_days,
        archive_days=by.archive_days,
        incident_hours=by.incident_hours,
        place=by.archive.archive_s3 or str(by.data / "archive"),
        signal_bytes=await conn.fetchval(SQL.in_postgresql, "history.signal"),
        rollup_bytes=sum(rollups),
        stocks=[_stock(dict(row)) for row in await conn.fetch(SQL.stocks)],
        hours_waiting=await rolling.waiting(conn, now),
        days_waiting=await conn.fetchval(SQL.days_waiting, rules.city_day_of((now - HOUR) // HOUR)),
        done=next((run for run in runs if not run.failed), None),
        failed=next((run for run in runs if run.failed), None),
        next_day=None if first is None else to_datetime(first * DAY).date(),
        next_at=None if first is None else to_datetime((first + by.signal_days + 1) * DAY),
    )


def _stock(row: dict[str, object]) -> ArchiveStock:
    for name in ("oldest", "newest"):
        day = row[name]
        row[name] = to_datetime(day * DAY).date() if isinstance(day, int) else None
    return msgspec.convert(row, ArchiveStock)
