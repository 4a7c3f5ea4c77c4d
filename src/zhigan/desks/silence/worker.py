"""Suspensions that have an end end by themselves: every `PAUSE_S`, and at once after a start.

Enters: the database, the clock. Leaves: devices in service again, each in the audit trail as the platform's act.
Absent: tests, which end by their time alone.
"""

import asyncio
from datetime import datetime

import structlog

from zhigan.bus import log
from zhigan.registry import suspending
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

PAUSE_S = 15.0
PLATFORM = Principal("", "platform", Role.ADMIN, Scope(), "")
_log = structlog.get_logger("desks.silence")


async def settle(db: Database, now: datetime) -> list[str]:
    """The devices that are in service again."""
    async with db.owner() as conn:
        drafts = [d for id_ in await suspending.over(conn, now) if (d := await suspending.resume(conn, id_, now))]
        for draft in drafts:
            await audit(conn, PLATFORM, now, "device.resumed", draft.subject, {"why": "its time is over"})
        if drafts:
            await log.append(conn, drafts, to_micros(now))
    return [draft.subject for draft in drafts]


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled."""
    while True:
        try:
            await settle(db, clock.now())
        except UNAVAILABLE as error:
            _log.warning("suspensions wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
