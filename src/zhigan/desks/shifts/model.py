"""The nouns of a desk's shifts, as pages show them."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Part = Literal["lead", "duty", "operator"]
AbsenceKind = Literal["leave", "sick", "training", "other"]
ConflictKind = Literal["double", "rest", "absent", "gone", "empty", "no_lead"]
SlotName = Literal["early", "middle", "night", "day"]
Line = Annotated[str, Meta(max_length=60)]
Words = Annotated[str, Meta(max_length=200)]
MOST_DAYS = 92
"""Laid out at once."""


class Slot(msgspec.Struct, frozen=True):
    """早班 中班 夜班, or 白班 夜班. `from_minute`: of the day to which the shift belongs; above 1440 it begins after
    midnight."""

    name: SlotName
    from_minute: int
    minutes: int


class ShiftDesk(msgspec.Struct, frozen=True, kw_only=True):
    """`mine`: of one's own scope; `changes`: one may plan its shifts. `grace_minutes`: so long after its start a shift
    may be without a handover before its lead is told."""

    id: str
    name: str
    scope: str
    hours: int
    starts_minute: int
    grace_minutes: int
    slots: list[Slot]
    mine: bool
    changes: bool


class NewShiftDesk(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    scope: Annotated[str, Meta(min_length=1, max_length=400)] = "city"
    hours: Literal[8, 12] = 8
    starts_minute: Annotated[int, Meta(ge=0, le=1439)] = 480
    grace_minutes: Annotated[int, Meta(ge=1, le=240)] = 30


class ShiftDeskChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays. Where hours or start change, what was planned from now on is taken away: it no longer
    fits."""

    name: Annotated[str, Meta(min_length=1, max_length=60)] | msgspec.UnsetType = msgspec.UNSET
    hours: Literal[8, 12] | msgspec.UnsetType = msgspec.UNSET
    starts_minute: Annotated[int, Meta(ge=0, le=1439)] | msgspec.UnsetType = msgspec.UNSET
    grace_minutes: Annotated[int, Meta(ge=1, le=240)] | msgspec.UnsetType = msgspec.UNSET


class ShiftPerson(msgspec.Struct, frozen=True, kw_only=True):
    account_id: str
    name: str
    part: Part


class ShiftDuty(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    day: date
    slot: SlotName
    starts_at: datetime
    ends_at: datetime
    account_id: str
    name: str
    part: Part
    note: str


class ShiftConflict(msgspec.Struct, frozen=True, kw_only=True):
    """`double`: twice at once; `rest`: less than 8 h between two shifts (`hours` of them); `absent`: planned though
    away; `gone`: the account is closed; `empty`: nobody; `no_lead`: no lead. `elsewhere`: the other shift is at
    another desk."""

    kind: ConflictKind
    day: date
    slot: SlotName
    account_id: str | None = None
    name: str = ""
    hours: float | None = None
    elsewhere: bool = False


class ShiftAbsence(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    account_id: str
    name: str
    from_day: date
    until_day: date
    kind: AbsenceKind
    note: str


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    name: str


class ShiftSum(msgspec.Struct, frozen=True, kw_only=True):
    """Of one person in the month."""

    account_id: str
    name: str
    part: Part
    shifts: int
    hours: float
    nights: int
    holidays: int


class ShiftMonth(msgspec.Struct, frozen=True, kw_only=True):
    desk: ShiftDesk
    month: str
    today: date
    days: list[date]
    duties: list[ShiftDuty]
    conflicts: list[ShiftConflict]
    absences: list[ShiftAbsence]
    holidays: list[Holiday]
    sums: list[ShiftSum]


class NewDuty(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    slot: SlotName
    account_id: str
    note: Words = ""


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """Two duties change places, or one goes to another account: one of both."""

    with_duty: str | None = None
    account_id: str | None = None
    note: Words = ""


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """Teams take the shifts in turn: `run` days of each, then free days, each team so many days behind the one before.
    With as many teams as shifts nobody has a free day. What stands between the days and has not begun is laid anew."""

    from_day: date
    until_day: date
    teams: Annotated[list[Annotated[list[str], Meta(min_length=1, max_length=20)]], Meta(min_length=1, max_length=12)]
    run: Annotated[int, Meta(ge=1, le=14)] = 1


class NewAbsence(msgspec.Struct, frozen=True, kw_only=True):
    account_id: str
    from_day: date
    until_day: date
    kind: AbsenceKind = "leave"
    note: Words = ""


class ShiftNow(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on now at a desk, leads first, and who comes next. `day`: to which the shift belongs."""

    desk_id: str
    desk: str
    mine: bool
    slot: SlotName
    day: date
    starts_at: datetime
    ends_at: datetime
    people: list[ShiftPerson]
    next: list[ShiftPerson]
    planned: bool
    """Whether anybody is planned at this desk at all."""
