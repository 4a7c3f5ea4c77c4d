"""Bodies and answers of the registry's interface, and of its CSV columns: the names are the contract's.

What a person leaves out or sends as null is empty; in a change, what is absent stays. Absent: checks (checks.py).
"""

from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from zhigan.registry.facts import DeviceFacts, HydrantFacts, Survey, UnitFacts
from zhigan.vocabulary.telephones import Telephone

Text = str | None
ClassWord = Literal["S1", "S2", "S3", "S4"]
Standing = Literal["reachable", "due", "unproven", "dead"]


class SurveyChange(msgspec.Struct, kw_only=True):
    floor_area_m2: int | UnsetType | None = UNSET
    occupants: int | UnsetType | None = UNSET
    households: int | UnsetType | None = UNSET
    circuits: int | UnsetType | None = UNSET
    cameras: int | UnsetType | None = UNSET
    need_transmission: int | UnsetType | None = UNSET
    need_water: int | UnsetType | None = UNSET
    need_control_video: int | UnsetType | None = UNSET
    need_escape_video: int | UnsetType | None = UNSET
    need_detectors: int | UnsetType | None = UNSET
    need_electrical: int | UnsetType | None = UNSET
    need_hydrants: int | UnsetType | None = UNSET
    surveyed_on: date | UnsetType | None = UNSET


class NewUnit(Survey, kw_only=True):
    code: str
    name: str
    premises: str
    area_code: str
    lon: float | None = None
    lat: float | None = None
    class_: ClassWord | None = msgspec.field(name="class", default=None)
    community: Text = None
    industry: Text = None
    grid: Text = None
    station: Text = None
    firm: Text = None
    org: Text = None
    tags: list[str] | None = None
    uscc: Text = None
    ownership: Text = None
    supervised_by: Text = None
    address: Text = None
    phone: Text = None
    closed_hours: Text = None


class UnitChange(SurveyChange, kw_only=True):
    """`retired`: it is no longer networked; its record stays. Only where no living device is left."""

    retired: bool | UnsetType = UNSET
    name: str | UnsetType = UNSET
    premises: str | UnsetType = UNSET
    area_code: str | UnsetType = UNSET
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    class_: ClassWord | UnsetType | None = msgspec.field(name="class", default=UNSET)
    community: Text | UnsetType = UNSET
    industry: Text | UnsetType = UNSET
    grid: Text | UnsetType = UNSET
    station: Text | UnsetType = UNSET
    firm: Text | UnsetType = UNSET
    org: Text | UnsetType = UNSET
    tags: list[str] | UnsetType | None = UNSET
    uscc: Text | UnsetType = UNSET
    ownership: Text | UnsetType = UNSET
    supervised_by: Text | UnsetType = UNSET
    address: Text | UnsetType = UNSET
    phone: Text | UnsetType = UNSET
    closed_hours: Text | UnsetType = UNSET


class Unit(UnitFacts, kw_only=True):
    """`class` is S1 to S4 for grading; `class_given` says that a person set it against the rule."""

    id: str
    class_: str = msgspec.field(name="class")
    class_given: bool
    reporting_area: str
    retired_at: datetime | None
    created_at: datetime
    changed_at: datetime
    came_from: list[str]  # the platforms whose copy it is, birth place first


class NewBuilding(msgspec.Struct, kw_only=True):
    code: str
    name: str
    floors_above: int | None = None
    floors_below: int | None = None
    height_m: float | None = None
    floor_area_m2: int | None = None
    address: Text = None
    lon: float | None = None
    lat: float | None = None


class BuildingChange(msgspec.Struct, kw_only=True):
    name: str | UnsetType = UNSET
    floors_above: int | UnsetType | None = UNSET
    floors_below: int | UnsetType | None = UNSET
    height_m: float | UnsetType | None = UNSET
    floor_area_m2: int | UnsetType | None = UNSET
    address: Text | UnsetType = UNSET
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET


class Building(msgspec.Struct, kw_only=True):
    id: str
    unit_id: str
    code: str
    name: str
    floors_above: int | None
    floors_below: int | None
    height_m: float | None
    floor_area_m2: int | None
    address: str
    lon: float | None
    lat: float | None
    created_at: datetime
    changed_at: datetime


class NewContact(msgspec.Struct, kw_only=True):
    """`order` says in which order people of one role are called."""

    role: str
    name: str
    phone: str
    order: int = 1


class ContactChange(msgspec.Struct, kw_only=True):
    role: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    order: int | UnsetType = UNSET


class Contact(msgspec.Struct, kw_only=True):
    """`state`: can he be reached (registry/reaching.py)? `verified_how`: `desk` by the person `verified_by`, or by
    himself: `key` in a call, `link` on its page. `proof_due_at`: until then he proves it again. `dead_why`: what the
    network said of the number."""

    id: str
    unit_id: str
    role: str
    name: str
    phone: Telephone
    order: int
    state: Standing
    verified_at: datetime | None
    verified_by: str
    verified_how: str
    proof_due_at: datetime
    asked_at: datetime | None
    dead_at: datetime | None
    dead_why: str
    created_at: datetime
    changed_at: datetime


class UnitDetail(Unit, kw_only=True):
    buildings: list[Building]
    contacts: list[Contact]


class NewTest(msgspec.Struct, kw_only=True):
    """Nothing named beside the unit: the whole unit is in test. `systems` are addresses and what lies below them."""

    unit_id: str
    purpose: str
    minutes: int
    building_id: str | None = None
    devices: list[str] | None = None
    systems: list[str] | None = None
    person: Text = None
    phone: Text = None


class Test(msgspec.Struct, kw_only=True):
    id: str
    unit_id: str
    building_id: str | None
    devices: list[str]
    systems: list[str]
    purpose: str
    person: str
    phone: Telephone
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    ended_by: str
    active: bool


class CutAuthorisation(msgspec.Struct, kw_only=True):
    """The owner's written consent to a remote power cut: by whom, until when."""

    by: str
    until: datetime


class Suspension(msgspec.Struct, kw_only=True):
    by: str
    why: str
    until: datetime | None


class NewDevice(msgspec.Struct, kw_only=True):
    name: str
    type: str
    gateway: str
    address: str
    unit_id: str | None = None
    building_id: str | None = None
    state: str | None = None
    class_: Text = msgspec.field(name="class", default=None)
    floor: str | int | None = None
    compartment: Text = None
    flat: str | int | None = None
    place: Text = None
    lon: float | None = None
    lat: float | None = None
    load_class: Text = None
    cut_authorisation: CutAuthorisation | None = None
    profile: Text = None
    maker: Text = None
    model: Text = None
    serial: Text = None
    firmware: Text = None
    iccid: Text = None
    installer: Text = None
    made_on: date | None = None
    installed_on: date | None = None
    battery_on: date | None = None
    life_until: date | None = None
    plan_expires_on: date | None = None


class DeviceChange(msgspec.Struct, kw_only=True):
    """`why` and `until` go with state `suspended`."""

    unit_id: str | UnsetType = UNSET
    building_id: str | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    why: str | UnsetType = UNSET
    until: datetime | UnsetType | None = UNSET
    class_: str | UnsetType = msgspec.field(name="class", default=UNSET)
    floor: str | int | UnsetType | None = UNSET
    compartment: Text | UnsetType = UNSET
    flat: str | int | UnsetType | None = UNSET
    place: Text | UnsetType = UNSET
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    load_class: Text | UnsetType = UNSET
    cut_authorisation: CutAuthorisation | UnsetType | None = UNSET
    profile: Text | UnsetType = UNSET
    maker: Text | UnsetType = UNSET
    model: Text | UnsetType = UNSET
    serial: Text | UnsetType = UNSET
    firmware: Text | UnsetType = UNSET
    iccid: Text | UnsetType = UNSET
    installer: Text | UnsetType = UNSET
    made_on: date | UnsetType | None = UNSET
    installed_on: date | UnsetType | None = UNSET
    battery_on: date | UnsetType | None = UNSET
    life_until: date | UnsetType | None = UNSET
    plan_expires_on: date | UnsetType | None = UNSET
    last_test_seen: datetime | UnsetType = UNSET


class MetricInfo(msgspec.Struct, frozen=True):
    """`reported` says whether the device has sent it yet."""

    name: str
    unit: str
    zh: str
    reported: bool


class Device(DeviceFacts, kw_only=True):
    """`state` is the life cycle; `condition` what it is in now, in one word; `conditions` all that hold."""

    id: str
    unit_code: str
    unit_name: str
    building_name: str
    parent_id: str | None
    parent_address: str
    class_: str = msgspec.field(name="class")
    condition: str
    conditions: list[str]
    last_seen_at: datetime | None
    offline_after_s: int | None
    reporting_area: str
    cut_authorisation: CutAuthorisation | None
    last_test_seen: datetime | None
    suspended: Suspension | None
    discovered_at: datetime | None
    created_at: datetime
    changed_at: datetime
    came_from: list[str]  # the platforms whose copy it is, birth place first


class DeviceDetail(Device, kw_only=True):
    metrics: list[MetricInfo]
    steps: list[str]


class Replacement(msgspec.Struct, kw_only=True):
    """What comes to the place: everything that is left out is the place's, or unknown of the new device."""

    address: str
    gateway: Text = None
    name: Text = None
    maker: Text = None
    model: Text = None
    serial: Text = None
    firmware: Text = None
    iccid: Text = None
    installer: Text = None
    made_on: date | None = None
    installed_on: date | None = None
    battery_on: date | None = None
    life_until: date | None = None
    why: Text = None


class Tenure(msgspec.Struct, kw_only=True):
    """A device's time at its place; `until` is null for the one that stands there now."""

    id: str
    name: str
    gateway: str
    address: str
    type: str
    state: str
    maker: str
    model: str
    serial: str
    installed_on: date | None
    since: datetime
    until: datetime | None
    ended_by: str
    why: str
    last_seen_at: datetime | None


class NewHydrant(msgspec.Struct, kw_only=True):
    code: str
    lon: float
    lat: float
    area_code: str
    name: Text = None
    community: Text = None
    address: Text = None
    state: Text = None
    pressure_mpa: float | None = None
    diameter_mm: int | None = None
    kind: Text = None
    main_mm: int | None = None
    outlets: Text = None
    owner: Text = None
    zone: Text = None
    tested_on: date | None = None
    static_mpa: float | None = None
    residual_mpa: float | None = None
    flow_lps: float | None = None
    gauge: Text = None


class HydrantChange(msgspec.Struct, kw_only=True):
    lon: float | UnsetType = UNSET
    lat: float | UnsetType = UNSET
    area_code: str | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    community: Text | UnsetType = UNSET
    address: Text | UnsetType = UNSET
    state: str | UnsetType = UNSET
    pressure_mpa: float | UnsetType | None = UNSET
    diameter_mm: int | UnsetType | None = UNSET
    kind: Text | UnsetType = UNSET
    main_mm: int | UnsetType | None = UNSET
    outlets: Text | UnsetType = UNSET
    owner: Text | UnsetType = UNSET
    zone: Text | UnsetType = UNSET
    tested_on: date | UnsetType | None = UNSET
    static_mpa: float | UnsetType | None = UNSET
    residual_mpa: float | UnsetType | None = UNSET
    flow_lps: float | UnsetType | None = UNSET
    gauge: Text | UnsetType = UNSET


class Hydrant(HydrantFacts, kw_only=True):
    """`state` is what was entered, `now` what stands: the gauge's word goes before it. `device_id`, `seen_at`: of the
    gauge. `able_lps`: what it gives at 0.10 MPa by its flow test. `distance_m` where the question named a place;
    `distance_by`: `road` where a way by road is known, else `line`."""

    id: str
    now: str
    device_id: str | None
    seen_at: datetime | None
    able_lps: float | None
    reporting_area: str
    distance_m: int | None
    distance_by: str | None
    created_at: datetime
    changed_at: datetime


class DoubledHydrants(msgspec.Struct, frozen=True):
    """Two records so near to each other that they may be one hydrant; `metres` between them."""

    one: Hydrant
    other: Hydrant
    metres: int


class CommunityChange(msgspec.Struct):
    """The reporting area that the community is given to: its county, or a functional zone."""

    area: str


class ZoneChange(msgspec.Struct):
    """Communities given to this area, and those of it given back to their counties."""

    give: list[str] = []
    back: list[str] = []


class Word(msgspec.Struct, frozen=True):
    code: str
    zh: str
    en: str = ""


class RegistryWords(msgspec.Struct, frozen=True):
    """The lists from which the registry's fields are chosen. `annex`: row → terminal → what it asks for; `steps`: life
    cycle state → those that may follow."""

    premises: list[Word]
    classes: list[Word]
    industries: list[Word]
    tags: list[Word]
    ownerships: list[Word]
    device_types: list[Word]
    device_classes: list[Word]
    device_states: list[str]
    conditions: list[str]
    gateways: list[str]
    load_classes: list[Word]
    contact_roles: list[Word]
    hydrant_states: list[Word]
    hydrant_kinds: list[Word]
    organisation_kinds: list[Word]
    hazards: list[Word]
    annex: dict[str, dict[str, str]]
    steps: dict[str, list[str]]
