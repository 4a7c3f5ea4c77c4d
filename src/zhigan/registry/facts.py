"""What is entered of units, devices and hydrants and stands so in their rows: one list of fields.

Enters: nothing. Leaves: structs from which `shapes` (what the interface answers) and `checks` (what is written) begin.
Absent: what a request may leave out (shapes), and what is worked out (checks).
"""

from datetime import date, datetime

import msgspec

from zhigan.vocabulary.telephones import HouseTelephone


class Survey(msgspec.Struct, kw_only=True):
    """What the field survey found at a unit: its size, and how many of each of the annex's terminals it must have."""

    floor_area_m2: int | None = None
    occupants: int | None = None
    households: int | None = None
    circuits: int | None = None
    cameras: int | None = None
    need_transmission: int | None = None
    need_water: int | None = None
    need_control_video: int | None = None
    need_escape_video: int | None = None
    need_detectors: int | None = None
    need_electrical: int | None = None
    need_hydrants: int | None = None
    surveyed_on: date | None = None


class UnitFacts(Survey, kw_only=True):
    """What is entered of a unit and stands so in its row: the answer and the record add to it."""

    code: str
    name: str
    premises: str
    area_code: str
    community: str
    industry: str
    grid: str
    station: str
    firm: str
    org: str
    tags: list[str]
    uscc: str
    ownership: str
    supervised_by: str
    address: str
    lon: float | None
    lat: float | None
    phone: HouseTelephone
    closed_hours: str


class DeviceFacts(msgspec.Struct, kw_only=True):
    """What is entered of a device and stands so in its row."""

    unit_id: str | None
    building_id: str | None
    gateway: str
    address: str
    name: str
    type: str
    state: str
    floor: str
    compartment: str
    flat: str
    place: str
    lon: float | None
    lat: float | None
    load_class: str
    profile: str
    maker: str
    model: str
    serial: str
    firmware: str
    iccid: str
    installer: str
    made_on: date | None
    installed_on: date | None
    battery_on: date | None
    life_until: date | None
    plan_expires_on: date | None


class HydrantFacts(msgspec.Struct, kw_only=True):
    """What is entered of a hydrant, and when its pressure was. `gauge`: the address of the device that tells of it.
    `static_mpa`, `residual_mpa`, `flow_lps` (L/s): its flow test, on `tested_on`."""

    code: str
    name: str
    lon: float
    lat: float
    area_code: str
    community: str
    address: str
    state: str
    pressure_mpa: float | None
    pressure_at: datetime | None
    diameter_mm: int | None
    kind: str
    main_mm: int | None
    outlets: str
    owner: str
    zone: str
    tested_on: date | None
    static_mpa: float | None
    residual_mpa: float | None
    flow_lps: float | None
    gauge: str
