"""Bodies and answers about what appeared by itself and is adopted, and why a line or device was refused."""

import msgspec

from zhigan.registry.shapes import Device, Text


class LineError(msgspec.Struct, frozen=True):
    """As a form's field is told: the sentence, and the code by which a page finds its own words."""

    field: str
    expected: str
    code: str
    params: dict[str, str]


class Refusal(msgspec.Struct, frozen=True):
    id: str
    address: str
    reason: str
    errors: list[LineError]


class Adopted(msgspec.Struct, kw_only=True):
    """What is said of one; the rest is as it reported itself, unit and building as its transmission device has them."""

    id: str
    name: Text = None
    type: Text = None
    unit_id: str | None = None
    building_id: str | None = None
    floor: str | int | None = None
    place: Text = None


class Adoption(msgspec.Struct, kw_only=True):
    """`unit_id` for those that name none themselves; `parts`: with all that was discovered behind them."""

    items: list[Adopted]
    unit_id: str | None = None
    parts: bool = False


class Adoptions(msgspec.Struct, frozen=True):
    adopted: list[str]
    refused: list[Refusal]


class DiscoveredDevice(Device, kw_only=True):
    """A device that appeared by itself; `parts` stand behind it, `place` is what it said of itself."""

    parts: int
