"""The nouns of asking: who is asked, where, how often; and how long we wait.

A device's address in the registry is `HOST:PORT:UNIT` (`[v6]:502:1` too); its profile names the map, `acrel_asj` or
`acrel_asj:10` where it is to be asked every ten seconds. Behind a serial gateway many units share host and port.
"""

import re
from typing import Final, NamedTuple

from zhigan.protocols.modbus import Map, Maps
from zhigan.protocols.modbus.maps import EVERY_MAX_S, EVERY_MIN_S

GATEWAY: Final = "modbus"
UNITS_MAX: Final = 64
"""Devices behind one host and port: a serial line at 9600 baud asks no more of them in time."""
HOSTS_MAX: Final = 1000
_ADDRESS: Final = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,200}):(?P<port>\d{1,5}):(?P<unit>\d{1,3})"
)


class Host(NamedTuple):
    host: str
    port: int

    @property
    def url(self) -> str:
        """As the guard of outward addresses reads it."""
        return f"http://{self.host}:{self.port}"


class Target(NamedTuple):
    address: str
    host: Host
    unit: int
    by: Map
    every_s: int


class Terms(NamedTuple):
    answer_s: float = 3.0
    connect_s: float = 5.0
    misses: int = 3  # unanswered rounds before the link is said to be lost
    rest_least_s: float = 1.0
    rest_most_s: float = 300.0
    at_once: int = 40  # connections that are being made


def target(address: str, profile: str, maps: Maps) -> Target | str:
    """Who is asked, or what is wrong with the entry."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not (0 < int(found["port"]) < 65536 and 0 < int(found["unit"]) <= 247):
        return "the address is not HOST:PORT:UNIT"
    name, _, every = profile.partition(":")
    by = maps.get(name)
    if by is None:
        return f"the profile names no map; there are {', '.join(maps.names())}"
    if every and not (every.isdigit() and EVERY_MIN_S <= int(every) <= EVERY_MAX_S):
        return f"the profile's seconds are {EVERY_MIN_S} to {EVERY_MAX_S}"
    host = Host(found["host"].lower(), int(found["port"]))
    return Target(address, host, int(found["unit"]), by, int(every) if every else by.every_s)
