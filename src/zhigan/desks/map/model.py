"""The nouns of the map: what is asked, one cell of counts, one point."""

import enum

import msgspec


class Show(enum.StrEnum):
    """One sort of thing at a time; open incidents always stand above it."""

    DEVICES = "devices"
    UNITS = "units"
    HYDRANTS = "hydrants"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a map is narrowed to. Hashable: it is half of the key under which counts are kept."""

    show: Show = Show.DEVICES
    condition: str | None = None  # devices: what they are in now
    type: str | None = None  # devices
    state: str | None = None  # hydrants
    industry: str | None = None
    area: str | None = None


class Counts(msgspec.Struct, frozen=True):
    """How many things, and of these how many in which trouble (devices only; the gravest names a device)."""

    n: int
    alarm: int = 0
    offline: int = 0
    fault: int = 0
    shielded: int = 0


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """All that stands at one place; `id` where it is one thing, `unit_id` where all of it is one unit's."""

    lon: float
    lat: float
    counts: Counts
    id: str = ""
    name: str = ""
    unit_id: str = ""
    unit: str = ""


class Box(msgspec.Struct, frozen=True):
    west: float
    south: float
    east: float
    north: float


Cell = tuple[int, int]
"""Column and row of the world's grid of one level, from the north-west corner."""
