"""Every few minutes: what was seen is filled in, what is overdue becomes work. One looker at a time.

Enters: the database, the clock. Leaves: rows of `routines`, tasks opened and ended. Absent: any judgement of devices.
"""

import asyncio
from datetime import datetime

import structlog

from zhigan.desks.routines import store
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.webapi.database import Database

PAUSE_S = 300.0
_LOCK = 0x7A686967_0075
_log = structlog.get_logger("desks.routines")


async def look(db: Database, now: datetime) -> None:
    async with db.owner() as conn:
        await conn.execute("select pg_advisory_xact_lock($1)", _LOCK)
        await store.look(conn, now)
    async with db.owner() as conn:
        await conn.execute("select pg_advisory_xact_lock($1)", _LOCK)
        await store.watch(conn, now)


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled."""
    while True:
        try:
            await look(db, clock.now())
        except UNAVAILABLE as error:
            _log.warning("routines wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
