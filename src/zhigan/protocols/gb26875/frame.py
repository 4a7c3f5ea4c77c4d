"""Frames: the control unit around an application data unit. Enters: whole frames. Leaves: `Frame` or a named `Fault`.

A frame is found by its length field, never by searching for `##`. Everything multi-byte is little-endian. Absent:
cutting a stream into frames (`reader`), meaning of the data unit (`layouts`).
"""

import enum
import struct
import zlib
from typing import Literal

import msgspec

from zhigan.protocols.gb26875 import times

START = b"@@"
END = b"##"
HEAD_SIZE = 27
OVERHEAD = 30
ADU_LIMIT = 1024
FRAME_LIMIT = OVERHEAD + ADU_LIMIT
TIME_AT, SOURCE_AT, DESTINATION_AT, LENGTH_AT, COMMAND_AT = 6, 12, 18, 24, 26
_MARKS = sum(START + END)
_SUM_EXACT = 256  # adler32's low half is an exact sum below its modulus 65521: safe for this many bytes
_CACHE_LIMIT = 65_536

HEAD = struct.Struct("<HHBB6s6s6sHB")
"""start, serial, main version, user version, time label, source, destination, length, command."""


class Addresses(dict[bytes, str]):
    """Six address bytes → 12 hex digits in the order in which they stand in the frame (contract.md). Bounded."""

    def __missing__(self, raw: bytes) -> str:
        if len(self) >= _CACHE_LIMIT:
            self.clear()
        text = self[raw] = raw.hex().upper()
        return text


ADDRESSES = Addresses()


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A frame whose length, end mark and checksum hold. `sent_at` is µs since 1970 UTC, None where the label is no
    date.
    """

    serial: int
    main: int
    user: int
    label: bytes
    sent_at: int | None
    source: str
    destination: str
    command: int
    adu: bytes
    raw: bytes

    @property
    def type(self) -> int | None:
        """The type mark; None where the data unit is too short to have one (empty, or a maker's single byte)."""
        return self.adu[0] if len(self.adu) > 1 else None

    @property
    def count(self) -> int:
        return self.adu[1] if len(self.adu) > 1 else 0


class FaultName(enum.StrEnum):
    """What is wrong with bytes that wanted to be a frame."""

    BAD_START = "bad_start"
    BAD_LENGTH = "bad_length"
    BAD_CHECKSUM = "bad_checksum"
    BAD_END = "bad_end"
    TRUNCATED = "truncated_tail"
    TRAILING = "trailing"
    UNKNOWN_COMMAND = "unknown_command"


class Fault(msgspec.Struct, frozen=True, gc=False):
    """`trusted`: the header may be believed, so that the peer can be told (command 6, `build.deny`)."""

    name: FaultName
    detail: str
    trusted: bool
    raw: bytes

    @property
    def source(self) -> str:
        """The sender's address, "" where too little came to read one."""
        return self.raw[SOURCE_AT:DESTINATION_AT].hex().upper() if len(self.raw) >= HEAD_SIZE else ""

    @property
    def serial(self) -> int | None:
        return int.from_bytes(self.raw[2:4], "little") if len(self.raw) >= HEAD_SIZE else None


def checksum(control_and_adu: bytes) -> int:
    """Sum of the bytes between start mark and checksum, modulo 256."""
    return _sum(control_and_adu) & 255


def _sum(raw: bytes) -> int:
    """zlib's Adler-32 begins with the plain sum of the bytes, exact for short stretches and at the speed of C."""
    if len(raw) <= _SUM_EXACT:
        return zlib.adler32(raw, 0)
    return sum(zlib.adler32(raw[at : at + _SUM_EXACT], 0) & 0xFFFF for at in range(0, len(raw), _SUM_EXACT))


def sums_right(raw: bytes) -> bool:
    """Does a whole frame's checksum hold? The marks' own bytes are subtracted instead of slicing them off."""
    total = zlib.adler32(raw, 0) if len(raw) <= _SUM_EXACT else _sum(raw)
    return total & 255 == (_MARKS + 2 * raw[-3]) & 255


def folded(raw: bytes) -> int:
    """All bytes between the marks folded by exclusive or: 0 where the checksum byte is their XOR (a maker's habit)."""
    rest = 0
    for byte in raw[2:-2]:
        rest ^= byte
    return rest


def read(raw: bytes, form: times.TimeForm = times.TimeForm.BINARY) -> Frame:
    """The fields of a frame already known to be whole and right."""
    _, serial, main, user, label, source, destination, _, command = HEAD.unpack_from(raw)
    return Frame(
        serial,
        main,
        user,
        label,
        times.LABELS[form][label],
        ADDRESSES[source],
        ADDRESSES[destination],
        command,
        raw[HEAD_SIZE:-3],
        raw,
    )


def parse(
    raw: bytes,
    limit: int = ADU_LIMIT,
    form: times.TimeForm = times.TimeForm.BINARY,
    order: Literal["little", "big"] = "little",
) -> Frame | Fault:
    """One frame that should fill `raw` exactly: a datagram, a stored frame, a technician's hex."""
    if raw[:2] != START:
        return Fault(FaultName.BAD_START, f"starts with {raw[:2].hex().upper() or 'nothing'}, not 4040", False, raw)
    if len(raw) < HEAD_SIZE:
        return Fault(
            FaultName.TRUNCATED, f"{len(raw)} bytes; the control unit alone ends at byte {HEAD_SIZE}", False, raw
        )
    length = int.from_bytes(raw[LENGTH_AT : LENGTH_AT + 2], order)
    if length > limit:
        return Fault(FaultName.BAD_LENGTH, f"data unit of {length} bytes; the limit is {limit}", True, raw)
    whole = OVERHEAD + length
    if len(raw) < whole:
        return Fault(
            FaultName.TRUNCATED, f"{len(raw)} bytes of {whole} that the length field {length} asks for", False, raw
        )
    framed = raw[:whole]
    right = sums_right(framed[:-2] + END)
    if framed[-2:] != END:
        detail = f"ends with {framed[-2:].hex().upper()} where the length field {length} puts 2323"
        return Fault(FaultName.BAD_END, detail, right, raw)
    if not right:
        detail = f"checksum is {framed[-3]:02X}, the sum is {checksum(framed[2:-3]):02X}"
        return Fault(FaultName.BAD_CHECKSUM, detail, True, raw)
    if len(raw) > whole:
        return Fault(FaultName.TRAILING, f"{len(raw) - whole} bytes behind the frame", False, raw)
    return read(raw, form)
