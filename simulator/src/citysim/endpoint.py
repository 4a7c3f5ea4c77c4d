"""A device that speaks LwM2M 1.1 over UDP, straight to the centre's CoAP port: what all of a city's have in common.

Enters: an endpoint name, the links of its objects, a target; requests of the centre. Leaves: registrations, updates,
notifications of what is observed, answers. What is sent again is the same to the byte. Absent: what it measures and
what it does when it is written to (`values`, `takes`), sleep and DTLS.
"""

import asyncio
import random
from abc import ABC, abstractmethod
from typing import Final, cast

import msgspec

from zhigan.protocols.coap import Code, Message, Option, Type, decode, encode, uint
from zhigan.protocols.lwm2m import Format, Record
from zhigan.protocols.lwm2m.senml import encode_cbor

LIFETIME_S: Final = 3600
UPDATE_S: Final = 900.0
PATIENCE_S: Final = 3.0
TRIES: Final = 5
_CONTENT: Final = (int(Option.CONTENT_FORMAT), uint(Format.SENML_CBOR))
_REMEMBERED: Final = 8


class Lived(msgspec.Struct):
    """What the devices of a city lived through."""

    registered: int = 0
    notified: int = 0
    acknowledged: int = 0
    resent: int = 0
    observed: int = 0
    silenced: int = 0
    cut: int = 0


class Endpoint(ABC, asyncio.DatagramProtocol):
    def __init__(self, name: str, links: bytes, lived: Lived, chance: random.Random) -> None:
        self.name = name
        self.lived = lived
        self.observers: dict[str, bytes] = {}
        """Path as it was asked ("3407/0") → token."""
        self.chance = chance
        self._links = links
        self._place = ""
        self._mid = chance.randrange(0x10000)
        self._number = 1
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._answers: dict[int, bytes] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @abstractmethod
    def values(self, path: list[str]) -> list[Record]:
        """What stands at an object, an instance or a resource now; nothing: there is no such thing."""

    @abstractmethod
    def takes(self, path: list[str], payload: bytes) -> bool:
        """Written to; False: it cannot be."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there just now: silence tells the same."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = decode(data)
        if not isinstance(message, Message):
            return
        if message.is_request:
            self._serve(message)
        elif message.mid in self._waiting:
            waiting = self._waiting.pop(message.mid)
            if not waiting.done():
                waiting.set_result(message)

    async def run(self, host: str, port: int) -> None:
        """For as long as the city lives."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=(host, port))
        try:
            while True:
                known = await self._register() if not self._place else await self._update()
                await asyncio.sleep(UPDATE_S * self.chance.uniform(0.8, 1.0) if known else PATIENCE_S)
        finally:
            transport.close()

    async def tells(self, path: str) -> None:
        """To whoever observes it, until it is acknowledged."""
        token = self.observers.get(path)
        if token is None:
            return
        self._number += 1
        options = ((int(Option.OBSERVE), uint(self._number)), _CONTENT)
        self.lived.notified += 1
        told = encode_cbor(self.values(path.split("/")))
        answer = await self._ask(Message(Type.CON, Code.CONTENT, 0, token, options, told))
        self.lived.acknowledged += answer is not None

    async def _register(self) -> bool:
        queries = (f"ep={self.name}", f"lt={LIFETIME_S}", "lwm2m=1.1", "b=U")
        options = ((int(Option.URI_PATH), b"rd"), (int(Option.CONTENT_FORMAT), uint(Format.LINKS)))
        asked = tuple((int(Option.URI_QUERY), query.encode()) for query in queries)
        answer = await self._ask(Message(Type.CON, Code.POST, 0, self._token(), (*options, *asked), self._links))
        if answer is None or answer.code != Code.CREATED:
            return False
        self._place = [value.decode() for number, value in answer.options if number == Option.LOCATION_PATH][-1]
        self.lived.registered += 1
        return True

    async def _update(self) -> bool:
        path = ((int(Option.URI_PATH), b"rd"), (int(Option.URI_PATH), self._place.encode()))
        answer = await self._ask(Message(Type.CON, Code.POST, 0, self._token(), path))
        if answer is not None and answer.code == Code.NOT_FOUND:
            self._place = ""
        return answer is not None and answer.code == Code.CHANGED

    def _token(self) -> bytes:
        return self.chance.randbytes(4)

    async def _ask(self, message: Message) -> Message | None:
        """The same bytes again and again, ever later, until they are answered."""
        self._mid = self._mid + 1 & 0xFFFF
        mid = self._mid
        data = encode(msgspec.structs.replace(message, mid=mid))
        answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[mid] = answered
        for attempt in range(TRIES):
            self._send(data)
            self.lived.resent += attempt > 0
            done, _ = await asyncio.wait([answered], timeout=PATIENCE_S * (1 << attempt))
            if done:
                return answered.result()
        self._waiting.pop(mid, None)
        return None

    def _serve(self, message: Message) -> None:
        known = self._answers.get(message.mid)
        if known is None:
            known = self._answered(message)
            if len(self._answers) >= _REMEMBERED:
                del self._answers[next(iter(self._answers))]
            self._answers[message.mid] = known
        self._send(known)

    def _answered(self, message: Message) -> bytes:
        path = [value.decode() for number, value in message.options if number == Option.URI_PATH]
        reply = Message(Type.ACK, Code.NOT_FOUND, message.mid, message.token)
        if message.code == Code.PUT and self.takes(path, message.payload):
            reply = msgspec.structs.replace(reply, code=Code.CHANGED)
        elif message.code == Code.GET and path and (found := self.values(path)):
            reply = self._content(message, reply, path, found)
        return encode(reply)

    def _content(self, message: Message, reply: Message, path: list[str], found: list[Record]) -> Message:
        options: tuple[tuple[int, bytes], ...] = (_CONTENT,)
        if any(number == Option.OBSERVE for number, _ in message.options):
            self.observers["/".join(path)] = message.token
            self.lived.observed += 1
            options = ((int(Option.OBSERVE), uint(self._number)), _CONTENT)
        return msgspec.structs.replace(reply, code=Code.CONTENT, options=options, payload=encode_cbor(found))

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data)
