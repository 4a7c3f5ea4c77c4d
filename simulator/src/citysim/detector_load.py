"""Registrations as fast as asked for: a carrier comes back, and all its detectors with it.

Enters: a `Storm`. Leaves: an `Outcome`; every device registers once, takes up what the centre observes, and burns when
told so. Thousands of devices speak from each address, as behind a NAT. Without asyncio: it shares two cores with what
it measures. Absent: judgement.
"""

import socket
import time
from typing import Final

import msgspec

from zhigan.protocols.coap import Code, Message, Option, Type, decode, encode, uint
from zhigan.protocols.lwm2m import Format, Record
from zhigan.protocols.lwm2m.senml import encode_cbor

ADDRESSES: Final = 200
TICK_S: Final = 0.0005
LOOK_S: Final = 0.5
PATIENCE_S: Final = 2.0
TRIES: Final = 6
AFTER_S: Final = 60.0
RECEIVE_BUFFER: Final = 1 << 20
LINKS: Final = b'</>;rt="oma.lwm2m",</3/0>,</3407/0>'
BURNING_MAX: Final = 500
_CONTENT: Final = (int(Option.CONTENT_FORMAT), uint(Format.SENML_CBOR))
_CALM: Final = {
    b"3407": encode_cbor([Record((3407, 0, 6046), False)]),
    b"3": encode_cbor([Record((3, 0, 9), 97)]),
}
_BURNS: Final = encode_cbor([Record((3407, 0, 6046), True)])


class Storm(msgspec.Struct, frozen=True):
    host: str
    port: int
    devices: int
    rate: float
    first: int = 0


class Outcome(msgspec.Struct):
    devices: int
    registered: int
    sent: int
    resent: int
    observed: int
    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float


class _Flying:
    __slots__ = ("at", "data", "tries")

    def __init__(self, data: bytes, at: float) -> None:
        self.data = data
        self.at = at
        self.tries = 1


class Registrants:
    """`step()` as often as possible until `over`; `burn()` when somebody is to."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.waits: list[float] = []
        self.observed = 0
        self.resent = 0
        self._sent = 0
        self._sockets = [self._socket() for _ in range(min(ADDRESSES, storm.devices))]
        self._mids = [0] * len(self._sockets)
        self._flying: dict[tuple[int, int], _Flying] = {}
        self._tokens: list[tuple[int, bytes]] = []
        self._begun = self._looked = time.perf_counter()

    @property
    def over(self) -> bool:
        storm = self.storm
        late = time.perf_counter() - self._begun > storm.devices / storm.rate + AFTER_S
        return len(self.waits) >= storm.devices or late

    def step(self) -> None:
        self._register()
        heard = [self._hear(n, one) for n, one in enumerate(self._sockets)]
        now = time.perf_counter()
        if now - self._looked > LOOK_S:
            self._looked = now
            self._again(now)
        if not any(heard):
            time.sleep(TICK_S)

    def burn(self) -> bool:
        """The detector that was observed first, and has not burned yet."""
        if not self._tokens:
            return False
        n, token = self._tokens.pop(0)
        options = ((int(Option.OBSERVE), uint(2)), _CONTENT)
        self._send(n, Message(Type.CON, Code.CONTENT, self._mid(n), token, options, _BURNS))
        return True

    def outcome(self) -> Outcome:
        took = time.perf_counter() - self._begun
        waits = sorted(self.waits) or [0.0]
        return Outcome(
            devices=self.storm.devices, registered=len(self.waits), sent=self._sent, resent=self.resent,
            observed=self.observed, seconds=round(took, 1), per_second=round(len(self.waits) / took),
            p50_ms=round(waits[len(waits) // 2] * 1000, 1), p99_ms=round(waits[int(len(waits) * 0.99)] * 1000, 1),
        )  # fmt: skip

    def close(self) -> None:
        for one in self._sockets:
            one.close()

    def _socket(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        made.connect((self.storm.host, self.storm.port))
        made.setblocking(False)
        return made

    def _mid(self, n: int) -> int:
        self._mids[n] = self._mids[n] + 1 & 0xFFFF
        return self._mids[n]

    def _register(self) -> None:
        storm = self.storm
        due = min(storm.devices, round((time.perf_counter() - self._begun) * storm.rate))
        while self._sent < due:
            n = self._sent % len(self._sockets)
            mid = self._mid(n)
            queries = (b"ep=storm%07d" % (storm.first + self._sent), b"lt=86400", b"lwm2m=1.1", b"b=U", b"Q")
            options = ((int(Option.URI_PATH), b"rd"), (int(Option.CONTENT_FORMAT), uint(Format.LINKS)))
            asked = tuple((int(Option.URI_QUERY), query) for query in queries)
            data = self._send(n, Message(Type.CON, Code.POST, mid, mid.to_bytes(2, "big"), (*options, *asked), LINKS))
            self._flying[n, mid] = _Flying(data, time.perf_counter())
            self._sent += 1

    def _hear(self, n: int, one: socket.socket) -> bool:
        heard = False
        try:
            while True:
                self._heard(n, one.recv(1500))
                heard = True
        except (BlockingIOError, ConnectionRefusedError):
            return heard

    def _heard(self, n: int, data: bytes) -> None:
        message = decode(data)
        if not isinstance(message, Message):
            return
        if message.code == Code.GET:
            self._observe(n, message)
        elif message.code == Code.CREATED:
            flying = self._flying.pop((n, message.mid), None)
            if flying is not None:
                self.waits.append(time.perf_counter() - flying.at)

    def _observe(self, n: int, message: Message) -> None:
        object_ = next((value for number, value in message.options if number == Option.URI_PATH), b"")
        options = ((int(Option.OBSERVE), b"\x01"), _CONTENT)
        self._send(n, Message(Type.ACK, Code.CONTENT, message.mid, message.token, options, _CALM.get(object_, b"")))
        self.observed += 1
        if object_ == b"3407" and len(self._tokens) < BURNING_MAX:
            self._tokens.append((n, message.token))

    def _again(self, now: float) -> None:
        for (n, _), flying in self._flying.items():
            if now - flying.at > PATIENCE_S * (1 << flying.tries - 1) and flying.tries < TRIES:
                flying.tries += 1
                self.resent += 1
                self._out(n, flying.data)

    def _send(self, n: int, message: Message) -> bytes:
        data = encode(message)
        self._out(n, data)
        return data

    def _out(self, n: int, data: bytes) -> None:
        try:
            self._sockets[n].send(data)
        except (BlockingIOError, ConnectionRefusedError):
            return  # lost on the way; it comes again


def run(storm: Storm) -> Outcome:
    registrants = Registrants(storm)
    while not registrants.over:
        registrants.step()
    registrants.close()
    return registrants.outcome()
