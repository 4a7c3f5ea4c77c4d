"""DTLS 1.2 with pre-shared keys: sessions, one an address, in front of the CoAP door.

Enters: records at a UDP port of its own, keys by identity. Leaves: datagrams to the door with the identity that the
handshake proved; what the door answers goes back sealed. The library (python-mbedtls) is an optional extra, for it has
no wheel on every machine. A stranger costs nothing before it echoed a cookie. Absent: certificates.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Protocol, cast

import structlog

from zhigan.gateways.lwm2m.keys import Keys
from zhigan.gateways.lwm2m.model import Address
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.moments import HOUR, SECOND

SESSIONS_MAX: Final = 100_000
HANDSHAKES_MAX: Final = 2_000
HANDSHAKE: Final = 60 * SECOND
IDLE: Final = 48 * HOUR
SWEEP_S: Final = 2.0
RECORD_MAX: Final = 16_384
STEPS_MAX: Final = 32
_HANDSHAKE_RECORD: Final = 22
CIPHERS: Final = (
    "TLS-PSK-WITH-AES-128-CCM-8",
    "TLS-PSK-WITH-AES-128-CBC-SHA256",
    "TLS-PSK-WITH-AES-128-GCM-SHA256",
    "TLS-PSK-WITH-AES-256-GCM-SHA384",
)
_log = structlog.get_logger("gateways.lwm2m.dtls")


class Missing(Exception):
    """The library is not installed."""


class Door(Protocol):
    def received(self, data: bytes, address: Address, identity: str = "") -> None: ...


class _Asked(dict[str, bytes]):
    """What the library looks keys up in, within one step of one handshake: so it is known for whom."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self._keys = keys
        self.identity = ""

    def __contains__(self, identity: object) -> bool:
        return identity in self._keys.opened

    def __getitem__(self, identity: str) -> bytes:
        key = self._keys.opened[identity]
        self.identity = identity
        return key


class _Session:
    __slots__ = ("born", "buffer", "done", "heard_at", "identity")

    def __init__(self, buffer: Any, now: int) -> None:
        self.buffer = buffer
        self.identity = ""
        self.done = False
        self.born = now
        self.heard_at = now


class Dtls(asyncio.DatagramProtocol):
    """`start`, then `run()`; `send` is what the door answers through."""

    def __init__(self, door: Door, keys: Keys, clock: Clock, listen: Callable[[str, int], Any]) -> None:
        try:
            self._tls: Any = import_module("mbedtls.tls")
            self._error: Any = import_module("mbedtls.exceptions").TLSError
        except ImportError:
            raise Missing("ZHIGAN_COAPS needs the extra `dtls`: pip install 'zhigan119[dtls]'") from None
        self._door = door
        self._keys = keys
        self._clock = clock
        self._listen = listen
        self._asked = _Asked(keys)
        ciphers = tuple([name for name in CIPHERS if name in self._tls.ciphers_available()])
        configuration = self._tls.DTLSConfiguration(
            pre_shared_key_store=self._asked, validate_certificates=False, ciphers=ciphers
        )
        self._context = self._tls.ServerContext(configuration)
        self._sessions: dict[Address, _Session] = {}
        self._opening: dict[Address, _Session] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self.counts = {"handshakes": 0, "refused": 0, "broken": 0}

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    async def start(self, host: str, port: int) -> tuple[str, int]:
        self._keys.refresh()
        udp = self._listen(host, port)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=udp)
        bound: tuple[str, int] = udp.getsockname()[:2]
        return bound

    async def run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self._keys.refresh()
            self.sweep(self._clock.micros())

    async def stop(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def sweep(self, now: int) -> None:
        """Handshakes that nobody finished, sessions that nobody used, keys that were taken back."""
        opened = self._keys.opened
        for address in [a for a, s in self._opening.items() if now - s.born > HANDSHAKE]:
            del self._opening[address]
        for address in [a for a, s in self._sessions.items() if now - s.heard_at > IDLE or s.identity not in opened]:
            del self._sessions[address]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def error_received(self, exc: Exception) -> None:
        """A host said that nobody listens there; silence will tell the same."""

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        address = cast("Address", addr)
        now = self._clock.micros()
        beginning = len(data) > 12 and data[0] == _HANDSHAKE_RECORD and data[3:5] == b"\0\0"
        session = self._sessions.get(address)
        if session is None or beginning:
            session = self._opening.get(address) or self._open(address, beginning, now)
        if session is None:
            self.counts["broken"] += 1
            return
        session.heard_at = now
        try:
            session.buffer.receive_from_network(data)
            if session.done:
                self._read(session, address)
            else:
                self._shake(session, address)
        except self._error:
            self.counts["broken" if session.done else "refused"] += 1
            self._flush(session, address)
            if not session.done:
                self._opening.pop(address, None)

    def send(self, data: bytes, address: Address, identity: str) -> None:
        session = self._sessions.get(address)
        if session is not None and session.identity == identity:
            session.buffer.write(data)
            self._flush(session, address)

    def _open(self, address: Address, beginning: bool, now: int) -> _Session | None:
        if not beginning or len(self._sessions) >= SESSIONS_MAX:
            return None
        if len(self._opening) >= HANDSHAKES_MAX:
            del self._opening[next(iter(self._opening))]
        session = self._opening[address] = _Session(self._context.wrap_buffers(), now)
        session.buffer.setcookieparam(repr(address).encode())
        return session

    def _shake(self, session: _Session, address: Address) -> None:
        for _ in range(STEPS_MAX):
            self._asked.identity = ""
            try:
                session.buffer.do_handshake()
            except self._tls.HelloVerifyRequest:  # nothing is kept of who has not echoed its cookie
                self._flush(session, address)
                del self._opening[address]
                return
            except self._tls.WantReadError:
                self._flush(session, address)
                return
            except self._tls.WantWriteError:
                self._flush(session, address)
            finally:
                session.identity = self._asked.identity or session.identity
            self._flush(session, address)
            if session.buffer._handshake_state.name == "HANDSHAKE_OVER":
                self._opened(session, address)
                return

    def _opened(self, session: _Session, address: Address) -> None:
        """A device that began anew at the same address takes the place of its old session only now."""
        del self._opening[address]
        if session.identity:
            session.done = True
            self._sessions[address] = session
            self.counts["handshakes"] += 1
            self._read(session, address)

    def _read(self, session: _Session, address: Address) -> None:
        for _ in range(STEPS_MAX):
            try:
                data = session.buffer.read(RECORD_MAX)
            except self._tls.WantReadError:
                return
            if not data:
                return
            self._door.received(data, address, session.identity)

    def _flush(self, session: _Session, address: Address) -> None:
        """One record a datagram would be finer; a flight fits into one."""
        out: bytes = session.buffer.peek_outgoing(RECORD_MAX)
        if out and self._transport is not None:
            session.buffer.consume_outgoing(len(out))
            self._transport.sendto(out, address)
