"""Rounds: each minute what was heard is rolled up and every device judged; each hour the whole registry is settled.

Enters: the database, the clock. Leaves: rows of health. A round that the database stops is made anew at its next time.
Absent: pages.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from zhigan.desks.health import store
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.webapi.database import Database

PAUSE_S: Final = 60.0
WHOLE: Final = timedelta(hours=1)
OVERLAP: Final = timedelta(minutes=5)
"""A change is dated before it is committed."""
_log = structlog.get_logger("desks.health")


class Rounds:
    def __init__(self) -> None:
        self._settled: datetime | None = None
        self._whole: datetime | None = None

    async def make(self, conn: Connection, now: datetime) -> None:
        """One round at a time, whoever makes it: two web processes may share a database."""
        async with conn.transaction():
            await store.alone(conn)
            await self._make(conn, now)

    async def _make(self, conn: Connection, now: datetime) -> None:
        whole = self._whole is None or self._settled is None or now - self._whole >= WHOLE
        since = store.beginning() if whole or self._settled is None else self._settled - OVERLAP
        await store.settle(conn, since)
        await store.keep_times(conn)
        if whole:
            self._whole = now
        self._settled = now
        after: int | None = 0
        while after is not None:
            after = await store.listen(conn, after)
        await store.judge(conn, now)
        await store.sample(conn, now)


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled."""
    rounds = Rounds()
    while True:
        try:
            async with db.owner() as conn:
                await rounds.make(conn, clock.now())
        except UNAVAILABLE as error:
            _log.warning("health waits for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
