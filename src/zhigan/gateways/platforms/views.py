"""What the pages of other platforms show, and what they are asked. Shapes only.

Enters: rows. Leaves: structs. Absent: telephone numbers of the people responsible, which stay in the database.
"""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from asyncpg import Record

from zhigan.gateways.platforms.model import Adapter
from zhigan.vocabulary.refusals import recognise
from zhigan.webapi.problems import FieldError

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Short = Annotated[str, msgspec.Meta(max_length=200)]


class NewPlatform(msgspec.Struct, frozen=True, kw_only=True):
    """`areas`: where its devices may stand, none: the whole city. `hosts`: networks that it may push from, none: any.
    `map` absent: the one shipped for the adapter. `silent_s`: after how long its silence is shown.
    `contact`: the maker's service desk; a person's number does not belong here."""

    slug: Short
    name: Line
    adapter: Adapter
    maker: Short = ""
    contact: Short = ""
    areas: Annotated[list[Annotated[str, msgspec.Meta(pattern=r"^\d{2,6}$")]], msgspec.Meta(max_length=50)] = []
    hosts: Annotated[list[Annotated[str, msgspec.Meta(max_length=50)]], msgspec.Meta(max_length=50)] = []
    map: str | None = None
    silent_s: Annotated[int, msgspec.Meta(ge=60, le=604_800)] = 3600
    enabled: bool = True
    version: int = 0


class SourcePlatform(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `never` heard, `live`, `silent` for longer than `silent_s`, or `off`. `lag_s`: of its newest state, ours
    minus its own time. Figures of today; `gaps` of the last 30 days. `same`: devices that have a way of their own."""

    id: str
    slug: str
    name: str
    maker: str
    contact: str
    adapter: Adapter
    areas: list[str]
    hosts: list[str]
    map: str
    map_version: int
    silent_s: int
    enabled: bool
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    state: str
    last_at: datetime | None
    lag_s: float | None
    lag_max_s: float | None
    failed_at: datetime | None
    failed: str
    failed_where: str
    failed_code: str
    failed_params: dict[str, str]
    devices: int
    same: int
    unnamed: int
    gaps: int
    states: int
    alarms: int
    refused: int


class PlatformMade(msgspec.Struct, frozen=True):
    """`secret` is shown this once."""

    platform: SourcePlatform
    secret: str


class PlatformUnit(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    address: str
    devices: int
    unit_id: str | None
    unit: str | None
    code: str | None
    said_by: str
    said_at: datetime | None
    first_at: datetime


class SayUnit(msgspec.Struct, frozen=True):
    """`unit_id` null: it is open again; devices that were registered stay."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    unit_id: str | None


class PlatformUnitSaid(msgspec.Struct, frozen=True):
    """How many of its devices came into the registry, and what was wrong with the others."""

    adopted: int
    refused: list[FieldError]


class PlatformDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the platform, and the one that it is in the registry (null: not yet there)."""

    serial: str
    gateway: str
    address: str
    type: str
    unit: str
    name: str
    place: str
    status: str
    status_at: datetime | None
    first_at: datetime
    last_at: datetime
    device_id: str | None
    device: str | None
    life: str | None


class SameDevice(msgspec.Struct, frozen=True):
    """By hand: the platform's device is this one of the registry; null: it is a device of its own."""

    serial: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    device_id: str | None


class PlatformDay(msgspec.Struct, frozen=True, kw_only=True):
    """`agrees`: what came is what the platform says that it sent; null where it has said nothing."""

    day: date
    installs: int
    states: int
    alarms: int
    faults: int
    late: int
    refused: int
    lag_max_s: float | None
    their_alarms: int | None
    their_faults: int | None
    their_devices: int | None
    our_devices: int | None
    told_at: datetime | None
    agrees: bool | None


class PlatformGap(msgspec.Struct, frozen=True):
    began_at: datetime
    ended_at: datetime | None


class PlatformRefusal(msgspec.Struct, frozen=True):
    """`reason` in English as it was told; where in the document, and its code with params for any language."""

    id: str
    at: datetime
    path: str
    reason: str
    where: str
    code: str
    params: dict[str, str]
    body: str


class PlatformMap(msgspec.Struct, frozen=True):
    adapter: Adapter
    map: str


def platform(row: Record, now: datetime) -> SourcePlatform:
    said: dict[str, Any] = dict(row)
    where, code, params = coded(row["failed"])
    return SourcePlatform(
        **said, state=_state(row, now), failed_where=where, failed_code=code, failed_params=params
    )  # fmt: skip


def coded(reason: str) -> tuple[str, str, dict[str, str]]:
    """Where it is wrong, the code of the sentence, and what stands in its holes; no code where it is none of ours."""
    where, colon, what = reason.partition(": ")
    found = recognise(what) if colon else None
    return where if colon else "", found.code if found else "", found.params if found else {}


def refusal(row: Record) -> PlatformRefusal:
    where, code, params = coded(row["reason"])
    return PlatformRefusal(**dict(row), where=where, code=code, params=params)


def _state(row: Record, now: datetime) -> str:
    if not row["enabled"]:
        return "off"
    if row["last_at"] is None:
        return "never"
    return "silent" if (now - row["last_at"]).total_seconds() > row["silent_s"] else "live"


def identity(row: Record) -> PlatformDevice:
    info = msgspec.json.decode(row["info"], type=dict[str, Any])
    return PlatformDevice(
        serial=row["serial"],
        gateway=row["gateway"],
        address=row["address"],
        type=row["type"],
        unit=row["unit"],
        name=info.get("name", ""),
        place=info.get("place", ""),
        status=row["status"],
        status_at=row["status_at"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        device_id=row["device_id"],
        device=row["device"],
        life=row["state"],
    )


def day(row: Record) -> PlatformDay:
    pairs = [("alarms", "their_alarms"), ("faults", "their_faults"), ("our_devices", "their_devices")]
    said = [(row[ours], row[theirs]) for ours, theirs in pairs if row[theirs] is not None]
    return PlatformDay(**dict(row), agrees=all(ours == theirs for ours, theirs in said) if said else None)
