"""Reader: a stream's bytes in, good frames and named faults out, in the order in which the stream decides them.

Every `@@` is a candidate; its length field says where it would end. Whichever candidate ends first is judged first,
so that a stray `@@`, which takes something else's bytes for its length, never holds back a complete good frame behind
it. Decisions depend on positions in the stream alone: byte-by-byte feeding gives what whole feeding gives. A good
frame ends all candidates inside it; one that began before it stays until its own end. After a loss of sync one
untrusted fault is reported and the rest is skipped in silence (counted in `skipped`) until a frame is right again.

Pending bytes never exceed one frame. Absent: time. The caller says `idle` when a half frame has waited long enough.
"""

from heapq import heappop, heappush
from typing import Literal

from zhigan.protocols.gb26875.dialects import TOLERANT, Checksum, Dialect
from zhigan.protocols.gb26875.frame import (
    ADDRESSES,
    ADU_LIMIT,
    COMMAND_AT,
    END,
    FRAME_LIMIT,
    HEAD,
    HEAD_SIZE,
    LENGTH_AT,
    OVERHEAD,
    START,
    Fault,
    FaultName,
    Frame,
    folded,
    read,
    sums_right,
)
from zhigan.protocols.gb26875.times import LABELS, TimeForm

Event = Frame | Fault
_HEX_DIGITS = frozenset(b"0123456789ABCDEFabcdef")
_TEXT_START = START.hex()
_BINARY = LABELS[TimeForm.BINARY]


class Reader:
    """One connection's receiving half. Of the dialect it knows the data unit's limit, the length's byte order and how
    strictly the checksum is taken; frames in hex text want a `TextReader` (`reader_for` chooses).
    """

    __slots__ = (
        "_buffer",
        "_checksum",
        "_limit",
        "_lost",
        "_order",
        "_pending",
        "_plain",
        "_scan",
        "_seen",
        "frames",
        "lenient",
        "skipped",
    )

    def __init__(self, dialect: Dialect = TOLERANT) -> None:
        self.frames = 0
        self.skipped = 0
        self.lenient = 0  # frames taken although their checksum was wrong
        self._limit = min(dialect.adu_limit, ADU_LIMIT)
        self._order: Literal["little", "big"] = "big" if dialect.big_endian_length else "little"
        self._checksum = dialect.checksum
        self._plain = self._order == "little" and self._checksum is Checksum.SUM
        self._buffer = b""
        self._pending: list[tuple[int, int]] = []  # candidates as (end, start), the first to end on top
        self._scan: int = 0  # from here on `@@` is still to be looked for
        self._seen: int = 0  # up to here every byte belongs to a frame, a fault, or a candidate
        self._lost = False

    @property
    def waiting(self) -> int:
        """Bytes of a frame that is not complete."""
        return len(self._buffer)

    @property
    def holding(self) -> bool:
        """Does a start mark, or a frame that began with one, wait for more?"""
        return bool(self._pending) or self._scan < len(self._buffer)

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes as they come; every event they decide."""
        self._buffer = self._buffer + data if self._buffer else bytes(data)
        events: list[Event] = []
        while self._buffer:
            if self._plain and not self._pending and not self._scan:
                at = self._run(self._buffer, events)
                if at:
                    self._buffer = self._buffer[at:]
            in_step = self._search(events)
            self._release()
            if not in_step:
                break
        return events

    def idle(self) -> list[Event]:
        """The peer has been silent for long, or is gone: what is pending will not be completed."""
        events: list[Event] = []
        buffer = self._buffer
        if buffer:
            first = min((start for _, start in self._pending), default=buffer.find(START, self._seen))
            if first < 0:
                self._lose(
                    events,
                    FaultName.BAD_START,
                    f"{min(len(buffer) - self._seen, FRAME_LIMIT)} bytes that begin no frame",
                    self._seen,
                )
            else:
                self._garbage(events, first)
                self._lose(events, FaultName.TRUNCATED, f"a frame broken off after {len(buffer) - first} bytes", first)
            self.skipped += len(buffer) - self._seen
        self._buffer = b""
        self._pending.clear()
        self._scan = self._seen = 0
        return events

    def _run(self, buffer: bytes, events: list[Event]) -> int:
        """The plain case at full speed: glued good frames with no `@@` inside. Returns where it stops being plain."""
        at, size, limit = 0, len(buffer), self._limit
        unpack, find, append = HEAD.unpack_from, bytes.find, events.append
        times, addresses = _BINARY, ADDRESSES
        while size - at >= OVERHEAD:
            start, serial, main, user, label, source, destination, length, command = unpack(buffer, at)
            stop = at + OVERHEAD + length
            if start != 0x4040 or length > limit or stop > size:
                break
            raw = buffer[at:stop]
            if raw[-2:] != END or find(raw, START, 1) > 0 or not sums_right(raw):
                break
            append(
                Frame(
                    serial,
                    main,
                    user,
                    label,
                    times[label],
                    addresses[source],
                    addresses[destination],
                    command,
                    raw[HEAD_SIZE:-3],
                    raw,
                )
            )
            at = stop
        if at:
            self.frames += len(events)
            self._lost = False
        return at

    def _search(self, events: list[Event]) -> bool:
        """Judge headers and ends in the order of the positions at which they become known; True when in step again."""
        buffer, size = self._buffer, len(self._buffer)
        while True:
            start = buffer.find(START, self._scan)
            if start < 0:
                self._scan = max(self._scan, size - 1 if buffer[-1:] == b"@" else size)
            known = start + HEAD_SIZE if start >= 0 else size + 1
            if self._pending and self._pending[0][0] < known:
                if self._pending[0][0] > size:
                    return False
                if self._judge_end(events) and not self._pending:
                    return True
            elif known <= size:
                self._judge_head(events, start)
            else:
                if start >= 0:
                    self._scan = start
                self._overflow(events)
                return False

    def _judge_head(self, events: list[Event], start: int) -> None:
        buffer = self._buffer
        length = int.from_bytes(buffer[start + LENGTH_AT : start + COMMAND_AT], self._order)
        self._scan = start + 1
        if length <= self._limit:
            if not self._pending:
                self._garbage(events, start)
            heappush(self._pending, (start + OVERHEAD + length, start))
        elif not self._pending:
            self._garbage(events, start)
            detail = f"data unit of {length} bytes; the limit is {self._limit}"
            head = buffer[start : start + HEAD_SIZE]
            if not self._lost:
                events.append(Fault(FaultName.BAD_LENGTH, detail, True, head))
                self._lost = True

    def _judge_end(self, events: list[Event]) -> bool:
        end, start = heappop(self._pending)
        raw = self._buffer[start:end]
        right = sums_right(raw[:-2] + END)
        if raw[-2:] == END and right:
            self._accept(events, start, end, read(raw))
            return True
        if raw[-2:] == END and self._tolerates(raw):
            self.lenient += 1
            self._accept(events, start, end, read(raw))
            return True
        if raw[-2:] == END:
            detail = f"checksum is {raw[-3]:02X}, the sum is {(sum(raw[2:-3])) & 255:02X}"
            self._trusted(events, end, Fault(FaultName.BAD_CHECKSUM, detail, True, raw))
        else:
            detail = f"ends with {raw[-2:].hex().upper()} where its length puts 2323"
            if right:
                self._trusted(events, end, Fault(FaultName.BAD_END, detail, True, raw))
            elif all(other > start for _, other in self._pending):
                self._lose(events, FaultName.BAD_END, detail, start)
        return False

    def _tolerates(self, raw: bytes) -> bool:
        """Is a wrong sum this dialect's habit?"""
        match self._checksum:
            case Checksum.SUM:
                return False
            case Checksum.SUM_OR_XOR:
                return folded(raw) == 0
            case Checksum.ANY:
                return True

    def _accept(self, events: list[Event], start: int, end: int, frame: Frame) -> None:
        """A right frame: candidates inside it were only its data."""
        events.append(frame)
        self.frames += 1
        self._lost = False
        if self._pending:
            self._pending = sorted(c for c in self._pending if c[1] < start)
        self._scan = max(self._scan, end)
        self._seen = max(self._seen, end)

    def _trusted(self, events: list[Event], end: int, fault: Fault) -> None:
        """Framed like a frame, wrong in one mark: reported at once. Its inside is still searched, one byte on."""
        events.append(fault)
        self._seen = max(self._seen, end)
        self._lost = True

    def _lose(self, events: list[Event], name: FaultName, detail: str, start: int) -> None:
        if not self._lost:
            events.append(Fault(name, detail, False, self._buffer[start : start + FRAME_LIMIT]))
            self._lost = True

    def _garbage(self, events: list[Event], upto: int) -> None:
        """Account for bytes before a candidate that began no frame."""
        count = upto - self._seen
        if count > 0:
            self._lose(events, FaultName.BAD_START, f"{min(count, FRAME_LIMIT)} bytes that begin no frame", self._seen)
            self.skipped += count
            self._seen = upto

    def _overflow(self, events: list[Event]) -> None:
        """Garbage without any start mark is reported a frame's length at a time, so that it costs no memory."""
        while not self._pending and self._scan - self._seen >= FRAME_LIMIT:
            self._garbage(events, self._seen + FRAME_LIMIT)

    def _release(self) -> None:
        """Forget bytes that nothing points to any more."""
        keep = min((start for _, start in self._pending), default=min(self._seen, self._scan))
        if keep:
            self.skipped += max(keep - self._seen, 0)
            self._buffer = self._buffer[keep:]
            self._scan -= keep
            self._seen = max(self._seen - keep, 0)
            self._pending = [(end - keep, start - keep) for end, start in self._pending]


class TextReader:
    """Frames written as hex digits (a maker's habit): same events as `Reader`, whose bytes are two digits each.

    Whatever is no hex digit separates; digits before a `4040` are skipped, so that a stray one cannot shift all that
    follows.
    """

    __slots__ = ("_digits", "_inner", "_stray")

    def __init__(self, dialect: Dialect = TOLERANT) -> None:
        self._inner = Reader(dialect)
        self._digits = ""
        self._stray = 0

    @property
    def waiting(self) -> int:
        return self._inner.waiting + len(self._digits) // 2

    @property
    def frames(self) -> int:
        return self._inner.frames

    @property
    def skipped(self) -> int:
        return self._inner.skipped + self._stray // 2

    def receive(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        for byte in data:
            if byte in _HEX_DIGITS:
                self._digits += chr(byte)
                self._take(events)
            else:
                self._stray += len(self._digits)
                self._digits = ""
        return events

    def idle(self) -> list[Event]:
        self._digits = ""
        return self._inner.idle()

    def _take(self, events: list[Event]) -> None:
        """Inside a frame every two digits are a byte; between frames a window of four waits for the start mark."""
        if self._inner.holding:
            if len(self._digits) == 2:
                events += self._inner.receive(bytes.fromhex(self._digits))
                self._digits = ""
        elif self._digits == _TEXT_START:
            events += self._inner.receive(START)
            self._digits = ""
        elif len(self._digits) == len(_TEXT_START):
            self._digits = self._digits[1:]
            self._stray += 1


def reader_for(dialect: Dialect) -> Reader | TextReader:
    return TextReader(dialect) if dialect.hex_text else Reader(dialect)
