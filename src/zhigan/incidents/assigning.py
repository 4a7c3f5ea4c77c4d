"""Who answers for a row, and by when, said by somebody: its owner and due time agreed, and what has become late.

Enters: the owner's connection in the caller's transaction, a row that is open and not the desk's. Leaves: the row, a
chained line, the event that tells the new owner (`incident.assigned`) or whoever stands above (`incident.overdue`).
Absent: HTTP; defaults (owning.py); telling people (outlets). Only who can see a row may answer for it: its own
organisations, and accounts whose scope holds it; so nothing leaks to another firm by being assigned to it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from asyncpg import Record

from zhigan.incidents.model import PLATFORM, Actor, State
from zhigan.incidents.owning import NOBODY, OwnerKind
from zhigan.incidents.rows import Row, draft, iso, read
from zhigan.incidents.rules import CLOSING_ROLES, TERM_ROLES, NotYours, Queue, Wanting
from zhigan.incidents.steps import say
from zhigan.incidents.store import SQL, NoIncident, Overtaken, keep, moment
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import DIMENSIONS, ScopeError, holds, parse
from zhigan.webapi.pages import is_id

MOST_HANDS: Final = 200
DOERS: Final = (Role.UNIT, Role.PROPERTY, Role.MAINTAINER)
AT_ONCE: Final = 500
OVERDUE: Final = "overdue"
"""Flag, and the word of the timeline."""


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may answer for the row."""

    key: str
    kind: OwnerKind
    name: str
    role: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` null: as it is; empty: by default again. `due_at` likewise, `undue` takes an agreed time back."""

    owner: str | None = None
    due_at: datetime | None = None
    undue: bool = False
    note: str = ""


async def hands(conn: Connection, row: Row, by: Role) -> list[Hand]:
    """Organisations of the row first. Who does the work sees others who do, not the offices above."""
    roles = (*DOERS, *sorted(CLOSING_ROLES)) if by in TERM_ROLES else DOERS
    owned = row.place.owned
    named = [(d, getattr(owned, d)) for d in ("firm", "org", "station", "grid") if getattr(owned, d)]
    found = await conn.fetch(SQL.own_organisations, [d for d, _ in named], [code for _, code in named])
    listed = [Hand(key=f"organisation:{r['id']}", kind="organisation", name=r["name"], role=r["kind"]) for r in found]
    if owned.unit:
        listed.append(Hand(key=f"unit:{owned.unit}", kind="unit", name=row.place.unit_name, role="unit"))
    people = [r for r in await conn.fetch(SQL.hands, list(roles), owned.unit) if _sees(r, row)]
    listed += [Hand(key=f"account:{r['id']}", kind="account", name=_name(r), role=r["role"]) for r in people]
    return listed[:MOST_HANDS]


def _name(r: Record) -> str:
    return r["display_name"] or r["name"]


def _sees(r: Record, row: Row) -> bool:
    try:
        return holds(parse(r["scope"]), row.place.owned)
    except ScopeError:
        return False


async def _hand(conn: Connection, row: Row, key: str) -> Hand:
    """One of `hands`, by its key."""
    kind, _, rest = key.partition(":")
    owned = row.place.owned
    if kind == "unit" and rest and rest == owned.unit:
        return Hand(key=key, kind="unit", name=row.place.unit_name, role="unit")
    if kind == "account" and is_id(rest):
        r = await conn.fetchrow(SQL.hand, rest)
        if r is not None and _sees(r, row) and Role(r["role"]) in (*DOERS, *CLOSING_ROLES):
            return Hand(key=key, kind="account", name=_name(r), role=r["role"])
    if kind == "organisation":
        named = [(d, getattr(owned, d)) for d in DIMENSIONS if getattr(owned, d)]
        for r in await conn.fetch(SQL.own_organisations, [d for d, _ in named], [code for _, code in named]):
            if r["id"] == rest:
                return Hand(key=key, kind="organisation", name=r["name"], role=r["kind"])
    raise Wanting("owner", "one of those whom this row concerns")


async def assign(conn: Connection, incident: str, wanted: Wanted, actor: Actor, now: int) -> Draft | None:
    """None: nothing is other than it was. Whoever had taken it keeps it only where it stays theirs."""
    record = await conn.fetchrow(SQL.lock_incident, incident)
    if record is None:
        raise NoIncident(incident)
    row = read(record)
    if row.queue is Queue.DESK or row.state not in (State.OPEN, State.VERIFYING) or row.merged_into is not None:
        raise Overtaken(row, "Only what is still to be done is given to somebody.")
    if actor.role not in TERM_ROLES and (wanted.due_at is not None or wanted.undue):
        raise NotYours(f"The role {actor.role} does not set the time.")
    said: dict[str, object] = {}
    await _owner(conn, row, wanted, said)
    _due(row, wanted, said, now)
    if not said:
        return None
    if wanted.note:
        said["note"] = wanted.note
    return await _kept(conn, row, "assigned", said, EventType.INCIDENT_ASSIGNED, actor, now)


async def entrust(conn: Connection, incident: str, owner: str, now: int) -> Draft:
    """By the platform itself, to whom it concerns by its nature."""
    (record,) = await conn.fetch(SQL.lock_incidents, [incident])
    row = read(record)
    row.owner = owner
    actor = Actor(PLATFORM, PLATFORM)
    return await _kept(conn, row, "assigned", {"to": owner}, EventType.INCIDENT_ASSIGNED, actor, now)


async def _owner(conn: Connection, row: Row, wanted: Wanted, said: dict[str, object]) -> None:
    if wanted.owner is None or wanted.owner == row.owner:
        return
    if wanted.owner in ("", NOBODY):
        row.owner, row.owner_name, said["owner"] = "", "", ""
        return
    hand = await _hand(conn, row, wanted.owner)
    row.owner, row.owner_name = hand.key, hand.name
    said["owner"] = hand.name
    if row.claimed_by is not None and hand.key != f"account:{row.claimed_by}":
        row.claimed_by = row.claimed_name = row.claimed_at = None
        row.state = State.OPEN


def _due(row: Row, wanted: Wanted, said: dict[str, object], now: int) -> None:
    given = row.due_at if wanted.due_at is None else to_micros(wanted.due_at)
    if wanted.undue:
        given = None
    if given == row.due_at:
        return
    if given is not None and given <= now:
        raise Wanting("due_at", "a time to come")
    row.due_at = given
    row.unflag(OVERDUE)
    said["due_at"] = None if given is None else iso(given)


async def _kept(
    conn: Connection, row: Row, what: str, said: dict[str, object], type_: EventType, actor: Actor, now: int
) -> Draft:
    row.version += 1
    entry = say(row, what, said, actor, now)
    await keep(conn, [row], [entry])
    await conn.execute(SQL.owned, row.id, row.owner, row.owner_name, moment(row.due_at))
    told = draft(row, type_, now)
    told.body["owner"] = row.owner
    return told


async def late(conn: Connection, now: int) -> list[Draft]:
    """What was agreed and has passed, told of once: a line, a flag, an event for whoever stands above."""
    drafts: list[Draft] = []
    ids: Sequence[str] = [r["id"] for r in await conn.fetch(SQL.passed, to_datetime(now), AT_ONCE)]
    for record in await conn.fetch(SQL.lock_incidents, ids) if ids else ():
        row = read(record)
        row.flag(OVERDUE)
        said: dict[str, object] = {"due_at": None if row.due_at is None else iso(row.due_at)}
        actor = Actor(PLATFORM, PLATFORM)
        drafts.append(await _kept(conn, row, OVERDUE, said, EventType.INCIDENT_OVERDUE, actor, now))
    if ids:
        await conn.execute(SQL.keep_late, ids)
    return drafts
