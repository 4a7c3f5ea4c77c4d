"""Every `PAUSE_S`: agreed times that have passed are told of; once a month, districts with too many unvisited alarms.

Enters: the database, the clock, the policy in force. Leaves: rows marked as late with the event that tells whoever
stands above; service-level alerts. Absent: times of the table of escalation, which tells of them itself (outlets).
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from zhigan.bus import log
from zhigan.incidents import assigning, unvisited
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.webapi.database import Database


class Allowed(Protocol):
    @property
    def unvisited_share(self) -> float: ...


class Standing(Protocol):
    """The policy in force, lent (processes)."""

    async def __call__(self, conn: Connection) -> Allowed: ...


PAUSE_S: Final = 20.0
_LOCK: Final = 0x7A686967_0072
_log = structlog.get_logger("desks.orders")


class Watch:
    def __init__(self, db: Database, clock: Clock, standing: Standing) -> None:
        self._db, self._clock, self._standing = db, clock, standing
        self._looked: datetime | None = None
        """Up to when months were looked at: what is over does not change."""

    async def settle(self) -> int:
        """How many rows became late, or were opened; one of all processes looks at a time."""
        since, until = last_month(self._clock.now())
        async with self._db.owner() as conn:
            if not await conn.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
                return 0
            now = self._clock.micros()
            drafts = await assigning.late(conn, now)
            if self._looked != until:
                allowed = (await self._standing(conn)).unvisited_share
                drafts += await unvisited.told(conn, since, until, allowed, now)
            if drafts:
                await log.append(conn, drafts, now)
        self._looked = until
        return len({draft.subject for draft in drafts})

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.settle()
            except UNAVAILABLE as error:
                _log.warning("work orders wait for the database", error=type(error).__name__)
            await asyncio.sleep(PAUSE_S)


def last_month(now: datetime) -> tuple[datetime, datetime]:
    """By the city's calendar."""
    until = now.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (until - timedelta(days=1)).replace(day=1), until
