"""A platform above that is another maker's, what it is told, and the words for a device's standing.

Enters: nothing. Leaves: nouns. Absent: rows, HTTP, and what is told when (rules.py).
"""

import enum
from datetime import datetime

import msgspec


class Adapter(enum.StrEnum):
    """Which map is shipped for it; every map may be changed."""

    GBT45839 = "gbt45839"  # GB/T 45839-2025 Annex D: Install_info, status_info
    GB26875_8 = "gb26875_8"  # GB/T 26875.8-2015: XML
    REST = "rest"  # the shape of DB36/T 1296-2020: log in, then push


class Kind(enum.StrEnum):
    INSTALL = "install"
    STATUS = "status"
    COUNTS = "counts"
    LOGIN = "login"


class Word(enum.StrEnum):
    """How a device stands, the gravest first."""

    ALARM = "alarm"
    FAULT = "fault"
    SHIELDED = "shielded"
    TAMPER = "tamper"
    OFFLINE = "offline"
    LOW_BATTERY = "low_battery"
    NORMAL = "normal"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """`areas`, `industries` empty: all of them. `secret` is open here and nowhere else. `source`: the short name of the
    same platform where it also reports to us: what it told us is not told to it again. `due_at`: not before. `upto`:
    the last state in the newest message, be it acknowledged or not."""

    id: str
    name: str
    adapter: Adapter
    url: str
    account: str
    secret: str
    map: str
    areas: tuple[str, ...]
    industries: tuple[str, ...]
    source: str
    people: bool
    answer_s: float
    paused: bool
    created_at: datetime
    failures: int
    due_at: datetime | None
    upto: int | None


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Master data, as they stand now; `digest` tells one standing from another."""

    id: str
    number: int
    serial: str
    gateway: str
    address: str
    name: str
    type: str
    maker: str
    model: str
    made_on: str
    installed_on: str
    place: str
    floor: str
    flat: str
    lon: float | None
    lat: float | None
    unit_id: str | None
    unit_name: str
    unit_code: str
    unit_address: str
    uscc: str
    building: str
    area: str
    industry: str
    community: str
    org: str
    responsible: str
    mobile: str
    digest: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A device stands otherwise since `at`. `alarm` and `rose` say by what, so that it is put down once."""

    alarm: str
    device: str
    word: Word
    at: datetime
    rose: bool


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A change that waits for one target."""

    id: int
    device: str
    word: Word
    at: datetime


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What was told, and acknowledged, on one day."""

    day: str
    alarms: int
    faults: int
    statuses: int
    installs: int
    devices: int
