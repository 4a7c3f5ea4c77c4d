"""GB/T 26875.3-2011 用户信息传输装置 ↔ 监控中心: bytes ⇄ messages, sans-I/O.

Enters: bytes of a connection, and now where something is stamped. Leaves: `Frame`s, typed objects, named `Fault`s and
`Note`s, and whole frames to send. Absent: sockets, clocks, sessions, serial counters, and what a bit means for the
city (gateways). The surface is what `__all__` names; README.md shows its use.
"""

from zhigan.protocols.gb26875 import build, fast, tables, text, times
from zhigan.protocols.gb26875.build import answer, confirm, deny
from zhigan.protocols.gb26875.codes import ANSWERS, Command, Type
from zhigan.protocols.gb26875.dialects import BY_NAME as DIALECTS
from zhigan.protocols.gb26875.dialects import STANDARD, TOLERANT, Dialect
from zhigan.protocols.gb26875.frame import ADU_LIMIT, Fault, FaultName, Frame, parse
from zhigan.protocols.gb26875.layouts import Adu, Note, NoteName, decode_adu, encode_adu
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
    SyncClock,
    SystemClock,
    SystemConfiguration,
    SystemOperation,
    SystemStatus,
    SystemVersion,
)
from zhigan.protocols.gb26875.reader import Event, Reader

__all__ = [
    "ADU_LIMIT",
    "ANSWERS",
    "DIALECTS",
    "STANDARD",
    "TOLERANT",
    "Adu",
    "Analog",
    "CheckDuty",
    "Command",
    "ComponentConfiguration",
    "ComponentStatus",
    "DeviceClock",
    "DeviceConfiguration",
    "DeviceOperation",
    "DeviceStatus",
    "DeviceVersion",
    "Dialect",
    "Event",
    "Fault",
    "FaultName",
    "Frame",
    "Initialise",
    "Note",
    "NoteName",
    "Object",
    "Private",
    "ReadComponent",
    "ReadDevice",
    "ReadDeviceOperations",
    "ReadSystem",
    "ReadSystemOperations",
    "Reader",
    "SyncClock",
    "SystemClock",
    "SystemConfiguration",
    "SystemOperation",
    "SystemStatus",
    "SystemVersion",
    "Type",
    "answer",
    "build",
    "confirm",
    "decode_adu",
    "deny",
    "encode_adu",
    "fast",
    "parse",
    "tables",
    "text",
    "times",
]
