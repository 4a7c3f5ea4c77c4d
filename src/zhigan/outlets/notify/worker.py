"""The courier: follows the event log, keeps the moments of escalation, hands out, asks, tests.

Enters: the database, the clock, the channels. Leaves: people told. One courier works at a time (an advisory lock held
by its connection); another waits beside it and takes over. Each step is a method that a story may call by itself; the
loops only call them when there is something to do. Absent: what is decided (planning.py, rules.py).
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta

import asyncpg
import structlog

from zhigan.bus import log
from zhigan.bus.log import Event
from zhigan.bus.positions import EVENTS, PositionLost, advance, position
from zhigan.outlets.notify import figures, selftest
from zhigan.outlets.notify.channels.choice import Choice
from zhigan.outlets.notify.delivery import Delivery
from zhigan.outlets.notify.planning import Planner
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Connection, Pool
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import HOUR, to_micros

READER = "notify"
PAGE = 50
"""Small, for the live screens are served by the same process: they wait for no page of ours."""
BREATH = 0.5
"""In a storm the courier rests for so much of the time that a page took: desks must see the fires first."""
PERIOD_S = 1.0
ASK_S = 2.0
FIRST_TEST_S = 10.0
FRESH_US = HOUR
"""What a courier that begins for the first time still tells of."""
LOOKED = 2000
PAUSE_S = 1.0
_LOCK = 0x7A686967_0018
_log = structlog.get_logger("outlets.notify")


class Courier:
    def __init__(
        self, pool: Pool, clock: Clock, planner: Planner, delivery: Delivery, choice: Choice | None = None
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._planner = planner
        self.delivery = delivery
        self._choice = choice
        self._more = asyncio.Event()

    # -- steps

    async def read(self) -> int:
        """One page of the log: what it asks for is put down in the transaction that moves the cursor. A page that
        cannot be worked is worked event by event: one that still cannot is told of and passed over."""
        async with self._pool.acquire() as conn:
            at = await position(conn, READER, EVENTS)
            events = await log.read(conn, at, PAGE)
            if not events:
                return 0
            if await _attempt(self._take(conn, events, at)) is not None:
                for event in events:
                    error = await _attempt(self._take(conn, [event], at))
                    if error is not None:
                        self._poisoned("an event could not be worked", event.subject, error)
                        async with conn.transaction():
                            await advance(conn, READER, EVENTS, at, event.id)
                    at = event.id
        self._more.set()
        return len(events)

    async def _take(self, conn: Connection, events: Sequence[Event], at: int) -> None:
        async with conn.transaction():
            drafts = await self._planner.follow(conn, events, self._clock.now())
            await advance(conn, READER, EVENTS, at, events[-1].id)
            await self._append(conn, drafts)

    async def begin(self) -> None:
        """A courier that never read passes over what is old: nobody is told today of last year's fires."""
        horizon = self._clock.micros() - FRESH_US
        async with self._pool.acquire() as conn, conn.transaction():
            if await position(conn, READER, EVENTS) == 0:
                at = 0
                while events := await log.read(conn, at, LOOKED):
                    old = [e.id for e in events if e.received_at < horizon]
                    at = old[-1] if old else at
                    if len(old) < len(events):
                        break
                if at > 0:
                    await advance(conn, READER, EVENTS, 0, at)
        await self.delivery.recover()

    async def keep_time(self) -> int:
        """Chains whose moment has come; one that cannot be worked waits a minute and holds up no other."""
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            due = [str(r["incident"]) for r in await conn.fetch(SQL.due_chains, now, PAGE)]
            if not due:
                return 0
            if await _attempt(self._ring(conn, due, now)) is not None:
                for incident in due:
                    error = await _attempt(self._ring(conn, [incident], now))
                    if error is not None:
                        self._poisoned("a chain could not be worked", incident, error)
            await conn.execute(SQL.hold_back, due, now, now + timedelta(minutes=1))
        self._more.set()
        return len(due)

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
        while True:
            try:
                error = await _attempt(self._work(dsn))
            except UNAVAILABLE as away:
                error = None
                _log.warning("telling people waits for the database", error=type(away).__name__)
            if error is not None:
                self._poisoned("telling people was interrupted; it begins again", "", error)
            await asyncio.sleep(PAUSE_S)

    async def _work(self, dsn: str) -> None:
        try:
            async with _alone(dsn):
                await self.begin()
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._follow(dsn), name="notify: log")
                    tasks.create_task(self._every(PERIOD_S, self.keep_time), name="notify: moments")
                    tasks.create_task(self._hand_out(), name="notify: handing out")
                    tasks.create_task(self._every(ASK_S, self.delivery.ask), name="notify: asking")
                    tasks.create_task(self._count(), name="notify: figures")
                    tasks.create_task(self._test(), name="notify: self-test")
        except* (*UNAVAILABLE, PositionLost) as away:
            _log.warning("telling people waits for the database", error=str(away.exceptions[0]))

    async def _follow(self, dsn: str) -> None:
        loop = asyncio.get_running_loop()
        async with Listener(dsn, log.CHANNEL, name="zhigan courier") as listener:
            while True:
                began = loop.time()
                while await self.read() == PAGE:
                    await asyncio.sleep(BREATH * (loop.time() - began))
                    began = loop.time()
                await listener.wait(PERIOD_S)

    async def _every(self, seconds: float, act: Callable[[], Awaitable[int]]) -> None:
        while True:
            while await act():
                pass
            await asyncio.sleep(seconds)

    async def _hand_out(self) -> None:
        """At once when something was put down; else every second, for what was postponed."""
        while True:
            while await self.delivery.round():
                pass
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

    async def _count(self) -> None:
        while True:
            async with self._pool.acquire() as conn:
                figures.waiting.set(await conn.fetchval(SQL.count_waiting, self._clock.now()))
            await asyncio.sleep(5)


POISON = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


async def _attempt(act: Coroutine[None, None, None]) -> BaseException | None:
    """What went wrong with it, if it was its own fault; the database's absence and a lost position are raised."""
    task = asyncio.create_task(act)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        raise
    error = task.exception()
    if isinstance(error, (*UNAVAILABLE, PositionLost)) and not isinstance(error, POISON):
        raise error
    return error


@contextlib.asynccontextmanager
async def _alone(dsn: str) -> AsyncGenerator[None]:
    """The only courier of this database, for as long as the connection lives."""
    conn = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "zhigan courier lock"})
    try:
        await conn.execute("select pg_advisory_lock($1)", _LOCK, timeout=None)
        yield
    finally:
        conn.terminate()
