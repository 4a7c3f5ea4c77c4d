"""The reporter: follows the event log, looks through the registry, and sends what is due to platforms above.

Enters: the database, the clock. Leaves: platforms above told. One reporter of all processes works (an advisory lock);
another waits beside it and takes over. Each step is a method that a story may call by itself. Absent: what is decided
(rules.py, planning.py), HTTP in (api.py).
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from zhigan.bus.following import GATHER_S, Follower, ever_alone, every, exhaust, follow, when_woken
from zhigan.bus.log import Event
from zhigan.outlets.upward import figures, store
from zhigan.outlets.upward.planning import Planner
from zhigan.outlets.upward.sending import Sender
from zhigan.outlets.upward.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.events import Draft

READER = "upward"
CHANNEL = "zhigan_upward"
PAGE = 500
PERIOD_S, LOOK_S, COUNT_S, HOUSE_S = 1.0, 2.0, 5.0, 300.0
KEPT = timedelta(days=400)
MOST_WAITING = 1_000_000
"""For one target; the oldest beyond that are given up and counted: a platform that is gone for years fills no disk."""
_LOCK = 0x7A686967_0044
_log = structlog.get_logger("outlets.upward")


class Reporter:
    def __init__(self, pool: Pool, clock: Clock, planner: Planner, sender: Sender) -> None:
        self._pool, self._clock, self._planner, self.sender = pool, clock, planner, sender
        self._more = asyncio.Event()
        self._follower = Follower(pool, clock, READER, PAGE, self._work, self._poisoned)

    # -- steps

    async def begin(self) -> None:
        """One that never read passes over what is old: a target's own record says from when on it is told."""
        await self._follower.begin()

    async def read(self) -> int:
        found = await self._follower.read()
        if found:
            self._more.set()
        return found

    async def _work(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        return await self._planner.follow(conn, events)

    async def look(self) -> bool:
        """Stretches of the registry, and of the past that is told anew. True where more is waiting to be looked at."""
        async with self._pool.acquire() as conn:
            more = False
            for target in await store.targets(conn, self._planner.vault):
                async with conn.transaction():
                    more = await self._planner.look(conn, target) or more
            async with conn.transaction():
                more = await self._planner.anew(conn) or more
        self._more.set()
        return more

    async def keep_house(self) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            await conn.execute(SQL.forget, now - KEPT)
            for target in await store.targets(conn, self._planner.vault):
                await conn.execute(SQL.give_up, target.id, MOST_WAITING, now)

    async def count(self) -> None:
        async with self._pool.acquire() as conn:
            row = await conn.fetchrow(SQL.backlog)
        if row is not None:
            figures.waiting.set(row["waiting"])
            figures.oldest.set(0 if row["oldest"] is None else (self._clock.now() - row["oldest"]).total_seconds())

    def _poisoned(self, subject: str, error: BaseException) -> None:
        figures.poisoned.inc()
        _log.error("reporting upward could not work an event", subject=subject, exc_info=error)

    # -- loops

    async def run(self, dsn: str) -> None:
        """Until cancelled; whatever goes wrong is told of, and it begins again."""
        await ever_alone(
            dsn,
            _LOCK,
            "reporter",
            self.begin,
            {
                "log": lambda: follow(dsn, "zhigan reporter", PAGE, self.read, gather=GATHER_S),
                "sending": lambda: when_woken(
                    dsn, CHANNEL, "zhigan reporter sending", self._more, PERIOD_S, self.sender.round
                ),
                "registry": lambda: every(LOOK_S, lambda: exhaust(self.look)),
                "figures": lambda: every(COUNT_S, self.count),
                "house": lambda: every(HOUSE_S, self.keep_house),
            },
            lambda away: _log.warning("reporting upward waits for the database", error=away),
            lambda error: self._poisoned("", error),
        )
