"""Dialects: what makers do differently, as data. Standard + difference; the rows stand in `tables`.

Enters: a name kept with the device in the registry. Leaves: a `Dialect` that reader, layouts and builders take as an
argument. The default (`TOLERANT`) is the standard, plus what can be told apart without knowing the maker.
"""

from zhigan.protocols.gb26875.dialects.model import (
    AddressSplit,
    Checksum,
    Description,
    DeviceAddress,
    Dialect,
    Heartbeat,
    PrivateType,
)
from zhigan.protocols.gb26875.dialects.tables import BY_NAME, DIALECTS, STANDARD, TOLERANT

__all__ = [
    "BY_NAME",
    "DIALECTS",
    "STANDARD",
    "TOLERANT",
    "AddressSplit",
    "Checksum",
    "Description",
    "DeviceAddress",
    "Dialect",
    "Heartbeat",
    "PrivateType",
]
