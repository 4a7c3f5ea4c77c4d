"""A small real centre on a real port, for the simulator's own tests: it confirms, denies or keeps silent as it is told.

It keeps every frame in the order of arrival, and can speak to each device it heard. Nothing of the platform is in it.
"""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import cast

from citysim.clock import micros
from zhigan.protocols import gb26875 as gb

DEADLINE_S = 40.0
Reply = Callable[[gb.Frame], bytes | None]


def confirming(frame: gb.Frame) -> bytes | None:
    return gb.confirm(frame, micros())


def silent(frame: gb.Frame) -> bytes | None:
    return None


def denying(frame: gb.Frame) -> bytes | None:
    return gb.deny(frame, micros())


class Centre:
    """`async with Centre() as centre`: listens on a free port for both TCP and UDP."""

    def __init__(self, reply: Reply = confirming) -> None:
        self.reply = reply
        self.frames: list[gb.Frame] = []
        self.faults: list[gb.Fault] = []
        self.connections = 0
        self.port = 0
        self._heard = asyncio.Condition()
        self._writers: dict[str, asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self._datagrams: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def call_soon(self, what: Callable[[], None]) -> None:
        """From another thread."""
        assert self._loop
        self._loop.call_soon_threadsafe(what)

    async def __aenter__(self) -> "Centre":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._loop = loop = asyncio.get_running_loop()
        self._datagrams, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), ("127.0.0.1", self.port))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._datagrams:
            self._datagrams.close()
        if self._server:
            self._server.close()
        self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hang_up(self) -> None:
        for writer in self._writers.values():
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        protocol = gb.Reader()
        try:
            while data := await reader.read(1 << 16):
                for event in protocol.receive(data):
                    if isinstance(event, gb.Frame):
                        self._writers[event.source] = writer
                    writer.write(self.take(event))
                await self.notice()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    def take(self, event: gb.Event) -> bytes:
        if isinstance(event, gb.Fault):
            self.faults.append(event)
            return b""
        self.frames.append(event)
        if event.command in (gb.Command.CONFIRM, gb.Command.DENY, gb.Command.ANSWER):
            return b""
        return self.reply(event) or b""

    async def notice(self) -> None:
        async with self._heard:
            self._heard.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition over what was heard; fails when it does not come true in time."""
        async with asyncio.timeout(DEADLINE_S), self._heard:
            await self._heard.wait_for(holds)

    def send(self, address: str, frame: bytes) -> None:
        self._writers[address].write(frame)

    def objects(self, kind: type[gb.Object]) -> list[gb.Object]:
        """Everything of one kind that was uploaded, in order."""
        found: list[gb.Object] = []
        for frame in self.frames:
            if frame.command == gb.Command.SEND and frame.adu:
                found += [o for o in gb.decode_adu(frame.adu).objects if isinstance(o, kind)]
        return found


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._transport: asyncio.DatagramTransport | None = None
        self._told: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reader = gb.Reader()
        for event in reader.receive(data) + reader.idle():
            answer = self._centre.take(event)
            if answer and self._transport:
                self._transport.sendto(answer, addr)
        task = asyncio.ensure_future(self._centre.notice())
        self._told.add(task)
        task.add_done_callback(self._told.discard)


class CentreThread:
    """The same centre in a thread of its own, for what does not run on asyncio (load)."""

    def __init__(self, reply: Reply = confirming) -> None:
        self.centre = Centre(reply)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Centre:
        self._thread.start()
        self.call(self.centre.__aenter__())
        return self.centre

    def call(self, what: object) -> None:
        assert asyncio.iscoroutine(what)
        asyncio.run_coroutine_threadsafe(what, self._loop).result(DEADLINE_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call(self.centre.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_S)
        self._loop.close()
