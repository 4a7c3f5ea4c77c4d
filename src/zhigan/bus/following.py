"""Following the event log: a reader with a cursor, whose work is done in the transaction that moves it.

Enters: a pool, a clock, the reader's name, and what is to be done with a page. Leaves: every event worked exactly once;
a page that cannot be worked is worked event by event, and one that still cannot is told of and passed over, so that it
never holds up the others. `ever_alone` runs a reader and its other loops for good, in one of all processes. Absent:
what a reader does.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import cast

import asyncpg

from zhigan.bus import log
from zhigan.bus.log import Event
from zhigan.bus.positions import EVENTS, PositionLost, advance, position
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Connection, Pool
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import HOUR

FRESH_US = HOUR
"""What a reader that begins for the first time still works."""
PERIOD_S = 1.0
GATHER_S = 0.25
"""A reader whose work nobody waits for takes what has gathered, four times a second: in a storm it would otherwise
wake, ask and commit for every few events, on the cores that the desk needs then."""
_LOOKED = 2000
POISON = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

Work = Callable[[Connection, Sequence[Event]], Awaitable[list[Draft]]]
Poisoned = Callable[[str, BaseException], None]
Step = Callable[[], Awaitable[object]]


class Follower:
    """`work` is called in the transaction; the drafts that it answers are appended as the last act."""

    def __init__(self, pool: Pool, clock: Clock, reader: str, page: int, work: Work, poisoned: Poisoned) -> None:
        self._pool, self._clock, self._reader, self._page = pool, clock, reader, page
        self._work, self._poisoned = work, poisoned

    async def read(self) -> int:
        """One page; how many events it had."""
        async with self._pool.acquire() as conn:
            at = await position(conn, self._reader, EVENTS)
            events = await log.read(conn, at, self._page)
            if not events:
                return 0
            if await attempt(self._take(conn, events, at)) is not None:
                for event in events:
                    error = await attempt(self._take(conn, [event], at))
                    if error is not None:
                        self._poisoned(event.subject, error)
                        async with conn.transaction():
                            await advance(conn, self._reader, EVENTS, at, event.id)
                    at = event.id
        return len(events)

    async def _take(self, conn: Connection, events: Sequence[Event], at: int) -> None:
        async with conn.transaction():
            drafts = await self._work(conn, events)
            await advance(conn, self._reader, EVENTS, at, events[-1].id)
            if drafts:
                await log.append(conn, drafts, self._clock.micros())

    async def begin(self) -> None:
        """A reader that never read passes over what is old."""
        horizon = self._clock.micros() - FRESH_US
        async with self._pool.acquire() as conn, conn.transaction():
            if await position(conn, self._reader, EVENTS) == 0:
                at = 0
                while events := await log.read(conn, at, _LOOKED):
                    old = [e.id for e in events if e.received_at < horizon]
                    at = old[-1] if old else at
                    if len(old) < len(events):
                        break
                if at > 0:
                    await advance(conn, self._reader, EVENTS, 0, at)


async def follow(
    dsn: str, name: str, page: int, read: Callable[[], Awaitable[int]], *, gather: float, breath: float = 0.0
) -> None:
    """Until cancelled. `gather`: the least time from page to page in seconds, `GATHER_S` for all but those for whom
    somebody waits; each says it, since one that forgot cost every storm a tenth of its time. `breath`: the part of a
    page's time for which a reader rests before the next page of a storm."""
    loop = asyncio.get_running_loop()
    async with Listener(dsn, log.CHANNEL, name=name) as listener:
        while True:
            began = loop.time()
            more = await read() == page
            await asyncio.sleep(max(gather, breath * (loop.time() - began) if more else 0.0))
            if not more:
                await listener.wait(PERIOD_S)


def _away(error: BaseException) -> bool:
    """The database's absence, or a place in the log that another has taken: nobody's fault, and it passes."""
    return isinstance(error, (*UNAVAILABLE, PositionLost)) and not isinstance(error, POISON)


async def attempt(act: Coroutine[None, None, None]) -> BaseException | None:
    """What went wrong with it, if it was its own fault; the database's absence and a lost position are raised."""
    task = asyncio.create_task(act)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        raise
    error = task.exception()
    if error is not None and _away(error):
        raise error
    return error


# -- loops, each until cancelled


async def every(seconds: float, step: Step) -> None:
    while True:
        await step()
        await asyncio.sleep(seconds)


async def exhaust(step: Callable[[], Awaitable[int]]) -> None:
    """Until there is nothing more for it to do."""
    while await step():
        pass


async def when_woken(dsn: str, channel: str, name: str, woken: asyncio.Event, period_s: float, step: Step) -> None:
    """At once when `woken` is set here, or a process elsewhere notifies the channel; else every `period_s`."""
    async with Listener(dsn, channel, name=name, woken=woken) as listener:
        while True:
            await step()
            await listener.wait(period_s)


PAUSE_S = 1.0


async def ever(
    work: Callable[[], Coroutine[None, None, None]],
    waits: Callable[[str], None],
    broke: Callable[[BaseException], None],
) -> None:
    """Until cancelled: whatever ends the work is told of, the database's absence or a fault of its own, and it begins
    again after a breath."""
    while True:
        try:
            error = await attempt(work())
        except (*UNAVAILABLE, PositionLost) as away:
            error = away
        for cause in [] if error is None else _causes(error):
            if _away(cause):
                waits(str(cause) or type(cause).__name__)
            else:
                broke(cause)
        await asyncio.sleep(PAUSE_S)


def _causes(error: BaseException) -> list[BaseException]:
    """Of several loops that ended together, each one's own."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    group = cast("BaseExceptionGroup[BaseException]", error)
    return [cause for each in group.exceptions for cause in _causes(each)]


async def ever_alone(
    dsn: str,
    lock: int,
    name: str,
    begin: Step | None,
    loops: Mapping[str, Callable[[], Coroutine[None, None, None]]],
    waits: Callable[[str], None],
    broke: Callable[[BaseException], None],
) -> None:
    """`ever`, by one of all processes: it begins, and then all its loops run; where one ends, all begin again."""

    async def work() -> None:
        async with alone(dsn, lock, f"zhigan {name} lock"):
            if begin is not None:
                await begin()
            async with asyncio.TaskGroup() as tasks:
                for each, loop in loops.items():
                    tasks.create_task(loop(), name=f"{name}: {each}")

    await ever(work, waits, broke)


@contextlib.asynccontextmanager
async def alone(dsn: str, lock: int, name: str) -> AsyncGenerator[None]:
    """The only one of this lock and database, for as long as the connection lives; the next waits beside it."""
    conn = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": name})
    try:
        await conn.execute("select pg_advisory_lock($1)", lock, timeout=None)
        yield
    finally:
        conn.terminate()
