"""Tests that ended by time get their sheet without anybody looking: every `PAUSE_S`, and at once after a start.

Enters: the database, the clock. Leaves: sheets. Absent: ending tests, which the engine does by their time alone.
"""

import asyncio

import structlog

from zhigan.desks.walktest import store
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.webapi.database import Database

PAUSE_S = 15.0
_log = structlog.get_logger("desks.walktest")


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled. While the database is away the tests wait; none is forgotten."""
    while True:
        try:
            async with db.owner() as conn:
                await store.settle(conn, clock.now())
        except UNAVAILABLE as error:
            _log.warning("sheets wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
