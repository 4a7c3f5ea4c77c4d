"""A gateway's line to the commands that it carries: one connection, made anew after it broke, one question at a time.

Enters: what a gateway asks the store, and what became of a command. Leaves: answers, or UNAVAILABLE after `drop`-worthy
trouble; a command that went another way meanwhile is no trouble. Absent: what a command is (rules) and sending it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from zhigan.commands import store
from zhigan.commands.model import State
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection

RETRY_S = 1.0

T = TypeVar("T")
Connect = Callable[[], Awaitable[Connection]]
_log = structlog.get_logger("commands.line")


class Line:
    def __init__(self, connect: Connect, clock: Clock) -> None:
        self._connect = connect
        self._clock = clock
        self._conn: Connection | None = None
        self._speaking = asyncio.Lock()

    async def ask(self, act: Callable[[Connection], Awaitable[T]]) -> T:
        """Raises what is in UNAVAILABLE; whoever catches it drops the line."""
        async with self._speaking:
            if self._conn is None or self._conn.is_closed():
                self._conn = await self._connect()
            return await act(self._conn)

    async def mark(self, command: str, state: State, detail: str) -> bool:
        """What became of a command. False where it went another way meanwhile, or somebody said so before."""
        try:
            return await self.ask(lambda c: store.mark(c, command, state, detail, self._clock.micros()))
        except (store.IllegalMove, store.NoCommand) as error:
            _log.info("a command went another way meanwhile", command=command, reason=str(error))
            return False

    async def surely(self, act: Callable[[], Awaitable[object]]) -> None:
        """Again and again until the database takes it."""
        while True:
            try:
                await act()
            except UNAVAILABLE as error:
                self.drop(error)
                await asyncio.sleep(RETRY_S)
            else:
                return

    def drop(self, error: BaseException) -> None:
        _log.warning("the database does not answer; commands wait", error=f"{type(error).__name__}: {error}")
        self._conn = None

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()
            self._conn = None
