"""What is kept, for how long, and the house-keeping that lets the rest go (等保三级: half a year at least).

Enters: what security decided (`access.setting`), `now`, the folder of the system's logs. Leaves: what is older than its
time is gone (audit lines, events, log files), and a line that says so; what there still is, for the security page. The
event log is cut where it is sealed, so that `zhigan audit verify` goes on from there. Absent: incidents and their
timelines, which are kept for ever, and readings (history).
"""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
import structlog

from zhigan.access import store
from zhigan.bus import log
from zhigan.runtime.clock import Clock
from zhigan.runtime.logs import files
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

_log = structlog.get_logger("access.keeping")
LEAST_DAYS = 180
EVERY_S = 3600.0
PLATFORM = Principal("", "platform", Role.SECURITY, Scope(), "")


class LogsKept(msgspec.Struct, frozen=True, kw_only=True):
    """What there is: since when, and how much."""

    audit_since: datetime | None
    audit_lines: int
    events_since: datetime | None
    events: int
    logs_since: date | None
    log_bytes: int


class LogFolder(msgspec.Struct, frozen=True):
    """Where the processes of this data folder write; the port of the security page."""

    path: Path

    def kept(self) -> tuple[date | None, int]:
        found = files(self.path)
        return min((day for day, _ in found), default=None), sum(path.stat().st_size for _, path in found)

    def forget(self, before: date) -> int:
        old = [path for day, path in files(self.path) if day < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


async def kept(conn: Connection, folder: LogFolder) -> LogsKept:
    row = await conn.fetchrow(store.SQL.kept)
    since, size = await asyncio.to_thread(folder.kept)
    events = await log.span(conn)
    return LogsKept(
        audit_since=row["since"] if row else None, audit_lines=row["lines"] if row else 0,
        events_since=events[0], events=events[1], logs_since=since, log_bytes=size,
    )  # fmt: skip


async def keep_house(db: Database, folder: LogFolder, now: datetime) -> dict[str, int]:
    """Once: what went, by kind."""
    async with db.owner() as conn:
        entry = await store.entry(conn)
        lines = await conn.fetchval(store.SQL.forget_audit, now - timedelta(days=entry.audit_days), now)
    async with db.owner() as conn:
        await log.seal(conn, now)
        events = await log.forget(conn, now - timedelta(days=entry.event_days), now)
    day = datetime.combine(now.astimezone(UTC).date(), time(), UTC) - timedelta(days=entry.log_days)
    logs = await asyncio.to_thread(folder.forget, day.date())
    gone = {kind: n for kind, n in (("audit", lines), ("events", events), ("logs", logs)) if n}
    if gone:
        async with db.owner() as conn:
            await audit(conn, PLATFORM, now, "retention.kept", "retention", gone)
    return gone


async def run(db: Database, clock: Clock, folder: LogFolder) -> None:
    """For as long as the process lives; one that cannot reach the database tries again in an hour."""
    while True:
        try:
            await keep_house(db, folder, clock.now())
        except UNAVAILABLE as error:
            _log.warning("retention waits", error=str(error))
        await asyncio.sleep(EVERY_S)
