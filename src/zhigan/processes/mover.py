"""The mover: past days of history leave PostgreSQL for the archive. A process of its own, begun by the hot one now and
then, at the lowest priority: reading, sorting and compressing a day must not delay a fire.

Enters: settings and the database's address. Leaves: what `history.moving` says; an exit code. Absent: when it is time
(the hot process looks every half hour), and any memory of it: every run begins where things stand.
"""

import asyncio

import structlog
from duckdb import Error as DuckError

from zhigan.history import moving, status
from zhigan.history.archive import Archive
from zhigan.history.moving import GivesWay
from zhigan.history.objects import StorageFailed
from zhigan.history.status import MoverRun
from zhigan.incidents.binding import binding
from zhigan.processes import archives, errand
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.pg import Connection
from zhigan.runtime.settings import Settings

NAME = "mover"

_log = structlog.get_logger("processes.mover")


async def main(settings: Settings, dsn: str, roles: frozenset[str], stop: asyncio.Event) -> int:
    """Move what is due, until done or told to stop."""
    del roles
    archive = archives.archive(settings, NAME, copies=False)
    return await errand.work(dsn, NAME, lambda conn: _move(conn, archive, settings), stop)


async def _move(conn: Connection, archive: Archive, settings: Settings) -> None:
    clock = SystemClock()
    began = clock.now()
    try:
        bound = binding(settings.incident_hours)
        moved = await moving.move(conn, archive, clock.micros(), settings.signal_days, settings.archive_days, bound)
    except GivesWay as way:
        _log.warning("a day is wanted by others; it moves later", day=str(way))
        await status.note(conn, MoverRun(started_at=began, ended_at=clock.now(), failed=f"wanted by others: {way}"))
        return
    except StorageFailed as error:
        _log.error("the storage did not take the archive; it moves later", error=str(error))
        await status.note(conn, MoverRun(started_at=began, ended_at=clock.now(), failed=str(error)))
        raise
    except (OSError, RuntimeError, DuckError) as error:
        await status.note(
            conn, MoverRun(started_at=began, ended_at=clock.now(), failed=f"{type(error).__name__}: {error}")
        )
        raise
    done = MoverRun(
        started_at=began, ended_at=clock.now(),
        days=len(moved.days), rows=moved.rows, bytes=moved.bytes, forgotten=moved.forgotten,
    )  # fmt: skip
    await status.note(conn, done)
    if moved.days or moved.forgotten:
        _log.info(
            "days moved to the archive", days=len(moved.days), rows=moved.rows, bytes=moved.bytes,
            forgotten=moved.forgotten,
        )  # fmt: skip


async def run(dsn: str) -> None:
    """Start one and wait for it; it ends when we do."""
    await errand.send(dsn, NAME, "engine")
