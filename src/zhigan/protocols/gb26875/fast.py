"""The hot path: what translate needs from the common uploads, with the least work. Enters: an ADU. Leaves: rows of
plain tuples.

Only data units that follow the standard (or its 15-byte form) to the byte are taken; anything else gives None and
goes through `layouts.decode_adu`, which notes what is odd. Texts, time labels and addresses are looked up in bounded
caches: a city says the same words all day. `at` is µs or None; `suffix` is the contract's address behind the device's
(`/1.1.40.131082`, `/1.1` for a system).
"""

import struct
from collections.abc import Callable, Iterable

from zhigan.protocols.gb26875.dialects import Description, Dialect
from zhigan.protocols.gb26875.text import TEXTS
from zhigan.protocols.gb26875.times import LABELS, TimeForm

_CACHE_LIMIT = 262_144
_TIMES = LABELS[TimeForm.BINARY]


class Suffixes(dict[bytes, str]):
    """System, system address, component type, four address bytes → `/1.1.40.131082`; two bytes → `/1.1`. Bounded."""

    def __missing__(self, key: bytes) -> str:
        if len(self) >= _CACHE_LIMIT:
            self.clear()
        suffix = f"/{key[0]}.{key[1]}"
        if len(key) > 2:
            suffix += f".{key[2]}.{int.from_bytes(key[3:], 'little')}"
        self[key] = suffix
        return suffix


SUFFIXES = Suffixes()

ComponentRow = tuple[str, int, int, str, int | None]
"""suffix, component type, status, text, at."""
AnalogRow = tuple[str, int, int, int, int | None]
"""suffix, component type, analog type, value, at."""
SystemRow = tuple[str, int, int | None]
"""suffix, status, at."""
OperationRow = tuple[str, int, int, int | None]
"""suffix ("" for the device itself), operations, operator, at."""
DeviceRow = tuple[int, int | None]
"""status, at."""

_COMPONENT: Callable[[bytes], Iterable[tuple[bytes, int, bytes, bytes]]] = struct.Struct("<7sH31s6s").iter_unpack
_BARE: Callable[[bytes], Iterable[tuple[bytes, int, bytes]]] = struct.Struct("<7sH6s").iter_unpack
_ANALOG: Callable[[bytes], Iterable[tuple[bytes, int, int, bytes]]] = struct.Struct("<7sBh6s").iter_unpack
_SYSTEM: Callable[[bytes], Iterable[tuple[bytes, int, bytes]]] = struct.Struct("<2sH6s").iter_unpack
_OPERATION: Callable[[bytes], Iterable[tuple[bytes, int, int, bytes]]] = struct.Struct("<2sBB6s").iter_unpack
_DEVICE_OPERATION: Callable[[bytes], Iterable[tuple[int, int, bytes]]] = struct.Struct("<BB6s").iter_unpack


_TAKEN = frozenset({1, 2, 3, 4, 21, 24})


def suits(dialect: Dialect) -> bool:
    """May this path read the dialect's frames? BCD time, swapped bytes, binary texts go the slow way."""
    swapped = dialect.big_endian_status or dialect.big_endian_analog
    textual = dialect.description is Description.TEXT
    return dialect.time is TimeForm.BINARY and textual and not swapped and _TAKEN.isdisjoint(dialect.types)


def components(adu: bytes) -> list[ComponentRow] | None:
    """Type 2, objects of 46 or 15 bytes."""
    size = len(adu) - 2
    count = adu[1] if size > 0 else 0
    suffixes, times = SUFFIXES, _TIMES
    if size == count * 46 and count:
        texts = TEXTS
        return [(suffixes[k], k[2], status, texts[words], times[t]) for k, status, words, t in _COMPONENT(adu[2:])]
    if size == count * 15 and count:
        return [(suffixes[k], k[2], status, "", times[t]) for k, status, t in _BARE(adu[2:])]
    return None


def analogs(adu: bytes) -> list[AnalogRow] | None:
    """Type 3. The value is the signed wire number."""
    if len(adu) < 18 or len(adu) != 2 + 16 * adu[1]:
        return None
    suffixes, times = SUFFIXES, _TIMES
    return [(suffixes[k], k[2], kind, value, times[t]) for k, kind, value, t in _ANALOG(adu[2:])]


def systems(adu: bytes) -> list[SystemRow] | None:
    """Type 1."""
    if len(adu) < 12 or len(adu) != 2 + 10 * adu[1]:
        return None
    suffixes, times = SUFFIXES, _TIMES
    return [(suffixes[k], status, times[t]) for k, status, t in _SYSTEM(adu[2:])]


def system_operations(adu: bytes) -> list[OperationRow] | None:
    """Type 4."""
    if len(adu) < 12 or len(adu) != 2 + 10 * adu[1]:
        return None
    suffixes, times = SUFFIXES, _TIMES
    return [(suffixes[k], flags, who, times[t]) for k, flags, who, t in _OPERATION(adu[2:])]


def device_operations(adu: bytes) -> list[OperationRow] | None:
    """Type 24."""
    if len(adu) < 10 or len(adu) != 2 + 8 * adu[1]:
        return None
    times = _TIMES
    return [("", flags, who, times[t]) for flags, who, t in _DEVICE_OPERATION(adu[2:])]


def device(adu: bytes) -> DeviceRow | None:
    """Type 21, with or without its time label."""
    if len(adu) == 9 and adu[1] == 1:
        return adu[2], _TIMES[adu[3:]]
    if len(adu) == 3 and adu[1] == 1:
        return adu[2], None
    return None
