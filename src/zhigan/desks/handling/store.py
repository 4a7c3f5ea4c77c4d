"""Seats and holdings in PostgreSQL. All in the caller's transaction.

Enters: a connection, the moment. Leaves: seats with whether somebody is signed in there, who holds what. Absent: the
rule (rules.py).
"""

from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from zhigan.desks.handling import rules
from zhigan.desks.handling.model import Case, DeskView, Held, HeldView, Seat
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.handling import Level
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import DIMENSIONS, Owned, Scope, ScopeError, parse

SQL = sql.load("zhigan.desks.handling")
MOST_SHOWN = 5000
_ROLES = sorted(rules.SITTERS)


async def seats(conn: Connection, units: Sequence[str], now: datetime) -> list[Seat]:
    rows = await conn.fetch(SQL.seats, _ROLES, list(units), now - rules.SEATED, now)
    return [seat for row in rows if (seat := _seat(row)) is not None]


def _seat(row: Record) -> Seat | None:
    try:
        scope = parse(row["scope"])
    except ScopeError:
        return None
    role = Role(row["role"])
    level = rules.level_of(role, scope, row["hosted"])
    if role is Role.UNIT and level is not Level.ROOM:
        return None
    return Seat(level, row["name"], scope, row["attended"])


async def names(conn: Connection, cases: Sequence[Case]) -> dict[str, dict[Level, str]]:
    """Incident → what its levels are called where no sub-platform gives a name."""
    areas = await conn.fetch(SQL.areas, sorted({case.owned.area[:6] for case in cases}))
    called: dict[str, str] = {row["code"]: row["name"] for row in areas}
    return {case.incident: {Level.ROOM: case.unit, Level.COUNTY: called.get(case.owned.area[:6], "")} for case in cases}


async def desk(conn: Connection, account: str, role: Role, scope: Scope) -> tuple[Level, DeskView]:
    """Whose desk the caller's is."""
    row = await conn.fetchrow(SQL.hosted, account)
    hosted, name = ("", "") if row is None else (row["kind"], row["name"])
    level = rules.level_of(role, scope, hosted)
    if not name and level is Level.COUNTY:
        found = await conn.fetch(SQL.areas, [area[:6] for area in scope.terms.get("area", ())])
        name = "、".join(r["name"] for r in found)
    if not name and level is Level.ROOM:
        name = "、".join(r["name"] for r in (await conn.fetch(SQL.unit_names, list(scope.terms["unit"])))[:2])
    return level, DeskView(level.name.lower(), name)


async def held(conn: Connection, incidents: Sequence[str]) -> dict[str, Held]:
    return {h.case.incident: h for h in map(_held, await conn.fetch(SQL.held, list(incidents)))}


async def below_the_city(conn: Connection, most: int) -> list[Held]:
    return list(map(_held, await conn.fetch(SQL.held_below, most)))


async def keep(conn: Connection, kept: Sequence[Held]) -> None:
    if kept:
        await conn.executemany(SQL.keep, [_record(h) for h in kept])


async def forget(conn: Connection, incidents: Sequence[str]) -> None:
    if incidents:
        await conn.execute(SQL.forget, list(incidents))


async def shown(conn: Connection) -> list[HeldView]:
    """Within the scope that is bound."""
    return [
        HeldView(
            incident=r["incident"], level=Level(r["level"]).name.lower(), name=r["name"], since=r["since"],
            until=r["until"], next=None if r["next"] is None else Level(r["next"]).name.lower(),
        )
        for r in await conn.fetch(SQL.shown, MOST_SHOWN)
    ]  # fmt: skip


def _held(row: Record) -> Held:
    incident, until = str(row["incident"]), row["until"]
    began = to_micros(row["began_at"])
    owned = Owned(*(row[d] for d in DIMENSIONS))
    case = Case(incident, Grade(row["grade"]), row["open"], row["name"], owned, began)
    return Held(
        case,
        Level(row["level"]),
        row["name"],
        began,
        to_micros(row["since"]),
        until and to_micros(until),
        None if row["next"] is None else Level(row["next"]),
    )


def _record(held: Held) -> tuple[object, ...]:
    case = held.case
    return (
        case.incident, int(case.grade), case.open, int(held.level), held.name, to_datetime(held.began),
        to_datetime(held.since), None if held.until is None else to_datetime(held.until),
        None if held.next is None else int(held.next),
        *(getattr(case.owned, d) for d in DIMENSIONS),
    )  # fmt: skip
