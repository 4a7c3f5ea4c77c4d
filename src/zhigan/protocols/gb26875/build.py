"""Builders: frames that the centre (or a simulated device) sends. Enters: what to say, and now. Leaves: whole frames.

Every frame carries the sender's own true time: some firmware sets its clock from any frame that comes down
(gb26875.md §0.5). An acknowledgement repeats serial and version and swaps the addresses. Absent: serial counters and
sessions, the gateway's.
"""

import zlib
from collections.abc import Sequence

from zhigan.protocols.gb26875 import times
from zhigan.protocols.gb26875.codes import Command
from zhigan.protocols.gb26875.dialects import TOLERANT, Dialect
from zhigan.protocols.gb26875.frame import HEAD_SIZE, Fault, Frame, checksum
from zhigan.protocols.gb26875.layouts import encode_adu
from zhigan.protocols.gb26875.objects import CheckDuty, Initialise, Object, ReadDevice, SyncClock

NOBODY = "000000000000"
_CONFIRM = b"\x00\x00\x03"
_DENY = b"\x00\x00\x06"
_BYTES = tuple(bytes((b,)) + b"##" for b in range(256))


def _length(adu: bytes, dialect: Dialect) -> bytes:
    return len(adu).to_bytes(2, dialect.length_order)


def on_wire(raw: bytes, dialect: Dialect = TOLERANT) -> bytes:
    """A frame as the dialect's connection carries it: itself, or hex digits."""
    return raw.hex().upper().encode() if dialect.hex_text else raw


def frame(
    command: int,
    serial: int,
    source: str,
    destination: str,
    now: int,
    adu: bytes = b"",
    version: tuple[int, int] = (1, 1),
    dialect: Dialect = TOLERANT,
) -> bytes:
    """Any frame. Addresses as 12 hex digits in wire order; now in µs since 1970 UTC."""
    body = b"".join(
        (
            serial.to_bytes(2, "little"),
            bytes(version),
            times.encode(now, dialect.time),
            bytes.fromhex(source),
            bytes.fromhex(destination),
            _length(adu, dialect),
            bytes((command,)),
            adu,
        )
    )
    return b"@@" + body + _BYTES[checksum(body)]


def confirm(received: Frame, now: int) -> bytes:
    """确认, the hot path: own time, no catalogue of options."""
    raw = received.raw
    body = raw[2:6] + times.stamp(now) + raw[18:24] + raw[12:18] + _CONFIRM
    return b"@@" + body + _BYTES[zlib.adler32(body, 0) & 255]


def answer(received: Frame, now: int, dialect: Dialect = TOLERANT) -> bytes:
    """The confirm in the dialect's form: its time, and its own data unit for a heartbeat that expects one."""
    for beat in dialect.heartbeats:
        if beat.command == received.command and beat.adu == received.adu and beat.answer:
            return _reply(received.raw, now, Command.CONFIRM, beat.answer, dialect)
    return _reply(received.raw, now, Command.CONFIRM, b"", dialect)


def deny(refused: Frame | Fault, now: int, dialect: Dialect = TOLERANT) -> bytes | None:
    """否认. None where the header is missing or not to be trusted: a loss of sync is healed in silence."""
    if len(refused.raw) < HEAD_SIZE or (isinstance(refused, Fault) and not refused.trusted):
        return None
    return _reply(refused.raw, now, Command.DENY, b"", dialect)


def _reply(raw: bytes, now: int, command: int, adu: bytes, dialect: Dialect) -> bytes:
    label = times.encode(now, dialect.time)
    body = raw[2:6] + label + raw[18:24] + raw[12:18] + _length(adu, dialect) + bytes((command,)) + adu
    return b"@@" + body + _BYTES[checksum(body)]


def control(serial: int, source: str, destination: str, now: int, what: Object, dialect: Dialect = TOLERANT) -> bytes:
    """Command 1 with one control object (types 89–91)."""
    return frame(Command.CONTROL, serial, source, destination, now, encode_adu((what,), dialect), dialect=dialect)


def sync_clock(serial: int, source: str, destination: str, now: int, dialect: Dialect = TOLERANT) -> bytes:
    """对时: type 90 with our time."""
    return control(serial, source, destination, now, SyncClock(now), dialect)


def check_duty(
    serial: int, source: str, destination: str, now: int, minutes: int, dialect: Dialect = TOLERANT
) -> bytes:
    """查岗: type 91 with the minutes in which the key must be pressed."""
    return control(serial, source, destination, now, CheckDuty(minutes), dialect)


def initialise(serial: int, source: str, destination: str, now: int, dialect: Dialect = TOLERANT) -> bytes:
    return control(serial, source, destination, now, Initialise(), dialect)


def request(
    serial: int, source: str, destination: str, now: int, what: Sequence[Object], dialect: Dialect = TOLERANT
) -> bytes:
    """Command 4 with read objects of one type (61–68, 81–88)."""
    return frame(Command.REQUEST, serial, source, destination, now, encode_adu(what, dialect), dialect=dialect)


def read_device(type_: int, serial: int, source: str, destination: str, now: int, dialect: Dialect = TOLERANT) -> bytes:
    """Types 81 (status, the poll), 85, 86, 88."""
    return request(serial, source, destination, now, (ReadDevice(type_),), dialect)


def upload(
    serial: int, source: str, destination: str, now: int, what: Sequence[Object], dialect: Dialect = TOLERANT
) -> bytes:
    """Command 2: what a device sends (the simulator's half)."""
    return frame(Command.SEND, serial, source, destination, now, encode_adu(what, dialect), dialect=dialect)


def respond(asked: Frame, now: int, what: Sequence[Object], dialect: Dialect = TOLERANT) -> bytes:
    """Command 5 to a request, with its serial."""
    return _reply(asked.raw, now, Command.ANSWER, encode_adu(what, dialect), dialect)


def heartbeat(serial: int, source: str, destination: str, now: int, dialect: Dialect = TOLERANT) -> bytes:
    """The dialect's first heartbeat; command 2 with an empty data unit where it names none."""
    for beat in dialect.heartbeats:
        return frame(beat.command, serial, source, destination, now, beat.adu or b"", dialect=dialect)
    return frame(Command.SEND, serial, source, destination, now, dialect=dialect)
