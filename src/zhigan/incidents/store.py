"""Incidents written and read back: the engine's batches and people's steps.

Enters: changes of the engine, or one step of somebody, with the caller's connection in a transaction and `now`. Leaves:
rows, alarms, chained timeline lines, and event drafts that the caller appends to the event log as its last act. Absent:
lists and pages (pages.py), checking the chains (proof.py), and any judgement.

`apply` writes all or nothing: where a slot is held by another open incident, or an incident has moved on, it raises
before or instead of writing, and the worker looks again and decides again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec

from zhigan.incidents.ledger import Entry, Ledger, Mark, SlotTaken, VersionLost
from zhigan.incidents.model import Actor, AlarmRow, Change, Merged, Standing, State
from zhigan.incidents.rows import Row, draft, read
from zhigan.incidents.rules import Act, Ask, Impossible, Step, judge
from zhigan.incidents.steps import event_type, take
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import to_datetime

__all__ = [
    "NoIncident",
    "Overtaken",
    "SlotTaken",
    "Stepped",
    "VersionLost",
    "apply",
    "open_of_case",
    "standing",
    "step",
]

SQL = sql.load("zhigan.incidents")
SCOPE = ("area", "community", "industry", "grid", "unit", "station", "firm", "org")
Columns = Sequence[Sequence[object]]
_encode = msgspec.json.Encoder().encode


async def apply(
    conn: Connection, changes: Sequence[Change], now: int, expected: Mapping[str, int] | None = None
) -> list[Draft]:
    """One batch, in the order decided. `expected`: versions on which the decisions rest, checked under lock."""
    if not changes:
        return []
    ledger = Ledger(await _lock(conn, _named(changes) | set(expected or ())), now)
    _check(ledger, expected or {})
    for change in changes:
        ledger.work(change)
    await _slots_free(conn, ledger)
    entries = ledger.seal()
    try:
        async with conn.transaction():
            await _write(conn, ledger, entries)
    except asyncpg.UniqueViolationError as error:
        await _slots_free(conn, ledger)
        raise VersionLost(next(iter(ledger.newborn), ""), 0, 1) from error
    return [draft(ledger.rows[incident], type_, now) for incident, type_ in ledger.touched.items()]


async def standing(conn: Connection, ids: Sequence[str]) -> list[Standing]:
    """How incidents stand now, closed and merged ones too."""
    return [_standing(r) for r in await conn.fetch(SQL.standing, ids)]


async def open_of_case(conn: Connection, case_keys: Sequence[str]) -> list[Standing]:
    """The incidents that still run in these cases."""
    return [_standing(r) for r in await conn.fetch(SQL.open_of_case, case_keys)]


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
        act = judge(row.queue, row.state, step, ask, actor.role)
    except Impossible as error:
        raise Overtaken(row, str(error)) from error
    entries = take(row, act, actor, now)
    await conn.execute(SQL.update_incidents, *_updated([row]))
    await conn.execute(SQL.insert_lines, *_lines(entries))
    await conn.execute(SQL.notify_case, row.case_key)
    return Stepped(row, act, draft(row, event_type(row, act), now))


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
    )


def _named(changes: Sequence[Change]) -> set[str]:
    found = {change.incident for change in changes}
    return found | {change.into for change in changes if isinstance(change, Merged)}


async def _lock(conn: Connection, ids: set[str]) -> list[Row]:
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


async def _slots_free(conn: Connection, ledger: Ledger) -> None:
    wanted = ledger.taken()
    if not wanted:
        return
    for record in await conn.fetch(SQL.slot_holders, list(wanted)):
        slot, holder = record["slot"], str(record["id"])
        row = ledger.rows.get(holder)
        leaves = row is not None and not (row.holds_slot and row.slot == slot)
        if holder != wanted[slot] and not leaves:
            raise SlotTaken(slot, holder)


async def _write(conn: Connection, ledger: Ledger, entries: list[Entry]) -> None:
    """Slots are given back before they are taken."""
    for rows in (ledger.freeing(), ledger.staying()):
        if rows:
            await conn.execute(SQL.update_incidents, *_updated(rows))
    if ledger.newborn:
        rows = list(ledger.newborn.values())
        kept = {str(r["id"]) for r in await conn.fetch(SQL.insert_incidents, *_inserted(rows))}
        if len(kept) < len(rows):
            await _slots_free(conn, ledger)
            lost = next(row for row in rows if row.id not in kept)
            raise VersionLost(lost.id, 0, 0)  # its holder closed while we waited: look again
    if ledger.gone:
        final = {gone: ledger.rows[gone].merged_into for gone in ledger.gone}
        await conn.execute(SQL.flatten_merged, list(final), list(final.values()))
    if ledger.alarms:
        await conn.execute(SQL.insert_alarms, *_alarms(ledger.alarms))
    if ledger.marks:
        await conn.execute(SQL.mark_alarms, *_marks(ledger.marks))
    if entries:
        await conn.execute(SQL.insert_lines, *_lines(entries))


def _inserted(rows: list[Row]) -> Columns:
    places = [r.place for r in rows]
    return [
        [r.id for r in rows],
        [r.version for r in rows],
        [int(r.grade) for r in rows],
        [r.kind.value for r in rows],
        [r.state.value for r in rows],
        [r.outcome and r.outcome.value for r in rows],
        [r.slot for r in rows],
        [r.case_key for r in rows],
        [r.locus for r in rows],
        [p.text for p in places],
        [p.unit_id for p in places],
        [p.unit_code for p in places],
        [p.unit_name for p in places],
        [p.building_id for p in places],
        [p.building_code for p in places],
        [p.building_name for p in places],
        [p.lon for p in places],
        [p.lat for p in places],
        [_encode(r.reasons).decode() for r in rows],
        [",".join(r.flags) for r in rows],
        _times(r.opened_at for r in rows),
        _times(r.received_at for r in rows),
        _times(r.last_signal_at for r in rows),
        _times(r.verify_by for r in rows),
        _times(r.answer_by for r in rows),
        _times(r.closed_at for r in rows),
        [r.merged_into for r in rows],
        [r.alarm_count for r in rows],
        [r.desk for r in rows],
        [r.seq for r in rows],
        [r.hash for r in rows],
        *([getattr(p.owned, name) for p in places] for name in SCOPE),
    ]


def _updated(rows: list[Row]) -> Columns:
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
    ]


def _alarms(alarms: list[tuple[str, AlarmRow]]) -> Columns:
    return [
        [a.id for _, a in alarms],
        [incident for incident, _ in alarms],
        [a.device_id for _, a in alarms],
        [a.gateway for _, a in alarms],
        [a.address for _, a in alarms],
        [a.device for _, a in alarms],
        [a.component for _, a in alarms],
        [a.kind.value for _, a in alarms],
        [a.condition for _, a in alarms],
        _times(a.raised_at for _, a in alarms),
        _times(a.received_at for _, a in alarms),
        _times(a.cleared_at for _, a in alarms),
        [a.count for _, a in alarms],
        [a.text for _, a in alarms],
        [a.raw for _, a in alarms],
    ]


def _marks(marks: Mapping[str, Mark]) -> Columns:
    return [
        list(marks),
        [m.count for m in marks.values()],
        _times(m.last_at for m in marks.values()),
        _times(m.cleared_at for m in marks.values()),
        [m.stands for m in marks.values()],
    ]


def _lines(entries: list[Entry]) -> Columns:
    """The parameters of `insert_lines`, a column each."""
    return [
        [e.line.incident for e in entries],
        [e.line.seq for e in entries],
        _times(e.line.at for e in entries),
        [e.line.who for e in entries],
        [e.line.what for e in entries],
        [e.line.detail for e in entries],
        [e.prev_hash for e in entries],
        [e.hash for e in entries],
    ]


def _times(instants: Iterable[int | None]) -> list[datetime | None]:
    return [None if t is None else to_datetime(t) for t in instants]
