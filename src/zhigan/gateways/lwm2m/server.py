"""The CoAP door: sockets, repeats, what devices notify, and our own requests to them.

Enters: datagrams over UDP, and out of DTLS sessions with the name they proved. Leaves: signals to intake; answers when
those are on disk; observations after a registration; answers of devices to who asked (downlink). All that depends on
time happens in `sweep(now)`. Absent: bytes (protocols), meaning (translate), what requests want (desk).
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

import structlog

from zhigan.gateways.intake import NOBODY, Intake
from zhigan.gateways.lwm2m import translate
from zhigan.gateways.lwm2m.book import Book
from zhigan.gateways.lwm2m.counts import Counts
from zhigan.gateways.lwm2m.desk import Desk, Receipt, Recognised
from zhigan.gateways.lwm2m.exchanges import Answer, Ask, Ending, Exchanges
from zhigan.gateways.lwm2m.model import GATEWAY, Address, Registration, read_token
from zhigan.gateways.lwm2m.observing import Observer
from zhigan.gateways.lwm2m.peers import AMPLIFICATION, Peer, Peers
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.gateways.lwm2m.translate import Source
from zhigan.protocols import coap
from zhigan.protocols.coap import Bodies, Code, Declined, Fault, Message, Request, Step, Type
from zhigan.protocols.lwm2m import Format, Path
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.conditions import URGENT
from zhigan.vocabulary.moments import MINUTE, SECOND
from zhigan.vocabulary.signals import Signal

RECEIVE_BUFFER: Final = 8 << 20
"""What a storm may bring while a commit takes its time."""
_SO_RCVBUFFORCE: Final = 33
"""Linux; Python has no name for it."""
SWEEP_S: Final = 0.25
LOOK_EVERY: Final = 10 * SECOND
LOST_AT_ONCE: Final = 2_000
AFTER_START: Final = 15 * MINUTE
"""Whoever should have updated while we were away has so long to do it."""
FRESH: Final = 128 * SECOND
_HALF: Final = 1 << 23
_URGENT: Final = int(URGENT)
_BLOCK1: Final = int(coap.Option.BLOCK1)
_ACK: Final = -1
"""A receipt's code: only the acknowledgement is owed."""
_log = structlog.get_logger("gateways.lwm2m")


class Secure(Protocol):
    """The DTLS side: sends to a peer of a session."""

    def send(self, data: bytes, address: Address, identity: str) -> None: ...


class Server:
    def __init__(self, intake: Intake, clock: Clock, terms: Terms, recognised: Recognised) -> None:
        self.intake = intake
        self.clock = clock
        self.terms = terms
        self.counts = Counts()
        self.book = Book()
        self.exchanges = Exchanges(self._send_to, terms)
        self.observer = Observer(self, terms)
        self.desk = Desk(self, recognised)
        self.peers = Peers(terms.peers, terms.stranger_burst)
        self.bodies = Bodies()
        self.secure: Secure | None = None
        self.wanted: frozenset[str] = frozenset()
        """Endpoints for which commands wait; `awake` is called when one of them speaks."""
        self.awake: Callable[[], None] = _nothing
        self._mid = 0
        self._started_at = clock.micros()
        self._looked_at = 0
        self._udp: asyncio.DatagramTransport | None = None

    # Listening.

    async def start(self, host: str, port: int) -> tuple[str, int]:
        udp = udp_socket(host, port)
        bound: tuple[str, int] = udp.getsockname()[:2]
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Socket(self), sock=udp)
        return bound

    async def run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep(self.clock.micros())

    async def stop(self) -> None:
        if self._udp is not None:
            self._udp.close()
            self._udp = None

    # What comes.

    def received(self, data: bytes, address: Address, identity: str = "") -> None:
        counts = self.counts
        counts.received += 1
        message = coap.decode(data)
        now = self.clock.micros()
        peer = self.peers.of(address, identity, now)
        peer.came += len(data)
        if isinstance(message, Fault):
            self._fault(peer, message, now)
        elif 0 < message.code < 32:
            self._request(peer, message, now)
        elif message.code:
            self._response(peer, message, now)
        else:
            self._empty(peer, message, now)

    def _fault(self, peer: Peer, fault: Fault, now: int) -> None:
        """A CON that cannot be read is reset; anything else is only counted."""
        self.counts.fault(fault.name)
        if fault.type == Type.CON and fault.mid >= 0 and self._allowed(peer, now):
            self._out(coap.empty(Type.RST, fault.mid), peer)

    def _request(self, peer: Peer, message: Message, now: int) -> None:
        known = peer.recent.get(message.mid)
        if known is not None:
            self.counts.repeats += 1
            if known:
                self._out(known, peer)
            return
        if message.type > Type.NON or not self._allowed(peer, now):
            return
        peer.begin(message.mid)
        try:
            request = coap.read(message)
        except Declined as declined:
            self.answer(peer, message, declined.code, declined.detail.encode())
            return
        payload = message.payload
        if request.block1 is not None and (request.block1.number or request.block1.more):
            whole = self._block(peer, message, request, now)
            if whole is None:
                return
            payload = whole
        self.desk.take(peer, message, request, payload, now)

    def _block(self, peer: Peer, message: Message, request: Request, now: int) -> bytes | None:
        block = request.block1
        if block is None:
            return message.payload
        key = (peer.address, peer.identity, request.path, request.queries)
        step, whole = self.bodies.take(key, block, message.payload, now)
        if step is Step.WHOLE:
            return whole
        code = {Step.CONTINUE: Code.CONTINUE, Step.INCOMPLETE: Code.INCOMPLETE, Step.TOO_LARGE: Code.TOO_LARGE}[step]
        self.answer(peer, message, code, b"", ((int(coap.Option.BLOCK1), block.write()),))
        return None

    def _empty(self, peer: Peer, message: Message, now: int) -> None:
        """A ping, an acknowledgement without an answer, a reset of something of ours."""
        if message.type == Type.CON:
            if self._allowed(peer, now):
                self._out(coap.empty(Type.RST, message.mid), peer)
            return
        registration = self._of(peer)
        if registration is None:
            return
        if message.type == Type.ACK:
            self.exchanges.acknowledged(registration, message.mid)
        else:
            self.exchanges.reset(registration, message.mid, now)

    def _response(self, peer: Peer, message: Message, now: int) -> None:
        if message.type == Type.CON or message.type == Type.NON:
            known = peer.recent.get(message.mid)
            if known is not None:
                self.counts.repeats += 1
                if known:
                    self._out(known, peer)
                return
            peer.begin(message.mid)
        named = read_token(message.token)
        registration = None if named is None else self.book.by_number.get(named[0])
        if registration is None:
            registration = self._of(peer)
        if named is None or registration is None or (registration.secure and registration.endpoint != peer.identity):
            self._unexplained(peer, message, None if named is None else named[1], now)
            return
        peer.proven = True
        self.heard(registration, peer, now)
        self._answered(peer, message, registration, named[1], now)

    def _answered(
        self, peer: Peer, message: Message, registration: Registration, path: Path | None, now: int
    ) -> None:  # fmt: skip
        """Of something we asked, or a notification."""
        try:
            request = coap.read(message)
        except Declined:
            self._acknowledge(peer, message)
            return
        ask = self.exchanges.of(message.token)
        payload: bytes | None = message.payload
        format_, observe = request.format, request.observe
        if ask is not None:
            answer = Answer(Ending.ANSWERED, message.code, format_, message.payload)
            answer.observing = observe >= 0
            whole = self.exchanges.answered(ask, answer, request.block2, now)
            payload = None if whole is None else whole.payload
            path = ask.path if ask.values else None
        elif request.block2 is not None and request.block2.more and path is not None:
            self._rest(registration, path, message, request, now)
            payload = None
        elif observe < 0:
            path = None  # an answer to what nobody waits for any more
        if payload is None or path is None or message.code >> 5 != 2:
            self._acknowledge(peer, message)
            return
        self._values(peer, message, registration, path, format_, observe, payload, now)

    def _values(
        self, peer: Peer, message: Message, registration: Registration, path: Path, format_: int, observe: int,
        payload: bytes, now: int,
    ) -> None:  # fmt: skip
        self.counts.notifications += 1
        stale = observe >= 0 and self._overtaken(registration, message.token, observe, now)
        read, error = self.desk.read(registration, _format(format_, path), path, payload, now)
        signals = read.signals
        if stale:  # what an earlier one had overtaken may still tell of a fire, but puts nothing back
            self.counts.stale += 1
            signals = [signal for signal in signals if signal.conditions & _URGENT]
        if not signals:
            self._acknowledge(peer, message)
            return
        if error is None and registration.memory.held:
            self.book.note(registration)
        identity = 0
        if message.type != Type.ACK:
            identity = translate.identity(
                registration.endpoint, message.token, message.mid.to_bytes(2, "big"), payload
            )  # fmt: skip
        self.offer(registration.endpoint, signals, identity, Receipt(peer, message, _ACK), now)

    def _rest(self, registration: Registration, path: Path, message: Message, request: Request, now: int) -> None:
        """A notification of more than one block: the others are fetched."""

        def done(answer: Answer) -> None:
            if answer.ending is Ending.ANSWERED and answer.code >> 5 == 2:
                at = self.clock.micros()
                read, _ = self.desk.read(
                    registration, _format(answer.format, path), path, message.payload + answer.payload, at
                )
                self.intake.offer(registration.endpoint, read.signals, 0, NOBODY, None, at)

        block = request.block2
        if block is None:
            return
        ask = Ask(registration, Code.GET, path, done)
        ask.options = ((int(coap.Option.BLOCK2), coap.Block(1, False, block.szx).write()),)
        ask.first = block.size
        self.exchanges.give(ask, now)

    def _unexplained(self, peer: Peer, message: Message, path: Path | None, now: int) -> None:
        """From nobody we know: it is reset, so that the device registers again; but a fire in it is kept and shown."""
        self.counts.strangers += 1
        signals: list[Signal] = []
        if path is not None and message.code >> 5 == 2 and self._allowed(peer, now):
            source = Source(GATEWAY, f"unregistered@{peer.address[0]}", "")
            signals = self.desk.urgent(source, message, path, now)
        if signals:
            identity = translate.identity(signals[0].address, message.token, message.payload)
            self.offer(signals[0].address, signals, identity, Receipt(peer, message, _ACK), now)
        elif message.type == Type.CON and self._allowed(peer, now):
            self._out(coap.empty(Type.RST, message.mid), peer)

    # What leaves.

    def answer(
        self, peer: Peer, message: Message, code: int, payload: bytes = b"", options: tuple[tuple[int, bytes], ...] = ()
    ) -> None:
        self._mid = self._mid + 1 & 0xFFFF
        if not options:  # the last piece of a body is answered with its number
            options = tuple([option for option in message.options if option[0] == _BLOCK1])
        if payload and not peer.proven and len(payload) > AMPLIFICATION * len(message.payload) + 16:
            payload = b""
        data = coap.reply(message, code, self._mid, options, payload)
        peer.done(message.mid, data)
        self.counts.answered += 1
        if code >= Code.BAD_REQUEST:
            self.counts.said_no(code)
        self._out(data, peer)

    def offer(self, source: str, read: list[Signal], identity: int, receipt: Receipt, now: int) -> None:
        """To intake; while it is crowded only what burns: the rest comes again, for it was not acknowledged."""
        if self.intake.crowded and not any(signal.conditions & _URGENT for signal in read):
            self.counts.let_go += 1
            receipt.peer.forget(receipt.message.mid)
            return
        if not read:
            self._tell(receipt)
            return
        for signal in read:
            signal.identity = identity  # on disk with it, so that a repeat is known after a restart too
        self.intake.offer(source, read, identity, self, receipt, now)

    def confirm(self, receipts: list[Any]) -> None:
        for receipt in cast("list[Receipt]", receipts):
            if receipt.then is not None:
                receipt.then()
            else:
                self._tell(receipt)

    def refuse(self, receipts: list[Any]) -> None:
        """Nothing was kept and nothing is said: the device sends again."""
        for receipt in cast("list[Receipt]", receipts):
            self.counts.refused += 1
            receipt.peer.forget(receipt.message.mid)

    def _tell(self, receipt: Receipt) -> None:
        if receipt.code == _ACK:
            self._acknowledge(receipt.peer, receipt.message)
        else:
            self.answer(receipt.peer, receipt.message, receipt.code, receipt.payload)

    def _acknowledge(self, peer: Peer, message: Message) -> None:
        if message.type == Type.CON:
            data = coap.empty(Type.ACK, message.mid)
            peer.done(message.mid, data)
            self._out(data, peer)

    def _send_to(self, registration: Registration, data: bytes) -> None:
        """Something of ours; to an address that never answered us no more than three times what came from it."""
        identity = registration.endpoint if registration.secure else ""
        peer = self.peers.find(registration.address, identity)
        if peer is None:
            peer = self.peers.of(registration.address, identity, self.clock.micros())
            peer.proven = True  # it was registered before we started, and answered then
        if not peer.may_hear(len(data)):
            self.counts.unguarded += 1
            return
        self._out(data, peer)

    def _out(self, data: bytes, peer: Peer) -> None:
        peer.went += len(data)
        if peer.identity:
            if self.secure is not None:
                self.secure.send(data, peer.address, peer.identity)
        elif self._udp is not None:
            self._udp.sendto(data, peer.address)

    # Who is there.

    def heard(self, registration: Registration, peer: Peer, now: int) -> None:
        """Its address is where it last spoke from; what waits for it is told."""
        registration.heard_at = now
        if registration.address != peer.address:
            self.book.move(registration, peer.address)
        if registration.endpoint in self.wanted:
            self.awake()
        if not registration.observed:
            self.observer.want(registration)

    def began(self, registration: Registration, now: int) -> None:
        self.heard(registration, self.peers.of(registration.address, _identity(registration), now), now)

    def ended(self, registration: Registration) -> None:
        self.exchanges.drop(registration)
        self.observer.forget(registration)

    def is_awake(self, registration: Registration, now: int) -> bool:
        return not registration.queue or now - registration.heard_at < self.terms.window_seconds * SECOND

    # Time.

    def sweep(self, now: int) -> None:
        self.exchanges.sweep(now)
        self.counts.timeouts = self.exchanges.timeouts
        self.observer.go_on(now)
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self.bodies.sweep(now)
            self._look(now)

    def _look(self, now: int) -> None:
        """Registrations that nobody renewed. Many at once are told bit by bit."""
        since = self._started_at if 0 <= now - self._started_at < AFTER_START else 0
        lost = [r for r in self.book.by_number.values() if now >= max(r.heard_at, since) + self._patience(r)]
        for registration in lost[:LOST_AT_ONCE]:
            self.counts.expired += 1
            self.ended(registration)
            self.book.drop(registration)
            signal = translate.gone(registration.endpoint, registration.type, "its registration ran out", now)
            self.intake.offer(registration.endpoint, (signal,), 0, NOBODY, None, now)

    def _patience(self, registration: Registration) -> int:
        return (registration.lifetime + max(self.terms.grace_seconds, registration.lifetime // 10)) * SECOND

    def _overtaken(self, registration: Registration, token: bytes, number: int, now: int) -> bool:
        """RFC 7641 §3.4."""
        if registration.sequences is None:
            registration.sequences = {}
        before = registration.sequences.get(token)
        if before is not None:
            last, at = before
            newer = last < number < last + _HALF or (last > number and last - number > _HALF)
            if not newer and last != number and now <= at + FRESH:
                return True
        registration.sequences[token] = (number, now)
        return False

    def _of(self, peer: Peer) -> Registration | None:
        if peer.identity:
            return self.book.by_endpoint.get(peer.identity)
        registration = self.book.by_address.get(peer.address)
        return None if registration is not None and registration.secure else registration

    def _allowed(self, peer: Peer, now: int) -> bool:
        """Strangers are bounded; whoever is registered, or proved itself, is not."""
        if peer.proven or self._of(peer) is not None:
            return True
        if peer.allows(now, self.terms.stranger_per_second, self.terms.stranger_burst):
            return True
        self.counts.throttled += 1
        return False


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, server: Server) -> None:
        self._server = server

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._server.received(data, cast("Address", addr))

    def error_received(self, exc: Exception) -> None:
        """A host said that nobody listens there; silence will tell the same."""


def _identity(registration: Registration) -> str:
    return registration.endpoint if registration.secure else ""


def _format(told: int, path: Path) -> int:
    """Where a device names no format, 1.0 means TLV for more than one value, text for one."""
    if told >= 0:
        return told
    return Format.TEXT if len(path) > 2 else Format.TLV


def _nothing() -> None:
    pass


def udp_socket(host: str, port: int) -> socket.socket:
    """An IPv6 address that stands for all hears IPv4 too."""
    udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        udp.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except OSError:  # without the right to it: as much as net.core.rmem_max allows
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if udp.family == socket.AF_INET6:
        udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    try:
        udp.bind((host, port))
    except OSError:
        udp.close()
        raise
    udp.setblocking(False)
    return udp
