"""The city's state in sums: how much is open, roughly where, the newest, the gravest; and how fast the desk was.

Enters: a connection bound to a principal, the scope. Leaves: rows without a name, an address or a number of anybody:
places as street and county, points to some hundred metres. Absent: who may see it (the desks), limits for the times.
"""

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from zhigan.incidents.glance_shapes import (
    Chattering,
    FaultServed,
    GradeCount,
    Gravest,
    Lasting,
    Newest,
    OpenSpot,
    Served,
)
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

SQL = sql.load("zhigan.incidents", "glance.sql")
T = TypeVar("T")


async def grades(conn: Connection, scope: Scope) -> list[GradeCount]:
    """All four, the gravest first."""
    found = {r.grade: r for r in await _rows(conn, SQL.grades, scope, GradeCount)}
    return [found.get(g.name, GradeCount(grade=g.name, open=0, unverified=0)) for g in Grade]


async def spots(conn: Connection, scope: Scope) -> list[OpenSpot]:
    return await _rows(conn, SQL.spots, scope, OpenSpot)


async def newest(conn: Connection, scope: Scope) -> list[Newest]:
    return await _rows(conn, SQL.newest, scope, Newest)


async def gravest(conn: Connection, scope: Scope) -> list[Gravest]:
    return await _rows(conn, SQL.gravest, scope, Gravest)


async def served(conn: Connection, scope: Scope, since: datetime, until: datetime, most: int) -> list[Served]:
    return await _rows(conn, SQL.served, scope, Served, since, until, most)


async def _rows(conn: Connection, text: str, scope: Scope, shape: type[T], *given: object) -> list[T]:
    where, parameters = predicate(scope, len(given) + 1, "i")
    rows = await conn.fetch(text.replace("{where}", where), *given, *parameters)
    return [msgspec.convert(_named(dict(row)), shape) for row in rows]


def _named(row: dict[str, object]) -> dict[str, object]:
    """Grades by their names, as everywhere outside the database."""
    grade = row.get("grade")
    return row | {"grade": Grade(grade).name} if isinstance(grade, int) else row


async def faults(conn: Connection, scope: Scope, since: datetime, until: datetime, most: int) -> list[FaultServed]:
    return await _rows(conn, SQL.faults, scope, FaultServed, since, until, most)


async def lasting(conn: Connection, scope: Scope, at: datetime, older_than: timedelta) -> list[Lasting]:
    return await _rows(conn, SQL.lasting, scope, Lasting, at, older_than)


async def chattering(
    conn: Connection, scope: Scope, since: datetime, until: datetime, a_minute: int
) -> list[Chattering]:
    return await _rows(conn, SQL.chattering, scope, Chattering, since, until, a_minute)
