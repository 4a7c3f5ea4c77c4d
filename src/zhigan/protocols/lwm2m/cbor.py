"""CBOR (RFC 8949) as far as SenML and LwM2M use it. Pure.

Enters: bytes. Leaves: plain values; and bytes of them. Bounded in depth and number, for it comes from strangers; of
tags only decimal fractions (4) and times (0, 1) are known. Absent: everything else that CBOR can say; it is refused.
"""

import math
import struct
from typing import Final, cast

from zhigan.protocols.lwm2m.model import FormatFault, LwM2MError

DEPTH_MAX: Final = 6
ITEMS_MAX: Final = 8_192
EXPONENT_MAX: Final = 300

Thing = object
"""None, bool, int, float, bytes, str, list, dict."""


class _Break(Exception):
    pass


def loads(data: bytes) -> Thing:
    reader = _Reader(data)
    value = reader.item(0)
    if reader.place != len(data):
        raise _wrong("bytes after the end")
    return value


class _Reader:
    __slots__ = ("data", "items", "place")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0
        self.items = 0

    def item(self, depth: int, *, breakable: bool = False) -> Thing:
        self.items += 1
        if depth > DEPTH_MAX or self.items > ITEMS_MAX:
            raise LwM2MError(FormatFault.TOO_MANY, "CBOR too deep or of too many items")
        head = self.take(1)[0]
        if head == 0xFF and breakable:
            raise _Break
        major, low = head >> 5, head & 31
        if major == 7:
            return self._simple(low)
        if low == 31:
            return self._endless(major, depth)
        return self._sized(major, self._argument(low), depth)

    def _sized(self, major: int, argument: int, depth: int) -> Thing:
        match major:
            case 0:
                return argument
            case 1:
                return -1 - argument
            case 2:
                return self.take(argument)
            case 3:
                return _text(self.take(argument))
            case 4:
                self._room(argument)
                return [self.item(depth + 1) for _ in range(argument)]
            case 5:
                self._room(argument * 2)
                found: dict[Thing, Thing] = {}
                for _ in range(argument):
                    self._pair(found, self.item(depth + 1), depth)
                return found
            case _:
                return _tagged(argument, self.item(depth + 1))

    def _endless(self, major: int, depth: int) -> Thing:
        match major:
            case 2:
                return b"".join(cast("list[bytes]", self._pieces(bytes, depth)))
            case 3:
                return "".join(cast("list[str]", self._pieces(str, depth)))
            case 4:
                return self._until_break(depth)
            case 5:
                found: dict[Thing, Thing] = {}
                while True:
                    try:
                        key = self.item(depth + 1, breakable=True)
                    except _Break:
                        return found
                    self._pair(found, key, depth)
            case _:
                raise _wrong("an indefinite number")

    def _until_break(self, depth: int) -> list[Thing]:
        found: list[Thing] = []
        while True:
            try:
                found.append(self.item(depth + 1, breakable=True))
            except _Break:
                return found

    def _pieces(self, kind: type, depth: int) -> list[Thing]:
        pieces = self._until_break(depth)
        if not all(isinstance(piece, kind) for piece in pieces):
            raise _wrong("pieces of another type")
        return pieces

    def _pair(self, found: dict[Thing, Thing], key: Thing, depth: int) -> None:
        if isinstance(key, list):
            key = tuple(cast("list[Thing]", key))
        if not isinstance(key, int | str | tuple):
            raise _wrong("a key that is neither number nor text")
        try:
            known = key in found
        except TypeError:
            raise _wrong("a key of lists") from None
        if known:
            raise _wrong("the same key twice")
        found[key] = self.item(depth + 1)

    def _simple(self, low: int) -> Thing:
        match low:
            case 20 | 21:
                return low == 21
            case 22 | 23:
                return None
            case 25:
                return float(struct.unpack(">e", self.take(2))[0])
            case 26:
                return float(struct.unpack(">f", self.take(4))[0])
            case 27:
                return float(struct.unpack(">d", self.take(8))[0])
            case _:
                raise _wrong(f"simple value {low}")

    def _argument(self, low: int) -> int:
        if low < 24:
            return low
        if low > 27:
            raise _wrong(f"reserved length {low}")
        return int.from_bytes(self.take(1 << low - 24), "big")

    def _room(self, items: int) -> None:
        """A list that says it has more items than there are bytes left is not begun."""
        if items > len(self.data) - self.place:
            raise LwM2MError(FormatFault.TRUNCATED, "CBOR ends before it should")

    def take(self, size: int) -> bytes:
        end = self.place + size
        if end > len(self.data):
            raise LwM2MError(FormatFault.TRUNCATED, "CBOR ends before it should")
        piece = self.data[self.place : end]
        self.place = end
        return piece


def _tagged(tag: int, value: Thing) -> Thing:
    if tag == 4 and isinstance(value, list):
        parts = cast("list[Thing]", value)
        if len(parts) == 2:
            exponent, mantissa = parts
            if isinstance(exponent, int) and isinstance(mantissa, int) and abs(exponent) <= EXPONENT_MAX:
                try:
                    return float(f"{mantissa}e{exponent}")
                except ValueError:
                    raise _wrong("a decimal fraction beyond bounds") from None
        raise _wrong("a decimal fraction that is none")
    if tag in (0, 1):
        return value
    raise _wrong(f"tag {tag}")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _wrong("a text that is no UTF-8") from None


def _wrong(what: str) -> LwM2MError:
    return LwM2MError(FormatFault.BAD_CBOR, what)


def dumps(value: Thing) -> bytes:
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case float():
            return _number(value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            text = value.encode()
            return _head(3, len(text)) + text
        case list() | tuple():
            things = cast("list[Thing]", value)
            return _head(4, len(things)) + b"".join([dumps(each) for each in things])
        case dict():
            pairs = cast("dict[Thing, Thing]", value)
            return _head(5, len(pairs)) + b"".join([dumps(k) + dumps(v) for k, v in pairs.items()])
        case _:
            raise _wrong(f"a {type(value).__name__}")


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes((major << 5 | argument,))
    for low, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * width:
            return bytes((major << 5 | low,)) + argument.to_bytes(width, "big")
    raise _wrong("a number of more than 64 bits")


def _number(value: float) -> bytes:
    if math.isfinite(value) and abs(value) < 3e38 and struct.unpack(">f", struct.pack(">f", value))[0] == value:
        return b"\xfa" + struct.pack(">f", value)
    return b"\xfb" + struct.pack(">d", value)
