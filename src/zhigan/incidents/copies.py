"""Incidents as another platform is told of them, and another's incidents as they are kept here.

Enters: ids of what changed; documents that came from below, placed by the caller. Leaves: documents; rows, alarms and
chained lines in the same tables as our own, marked by `came_from`, and event drafts. The engine has no part in it: slot
and case of a copy are its own id, so that no case of ours ever holds it, no timer runs and nothing is graded again.
Absent: who may tell what, and what a thing is called here (federation).

Until people here have moved a copy it stands as it stands there. Once they have, theirs holds: it is never lowered,
never moved back, never closed from below; how it goes on there is told in lines and flags. What was closed here stays
closed: where a new alarm, a graver grade or a confirmation follows below, the copy goes on as a new row. A copy that
went into an incident of our own (uniting.py) keeps its chain and its alarms there; that one is then at least as grave
and as far as the copy, and where it has been closed, what follows below is a new row again.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

import msgspec
from asyncpg import Record

from zhigan.incidents.documents import AlarmDoc, IncidentDoc, LineDoc, PlaceDoc, ReasonDoc
from zhigan.incidents.ledger import PROGRESS, Entry, outdo
from zhigan.incidents.model import Basis, Outcome, Place, Reason, State, Why
from zhigan.incidents.rows import Row, draft, leaves, read
from zhigan.incidents.rules import GENESIS, Line, chain
from zhigan.incidents.store import (
    INCIDENT,
    LINE,
    SQL,
    copy,
    incident_record,
    line_record,
    lock,
    moment,
    placed,
    updated,
)
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import to_datetime, to_micros

MOST_ALARMS, MOST_LINES = 200, 500
LONGEST_RAW = 1024
CLOSED_THERE, SENT_THERE = "closed_there", "dispatched_there"
"""Flags: the platform below has closed it, or has told its own command centre."""
ORIGIN, SPEAKER = "origin", "upper"
"""In a line's detail: which platform wrote it, and whose word it passes on."""

PASSED_ON = frozenset(
    {
        "accepted", "released", "confirmed", "dismissed", "dispatched", "closed", "noted", "responded", "feedback",
        "handed_over", "asked_below", "upper_said", "upper_asked",
    }
)  # fmt: skip
"""Lines of ours that the platform whose incident it is should know of."""

E = TypeVar("E", bound=StrEnum)
_encode = msgspec.json.Encoder(order="deterministic").encode
_detail = msgspec.json.Decoder(dict[str, object])


class Known(msgspec.Struct, frozen=True):
    """How it stood there when it came last."""

    state: State
    grade: Grade
    lines: int


class Copied(msgspec.Struct, kw_only=True):
    """A document and where it belongs here. After `keep`: `here` may be a new row's id, `lines` are told up to."""

    doc: IncidentDoc
    here: str
    fresh: str  # the id of the row in which it goes on, should it have been closed here
    place: Place
    came_from: tuple[str, ...]
    known: Known | None
    merged_into: str | None = None
    shared: frozenset[str] = frozenset()
    """Alarms of devices that report to us as well: they are not counted twice where the copy went into ours."""
    lines: int = 0
    new_alarms: int = 0


# ---------------------------------------------------------------- telling


async def open_ids(conn: Connection) -> list[str]:
    return [row["id"] for row in await conn.fetch(SQL.open_ids)]


async def own_lines(conn: Connection, after: Mapping[str, int]) -> dict[str, list[LineDoc]]:
    """What people here have done with incidents since the line named with each; what nobody touched is left out."""
    own: dict[str, list[LineDoc]] = {}
    if not after:
        return own
    for r in await conn.fetch(SQL.lines_since, list(after), list(after.values()), sorted(PASSED_ON)):
        line = _said(r)
        if ORIGIN not in _spoken(line):
            own.setdefault(r["incident"], []).append(line)
    return own


async def documents(conn: Connection, ids: Sequence[str]) -> dict[str, IncidentDoc]:
    """As they stand now."""
    if not ids:
        return {}
    found = {str(r["id"]): _document(r) for r in await conn.fetch(SQL.several, list(ids))}
    for r in await conn.fetch(SQL.alarms_of, list(found), MOST_ALARMS, True):
        found[str(r["incident"])].alarms.append(_alarmed(r))
    for r in await conn.fetch(SQL.lines_of, list(found), MOST_LINES):
        found[str(r["incident"])].lines.append(_said(r))
    for doc in found.values():
        doc.lines.sort(key=lambda line: line.seq)
    return found


def _said(r: Record) -> LineDoc:
    return LineDoc(seq=r["seq"], at=to_micros(r["at"]), who=r["who"], what=r["what"], detail=r["detail"])


def _alarmed(r: Record) -> AlarmDoc:
    device = r["device_id"]
    return AlarmDoc(
        id=str(r["id"]), device_id=None if device is None else str(device), gateway=r["gateway"], address=r["address"],
        device=r["device"], component=r["component"], kind=r["kind"], condition=r["condition"],
        raised_at=to_micros(r["raised_at"]), received_at=to_micros(r["received_at"]), last_at=to_micros(r["last_at"]),
        cleared_at=None if r["cleared_at"] is None else to_micros(r["cleared_at"]), count=r["count"], text=r["text"],
        raw=r["raw"] if len(r["raw"]) <= LONGEST_RAW else b"", locus=r["locus"],
    )  # fmt: skip


def _document(r: Record) -> IncidentDoc:
    row = read(r)
    return IncidentDoc(
        id=row.id, version=row.version, grade=int(row.grade), kind=row.kind.value, state=row.state.value,
        outcome=row.outcome and row.outcome.value, cause=row.cause, basis=row.basis and row.basis.value,
        place=PlaceDoc(
            unit_id=row.place.unit_id, building_id=row.place.building_id, text=row.place.text, lon=row.place.lon,
            lat=row.place.lat,
        ),
        reasons=[ReasonDoc(why=reason.why.value, facts=reason.facts) for reason in row.reasons], flags=list(row.flags),
        opened_at=row.opened_at, received_at=row.received_at, last_signal_at=row.last_signal_at,
        verify_by=row.verify_by, answer_by=row.answer_by, claimed_by=row.claimed_by, claimed_name=row.claimed_name,
        claimed_at=row.claimed_at, confirmed_at=row.confirmed_at, closed_at=row.closed_at, merged_into=row.merged_into,
        alarm_count=row.alarm_count, desk=row.desk, came_from=list(row.came_from),
    )  # fmt: skip


# ---------------------------------------------------------------- keeping


class _Work(msgspec.Struct):
    """One batch on its way into the tables."""

    born: list[Row] = []
    kept: list[Row] = []
    moved: list[Row] = []
    alarms: list[tuple[str, AlarmDoc]] = []
    entries: list[Entry] = []
    drafts: list[Draft] = []
    ours: dict[str, Row] = {}
    """Incidents of our own that a copy has moved."""


async def keep(conn: Connection, copies: Sequence[Copied], speaker: str, now: int) -> list[Draft]:
    """Each incident once; in the caller's transaction. `speaker`: our own platform's id; lines that pass on our own
    word are not told to us again. The caller appends the drafts as its last act."""
    named = {c.here for c in copies} | {c.merged_into for c in copies if c.merged_into is not None}
    rows = {row.id: row for row in await lock(conn, named)}
    ids = [alarm.id for c in copies for alarm in c.doc.alarms]
    homes = {str(r["id"]): str(r["incident"]) for r in await conn.fetch(SQL.homes_of_alarms, ids)} if ids else {}
    work = _Work()
    for each in copies:
        _one(work, rows, each, homes, speaker, now)
    await _write(conn, work)
    for row in work.ours.values():
        await conn.execute(SQL.notify_case, row.case_key)  # the engine has it too
    return work.drafts


def _one(work: _Work, rows: dict[str, Row], each: Copied, homes: dict[str, str], speaker: str, now: int) -> None:
    doc, row = each.doc, rows.get(each.here)
    own = _own(rows, row)
    fresh = [alarm for alarm in doc.alarms if alarm.id not in homes]
    if row is not None and goes_on(own or row, each.known, doc, bool(fresh)):
        each.here, row, own = each.fresh, None, None
        each.known = None
        alarms = fresh
    else:
        alarms = [alarm for alarm in doc.alarms if row is None or _belongs(homes.get(alarm.id), each)]
    newborn = row is None
    row = row or _blank(each)
    before = msgspec.structs.replace(row)
    was = row.place.owned
    follow(row, each.known, doc)
    row.merged_into, row.place = _survivor(rows, each, own), each.place
    row.alarm_count = doc.alarm_count if row.id == doc.id else max(row.alarm_count, before.alarm_count + len(fresh))
    entries = [_line(row, line, each.came_from) for line in doc.lines if line.seq > each.lines and _told(line, speaker)]
    each.lines = max([each.lines, *(line.seq for line in doc.lines)])
    each.new_alarms = len(fresh)
    work.alarms += [(row.id, alarm) for alarm in alarms]
    if not newborn and not entries and not fresh and row == before:
        return
    row.version += 1
    work.entries += entries
    if newborn:
        work.born.append(row)
    else:
        work.kept.append(row)
        if row.place != before.place:
            work.moved.append(row)
            work.drafts += [leaves(row, was, now)] if row.place.owned != was else []
    work.drafts.append(draft(row, _type(row, before, newborn), now))
    if own is not None:
        _carry(work, own, row, sum(alarm.id not in each.shared for alarm in fresh), now)


def _own(rows: dict[str, Row], row: Row | None) -> Row | None:
    """The incident of our own that the copy went into."""
    into = None if row is None or row.merged_into is None else rows.get(row.merged_into)
    return None if into is None or into.came_from else into


def _survivor(rows: dict[str, Row], each: Copied, own: Row | None) -> str | None:
    """One hop: into ours where it went there, else as it is there, and where that went on."""
    if own is not None or each.merged_into is None:
        return None if own is None else own.id
    into = rows.get(each.merged_into)
    return each.merged_into if into is None or into.merged_into is None else into.merged_into


def _carry(work: _Work, own: Row, copied: Row, fresh: int, now: int) -> None:
    """Ours is shown anew: what was added to the copy is seen on its page. A closed one is left as it was closed."""
    if own.state is State.CLOSED:
        return
    outdo(own, copied)
    if copied.state is State.CLOSED:
        own.flag(CLOSED_THERE)
    own.alarm_count += fresh
    own.version += 1
    work.ours[own.id] = own
    work.drafts = [one for one in work.drafts if one.subject != own.id]
    work.drafts.append(draft(own, EventType.INCIDENT_CHANGED, now))


def _belongs(home: str | None, each: Copied) -> bool:
    """Where it went on in a new row, what was known before stays with the old one."""
    return home is None or each.here == each.doc.id or home == each.here


def _type(row: Row, before: Row, newborn: bool) -> EventType:
    if row.merged_into is not None and before.merged_into is None:
        return EventType.INCIDENT_MERGED
    if row.state is State.CLOSED and (newborn or before.state is not State.CLOSED):
        return EventType.INCIDENT_CLOSED
    return EventType.INCIDENT_OPENED if newborn else EventType.INCIDENT_CHANGED


def goes_on(row: Row, known: Known | None, doc: IncidentDoc, fresh: bool) -> bool:
    """It was closed by people here, and below more has come of it than they knew."""
    if row.state is not State.CLOSED or known is None or known.state is State.CLOSED:
        return False
    state = _word(State, doc.state, State.OPEN)
    if state is State.CLOSED or doc.merged_into is not None:
        return False
    confirmed = _reached(state) >= _reached(State.CONFIRMED) > _reached(known.state) and row.outcome is not Outcome.FIRE
    return fresh or doc.grade < known.grade or confirmed


def follow(row: Row, known: Known | None, doc: IncidentDoc) -> None:
    """The row as the platform below has it, as far as people here have not moved it themselves. Pure."""
    ours = known is not None and row.state is not known.state
    state = _word(State, doc.state, State.OPEN)
    grade = Grade(min(4, max(1, doc.grade)))
    row.kind = _word(Kind, doc.kind, Kind.FIRE if grade <= Grade.II else Kind.FAULT)
    row.reasons = _reasoned(doc)
    row.flags = (*doc.flags, *(flag for flag in row.flags if flag not in doc.flags))
    row.opened_at, row.received_at = doc.opened_at, doc.received_at
    row.last_signal_at = max(row.last_signal_at, doc.last_signal_at)
    row.grade = min(row.grade, grade) if ours else grade
    row.desk = doc.desk or (ours and row.desk)
    if state in (State.DISPATCHED, State.RESPONDING):
        row.flag(SENT_THERE)
    if not ours:
        _stands(row, state, doc)
        row.verify_by, row.answer_by = doc.verify_by, doc.answer_by
    elif row.state is not State.CLOSED:
        if state is State.CLOSED:
            row.flag(CLOSED_THERE)
        elif _reached(state) > _reached(row.state):
            row.state, row.basis = state, _basis(doc)
            row.confirmed_at = row.confirmed_at or doc.confirmed_at


def _stands(row: Row, state: State, doc: IncidentDoc) -> None:
    closed = state is State.CLOSED
    row.state = state
    row.closed_at = (doc.closed_at or doc.last_signal_at) if closed else None
    row.outcome = _word(Outcome, doc.outcome or "", Outcome.OTHER) if closed else None
    row.cause, row.basis = doc.cause, _basis(doc)
    row.claimed_by, row.claimed_name, row.claimed_at = doc.claimed_by, doc.claimed_name, doc.claimed_at
    row.confirmed_at = doc.confirmed_at


def _basis(doc: IncidentDoc) -> Basis | None:
    return None if doc.basis is None else _word(Basis, doc.basis, Basis.PHONE)


def _reached(state: State) -> int:
    return PROGRESS.index(state)


def _reasoned(doc: IncidentDoc) -> tuple[Reason, ...]:
    known = {why.value: why for why in Why}
    return tuple(Reason(known[r.why], r.facts) for r in doc.reasons if r.why in known)


def _word(kind: type[E], text: str, otherwise: E) -> E:
    """A newer platform's word that we do not know yet is taken for `otherwise`."""
    try:
        return kind(text)
    except ValueError:
        return otherwise


def _blank(each: Copied) -> Row:
    doc, key = each.doc, f"copy:{each.here}"
    return Row(
        id=each.here, version=0, grade=Grade.IV, kind=Kind.FIRE, state=State.OPEN, slot=key, case_key=key, locus=key,
        place=each.place, reasons=(), flags=(), opened_at=doc.opened_at, received_at=doc.received_at,
        last_signal_at=doc.last_signal_at, desk=False, hash=GENESIS, came_from=each.came_from,
    )  # fmt: skip


def _told(line: LineDoc, speaker: str) -> bool:
    return _spoken(line).get(SPEAKER) != speaker


def _spoken(line: LineDoc) -> dict[str, object]:
    try:
        return _detail.decode(line.detail)
    except msgspec.DecodeError:
        return {"note": line.detail}


def _line(row: Row, doc: LineDoc, came_from: Sequence[str]) -> Entry:
    """On our chain, with the time it has there, and whose it is. Accounts of another platform are nobody's here."""
    detail = {name: value for name, value in _spoken(doc).items() if name not in ("account", "role")}
    detail.setdefault(ORIGIN, {"platform": came_from[-1], "seq": doc.seq})
    row.seq += 1
    line = Line(row.id, row.seq, doc.at, doc.who, doc.what, _encode(detail).decode())
    prev, row.hash = row.hash, chain(row.hash, line)
    return Entry(line, prev, row.hash)


async def _write(conn: Connection, work: _Work) -> None:
    if changed := [*work.kept, *work.ours.values()]:
        await conn.execute(SQL.update_incidents, *updated(changed))
    if work.moved:
        await conn.execute(SQL.place_incidents, *placed(work.moved))
    await copy(conn, "incident", INCIDENT, map(incident_record, work.born))
    # What only a step writes stands in no fresh row's columns.
    if work.born:
        await conn.execute(SQL.update_incidents, *updated(work.born))
    await copy(conn, "timeline", LINE, map(line_record, work.entries))
    latest = {alarm.id: (incident, alarm) for incident, alarm in work.alarms}
    if latest:
        rows = [_alarm(incident, alarm) for incident, alarm in latest.values()]
        await conn.execute(SQL.put_alarms, *(list(column) for column in zip(*rows, strict=True)))


def _alarm(incident: str, alarm: AlarmDoc) -> tuple[object, ...]:
    return (
        alarm.id, incident, alarm.device_id, alarm.gateway, alarm.address, alarm.device, alarm.component,
        _word(Kind, alarm.kind, Kind.FIRE).value, alarm.condition, to_datetime(alarm.raised_at),
        to_datetime(alarm.received_at), to_datetime(alarm.last_at), moment(alarm.cleared_at), alarm.count, alarm.text,
        alarm.raw, alarm.locus,
    )  # fmt: skip
