"""What the interface answers about incidents: the contract's names, and what a desk needs besides.

Enters: rows and records. Leaves: structs that are served as they are. Absent: SQL and permissions.
"""

from datetime import datetime
from typing import Literal

import msgspec
from asyncpg import Record

from zhigan.incidents import words
from zhigan.incidents.model import Answer, Basis, Outcome, Reason, State, Why
from zhigan.incidents.owning import Work
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Queue, Step, allowed
from zhigan.protocols.gb26875 import dialects, explain
from zhigan.protocols.gb26875.frame import Fault, parse
from zhigan.vocabulary.causes import CAUSES
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import Role

GradeName = Literal["I", "II", "III", "IV"]
NAMES: dict[Grade, GradeName] = {Grade.I: "I", Grade.II: "II", Grade.III: "III", Grade.IV: "IV"}

_detail = msgspec.json.Decoder(dict[str, object])


class Named(msgspec.Struct, frozen=True):
    id: str | None
    code: str
    name: str


class Person(msgspec.Struct, frozen=True):
    id: str
    name: str


class Words(msgspec.Struct, frozen=True):
    """The same in both languages."""

    zh: str
    en: str


class ReasonView(msgspec.Struct, frozen=True):
    why: Why
    zh: str
    en: str
    facts: dict[str, str | int | float]


class AlarmView(msgspec.Struct, frozen=True, kw_only=True):
    """`device.code` is its address; `device.id` is null where it is not registered."""

    id: str
    device: Named
    component: str
    kind: Kind
    condition: str
    raised_at: datetime
    received_at: datetime
    last_at: datetime
    cleared_at: datetime | None
    count: int
    text: str
    gateway: str
    raw: str = ""
    words: list[Words] = []
    locus: str = ""  # alarms of one locus stay together when an incident is split


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """`hash` covers the line and the hash before it; each incident has its own chain, numbered by `seq`."""

    at: datetime
    who: str
    what: str
    detail: dict[str, object]
    hash: str
    incident: str
    seq: int


class FrameView(msgspec.Struct, frozen=True, kw_only=True):
    """A raw frame and what it says; `words` is empty where the protocol has no words of its own."""

    alarm: str
    device: Named
    gateway: str
    received_at: datetime
    raw: str
    words: list[Words]


class ResponseView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody on site answered. `said_at` is earlier than `at` where the phone had no network."""

    id: str
    incident: str
    at: datetime
    said_at: datetime
    by: str
    who: str
    role: str
    kind: Answer
    cause: str | None
    note: str


class IncidentView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    version: int
    grade: GradeName
    reasons: list[ReasonView]
    kind: Kind
    state: State
    outcome: Outcome | None
    cause: str | None
    basis: Basis | None
    queue: Queue
    unit: Named | None
    building: Named | None
    place: str
    lon: float | None
    lat: float | None
    opened_at: datetime
    received_at: datetime
    last_signal_at: datetime
    flags: list[str]
    claimed_by: Person | None
    claimed_at: datetime | None
    confirmed_at: datetime | None
    closed_at: datetime | None
    verify_by: datetime | None
    answer_by: datetime | None
    merged_into: str | None
    merged: list[str]
    split_from: str | None
    steps: list[Step]
    alarm_count: int
    alarms: list[AlarmView]
    timeline: list[LineView]
    timeline_count: int
    area: str = ""  # the district's code: what a power cut has in common
    responses: list[ResponseView] = []  # the site's answers, oldest first; empty in lists
    came_from: list[str] = []  # the platforms whose copy it is, birth place first
    work: Work | None = None  # who answers for it and by when; null at the desk


class CauseView(msgspec.Struct, frozen=True):
    code: str
    zh: str
    en: str
    outcome: Outcome


CAUSE_VIEWS = [CauseView(c.code, c.zh, c.en, Outcome(c.outcome)) for c in CAUSES]


class Parts(msgspec.Struct):
    """What hangs on one incident, gathered from it and from what went into it."""

    merged: list[str] = []
    alarms: list[AlarmView] = []
    timeline: list[LineView] = []
    responses: list[ResponseView] = []


def incident(row: Row, parts: Parts, role: Role, work: Work | None = None) -> IncidentView:
    place = row.place
    unverified = row.state in (State.OPEN, State.VERIFYING)
    return IncidentView(
        id=row.id,
        version=row.version,
        grade=NAMES[row.grade],
        reasons=[reason(r) for r in row.reasons],
        kind=row.kind,
        state=row.state,
        outcome=row.outcome,
        cause=row.cause,
        basis=row.basis,
        queue=row.queue,
        unit=_named(place.unit_id, place.unit_code, place.unit_name),
        building=_named(place.building_id, place.building_code, place.building_name),
        place=place.text,
        lon=place.lon,
        lat=place.lat,
        opened_at=to_datetime(row.opened_at),
        received_at=to_datetime(row.received_at),
        last_signal_at=to_datetime(row.last_signal_at),
        flags=list(row.flags),
        claimed_by=None if row.claimed_by is None else Person(row.claimed_by, row.claimed_name or ""),
        claimed_at=_moment(row.claimed_at),
        confirmed_at=_moment(row.confirmed_at),
        closed_at=_moment(row.closed_at),
        verify_by=_moment(row.verify_by) if unverified else None,
        answer_by=_moment(row.answer_by) if unverified else None,
        merged_into=row.merged_into,
        merged=parts.merged,
        split_from=row.split_from,
        steps=[] if row.merged_into is not None else allowed(row.queue, row.state, role),
        alarm_count=row.alarm_count,
        alarms=parts.alarms,
        timeline=parts.timeline,
        timeline_count=row.seq,
        area=place.owned.area[:6],
        responses=parts.responses,
        came_from=list(row.came_from),
        work=work,
    )


def reason(given: Reason) -> ReasonView:
    return ReasonView(given.why, words.sentence(given, "zh"), words.sentence(given, "en"), given.facts)


def alarm(record: Record, profile: str = "") -> AlarmView:
    raw: bytes = record["raw"]
    return AlarmView(
        id=str(record["id"]),
        device=_device(record),
        component=record["component"],
        kind=Kind(record["kind"]),
        condition=record["condition"],
        raised_at=record["raised_at"],
        received_at=record["received_at"],
        last_at=record["last_at"],
        cleared_at=record["cleared_at"],
        count=record["count"],
        text=record["text"],
        gateway=record["gateway"],
        raw=raw.hex().upper(),
        words=in_words(record["gateway"], raw, profile),
        locus=record["locus"],
    )


def frame(record: Record, profile: str = "") -> FrameView:
    raw: bytes = record["raw"]
    return FrameView(
        alarm=str(record["id"]),
        device=_device(record),
        gateway=record["gateway"],
        received_at=record["received_at"],
        raw=raw.hex().upper(),
        words=in_words(record["gateway"], raw, profile),
    )


def in_words(gateway: str, raw: bytes, profile: str) -> list[Words]:
    """A raw frame explained. Only GB/T 26875.3 frames speak for themselves."""
    if not raw or gateway != "gb26875":
        return []
    dialect = dialects.BY_NAME.get(profile, dialects.TOLERANT)
    parsed = parse(raw)
    if isinstance(parsed, Fault):
        zh, en = explain.explain_fault(parsed, "zh"), explain.explain_fault(parsed, "en")
    else:
        zh, en = explain.explain(parsed, "zh", dialect), explain.explain(parsed, "en", dialect)
    return [Words(*pair) for pair in zip(zh, en, strict=True)]


def line(record: Record) -> LineView:
    hashed: bytes = record["hash"]
    return LineView(
        at=record["at"],
        who=record["who"],
        what=record["what"],
        detail=_spoken(_detail.decode(record["detail"])),
        hash=hashed.hex(),
        incident=str(record["incident"]),
        seq=record["seq"],
    )


def response(record: Record) -> ResponseView:
    return ResponseView(
        id=str(record["id"]),
        incident=str(record["incident"]),
        at=record["at"],
        said_at=record["said_at"],
        by=record["account"],
        who=record["who"],
        role=record["role"],
        kind=Answer(record["kind"]),
        cause=record["cause"],
        note=record["note"],
    )


def _spoken(detail: dict[str, object]) -> dict[str, object]:
    """Reasons inside a detail get their sentences."""
    shown = dict(detail)
    if "reason" in detail:
        shown["reason"] = reason(msgspec.convert(detail["reason"], Reason))
    if "reasons" in detail:
        shown["reasons"] = [reason(r) for r in msgspec.convert(detail["reasons"], list[Reason])]
    return shown


def _device(record: Record) -> Named:
    device = record["device_id"]
    return Named(None if device is None else str(device), record["address"], record["device"])


def _named(id_: str | None, code: str, name: str) -> Named | None:
    return None if id_ is None else Named(id_, code, name)


def _moment(instant: int | None) -> datetime | None:
    return None if instant is None else to_datetime(instant)
