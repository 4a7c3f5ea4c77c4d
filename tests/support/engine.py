"""The engine on real parts, driven by hand: a spool, PostgreSQL, a clock that is moved, and no task of its own.

Used by the worker's tests and by stories: what is published is judged when `settle` is called, timers ring when time
`passes`. Everything is the product's own code; only the loops that call it are missing.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from zhigan.alarms import policies
from zhigan.alarms.engine import POLICY_V1
from zhigan.alarms.slices import batch_of
from zhigan.alarms.worker import READER, Line, Worker
from zhigan.bus import positions
from zhigan.bus.spool import Spool
from zhigan.history import store as history
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.signals import Lane, Signal, urgent


class Engine:
    def __init__(self, dsn: str, spool: Spool, clock: HandClock) -> None:
        self.dsn = dsn
        self.spool = spool
        self.clock = clock
        self.connections: list[asyncpg.Connection] = []
        self.worker = Worker(spool, self.connect, clock, POLICY_V1)
        self._lines = {lane: Line(self.connect) for lane in Lane}
        self._timer_line = Line(self.connect)
        self._last = 0

    async def connect(self) -> Connection:
        conn = await asyncpg.connect(self.dsn)
        self.connections.append(conn)
        return conn

    async def start(self) -> None:
        conn = await self.connect()
        await history.prepare(conn, self.clock.micros())
        await self.judge_by()
        await self.worker.restore(conn)

    async def judge_by(self) -> None:
        """The policy in force, as after a start, or when it changed."""
        self.worker.policy = await policies.in_force(self.connections[0], self.clock.micros())

    async def tell(self, *signals: Signal) -> None:
        """Publish in the order given, heard now, each in its lane."""
        for signal in signals:
            self._last = signal.received_at = max(self._last + 1, self.clock.micros())
        for lane in Lane:
            mine = [s for s in signals if (Lane.URGENT if urgent(s) else Lane.BULK) is lane]
            if mine:
                await self.spool.publish([(lane, mine)])

    async def settle(self) -> None:
        """Judge everything that is on the bus."""
        for lane in Lane:
            line = self._lines[lane]
            start = await positions.position(self.connections[0], READER, lane)
            after = max(0, batch_of(start) - 1)
            while True:
                start, following = await self.worker.advance(line, lane, start, after, timeout=0)
                if following == after:
                    break
                after = following

    async def hear(self, *signals: Signal) -> None:
        await self.tell(*signals)
        await self.settle()

    async def passes(self, seconds: float, step: float = 5.0) -> None:
        """Time goes by in small steps; whatever is due rings."""
        left = seconds
        while left > 0:
            self.clock.advance(min(step, left))
            left -= step
            await self.ring()

    async def ring(self) -> None:
        while await self.worker.ring(self._timer_line):
            pass

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        conn = self.connections[0]
        return await conn.fetch(sql, *values)


@asynccontextmanager
async def running(dsn: str, folder: Path, clock: HandClock) -> AsyncGenerator[Engine]:
    spool = await Spool.open(folder)
    engine = Engine(dsn, spool, clock)
    try:
        await engine.start()
        yield engine
    finally:
        for conn in engine.connections:
            conn.terminate()
        await spool.close()
