"""The map's questions to the registry, on a connection bound to the principal: cells for far, dots for near.

Enters: a bound connection, the scope, what is asked. Leaves: counts by cell, dots in a box. The scope stands in the
query beside row security, as everywhere. Absent: keeping and adding up counts (`counting.py`), tiles and their bytes.
"""

from collections.abc import Callable

import asyncpg
import msgspec

from zhigan.desks.map import rules
from zhigan.desks.map.model import Asked, Box, Cell, Counts, Dot, Show
from zhigan.registry import rules as registry_rules
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

SQL = sql.load("zhigan.desks.map")
MOST_DOTS = 4000
"""In one tile. What comes last is without trouble; nearer tiles show it."""

NORMAL = "normal"
CONDITIONS = ("alarm", "offline", "fault", "shielded", NORMAL)
"""What a device's mark on the map can say. `normal` is everything that is in none of the troubles."""


def _whens() -> str:
    """The few devices that are in something, by the partial index; the first mask that holds names it."""
    masks = [(word, int(mask)) for word, mask in registry_rules.CONDITION_WORDS if word in CONDITIONS]
    return " ".join(f"when conditions & {mask} <> 0 then '{word}'" for word, mask in masks)


TROUBLED = SQL.troubled.replace("{whens}", _whens())
TROUBLED_CELLS = SQL.troubled_cells.replace("{whens}", _whens())


async def placing(conn: Connection) -> int:
    """Changes whenever a device, a building or a unit was placed anew. Hydrants are not watched."""
    number: int = await conn.fetchval(SQL.placing)
    return number


async def standing(conn: Connection, scope: Scope, asked: Asked) -> dict[Cell, Counts]:
    """Everything of the scope, whatever it is in, counted on the finest level of the pyramid."""
    statement = {Show.DEVICES: SQL.device_cells, Show.UNITS: SQL.unit_cells, Show.HYDRANTS: SQL.hydrant_cells}
    return await _cells(conn, statement[asked.show], scope, msgspec.structs.replace(asked, condition=None))


async def troubled(conn: Connection, scope: Scope, asked: Asked) -> dict[Cell, Counts]:
    """Of the devices those that are in something: in what is asked for, where that is a trouble."""
    if asked.show is not Show.DEVICES:
        return {}
    wanted = None if asked.condition == NORMAL else asked.condition
    return await _cells(conn, TROUBLED_CELLS, scope, msgspec.structs.replace(asked, condition=wanted))


async def _cells(conn: Connection, statement: str, scope: Scope, asked: Asked) -> dict[Cell, Counts]:
    text, values = _question(statement, scope, asked, 2)
    await conn.execute(SQL.more_memory)
    found = await conn.fetch(text, float(1 << rules.BASE), *values)
    return {(r["x"], r["y"]): _counts(r) for r in found}


async def dots(conn: Connection, scope: Scope, asked: Asked, box: Box) -> list[Dot]:
    """The things in a box, those that stand at one place as one dot."""
    statement = {Show.DEVICES: SQL.device_dots, Show.UNITS: SQL.unit_dots, Show.HYDRANTS: SQL.hydrant_dots}
    text, values = _question(statement[asked.show], scope, asked, 3)
    corners = asyncpg.Box((box.east, box.north), (box.west, box.south))
    return [_dot(r) for r in await conn.fetch(text, corners, MOST_DOTS, *values)]


def _question(statement: str, scope: Scope, asked: Asked, first: int) -> tuple[str, list[object]]:
    condition, values = predicate(scope, first, "d")
    conditions = [condition]

    def given(text: str, value: str | None) -> None:
        if value is not None:
            values.append(value)
            conditions.append(text.format(f"${first + len(values) - 1}"))

    for column in ("area", "industry"):
        given(f"d.{column} = {{}}", getattr(asked, column))
    _OF_SORT[asked.show](given, asked)
    return statement.replace("{troubled}", TROUBLED).replace("{where}", " and ".join(conditions)), values


Given = Callable[[str, str | None], None]


def _of_devices(given: Given, asked: Asked) -> None:
    given("d.type = {}", asked.type)
    given("coalesce(n.word, 'normal') = {}", asked.condition)


def _of_hydrants(given: Given, asked: Asked) -> None:
    given("registry.hydrant_now(d.state, n.conditions) = {}", asked.state)


def _of_units(given: Given, asked: Asked) -> None:
    """Area and industry are all that a unit is asked for."""


_OF_SORT: dict[Show, Callable[[Given, Asked], None]] = {
    Show.DEVICES: _of_devices,
    Show.HYDRANTS: _of_hydrants,
    Show.UNITS: _of_units,
}


def _counts(r: asyncpg.Record) -> Counts:
    return Counts(r["n"], r["alarm"], r["offline"], r["fault"], r["shielded"])


def _dot(r: asyncpg.Record) -> Dot:
    alone = r["n"] == 1
    return Dot(
        lon=r["lon"],
        lat=r["lat"],
        counts=_counts(r),
        id=str(r["id"]) if alone else "",
        name=r["name"] if alone else "",
        unit_id=str(r["unit_id"]) if r["unit_id"] is not None and not r["mixed"] else "",
        unit=(r["unit"] or "") if not r["mixed"] else "",
    )
