"""The rows of a glance (glance.py): the city in sums, without a name of anybody. Absent: SQL."""

from datetime import datetime

import msgspec


class GradeCount(msgspec.Struct, frozen=True, kw_only=True):
    """`unverified`: nobody has found out yet what it is."""

    grade: str
    open: int
    unverified: int


class OpenSpot(msgspec.Struct, frozen=True, kw_only=True):
    """`grade`: the gravest of those that are open there."""

    lon: float
    lat: float
    grade: str
    n: int


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """`outcome` is empty while it is open; `area` and `street` are names, empty where not known."""

    at: datetime
    grade: str
    kind: str
    state: str
    outcome: str
    area: str
    street: str


class Gravest(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    kind: str
    state: str
    area: str
    street: str
    industry: str
    alarms: int
    accepted_at: datetime | None
    confirmed_at: datetime | None


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of the desk. `verified_at`: when it was confirmed, or closed by whoever found out what it was. `tells`:
    we have to tell the site; not of a test, nor of what another platform's people are called for."""

    id: str
    area: str
    firm: str
    org: str
    received_at: datetime
    claimed_at: datetime | None
    claimed_by: str
    verified_at: datetime | None
    closed_at: datetime | None
    tells: bool


class FaultServed(msgspec.Struct, frozen=True, kw_only=True):
    area: str
    firm: str
    org: str
    received_at: datetime
    closed_at: datetime | None


class Lasting(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms that stand: how many, and how old the oldest is."""

    grade: str
    n: int
    oldest_s: int


class Chattering(msgspec.Struct, frozen=True, kw_only=True):
    """`times`: how often it alarmed faster than anybody can look."""

    id: str
    name: str
    unit: str
    place: str
    times: int
