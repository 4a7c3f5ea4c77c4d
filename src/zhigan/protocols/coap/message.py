"""Datagrams ⇄ messages (RFC 7252 §3). Pure, and lean: a storm decodes ten thousand a second.

Enters: one datagram. Leaves: a `Message`, or a `Fault` that names what is wrong and holds what could still be read of
its head, so that a sender can be told by a Reset. Absent: what a request asks for (request.py) and any retransmission.
"""

import enum
from collections.abc import Iterable
from typing import Final

import msgspec

DATAGRAM_MAX: Final = 1280 + 64
"""An IPv6 packet that no network cuts holds 1,280 bytes; RFC 7252 §4.6 counts on 1,152."""
OPTIONS_MAX: Final = 48
OPTION_NUMBER_MAX: Final = 65_535
_MARKER: Final = 0xFF
_VERSION: Final = 1
_NO_CLASS: Final = frozenset({1, 6, 7})

Options = tuple[tuple[int, bytes], ...]


class FaultName(enum.StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_VERSION = "bad_version"
    BAD_CODE = "bad_code"
    BAD_TKL = "bad_tkl"
    TRUNCATED_HEAD = "truncated_head"
    BAD_EMPTY = "bad_empty"
    RESERVED_OPTION = "reserved_option"
    TRUNCATED_OPTION = "truncated_option"
    BAD_OPTION_NUMBER = "bad_option_number"
    TOO_MANY_OPTIONS = "too_many_options"
    NO_PAYLOAD = "no_payload"


class Message(msgspec.Struct, frozen=True, gc=False):
    """`options` in ascending order of their numbers."""

    type: int
    code: int
    mid: int
    token: bytes = b""
    options: Options = ()
    payload: bytes = b""

    @property
    def is_request(self) -> bool:
        return 0 < self.code < 32

    @property
    def is_response(self) -> bool:
        return 64 <= self.code < 192


class Fault(msgspec.Struct, frozen=True, gc=False):
    """`type` and `mid` are -1 where they could not be read."""

    name: FaultName
    type: int = -1
    mid: int = -1


def decode(data: bytes) -> Message | Fault:
    size = len(data)
    if size < 4:
        return Fault(FaultName.TOO_SHORT)
    first, code = data[0], data[1]
    if first >> 6 != _VERSION:
        return Fault(FaultName.BAD_VERSION)
    type_, length, mid = first >> 4 & 3, first & 15, data[2] << 8 | data[3]
    wrong = _head_fault(size, code, length)
    if wrong is not None:
        return Fault(wrong, type_, mid)
    place = 4 + length
    token = data[4:place]
    if place == size:
        return Message(type_, code, mid, token)
    read = _options(data, place, size)
    if isinstance(read, FaultName):
        return Fault(read, type_, mid)
    options, place = read
    return Message(type_, code, mid, token, tuple(options), data[place:])


def _head_fault(size: int, code: int, length: int) -> FaultName | None:
    if size > DATAGRAM_MAX:
        return FaultName.TOO_LONG
    if length > 8:
        return FaultName.BAD_TKL
    if size < 4 + length:
        return FaultName.TRUNCATED_HEAD
    if code == 0:
        return FaultName.BAD_EMPTY if size > 4 else None
    return FaultName.BAD_CODE if code >> 5 in _NO_CLASS else None


def _options(data: bytes, place: int, size: int) -> tuple[list[tuple[int, bytes]], int] | FaultName:
    """The options and where the payload begins."""
    found: list[tuple[int, bytes]] = []
    number = 0
    while place < size:
        head = data[place]
        place += 1
        if head == _MARKER:
            return FaultName.NO_PAYLOAD if place == size else (found, place)
        delta, length = head >> 4, head & 15
        if delta > 12 or length > 12:
            wide = _wide(data, place, size, delta, length)
            if isinstance(wide, FaultName):
                return wide
            delta, length, place = wide
        number += delta
        end = place + length
        if end > size:
            return FaultName.TRUNCATED_OPTION
        if number > OPTION_NUMBER_MAX:
            return FaultName.BAD_OPTION_NUMBER
        if len(found) >= OPTIONS_MAX:
            return FaultName.TOO_MANY_OPTIONS
        found.append((number, data[place:end]))
        place = end
    return found, size


def _wide(data: bytes, place: int, size: int, delta: int, length: int) -> tuple[int, int, int] | FaultName:
    """Delta, then length, each perhaps in one or two bytes more."""
    values: list[int] = []
    for nibble in (delta, length):
        if nibble < 13:
            values.append(nibble)
            continue
        if nibble == 15:
            return FaultName.RESERVED_OPTION
        more = nibble - 12
        if place + more > size:
            return FaultName.TRUNCATED_OPTION
        value = int.from_bytes(data[place : place + more], "big")
        values.append(value + (13 if more == 1 else 269))
        place += more
    return values[0], values[1], place


def encode(message: Message) -> bytes:
    """The options may come in any order; of one number they keep theirs."""
    parts = [
        bytes(
            (_VERSION << 6 | message.type << 4 | len(message.token), message.code, message.mid >> 8, message.mid & 255)
        ),
        message.token,
    ]
    before = 0
    for number, value in sorted(message.options, key=_number):
        parts.append(_option(number - before, value))
        before = number
    if message.payload:
        parts.append(b"\xff")
        parts.append(message.payload)
    return b"".join(parts)


def _number(option: tuple[int, bytes]) -> int:
    return option[0]


def _option(delta: int, value: bytes) -> bytes:
    first, more = _nibble(delta)
    second, longer = _nibble(len(value))
    return bytes((first << 4 | second,)) + more + longer + value


def _nibble(value: int) -> tuple[int, bytes]:
    if value < 13:
        return value, b""
    if value < 269:
        return 13, bytes((value - 13,))
    return 14, (value - 269).to_bytes(2, "big")


def empty(type_: int, mid: int) -> bytes:
    """An ACK or RST of nothing but its number; a CON of that kind is a ping."""
    return bytes((_VERSION << 6 | type_ << 4, 0, mid >> 8, mid & 255))


def reply(
    request: Message, code: int, mid: int, options: Iterable[tuple[int, bytes]] = (), payload: bytes = b""
) -> bytes:
    """Piggy-backed on the acknowledgement of a CON, a NON of its own number (`mid`) to a NON."""
    confirmable = request.type == 0
    return encode(
        Message(
            2 if confirmable else 1, code, request.mid if confirmable else mid, request.token, tuple(options), payload
        )
    )


def uint(value: int) -> bytes:
    """An option's number: as few bytes as it needs, none for 0."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
