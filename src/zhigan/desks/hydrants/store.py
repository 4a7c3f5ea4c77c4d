"""Rounds, visits and the repairs that come of them, in PostgreSQL.

Enters: a connection bound to the principal for reading, the owner's for writing, in the caller's transaction. Leaves:
rows; drafts that the caller appends as its last act. What did not pass is one open task a hydrant (grade IV). Absent:
HTTP, steps of tasks.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.desks.hydrants import rules
from zhigan.desks.hydrants.model import (
    HydrantRound,
    HydrantRoundDetail,
    HydrantUpkeep,
    HydrantVisit,
    NewHydrantRound,
    NewHydrantVisit,
    Repair,
    RoundStop,
)
from zhigan.incidents import findings, work
from zhigan.incidents.model import Place, Reason, Why
from zhigan.registry.hydrants import found_so, owned
from zhigan.registry.listing import Question
from zhigan.registry.shapes import Hydrant
from zhigan.registry.sorting import After, Column, Sorts, moment
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.grades import Kind
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.principal import Principal

SQL = sql.load("zhigan.desks.hydrants")
MOST_STOPS = 2000
MOST_SHOWN = 50
SORTS: Sorts[HydrantRound] = Sorts("r.id", {"due_on": Column("r.due_on::text"), "made_at": moment("r.made_at")})


class RoundsAsked(msgspec.Struct, frozen=True, kw_only=True):
    area: str | None = None
    state: str | None = None
    sort: str = "-due_on"
    after: After | None = None


async def rounds(conn: Connection, scope: Scope, asked: RoundsAsked, now: datetime, limit: int) -> list[HydrantRound]:
    question = Question(scope, "r")
    question.given("r.area = {}", asked.area)
    today = now.astimezone(SHANGHAI).date()
    match asked.state:
        case "done":
            question.where("c.seen >= c.total")
        case "ended":
            question.where("c.seen < c.total and r.ended_at is not null")
        case "overdue":
            question.where("c.seen < c.total and r.ended_at is null and r.due_on < {}", today)
        case "open":
            question.where("c.seen < c.total and r.ended_at is null and r.due_on >= {}", today)
        case _:
            pass
    order = SORTS.order(question, asked.sort, asked.after)
    return [_round(r, now) for r in await conn.fetch(question.text(SQL.rounds, order, limit), *question.parameters)]


def _round(r: Record, now: datetime) -> HydrantRound:
    state = rules.round_state(r["due_on"], r["total"], r["seen"], r["ended_at"], now)
    return HydrantRound(state=state, **dict(r))


async def one(conn: Connection, id_: str, now: datetime) -> HydrantRound | None:
    row = await conn.fetchrow(f"{SQL.rounds} where r.id = $1::uuid", id_)
    return None if row is None else _round(row, now)


async def detail(conn: Connection, head: HydrantRound) -> HydrantRoundDetail:
    stops = [RoundStop(**dict(r)) for r in await conn.fetch(SQL.stops, head.id)]
    return HydrantRoundDetail(**msgspec.structs.asdict(head), checklist=list(rules.CHECKLIST), stops=stops)


async def make(conn: Connection, id_: str, new: NewHydrantRound, principal: Principal, now: datetime) -> int:
    """How many hydrants it goes to; more than `MOST_STOPS` are too many, and none is no round."""
    values = (new.owner.strip(), new.zone.strip())
    await conn.execute(SQL.add_round, id_, new.name.strip(), *values, new.due_on, now, principal.name, new.area)
    return len(await conn.fetch(SQL.add_stops, id_, new.area, *values, MOST_STOPS))


async def end(conn: Connection, id_: str, principal: Principal, now: datetime) -> bool:
    return bool(await conn.fetchval(SQL.end_round, id_, now, principal.name))


async def upkeep(conn: Connection, hydrant: Hydrant) -> HydrantUpkeep:
    """On a bound connection: how a task stands is told to whoever sees its hydrant."""
    rows = await conn.fetch(SQL.visits, hydrant.id, MOST_SHOWN)
    orders = await work.orders(conn, sorted({r["incident"] for r in rows if r["incident"] is not None}))
    return HydrantUpkeep(
        hydrant_id=hydrant.id,
        code=hydrant.code,
        name=hydrant.name,
        checklist=list(rules.CHECKLIST),
        visits=[_visit(r, orders.get(r["incident"])) for r in rows],
    )


def _visit(r: Record, order: work.Order | None) -> HydrantVisit:
    values = dict(r)
    incident = values.pop("incident")
    repair = None
    if order is not None:
        repair = Repair(
            incident_id=incident,
            state=rules.repair_state(order.state),
            repaired_at=order.done_at,
            repaired_by=order.done_by,
            accepted_by=order.accepted_by,
        )
    return HydrantVisit(**values, repair=repair)


class Written(msgspec.Struct, frozen=True):
    """`drafts` go into the event log; nothing where the same was there already."""

    fresh: bool
    drafts: Sequence[Draft] = ()
    state: bool = False


async def visited(
    conn: Connection, hydrant: Hydrant, new: NewHydrantVisit, principal: Principal, now: datetime
) -> Written:
    """The same id twice is one visit. What did not pass becomes work; how it was found stands on the hydrant."""
    added = await conn.fetchval(
        SQL.add_visit, new.id, hydrant.id, new.round_id, findings.told_at(new.at, now), now, principal.id,
        principal.name, principal.role.value, new.passed, new.good, new.bad, new.note.strip(), new.state,
        new.accepts, new.lon, new.lat, new.accuracy_m,
    )  # fmt: skip
    if not added:
        return Written(False)
    changed = bool(new.state) and await found_so(conn, hydrant.id, new.state, now)
    if new.passed:
        return Written(True, (), changed)
    place = Place(
        text=hydrant.address or hydrant.name or hydrant.code, lon=hydrant.lon, lat=hydrant.lat, owned=owned(hydrant)
    )
    facts = {"device": hydrant.name or hydrant.code, "points": ",".join(new.bad), "note": new.note.strip()}
    reason = Reason(Why.INSPECTED, {name: text for name, text in facts.items() if text})
    slot = f"hydrant:{hydrant.id}"
    incident, drafts = await work.opened(conn, slot, place, reason, Kind.HYDRANT, "inspected", now)
    await conn.execute(SQL.gave_work, new.id, incident)
    return Written(True, drafts, changed)
