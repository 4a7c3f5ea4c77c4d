"""A wall's link, and what a wall shows: sums, never a person, a number or a flat."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from zhigan.incidents.glance_shapes import GradeCount, Gravest, Newest, OpenSpot

Refusal = Literal["unknown", "elsewhere", "expired", "revoked"]
Path = Literal["screen", "accepted", "verified", "notified"]


class WallOutline(msgspec.Struct, frozen=True):
    """A county: rings of longitude and latitude."""

    code: str
    name: str
    rings: list[list[tuple[float, float]]]


class WallPath(msgspec.Struct, frozen=True, kw_only=True):
    """How long a step of an alarm's way took: `p95_s`, nineteen of twenty within it, of `n` in a day; null where
    nothing was measured. `screen` is counted since the platform started, to the next mark of its scale."""

    code: Path
    limit_s: int
    p95_s: float | None
    n: int


class WallDistrict(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    installed: int
    online: int


class WallDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A duty desk: the city's where `area` is empty; `people` sit there now."""

    area: str
    name: str
    people: int


class WallState(msgspec.Struct, frozen=True, kw_only=True):
    grades: list[GradeCount]
    spots: list[OpenSpot]
    newest: list[Newest]
    gravest: list[Gravest]
    paths: list[WallPath]
    districts: list[WallDistrict]
    desks: list[WallDesk]


class WallView(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a wall from the beginning; `state` is what the stream then tells anew."""

    name: str
    expires_at: datetime
    now: datetime
    outlines: list[WallOutline]
    state: WallState


class NewWall(msgspec.Struct, frozen=True, kw_only=True):
    """`networks`: the addresses that may show it, single or as networks (10.1.2.0/24)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    scope: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
    networks: Annotated[list[Annotated[str, msgspec.Meta(max_length=60)]], msgspec.Meta(min_length=1, max_length=8)]
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 90


class WallLink(msgspec.Struct, frozen=True, kw_only=True):
    """`uses`: how often a screen was opened with it."""

    id: str
    name: str
    scope: str
    networks: list[str]
    made_at: datetime
    made_by: str
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str
    used_at: datetime | None
    used_from: str
    uses: int


class WallMade(msgspec.Struct, frozen=True, kw_only=True):
    """`path`: the page with its secret, told this once; only its digest is kept."""

    link: WallLink
    path: str
