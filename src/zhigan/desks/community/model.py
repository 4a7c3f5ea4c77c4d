"""The community's day as its page shows it. Absent: judgement and SQL."""

from datetime import datetime
from typing import Literal

import msgspec

from zhigan.registry.grids import Grid, OrgMember
from zhigan.registry.organisations import Organisation

GradeName = Literal["I", "II", "III", "IV"]


class CommunityAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """`queue`: desk or attention. `grid`: the code of the grid in which it lies; empty: in none."""

    id: str
    queue: str
    grade: GradeName
    kind: str
    state: str
    outcome: str | None
    unit_id: str | None
    unit_name: str
    place: str
    grid: str
    received_at: datetime


class GridOpen(msgspec.Struct, frozen=True, kw_only=True):
    """A grid, and how many alarms of each grade are open in it now."""

    grid: Grid
    red: int
    orange: int
    yellow: int


class CommunityHouse(msgspec.Struct, frozen=True, kw_only=True):
    """A property company or a micro fire station, with its people in the order in which they are called."""

    organisation: Organisation
    members: list[OrgMember]


class CommunityView(msgspec.Struct, frozen=True, kw_only=True):
    """`alarms`: the open ones, the gravest first, then today's that are over. `more_*`: there are more than shown."""

    since: datetime
    alarms: list[CommunityAlarm]
    more_alarms: bool
    grids: list[GridOpen]
    more_grids: bool
    houses: list[CommunityHouse]
    more_houses: bool
