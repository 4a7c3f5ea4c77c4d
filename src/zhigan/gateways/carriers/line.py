"""The door's end of the line to the hot process: pushes out, answers in, many at once, and no waiting for nobody.

Enters: bodies. Leaves: answers, or `Unreachable` when the hot process is away, is overloaded, or does not answer in
time. The connection is made anew for ever. Absent: HTTP.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

import msgspec

from zhigan.gateways.carriers.taker import NOTE, Where
from zhigan.gateways.carriers.wire import Frame, Frames, LineBroken, frame

WAITING_MAX: Final = 20_000
PATIENCE_S: Final = 10.0
"""Carriers wait 15 s; who answers 503 before that is asked again, who answers nothing is given up."""
AGAIN_S: Final = 0.2
_WHERE: Final = msgspec.json.Decoder(Where)


class Unreachable(Exception):
    """Nobody can take this push now; the carrier sends it again."""


class Line(asyncio.Protocol):
    """`run()` lives beside the server; `submit` from any task."""

    def __init__(self, folder: Path) -> None:
        self._note = folder / NOTE
        self._transport: asyncio.Transport | None = None
        self._frames = Frames()
        self._waiting: dict[int, tuple[asyncio.Future[Frame], float]] = {}
        self._number = 0
        self._out: list[bytes] = []
        self._lost = asyncio.Event()
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Keeps the connection, and gives up what waits too long."""
        loop = asyncio.get_running_loop()
        while True:
            where = self._where()
            if where is not None:
                self._lost.clear()
                try:
                    await loop.create_connection(lambda: self, "127.0.0.1", where.port)
                except OSError:
                    self._transport = None
                if self._transport is not None:
                    self._transport.write(frame(0, 0, where.key.encode()))
                    self.connected.set()
                    await self._until_lost()
            await asyncio.sleep(AGAIN_S)

    async def _until_lost(self) -> None:
        while not self._lost.is_set():
            try:
                async with asyncio.timeout(1.0):
                    await self._lost.wait()
            except TimeoutError:
                self._give_up(asyncio.get_running_loop().time() - PATIENCE_S)

    def _where(self) -> Where | None:
        try:
            return _WHERE.decode(self._note.read_bytes())
        except (OSError, msgspec.MsgspecError):
            return None

    def submit(self, carrier: int, body: bytes) -> asyncio.Future[Frame]:
        if self._transport is None or len(self._waiting) >= WAITING_MAX:
            raise Unreachable
        loop = asyncio.get_running_loop()
        self._number += 1
        told: asyncio.Future[Frame] = loop.create_future()
        self._waiting[self._number] = (told, loop.time())
        if not self._out:
            loop.call_soon(self._flush)
        self._out.append(frame(self._number, carrier, body))
        return told

    def _flush(self) -> None:
        out, self._out = self._out, []
        if self._transport is not None:
            self._transport.write(b"".join(out))

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._frames = Frames()

    def data_received(self, data: bytes) -> None:
        try:
            found = self._frames.feed(data)
        except LineBroken:
            if self._transport is not None:
                self._transport.abort()
            return
        for got in found:
            waiting = self._waiting.pop(got.number, None)
            if waiting is not None and not waiting[0].done():
                waiting[0].set_result(got)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.connected.clear()
        self._give_up(float("inf"))
        self._lost.set()

    def _give_up(self, older_than: float) -> None:
        """The dictionary keeps the order of asking: the oldest come first."""
        while self._waiting:
            number, (told, asked) = next(iter(self._waiting.items()))
            if asked > older_than:
                return
            del self._waiting[number]
            if not told.done():
                told.set_exception(Unreachable())
