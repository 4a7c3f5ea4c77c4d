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
    parse,
    read,
    sums_right,
)
from zhigan.protocols.gb26875.times import LABELS

Event = Frame | Fault
_HEX_DIGITS = {ord(c): int(c, 16) for c in "0123456789ABCDEFabcdef"}


class Reader:
    """One connection's receiving half. Of the dialect it knows the data unit's limit, the length's byte order and how
    strictly the checksum is taken; frames in hex text want a `TextReader` (`reader_for` chooses).
    """

    __slots__ = (
        "_buffer",
        "_checksum",
        "_form",
        "_held",
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
        self._order: Literal["little", "big"] = dialect.length_order
        self._checksum = dialect.checksum
        self._form = dialect.time
        self._plain = self._order == "little" and self._checksum is Checksum.SUM
        self._buffer = b""
        self._pending: list[tuple[int, int]] = []  # candidates as (end, start), the first to end on top
        self._scan: int = 0  # from here on `@@` is still to be looked for
        self._seen: int = 0  # up to here every byte belongs to a frame, a fault, or a candidate
        self._held: list[tuple[int, Fault]] = []  # trusted faults inside a candidate that may yet prove right
        self._lost = False

    @property
    def waiting(self) -> int:
        """Bytes of a frame that is not complete."""
        return len(self._buffer)

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes as they come; every event they decide."""
        self._buffer = self._buffer + data if self._buffer else bytes(data)
        events: list[Event] = []
        while self._buffer:
            if self._plain and not self._pending and not self._scan:
                at = self._run(self._buffer, events)
                if at:
                    self._buffer = self._buffer[at:]
                    self._seen = max(self._seen - at, 0)
                    if not self._buffer:
                        break
            in_step = self._search(events)
            self._release()
            if not in_step:
                break
        return events

    def idle(self) -> list[Event]:
        """The peer has been silent for long, or is gone: what is pending will not be completed."""
        events: list[Event] = []
        size = len(self._buffer)
        first = min((start for _, start in self._pending), default=self._buffer.find(START, self._scan))
        if first >= 0:
            self._garbage(events, first)
            self._lose(events, FaultName.TRUNCATED, f"a frame broken off after {size - first} bytes", first, size)
        else:
            self._garbage(events, size)
        self.skipped += size - self._seen
        self._buffer = b""
        self._pending.clear()
        self._let_go(events)
        self._scan = self._seen = 0
        self._lost = False
        return events

    def _run(self, buffer: bytes, events: list[Event]) -> int:
        """The plain case at full speed: glued good frames with no `@@` inside. Returns where it stops being plain."""
        at, size, limit, before = 0, len(buffer), self._limit, len(events)
        unpack, find, append = HEAD.unpack_from, bytes.find, events.append
        times, addresses = LABELS[self._form], ADDRESSES
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
            self.frames += len(events) - before
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
                right = self._judge_end(events)
                self._let_go(events)
                if right and not self._pending:
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
            self._accept(events, start, end, read(raw, self._form))
            return True
        if raw[-2:] == END and self._tolerates(raw):
            self.lenient += 1
            self._accept(events, start, end, read(raw, self._form))
            return True
        if raw[-2:] == END:
            detail = f"checksum is {raw[-3]:02X}, the sum is {(sum(raw[2:-3])) & 255:02X}"
            self._trusted(start, end, Fault(FaultName.BAD_CHECKSUM, detail, True, raw))
        else:
            detail = f"ends with {raw[-2:].hex().upper()} where its length puts 2323"
            if right:
                self._trusted(start, end, Fault(FaultName.BAD_END, detail, True, raw))
            elif all(other > start for _, other in self._pending):
                self._lose(events, FaultName.BAD_END, detail, start, end)
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
        if self._held:
            self._held = [h for h in self._held if h[0] < start or h[0] >= end]
        self._scan = max(self._scan, end)
        self._seen = max(self._seen, end)

    def _trusted(self, start: int, end: int, fault: Fault) -> None:
        """Framed like a frame, wrong in one mark: worth telling the peer. Its inside is still searched, one byte on."""
        self._held.append((start, fault))
        self._seen = max(self._seen, end)
        self._lost = True

    def _let_go(self, events: list[Event]) -> None:
        """Report held faults that no candidate encloses any more."""
        while self._held and all(start > self._held[0][0] for _, start in self._pending):
            events.append(self._held.pop(0)[1])

    def _lose(self, events: list[Event], name: FaultName, detail: str, start: int, end: int) -> None:
        if not self._lost:
            events.append(Fault(name, detail, False, self._buffer[start : min(end, start + FRAME_LIMIT)]))
            self._lost = True

    def _garbage(self, events: list[Event], upto: int) -> None:
        """Account for bytes before a candidate that began no frame."""
        count = upto - self._seen
        if count > 0:
            self._lose(
                events, FaultName.BAD_START, f"{min(count, FRAME_LIMIT)} bytes that begin no frame", self._seen, upto
            )
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
            self._held = [(start - keep, fault) for start, fault in self._held]


class TextReader:
    """Frames written as hex digits (a maker's habit): same events as `Reader`, whose bytes are two digits each.

    Whatever is no hex digit is skipped. A stray digit would shift all that follows, so both pairings are read at all
    times; frames count from either, faults from the one that gave the last frame.
    """

    __slots__ = ("_digit", "_lead", "_readers", "_turn")

    def __init__(self, dialect: Dialect = TOLERANT) -> None:
        self._readers = (Reader(dialect), Reader(dialect))
        self._lead = 0
        self._turn = 0
        self._digit = -1

    @property
    def waiting(self) -> int:
        return self._readers[self._lead].waiting

    @property
    def frames(self) -> int:
        return sum(r.frames for r in self._readers)

    @property
    def skipped(self) -> int:
        return self._readers[self._lead].skipped

    def receive(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        for character in data:
            digit = _HEX_DIGITS.get(character, -1)
            if digit < 0:
                continue
            if self._digit >= 0:
                events += self._pair(bytes((self._digit << 4 | digit,)))
                self._turn ^= 1
            self._digit = digit
        return events

    def idle(self) -> list[Event]:
        last = [reader.idle() for reader in self._readers][self._lead]
        self._lead = self._turn = 0
        self._digit = -1
        return last

    def _pair(self, byte: bytes) -> list[Event]:
        met = self._readers[self._turn].receive(byte)
        if any(isinstance(e, Frame) for e in met):
            self._lead = self._turn
        return met if self._turn == self._lead else []


def read_all(raw: bytes, dialect: Dialect = TOLERANT) -> list[Event]:
    """Bytes that are all there: a lone frame is judged as a whole, which names its fault best, else as a stream."""
    alone = parse(raw, dialect.adu_limit, dialect.time, dialect.length_order)
    if isinstance(alone, Frame):
        return [alone]
    reader = Reader(dialect)
    events = reader.receive(raw) + reader.idle()
    return events if any(isinstance(e, Frame) for e in events) else [alone]


def reader_for(dialect: Dialect) -> Reader | TextReader:
    return TextReader(dialect) if dialect.hex_text else Reader(dialect)
