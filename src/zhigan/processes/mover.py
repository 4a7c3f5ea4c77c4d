"""The mover: past days of history leave PostgreSQL for the archive. A process of its own, begun by the hot one now and
then, at the lowest priority: reading, sorting and compressing a day must not delay a fire.

Enters: settings and the database's address. Leaves: what `history.moving` says; an exit code. Absent: when it is time
(the hot process looks every half hour), and any memory of it: every run begins where things stand.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from zhigan.history import moving
from zhigan.history.archive import Archive
from zhigan.history.moving import GivesWay
from zhigan.incidents.binding import binding
from zhigan.processes import archives
from zhigan.runtime import launch
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.pg import Connection
from zhigan.runtime.settings import Settings

NAME = "mover"
NICENESS = 15
Act = Callable[[Connection, Archive], Awaitable[None]]

_log = structlog.get_logger("processes.mover")


async def main(settings: Settings, dsn: str, roles: frozenset[str], stop: asyncio.Event) -> int:
    """Move what is due, until done or told to stop."""
    del roles
    os.nice(NICENESS)
    archive = archives.archive(settings, NAME, copies=False)
    conn = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "zhigan mover"})
    working = asyncio.create_task(_move(conn, archive, settings), name="move")
    stopped = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        conn.terminate()
    return 0


async def _move(conn: Connection, archive: Archive, settings: Settings) -> None:
    now = SystemClock().micros()
    try:
        bound = binding(settings.incident_hours)
        moved = await moving.move(conn, archive, now, settings.signal_days, settings.archive_days, bound)
    except GivesWay as way:
        _log.warning("a day is wanted by others; it moves later", day=str(way))
        return
    if moved.days or moved.forgotten:
        _log.info(
            "days moved to the archive", days=len(moved.days), rows=moved.rows, bytes=moved.bytes,
            forgotten=moved.forgotten,
        )  # fmt: skip


async def run(dsn: str) -> None:
    """Start one and wait for it; it ends when we do."""
    command = launch.command(launch.SELF, [sys.executable, "-m", "zhigan.processes", NAME, "engine"])
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, start_new_session=True)
    try:
        await process.communicate(f"{dsn}\n".encode())
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if process.returncode:
        _log.warning("the mover failed; the next one comes", code=process.returncode)
