"""Every `PAUSE_S`: what became of running checks, and which are drawn to begin now.

Enters: the database, the clock. Leaves: checks begun and ended (store.py). One of all processes looks at a time. What
was drawn while nobody looked for longer than `LATEST` is left out: a check an hour late checks nothing. Absent: who is
asked by hand (api.py).
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from zhigan.desks.dutycheck import rules, store
from zhigan.desks.dutycheck.store import Standing
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.webapi.database import Database

PAUSE_S: Final = 15.0
LATEST: Final = timedelta(minutes=15)
DRAWN: Final = """u.retired_at is null and (t.id is not null or $1)
  and coalesce(u.class_override, u.class) = any ($2::smallint[])"""
_LOCK: Final = 0x7A686967_0076
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=SHANGHAI)
_log = structlog.get_logger("desks.dutycheck")


class Draws:
    """A day's minutes of the whole city, drawn once: they follow from the rule, its seed and the units of that day."""

    def __init__(self) -> None:
        self._key: tuple[int, object] | None = None
        self._moments: list[tuple[datetime, str]] = []

    async def due(self, conn: Connection, standing: Standing, since: datetime, now: datetime) -> list[str]:
        found: list[str] = []
        for day in range(_day(since), _day(now) + 1):
            key = (day, (standing.rule, standing.seed))
            if self._key != key:
                self._moments = await _moments(conn, standing, day)
                self._key = key
            found += [unit for moment, unit in self._moments if since < moment <= now]
        return found


def _day(at: datetime) -> int:
    return (at - _EPOCH).days


async def _moments(conn: Connection, standing: Standing, day: int) -> list[tuple[datetime, str]]:
    """Units whose panel can be asked; by the rule's choice also those that are asked by phone."""
    begin = _EPOCH + timedelta(days=day)
    return [
        (begin + timedelta(minutes=minute), unit.id)
        for unit in await store.units(conn, DRAWN, standing.rule.by_phone, rules.classes(standing.rule))
        for minute in rules.drawn(standing.seed, unit.id, unit.s, day, standing.rule)
    ]


async def look(db: Database, clock: Clock, draws: Draws) -> None:
    async with db.owner() as conn:
        if not await conn.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
            return
        await store.settle(conn, clock)
    async with db.owner() as conn:
        if not await conn.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
            return
        standing, now = await store.rule(conn), clock.now()
        if standing is None or not standing.rule.enabled or now <= standing.looked_at:
            return
        due = await draws.due(conn, standing, max(standing.looked_at, now - LATEST), now)
        await conn.execute(store.SQL.looked, now)
        if due:
            await store.begin(conn, clock, await store.units(conn, "u.id = any ($1::uuid[])", due), None)


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled."""
    draws = Draws()
    while True:
        try:
            await look(db, clock, draws)
        except UNAVAILABLE as error:
            _log.warning("duty checks wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
