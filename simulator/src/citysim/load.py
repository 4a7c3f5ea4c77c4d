"""Measured pressure: many devices on TCP lines in one thread, confirmations counted, latencies taken.

Enters: a `Plan`. Leaves: a `Report`. A frame counts as taken when its confirmation came over the socket, because that
is all a device ever knows. When the centre dies the lines come back by themselves and what was unconfirmed is sent
again, byte for byte. Built on epoll without asyncio: it shares two cores with what it measures. Absent: UDP, and any
judgement.
"""

import resource
import select
import socket
import time
from collections import deque
from collections.abc import Callable

import msgspec

from citysim.city import address_of
from citysim.clock import micros
from citysim.load_frames import CENTRE, Kind, Source
from citysim.panel import NORMAL
from zhigan.protocols import gb26875 as gb
from zhigan.protocols.gb26875 import build

CONFIRM_SIZE, COMMAND_AT = 30, 26
HEAD, LENGTH_AT = 27, 24
RECEIVE = 1 << 18
BLOCK = 32
TICK_S = 0.002
RECONNECT_S = 0.25
SEND_BUFFER_BOUND = 1 << 20
SPARE_FILES = 64
GREETING_SERIAL = 0xFFFF
OPEN_S = 60.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: int
    kind: Kind = Kind.STATUS
    connections: int = 50
    first: int = 1
    """Number of the first device; a plan's devices are numbered on from there."""
    seed: int = 7
    points: int = 20
    rate: float = 0.0
    """Frames a second over all lines; 0: as fast as they are confirmed."""
    burst: int = 16
    """Frames that a line sends at once when a rate is given."""
    window: int = 512
    """Frames a line may have unconfirmed."""
    frames: int = 0
    """Frames a line sends in all; 0: no end."""
    seconds: float = 10.0
    drain_s: float = 15.0
    greet: bool = False
    """Each line says that it is there (type 21) before anything else, as devices do; not counted as load."""
    resend: int = 0
    """At the end every line sends its last so many frames again."""

    def address(self, line: int) -> str:
        return address_of(self.seed, self.first + line)


class Report(msgspec.Struct, kw_only=True):
    """One run as one JSON object."""

    kind: Kind
    connections: int
    seconds: float
    sent: int
    confirmed: int
    unconfirmed: int
    resent: int
    denied: int
    broken: int
    frames_per_s: float
    values_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class Line:
    """One device's connection. Frames sent and not confirmed are kept, oldest first, to be sent again."""

    def __init__(self, source: Source, keep: int, limit: int) -> None:
        self.source = source
        self.sock: socket.socket | None = None
        self.out = b""
        self.blocked = False
        """Whether the socket is watched for room to send."""
        self.carry = b""
        self.sent = 0
        self.confirmed = 0
        self.denied = 0
        self.limit = limit
        self.flying: dict[int, bytes] = {}
        """Serial → frame, in the order of sending."""
        self.waiting: deque[tuple[int, float]] = deque()
        """Per block: how many confirmations complete it, and when it was sent."""
        self.last: deque[bytes] = deque(maxlen=keep)
        self.marks: set[int] = set()
        """Serials confirmed."""
        self.greeted = False

    @property
    def room(self) -> int:
        return self.limit - self.sent if self.limit else 1 << 30

    def fill(self, count: int, moment: float) -> int:
        """Build the next frames and put them on the line; returns how many."""
        count = min(count, self.room)
        if count <= 0:
            return 0
        serial = self.source.next_serial
        frames = self.source.block(count, micros())
        for n, frame in enumerate(frames):
            self.flying[(serial + n) & 0xFFFF] = frame
        self.last.extend(frames)
        self.sent += count
        self.waiting.append((self.confirmed + len(self.flying), moment))
        self.out += b"".join(frames)
        return count

    def again(self, frames: list[bytes]) -> None:
        self.out += b"".join(frames)

    def take(self, data: bytes) -> list[bytes]:
        """Count confirmations at full speed; what is something else comes back as whole frames of the centre."""
        if self.carry:
            data, self.carry = self.carry + data, b""
        count, rest = divmod(len(data), CONFIRM_SIZE)
        if not rest and data[::CONFIRM_SIZE] == b"@" * count and data[COMMAND_AT::CONFIRM_SIZE] == b"\x03" * count:
            self._confirm(data[2::CONFIRM_SIZE], data[3::CONFIRM_SIZE])
            return []
        return self._take_slowly(data)

    def _confirm(self, lows: bytes, highs: bytes) -> None:
        flying, marks = self.flying, self.marks
        for low, high in zip(lows, highs, strict=True):
            serial = high << 8 | low
            if flying.pop(serial, None) is not None:
                self.confirmed += 1
                marks.add(serial)
            elif serial == GREETING_SERIAL:
                self.greeted = True

    def _take_slowly(self, data: bytes) -> list[bytes]:
        others: list[bytes] = []
        at = 0
        while len(data) - at >= HEAD:
            size = CONFIRM_SIZE + int.from_bytes(data[at + LENGTH_AT : at + LENGTH_AT + 2], "little")
            if len(data) - at < size:
                break
            frame = data[at : at + size]
            match frame[COMMAND_AT]:
                case 3:
                    self._confirm(frame[2:3], frame[3:4])
                case 6:
                    self.denied += 1
                case _:
                    others.append(frame)
            at += size
        self.carry = data[at:]
        return others


class Load:
    """All lines of a plan. `open`, then `run` as often as wanted, `resend`, `report`, `close`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lines = [
            Line(Source(plan.address(n), plan.kind, plan.points), plan.resend, plan.frames)
            for n in range(plan.connections)
        ]
        self.sent = 0
        self.resent = 0
        self.broken = 0
        self._epoll = select.epoll()
        self._by_file: dict[int, Line] = {}
        self._lost: list[Line] = []
        self._next_try = 0.0
        self._latencies: list[tuple[float, int]] = []
        self._seconds = 0.0
        self._turn = 0
        allow_files(plan.connections)

    def __enter__(self) -> "Load":
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def confirmed(self) -> int:
        return sum(line.confirmed for line in self.lines)

    def open(self) -> None:
        """Connect every line; with greetings, return when every one was answered (or after a minute)."""
        for line in self.lines:
            self._connect(line)
        end = time.perf_counter() + OPEN_S
        while self.plan.greet and time.perf_counter() < end and not all(line.greeted for line in self.lines):
            self._turn_once(0.02)

    def close(self) -> None:
        for line in self.lines:
            if line.sock:
                line.sock.close()
                line.sock = None
        self._by_file.clear()
        self._epoll.close()

    def run(self, seconds: float | None = None, until: Callable[[], bool] | None = None) -> None:
        """Send for so long, or until the condition holds or every line has sent its frames; then wait for the rest."""
        plan = self.plan
        began = time.perf_counter()
        end = began + (plan.seconds if seconds is None else seconds)
        begun_with = self.sent
        fed = 0.0
        while (moment := time.perf_counter()) < end and not (until and until()):
            if plan.rate and moment - fed < TICK_S:
                pass
            elif plan.rate:
                fed = moment
                self._feed_at_rate(moment, int((moment - began) * plan.rate) + 1 - (self.sent - begun_with))
            else:
                self._feed_to_window(moment)
            self._turn_once(TICK_S)
            if plan.frames and all(line.room <= 0 for line in self.lines):
                break
        self.drain(plan.drain_s)
        self._seconds += time.perf_counter() - began

    def drain(self, seconds: float) -> bool:
        """Wait until everything sent is confirmed; False when time ran out first."""
        end = time.perf_counter() + seconds
        while any(line.flying for line in self.lines):
            if time.perf_counter() >= end:
                return False
            self._turn_once(0.02)
        return True

    def resend(self, last: int) -> int:
        """Every line sends its last frames again, byte for byte, confirmed or not; returns how many frames that was."""
        count = 0
        for line in self.lines:
            frames = list(line.last)[-last:]
            line.again(frames)
            count += len(frames)
            self._push(line)
        self.resent += count
        for _ in range(50):
            self._turn_once(0.02)
        return count

    def report(self) -> Report:
        took = max(self._seconds, 1e-9)
        ordered = sorted(self._latencies)
        confirmed = self.confirmed
        return Report(
            kind=self.plan.kind,
            connections=len(self.lines),
            seconds=round(took, 3),
            sent=self.sent,
            confirmed=confirmed,
            unconfirmed=sum(len(line.flying) for line in self.lines),
            resent=self.resent,
            denied=sum(line.denied for line in self.lines),
            broken=self.broken,
            frames_per_s=round(confirmed / took, 1),
            values_per_s=round(confirmed * self.plan.kind.values / took, 1),
            p50_ms=_percentile(ordered, 0.50),
            p95_ms=_percentile(ordered, 0.95),
            p99_ms=_percentile(ordered, 0.99),
            max_ms=_percentile(ordered, 1.0),
        )

    def _feed_at_rate(self, moment: float, due: int) -> None:
        """The lines take turns; each gets a small burst, so that a high rate does not cost a system call a frame."""
        for _ in range(len(self.lines)):
            if due <= 0:
                return
            line = self.lines[self._turn % len(self.lines)]
            self._turn += 1
            if line.sock and len(line.flying) < self.plan.window * 4:
                count = line.fill(min(self.plan.burst, due), moment)
                self.sent += count
                due -= count
                self._push(line)

    def _feed_to_window(self, moment: float) -> None:
        for line in self.lines:
            if line.sock and len(line.flying) <= self.plan.window - BLOCK and len(line.out) < SEND_BUFFER_BOUND:
                self.sent += line.fill(BLOCK, moment)
                self._push(line)

    def _turn_once(self, wait: float) -> None:
        """One look at the sockets."""
        for file, what in self._epoll.poll(wait):
            line = self._by_file.get(file)
            if line is None:
                continue
            if what & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self._pull(line)
            if what & select.EPOLLOUT and line.sock:
                self._push(line)
        if self._lost and time.perf_counter() >= self._next_try:
            self._next_try = time.perf_counter() + RECONNECT_S
            lost, self._lost = self._lost, []
            for line in lost:
                self._connect(line)

    def _connect(self, line: Line) -> None:
        """A line comes up; what it has unconfirmed goes first, byte for byte."""
        try:
            sock = socket.create_connection((self.plan.host, self.plan.port), timeout=5)
        except OSError:
            self._lost.append(line)
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sock = sock
        line.carry = b""
        line.blocked = False
        line.out = (greeting(line.source.address) if self.plan.greet else b"") + b"".join(line.flying.values())
        self.resent += len(line.flying)
        self._by_file[sock.fileno()] = line
        self._epoll.register(sock, select.EPOLLIN)
        self._push(line)

    def _push(self, line: Line) -> None:
        sock = line.sock
        if not sock or not line.out:
            return
        try:
            line.out = line.out[sock.send(line.out) :]
        except BlockingIOError:
            pass
        except OSError:
            self._break(line)
            return
        if line.blocked != bool(line.out):
            line.blocked = bool(line.out)
            self._epoll.modify(sock, select.EPOLLIN | select.EPOLLOUT if line.blocked else select.EPOLLIN)

    def _pull(self, line: Line) -> None:
        sock = line.sock
        if not sock:
            return
        try:
            data = sock.recv(RECEIVE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._break(line)
            return
        for frame in line.take(data):
            self._reply(line, frame)
        moment = time.perf_counter()
        while line.waiting and line.waiting[0][0] <= line.confirmed:
            _, sent_at = line.waiting.popleft()
            self._latencies.append((moment - sent_at, 1))

    def _reply(self, line: Line, raw: bytes) -> None:
        """The centre asks something: a loaded device confirms controls and has nothing to answer."""
        frame = gb.parse(raw)
        if isinstance(frame, gb.Frame):
            answer = gb.confirm(frame, micros()) if frame.command == gb.Command.CONTROL else gb.deny(frame, micros())
            line.out += answer or b""
            self._push(line)

    def _break(self, line: Line) -> None:
        if line.sock:
            self._by_file.pop(line.sock.fileno(), None)
            line.sock.close()
            line.sock = None
            self.broken += 1
            self._lost.append(line)


def greeting(address: str) -> bytes:
    now = micros()
    return build.upload(GREETING_SERIAL, address, CENTRE, now, [gb.DeviceStatus(NORMAL, now)])


def _percentile(ordered: list[tuple[float, int]], share: float) -> float:
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))][0] * 1000, 3)


def allow_files(count: int) -> None:
    """Raise this process's own limit of open files as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES
    if soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted, hard)
        )


def run(plan: Plan) -> Report:
    """One plan from connecting to the report."""
    with Load(plan) as load:
        load.run()
        if plan.resend:
            load.resend(plan.resend)
        return load.report()
