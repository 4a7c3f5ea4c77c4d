"""Every two seconds: a drill ends at once where a real alarm comes. One looker at a time.

Enters: the database, the clock. Leaves: drills ended. Costs one look at an index of open drills while there are none.
"""

import asyncio
from datetime import datetime

import structlog

from zhigan.desks.stations import store
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.webapi.database import Database

PAUSE_S = 2.0
_LOCK = 0x7A686967_0077
_log = structlog.get_logger("desks.stations")


async def look(db: Database, now: datetime) -> int:
    async with db.owner() as conn:
        await conn.execute("select pg_advisory_xact_lock($1)", _LOCK)
        return await store.interrupt(conn, now)


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled."""
    while True:
        try:
            await look(db, clock.now())
        except UNAVAILABLE as error:
            _log.warning("drills wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
