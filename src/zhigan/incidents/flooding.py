"""The flood view: many open rows of one cause at one place are one row with a count; exact counts of what is open.

Enters: a connection bound to the principal, a queue. Leaves: groups, the rows that stand in none, counts. A power cut
or a link that is gone is one row a district; everything else one row a building. What has to do with a fire stands in
no group, nor does anything of the desk. Absent: opening a group, which is the list with its filters (reading.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from asyncpg import Record

from zhigan.incidents import views
from zhigan.incidents.model import Why
from zhigan.incidents.rows import Row, read
from zhigan.incidents.rules import Queue
from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.predicates import predicate
from zhigan.webapi.principal import Principal

FLOOD = 5
"""More than so many of one place and cause make a group."""
MOST_GROUPS = 300
WIDE = (Why.POWER_BOTH, Why.POWER_FAULT, Why.POWER_LOST_MANY, Why.LINK_LOST, Why.LINK_LOST_MANY)
"""What comes from outside a building, and so is common to a district."""


class OpenCounts(msgspec.Struct, frozen=True):
    """Open rows of each queue, exactly."""

    desk: int
    attention: int
    task: int


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """`why` is the first reason, or empty. A group of an area has no unit; `units` says how many it spans."""

    level: Literal["area", "building"]
    area: str
    unit: views.Named | None
    building: views.Named | None
    kind: Kind
    why: str
    grade: views.GradeName
    count: int
    units: int
    newest_at: datetime
    oldest_at: datetime


async def counts(conn: Connection, principal: Principal) -> OpenCounts:
    scope, values = predicate(principal.scope, 1)
    found = await conn.fetch(SQL.open_counts.replace("and true", f"and {scope}"), *values)
    of = {r["queue"]: r["n"] for r in found}
    return OpenCounts(*(of.get(queue.value, 0) for queue in (Queue.DESK, Queue.ATTENTION, Queue.TASK)))


async def groups(conn: Connection, principal: Principal, queue: Queue) -> list[Group]:
    """The largest first."""
    statement, values = _placed(SQL.flood_groups, principal, queue)
    return [_group(r) for r in await conn.fetch(statement, *values, MOST_GROUPS)]


async def apart(conn: Connection, principal: Principal, queue: Queue, limit: int) -> list[Row]:
    """The rows outside the groups, newest first; one more than `limit` where there is one."""
    statement, values = _placed(SQL.flood_apart, principal, queue)
    return [read(r) for r in await conn.fetch(statement, *values, limit + 1)]


def _placed(statement: str, principal: Principal, queue: Queue) -> tuple[str, Sequence[object]]:
    """`$1` to `$3` are the same in both statements, then the scope's, then the limit."""
    scope, values = predicate(principal.scope, 4)
    placed = SQL.flood_placed.replace("and true", f"and {scope}")
    whole = statement.replace("{placed}", placed).replace("{limit}", f"${4 + len(values)}")
    return whole, [queue.value, FLOOD, [why.value for why in WIDE], *values]


def _group(r: Record) -> Group:
    wide: bool = r["wide"]
    return Group(
        level="area" if wide else "building",
        area=r["area"],
        unit=None if wide else views.Named(str(r["unit_id"]), r["unit_code"], r["unit_name"]),
        building=None
        if wide or r["building_id"] is None
        else views.Named(str(r["building_id"]), r["building_code"], r["building_name"]),
        kind=Kind(r["kind"]),
        why=r["why"],
        grade=views.NAMES[Grade(r["grade"])],
        count=r["n"],
        units=r["units"],
        newest_at=r["newest_at"],
        oldest_at=r["oldest_at"],
    )
