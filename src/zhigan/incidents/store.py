"""Incidents written and read back: the engine's batches and people's steps.

Enters: changes of the engine, or one step of somebody, with the caller's connection in a transaction and `now`. Leaves:
rows, alarms, chained timeline lines, and event drafts that the caller appends to the event log as its last act. Absent:
lists and pages (reading.py), checking the chains (proof.py), and any judgement.

`apply` writes all or nothing: where a slot is held by another open incident, or an incident has moved on, it raises
before or instead of writing, and the worker looks again and decides again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import starmap

import asyncpg
import msgspec

from zhigan.incidents.ledger import Entry, Ledger, Mark, SlotTaken, VersionLost, relocated
from zhigan.incidents.model import PLATFORM, Actor, AlarmRow, Change, FileRow, Merged, Standing, State
from zhigan.incidents.rows import Row, draft, leaves, read
from zhigan.incidents.rules import (
    Act,
    Ask,
    Impossible,
    Joint,
    NotYours,
    Step,
    Wanting,
    judge,
    judge_acceptance,
    judge_merge,
)
from zhigan.incidents.steps import attach, event_type, join, say, take
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.scopes import Owned

__all__ = [
    "NoIncident", "Overtaken", "SlotTaken", "Stepped", "VersionLost", "apply", "attached", "devices_of", "follow",
    "merge", "open_of_case", "standing", "standing_in", "step",
]  # fmt: skip

SQL = sql.load("zhigan.incidents")
SCOPE = ("area", "community", "industry", "grid", "unit", "station", "firm", "org")
MOST_FILES = 200
Columns = Sequence[Sequence[object]]
_encode = msgspec.json.Encoder().encode


async def apply(
    conn: Connection, changes: Sequence[Change], now: int, expected: Mapping[str, int] | None = None
) -> list[Draft]:
    """One batch, in the order decided. `expected`: versions on which the decisions rest, checked under lock."""
    if not changes:
        return []
    ledger = Ledger(await lock(conn, _named(changes) | set(expected or ())), now)
    _check(ledger, expected or {})
    for change in changes:
        ledger.work(change)
    wanted = ledger.taken()
    entries = ledger.seal()
    try:
        async with conn.transaction():
            await _write(conn, ledger, entries)
    except asyncpg.UniqueViolationError as error:
        raise await _conflict(conn, ledger, wanted) from error
    left = [leaves(ledger.rows[incident], was, now) for incident, was in ledger.displaced.items()]
    return left + [draft(ledger.rows[incident], type_, now) for incident, type_ in ledger.touched.items()]


async def follow(conn: Connection, units: Sequence[str] | None, now: int) -> list[Draft]:
    """Open incidents go with their unit: into its scope and under its name of today. None: of all units."""
    found = {str(r["id"]): r for r in await conn.fetch(SQL.astray, units)}
    drafts: list[Draft] = []
    rows = [row for row in await lock(conn, set(found)) if row.holds_slot] if found else []
    entries: list[Entry] = []
    for row in rows:
        unit, was = found[row.id], row.place.owned
        owned = Owned(*(unit[name] for name in SCOPE))
        place = msgspec.structs.replace(row.place, unit_code=unit["code"], unit_name=unit["name"], owned=owned)
        entries.append(say(row, "moved", relocated(row, place), Actor(PLATFORM, PLATFORM), now))
        row.version += 1
        drafts += [leaves(row, was, now), draft(row, EventType.INCIDENT_CHANGED, now)]
    if rows:
        await conn.execute(SQL.update_incidents, *updated(rows))
        await conn.execute(SQL.place_incidents, *placed(rows))
        await copy(conn, "timeline", LINE, map(line_record, entries))
    return drafts


async def devices_of(conn: Connection, ids: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
    """Incident → (gateway, address) of all that alarmed in it or in what went into it."""
    found: dict[str, set[tuple[str, str]]] = {}
    for r in await conn.fetch(SQL.devices_of, list(ids)):
        found.setdefault(str(r["incident"]), set()).add((r["gateway"], r["address"]))
    return found


async def standing(conn: Connection, ids: Sequence[str]) -> list[Standing]:
    """How incidents stand now, closed and merged ones too."""
    return [_standing(r) for r in await conn.fetch(SQL.standing, ids)]


async def standing_in(conn: Connection, ids: Sequence[str], case_keys: Sequence[str]) -> list[Standing]:
    """How incidents stand now, and what people have taken out of them since, with its alarms."""
    known = set(ids)
    rows = [_standing(r) for r in await conn.fetch(SQL.standing_in, list(ids), list(case_keys))]
    fresh = {row.id: row for row in rows if row.id not in known and row.split_from is not None}
    if fresh:
        alarms: dict[str, list[tuple[str, str]]] = {}
        for r in await conn.fetch(SQL.alarms_by_locus, list(fresh)):
            alarms.setdefault(str(r["incident"]), []).append((str(r["id"]), r["locus"]))
        for row in fresh.values():
            row.alarms = tuple(alarms.get(row.id, ()))
    return rows


async def open_of_case(conn: Connection, case_keys: Sequence[str]) -> list[Standing]:
    """The incidents that still run in these cases."""
    return [_standing(r) for r in await conn.fetch(SQL.open_of_case, case_keys)]


async def open_beginning(conn: Connection, prefix: str) -> list[Standing]:
    """The incidents that still run in the cases whose key begins so."""
    return [_standing(r) for r in await conn.fetch(SQL.open_beginning, prefix)]


async def open_of_devices(
    conn: Connection, devices: Sequence[str], conditions: Sequence[str]
) -> list[tuple[str, Standing]]:
    """Open rows, not the desk's, in which one of these devices alarms now with one of these conditions."""
    found = await conn.fetch(SQL.open_of_devices, list(devices), list(conditions)) if devices else ()
    return [(r["device"], _standing(r)) for r in found]


async def open_places(conn: Connection) -> list[tuple[float, float]]:
    """Where the desk's open incidents are."""
    return [(r["lon"], r["lat"]) for r in await conn.fetch(SQL.open_places)]


class Stepped(msgspec.Struct, frozen=True):
    """A step taken. The caller appends `draft` to the event log as its last act."""

    row: Row
    act: Act
    draft: Draft


class NoIncident(Exception):
    """There is none of that id."""


class Overtaken(Exception):
    """The step does not fit how the incident stands; `row` says how."""

    def __init__(self, row: Row, detail: str) -> None:
        super().__init__(detail)
        self.row = row


async def step(
    conn: Connection, incident: str, step: Step, ask: Ask, actor: Actor, now: int, seen: State | None = None
) -> Stepped:
    """One step of a person or of the platform. The row is locked: of two at one instant the second sees the first's.

    `seen` is the state on the asker's page; another one means that somebody was quicker.
    """
    record = await conn.fetchrow(SQL.lock_incident, incident)
    if record is None:
        raise NoIncident(incident)
    row = read(record)
    if row.merged_into is not None:
        raise Overtaken(row, "This incident goes on inside another one.")
    if seen is not None and seen is not row.state:
        raise Overtaken(row, f"The state is {row.state}, no longer {seen}.")
    try:
        act = judge(row.queue, row.state, step, ask, actor.role, actor.reporter)
        judge_acceptance(row.state, step, row.claimed_by, actor.id)
    except Impossible as error:
        raise Overtaken(row, str(error)) from error
    if step is Step.FINISH and not await conn.fetchval(SQL.pictured, incident):
        raise Wanting("photo", "a picture of the work, hung on it before it is finished")
    entries = take(row, act, actor, now)
    await keep(conn, [row], entries)
    return Stepped(row, act, draft(row, event_type(row, act), now))


async def merge(
    conn: Connection, incident: str, into: str, actor: Actor, now: int, note: str | None = None
) -> list[Draft]:
    """Two become one by hand, under both locks. The engine hears of it by the case key and takes it over."""
    rows = {row.id: row for row in await lock(conn, {incident, into})}
    row, survivor = rows.get(incident), rows.get(into)
    if row is None or survivor is None:
        raise NoIncident(incident if row is None else into)
    if actor.role is None:
        raise NotYours("Only a person merges by hand.")
    try:
        if row.id == survivor.id:
            raise Impossible("An incident cannot go into itself.")
        if row.merged_into is not None or survivor.merged_into is not None:
            raise Impossible("One of the two goes on inside another already.")
        judge_merge(_joint(row), _joint(survivor), actor.role)
    except Impossible as error:
        raise Overtaken(row, str(error)) from error
    entries = join(row, survivor, actor, now, note)
    await conn.execute(SQL.flatten_merged, [row.id], [survivor.id])
    await keep(conn, [row, survivor], entries)
    return [draft(row, EventType.INCIDENT_MERGED, now), draft(survivor, EventType.INCIDENT_CHANGED, now)]


def _joint(row: Row) -> Joint:
    return Joint(row.queue, row.state, row.place.unit_id, row.place.building_id, row.case_key)


async def attached(
    conn: Connection, incident: str, file: FileRow, actor: Actor, now: int
) -> tuple[asyncpg.Record, Draft | None]:
    """A photo or file hung on an incident; without a draft where the same content hangs there already."""
    record = await conn.fetchrow(SQL.lock_incident, incident)
    if record is None:
        raise NoIncident(incident)
    row = read(record)
    there = await conn.fetchrow(SQL.same_file, incident, file.sha256)
    if there is not None:
        return there, None
    if await conn.fetchval(SQL.count_files, incident) >= MOST_FILES:
        raise Overtaken(row, f"There are {MOST_FILES} files on this incident already.")
    entries = attach(row, file.said(), actor, now)
    added = await conn.fetchrow(
        SQL.add_file, file.id, incident, to_datetime(now), actor.name, actor.id, file.name, file.type, file.size,
        file.sha256,
    )  # fmt: skip
    if added is None:
        raise NoIncident(incident)
    await keep(conn, [row], entries)
    return added, draft(row, EventType.INCIDENT_CHANGED, now)


async def keep(conn: Connection, rows: list[Row], entries: list[Entry]) -> None:
    """What a person did, written; the engine is told."""
    await conn.execute(SQL.update_incidents, *updated(rows))
    await copy(conn, "timeline", LINE, map(line_record, entries))
    for case_key in {row.case_key for row in rows}:
        await conn.execute(SQL.notify_case, case_key)


def _standing(record: asyncpg.Record) -> Standing:
    into = record["merged_into"]
    return Standing(
        id=str(record["id"]),
        version=record["version"],
        state=State(record["state"]),
        grade=Grade(record["grade"]),
        merged_into=None if into is None else str(into),
        case_key=record["case_key"],
        slot=record["slot"],
        kind=Kind(record["kind"]),
        split_from=None if record["split_from"] is None else str(record["split_from"]),
        flags=tuple(record["flags"]),
    )


def _named(changes: Sequence[Change]) -> set[str]:
    found = {change.incident for change in changes}
    return found | {change.into for change in changes if isinstance(change, Merged)}


async def lock(conn: Connection, ids: set[str]) -> list[Row]:
    """The rows, and those that merged ones went into (`merged_into` is kept flat: one hop)."""
    rows = [read(r) for r in await conn.fetch(SQL.lock_incidents, list(ids))]
    missing = {r.merged_into for r in rows if r.merged_into is not None} - {r.id for r in rows}
    if missing:
        rows += [read(r) for r in await conn.fetch(SQL.lock_incidents, list(missing))]
    return rows


def _check(ledger: Ledger, expected: Mapping[str, int]) -> None:
    for incident, version in expected.items():
        row = ledger.rows.get(incident)
        found = row.version if row is not None else 0
        if found != version:
            raise VersionLost(incident, version, found)


async def _conflict(conn: Connection, ledger: Ledger, wanted: Mapping[str, str]) -> SlotTaken | VersionLost:
    """Why the batch could not be written; the savepoint has taken all of it back."""
    for record in await conn.fetch(SQL.slot_holders, list(wanted)):
        slot, holder = record["slot"], str(record["id"])
        row = ledger.rows.get(holder)
        leaves = row is not None and not (row.holds_slot and row.slot == slot)
        if holder != wanted[slot] and not leaves:
            return SlotTaken(slot, holder)
    known = await standing(conn, list(ledger.newborn))
    first = known[0] if known else None
    return VersionLost(first.id if first else next(iter(wanted.values()), ""), 0, first.version if first else 0)


async def _write(conn: Connection, ledger: Ledger, entries: list[Entry]) -> None:
    """Slots are given back before they are taken. New rows go in by COPY: a storm is thousands of them."""
    for rows in (ledger.freeing(), ledger.staying()):
        if rows:
            await conn.execute(SQL.update_incidents, *updated(rows))
    if ledger.newborn:
        # In the order of slots, so that two writers never wait for each other in a ring.
        rows = sorted(ledger.newborn.values(), key=lambda row: row.slot)
        await copy(conn, "incident", INCIDENT, map(incident_record, rows))
    if ledger.displaced:
        await conn.execute(SQL.place_incidents, *placed([ledger.rows[incident] for incident in ledger.displaced]))
    if ledger.gone:
        final = {gone: ledger.rows[gone].merged_into for gone in ledger.gone}
        await conn.execute(SQL.flatten_merged, list(final), list(final.values()))
    await copy(conn, "alarm", ALARM, starmap(_alarm, ledger.alarms))
    if ledger.marks:
        await conn.execute(SQL.mark_alarms, *_marks(ledger.marks))
    await copy(conn, "timeline", LINE, map(line_record, entries))


async def copy(conn: Connection, table: str, columns: tuple[str, ...], records: Iterable[tuple[object, ...]]) -> None:
    listed = list(records)
    if listed:
        await conn.copy_records_to_table(table, schema_name="incidents", columns=columns, records=listed)


INCIDENT = (
    *("id", "version", "grade", "kind", "state", "outcome", "slot", "case_key", "locus", "place"),
    *("unit_id", "unit_code", "unit_name", "building_id", "building_code", "building_name", "lon", "lat"),
    *("reasons", "flags", "opened_at", "received_at", "last_signal_at", "verify_by", "answer_by", "closed_at"),
    *("merged_into", "split_from", "alarm_count", "desk", "seq", "hash", "came_from"),
    *SCOPE,
)


def incident_record(row: Row) -> tuple[object, ...]:
    place, owned = row.place, row.place.owned
    return (
        row.id,
        row.version,
        int(row.grade),
        row.kind.value,
        row.state.value,
        row.outcome and row.outcome.value,
        row.slot,
        row.case_key,
        row.locus,
        place.text,
        place.unit_id,
        place.unit_code,
        place.unit_name,
        place.building_id,
        place.building_code,
        place.building_name,
        place.lon,
        place.lat,
        _encode(row.reasons).decode(),
        row.flags,
        to_datetime(row.opened_at),
        to_datetime(row.received_at),
        to_datetime(row.last_signal_at),
        moment(row.verify_by),
        moment(row.answer_by),
        moment(row.closed_at),
        row.merged_into,
        row.split_from,
        row.alarm_count,
        row.desk,
        row.seq,
        row.hash,
        row.came_from,
        *(getattr(owned, name) for name in SCOPE),
    )


def updated(rows: list[Row]) -> Columns:
    """The parameters of `update_incidents`, a column each."""
    return [
        [r.id for r in rows],
        [r.version for r in rows],
        [int(r.grade) for r in rows],
        [r.kind.value for r in rows],
        [r.state.value for r in rows],
        [r.outcome and r.outcome.value for r in rows],
        [r.cause for r in rows],
        [r.basis and r.basis.value for r in rows],
        [r.slot for r in rows],
        [_encode(r.reasons).decode() for r in rows],
        [",".join(r.flags) for r in rows],
        _times(r.opened_at for r in rows),
        _times(r.received_at for r in rows),
        _times(r.last_signal_at for r in rows),
        _times(r.verify_by for r in rows),
        _times(r.answer_by for r in rows),
        [r.claimed_by for r in rows],
        [r.claimed_name for r in rows],
        _times(r.claimed_at for r in rows),
        _times(r.confirmed_at for r in rows),
        _times(r.closed_at for r in rows),
        [r.merged_into for r in rows],
        [r.alarm_count for r in rows],
        [r.desk for r in rows],
        [r.seq for r in rows],
        [r.hash for r in rows],
        [r.split_from for r in rows],
    ]


def placed(rows: Sequence[Row]) -> Columns:
    """The parameters of `place_incidents`: where a row now stands, by name and by scope."""
    return [
        [r.id for r in rows],
        [r.case_key for r in rows],
        [r.locus for r in rows],
        [r.place.text for r in rows],
        [r.place.unit_id for r in rows],
        [r.place.unit_code for r in rows],
        [r.place.unit_name for r in rows],
        [r.place.building_id for r in rows],
        [r.place.building_code for r in rows],
        [r.place.building_name for r in rows],
        [r.place.lon for r in rows],
        [r.place.lat for r in rows],
        *([getattr(r.place.owned, name) for r in rows] for name in SCOPE),
    ]


ALARM = (
    *("id", "incident", "device_id", "gateway", "address", "device", "component", "kind", "condition"),
    *("raised_at", "received_at", "last_at", "cleared_at", "count", "text", "raw", "locus"),
)


def _alarm(incident: str, alarm: AlarmRow) -> tuple[object, ...]:
    received = to_datetime(alarm.received_at)
    return (
        alarm.id,
        incident,
        alarm.device_id,
        alarm.gateway,
        alarm.address,
        alarm.device,
        alarm.component,
        alarm.kind.value,
        alarm.condition,
        to_datetime(alarm.raised_at),
        received,
        received,
        moment(alarm.cleared_at),
        alarm.count,
        alarm.text,
        alarm.raw,
        alarm.locus,
    )


def _marks(marks: Mapping[str, Mark]) -> Columns:
    return [
        list(marks),
        [m.count for m in marks.values()],
        _times(m.last_at for m in marks.values()),
        _times(m.cleared_at for m in marks.values()),
        [m.stands for m in marks.values()],
    ]


LINE = ("incident", "seq", "at", "who", "what", "detail", "prev_hash", "hash")


def line_record(entry: Entry) -> tuple[object, ...]:
    line = entry.line
    return (
        line.incident,
        line.seq,
        to_datetime(line.at),
        line.who,
        line.what,
        line.detail,
        entry.prev_hash,
        entry.hash,
    )


def moment(instant: int | None) -> datetime | None:
    return None if instant is None else to_datetime(instant)


def _times(instants: Iterable[int | None]) -> list[datetime | None]:
    return [moment(t) for t in instants]
