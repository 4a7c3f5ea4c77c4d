"""A gateway on real sockets over a real spool, and a stranger that speaks GB/T 26875.3 to it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from gateways.ground import DEADLINE, Ground, ground
from zhigan.gateways.gb26875.server import Server
from zhigan.gateways.gb26875.terms import Directory, NoDirectory, Terms
from zhigan.protocols.gb26875 import Command, ComponentStatus, Frame, Reader, TextReader, build, times
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.moments import SECOND

CENTRE = "640000000000"
FIRE = 0x0002
NORMAL = 0x0001


def address(n: int) -> str:
    return n.to_bytes(6, "little").hex().upper()


def fire(serial: int, source: str, now: int, *, component: int = 131082, status: int = FIRE, code: int = 40) -> bytes:
    said = ComponentStatus(1, 1, code, component, status, "三层走廊", now // SECOND * SECOND)
    return build.upload(serial, source, CENTRE, now, [said])


class Gate:
    """The door, and the ground that it stands on."""

    def __init__(self, server: Server, ground: Ground, host: str, port: int) -> None:
        self.server = server
        self.intake = ground.intake
        self.bus = ground.bus
        self.until = ground.until
        self.stored = ground.stored
        self.host = host
        self.port = port
        self.callers: list[Caller] = []


@asynccontextmanager
async def gate(
    folder: Path,
    *,
    terms: Terms | None = None,
    clock: Clock | None = None,
    directory: Directory | None = None,
    limit_bytes: int = 1 << 30,
) -> AsyncGenerator[Gate]:
    async with ground(folder, clock=clock, limit_bytes=limit_bytes) as under:
        server = Server(under.intake, under.clock, directory or NoDirectory(), terms or Terms())
        city = Gate(server, under, *await server.start("127.0.0.1", 0))
        under.running.append(asyncio.create_task(server.run()))
        try:
            yield city
        finally:
            for caller in city.callers:
                await caller.close()
            await server.stop()


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
