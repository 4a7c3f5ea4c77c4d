"""Values in the type that their resource has, out of bytes (TLV), numbers (SenML, CBOR) or text. Pure.

Enters: a path and what the format gave. Leaves: the value; `bad_type` where it cannot be one of that type. What nobody
has described stays as the format gave it. Absent: formats.
"""

import base64
import binascii
import struct

from zhigan.protocols.lwm2m.model import FormatFault, Kind, Link, LwM2MError, Value

_WIDTHS = frozenset({1, 2, 4, 8})


def of_bytes(kind: Kind, data: bytes) -> Value:
    """As TLV carries it."""
    match kind:
        case Kind.INTEGER | Kind.TIME | Kind.UNSIGNED:
            if len(data) not in _WIDTHS:
                raise _wrong(kind, f"{len(data)} bytes")
            return int.from_bytes(data, "big", signed=kind is not Kind.UNSIGNED)
        case Kind.FLOAT:
            return _float(data)
        case Kind.BOOLEAN:
            if len(data) != 1 or data[0] > 1:
                raise _wrong(kind, data[:8].hex())
            return data[0] == 1
        case Kind.OBJLNK:
            if len(data) != 4:
                raise _wrong(kind, f"{len(data)} bytes")
            return Link(*struct.unpack(">HH", data))
        case Kind.STRING | Kind.CORELNK:
            return _utf8(data)
        case _:
            return data


def to_bytes(kind: Kind, value: Value) -> bytes:
    """The shortest that the type allows."""
    match value:
        case bool():
            return bytes((value,))
        case int():
            return _integer(kind, value)
        case float():
            return struct.pack(">d", value)
        case str():
            return value.encode()
        case Link():
            return struct.pack(">HH", value.object, value.instance)
        case _:
            return value


def _integer(kind: Kind, value: int) -> bytes:
    if kind is Kind.FLOAT:
        return struct.pack(">d", value)
    for width in (1, 2, 4, 8):
        try:
            return value.to_bytes(width, "big", signed=kind is not Kind.UNSIGNED)
        except OverflowError:
            continue
    raise _wrong(kind, str(value))


def of_plain(kind: Kind, value: Value) -> Value:
    """As SenML and CBOR carry it: typed already, but a whole float may be an integer and a number a boolean."""
    match kind:
        case Kind.INTEGER | Kind.TIME | Kind.UNSIGNED:
            return _whole(kind, value)
        case Kind.OBJLNK:
            return _link(value)
        case Kind.FLOAT if isinstance(value, int | float) and not isinstance(value, bool):
            return _wide(value)
        case Kind.BOOLEAN if isinstance(value, int | float) and value in (0, 1):
            return bool(value)
        case Kind.NONE:
            return value
        case _ if kind in _SAME and isinstance(value, _SAME[kind]):
            return value
        case _:
            raise _wrong(kind, repr(value)[:40])


_SAME = {Kind.STRING: str, Kind.CORELNK: str, Kind.OPAQUE: bytes}


def _wide(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise _wrong(Kind.FLOAT, "more than 1e308") from None


def _whole(kind: Kind, value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(kind, repr(value)[:40])
    if isinstance(value, float) and not value.is_integer():
        raise _wrong(kind, repr(value)[:40])
    whole = int(value)
    if not -(1 << 63) <= whole < 1 << 64:
        raise _wrong(kind, "more than 64 bits")
    return whole


def of_text(kind: Kind, text: str) -> Value:
    """As text/plain carries it (OMA LwM2M Core, 7.4.2)."""
    said = text.strip()
    try:
        match kind:
            case Kind.INTEGER | Kind.TIME | Kind.UNSIGNED:
                return _whole(kind, int(said[:24]))
            case Kind.FLOAT:
                return float(said[:40])
            case Kind.BOOLEAN:
                return {"0": False, "1": True, "false": False, "true": True}[said.lower()]
            case Kind.OBJLNK:
                return _link(said)
            case Kind.OPAQUE:
                return base64.b64decode(said, validate=True)
            case _:
                return text
    except (ValueError, KeyError, binascii.Error):
        raise _wrong(kind, repr(said[:40])) from None


def to_text(kind: Kind, value: Value) -> str:
    match value:
        case bool():
            return "1" if value else "0"
        case Link():
            return f"{value.object}:{value.instance}"
        case bytes():
            return base64.b64encode(value).decode()
        case float() if kind in (Kind.INTEGER, Kind.TIME, Kind.UNSIGNED) and value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _float(data: bytes) -> float:
    if len(data) == 4:
        return float(struct.unpack(">f", data)[0])
    if len(data) == 8:
        return float(struct.unpack(">d", data)[0])
    raise _wrong(Kind.FLOAT, f"{len(data)} bytes")


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _wrong(Kind.STRING, data[:16].hex()) from None


def _link(value: Value) -> Link:
    if isinstance(value, Link):
        return value
    if isinstance(value, str):
        one, colon, two = value.partition(":")
        if colon and one.isdecimal() and two.isdecimal() and len(one) < 6 and len(two) < 6:
            link = Link(int(one), int(two))
            if max(link) <= 65_535:
                return link
    raise _wrong(Kind.OBJLNK, repr(value)[:40])


def _wrong(kind: Kind, what: str) -> LwM2MError:
    return LwM2MError(FormatFault.BAD_TYPE, f"{what} is no {kind.value}")
