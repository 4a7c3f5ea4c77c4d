"""The nouns of duty checks. Enters and leaves over HTTP as they stand here; absent: what a check decides (rules.py)."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from zhigan.vocabulary.scopes import Owned

Doubt = Literal["old", "far"]
"""Of an answer by phone: its position was found too long before, too far from the unit."""
CheckState = Literal["running", "answered", "missed", "skipped", "cancelled"]
Way = Literal["device", "phone"]
MOST_AT_ONCE = 500


class DutyRule(msgspec.Struct, frozen=True, kw_only=True):
    """Checks drawn at random: how many a day for units of each class, between which minutes of the day, at least how
    far apart; for S1 so many nights a week besides, in the small hours. `by_phone`: units without a transmission device
    are drawn too. Of every answer by phone: `near_m`, as far from the unit as it may be given; `fix_age_s`, as old as
    its position may be."""

    enabled: bool = False
    s1_a_day: Annotated[int, Meta(ge=0, le=6)] = 2
    s2_a_day: Annotated[int, Meta(ge=0, le=6)] = 1
    s3_a_day: Annotated[int, Meta(ge=0, le=6)] = 0
    s4_a_day: Annotated[int, Meta(ge=0, le=6)] = 0
    from_minute: Annotated[int, Meta(ge=360, le=1200)] = 480
    until_minute: Annotated[int, Meta(ge=420, le=1380)] = 1320
    spacing_minutes: Annotated[int, Meta(ge=15, le=360)] = 120
    s1_nights_a_week: Annotated[int, Meta(ge=0, le=7)] = 1
    by_phone: bool = True
    near_m: Annotated[int, Meta(ge=50, le=20_000)] = 300
    fix_age_s: Annotated[int, Meta(ge=30, le=3600)] = 300


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as far as a check must know it. `device`: its transmission device, where it has one that may be asked."""

    id: str
    code: str
    name: str
    s: int
    lon: float | None
    lat: float | None
    owned: Owned
    device: str | None = None


class DutyCheck(msgspec.Struct, frozen=True, kw_only=True):
    """`waits`: until when an answer is asked for; at `ends_at` the check is over. `said_at`: when the phone says
    that it was answered, which without a network is earlier than it came."""

    id: str
    unit_id: str
    unit: str
    unit_code: str
    area: str
    asked_by: str
    drawn: bool
    way: Way
    state: CheckState
    detail: str
    asked_at: datetime
    waits_until: datetime
    ends_at: datetime
    answered_at: datetime | None
    answered_by: str
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    said_at: datetime | None
    fix_age_s: int | None
    distance_m: int | None
    doubts: list[Doubt]
    photo: bool
    command_id: str | None


class NewDutyChecks(msgspec.Struct, frozen=True, kw_only=True):
    """Units by name, or all of a district that have a transmission device; `by_phone`: also those that have none, homes
    left out."""

    unit_ids: Annotated[list[str], Meta(max_length=MOST_AT_ONCE)] = []
    area: str = ""
    by_phone: bool = False


class SkippedUnit(msgspec.Struct, frozen=True):
    unit_id: str
    unit: str
    why: Literal["alarm", "running"]


class DutyChecksBegun(msgspec.Struct, frozen=True, kw_only=True):
    begun: list[str]
    skipped: list[SkippedUnit]


class DutyPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where the phone stands, told before the photo that belongs to it. By the phone's own clock: `fix_at`, when it
    found its position; `said_at`, when it was answered."""

    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    fix_at: datetime | None = None
    said_at: datetime | None = None


class DutyShare(msgspec.Struct, frozen=True, kw_only=True):
    """Of an area within a span: checks that ran to their end, how many were answered, and how fast (median)."""

    area: str
    asked: int
    answered: int
    median_s: float | None
