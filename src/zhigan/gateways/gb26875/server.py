"""The gateway for GB/T 26875.3: listens on TCP and UDP, knows which link each device has, keeps clocks, polls, limits.

Enters: connections and datagrams. Leaves: signals (through links) to intake; orders to devices and how they ended. A
new link of an address replaces the old. All that depends on time happens in `sweep(now)`. Absent: bytes (protocols),
meaning (translate), the life of a command (`downlink`).
"""

import asyncio
import resource
import socket
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from zhigan.gateways.gb26875 import translate
from zhigan.gateways.gb26875.counts import Counts
from zhigan.gateways.gb26875.limits import Newcomers, Unproven
from zhigan.gateways.gb26875.links import Datagrams, Device, Link, Peer, Session
from zhigan.gateways.gb26875.meanings import MEANINGS, Meanings
from zhigan.gateways.gb26875.orders import Order
from zhigan.gateways.gb26875.terms import Directory, Outcome, Terms, duty_until
from zhigan.gateways.intake import NOBODY, Intake
from zhigan.protocols.gb26875 import TOLERANT, Command, Dialect, Frame, Object, Type, build, fast, times
from zhigan.protocols.gb26875.times import TimeForm
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Signal

BACKLOG: Final = 512
RECEIVE_BUFFER: Final = 32_768
"""Small: it is what one turn of the loop may bring, and what 5,000 devices cost the kernel."""
DATAGRAM_BUFFER: Final = 4 << 20
KEEPALIVE: Final = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4))
USER_TIMEOUT_MS: Final = 60_000
LOOK_EVERY: Final = 10 * SECOND
_DUTY_ANSWER: Final = 1 << 5
_NOBODY_ADDRESSES: Final = frozenset({"000000000000", "FFFFFFFFFFFF"})

_BY_FORM: Final = {
    form: Meanings(msgspec.structs.replace(TOLERANT, name=f"tolerant-{form}", time=form)) for form in TimeForm
}
_BY_FORM[TimeForm.BINARY] = MEANINGS[TOLERANT.name]


class Duty:
    """A duty check that was delivered: answered by the key on the device, or missed."""

    __slots__ = ("answered", "until")

    def __init__(self, until: int) -> None:
        self.until = until
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()


class Server:
    def __init__(self, intake: Intake, clock: Clock, directory: Directory, terms: Terms) -> None:
        self.terms = terms
        self.intake = intake
        self.clock = clock
        self.counts = Counts()
        self.devices: dict[str, Device] = {}
        self.sessions: set[Session] = set()
        self.unproven = Unproven(terms.unproven, terms.unproven_per_host)
        self._directory = directory
        self._newcomers = Newcomers(terms.unknown_per_host_hour)
        self._duties: dict[str, Duty] = {}
        self._busy: set[Device] = set()
        self._looked_at = 0
        self._stopping = False
        self._emptied = asyncio.Event()
        self._listener: asyncio.Server | None = None
        self._datagrams = Datagrams(self)
        self._udp: asyncio.DatagramTransport | None = None

    # Listening.

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listens on TCP and UDP at the same port; 0: the system chooses. Returns where."""
        loop = asyncio.get_running_loop()
        _allow_files()
        tcp = _tcp_socket(host, port)
        bound: tuple[str, int] = tcp.getsockname()[:2]
        try:
            udp = _udp_socket(host, bound[1])
        except OSError:
            tcp.close()
            raise
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self._datagrams, sock=udp)
        self._listener = await loop.create_server(lambda: Session(self), sock=tcp, backlog=BACKLOG)
        return bound

    async def run(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.sweep(self.clock.micros())

    async def stop(self) -> None:
        """Takes in nothing more. Devices will connect again; that the platform went is not their loss of link."""
        self._stopping = True
        self._emptied.clear()
        if self._udp is not None:
            self._udp.close()
        if self._listener is not None:
            self._listener.close()
        for session in tuple(self.sessions):
            session.close()
        if self.sessions:
            await self._emptied.wait()

    # What links ask (links.House).

    def opened(self, session: Session, now: int) -> None:
        self.counts.connections += 1
        self.sessions.add(session)
        evicted = self.unproven.add(session)
        if evicted is not None:
            self.counts.evicted += 1
            evicted.close()

    def claim(self, link: Link, frame: Frame, now: int) -> Device | None:
        address = frame.source
        device = self.devices.get(address)
        if device is not None and device.link is link:
            return device
        dialect = self._directory.dialect(address)
        if device is None:
            if dialect is None and not self._newcomers.allows(link.host, address, now):
                return None
            centre = self.terms.centre if frame.destination in _NOBODY_ADDRESSES else frame.destination
            device = self.devices[address] = Device(address, link, _meanings(dialect, frame, now), centre, now)
        else:
            self.counts.replaced += 1
            old, device.link = device.link, link
            self._leave(old, device)
        link.devices[address] = device
        if isinstance(link, Session):
            self.unproven.remove(link)
        self._tell(translate.made(address, now), now)
        self._sync(device, now)
        return device

    def dialect(self, address: str) -> Dialect | None:
        name = self._directory.dialect(address)
        return MEANINGS[name].dialect if name in MEANINGS else None

    def drifted(self, device: Device, frame: Frame, now: int) -> None:
        """The frame's label, read as binary, is not now: perhaps another form, perhaps a clock to be set."""
        form = device.meanings.dialect.time
        sent = times.decode(frame.label, form)
        near = sent is not None and abs(sent - now) <= self.terms.drift_seconds * SECOND
        if not near:
            device.wrong_at = now
        if not near and now - device.synced_at >= self.terms.resync_seconds * SECOND:
            self._sync(device, now)

    def operated(self, device: Device, adu: bytes, now: int) -> None:
        """Type 24: the key that answers a duty check has its own serial, so it is matched by device and time."""
        duty = self._duties.get(device.address)
        rows = fast.device_operations(adu)
        if duty is not None and rows and any(row[1] & _DUTY_ANSWER for row in rows):
            self._judge(device.address, duty, True, now)

    def left(self, link: Link) -> None:
        if isinstance(link, Session):
            self.sessions.discard(link)
            self.unproven.remove(link)
            if not self.sessions:
                self._emptied.set()
        elif isinstance(link, Peer):
            self._datagrams.peers.pop(link.address, None)
        now = self.clock.micros()
        for address, device in link.devices.items():
            if device.link is link:
                del self.devices[address]
                self._busy.discard(device)
                device.orders.drop()
                if not self._stopping:
                    self._tell(translate.lost(address, now), now)
        link.devices = {}

    # Orders to devices.

    def reachable(self, address: str) -> bool:
        return address in self.devices

    def clock_right(self, address: str, since: int) -> bool:
        """Has the device spoken since then, and with the right time?"""
        device = self.devices.get(address)
        return device is not None and device.heard_at >= since > device.wrong_at

    async def sync_clock(self, address: str) -> Outcome:
        return await self._order(address, Command.CONFIRM, self._build_sync)

    async def initialise(self, address: str) -> Outcome:
        return await self._order(
            address,
            Command.CONFIRM,
            lambda device: lambda serial, now: build.initialise(serial, device.centre, device.address, now),
        )

    async def request(self, address: str, wanted: Sequence[Object]) -> Outcome:
        """Command 4; what comes back goes the way of all signals."""
        return await self._order(
            address,
            Command.ANSWER,
            lambda device: (
                lambda serial, now: build.request(
                    serial, device.centre, device.address, now, wanted, device.meanings.dialect
                )
            ),
        )

    async def check_duty(self, address: str, minutes: int) -> tuple[Outcome, asyncio.Future[bool] | None]:
        """查岗: command 3 is only delivery (some firmware confirms and never asks); the future says if anybody came."""
        outcome = await self._order(
            address,
            Command.CONFIRM,
            lambda device: (
                lambda serial, now: build.check_duty(
                    serial, device.centre, device.address, now, minutes, device.meanings.dialect
                )
            ),
        )
        if outcome is not Outcome.DONE:
            return outcome, None
        return outcome, self.expect_key(address, minutes, self.clock.micros())

    def expect_key(self, address: str, minutes: int, since: int) -> asyncio.Future[bool]:
        """The key is waited for, also when another process asked for it before this one began."""
        earlier = self._duties.pop(address, None)
        if earlier is not None:
            earlier.answered.cancel()
        duty = self._duties[address] = Duty(duty_until(minutes, since))
        return duty.answered

    # Time.

    def sweep(self, now: int) -> None:
        for device in tuple(self._busy):
            device.orders.expire(now, self.terms)
            if device.orders.idle:
                self._busy.discard(device)
        for address, duty in tuple(self._duties.items()):
            if now >= duty.until:
                self._judge(address, duty, False, now)
        for stranger in self.unproven.overdue(now - self.terms.first_frame_seconds * SECOND):
            self.counts.strangers += 1
            stranger.close()
        for session in tuple(self.sessions):
            session.stale(now)
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            for device in tuple(self.devices.values()):
                self._look(device, now)

    def relearn(self) -> None:
        """The registry changed: devices may have been given another dialect."""
        for device in self.devices.values():
            name = self._directory.dialect(device.address)
            if name in MEANINGS:
                device.meanings = MEANINGS[name]

    def _look(self, device: Device, now: int) -> None:
        if now - device.heard_at >= self.terms.idle_seconds * SECOND:
            self.counts.idle += 1
            device.link.close()
        elif now - device.polled_at >= self.terms.poll_seconds * SECOND:
            device.polled_at = now
            self._give(device, Command.ANSWER, self._build_poll(device), now)
        elif now - device.synced_at >= self.terms.sync_seconds * SECOND:
            self._sync(device, now)

    def _judge(self, address: str, duty: Duty, answered: bool, now: int) -> None:
        del self._duties[address]
        self._tell(translate.duty(address, not answered, now), now)
        if not duty.answered.done():
            duty.answered.set_result(answered)

    def _leave(self, link: Link, device: Device) -> None:
        """The device speaks elsewhere now; a link that has no other one is of no more use."""
        link.devices.pop(device.address, None)
        if link.device is device:
            link.device = None
        if not link.devices:
            link.close()

    def _tell(self, signal: Signal, now: int) -> None:
        self.intake.offer(signal.address, (signal,), 0, NOBODY, None, now)

    def _sync(self, device: Device, now: int) -> None:
        device.synced_at = now
        self._give(device, Command.CONFIRM, self._build_sync(device), now)

    def _build_sync(self, device: Device) -> Callable[[int, int], bytes]:
        return lambda serial, now: build.sync_clock(serial, device.centre, device.address, now, device.meanings.dialect)

    def _build_poll(self, device: Device) -> Callable[[int, int], bytes]:
        return lambda serial, now: build.read_device(
            Type.READ_DEVICE_STATUS, serial, device.centre, device.address, now, device.meanings.dialect
        )

    def _give(self, device: Device, completes: Command, made: Callable[[int, int], bytes], now: int) -> Order:
        order = Order(made, completes)
        device.orders.give(order, now)
        self._busy.add(device)
        return order

    async def _order(
        self, address: str, completes: Command, make: Callable[[Device], Callable[[int, int], bytes]]
    ) -> Outcome:
        device = self.devices.get(address)
        if device is None:
            return Outcome.UNREACHABLE
        return await self._give(device, completes, make(device), self.clock.micros()).outcome


def _meanings(dialect: str | None, frame: Frame, now: int) -> Meanings:
    """The registered dialect; else the standard, with the form of time that the label shows (gb26875.md §9.3)."""
    if dialect and dialect in MEANINGS:
        return MEANINGS[dialect]
    return _BY_FORM[times.learn(frame.label, now) or TimeForm.BINARY]


def _allow_files() -> None:
    """A connection is an open file, and the usual 1,024 are a small district."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _tcp_socket(host: str, port: int) -> socket.socket:
    """Options that accepted connections inherit: half-open peers are found even when there is nothing to say."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        listening.setsockopt(socket.IPPROTO_TCP, option, value)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def _udp_socket(host: str, port: int) -> socket.socket:
    udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DATAGRAM_BUFFER)
    try:
        udp.bind((host, port))
    except OSError:
        udp.close()
        raise
    udp.setblocking(False)
    return udp
