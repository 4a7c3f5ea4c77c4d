"""The trial of a policy: a process of its own at the lowest priority, begun by the web process when somebody asks for one.

Enters: settings and the database's address. Leaves: what `alarms.trials` says of each waiting trial; an exit code.
Absent: any memory of it. One that died is begun again by the next.
"""

import asyncio
import contextlib
import os

import asyncpg

from zhigan.alarms import trials
from zhigan.processes import mover
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.settings import Settings

NAME = "trial"


async def main(settings: Settings, dsn: str, roles: frozenset[str], stop: asyncio.Event) -> int:
    """All that wait, until done or told to stop."""
    del settings, roles
    os.nice(mover.NICENESS)
    conn = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "zhigan trial"})
    working = asyncio.create_task(_all(conn), name="trials")
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


async def _all(conn: asyncpg.Connection) -> None:
    while await trials.work(conn, SystemClock()):
        pass
