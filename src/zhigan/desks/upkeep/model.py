"""The nouns of a device's page: what anybody sees, what staff see, an inspection, a report."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from zhigan.incidents.model import Place
from zhigan.vocabulary.telephones import Telephone

PublicState = Literal["in_service", "not_in_service", "suspended", "retired"]
PublicCondition = Literal["normal", "alarm", "fault", "offline", "test", "unknown"]
Heard = Literal["today", "week", "longer", "never"]
ReportKind = Literal["damaged", "missing", "beeping", "blocked", "false_alarms", "other"]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A device as this room needs it; never shown as it is."""

    id: str
    name: str
    address: str
    type: str
    maker: str
    model: str
    serial: str
    state: str
    gone: bool
    conditions: int
    seen_at: datetime | None
    made_on: date | None
    installed_on: date | None
    life_until: date | None
    tested_at: datetime | None
    place: Place


class PublicInspection(msgspec.Struct, frozen=True):
    """No names, no words of anybody."""

    on: date
    passed: bool


class PublicDevice(msgspec.Struct, frozen=True, kw_only=True):
    """What the sticker's page says to anybody: nothing of the unit, the place, or a person."""

    code: str
    type: str
    maker: str
    model: str
    state: PublicState
    condition: PublicCondition
    heard: Heard
    made_on: date | None
    installed_on: date | None
    life_until: date | None
    tested_on: date | None
    inspections: list[PublicInspection]
    reportable: bool


class Reported(msgspec.Struct, frozen=True):
    """A picture may follow for half an hour, to the report's own id."""

    id: str


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    at: datetime
    who: str
    role: str
    passed: bool
    good: list[str]
    bad: list[str]
    note: str
    photo: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    at: datetime
    kind: ReportKind
    note: str
    phone: Telephone
    photo: bool
    incident_id: str | None


class Upkeep(msgspec.Struct, frozen=True, kw_only=True):
    """What staff see besides: `code` where the device has a sticker's code, `checklist` for its kind."""

    device_id: str
    name: str
    code: str
    unit: str
    place: str
    checklist: list[str]
    inspections: list[Inspection]
    reports: list[Report]


class NewInspection(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is made on the phone. A point of the check list stands in `good` or `bad`; what does not apply in none."""

    id: str
    passed: bool
    good: Annotated[list[str], Meta(max_length=20)] = []
    bad: Annotated[list[str], Meta(max_length=20)] = []
    note: Annotated[str, Meta(max_length=500)] = ""
    at: datetime | None = None


class NewReport(msgspec.Struct, frozen=True, kw_only=True):
    kind: ReportKind
    note: Annotated[str, Meta(max_length=300)] = ""
    phone: Annotated[str, Meta(max_length=24)] = ""
