"""A transmission device (用户信息传输装置) for stories: a real socket, real frames, and the patience to wait for 确认.

Enters: what the site has to say. Leaves: frames over TCP; it returns when the platform has confirmed. What the centre
asks for (clock, poll, duty check) is answered by itself, as devices do.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from zhigan.protocols.gb26875 import (
    CheckDuty,
    Command,
    DeviceOperation,
    DeviceStatus,
    Frame,
    Object,
    Reader,
    SyncClock,
    build,
    confirm,
    decode_adu,
)
from zhigan.runtime.clock import Clock

CENTRE = "640000000000"
PATIENCE_S = 30.0
NORMAL = 1
DUTY_KEY = 1 << 5


class Transmitter:
    """`await device.says(objects)`: sent, and confirmed. `believes()` is its own clock, right unless told otherwise."""

    def __init__(self, address: str, clock: Clock, where: Callable[[], tuple[str, int]]) -> None:
        self.address = address
        self.believes: Callable[[], int] = clock.micros
        self.beating = True
        self.last = b""
        self.duty_checks: list[int] = []
        self.clock_sets = 0
        self._where = where
        self._serial = 0
        self._confirmed: dict[int, asyncio.Future[Frame]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        return self._writer is not None

    async def connect(self) -> None:
        """Dials, and says that it is there, as devices do."""
        reader, self._writer = await asyncio.open_connection(*self._where())
        self._listening = asyncio.create_task(self._listen(reader), name=f"device {self.address}")
        await self.beats()

    async def hang_up(self) -> None:
        """The line is cut; nothing is said any more until it connects again."""
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        if self._listening is not None:
            await self._listening

    async def says(self, *objects: Object) -> Frame:
        """Upload, wait for the confirmation, return it."""
        self.last = self.frame(*objects)
        return await self.sends(self.last)

    def frame(self, *objects: Object) -> bytes:
        """An upload with the next serial number."""
        return build.upload(self._next(), self.address, CENTRE, self.believes(), objects)

    async def answers_duty_check(self) -> None:
        await self.says(DeviceOperation(DUTY_KEY, 1, self.believes()))

    async def repeats(self) -> Frame:
        """What it said last again, byte for byte, as devices do that missed the confirmation."""
        return await self.sends(self.last)

    async def beats(self) -> None:
        """A heartbeat: command 2 without a data unit."""
        await self.sends(build.heartbeat(self._next(), self.address, CENTRE, self.believes()))

    async def sends(self, frame: bytes, patience: float = PATIENCE_S) -> Frame:
        """A whole frame of its own making; returns its confirmation."""
        if self._writer is None:
            await self.connect()
        assert self._writer is not None
        serial = int.from_bytes(frame[2:4], "little")
        heard = self._confirmed[serial] = asyncio.get_running_loop().create_future()
        self._writer.write(frame)
        try:
            async with asyncio.timeout(patience):
                return await heard
        finally:
            del self._confirmed[serial]

    def throws(self, data: bytes) -> None:
        """Bytes on the line, waiting for nothing."""
        assert self._writer is not None
        self._writer.write(data)

    def _next(self) -> int:
        self._serial = self._serial % 0xFFFF + 1
        return self._serial

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        frames = Reader()
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                for frame in frames.receive(data):
                    if isinstance(frame, Frame):
                        self._hear(frame)
        if self._writer is not None:  # the platform hung up
            self._writer.close()
            self._writer = None

    def _hear(self, frame: Frame) -> None:
        match frame.command:
            case Command.CONFIRM:
                waiting = self._confirmed.get(frame.serial)
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame)
            case Command.CONTROL:
                self._obey(frame)
            case Command.REQUEST:
                self.throws(build.respond(frame, self.believes(), [DeviceStatus(NORMAL, self.believes())]))
            case _:
                pass

    def _obey(self, frame: Frame) -> None:
        self.throws(confirm(frame, self.believes()))
        for order in decode_adu(frame.adu).objects:
            if isinstance(order, CheckDuty):
                self.duty_checks.append(order.minutes)
            elif isinstance(order, SyncClock):
                self.clock_sets += 1  # obeyed by none: a story that gives a wrong clock means a broken one
