"""Links: what stands between a device and the city, a TCP connection or a UDP peer, and the frames that come over it.

Enters: bytes. Leaves: signals to intake, replies to orders, denials at once, confirmations only when intake says that
the frame is durable: one write a link and flush. A reply is never replied to. Absent: which link a device has and the
limits (server), decoding (protocols), meaning (translate).
"""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, Final, Protocol, cast

from zhigan.gateways.gb26875.counts import Counts
from zhigan.gateways.gb26875.meanings import Meanings
from zhigan.gateways.gb26875.orders import Orders
from zhigan.gateways.gb26875.terms import Terms
from zhigan.gateways.gb26875.translate import GATEWAY, identity, translate
from zhigan.gateways.intake import NOBODY, Intake
from zhigan.protocols.gb26875 import (
    Command,
    Dialect,
    Event,
    Fault,
    Frame,
    Reader,
    TextReader,
    Type,
    answer,
    build,
    confirm,
    deny,
    reader_for,
)
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.moments import SECOND

_SEND: Final = int(Command.SEND)
_ANSWER: Final = int(Command.ANSWER)
_OPERATED: Final = int(Type.DEVICE_OPERATION)
_DRIFT: Final = 5 * SECOND
_HEX_START: Final = ord("4")
"""A frame in hex text begins with 4040 in digits, a plain one with the byte 40."""
REPLIES: Final = frozenset({int(Command.CONFIRM), int(Command.DENY)})
REGISTER: Final = 0
USER_COMMANDS: Final = 128
WRITE_MAX: Final = 65_536
CROWD: Final = 1
RATE: Final = 2


class Device:
    """What is known of a source address while it has a link."""

    __slots__ = ("address", "centre", "heard_at", "link", "meanings", "orders", "polled_at", "synced_at", "wrong_at")

    def __init__(self, address: str, link: "Link", meanings: Meanings, centre: str, now: int) -> None:
        self.address = address
        self.link = link
        self.meanings = meanings
        self.orders = Orders(self.write)
        self.centre = centre
        self.heard_at = now
        self.polled_at = now
        self.synced_at = 0
        self.wrong_at = 0  # when its clock was last seen wrong

    def write(self, data: bytes) -> None:
        self.link.write(data)


class House(Protocol):
    """What a link asks of the server."""

    terms: Terms
    intake: Intake
    clock: Clock
    counts: Counts

    def claim(self, link: "Link", frame: Frame, now: int) -> Device | None:
        """The device of a frame's source, now over this link; None: not taken in for now (throttled)."""
        ...

    def dialect(self, address: str) -> Dialect | None:
        """The dialect that is registered for the address, if any."""
        ...

    def drifted(self, device: Device, frame: Frame, now: int) -> None: ...

    def operated(self, device: Device, adu: bytes, now: int) -> None: ...

    def opened(self, session: "Session", now: int) -> None: ...

    def left(self, link: "Link") -> None: ...


class Link(ABC):
    """Whoever speaks at the far end; mostly one device, with a communication server in between many."""

    __slots__ = ("device", "devices", "host", "house")

    def __init__(self, house: House, host: str) -> None:
        self.house = house
        self.host = host
        self.device: Device | None = None  # who spoke last
        self.devices: dict[str, Device] = {}

    @abstractmethod
    def write(self, data: bytes) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    def take(self, events: list[Event], now: int) -> None:
        house, device = self.house, self.device
        offer = house.intake.offer
        for event in events:
            if isinstance(event, Fault):
                self._fault(event, now)
                continue
            source = event.source
            if device is None or device.address != source:
                device = house.claim(self, event, now)
                if device is None:
                    house.counts.throttled += 1
                    continue
                self.device = device
            device.heard_at = now
            sent, adu = event.sent_at, event.adu
            if sent is None or not -_DRIFT <= sent - now <= _DRIFT:
                house.drifted(device, event, now)
            if event.command == _SEND and len(adu) > 2:
                known = identity(event)
                offer(source, translate(event, device.meanings, now, known), known, self, event, now)
                if adu[0] == _OPERATED:
                    house.operated(device, adu, now)
            else:
                self._rare(device, event, now)
        house.counts.frames += len(events)

    def confirm(self, receipts: list[Any]) -> None:
        """Durable: 确认, in the dialect's form."""
        frames = cast(list[Frame], receipts)
        now = self.house.clock.micros()
        self.write(b"".join([self._confirmation(frame, now) for frame in frames]))

    def refuse(self, receipts: list[Any]) -> None:
        """Not kept: silence, so that the device sends again."""
        del receipts

    def _confirmation(self, frame: Frame, now: int) -> bytes:
        device = self.device
        if device is None or device.meanings.plain:
            return confirm(frame, now)
        return answer(frame, now, device.meanings.dialect)

    def _fault(self, fault: Fault, now: int) -> None:
        self.house.counts.fault(fault.name)
        denial = deny(fault, now)
        if denial is not None:
            self.house.counts.denied += 1
            self.write(denial)

    def _rare(self, device: Device, frame: Frame, now: int) -> None:
        house, command, meanings = self.house, frame.command, device.meanings
        if command in REPLIES:
            house.intake.seen(GATEWAY, device.address, now)
            device.orders.replied(command, frame.serial, now, house.terms)
        elif command == _ANSWER:
            known = identity(frame)
            signals = translate(frame, meanings, now, known)
            house.intake.offer(device.address, signals, known, NOBODY, None, now)
            device.orders.replied(command, frame.serial, now, house.terms)
        elif (command == _SEND and not frame.adu) or meanings.heartbeat(command, frame.adu):
            house.counts.heartbeats += 1
            house.intake.seen(GATEWAY, device.address, now)
            self.write(answer(frame, now, meanings.dialect))
        elif command in (_SEND, REGISTER) or command >= USER_COMMANDS or command in meanings.dialect.commands:
            known = identity(frame)
            house.intake.offer(device.address, translate(frame, meanings, now, known), known, self, frame, now)
        elif command == Command.CONTROL and frame.type == Type.SYNC_CLOCK:
            # A device that asks for the time with the command that sets it (gb26875.md §6).
            device.synced_at = now
            self.write(build.sync_clock(frame.serial, frame.destination, device.address, now, device.meanings.dialect))
        else:
            house.counts.denied += 1
            denial = deny(frame, now, meanings.dialect)
            if denial is not None:
                self.write(denial)


class Session(Link, asyncio.Protocol):
    """A TCP connection."""

    __slots__ = ("_hex", "_paused", "_reader", "_spent", "_transport", "_window_at", "born", "heard_at", "received")

    def __init__(self, house: House) -> None:
        super().__init__(house, "")
        self.born: int = house.clock.micros()
        self.heard_at = self.born
        self.received = 0
        self._hex = False
        self._reader: Reader | TextReader = Reader()
        self._transport: asyncio.Transport | None = None
        self._paused = 0
        self._spent = 0
        self._window_at = self.born

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_MAX)
        peer: tuple[str, int] | None = transport.get_extra_info("peername")
        self.host = peer[0] if peer else ""
        self.house.opened(self, self.born)

    def data_received(self, data: bytes) -> None:
        house = self.house
        now = house.clock.micros()
        self.heard_at = now
        if not self.received and data[0] == _HEX_START:
            self._hex, self._reader = True, TextReader()
        self.received += len(data)
        events = self._reader.receive(data)
        if events:
            self.take(events, now)
            self._pace(len(events), now)
        if self.device is None and self.received > house.terms.first_frame_bytes and not self.devices:
            house.counts.strangers += 1
            self.close()
        if house.intake.crowded:
            self._pause(CROWD)
            house.intake.when_relieved(self._crowd_over)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.house.left(self)

    def pause_writing(self) -> None:
        """A peer that does not read what it is told: half open, or worse."""
        self.house.counts.deaf += 1
        self.close()

    def write(self, data: bytes) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write(data.hex().upper().encode() if self._hex else data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def stale(self, now: int) -> None:
        """A half frame has waited long enough for its rest."""
        if self._reader.waiting and now - self.heard_at >= self.house.terms.broken_seconds * SECOND:
            self.take(self._reader.idle(), now)

    def _fault(self, fault: Fault, now: int) -> None:
        """Some makers sum otherwise, which shows only when it is known whose frame it is: read it again their way."""
        dialect = self.house.dialect(fault.source) if fault.source and not self._hex else None
        if dialect is not None and (dialect.checksum != "sum" or dialect.big_endian_length):
            again = reader_for(dialect)
            frames = [event for event in again.receive(fault.raw) if isinstance(event, Frame)]
            if frames:
                self._reader = again
                self.take([*frames], now)
                return
        super()._fault(fault, now)

    def _pace(self, frames: int, now: int) -> None:
        if now - self._window_at >= SECOND:
            self._window_at = now
            self._spent = 0
        self._spent += frames
        if self._spent > self.house.terms.frames_per_second * max(1, len(self.devices)):
            self.house.counts.paced += 1
            self._pause(RATE)
            asyncio.get_running_loop().call_later((self._window_at + SECOND - now) / SECOND, self._rate_over)

    def _pause(self, reason: int) -> None:
        if not self._paused and self._transport is not None:
            self._transport.pause_reading()
        self._paused |= reason

    def _crowd_over(self) -> None:
        self._go_on(CROWD)

    def _rate_over(self) -> None:
        self._go_on(RATE)

    def _go_on(self, reason: int) -> None:
        if self._paused & reason:
            self._paused &= ~reason
            if not self._paused and self._transport is not None and not self._transport.is_closing():
                self._transport.resume_reading()


class Peer(Link):
    """A UDP endpoint. Datagrams cannot be held back: when intake is crowded they are let go, and come again."""

    __slots__ = ("_transport", "address")

    def __init__(self, house: House, transport: asyncio.DatagramTransport, address: tuple[str, int]) -> None:
        super().__init__(house, address[0])
        self._transport = transport
        self.address = address

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(data, self.address)

    def confirm(self, receipts: list[Any]) -> None:
        now = self.house.clock.micros()
        for frame in cast(list[Frame], receipts):
            self.write(self._confirmation(frame, now))

    def close(self) -> None:
        self.house.left(self)


class Datagrams(asyncio.DatagramProtocol):
    """The UDP socket: one datagram holds one or more frames (gb26875.md §9.8)."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._transport: asyncio.DatagramTransport | None = None
        self.peers: dict[tuple[str, int], Peer] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        house = self._house
        if house.intake.crowded:
            house.counts.let_go += 1
            return
        reader = Reader()
        events = [*reader.receive(data), *reader.idle()]
        address = (str(addr[0]), int(addr[1]))
        peer = self.peers.get(address)
        if peer is None and self._transport is not None:
            peer = Peer(house, self._transport, address)
        if peer is not None:
            peer.take(events, house.clock.micros())
            if peer.devices:
                self.peers[address] = peer

    def error_received(self, exc: Exception) -> None:
        """A peer's host said that nobody listens there; silence will tell the same."""
