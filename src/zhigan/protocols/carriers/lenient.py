"""What carriers write in more than one way: numbers as texts, instants in four forms, base64, device ids.

Enters: values as decoded. Leaves: values of one kind, or `CarrierError`. Absent: guessing where a value is missing.
"""

import binascii
import re
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from zhigan.protocols.carriers.model import ADDRESS_MAX, RAW_MAX, REPORTS_MAX, CarrierError, Fault
from zhigan.vocabulary.moments import to_micros

Loose = str | int | float | None
T = TypeVar("T")

_ADDRESS = re.compile(rf"[\x21-\x2e\x30-\x7e\u00a1-\uffef]{{1,{ADDRESS_MAX}}}")
"""No blank, no control character, and no slash: what stands behind one is a part of the device."""
_WORDLESS = ("undefined", "null", "None")
_SECONDS, _MILLIS, _MICROS = 10_000_000_000, 10_000_000_000_000, 10_000_000_000_000_000
_COMPACT = 16


def decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise CarrierError(Fault.BAD_FIELD, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CarrierError(Fault.BAD_JSON, str(error)) from None


def text(value: Loose) -> str:
    """`"undefined"` and -1 are how some carriers say nothing."""
    if value is None or value == -1 or value in _WORDLESS:
        return ""
    return str(value)


def address(value: Loose) -> str:
    found = text(value).strip()
    if not _ADDRESS.fullmatch(found):
        raise CarrierError(Fault.BAD_FIELD, f"a device id of 1 to {ADDRESS_MAX} characters is missing")
    return found


def instant(value: Loose) -> int | None:
    """Seconds, milliseconds or microseconds since 1970, `20200401T182505Z`, or RFC 3339, as µs."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and not value.isdecimal():
        return _dated(value)
    try:
        number = float(value)
    except OverflowError:
        raise CarrierError(Fault.BAD_FIELD, f"{value!r} is no instant") from None
    if number <= 0:
        return None
    if number < _SECONDS:
        return int(number * 1_000_000)
    if number < _MILLIS:
        return int(number) * 1000
    if number < _MICROS:
        return int(number)
    raise CarrierError(Fault.BAD_FIELD, f"{value!r} is no instant")


def _dated(value: str) -> int:
    try:
        if len(value) == _COMPACT and value[8] == "T" and value[15] == "Z":
            digits = value[:8] + value[9:15]
            parts = [int(digits[0:4]), *(int(digits[n : n + 2]) for n in range(4, 14, 2))]
            year, month, day, hour, minute, second = parts
            return to_micros(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
        found = datetime.fromisoformat(value)
        return to_micros(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise CarrierError(Fault.BAD_FIELD, f"{value[:40]!r} is no instant") from None


def base64(value: str, what: str) -> bytes:
    try:
        found = binascii.a2b_base64(value, strict_mode=True)
    except (binascii.Error, ValueError):
        raise CarrierError(Fault.BAD_BASE64, f"{what} is not base64") from None
    return sized(found, what)


def sized(found: bytes, what: str) -> bytes:
    if len(found) > RAW_MAX:
        raise CarrierError(Fault.TOO_LARGE, f"{what} has {len(found)} bytes; a device may say {RAW_MAX} at once")
    return found


def counted(found: list[T]) -> list[T]:
    if len(found) > REPORTS_MAX:
        raise CarrierError(Fault.TOO_MANY, f"{len(found)} reports in one push; {REPORTS_MAX} are read")
    return found
