"""A month, and the report of it as page, paper and sheet have it. Absent: words, SQL, figures (store.py)."""

from datetime import date, datetime
from typing import Literal

import msgspec

Language = Literal["zh", "en"]


class Online(msgspec.Struct, frozen=True):
    """Of a type of device: how many there were, and the share of device days on which they were online."""

    type: str
    devices: int
    online: float


class Rising(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity whose daily maxima keep rising, and the days until its limit."""

    circuit: str
    metric: str
    phase: str
    unit: str
    per_day: float
    level: float
    limit: float
    days: float
    soonest: float
    latest: float | None


class CutOfMonth(msgspec.Struct, frozen=True, kw_only=True):
    """`asked_by`: "automatic" where nobody asked at that moment. `state` is the order's."""

    at: datetime
    circuit: str
    asked_by: str
    approved_by: str
    state: str


class CircuitOfMonth(msgspec.Struct, frozen=True, kw_only=True):
    """Means are of all readings, each quantity over its phases; None: nothing was measured."""

    name: str
    load_class: str
    rating_a: float | None
    residual_max: float | None
    residual_mean: float | None
    temperature_max: float | None
    temperature_mean: float | None
    current_max: float | None
    current_mean: float | None
    alarms: int
    cuts: int


class CircuitsOfMonth(msgspec.Struct, frozen=True, kw_only=True):
    circuits: list[CircuitOfMonth]
    alarms: int
    rising: list[Rising]
    cuts: list[CutOfMonth]


class Month(msgspec.Struct, frozen=True):
    """`until`: its end, or now. `before`: when the month before it began."""

    first: date
    before: datetime
    since: datetime
    until: datetime
    over: bool


class MonthTable(msgspec.Struct, frozen=True, kw_only=True):
    """Texts in the order of their columns; the first `texts` columns are words, the others figures."""

    id: str
    title: str
    note: str
    texts: int
    heads: list[str]
    rows: list[list[str]]


class MonthReport(msgspec.Struct, frozen=True, kw_only=True):
    """`name` and `logo` (an address) are the sub-platform's; empty: the city's own. `over`: false while the month
    runs."""

    lang: Language
    month: str
    over: bool
    name: str
    logo: str
    title: str
    head: list[tuple[str, str]]
    tables: list[MonthTable]
