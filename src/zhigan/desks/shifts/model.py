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


class Worked(msgspec.Struct, frozen=True, kw_only=True):
    """One person's shift at a desk, as it is lent; `scope`: what the desk watches."""

    desk: str
    scope: str
    account: str
    leads: bool
    starts_at: datetime
    ends_at: datetime


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


class OpenThing(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: an incident's, or how it is kept silent. `who`: has it, or keeps it silent."""

    id: str
    kind: str
    grade: str
    state: str
    text: str
    since: datetime | None
    who: str


class OpenGroup(msgspec.Struct, frozen=True, kw_only=True):
    """`desk`: incidents of I and II; `attention`: rows of III; `links`: what is not reached; `silent`: tests,
    suspensions, shields. `more`: than stand here by name."""

    name: str
    things: list[OpenThing]
    more: bool


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """`by`: "seat" or "password": how the one who took over signed. `open`: as it stood when it was left."""

    seq: int
    left_seq: int | None = None
    shift: datetime
    slot: str
    day: str
    left_by: str = ""
    left_at: datetime | None = None
    left_words: str = ""
    open: list[OpenGroup] = []
    taken_by: str = ""
    taken_at: datetime | None = None
    taken_words: str = ""
    sound_at: datetime | None = None
    by: str = ""
    hash: str


class HandoverState(msgspec.Struct, frozen=True, kw_only=True):
    """The handover that comes next. `open_now`: it may be taken over already. `pending`: left, not taken yet."""

    desk: ShiftDesk
    slot: SlotName
    day: date
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    overdue: bool
    open_now: bool
    pending: Handover | None
    people: list[ShiftPerson]
    standing: list[OpenGroup]


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    words: Annotated[str, Meta(max_length=2000)] = ""


class TakingOver(msgspec.Struct, frozen=True, kw_only=True):
    """`sound_at`: when the desk's sound was tried and heard; without it `words` say why not. `name` and `password` (and
    `code`): of who takes over at somebody else's seat."""

    words: Annotated[str, Meta(max_length=2000)] = ""
    sound_at: datetime | None = None
    name: Annotated[str, Meta(max_length=100)] = ""
    password: Annotated[str, Meta(max_length=200)] = ""
    code: Annotated[str, Meta(max_length=40)] = ""


class DeskLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the duty log. `corrects`: the number of the line that this one puts right."""

    seq: int
    at: datetime
    who: str
    text: str
    corrects: int | None
    hash: str


class NewDeskLine(msgspec.Struct, frozen=True, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=2000)]
    corrects: int | None = None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """`older`: above six months, so that it may go."""

    id: str
    kind: Literal["call", "speech", "video"]
    at: datetime
    reference: str
    sha256: str
    incident_id: str | None
    note: str
    keep_until: datetime
    older: bool
    made_by: str


class NewRecording(msgspec.Struct, frozen=True, kw_only=True):
    """Kept for at least six months, which is the usual too."""

    kind: Literal["call", "speech", "video"] = "call"
    at: datetime
    reference: Annotated[str, Meta(min_length=1, max_length=500)]
    sha256: Annotated[str, Meta(max_length=64, pattern="^([0-9a-fA-F]{64})?$")] = ""
    incident_id: str | None = None
    note: Words = ""
    keep_until: datetime | None = None
