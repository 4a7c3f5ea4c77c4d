"""Stand-alone smoke detectors in flats: they speak LwM2M 1.1 over UDP, straight to the centre's CoAP port.

Enters: a city, a target. Leaves: registrations, updates, notifications; whatever the centre observes, reads or
silences. Now and then somebody's frying pan makes one of them sound. What is sent again is the same to the byte.
Absent: carriers, sleep (the city's detectors are awake, so that a command is seen to arrive) and DTLS.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final, cast

import msgspec

from citysim.city import City
from citysim.homes import LWM2M, Home
from zhigan.protocols.coap import Code, Message, Option, Type, decode, encode, uint
from zhigan.protocols.lwm2m import Format, Record
from zhigan.protocols.lwm2m.senml import encode_cbor

LIFETIME_S: Final = 3600
UPDATE_S: Final = 900.0
PAN_EVERY_S: Final = 600.0
SMOKE_S: Final = 60.0
PATIENCE_S: Final = 3.0
TRIES: Final = 5
LINKS: Final = b'</>;rt="oma.lwm2m";ct="110 112",</1/0>,</3/0>,</4/0>,</3338/0>,</3407/0>'
_CONTENT: Final = (int(Option.CONTENT_FORMAT), uint(Format.SENML_CBOR))
_REMEMBERED: Final = 8


class Lived(msgspec.Struct):
    """What the detectors of a city lived through."""

    registered: int = 0
    notified: int = 0
    acknowledged: int = 0
    resent: int = 0
    observed: int = 0
    silenced: int = 0


class Detector(asyncio.DatagramProtocol):
    def __init__(self, home: Home, lived: Lived, chance: random.Random) -> None:
        self.home = home
        self.lived = lived
        self.smoke = False
        self.sounding = False
        self.observers: dict[str, bytes] = {}
        """Object → token."""
        self._chance = chance
        self._place = ""
        self._mid = chance.randrange(0x10000)
        self._number = 1
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._answers: dict[int, bytes] = {}
        self._transport: asyncio.DatagramTransport | None = None

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
                await asyncio.sleep(UPDATE_S * self._chance.uniform(0.8, 1.0) if known else PATIENCE_S)
        finally:
            transport.close()

    async def turns(self, smoke: bool) -> None:
        """Its chamber: told to whoever observes it, until it is acknowledged."""
        self.smoke = self.sounding = smoke
        token = self.observers.get("3407")
        if token is not None:
            self._number += 1
            options = ((int(Option.OBSERVE), uint(self._number)), _CONTENT)
            self.lived.notified += 1
            answer = await self._ask(Message(Type.CON, Code.CONTENT, 0, token, options, self._values("3407")))
            self.lived.acknowledged += answer is not None

    async def _register(self) -> bool:
        queries = (f"ep={self.home.address}", f"lt={LIFETIME_S}", "lwm2m=1.1", "b=U")
        options = ((int(Option.URI_PATH), b"rd"), (int(Option.CONTENT_FORMAT), uint(Format.LINKS)))
        asked = tuple((int(Option.URI_QUERY), query.encode()) for query in queries)
        answer = await self._ask(Message(Type.CON, Code.POST, 0, self._token(), (*options, *asked), LINKS))
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
        return self._chance.randbytes(4)

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
        if message.code == Code.PUT and path == ["3338", "0", "5850"]:
            self.sounding = message.payload == b"1"
            self.lived.silenced += not self.sounding
            reply = msgspec.structs.replace(reply, code=Code.CHANGED)
        elif message.code == Code.GET and path == ["3338", "0", "5850"]:
            reply = msgspec.structs.replace(reply, code=Code.CONTENT, payload=b"1" if self.sounding else b"0")
        elif message.code == Code.GET and path and path[0] in ("3", "4", "3407"):
            reply = self._content(message, reply, path[0])
        return encode(reply)

    def _content(self, message: Message, reply: Message, object_: str) -> Message:
        options: tuple[tuple[int, bytes], ...] = (_CONTENT,)
        if any(number == Option.OBSERVE for number, _ in message.options):
            self.observers[object_] = message.token
            self.lived.observed += 1
            options = ((int(Option.OBSERVE), uint(self._number)), _CONTENT)
        return msgspec.structs.replace(reply, code=Code.CONTENT, options=options, payload=self._values(object_))

    def _values(self, object_: str) -> bytes:
        match object_:
            case "3":
                values = [
                    Record((3, 0, 0), "citysim"),
                    Record((3, 0, 1), "smoke"),
                    Record((3, 0, 9), round(self.home.battery)),
                ]
            case "4":
                values = [Record((4, 0, 2), self.home.rsrp)]
            case _:
                values = [Record((3407, 0, 6046), self.smoke), Record((3407, 0, 6044), self.home.battery)]
        return encode_cbor(values)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data)


class Detectors:
    """All of a city, and what happens to them."""

    def __init__(self, city: City, host: str, port: int, *, seed: int, pace: float, say: Callable[[str], None]) -> None:
        self.lived = Lived()
        self._chance = random.Random(seed)
        self._say = say
        self._pace = pace
        self._where = (host, port)
        self.all = [Detector(home, self.lived, self._chance) for home in city.homes_by(LWM2M)]

    async def live(self) -> None:
        async with asyncio.TaskGroup() as group:
            for detector in self.all:
                group.create_task(detector.run(*self._where))
            group.create_task(self._pans())

    async def _pans(self) -> None:
        """Somebody fries fish: one detector sounds for a minute. Grade II, and an end."""
        while self.all:
            await asyncio.sleep(self._chance.expovariate(1 / PAN_EVERY_S) / self._pace)
            detector = self._chance.choice(self.all)
            self._say(f"独立式感烟 detector: {detector.home.building}{detector.home.flat} {detector.home.address}")
            await detector.turns(True)
            await asyncio.sleep(SMOKE_S / self._pace)
            await detector.turns(False)
