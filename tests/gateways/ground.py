"""What stands behind every door under test: a real spool, a real intake, and a look at what came to lie there."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from zhigan.bus.spool import Spool
from zhigan.gateways.intake import Intake
from zhigan.runtime.clock import Clock, SystemClock
from zhigan.vocabulary.signals import Lane, Signal, SignalKind

DEADLINE = 40.0
SAID = (SignalKind.STATUS, SignalKind.READINGS, SignalKind.OPERATION, SignalKind.INFO)
"""What devices say, without what the platform concludes from their links."""


class Ground:
    def __init__(self, bus: Spool, clock: Clock) -> None:
        self.bus = bus
        self.clock = clock
        self.intake = Intake(bus, clock)
        self.running: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """From now on what is offered becomes durable."""
        self.running.append(asyncio.create_task(self.intake.run()))

    async def until(self, true: Callable[[], bool]) -> None:
        """Turns of the loop until it is true."""
        async with asyncio.timeout(DEADLINE):
            while True:
                if true():
                    return
                await asyncio.sleep(0.002)

    async def stored(self, *kinds: SignalKind) -> list[Signal]:
        """Everything on the bus, of these kinds (default: what devices said), in the order of receiving."""
        await self.intake.settle()
        wanted = kinds or SAID
        found: list[Signal] = []
        for lane in Lane:
            after = 0
            while batches := await self.bus.read(lane, after, 100_000, 0):
                found += [s for b in batches for s in b.signals if s.kind in wanted]
                after = batches[-1].position
        return sorted(found, key=lambda s: s.received_at)


@asynccontextmanager
async def ground(
    folder: Path, *, clock: Clock | None = None, begun: bool = True, limit_bytes: int = 1 << 30
) -> AsyncGenerator[Ground]:
    """Opened, refilled, and at the end stopped with whatever runs on it."""
    bus = await Spool.open(folder / "spool", limit_bytes=limit_bytes)
    made = Ground(bus, clock or SystemClock())
    await made.intake.refill()
    if begun:
        made.begin()
    try:
        yield made
    finally:
        for task in made.running:
            task.cancel()
        await asyncio.gather(*made.running, return_exceptions=True)
        await bus.close()
