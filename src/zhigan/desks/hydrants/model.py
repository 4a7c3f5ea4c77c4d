"""The nouns of field work at hydrants: a round, a stop of it, a visit, the repair that came of one."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

RoundState = Literal["open", "overdue", "done", "ended"]
RepairState = Literal["open", "repaired", "accepted"]
Points = Annotated[list[str], Meta(max_length=20)]


class HydrantRound(msgspec.Struct, frozen=True, kw_only=True):
    """`seen` of `total` hydrants were visited, `wrong` of them did not pass."""

    id: str
    name: str
    area: str
    owner: str
    zone: str
    due_on: date
    state: RoundState
    total: int
    seen: int
    wrong: int
    made_at: datetime
    made_by: str
    ended_at: datetime | None


class RoundStop(msgspec.Struct, frozen=True, kw_only=True):
    """`passed` is null while nobody was there."""

    hydrant_id: str
    code: str
    name: str
    address: str
    lon: float
    lat: float
    now: str
    visited_at: datetime | None
    passed: bool | None


class HydrantRoundDetail(HydrantRound, frozen=True, kw_only=True):
    """`checklist`: what is looked at. The stops are all of them, so that a phone can walk without a network."""

    checklist: list[str]
    stops: list[RoundStop]


class NewHydrantRound(msgspec.Struct, frozen=True, kw_only=True):
    """Over the hydrants of an area; narrowed to an owner's, or to a supply zone's."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    area: Annotated[str, Meta(pattern="^[0-9]{6}$")]
    due_on: date
    owner: Annotated[str, Meta(max_length=100)] = ""
    zone: Annotated[str, Meta(max_length=60)] = ""


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """The task that came of a visit: `open`, `repaired` (finished by `repaired_by`), `accepted` by somebody else."""

    incident_id: str
    state: RepairState
    repaired_at: datetime | None
    repaired_by: str
    accepted_by: str


class HydrantVisit(msgspec.Struct, frozen=True, kw_only=True):
    """`lon`, `lat`: where it really stands; `was_lon`, `was_lat`: where it was thought to stand before."""

    id: str
    at: datetime
    who: str
    role: str
    passed: bool
    good: list[str]
    bad: list[str]
    note: str
    state: str
    photo: bool
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    was_lon: float | None
    was_lat: float | None
    repair: Repair | None


class HydrantUpkeep(msgspec.Struct, frozen=True, kw_only=True):
    hydrant_id: str
    code: str
    name: str
    checklist: list[str]
    visits: list[HydrantVisit]


class NewHydrantVisit(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is made on the phone. A place, or an acceptance of the repair of `accepts`, holds when the picture has
    come."""

    id: str
    passed: bool
    good: Points = []
    bad: Points = []
    note: Annotated[str, Meta(max_length=500)] = ""
    state: str = ""
    at: datetime | None = None
    round_id: str | None = None
    accepts: str | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] | None = None


PumpState = Literal["power_lost", "off", "running", "manual", "standby", "unknown"]


class WaterLimit(msgspec.Struct, frozen=True):
    """What the point is in at `at` or below (or above), and on what the figure stands."""

    condition: str
    at: float
    below: bool
    source: str


class WaterPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A tank's level, a pipe's pressure, a pump. `value` was measured `at`; null: nothing was. `pump`: of pumps."""

    device_id: str
    name: str
    type: str
    building_id: str | None
    building: str
    floor: str
    place: str
    condition: str
    conditions: list[str]
    seen_at: datetime | None
    metric: str
    unit: str
    value: float | None
    at: datetime | None
    limits: list[WaterLimit]
    pump: PumpState | None


class BuildingWater(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    unit_name: str
    points: list[WaterPoint]
