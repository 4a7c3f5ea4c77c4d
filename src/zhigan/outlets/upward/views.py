"""What the page of reporting upward shows, and what it is asked. Shapes only.

Enters: rows. Leaves: structs. Absent: secrets, which go in and never come out.
"""

from datetime import date, datetime
from typing import Annotated

import msgspec
from asyncpg import Record

from zhigan.outlets.upward.model import Adapter
from zhigan.webapi.problems import FieldError

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Area = Annotated[str, msgspec.Meta(pattern=r"^\d{2,6}$")]


class NewUpward(msgspec.Struct, frozen=True, kw_only=True):
    """`areas`, `industries`: whose devices it is told of, none: all. `secret` absent: as it stands; empty: taken away.
    `map` absent: the one shipped for the adapter. `source`: its short name where it also reports to us: what it told
    us is not told to it again. `people`: names and numbers of people responsible go along. `back_days`: when it is
    made, so far back is told."""

    name: Line
    adapter: Adapter
    url: Annotated[str, msgspec.Meta(max_length=500)]
    account: Annotated[str, msgspec.Meta(max_length=100)] = ""
    secret: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    map: Annotated[str, msgspec.Meta(max_length=100_000)] | None = None
    areas: Annotated[list[Area], msgspec.Meta(max_length=50)] = []
    industries: Annotated[list[Line], msgspec.Meta(max_length=20)] = []
    source: Annotated[str, msgspec.Meta(max_length=31)] = ""
    people: bool = False
    answer_s: Annotated[float, msgspec.Meta(ge=0.5, le=30)] = 10
    paused: bool = False
    back_days: Annotated[int, msgspec.Meta(ge=0, le=400)] = 0
    version: int = 0


class UpwardTarget(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `paused`, `failing` (the last attempt failed), `behind` (something waits), `level`. `waiting` since
    `oldest_at`; `devices` it knows of, `untold` it is yet to be told of. `statuses`, `alarms`, `installs` of today."""

    id: str
    name: str
    adapter: Adapter
    url: str
    account: str
    has_secret: bool
    map: str
    map_version: int
    areas: list[str]
    industries: list[str]
    source: str
    people: bool
    answer_s: float
    paused: bool
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    state: str
    told_at: datetime | None
    failed_at: datetime | None
    failed: str
    failures: int
    due_at: datetime | None
    replay_from: datetime | None
    replay_to: datetime | None
    waiting: int
    oldest_at: datetime | None
    refused: int
    lost: int
    devices: int
    untold: int
    refused_devices: int
    statuses: int
    alarms: int
    installs: int


class UpwardMap(msgspec.Struct, frozen=True):
    """A map that is shipped, and what a map may name, by document."""

    adapter: Adapter
    map: str
    sources: dict[str, dict[str, str]]


class UpwardMapCheck(msgspec.Struct, frozen=True):
    map: Annotated[str, msgspec.Meta(max_length=100_000)]


class UpwardMapFaults(msgspec.Struct, frozen=True):
    """No faults: it may be kept."""

    faults: list[FieldError]


class UpwardPause(msgspec.Struct, frozen=True):
    paused: bool


class UpwardReplay(msgspec.Struct, frozen=True, kw_only=True):
    """What happened from `since` to `until` is told again; `devices`: all master data besides."""

    since: datetime
    until: datetime
    devices: bool = False


class UpwardTrial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a trial. `said`: `taken`, `refused`, `limited`, `unreached`, `unknown`."""

    said: str
    code: str
    text: str
    status: int | None
    ms: int
    url: str
    request: str
    answer: str


class UpwardRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """A record that it would not take. `word` empty: master data."""

    id: str
    device_id: str
    device: str
    serial: str
    unit: str
    word: str
    at: datetime | None
    said: str


class UpwardDay(msgspec.Struct, frozen=True, kw_only=True):
    """What it acknowledged on a day, and what it was told of that day (对账): `said` is its refusal of that."""

    day: date
    alarms: int
    faults: int
    statuses: int
    installs: int
    refused: int
    late: int
    devices: int | None
    told_at: datetime | None
    said: str


def target(r: Record, *, has_secret: bool) -> UpwardTarget:
    values = {name: value for name, value in dict(r).items() if name in _SHOWN}
    return UpwardTarget(**values, has_secret=has_secret, state=_state(r))


def _state(r: Record) -> str:
    if r["paused"]:
        return "paused"
    if r["failures"]:
        return "failing"
    return "behind" if r["waiting"] or r["untold"] else "level"


def refusal(r: Record) -> UpwardRefusal:
    return UpwardRefusal(
        id=str(r["id"]), device_id=r["device"], device=r["name"] or "", serial=r["serial"] or "", unit=r["unit"] or "",
        word=r["word"], at=r["at"], said=r["said"],
    )  # fmt: skip


_SHOWN = frozenset(UpwardTarget.__struct_fields__) - {"has_secret", "state"}
