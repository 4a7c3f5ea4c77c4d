"""The dispatcher: follows the event log, sends what is due, asks for a call where no receipt came.

Enters: the database, the clock. Leaves: command centres told. One dispatcher works at a time (an advisory lock held by
its connection); another waits beside it and takes over. Each step is a method that a story may call by itself. Absent:
what is decided (rules.py, planning.py), HTTP in (api.py).
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from zhigan.bus import log
from zhigan.bus.following import Follower, ever_alone, every, exhaust, follow, when_woken
from zhigan.bus.log import Event
from zhigan.outlets.dispatch import figures
from zhigan.outlets.dispatch.delivery import Delivery
from zhigan.outlets.dispatch.planning import Planner
from zhigan.outlets.dispatch.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros

READER = "dispatch"
CHANNEL = "zhigan_dispatch"
PAGE = 500
PERIOD_S = 0.5
COUNT_S = 5.0
KEPT = timedelta(days=400)
LONGEST = timedelta(minutes=2)
"""No message is under way for so long: whoever says so has lost his answer."""
HOUR_S = 3600.0
_LOCK = 0x7A686967_0028
_log = structlog.get_logger("outlets.dispatch")


class Dispatcher:
    def __init__(self, pool: Pool, clock: Clock, planner: Planner, delivery: Delivery) -> None:
        self._pool, self._clock = pool, clock
        self._planner, self.delivery = planner, delivery
        self._more = asyncio.Event()
        self._follower = Follower(pool, clock, READER, PAGE, self._work, self._poisoned)

    # -- steps

    async def begin(self) -> None:
        """One that never read passes over what is old: no engines are sent today to last year's fires."""
        await self._follower.begin()
        await self.delivery.recover()

    async def read(self) -> int:
        found = await self._follower.read()
        if found:
            self._more.set()
        return found

    async def _work(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        return await self._planner.follow(conn, events)

    async def keep_time(self) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            drafts = await self._planner.late(conn, now)
            if drafts:
                await log.append(conn, drafts, to_micros(now))
        await self.delivery.recover(LONGEST)

    async def keep_house(self) -> None:
        async with self._pool.acquire() as conn:
            await conn.execute(SQL.forget_exchanges, self._clock.now() - KEPT)

    async def count(self) -> None:
        async with self._pool.acquire() as conn:
            row = await conn.fetchrow(SQL.counts, self._clock.now() - timedelta(days=1))
            figures.waiting.set(row["waiting"] + row["refused"] if row else 0)
            figures.calls.set(len(await conn.fetch(SQL.open_calls, 1000)))

    def _poisoned(self, subject: str, error: BaseException) -> None:
        figures.poisoned.inc()
        _log.error("the hand-over could not work an event", subject=subject, exc_info=error)

    # -- loops

    async def run(self, dsn: str) -> None:
        """Until cancelled. Whatever goes wrong is told of, and it begins again: no fire may be kept from 119."""
        await ever_alone(
            dsn,
            _LOCK,
            "dispatcher",
            self.begin,
            {
                "log": lambda: follow(dsn, "zhigan dispatcher", PAGE, self.read, gather=0.0),
                "sending": lambda: when_woken(
                    dsn, CHANNEL, "zhigan dispatcher sending", self._more, PERIOD_S,
                    lambda: exhaust(self.delivery.round),
                ),
                "receipts": lambda: every(PERIOD_S, self.keep_time),
                "figures": lambda: every(COUNT_S, self.count),
                "house": lambda: every(HOUR_S, self.keep_house),
            },
            lambda away: _log.warning("the hand-over waits for the database", error=away),
            lambda error: self._poisoned("", error),
        )  # fmt: skip
