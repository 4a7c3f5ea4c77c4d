"""Dialects: what makers do differently, as data. Standard + difference; the rows stand in `tables`.

Enters: a name kept with the device in the registry. Leaves: a `Dialect` that reader, layouts and builders take as an
argument. The default (`TOLERANT`) is the standard, plus what can be told apart without knowing the maker.
"""

from zhigan.protocols.gb26875.dialects.model import (
    SWITCH,
    AddressSplit,
    Checksum,
    Description,
    DeviceAddress,
    Dialect,
    Heartbeat,
    PrivateType,
)
from zhigan.protocols.gb26875.dialects.tables import BY_NAME, DIALECTS, STANDARD, TOLERANT
from zhigan.protocols.gb26875.dialects.views import (
    Reply,
    expected_reply,
    is_heartbeat,
    refusal,
    shown_address,
    shown_serial,
    split_component,
)

__all__ = [
    "BY_NAME",
    "DIALECTS",
    "STANDARD",
    "SWITCH",
    "TOLERANT",
    "AddressSplit",
    "Checksum",
    "Description",
    "DeviceAddress",
    "Dialect",
    "Heartbeat",
    "PrivateType",
    "Reply",
    "expected_reply",
    "is_heartbeat",
    "refusal",
    "shown_address",
    "shown_serial",
    "split_component",
]
