"""Incidents as documents, for the way between two platforms: what stands, with its newest alarms and lines. Pure.

Enters and leaves: structs. A field that is not known here is ignored, one that is not told has its default: so a
platform that is a minor version older or newer is understood. Absent: rows and what is made of them (copies.py).
"""

from datetime import datetime

import msgspec


class AlarmDoc(msgspec.Struct, kw_only=True):
    id: str
    device_id: str | None = None
    gateway: str = ""
    address: str = ""
    device: str = ""
    component: str = ""
    kind: str = ""
    condition: str = ""
    raised_at: int = 0
    received_at: int = 0
    last_at: int = 0
    cleared_at: int | None = None
    count: int = 1
    text: str = ""
    raw: bytes = b""
    locus: str | None = None


class LineDoc(msgspec.Struct, kw_only=True):
    seq: int
    at: int
    who: str = ""
    what: str = ""
    detail: str = "{}"


class PlaceDoc(msgspec.Struct, kw_only=True):
    unit_id: str | None = None
    building_id: str | None = None
    text: str = ""
    lon: float | None = None
    lat: float | None = None


class ReasonDoc(msgspec.Struct, kw_only=True):
    why: str
    facts: dict[str, str | int | float] = {}


class IncidentDoc(msgspec.Struct, kw_only=True):
    """As it stands, with its newest alarms and lines. Instants are µs. Words that are not known here are taken as the
    nearest that is, so that a newer platform's fire is still a fire."""

    id: str
    version: int
    grade: int = 2
    kind: str = "fire"
    state: str = "open"
    outcome: str | None = None
    cause: str | None = None
    basis: str | None = None
    place: PlaceDoc = msgspec.field(default_factory=PlaceDoc)
    reasons: list[ReasonDoc] = []
    flags: list[str] = []
    opened_at: int
    received_at: int
    last_signal_at: int
    verify_by: int | None = None
    answer_by: int | None = None
    claimed_by: str | None = None
    claimed_name: str | None = None
    claimed_at: int | None = None
    confirmed_at: int | None = None
    closed_at: int | None = None
    merged_into: str | None = None
    alarm_count: int = 0
    desk: bool = True
    came_from: list[str] = []
    alarms: list[AlarmDoc] = []
    lines: list[LineDoc] = []


class DeviceAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as it bears on its device, for outlets that tell of devices (states.py)."""

    id: str
    device_id: str
    condition: str
    raised_at: datetime
    last_at: datetime
    cleared_at: datetime | None
