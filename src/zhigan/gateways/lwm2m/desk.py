"""The requests that devices make: registering, updating, leaving, sending, and plain CoAP.

Enters: a request whose repeats are sorted out, its whole payload, who sent it. Leaves: signals to intake with the
answer as receipt, so that nothing is acknowledged that is not on disk; or an answer at once where nothing is kept.
Absent: sockets, our own requests (exchanges) and what devices notify (server).
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import msgspec

from zhigan.gateways.intake import Intake
from zhigan.gateways.lwm2m import translate
from zhigan.gateways.lwm2m.book import Book
from zhigan.gateways.lwm2m.counts import Counts
from zhigan.gateways.lwm2m.model import GATEWAY, PLAIN, Memory, Registration, type_of
from zhigan.gateways.lwm2m.peers import Peer
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.gateways.lwm2m.translate import Read, Source
from zhigan.protocols.carriers import Payload
from zhigan.protocols.coap import Code, Message, Option, Request
from zhigan.protocols.lwm2m import Format, FormatFault, LwM2MError, Registering, decode, parse, parse_path
from zhigan.vocabulary.conditions import URGENT
from zhigan.vocabulary.signals import Signal, SignalKind

PLAIN_PATH: Final = "t"
CORE_LINKS: Final = b'</rd>;rt="core.rd",</dp>,</t>;ct="0 42 50 110 112 11542"'
DEVICE_MAX: Final = 128
KNOWN_MAX: Final = 200_000
"""Plain devices whose units and models are remembered."""
_OWN_FORMATS: Final = frozenset({-1, Format.TEXT, Format.OPAQUE, Format.JSON})
_URGENT: Final = int(URGENT)

Recognised = Callable[[str, str, str], None]


class Receipt(NamedTuple):
    """What to say when it is durable. `then`: done first, for what else must be kept."""

    peer: Peer
    message: Message
    code: int
    payload: bytes = b""
    then: Callable[[], None] | None = None


class House(Protocol):
    """What the server holds."""

    intake: Intake
    counts: Counts
    terms: Terms
    book: Book

    def answer(
        self, peer: Peer, message: Message, code: int, payload: bytes = b"", options: tuple[tuple[int, bytes], ...] = ()
    ) -> None: ...

    def offer(self, source: str, read: list[Signal], identity: int, receipt: Receipt, now: int) -> None: ...

    def heard(self, registration: Registration, peer: Peer, now: int) -> None: ...

    def began(self, registration: Registration, now: int) -> None: ...

    def ended(self, registration: Registration) -> None: ...


class _Device:
    """A plain CoAP device: what was learnt of it."""

    __slots__ = ("hint", "memory")

    def __init__(self) -> None:
        self.hint = ""
        self.memory = Memory()


class Desk:
    def __init__(self, house: House, recognised: Recognised) -> None:
        self._house = house
        self._recognised = recognised
        self._plain: dict[str, _Device] = {}
        self._hints: dict[str, str] = {}

    def take(self, peer: Peer, message: Message, request: Request, payload: bytes, now: int) -> None:
        """By path and method."""
        match request.path, message.code:
            case ("rd",), Code.POST:
                self._register(peer, message, request, payload, now)
            case ("rd", place), Code.POST | Code.PUT:
                self._update(peer, message, request, payload, place, now)
            case ("rd", place), Code.DELETE:
                self._leave(peer, message, place, now)
            case ("dp",), Code.POST:
                self._send(peer, message, request, payload, now)
            case (first, device, *below), Code.POST | Code.PUT if first == PLAIN_PATH:
                self._post(peer, message, request, payload, device, below, now)
            case (".well-known", "core"), Code.GET:
                format_ = ((int(Option.CONTENT_FORMAT), b"\x28"),)
                self._house.answer(peer, message, Code.CONTENT, CORE_LINKS, format_)
            case ("rd" | "dp" | "t", *_), _:
                self._house.answer(peer, message, Code.METHOD_NOT_ALLOWED)
            case _:
                self._house.answer(peer, message, Code.NOT_FOUND)

    def read(
        self, registration: Registration, format_: int, base: tuple[int, ...], payload: bytes, now: int
    ) -> tuple[Read, LwM2MError | None]:
        """What a registered device says of its resources. What cannot be read is kept as it came, with its fault."""
        source = Source(GATEWAY, registration.endpoint, registration.type)
        read, error = self._records(source, registration.memory, format_, base, payload, now)
        if read.model and self._hints.get(registration.endpoint) != read.model:
            if len(self._hints) >= KNOWN_MAX:
                self._hints.clear()
            self._hints[registration.endpoint] = read.model
            self._recognised(GATEWAY, registration.endpoint, read.model)
        return read, error

    def urgent(self, source: Source, message: Message, path: tuple[int, ...], now: int) -> list[Signal]:
        """What burns in a notification of somebody whom nobody knows."""
        format_ = next((int.from_bytes(v, "big") for n, v in message.options if n == Option.CONTENT_FORMAT), Format.TLV)
        read, error = self._records(source, Memory(), format_, path, message.payload, now)
        return [] if error is not None else [s for s in read.signals if s.conditions & _URGENT]

    def _records(
        self, source: Source, memory: Memory, format_: int, base: tuple[int, ...], payload: bytes, now: int
    ) -> tuple[Read, LwM2MError | None]:
        try:
            return translate.translate(source, decode(format_, base, payload, now), memory, payload, now), None
        except LwM2MError as error:
            counts = self._house.counts.formats
            counts[error.fault] = counts.get(error.fault, 0) + 1
            kept = Signal(source.gateway, source.device, SignalKind.INFO, now, now, type=source.type)
            kept.text, kept.raw = str(error)[:200].replace("\0", ""), payload
            return Read([kept], broken=str(error)), error

    # Registration.

    def _register(self, peer: Peer, message: Message, request: Request, payload: bytes, now: int) -> None:
        house = self._house
        said = self._parsed(peer, message, request, payload)
        if said is None:
            return
        endpoint = said.endpoint or peer.identity
        if not endpoint or (peer.identity and endpoint != peer.identity):
            house.answer(peer, message, Code.FORBIDDEN if endpoint else Code.BAD_REQUEST, b"ep")
            return
        before = house.book.by_endpoint.get(endpoint)
        if before is None and len(house.book) >= house.terms.registrations:
            house.answer(peer, message, Code.UNAVAILABLE)
            return
        if before is not None and before.secure and not peer.identity:
            house.answer(peer, message, Code.FORBIDDEN, b"DTLS")
            return
        signal = translate.registered(endpoint, type_of(said.objects or ()), _told(said), payload, now)
        identity = translate.identity(endpoint, message.token, message.mid.to_bytes(2, "big"), payload)
        receipt = Receipt(peer, message, Code.CREATED, then=lambda: self._begin(peer, message, said, endpoint, now))
        house.offer(endpoint, [signal], identity, receipt, now)

    def _begin(self, peer: Peer, message: Message, said: Registering, endpoint: str, now: int) -> None:
        """Its sign of life is durable; now it is written into the book, then told."""
        house = self._house
        before = house.book.by_endpoint.get(endpoint)
        if before is not None:
            house.ended(before)
        registration = house.book.make(endpoint, peer.address, now)
        registration.secure = bool(peer.identity)
        _settle(registration, said)
        house.counts.registered += 1
        location = ((int(Option.LOCATION_PATH), b"rd"), (int(Option.LOCATION_PATH), registration.place.encode()))

        def kept(_: object) -> None:
            house.answer(peer, message, Code.CREATED, b"", location)
            house.began(registration, now)

        house.book.keep(registration).add_done_callback(kept)

    def _update(
        self, peer: Peer, message: Message, request: Request, payload: bytes, place: str, now: int
    ) -> None:  # fmt: skip
        house = self._house
        registration = self._at(peer, place)
        if registration is None:
            house.answer(peer, message, Code.NOT_FOUND)
            return
        said = self._parsed(peer, message, request, payload)
        if said is None:
            return
        house.counts.updated += 1
        house.heard(registration, peer, now)
        house.intake.seen(GATEWAY, registration.endpoint, now)
        objects = registration.objects
        changed = _settle(registration, said)
        if not changed:
            house.book.note(registration)
            house.answer(peer, message, Code.CHANGED)
            return

        def kept(_: object) -> None:
            house.answer(peer, message, Code.CHANGED)
            if registration.objects != objects:
                house.began(registration, now)

        house.book.keep(registration).add_done_callback(kept)

    def _leave(self, peer: Peer, message: Message, place: str, now: int) -> None:
        house = self._house
        registration = self._at(peer, place)
        if registration is None:
            house.answer(peer, message, Code.NOT_FOUND)
            return
        house.counts.deregistered += 1
        signal = translate.gone(registration.endpoint, registration.type, "deregistered", now)

        def then() -> None:
            house.ended(registration)
            house.book.drop(registration)
            house.answer(peer, message, Code.DELETED)

        house.offer(registration.endpoint, [signal], 0, Receipt(peer, message, Code.DELETED, then=then), now)

    def _parsed(self, peer: Peer, message: Message, request: Request, payload: bytes) -> Registering | None:
        try:
            return parse(request.queries, payload)
        except LwM2MError as error:
            counts = self._house.counts.formats
            counts[error.fault] = counts.get(error.fault, 0) + 1
            self._house.answer(peer, message, Code.BAD_REQUEST, str(error).encode()[:100])
            return None

    def _at(self, peer: Peer, place: str) -> Registration | None:
        """Whoever knows the place it was given; over DTLS only the one it was given to."""
        try:
            registration = self._house.book.by_number.get(int(place[:8], 16)) if place.isalnum() else None
        except ValueError:
            return None
        if registration is None or len(place) != 8:
            return None
        if registration.secure and peer.identity != registration.endpoint:
            return None
        return registration

    # Values.

    def _send(self, peer: Peer, message: Message, request: Request, payload: bytes, now: int) -> None:
        """LwM2M 1.1 Send: from a registered device; from an address that nobody has, only a fire is kept."""
        house = self._house
        house.counts.sends += 1
        registration = house.book.by_endpoint.get(peer.identity) or house.book.by_address.get(peer.address)
        if registration is None or (registration.secure and registration.endpoint != peer.identity):
            house.counts.strangers += 1
            self._from_nobody(peer, message, request.format, (), payload, now)
            return
        house.heard(registration, peer, now)
        read, error = self.read(registration, request.format, (), payload, now)
        identity = translate.identity(
            registration.endpoint, message.token, message.mid.to_bytes(2, "big"), payload
        )  # fmt: skip
        receipt = Receipt(peer, message, Code.CHANGED if error is None else _code(error), _words(error))
        house.offer(registration.endpoint, read.signals, identity, receipt, now)

    def _from_nobody(
        self, peer: Peer, message: Message, format_: int, base: tuple[int, ...], payload: bytes, now: int
    ) -> None:
        source = Source(GATEWAY, f"unregistered@{peer.address[0]}", "")
        read, error = self._records(source, Memory(), format_, base, payload, now)
        urgent = [signal for signal in read.signals if signal.conditions & _URGENT]
        if error is None and urgent:
            identity = translate.identity(source.device, message.token, message.mid.to_bytes(2, "big"), payload)
            self._house.offer(source.device, urgent, identity, Receipt(peer, message, Code.NOT_FOUND), now)
        else:
            self._house.answer(peer, message, Code.NOT_FOUND)

    def _post(
        self, peer: Peer, message: Message, request: Request, payload: bytes, device: str, below: list[str], now: int
    ) -> None:
        house = self._house
        house.counts.posts += 1
        if not _fit(device) or (peer.identity and peer.identity != device):
            house.answer(peer, message, Code.FORBIDDEN if peer.identity else Code.BAD_REQUEST)
            return
        known = self._plain.get(device)
        if known is None:
            if len(self._plain) >= KNOWN_MAX:
                self._plain.clear()
            known = self._plain[device] = _Device()
        read, error = self._plain_read(known, device, request.format, below, payload, now)
        if read.model and read.model != known.hint:
            known.hint = read.model
            self._recognised(PLAIN, device, read.model)
        identity = translate.identity(device, message.token, message.mid.to_bytes(2, "big"), payload)
        receipt = Receipt(peer, message, Code.CHANGED if error is None else _code(error), _words(error))
        house.offer(device, read.signals, identity, receipt, now)

    def _plain_read(
        self, known: _Device, device: str, format_: int, below: list[str], payload: bytes, now: int
    ) -> tuple[Read, LwM2MError | None]:
        source = Source(PLAIN, device, "")
        if format_ in _OWN_FORMATS and not below:
            return translate.own_payload(source, _payload(payload, format_), known.hint, now), None
        try:
            base = parse_path("/" + "/".join(below))
        except LwM2MError as error:
            return Read([], broken=str(error)), error
        return self._records(source, known.memory, max(format_, 0), base, payload, now)


def _payload(payload: bytes, format_: int) -> Payload:
    """A JSON object is read field by field; else it is bytes."""
    if format_ == Format.JSON or payload[:1] == b"{":
        try:
            msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Payload(raw=payload)
        return Payload(fields=payload)
    return Payload(raw=payload)


def _settle(registration: Registration, said: Registering) -> bool:
    """What a register or update tells; True where something is otherwise than before."""
    before = (registration.lifetime, registration.queue, registration.objects)
    if said.told_lifetime:
        registration.lifetime = said.lifetime
    if said.told_binding:
        registration.queue = said.queue
    if said.endpoint:
        registration.version = said.version
    if said.objects is not None and said.objects != registration.objects:
        registration.objects, registration.type = said.objects, type_of(said.objects)
        registration.observed = False
    return before != (registration.lifetime, registration.queue, registration.objects)


def _told(said: Registering) -> str:
    binding = said.binding + ("Q" if said.queue else "")
    return f"register lt={said.lifetime} lwm2m={said.version} b={binding}"


def _fit(device: str) -> bool:
    return 0 < len(device) <= DEVICE_MAX and device.isprintable() and not any(c.isspace() or c == "/" for c in device)


def _code(error: LwM2MError) -> Code:
    return Code.UNSUPPORTED_FORMAT if error.fault is FormatFault.UNKNOWN_FORMAT else Code.BAD_REQUEST


def _words(error: LwM2MError | None) -> bytes:
    return b"" if error is None else str(error).encode()[:100]
