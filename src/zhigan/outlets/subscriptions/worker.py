"""The courier of partners: a task of its own for every subscription, the CAP feed's reader, the watch.

Enters: the database, the clock. Leaves: partners told, each in order; one that is slow or down holds up no other. One
courier of all processes works (an advisory lock held by its connection). Each step is a method that a story may call by
itself. Absent: what is told and when again (rules.py), HTTP in (api.py).
"""

import asyncio
import contextlib
from datetime import timedelta

import structlog

from zhigan.bus import log
from zhigan.bus.following import GATHER_S, Follower, attempt, ever_alone, every, follow
from zhigan.outlets.subscriptions import figures
from zhigan.outlets.subscriptions.delivery import Delivery, Fate
from zhigan.outlets.subscriptions.feed import Feed
from zhigan.outlets.subscriptions.store import CHANNEL, SQL
from zhigan.outlets.subscriptions.watching import Watch
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Pool

READER = "cap feed"
PAGE = 500
PERIOD_S = 1.0
LOOK_S = 5.0
BREATH_S = 0.1
"""Between two looks at the log in a storm: what comes meanwhile is read together."""
BROKEN_S = 5.0
HOUR_S = 3600.0
KEPT = timedelta(days=90)
KEPT_ALERTS = timedelta(days=400)
_LOCK = 0x7A686967_0048
_log = structlog.get_logger("outlets.subscriptions")


class Subscriber:
    def __init__(self, pool: Pool, clock: Clock, delivery: Delivery, feed: Feed) -> None:
        self._pool, self._clock = pool, clock
        self.delivery, self.watch = delivery, Watch(pool, clock)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._woken: dict[str, asyncio.Event] = {}
        self._follower = Follower(pool, clock, READER, PAGE, feed.follow, self._poisoned)

    # -- steps

    async def begin(self) -> None:
        await self._follower.begin()

    async def read(self) -> int:
        return await self._follower.read()

    async def active(self) -> list[str]:
        async with self._pool.acquire() as conn:
            return [r["id"] for r in await conn.fetch(SQL.active)]

    async def keep_house(self) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            await conn.execute(SQL.forget_deliveries, now - KEPT)
            await conn.execute(SQL.forget_alerts, now - KEPT_ALERTS)
            await conn.execute(SQL.forget_old_threads, now - KEPT_ALERTS)

    def _poisoned(self, subject: str, error: BaseException) -> None:
        figures.poisoned.inc()
        _log.error("what partners are told could not be worked", subject=subject, exc_info=error)

    # -- loops

    async def run(self, dsn: str) -> None:
        """Until cancelled; whatever goes wrong is told of, and it begins again."""
        await ever_alone(
            dsn,
            _LOCK,
            "subscriptions",
            self.begin,
            {
                "cap feed": lambda: follow(dsn, "zhigan cap feed", PAGE, self.read, gather=GATHER_S),
                "tasks": lambda: self._manage(dsn),
                "watch": lambda: every(LOOK_S, self.watch.look),
                "house": lambda: every(HOUR_S, self.keep_house),
            },
            lambda away: _log.warning("partners wait for the database", error=away),
            lambda error: self._poisoned("", error),
        )

    async def _manage(self, dsn: str) -> None:
        """A task for each that is in use; all are woken when the log grows or a page has changed something."""
        try:
            async with Listener(dsn, log.CHANNEL, CHANNEL, name="zhigan subscriptions") as listener:
                while True:
                    self._tend(await self.active())
                    await listener.wait(PERIOD_S)
                    for woken in self._woken.values():
                        woken.set()
                    await asyncio.sleep(BREATH_S)
        finally:
            self._tend([])

    def _tend(self, active: list[str]) -> None:
        for id_ in set(self._tasks) - set(active):
            self._tasks.pop(id_).cancel()
            self._woken.pop(id_)
        for id_ in set(active) - set(self._tasks):
            woken = self._woken[id_] = asyncio.Event()
            self._tasks[id_] = asyncio.create_task(self._serve(id_, woken), name=f"subscription {id_}")

    async def _serve(self, id_: str, woken: asyncio.Event) -> None:
        """One partner's own task: a fault of its own ends nobody else's."""
        while True:
            woken.clear()
            try:
                done = await self._step(id_)
            except UNAVAILABLE:
                done = Fate.FAILED
                await asyncio.sleep(PERIOD_S)
            if done is not Fate.MORE:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), PERIOD_S)

    async def _step(self, id_: str) -> Fate:
        made: list[Fate] = []

        async def act() -> None:
            made.append(await self.delivery.step(id_))

        error = await attempt(act())
        if error is None:
            return made[0]
        self._poisoned(id_, error)
        await asyncio.sleep(BROKEN_S)
        return Fate.FAILED
