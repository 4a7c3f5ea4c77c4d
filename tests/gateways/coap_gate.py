"""The CoAP door on real sockets over a real spool, and somebody outside who sends datagrams, right ones and others."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from gateways.ground import DEADLINE, Ground, ground
from zhigan.gateways.lwm2m.server import Server
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.protocols.coap import Code, Message, Option, Type, decode, encode, uint
from zhigan.protocols.lwm2m import Path as Resource
from zhigan.protocols.lwm2m import Record
from zhigan.protocols.lwm2m.senml import encode_cbor
from zhigan.runtime.clock import Clock

LINKS = b'</>;rt="oma.lwm2m",</3/0>,</3407/0>'


class Gate:
    """The door, and the ground that it stands on."""

    def __init__(self, server: Server, ground: Ground, where: tuple[str, int]) -> None:
        self.server = server
        self.intake = ground.intake
        self.bus = ground.bus
        self.begin = ground.begin
        self.until = ground.until
        self.stored = ground.stored
        self.host, self.port = where
        self.recognised: list[tuple[str, str, str]] = []
        self.callers: list[Caller] = []


@asynccontextmanager
async def gate(
    folder: Path, *, clock: Clock | None = None, terms: Terms | None = None, begun: bool = True,
    limit_bytes: int = 1 << 30, host: str = "127.0.0.1",
) -> AsyncGenerator[Gate]:  # fmt: skip
    async with ground(folder, clock=clock, begun=begun, limit_bytes=limit_bytes) as under:
        recognised: list[tuple[str, str, str]] = []
        server = Server(
            under.intake, under.clock, terms or Terms(ack_seconds=0.5), lambda *seen: recognised.append(seen)
        )
        await server.book.open(folder / "lwm2m")
        made = Gate(server, under, await server.start(host, 0))
        made.recognised = recognised
        under.running += [asyncio.create_task(server.run()), asyncio.create_task(server.book.run())]
        try:
            yield made
        finally:
            for caller in made.callers:
                caller.close()
            await server.stop()
    await server.book.close()


class Caller(asyncio.DatagramProtocol):
    """A socket outside. `inbox`: what came, not yet looked at."""

    def __init__(self) -> None:
        self.inbox: list[Message] = []
        self.mid = 0x1000
        self._came = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def dial(cls, gate: Gate) -> "Caller":
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(gate.host, gate.host)
        _, made = await asyncio.get_running_loop().create_datagram_endpoint(cls, remote_addr=(host, gate.port))
        gate.callers.append(made)
        return made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = decode(data)
        assert isinstance(message, Message)
        self.inbox.append(message)
        self._came.set()

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def raw(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(data)

    def send(self, message: Message) -> None:
        self.raw(encode(message))

    async def hears(self, wanted: Callable[[Message], bool], within: float = DEADLINE) -> Message:
        async with asyncio.timeout(within):
            while True:
                for n, message in enumerate(self.inbox):
                    if wanted(message):
                        return self.inbox.pop(n)
                self._came.clear()
                await self._came.wait()

    def request(
        self, code: Code, path: str, payload: bytes = b"", *, format_: int = -1, queries: tuple[str, ...] = (),
        more: tuple[tuple[int, bytes], ...] = (), type_: Type = Type.CON,
    ) -> Message:  # fmt: skip
        self.mid = self.mid + 1 & 0xFFFF
        options = [(int(Option.URI_PATH), part.encode()) for part in path.split("/") if part]
        options += [(int(Option.URI_QUERY), query.encode()) for query in queries]
        if format_ >= 0:
            options.append((int(Option.CONTENT_FORMAT), uint(format_)))
        return Message(type_, code, self.mid, self.mid.to_bytes(2, "big"), (*options, *more), payload)

    async def asks(
        self, code: Code, path: str, payload: bytes = b"", *, format_: int = -1, queries: tuple[str, ...] = (),
        more: tuple[tuple[int, bytes], ...] = (), type_: Type = Type.CON,
    ) -> Message:  # fmt: skip
        """Sends a request, gives its answer."""
        message = self.request(code, path, payload, format_=format_, queries=queries, more=more, type_=type_)
        self.send(message)
        return await self.answer(message)

    async def answer(self, message: Message) -> Message:
        return await self.hears(lambda m: m.token == message.token and m.is_response)

    async def acknowledged(self, mid: int) -> Message:
        return await self.hears(lambda m: m.type == Type.ACK and m.mid == mid and m.code == 0)


class Smoke(Caller):
    """A detector that speaks LwM2M 1.1: registers, takes up observations, notifies."""

    def __init__(self) -> None:
        super().__init__()
        self.place = ""
        self.tokens: dict[Resource, bytes] = {}
        self.number = 10

    async def registers(
        self, endpoint: str, *, links: bytes = LINKS, lifetime: int = 86_400, queue: bool = True
    ) -> None:
        queries = (f"ep={endpoint}", f"lt={lifetime}", "lwm2m=1.1", "b=U", *(("Q",) if queue else ()))
        answer = await self.asks(Code.POST, "rd", links, format_=40, queries=queries)
        assert answer.code == Code.CREATED
        location = [value.decode() for number, value in answer.options if number == Option.LOCATION_PATH]
        assert location[0] == "rd"
        self.place = "/".join(location)

    async def observed(self, *paths: Resource) -> None:
        """Answers the platform's observe requests, whichever order they come in."""
        for _ in paths:
            asked = await self.hears(lambda m: m.code == Code.GET and any(n == Option.OBSERVE for n, _ in m.options))
            path = tuple(int(value) for number, value in asked.options if number == Option.URI_PATH)
            assert path in paths, path
            self.tokens[path] = asked.token
            self.send(self._content(asked, path))

    def _content(self, asked: Message, path: Resource) -> Message:
        values = [Record((*path, 9), 97)] if path == (3, 0) else [Record((*path, 6046), False)]
        options = ((int(Option.OBSERVE), uint(self.number)), (int(Option.CONTENT_FORMAT), uint(112)))
        return Message(Type.ACK, Code.CONTENT, asked.mid, asked.token, options, encode_cbor(values))

    def notification(self, *records: Record, path: Resource = (3407, 0), type_: Type = Type.CON) -> Message:
        self.number += 1
        self.mid = self.mid + 1 & 0xFFFF
        options = ((int(Option.OBSERVE), uint(self.number)), (int(Option.CONTENT_FORMAT), uint(112)))
        return Message(type_, Code.CONTENT, self.mid, self.tokens[path], options, encode_cbor(list(records)))

    async def notifies(self, *records: Record, path: Resource = (3407, 0)) -> None:
        message = self.notification(*records, path=path)
        self.send(message)
        await self.acknowledged(message.mid)


def burning(on: bool = True) -> Record:
    return Record((3407, 0, 6046), on)
