"""Every half minute: was each desk taken over in its time? One watcher at a time, whoever else runs.

Enters: the database, the clock. Leaves: attention rows opened and ended (handing.watch). Absent: telling the lead
(notification follows the log).
"""

import asyncio
from datetime import datetime

import structlog

from zhigan.desks.shifts import handing
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.webapi.database import Database

PAUSE_S = 30.0
_LOCK = 0x7A686967_0074
_log = structlog.get_logger("desks.shifts")


async def look(db: Database, now: datetime) -> None:
    async with db.owner() as conn:
        await conn.execute("select pg_advisory_xact_lock($1)", _LOCK)
        await handing.watch(conn, now)


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled."""
    while True:
        try:
            await look(db, clock.now())
        except UNAVAILABLE as error:
            _log.warning("handovers wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
