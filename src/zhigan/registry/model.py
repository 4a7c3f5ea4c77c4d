"""The nouns of who and where, as the hot path and the other rooms see them.

Enters: rows. Leaves: frozen structs; instants are µs. Absent: the shapes of the HTTP interface (`shapes.py`).
"""

import enum

import msgspec

from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.scopes import Owned


class DeviceState(enum.StrEnum):
    """The life cycle (policy.md, Device classes)."""

    PLANNED = "planned"
    DELIVERED = "delivered"
    INSTALLED = "installed"
    COMMISSIONED = "commissioned"
    IN_SERVICE = "in_service"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    RETIRED = "retired"
    DISCOVERED = "discovered"


class DeviceContext(msgspec.Struct, frozen=True, kw_only=True):
    """All that the engine needs to know of a device to judge what it said: one query for a whole batch."""

    number: int
    id: str
    gateway: str
    address: str
    type: str
    name: str
    device_class: str
    state: str
    parent: int | None = None  # number of the transmission device before it
    parent_address: str = ""
    unit_id: str | None = None
    unit_code: str = ""
    unit_name: str = ""
    building_id: str | None = None
    building_code: str = ""
    building_name: str = ""
    floor: str = ""
    compartment: str = ""
    flat: str = ""
    place: str = ""  # in words, composed where nobody named it
    locus: str = ""  # flat, compartment or floor where known, else building, else unit, else the device itself
    premises: str = ""
    premises_class: int = 4
    closed_hours: str = ""
    lon: float | None = None
    lat: float | None = None
    owned: Owned = Owned()
    profile: str = ""  # the device's own, else that of its transmission device
    load_class: str = ""
    conditions: int = 0
    seen_at: int | None = None
    patience_s: int = 0
    metrics: tuple[int, ...] = ()
    fresh: bool = False  # made by this call of `store.discover`
    own: tuple[Limit, ...] = ()  # limits that hold where it stands, beside or instead of the policy's


class Sighting(msgspec.Struct, frozen=True):
    """Something reported that is not registered. `at` is µs."""

    gateway: str
    address: str
    type: str
    text: str
    at: int


class NowRow(msgspec.Struct, frozen=True):
    """What a device is in now; `metrics` are the numbers of those that it reported."""

    number: int
    conditions: int
    seen_at: int
    metrics: tuple[int, ...] = ()


class Silence(msgspec.Struct, frozen=True):
    number: int
    gateway: str
    address: str
    unit_id: str | None
    seen_at: int
    patience_s: int


class Silences(msgspec.Struct, frozen=True):
    """`lost`: silent for longer than their class allows and not yet marked. `back`: marked, and heard again."""

    lost: list[Silence]
    back: list[Silence]


class TestMode(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms inside are a test's; nothing named means the whole unit, or the whole building where one is named."""

    id: str
    building_id: str | None
    devices: tuple[str, ...]
    systems: tuple[str, ...]
    purpose: str
    person: str
    starts_at: int
    ends_at: int


class UnitContext(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    premises_class: int
    street: str  # nine digits, "" where the community is unknown
    tests: tuple[TestMode, ...]  # those that run at the given instant
    devices: int  # living devices that report by themselves (no components)
    points: dict[str, int]  # components by system: "790300000000/1.1" → 214
