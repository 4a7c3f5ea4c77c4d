"""The nouns of floor plans, as their page shows them. Positions are fractions of the picture, from its upper left."""

from datetime import datetime

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a floor's picture; the highest is the floor's plan."""

    id: str
    building_id: str
    floor: str
    version: int
    name: str
    type: str
    size: int
    width: int
    height: int
    sha256: str
    at: datetime
    who: str


class FloorView(msgspec.Struct, frozen=True, kw_only=True):
    """`id`: null where only devices name the floor. `alarms`: devices of the floor that are in alarm now."""

    id: str | None
    floor: str
    compartments: list[str]
    plan: Plan | None
    devices: int
    placed: int
    alarms: int


class PlanDevice(msgspec.Struct, frozen=True, kw_only=True):
    """`x`, `y`: null where nobody has placed it yet. `floor` is the device's own; empty where it has none."""

    id: str
    name: str
    address: str
    type: str
    state: str
    condition: str
    conditions: list[str]
    floor: str
    place: str
    x: float | None
    y: float | None
    last_seen_at: datetime | None


class FloorDevices(msgspec.Struct, frozen=True, kw_only=True):
    """`more`: the floor has more devices than are shown."""

    floor: str
    compartments: list[str]
    plan: Plan | None
    placed: list[PlanDevice]
    unplaced: list[PlanDevice]
    more: bool


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    device_id: str
    floor: str
    x: float
    y: float
