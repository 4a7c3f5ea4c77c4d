"""SenML (RFC 8428) as JSON and CBOR, and its elder LwM2M JSON: packs ⇄ records. Pure.

Enters: bytes, the path asked for, `now` for times that are told relative to it. Leaves: records with the time they
claim. A field that ends in "_" must be understood, and is not. Absent: sums, links between packs.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import isfinite
from typing import Final, cast

import msgspec

from zhigan.protocols.lwm2m import cbor, values
from zhigan.protocols.lwm2m.model import (
    RECORDS_MAX,
    FormatFault,
    Kind,
    Link,
    LwM2MError,
    Path,
    Record,
    Value,
    parse_path,
    write_path,
)
from zhigan.protocols.lwm2m.objects import kind_of

ABSOLUTE_FROM: Final = 1 << 28
"""Seconds: what is less is relative to now (RFC 8428 §4.5.3)."""
SECONDS_MAX: Final = 1 << 40
_SECOND: Final = 1_000_000
_LABELS: Final[Mapping[object, str]] = {
    -1: "bver", -2: "bn", -3: "bt", -4: "bu", -5: "bv", -6: "bs",
    0: "n", 1: "u", 2: "v", 3: "vs", 4: "vb", 5: "s", 6: "t", 7: "ut", 8: "vd",
}  # fmt: skip
_NUMBERS: Final = {name: number for number, name in _LABELS.items()}
_VERSION_MAX: Final = 10

Fields = dict[str, object]


def decode_json(data: bytes, base: Path, now: int) -> list[Record]:
    pack = _json(data)
    if not isinstance(pack, list):
        raise LwM2MError(FormatFault.BAD_SENML, "a pack is a list")
    return _records([_named(entry) for entry in _bounded(cast("list[object]", pack))], base, now, _from_base64)


def decode_cbor(data: bytes, base: Path, now: int) -> list[Record]:
    pack = cbor.loads(data)
    if not isinstance(pack, list):
        raise LwM2MError(FormatFault.BAD_SENML, "a pack is a list")
    entries = [_labelled(entry) for entry in _bounded(cast("list[object]", pack))]
    return _records(entries, base, now, _as_bytes)


def decode_elder_json(data: bytes, base: Path, now: int) -> list[Record]:
    """LwM2M JSON (11543): base fields outside, `e` the entries, `sv`, `bv`, `ov` for text, boolean, link."""
    said = _json(data)
    if not isinstance(said, dict):
        raise LwM2MError(FormatFault.BAD_JSON, "an object is wanted")
    outer = _named(cast("dict[object, object]", said))
    inner = outer.get("e", [])
    if not isinstance(inner, list):
        raise LwM2MError(FormatFault.BAD_JSON, "e is a list")
    entries: list[Fields] = []
    for entry in _bounded(cast("list[object]", inner)):
        fields = _named(entry)
        entries.append({_ELDER.get(name, name): value for name, value in fields.items()})
    if entries:
        entries[0].update({name: outer[name] for name in ("bn", "bt") if name in outer})
    return _records(entries, base, now, _from_base64)


_ELDER: Final = {"sv": "vs", "bv": "vb", "ov": "vlo"}


def encode_json(records: list[Record]) -> bytes:
    def plain(fields: Fields) -> Fields:
        if isinstance(fields.get("vd"), bytes):
            fields["vd"] = base64.urlsafe_b64encode(cast("bytes", fields["vd"])).decode().rstrip("=")
        return fields

    return msgspec.json.encode([plain(fields) for fields in _entries(records)])


def encode_cbor(records: list[Record]) -> bytes:
    return cbor.dumps([{_NUMBERS.get(k, k): v for k, v in fields.items()} for fields in _entries(records)])


def _entries(records: list[Record]) -> list[Fields]:
    found: list[Fields] = []
    for record in records:
        fields: Fields = {"n": write_path(record.path)}
        match record.value:
            case bool():
                fields["vb"] = record.value
            case int() | float():
                fields["v"] = record.value
            case str():
                fields["vs"] = record.value
            case Link():
                fields["vlo"] = f"{record.value.object}:{record.value.instance}"
            case bytes():
                fields["vd"] = record.value
        if record.at is not None:
            fields["t"] = record.at // _SECOND if record.at % _SECOND == 0 else record.at / _SECOND
        found.append(fields)
    return found


def _json(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LwM2MError(FormatFault.BAD_JSON, str(error)[:120]) from None


def _bounded(entries: list[object]) -> list[object]:
    if len(entries) > RECORDS_MAX:
        raise LwM2MError(FormatFault.TOO_MANY, f"more than {RECORDS_MAX} records")
    return entries


def _named(entry: object) -> Fields:
    if not isinstance(entry, dict):
        raise LwM2MError(FormatFault.BAD_SENML, "a record is a map")
    return {str(key): value for key, value in cast("dict[object, object]", entry).items()}


def _labelled(entry: object) -> Fields:
    if not isinstance(entry, dict):
        raise LwM2MError(FormatFault.BAD_SENML, "a record is a map")
    return {_LABELS.get(key, str(key)): value for key, value in cast("dict[object, object]", entry).items()}


Bytes = Callable[[object], bytes]


def _records(entries: list[Fields], base: Path, now: int, as_bytes: Bytes) -> list[Record]:
    found: list[Record] = []
    name, time, number = "", 0.0, 0.0
    for fields in entries:
        for key in fields:
            if key.endswith("_"):
                raise LwM2MError(FormatFault.BAD_SENML, f"{key[:20]!r} must be understood")
        if _figure(fields, "bver", _VERSION_MAX) > _VERSION_MAX:
            raise LwM2MError(FormatFault.BAD_SENML, "a later version of SenML")
        name = _string(fields, "bn", name)
        time = _figure(fields, "bt", time)
        number = _figure(fields, "bv", number)
        value = _value(fields, number, as_bytes)
        if value is None:
            continue
        path = _path(name + _string(fields, "n", ""), base)
        at = _at(time + _figure(fields, "t", 0.0), "t" in fields or time != 0, now)
        found.append(Record(path, values.of_plain(kind_of(path), value), at))
    return found


def _string(fields: Fields, key: str, standard: str) -> str:
    value = fields.get(key, standard)
    if not isinstance(value, str):
        raise LwM2MError(FormatFault.BAD_SENML, f"{key} is a text")
    return value


def _figure(fields: Fields, key: str, standard: float) -> float:
    value = fields.get(key, standard)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LwM2MError(FormatFault.BAD_SENML, f"{key} is a number")
    try:
        figure = float(value)
    except OverflowError:
        figure = float("inf")
    if not isfinite(figure):
        raise LwM2MError(FormatFault.BAD_SENML, f"{key} is beyond bounds")
    return figure


def _value(fields: Fields, number: float, as_bytes: Bytes) -> Value | None:
    if "v" in fields:
        _figure(fields, "v", 0.0)
        plain = cast("int | float", fields["v"])
        return plain + number if number else plain
    if "vs" in fields:
        return _string(fields, "vs", "")
    if "vb" in fields:
        if not isinstance(fields["vb"], bool):
            raise LwM2MError(FormatFault.BAD_SENML, "vb is a boolean")
        return fields["vb"]
    if "vlo" in fields:
        return cast("Link", values.of_text(Kind.OBJLNK, _string(fields, "vlo", "")))
    return as_bytes(fields["vd"]) if "vd" in fields else None


def _path(name: str, base: Path) -> Path:
    """`/3/0/1`; where no name begins with a slash it stands below what was asked for."""
    path = parse_path(name) if name.startswith("/") or not base else (*base, *parse_path(name))
    if not 3 <= len(path) <= 4:
        raise LwM2MError(FormatFault.BAD_PATH, f"{name[:60]!r} is no resource")
    return path


def _at(seconds: float, told: bool, now: int) -> int | None:
    if not told:
        return None
    if not -SECONDS_MAX < seconds < SECONDS_MAX:
        raise LwM2MError(FormatFault.BAD_TIME, f"{seconds} s")
    micros = round(seconds * _SECOND)
    return micros if seconds >= ABSOLUTE_FROM else now + micros


def _from_base64(value: object) -> bytes:
    if isinstance(value, str):
        with suppress(ValueError, binascii.Error):
            return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    raise LwM2MError(FormatFault.BAD_SENML, "vd is base64url")


def _as_bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    raise LwM2MError(FormatFault.BAD_SENML, "vd is a byte string")
