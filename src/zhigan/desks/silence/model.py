"""The nouns of what is kept silent, as pages show them."""

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["test", "suspended", "shielded", "device_test"]
KINDS: tuple[Kind, ...] = ("test", "suspended", "shielded", "device_test")
ENDABLE: frozenset[str] = frozenset({"test", "suspended"})
"""What the platform itself keeps silent; a shield or a device's own test mode ends at the panel."""


class SilenceView(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the test's or the device's. `who`: empty where the device or its panel said it; `until`: null: open.
    `devices`: how many a test names, null for all of its unit or building. `warning`: over its end, or above 24 h."""

    kind: Kind
    id: str
    unit_id: str | None
    unit: str
    building: str
    device_id: str | None
    device: str
    type: str
    place: str
    who: str
    why: str
    since: datetime | None
    until: datetime | None
    devices: int | None
    warning: Literal["overdue", "long"] | None
    endable: bool


class SilenceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """For the header's count. `more`: there are more than are counted."""

    total: int
    warnings: int
    tests: int
    suspended: int
    shielded: int
    device_tests: int
    more: bool


class SilentPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A unit in which something is silent, for the map."""

    unit_id: str
    unit: str
    lon: float
    lat: float
    count: int
    test: bool
