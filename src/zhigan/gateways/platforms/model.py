"""Another platform, what it tells of its devices, and the field map by which its documents are read.

Enters: nothing. Leaves: nouns. Absent: rows, HTTP.
"""

import enum
from typing import Annotated, Any, Literal

import msgspec

Path = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9_./\-]+$")]
Place = Annotated[str, msgspec.Meta(max_length=200)]
"""A dotted path within one record."""


class Form(enum.StrEnum):
    JSON = "json"
    XML = "xml"


class Adapter(enum.StrEnum):
    """Which map is shipped for it; every map may be changed."""

    GBT45839 = "gbt45839"  # GB/T 45839-2025 Annex D: Install_info, status_info
    GB26875_8 = "gb26875_8"  # GB/T 26875.8-2015: XML
    REST = "rest"  # the shape of DB36/T 1296-2020: log in, then push


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of document: by which address it comes, where its records stand, which field of ours stands where.

    `words`: field → their code → our word.
    """

    path: Path
    each: Place = ""
    fields: dict[str, Place] = {}
    words: dict[str, dict[str, str]] = {}


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names in which the platform logs in, and where it looks for its token; `minutes` it holds."""

    path: Path
    user: Place
    password: Place
    token: Place
    header: Annotated[str, msgspec.Meta(max_length=60)] = "Authorization"
    minutes: Annotated[int, msgspec.Meta(ge=5, le=1440)] = 60


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the platform expects to hear."""

    taken: dict[str, Any] = msgspec.field(default_factory=lambda: {"success": 1})
    failed: dict[str, Any] = msgspec.field(default_factory=lambda: {"success": 0})
    root: Annotated[str, msgspec.Meta(max_length=60)] = "answer"


class FieldMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    form: Form
    install: Part | None = None
    status: Part | None = None
    counts: Part | None = None
    login: Login | None = None
    answer: Answer = Answer()


INSTALL_FIELDS = (
    "serial", "name", "category", "unit", "unit_address", "place", "area", "lon", "lat", "made_on", "active_at",
    "maker", "responsible", "mobile",
)  # fmt: skip
STATUS_FIELDS = ("serial", "status", "at", "signal", "battery", "category")
COUNT_FIELDS = ("day", "alarms", "faults", "devices")
FIELDS = {"install": INSTALL_FIELDS, "status": STATUS_FIELDS, "counts": COUNT_FIELDS}
NEEDED = {"install": ("serial",), "status": ("serial", "status"), "counts": ("day",)}
WORDS = ("normal", "alarm", "fault", "shielded", "low_battery", "tamper", "online", "offline", "test")
Kind = Literal["install", "status", "counts"]


class Install(msgspec.Struct, frozen=True, kw_only=True):
    """Master data of one device, as its platform has them. `type` is our word for its category, "" where unknown."""

    serial: str
    name: str = ""
    category: str = ""
    type: str = ""
    unit: str = ""
    unit_address: str = ""
    place: str = ""
    area: str = ""
    lon: float | None = None
    lat: float | None = None
    made_on: str = ""
    active_at: str = ""
    maker: str = ""
    responsible: str = ""
    mobile: str = ""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """`at` in µs since 1970 UTC; None where the platform gave no time."""

    serial: str
    status: str
    at: int | None = None
    signal: float | None = None
    battery: float | None = None
    type: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform says that it sent of one day, for the daily reconciliation (对账)."""

    day: str
    alarms: int | None = None
    faults: int | None = None
    devices: int | None = None


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a map or a record, and where."""

    where: str
    what: str
