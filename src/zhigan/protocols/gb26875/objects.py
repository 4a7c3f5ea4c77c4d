"""Information objects (8.2, 8.3) as structs, one a layout. Enters and leaves: `layouts`. Numbers stay as the wire has
them.

`at` is µs since 1970 UTC or None where the label names no date; `label` its six raw bytes, which win when encoding,
so that what was read is written back unchanged; the same holds for `text` and `text_raw`. `component_address` is the
four bytes as an unsigned little-endian number; how a maker splits them is the dialect's business. Absent: meaning of
bits (`tables`).
"""

import msgspec


class SystemStatus(msgspec.Struct, frozen=True, gc=False):
    """Type 1."""

    system_type: int
    system_address: int
    status: int
    at: int | None = None
    label: bytes = b""


class ComponentStatus(msgspec.Struct, frozen=True, gc=False):
    """Type 2. `extra` holds what a private object size has beyond the known fields."""

    system_type: int
    system_address: int
    component_type: int
    component_address: int
    status: int
    text: str = ""
    at: int | None = None
    text_raw: bytes = b""
    label: bytes = b""
    extra: bytes = b""


class Analog(msgspec.Struct, frozen=True, gc=False):
    """Type 3. `value` is the signed wire number; times `tables.ANALOGS[...].step` it is in the quantity's unit."""

    system_type: int
    system_address: int
    component_type: int
    component_address: int
    analog_type: int
    value: int
    at: int | None = None
    label: bytes = b""


class SystemOperation(msgspec.Struct, frozen=True, gc=False):
    """Type 4."""

    system_type: int
    system_address: int
    operations: int
    operator: int
    at: int | None = None
    label: bytes = b""


class SystemVersion(msgspec.Struct, frozen=True, gc=False):
    """Type 5."""

    system_type: int
    system_address: int
    major: int
    minor: int


class SystemConfiguration(msgspec.Struct, frozen=True, gc=False):
    """Type 6, of variable length."""

    system_type: int
    system_address: int
    text: str
    text_raw: bytes = b""


class ComponentConfiguration(msgspec.Struct, frozen=True, gc=False):
    """Type 7."""

    system_type: int
    system_address: int
    component_type: int
    component_address: int
    text: str
    text_raw: bytes = b""


class SystemClock(msgspec.Struct, frozen=True, gc=False):
    """Type 8."""

    system_type: int
    system_address: int
    at: int | None = None
    label: bytes = b""


class DeviceStatus(msgspec.Struct, frozen=True, gc=False):
    """Type 21: the transmission device itself."""

    status: int
    at: int | None = None
    label: bytes = b""


class DeviceOperation(msgspec.Struct, frozen=True, gc=False):
    """Type 24."""

    operations: int
    operator: int
    at: int | None = None
    label: bytes = b""


class DeviceVersion(msgspec.Struct, frozen=True, gc=False):
    """Type 25."""

    major: int
    minor: int


class DeviceConfiguration(msgspec.Struct, frozen=True, gc=False):
    """Type 26, of variable length."""

    text: str
    text_raw: bytes = b""


class DeviceClock(msgspec.Struct, frozen=True, gc=False):
    """Type 28."""

    at: int | None = None
    label: bytes = b""


class ReadSystem(msgspec.Struct, frozen=True, gc=False):
    """Types 61, 65, 66, 68."""

    type: int
    system_type: int
    system_address: int


class ReadComponent(msgspec.Struct, frozen=True, gc=False):
    """Types 62, 63, 67: no component type byte."""

    type: int
    system_type: int
    system_address: int
    component_address: int


class ReadSystemOperations(msgspec.Struct, frozen=True, gc=False):
    """Type 64: at most 102 records from `at` on."""

    system_type: int
    system_address: int
    wanted: int
    at: int | None = None
    label: bytes = b""


class ReadDevice(msgspec.Struct, frozen=True, gc=False):
    """Types 81, 85, 86, 88: one reserved byte."""

    type: int
    reserved: int = 0


class ReadDeviceOperations(msgspec.Struct, frozen=True, gc=False):
    """Type 84."""

    wanted: int
    at: int | None = None
    label: bytes = b""


class Initialise(msgspec.Struct, frozen=True, gc=False):
    """Type 89."""

    reserved: int = 0


class SyncClock(msgspec.Struct, frozen=True, gc=False):
    """Type 90: the centre's time."""

    at: int | None = None
    label: bytes = b""


class CheckDuty(msgspec.Struct, frozen=True, gc=False):
    """Type 91: minutes in which the duty person must answer."""

    minutes: int


class Switch(msgspec.Struct, frozen=True, gc=False):
    """富贝 2024, types 2, 0x87, 0x96, 0x97: `kind` 0 manual, 1 power cut, 2 started, 3 fault; `value` 0 = not so."""

    type: int
    system_type: int
    system_address: int
    component_type: int
    component_address: int
    kind: int
    value: int
    at: int | None = None
    label: bytes = b""


class Private(msgspec.Struct, frozen=True, gc=False):
    """A type, or a size, that neither the standard nor the dialect lays out: kept as it came."""

    type: int
    raw: bytes


Object = (
    SystemStatus
    | ComponentStatus
    | Analog
    | SystemOperation
    | SystemVersion
    | SystemConfiguration
    | ComponentConfiguration
    | SystemClock
    | DeviceStatus
    | DeviceOperation
    | DeviceVersion
    | DeviceConfiguration
    | DeviceClock
    | ReadSystem
    | ReadComponent
    | ReadSystemOperations
    | ReadDevice
    | ReadDeviceOperations
    | Initialise
    | SyncClock
    | CheckDuty
    | Switch
    | Private
)
