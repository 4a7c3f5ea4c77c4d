"""OMA TLV (content format 11542; 1542 before it had a number). Pure.

Enters: bytes and the path that they are told of. Leaves: records; and bytes of records. A resource's bytes have no type
of their own, so the object's description gives it. Absent: anything else of LwM2M.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from zhigan.protocols.lwm2m import values
from zhigan.protocols.lwm2m.model import RECORDS_MAX, FormatFault, LwM2MError, Path, Record
from zhigan.protocols.lwm2m.objects import kind_of

_INSTANCE: Final = 0
_RESOURCE_INSTANCE: Final = 1
_MULTIPLE: Final = 2
_RESOURCE: Final = 3


class Entry(NamedTuple):
    kind: int
    id: int
    value: bytes


def entries(data: bytes) -> Iterator[Entry]:
    place, size = 0, len(data)
    while place < size:
        head = data[place]
        place += 1
        wide = 2 if head & 0x20 else 1
        lengths = head >> 3 & 3
        if place + wide + lengths > size:
            raise LwM2MError(FormatFault.TRUNCATED, "a TLV ends in its head")
        number = int.from_bytes(data[place : place + wide], "big")
        place += wide
        length = int.from_bytes(data[place : place + lengths], "big") if lengths else head & 7
        place += lengths
        if place + length > size:
            raise LwM2MError(FormatFault.TRUNCATED, f"a TLV of {length} bytes where {size - place} are left")
        yield Entry(head >> 6, number, data[place : place + length])
        place += length


def decode(data: bytes, base: Path) -> list[Record]:
    found: list[Record] = []
    if not base:
        raise LwM2MError(FormatFault.BAD_TLV, "TLV without an object")
    for entry in entries(data):
        _take(found, entry, base)
        if len(found) > RECORDS_MAX:
            raise LwM2MError(FormatFault.TOO_MANY, f"more than {RECORDS_MAX} values")
    return found


def _take(found: list[Record], entry: Entry, base: Path) -> None:
    if entry.kind == _INSTANCE:
        if len(base) > 2 or (len(base) == 2 and base[1] != entry.id):
            raise LwM2MError(FormatFault.BAD_TLV, f"instance {entry.id} below {base}")
        for inner in entries(entry.value):
            if inner.kind == _INSTANCE:
                raise LwM2MError(FormatFault.BAD_TLV, "an instance within an instance")
            _take(found, inner, (*base[:1], entry.id))
        return
    if entry.kind == _RESOURCE_INSTANCE:
        if len(base) < 3:
            raise LwM2MError(FormatFault.BAD_TLV, "a resource instance without its resource")
        _put(found, (*base[:3], entry.id), entry.value)
        return
    resource = _resource(entry, base)
    if entry.kind == _RESOURCE:
        _put(found, resource, entry.value)
        return
    for inner in entries(entry.value):
        if inner.kind != _RESOURCE_INSTANCE:
            raise LwM2MError(FormatFault.BAD_TLV, "a multiple resource holds resource instances, nothing else")
        _put(found, (*resource, inner.id), inner.value)


def _resource(entry: Entry, base: Path) -> Path:
    """Of an object that there is once, devices leave the instance out: it is 0."""
    if len(base) >= 3:
        if base[2] != entry.id:
            raise LwM2MError(FormatFault.BAD_TLV, f"resource {entry.id} below {base}")
        return base[:3]
    return (*base, entry.id) if len(base) == 2 else (*base[:1], 0, entry.id)


def _put(found: list[Record], path: Path, data: bytes) -> None:
    found.append(Record(path, values.of_bytes(kind_of(path), data)))


def encode(records: list[Record], base: Path) -> bytes:
    """Records of one instance (base of two numbers) or one resource (of three), in their order."""
    parts: list[bytes] = []
    several: dict[int, list[bytes]] = {}
    for record in records:
        resource = record.path[2]
        data = values.to_bytes(kind_of(record.path), record.value)
        if len(record.path) == 4:
            if resource not in several:
                several[resource] = []
                parts.append(b"")
            several[resource].append(_write(_RESOURCE_INSTANCE, record.path[3], data))
            parts[-1] = _write(_MULTIPLE, resource, b"".join(several[resource]))
        else:
            parts.append(_write(_RESOURCE, resource, data))
    if len(base) > 3:
        return b"".join(piece for pieces in several.values() for piece in pieces)
    return b"".join(parts)


def _write(kind: int, number: int, data: bytes) -> bytes:
    size = len(data)
    head = kind << 6 | (0x20 if number > 255 else 0)
    name = number.to_bytes(2 if number > 255 else 1, "big")
    if size < 8:
        return bytes((head | size,)) + name + data
    width = 1 if size < 256 else 2 if size < 65_536 else 3
    return bytes((head | width << 3,)) + name + size.to_bytes(width, "big") + data
