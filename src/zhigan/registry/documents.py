"""Units, buildings and devices as documents, for the way between two platforms. Pure.

Enters and leaves: structs. A field that is not known here is ignored, one that is not told has its default. People
are in none of them. Absent: rows (copies.py).
"""

from datetime import date, datetime

import msgspec

from zhigan.vocabulary.scopes import Owned


class UnitDoc(msgspec.Struct, kw_only=True):
    """Fields that are not known here are left out; one that is not told stands as it does by default."""

    id: str
    code: str
    name: str
    premises: str = "other"
    class_: int = msgspec.field(name="class", default=4)
    class_override: int | None = None
    area_code: str = ""
    area: str = ""
    community: str = ""
    industry: str = ""
    grid: str = ""
    station: str = ""
    firm: str = ""
    org: str = ""
    tags: list[str] = []
    uscc: str = ""
    ownership: str = ""
    supervised_by: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    closed_hours: str = ""
    pinyin: str = ""
    floor_area_m2: int | None = None
    occupants: int | None = None
    households: int | None = None
    retired_at: datetime | None = None
    came_from: list[str] = []

    def owned(self) -> Owned:
        return Owned(
            area=self.area, community=self.community, industry=self.industry, grid=self.grid, unit=self.code,
            station=self.station, firm=self.firm, org=self.org,
        )  # fmt: skip


class BuildingDoc(msgspec.Struct, kw_only=True):
    id: str
    unit_id: str
    code: str
    name: str
    floors_above: int | None = None
    floors_below: int | None = None
    height_m: float | None = None
    floor_area_m2: int | None = None
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    came_from: list[str] = []


class DeviceDoc(msgspec.Struct, kw_only=True):
    id: str
    gateway: str
    address: str
    parent_id: str | None = None
    unit_id: str | None = None
    building_id: str | None = None
    name: str = ""
    type: str = "other"
    class_: str = msgspec.field(name="class", default="component")
    state: str = "in_service"
    floor: str = ""
    compartment: str = ""
    flat: str = ""
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    load_class: str = ""
    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    made_on: date | None = None
    installed_on: date | None = None
    battery_on: date | None = None
    life_until: date | None = None
    pinyin: str | None = None
    conditions: int = 0
    seen_at: datetime | None = None
    came_from: list[str] = []


Doc = UnitDoc | BuildingDoc | DeviceDoc
