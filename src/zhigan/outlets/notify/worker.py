"""The courier: follows the event log, keeps the moments of escalation, hands out, asks, tests.

Enters: the database, the clock, the channels. Leaves: people told. One courier works at a time (an advisory lock held
by its connection); another waits beside it and takes over. Each step is a method that a story may call by itself; the
loops only call them when there is something to do. Absent: what is decided (planning.py, rules.py).
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from zhigan.bus import log
from zhigan.bus.following import Follower, attempt, ever_alone, every, exhaust, follow
from zhigan.bus.log import Event
from zhigan.outlets.notify import digest, figures, selftest
from zhigan.outlets.notify.channels.choice import Choice
from zhigan.outlets.notify.delivery import Delivery
from zhigan.outlets.notify.planning import Planner
from zhigan.outlets.notify.reaching import Asker
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros

READER = "notify"
PAGE = 500
BREATH = 0.5
"""In a storm the courier rests for so much of the time that a page took: desks must see the fires first. Of 10,000 the
last stood at the desk after 2.97-3.18 s, without rests after 3.17-3.50 s (benchmarks/bench_spine.py, three pairs)."""
PERIOD_S = 1.0
ASK_S = 2.0
DIGEST_S = 30.0
COUNT_S = 5.0
ASK_CONTACTS_S, WATCH_CONTACTS_S = 30.0, 300.0
FIRST_TEST_S = 10.0
_LOCK = 0x7A686967_0018
_log = structlog.get_logger("outlets.notify")


class Courier:
    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        planner: Planner,
        delivery: Delivery,
        choice: Choice | None = None,
        asker: Asker | None = None,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._planner = planner
        self.delivery = delivery
        self._choice = choice
        self._asker = asker
        self._more = asyncio.Event()
        self._follower = Follower(
            pool, clock, READER, PAGE, self._work,
            lambda subject, error: self._poisoned("an event could not be worked", subject, error),
        )  # fmt: skip

    # -- steps

    async def read(self) -> int:
        """One page of the log: what it asks for is put down in the transaction that moves the cursor."""
        found = await self._follower.read()
        if found:
            self._more.set()
        return found

    async def _work(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        return await self._planner.follow(conn, events, self._clock.now())

    async def begin(self) -> None:
        """A courier that never read passes over what is old: nobody is told today of last year's fires."""
        await self._follower.begin()
        await self.delivery.recover()

    async def keep_time(self) -> int:
        """Chains whose moment has come; one that cannot be worked waits a minute and holds up no other."""
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            due = [str(r["incident"]) for r in await conn.fetch(SQL.due_chains, now, PAGE)]
            if not due:
                return 0
            if await attempt(self._ring(conn, due, now)) is not None:
                for incident in due:
                    error = await attempt(self._ring(conn, [incident], now))
                    if error is not None:
                        self._poisoned("a chain could not be worked", incident, error)
            await conn.execute(SQL.hold_back, due, now, now + timedelta(minutes=1))
        self._more.set()
        return len(due)

    async def digest(self) -> int:
        """Persons whose hour has come are told what is open in their scope."""
        async with self._pool.acquire() as conn, conn.transaction():
            served = await digest.due(conn, self._clock.now(), self._planner.open_ways)
        if served:
            self._more.set()
        return served

    async def ask_contacts(self) -> int:
        """Contacts whose proof is due are asked for it; who let the time pass is unproven."""
        if self._asker is None:
            return 0
        await self._asker.lapse()
        return await self._asker.ask()

    async def watch_contacts(self) -> None:
        if self._asker is not None:
            await self._asker.watch()

    async def count(self) -> None:
        async with self._pool.acquire() as conn:
            figures.waiting.set(await conn.fetchval(SQL.count_waiting, self._clock.now()))

    async def _ring(self, conn: Connection, due: Sequence[str], now: datetime) -> None:
        async with conn.transaction():
            await self._append(conn, await self._planner.due(conn, due, now))

    def _poisoned(self, what: str, subject: str, error: BaseException) -> None:
        figures.poisoned.inc()
        _log.error(what, subject=subject, exc_info=error)

    async def _append(self, conn: Connection, drafts: list[Draft]) -> None:
        if drafts:
            await log.append(conn, drafts, to_micros(self._clock.now()))

    # -- loops

    async def run(self, dsn: str) -> None:
        """Until cancelled. Where another courier holds the lock, waits for it to end. Whatever goes wrong is told of,
        and it begins again: nothing may stop people from being told."""
        await ever_alone(
            dsn,
            _LOCK,
            "courier",
            self.begin,
            {
                "log": lambda: follow(dsn, "zhigan courier", PAGE, self.read, gather=0.0, breath=BREATH),
                "moments": lambda: every(PERIOD_S, lambda: exhaust(self.keep_time)),
                "handing out": self._hand_out,
                "asking": lambda: every(ASK_S, lambda: exhaust(self.delivery.ask)),
                "digest": lambda: every(DIGEST_S, lambda: exhaust(self.digest)),
                "contacts asked": lambda: every(ASK_CONTACTS_S, self.ask_contacts),
                "contacts watched": lambda: every(WATCH_CONTACTS_S, self.watch_contacts),
                "figures": lambda: every(COUNT_S, self.count),
                "self-test": self._test,
            },
            lambda away: _log.warning("telling people waits for the database", error=away),
            lambda error: self._poisoned("telling people was interrupted; it begins again", "", error),
        )

    async def _hand_out(self) -> None:
        """At once when something was put down; else every second, for what was postponed."""
        while True:
            await exhaust(self.delivery.round)
            self._more.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.02 if self.delivery.busy else PERIOD_S):
                    await self._more.wait()

    async def _test(self) -> None:
        """Soon after the start, then every `selftest.PERIOD_S`."""
        pause = FIRST_TEST_S
        while self._choice is not None:
            await asyncio.sleep(pause)
            broken = await selftest.test_all(self._pool, self._choice, self._clock.now())
            pause = selftest.BROKEN_S if broken else selftest.PERIOD_S
