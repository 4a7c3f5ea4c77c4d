"""A gateway on real sockets over a real spool, and a stranger that speaks GB/T 26875.3 to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from zhigan.bus.signals import SignalBus
from zhigan.bus.spool import Spool
from zhigan.gateways.gb26875.server import Server
from zhigan.gateways.gb26875.terms import Directory, NoDirectory, Terms
from zhigan.gateways.intake import Intake
from zhigan.protocols.gb26875 import Command, ComponentStatus, Frame, Reader, TextReader, build, times
from zhigan.runtime.clock import Clock, SystemClock
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Lane, Signal, SignalKind

CENTRE = "640000000000"
DEADLINE = 40.0
FIRE = 0x0002
NORMAL = 0x0001


def address(n: int) -> str:
    return n.to_bytes(6, "little").hex().upper()


def fire(serial: int, source: str, now: int, *, component: int = 131082, status: int = FIRE, code: int = 40) -> bytes:
    said = ComponentStatus(1, 1, code, component, status, "三层走廊", now // SECOND * SECOND)
    return build.upload(serial, source, CENTRE, now, [said])


class Gate:
    """What the test holds: the gateway's parts and what came out of the bus."""

    def __init__(self, server: Server, intake: Intake, bus: SignalBus, host: str, port: int) -> None:
        self.server = server
        self.intake = intake
        self.bus = bus
        self.host = host
        self.port = port
        self.callers: list[Caller] = []

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
        wanted = kinds or (SignalKind.STATUS, SignalKind.READINGS, SignalKind.OPERATION, SignalKind.INFO)
        found: list[Signal] = []
        for lane in Lane:
            after = 0
            while batches := await self.bus.read(lane, after, 100_000, 0):
                found += [s for b in batches for s in b.signals if s.kind in wanted]
                after = batches[-1].position
        return sorted(found, key=lambda s: s.received_at)


@asynccontextmanager
async def gate(
    folder: Path,
    *,
    terms: Terms | None = None,
    clock: Clock | None = None,
    directory: Directory | None = None,
    limit_bytes: int = 1 << 30,
) -> AsyncIterator[Gate]:
    clock = clock or SystemClock()
    bus = await Spool.open(folder / "spool", limit_bytes=limit_bytes)
    intake = Intake(bus, clock)
    await intake.refill()
    server = Server(intake, clock, directory or NoDirectory(), terms or Terms())
    host, port = await server.start("127.0.0.1", 0)
    city = Gate(server, intake, bus, host, port)
    running = [asyncio.create_task(intake.run()), asyncio.create_task(server.run())]
    try:
        yield city
    finally:
        for caller in city.callers:
            await caller.close()
        await server.stop()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await bus.close()


class Caller:
    """A transmission device as a stranger sees it: a socket and frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: Reader | TextReader) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = frames
        self.inbox: list[Frame] = []

    @classmethod
    async def dial(cls, gate: Gate, frames: Reader | TextReader | None = None) -> "Caller":
        caller = cls(*await asyncio.open_connection(gate.host, gate.port), frames or Reader())
        gate.callers.append(caller)
        return caller

    def send(self, *frames: bytes) -> None:
        self._writer.write(b"".join(frames))

    async def hears(self, wanted: Callable[[Frame], bool], within: float = DEADLINE) -> Frame:
        """The next frame that is wanted; others stay in the inbox."""
        async with asyncio.timeout(within):
            while True:
                for n, frame in enumerate(self.inbox):
                    if wanted(frame):
                        return self.inbox.pop(n)
                data = await self._reader.read(65_536)
                if not data:
                    raise ConnectionError("the gateway hung up")
                self.inbox += [event for event in self._frames.receive(data) if isinstance(event, Frame)]

    async def confirmed(self, serial: int, within: float = DEADLINE) -> Frame:
        return await self.hears(lambda f: f.command == Command.CONFIRM and f.serial == serial, within)

    async def denied(self, serial: int) -> Frame:
        return await self.hears(lambda f: f.command == Command.DENY and f.serial == serial)

    async def hung_up(self, within: float = DEADLINE) -> bool:
        async with asyncio.timeout(within):
            with suppress(ConnectionError):
                while await self._reader.read(65_536):
                    pass
        return True

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


def label(now: int) -> bytes:
    return times.encode(now)
