"""Data units (8.1–8.3): bytes ⇄ typed objects, both directions, for every type of the standard.

Enters: an ADU and a dialect. Leaves: `Adu` with objects and notes. Oddities of real devices are notes, never
exceptions: what can be read is read, the rest is kept raw. The object size comes from the length and the count, not
from the type alone.
"""

import enum
import struct
from collections.abc import Callable, Sequence

import msgspec

from zhigan.protocols.gb26875 import text, times
from zhigan.protocols.gb26875.codes import Type
from zhigan.protocols.gb26875.dialects import SWITCH, TOLERANT, Description, Dialect, PrivateType
from zhigan.protocols.gb26875.objects import (
    Analog,
    CheckDuty,
    ComponentConfiguration,
    ComponentStatus,
    DeviceClock,
    DeviceConfiguration,
    DeviceOperation,
    DeviceStatus,
    DeviceVersion,
    Initialise,
    Object,
    Private,
    ReadComponent,
    ReadDevice,
    ReadDeviceOperations,
    ReadSystem,
    ReadSystemOperations,
    Switch,
    SyncClock,
    SystemClock,
    SystemConfiguration,
    SystemOperation,
    SystemStatus,
    SystemVersion,
)

LABEL_SIZE = 6


class NoteName(enum.StrEnum):
    """Oddities that do not make a frame bad."""

    EMPTY_ADU = "empty_adu"
    SINGLE_BYTE_ADU = "single_byte_adu"
    ZERO_COUNT = "zero_count"
    COUNT_OVER_LIMIT = "count_over_limit"
    SIZE_MISMATCH = "size_mismatch"
    PRIVATE_SIZE = "private_size"
    TRAILING_BYTES = "trailing_bytes"
    UNKNOWN_TYPE = "unknown_type"
    PRIVATE_TYPE = "private_type"
    UNKNOWN_COMMAND = "unknown_command"
    PRIVATE_COMMAND = "private_command"
    UNUSUAL_VERSION = "unusual_version"
    INVALID_TIME = "invalid_time"
    ILLEGIBLE_TEXT = "illegible_text"
    HEARTBEAT = "heartbeat"


class Note(msgspec.Struct, frozen=True):
    name: NoteName
    detail: str = ""


class Adu(msgspec.Struct, frozen=True):
    """`type` None: the data unit is too short to name one. `rest`: bytes that no object took."""

    type: int | None
    count: int
    objects: tuple[Object, ...] = ()
    notes: tuple[Note, ...] = ()
    rest: bytes = b""


class Layout(msgspec.Struct, frozen=True):
    """`size` is the standard's; `timed`: a time label ends it, and some makers leave that out."""

    size: int
    limit: int
    read: Callable[[bytes, Dialect], Object]
    timed: bool = False


def _tail(raw: bytes, at: int, dialect: Dialect) -> tuple[int | None, bytes]:
    label = raw[at : at + LABEL_SIZE]
    return (times.LABELS[dialect.time][label] if len(label) == LABEL_SIZE else None), label


def _status(raw: bytes, dialect: Dialect) -> int:
    return int.from_bytes(raw, "big" if dialect.big_endian_status else "little")


def _text(raw: bytes, dialect: Dialect) -> str:
    return "" if dialect.description is Description.BINARY else text.TEXTS[raw]


def _system_status(raw: bytes, dialect: Dialect) -> Object:
    return SystemStatus(raw[0], raw[1], _status(raw[2:4], dialect), *_tail(raw, 4, dialect))


def _component_status(raw: bytes, dialect: Dialect) -> Object:
    """46 bytes, or 15 without description, or 16 (status, a byte, time), or a prefix of nine with a maker's tail."""
    address = int.from_bytes(raw[3:7], "little")
    status = _status(raw[7:9], dialect)
    size = len(raw)
    if size >= 46:
        at, label = _tail(raw, 40, dialect)
        words = raw[9:40]
        return ComponentStatus(
            raw[0], raw[1], raw[2], address, status, _text(words, dialect), at, words, label, raw[46:]
        )
    if size in (15, 16):
        at, label = _tail(raw, size - LABEL_SIZE, dialect)
        return ComponentStatus(raw[0], raw[1], raw[2], address, status, "", at, b"", label, raw[9 : size - LABEL_SIZE])
    return ComponentStatus(raw[0], raw[1], raw[2], address, status, extra=raw[9:])


def _analog(raw: bytes, dialect: Dialect) -> Object:
    value = int.from_bytes(raw[8:10], "big" if dialect.big_endian_analog else "little", signed=True)
    address = int.from_bytes(raw[3:7], "little")
    return Analog(raw[0], raw[1], raw[2], address, raw[7], value, *_tail(raw, 10, dialect))


def _switch(raw: bytes, dialect: Dialect) -> Object:
    address, value = int.from_bytes(raw[3:7], "little"), int.from_bytes(raw[8:10], "little")
    return Switch(Type.COMPONENT_STATUS, raw[0], raw[1], raw[2], address, raw[7], value, *_tail(raw, 10, dialect))


def _component_configuration(raw: bytes, dialect: Dialect) -> Object:
    words = raw[7:38]
    return ComponentConfiguration(
        raw[0], raw[1], raw[2], int.from_bytes(raw[3:7], "little"), _text(words, dialect), words
    )


def _read_system(type_: int) -> Callable[[bytes, Dialect], Object]:
    return lambda raw, _: ReadSystem(type_, raw[0], raw[1])


def _read_component(type_: int) -> Callable[[bytes, Dialect], Object]:
    return lambda raw, _: ReadComponent(type_, raw[0], raw[1], int.from_bytes(raw[2:6], "little"))


def _read_device(type_: int) -> Callable[[bytes, Dialect], Object]:
    return lambda raw, _: ReadDevice(type_, raw[0])


LAYOUTS: dict[int, Layout] = {
    Type.SYSTEM_STATUS: Layout(10, 102, _system_status, True),
    Type.COMPONENT_STATUS: Layout(46, 22, _component_status),
    Type.ANALOG: Layout(16, 63, _analog, True),
    Type.SYSTEM_OPERATION: Layout(10, 102, lambda r, d: SystemOperation(r[0], r[1], r[2], r[3], *_tail(r, 4, d)), True),
    Type.SYSTEM_VERSION: Layout(4, 1, lambda r, _: SystemVersion(r[0], r[1], r[2], r[3])),
    Type.COMPONENT_CONFIGURATION: Layout(38, 26, _component_configuration),
    Type.SYSTEM_CLOCK: Layout(8, 1, lambda r, d: SystemClock(r[0], r[1], *_tail(r, 2, d))),
    Type.DEVICE_STATUS: Layout(7, 1, lambda r, d: DeviceStatus(r[0], *_tail(r, 1, d)), True),
    Type.DEVICE_OPERATION: Layout(8, 127, lambda r, d: DeviceOperation(r[0], r[1], *_tail(r, 2, d)), True),
    Type.DEVICE_VERSION: Layout(2, 1, lambda r, _: DeviceVersion(r[0], r[1])),
    Type.DEVICE_CLOCK: Layout(6, 1, lambda r, d: DeviceClock(*_tail(r, 0, d))),
    Type.READ_SYSTEM_STATUS: Layout(2, 102, _read_system(61)),
    Type.READ_COMPONENT_STATUS: Layout(6, 22, _read_component(62)),
    Type.READ_ANALOG: Layout(6, 63, _read_component(63)),
    Type.READ_SYSTEM_OPERATIONS: Layout(9, 1, lambda r, d: ReadSystemOperations(r[0], r[1], r[2], *_tail(r, 3, d))),
    Type.READ_SYSTEM_VERSION: Layout(2, 1, _read_system(65)),
    Type.READ_SYSTEM_CONFIGURATION: Layout(2, 3, _read_system(66)),
    Type.READ_COMPONENT_CONFIGURATION: Layout(6, 26, _read_component(67)),
    Type.READ_SYSTEM_CLOCK: Layout(2, 1, _read_system(68)),
    Type.READ_DEVICE_STATUS: Layout(1, 1, _read_device(81)),
    Type.READ_DEVICE_OPERATIONS: Layout(7, 1, lambda r, d: ReadDeviceOperations(r[0], *_tail(r, 1, d))),
    Type.READ_DEVICE_VERSION: Layout(1, 1, _read_device(85)),
    Type.READ_DEVICE_CONFIGURATION: Layout(1, 1, _read_device(86)),
    Type.READ_DEVICE_CLOCK: Layout(1, 1, _read_device(88)),
    Type.INITIALISE: Layout(1, 1, lambda r, _: Initialise(r[0])),
    Type.SYNC_CLOCK: Layout(6, 1, lambda r, d: SyncClock(*_tail(r, 0, d))),
    Type.CHECK_DUTY: Layout(1, 1, lambda r, _: CheckDuty(r[0])),
    SWITCH: Layout(16, 63, _switch),
}
"""Fixed-size types. 6 and 26 carry their own length and are read one after the other."""

VARIABLE: dict[int, int] = {Type.SYSTEM_CONFIGURATION: 3, Type.DEVICE_CONFIGURATION: 1}
"""Type → bytes up to and with the length byte."""

_USER_TYPES = 128
_PREFIX = 9  # of a type 2 object: system to status, alike in every size seen


def decode_adu(adu: bytes, dialect: Dialect = TOLERANT) -> Adu:
    """Never raises. A count, size or type that does not fit is a note."""
    if not adu:
        return Adu(None, 0, notes=(Note(NoteName.EMPTY_ADU),))
    if len(adu) == 1:
        return Adu(None, 0, notes=(Note(NoteName.SINGLE_BYTE_ADU, f"0x{adu[0]:02X}"),), rest=adu)
    type_, count, body = adu[0], adu[1], adu[2:]
    if type_ in VARIABLE:
        return _decode_variable(type_, count, body, dialect)
    private = dialect.types.get(type_)
    layout = LAYOUTS.get(private.alike if private and private.alike else type_)
    if layout is None:
        return _keep_private(type_, count, body, private)
    notes = _count_notes(count, layout)
    if private:
        notes.append(Note(NoteName.PRIVATE_TYPE, f"{type_}: {private.en}"))
    size = _size(type_, layout, count, len(body), dialect, notes)
    fitting = min(count, len(body) // size) if size else 0
    objects = tuple(layout.read(body[i * size : (i + 1) * size], dialect) for i in range(fitting))
    rest = body[fitting * size :]
    if rest and not any(n.name is NoteName.SIZE_MISMATCH for n in notes):
        notes.append(Note(NoteName.TRAILING_BYTES, f"{len(rest)} bytes behind the last object"))
    if private:
        objects = tuple(_as_private(o, private) for o in objects)
    return Adu(type_, count, objects, tuple(notes), rest)


def _count_notes(count: int, layout: Layout) -> list[Note]:
    if count == 0:
        return [Note(NoteName.ZERO_COUNT)]
    if count > layout.limit:
        return [Note(NoteName.COUNT_OVER_LIMIT, f"{count} objects; at most {layout.limit}")]
    return []


def _as_private(o: Object, private: PrivateType) -> Object:
    if isinstance(o, Switch):
        return msgspec.structs.replace(o, type=private.type)
    if private.clears and isinstance(o, SystemStatus | ComponentStatus | DeviceStatus):
        return msgspec.structs.replace(o, status=0)
    return o


def _size(type_: int, layout: Layout, count: int, length: int, dialect: Dialect, notes: list[Note]) -> int:
    """The size of one object, 0 where no object can be read."""
    if count == 0:
        return 0
    each, uneven = divmod(length, count)
    known = each in dialect.sizes.get(type_, ()) or (layout.timed and each == layout.size - LABEL_SIZE)
    if not uneven and each == layout.size:
        return each
    if not uneven and known:
        notes.append(Note(NoteName.PRIVATE_SIZE, f"objects of {each} bytes; the standard's have {layout.size}"))
        return each
    if length > count * layout.size:
        return layout.size
    detail = f"{count} objects in {length} bytes; the standard's have {layout.size} each"
    notes.append(Note(NoteName.SIZE_MISMATCH, detail))
    if type_ == Type.COMPONENT_STATUS and not uneven and each >= _PREFIX:
        return each
    return layout.size


def _decode_variable(type_: int, count: int, body: bytes, dialect: Dialect) -> Adu:
    head = VARIABLE[type_]
    notes: list[Note] = [] if count else [Note(NoteName.ZERO_COUNT)]
    objects: list[Object] = []
    at = 0
    for _ in range(count):
        words = body[at + head : at + head + body[at + head - 1]] if len(body) >= at + head else b""
        if len(body) < at + head or len(words) < body[at + head - 1]:
            detail = f"{len(objects)} of {count} objects are whole"
            notes.append(Note(NoteName.SIZE_MISMATCH, detail))
            break
        if type_ == Type.SYSTEM_CONFIGURATION:
            objects.append(SystemConfiguration(body[at], body[at + 1], _text(words, dialect), words))
        else:
            objects.append(DeviceConfiguration(_text(words, dialect), words))
        at += head + len(words)
    if at < len(body) and len(objects) == count:
        notes.append(Note(NoteName.TRAILING_BYTES, f"{len(body) - at} bytes behind the last object"))
    return Adu(type_, count, tuple(objects), tuple(notes), body[at:])


def _keep_private(type_: int, count: int, body: bytes, known: PrivateType | None) -> Adu:
    if known:
        note = Note(NoteName.PRIVATE_TYPE, f"{type_}: {known.en}")
    elif type_ >= _USER_TYPES:
        note = Note(NoteName.PRIVATE_TYPE, f"{type_}")
    else:
        note = Note(NoteName.UNKNOWN_TYPE, f"{type_} is reserved")
    return Adu(type_, count, (Private(type_, body),) if body else (), (note,))


# The other direction.

_SS = struct.Struct("<BBH")
_CS = struct.Struct("<BBBIH")
_AN = struct.Struct("<BBBIBh")
_CC = struct.Struct("<BBBI")
_RC = struct.Struct("<BBI")


def _label(at: int | None, label: bytes, dialect: Dialect) -> bytes:
    if label:
        return label
    return times.NO_LABEL if at is None else times.encode(at, dialect.time)


def _swapped(raw: bytes, at: int, wanted: bool) -> bytes:
    return raw[:at] + raw[at : at + 2][::-1] + raw[at + 2 :] if wanted else raw


def encode_object(o: Object, dialect: Dialect = TOLERANT, described: bool = True) -> tuple[int, bytes]:
    """Type and bytes of one object. `described=False`: type 2 without its description, in 15 bytes."""
    match o:
        case SystemStatus(system_type=s, system_address=a, status=status):
            return 1, _swapped(_SS.pack(s, a, status), 2, dialect.big_endian_status) + _label(o.at, o.label, dialect)
        case ComponentStatus():
            return 2, _encode_component_status(o, dialect, described)
        case Analog():
            head = _AN.pack(
                o.system_type, o.system_address, o.component_type, o.component_address, o.analog_type, o.value
            )
            return 3, _swapped(head, 8, dialect.big_endian_analog) + _label(o.at, o.label, dialect)
        case SystemOperation():
            head = bytes((o.system_type, o.system_address, o.operations, o.operator))
            return 4, head + _label(o.at, o.label, dialect)
        case DeviceStatus():
            return 21, bytes((o.status,)) + _label(o.at, o.label, dialect)
        case DeviceOperation():
            return 24, bytes((o.operations, o.operator)) + _label(o.at, o.label, dialect)
        case _:
            return _encode_rare(o, dialect)


def _encode_component_status(o: ComponentStatus, dialect: Dialect, described: bool) -> bytes:
    head = _CS.pack(o.system_type, o.system_address, o.component_type, o.component_address, o.status)
    words = (o.text_raw or text.encode(o.text)) if described else b""
    return _swapped(head, 7, dialect.big_endian_status) + words + _label(o.at, o.label, dialect) + o.extra


def _encode_rare(o: Object, dialect: Dialect) -> tuple[int, bytes]:
    match o:
        case SystemVersion():
            return 5, bytes((o.system_type, o.system_address, o.major, o.minor))
        case SystemConfiguration():
            words = o.text_raw or text.encode_free(o.text)
            return 6, bytes((o.system_type, o.system_address, len(words))) + words
        case ComponentConfiguration():
            head = _CC.pack(o.system_type, o.system_address, o.component_type, o.component_address)
            return 7, head + (o.text_raw or text.encode(o.text))
        case SystemClock():
            return 8, bytes((o.system_type, o.system_address)) + _label(o.at, o.label, dialect)
        case DeviceVersion():
            return 25, bytes((o.major, o.minor))
        case DeviceConfiguration():
            words = o.text_raw or text.encode_free(o.text)
            return 26, bytes((len(words),)) + words
        case DeviceClock():
            return 28, _label(o.at, o.label, dialect)
        case Switch():
            head = _AN.pack(o.system_type, o.system_address, o.component_type, o.component_address, o.kind, o.value)
            return o.type, head + _label(o.at, o.label, dialect)
        case Private():
            return o.type, o.raw
        case _:
            return _encode_downward(o, dialect)


def _encode_downward(o: Object, dialect: Dialect) -> tuple[int, bytes]:
    match o:
        case ReadSystem():
            return o.type, bytes((o.system_type, o.system_address))
        case ReadComponent():
            return o.type, _RC.pack(o.system_type, o.system_address, o.component_address)
        case ReadSystemOperations():
            head = bytes((o.system_type, o.system_address, o.wanted))
            return 64, head + _label(o.at, o.label, dialect)
        case ReadDevice():
            return o.type, bytes((o.reserved,))
        case ReadDeviceOperations():
            return 84, bytes((o.wanted,)) + _label(o.at, o.label, dialect)
        case Initialise():
            return 89, bytes((o.reserved,))
        case SyncClock():
            return 90, _label(o.at, o.label, dialect)
        case CheckDuty():
            return 91, bytes((o.minutes,))
        case _:
            raise TypeError(f"no layout for {type(o).__name__}")


def encode_adu(objects: Sequence[Object], dialect: Dialect = TOLERANT, described: bool = True) -> bytes:
    """A data unit of objects of one type. ValueError: none, mixed types, or more than a frame may carry."""
    parts = [encode_object(o, dialect, described) for o in objects]
    types = {t for t, _ in parts}
    if len(types) != 1:
        raise ValueError(f"a data unit holds objects of one type, not {sorted(types)}")
    adu = bytes((types.pop(), len(parts))) + b"".join(raw for _, raw in parts)
    if len(parts) > 255 or len(adu) > dialect.adu_limit:
        raise ValueError(f"{len(adu)} bytes; a data unit has at most {dialect.adu_limit}")
    return adu
