"""Every `PAUSE_S`: agreed times that have passed are told of, and a county's share of unvisited alarms is looked at.

Enters: the database, the clock, the policy in force. Leaves: rows marked as late with the event that tells whoever
stands above; service-level alerts. Absent: times of the table of escalation, which tells of them itself (outlets).
"""

import asyncio
from typing import Final

import structlog

from zhigan.bus import log
from zhigan.incidents import assigning
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.webapi.database import Database

PAUSE_S: Final = 20.0
_LOCK: Final = 0x7A686967_0072
_log = structlog.get_logger("desks.orders")


async def settle(db: Database, clock: Clock) -> int:
    """How many have become late; one of all processes looks at a time."""
    async with db.owner() as conn:
        if not await conn.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        now = clock.micros()
        drafts = await assigning.late(conn, now)
        if drafts:
            await log.append(conn, drafts, now)
    return len(drafts)


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled."""
    while True:
        try:
            await settle(db, clock)
        except UNAVAILABLE as error:
            _log.warning("work orders wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
