"""Modbus: registers of devices as data. No sockets, no clock.

Enters: maps (JSON: which registers are read, what stands in them), the registers that were read. Leaves: reports in the
city's words, a point each. Absent: the Modbus wire itself (a library speaks it), and addresses.
"""

from zhigan.protocols.modbus.maps import MapError, Maps, built_in, read_maps
from zhigan.protocols.modbus.model import Map, Read, Report
from zhigan.protocols.modbus.understanding import understand

__all__ = ["Map", "MapError", "Maps", "Read", "Report", "built_in", "read_maps", "understand"]
