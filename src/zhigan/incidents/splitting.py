"""An incident taken apart by hand: chosen alarms, or what was merged into it, go on as an incident of their own.

Enters: the owner's connection in a transaction, the incident, what is to leave, who says so, `now`. Leaves: two rows,
their alarms, a line on each chain, drafts. Absent: whether the asker may see the incident (decided before), and what
the engine makes of it: it hears by the case key and finds the new row (`store.standing_in`).
"""

from collections.abc import Sequence

import asyncpg
import msgspec
from asyncpg import Record

from zhigan.incidents.ledger import Entry
from zhigan.incidents.model import Actor, Place, State
from zhigan.incidents.rows import Row, draft
from zhigan.incidents.rules import Impossible, NotYours, Queue, judge_split
from zhigan.incidents.steps import part
from zhigan.incidents.store import (
    INCIDENT,
    SQL,
    NoIncident,
    Overtaken,
    copy,
    incident_record,
    keep,
    lock,
    placed,
)
from zhigan.registry import store as registry
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.grades import Kind
from zhigan.vocabulary.moments import to_micros

_GRAVITY = (Kind.FIRE, Kind.GAS, Kind.ELECTRICAL)
_UNVERIFIED = (State.OPEN, State.VERIFYING)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to leave: alarms under the new id `child`, or the merged incident `merged` under its own."""

    child: str
    alarms: Sequence[str] = ()
    merged: str | None = None
    note: str | None = None


class Parted(msgspec.Struct, frozen=True):
    """`child` came out. The caller appends `drafts` to the event log as its last act."""

    child: str
    alarms: list[str]
    drafts: list[Draft]


async def split(conn: Connection, incident: str, wanted: Wanted, actor: Actor, now: int) -> Parted:
    """Whole or not at all, under the locks of all rows concerned."""
    named = {incident} if wanted.merged is None else {incident, wanted.merged}
    rows = {row.id: row for row in await lock(conn, named)}
    row = rows.get(incident)
    if row is None:
        raise NoIncident(incident)
    if actor.role is None:
        raise NotYours("Only a person splits by hand.")
    family = [row.id, *(str(r["id"]) for r in await conn.fetch(SQL.family, [row.id]))]
    alarms = await conn.fetch(SQL.alarms_to_split, family)
    try:
        if row.merged_into is not None:
            raise Impossible("This incident goes on inside another one.")
        if row.came_from:
            raise Impossible("It is another platform's: it is split there.")
        leaving = _leaving(row, family, alarms, wanted)
        staying = [a for a in alarms if a not in leaving]
        judge_split(row.queue, row.state, actor.role, [a["locus"] for a in leaving], [a["locus"] for a in staying])
        child = rows[wanted.merged] if wanted.merged is not None else _blank(row, leaving, wanted.child)
        if child.queue is not Queue.DESK:
            raise Impossible("Only desk incidents (I and II) are split by hand.")
    except Impossible as error:
        raise Overtaken(row, str(error)) from error
    return await _part(conn, row, child, leaving, staying, wanted.note, actor, now)


def _leaving(row: Row, family: Sequence[str], alarms: Sequence[Record], wanted: Wanted) -> list[Record]:
    """What was chosen. With a merged incident goes whatever joined at its loci since it was merged."""
    if wanted.merged is None:
        chosen = set(wanted.alarms)
        if not chosen <= {str(a["id"]) for a in alarms}:
            raise Impossible("Not all of these alarms are in this incident, or not any more.")
        return [a for a in alarms if str(a["id"]) in chosen]
    if wanted.merged not in family or wanted.merged == row.id:
        raise Impossible("That incident is not merged into this one, or not any more.")
    loci = {a["locus"] for a in alarms if str(a["incident"]) == wanted.merged}
    return [a for a in alarms if a["locus"] in loci]


def _blank(row: Row, leaving: Sequence[Record], id_: str) -> Row:
    """The new incident before it is told what it takes over."""
    kinds = {Kind(a["kind"]) for a in leaving}
    return msgspec.structs.replace(
        row,
        id=id_,
        version=0,
        kind=next((k for k in _GRAVITY if k in kinds), Kind(leaving[0]["kind"])),
        reasons=(),
        flags=(),
        seq=0,
        hash=bytes(32),
        outcome=None,
        cause=None,
        basis=None,
        confirmed_at=None,
        opened_at=to_micros(min(a["raised_at"] for a in leaving)),
        received_at=to_micros(min(a["received_at"] for a in leaving)),
        last_signal_at=to_micros(max(a["last_at"] for a in leaving)),
        state=State.OPEN,
    )


async def _part(
    conn: Connection,
    row: Row,
    child: Row,
    leaving: Sequence[Record],
    staying: Sequence[Record],
    note: str | None,
    actor: Actor,
    now: int,
) -> Parted:
    if child.state in _UNVERIFIED:
        child.state, child.claimed_by, child.claimed_name, child.claimed_at = State.OPEN, None, None, None
    if not child.seq:
        await _put(conn, child, leaving[0])
    if row.locus in {a["locus"] for a in leaving}:
        await _put(conn, row, staying[0])
    entries = part(row, child, [_told(a) for a in leaving], actor, now, note)
    ids = [str(a["id"]) for a in leaving]
    try:
        async with conn.transaction():
            await _write(conn, row, child, ids, entries)
    except asyncpg.UniqueViolationError as error:
        raise Overtaken(row, "That place has another open incident by now.") from error
    drafts = [draft(row, EventType.INCIDENT_CHANGED, now), draft(child, EventType.INCIDENT_OPENED, now)]
    return Parted(child.id, ids, drafts)


async def _write(conn: Connection, row: Row, child: Row, alarms: list[str], entries: list[Entry]) -> None:
    """The old row first: it may give up the slot that the new one takes."""
    await keep(conn, [row], entries[:1])
    if child.version == 1:
        await copy(conn, "incident", INCIDENT, [incident_record(child)])
    await keep(conn, [child], entries[1:])
    await conn.execute(SQL.place_incidents, *placed([row, child]))
    await conn.execute(SQL.give_alarms, alarms, child.id)


async def _put(conn: Connection, row: Row, alarm: Record) -> None:
    """Where this alarm is, the incident now is."""
    row.locus = alarm["locus"]
    row.slot = f"desk:{row.case_key}:{row.locus}"
    for device in await registry.contexts(conn, [(alarm["gateway"], alarm["address"])]):
        row.place = Place(
            unit_id=row.place.unit_id,
            unit_code=row.place.unit_code,
            unit_name=row.place.unit_name,
            building_id=device.building_id,
            building_code=device.building_code,
            building_name=device.building_name,
            text=device.place,
            lon=device.lon if device.lon is not None else row.place.lon,
            lat=device.lat if device.lat is not None else row.place.lat,
            owned=row.place.owned,
        )


def _told(alarm: Record) -> dict[str, object]:
    shown = ("device", "component", "condition")
    return {"id": str(alarm["id"]), **{name: alarm[name] for name in shown}}
