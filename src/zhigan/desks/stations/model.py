"""The nouns of micro fire stations, as pages show them."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from zhigan.vocabulary.telephones import Telephone

Line = Annotated[str, Meta(min_length=1, max_length=80)]
TurnoutStep = Literal["seen", "left", "arrived", "acting"]
STEPS: tuple[TurnoutStep, ...] = ("seen", "left", "arrived", "acting")


class GearItem(msgspec.Struct, frozen=True, kw_only=True):
    name: Line
    count: Annotated[int, Meta(ge=0, le=10_000)]
    expires_on: date | None = None


class StationKeeping(msgspec.Struct, frozen=True, kw_only=True):
    """`radius_m`: as far as it goes, and as far as it stands in for another."""

    radius_m: Annotated[int, Meta(ge=100, le=20_000)]
    gear: Annotated[list[GearItem], Meta(max_length=100)]


class TurnoutClock(msgspec.Struct, frozen=True, kw_only=True):
    """1-3-5: seconds from being told until left (60), arrived (180), in action (300); null: not yet. `late`: which of
    them took longer, or are not there though their time is over."""

    told_at: datetime | None
    seen_s: int | None = None
    left_s: int | None = None
    arrived_s: int | None = None
    acting_s: int | None = None
    late: list[TurnoutStep] = []


class StationTurnout(msgspec.Struct, frozen=True, kw_only=True):
    """One station's clock on an alarm. `id` null: whoever was told or answered is of no station that is known."""

    id: str | None
    name: str
    neighbour: bool
    clock: TurnoutClock


class Turnouts(msgspec.Struct, frozen=True, kw_only=True):
    """The alarm's own station first, then by when each was told."""

    items: list[StationTurnout]


class StationDrill(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    station_id: str
    station: str
    area: str
    place: str
    started_by: str
    clock: TurnoutClock
    ended_at: datetime | None
    ended_why: Literal["", "done", "stopped", "alarm", "time"]
    incident: str | None
    passed: bool


class Drills(msgspec.Struct, frozen=True, kw_only=True):
    items: list[StationDrill]
    next: str | None = None


class DrillRank(msgspec.Struct, frozen=True, kw_only=True):
    """Drills of 90 days by station, best first in its county. `drills`: those run to their end; `stopped`: those that
    somebody stopped."""

    area: str
    station_id: str
    station: str
    drills: int
    passed: int
    stopped: int
    acting_s: int | None


class NeighbourStation(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    phone: Telephone
    distance_m: int


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    post: str
    phone: Telephone


class MicroStation(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    code: str
    name: str
    area: str
    phone: Telephone
    people: int
    keeping: StationKeeping
    expired: int
    drill: str | None


class MicroStations(msgspec.Struct, frozen=True, kw_only=True):
    items: list[MicroStation]
    next: str | None = None


class StationFile(msgspec.Struct, frozen=True, kw_only=True):
    station: MicroStation
    crew: list[Crew]
    neighbours: list[NeighbourStation]
    drills: list[StationDrill]


class NewDrill(msgspec.Struct, frozen=True, kw_only=True):
    """`id`: made by the page; the same again is the same drill."""

    id: str
    place: Line


class DrillStep(msgspec.Struct, frozen=True, kw_only=True):
    step: TurnoutStep
