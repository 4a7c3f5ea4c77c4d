"""Content formats: which codec reads a payload, and one value as a device wants it written. Pure.

Enters: the format's number, the path asked for, the payload, `now`. Leaves: records, or an `LwM2MError` with its name.
"""

import enum
from collections.abc import Callable, Mapping
from typing import Final, cast

from zhigan.protocols.lwm2m import cbor, senml, tlv, values
from zhigan.protocols.lwm2m.model import (
    ID_MAX,
    PAYLOAD_MAX,
    RECORDS_MAX,
    FormatFault,
    Kind,
    LwM2MError,
    Path,
    Record,
    Value,
)
from zhigan.protocols.lwm2m.objects import kind_of


class Format(enum.IntEnum):
    TEXT = 0
    LINKS = 40
    OPAQUE = 42
    JSON = 50
    CBOR = 60
    SENML_JSON = 110
    SENML_CBOR = 112
    ELDER_TLV = 1542
    ELDER_JSON = 1543
    TLV = 11542
    LWM2M_JSON = 11543
    LWM2M_CBOR = 11544


Codec = Callable[[bytes, Path, int], list[Record]]


def decode(format_: int, base: Path, payload: bytes, now: int) -> list[Record]:
    """What the device said, below `base`; times relative to `now` (µs)."""
    if len(payload) > PAYLOAD_MAX:
        raise LwM2MError(FormatFault.TOO_LARGE, f"{len(payload)} bytes")
    codec = CODECS.get(format_)
    if codec is None:
        raise LwM2MError(FormatFault.UNKNOWN_FORMAT, f"content format {format_}")
    return codec(payload, base, now)


def encode_value(path: Path, value: Value) -> tuple[int, bytes]:
    """One resource to be written: text, which every version takes; bytes as they are."""
    if isinstance(value, bytes):
        return Format.OPAQUE, value
    return Format.TEXT, values.to_text(kind_of(path), value).encode()


def _text(payload: bytes, base: Path, now: int) -> list[Record]:
    path = _resource(base)
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise LwM2MError(FormatFault.BAD_TEXT, "no UTF-8") from None
    return [Record(path, values.of_text(kind_of(path), text))]


def _opaque(payload: bytes, base: Path, now: int) -> list[Record]:
    path = _resource(base)
    if kind_of(path) not in (Kind.OPAQUE, Kind.NONE):
        raise LwM2MError(FormatFault.BAD_TYPE, f"bytes for a {kind_of(path).value}")
    return [Record(path, payload)]


def _cbor(payload: bytes, base: Path, now: int) -> list[Record]:
    path = _resource(base)
    return [Record(path, _plain(path, cbor.loads(payload)))]


def _nested(payload: bytes, base: Path, now: int) -> list[Record]:
    """application/vnd.oma.lwm2m+cbor: maps of numbers, or of paths as lists, down to values."""
    found: list[Record] = []
    _descend(found, (), cbor.loads(payload))
    return found


def _descend(found: list[Record], path: Path, thing: object) -> None:
    if not isinstance(thing, dict):
        if not 3 <= len(path) <= 4:
            raise LwM2MError(FormatFault.BAD_PATH, f"{path} is no resource")
        if len(found) >= RECORDS_MAX:
            raise LwM2MError(FormatFault.TOO_MANY, f"more than {RECORDS_MAX} values")
        found.append(Record(path, _plain(path, thing)))
        return
    for key, value in cast("dict[object, object]", thing).items():
        parts = _parts(key)
        numbers = [part for part in parts if isinstance(part, int) and 0 <= part <= ID_MAX]
        if len(numbers) != len(parts) or len(path) + len(parts) > 4:
            raise LwM2MError(FormatFault.BAD_PATH, f"{str(key)[:60]} below {path}")
        _descend(found, (*path, *numbers), value)


def _parts(key: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", key) if isinstance(key, tuple) else (key,)


def _plain(path: Path, thing: object) -> Value:
    if isinstance(thing, bool | int | float | str | bytes):
        return values.of_plain(kind_of(path), thing)
    raise LwM2MError(FormatFault.BAD_TYPE, f"a {type(thing).__name__}")


def _resource(base: Path) -> Path:
    if not 3 <= len(base) <= 4:
        raise LwM2MError(FormatFault.BAD_PATH, f"{base} is no resource")
    return base


def _tlv(payload: bytes, base: Path, now: int) -> list[Record]:
    return tlv.decode(payload, base)


CODECS: Final[Mapping[int, Codec]] = {
    Format.TEXT: _text,
    Format.OPAQUE: _opaque,
    Format.CBOR: _cbor,
    Format.SENML_JSON: senml.decode_json,
    Format.SENML_CBOR: senml.decode_cbor,
    Format.TLV: _tlv,
    Format.ELDER_TLV: _tlv,
    Format.LWM2M_JSON: senml.decode_elder_json,
    Format.ELDER_JSON: senml.decode_elder_json,
    Format.LWM2M_CBOR: _nested,
}
