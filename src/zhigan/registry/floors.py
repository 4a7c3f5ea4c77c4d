"""Floors as records: a name as the house says it, the fire compartments where known. A plan belongs to its floor.

Enters: what people enter, and what buildings count and devices name. Leaves: floors, found by any spelling of theirs
(`rules.floor_key`). A device says its floor in words of its own; a floor that is renamed takes its devices along.
Absent: plans and places (desks/plans).
"""

import os
from collections.abc import Iterable
from datetime import datetime

import asyncpg
import msgspec
from msgspec import UNSET, UnsetType

from zhigan.registry import checks, rules
from zhigan.registry.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.ids import uuid7
from zhigan.vocabulary.moments import to_micros

MOST_DEVICES = 5000
MOST_COMPARTMENTS = 50


class NewFloor(msgspec.Struct, kw_only=True):
    name: str
    compartments: list[str] | None = None


class FloorChange(msgspec.Struct, kw_only=True):
    name: str | UnsetType = UNSET
    compartments: list[str] | UnsetType | None = UNSET


class Floor(msgspec.Struct, kw_only=True):
    """`key`: what all spellings of the floor share."""

    id: str
    building_id: str
    name: str
    key: str
    compartments: list[str]
    created_at: datetime
    changed_at: datetime


async def of_building(conn: Connection, building_id: str) -> list[Floor]:
    """From the top down."""
    rows = await conn.fetch(f"{SQL.floors} where f.building_id = $1::uuid", building_id)
    return sorted((Floor(**dict(r)) for r in rows), key=lambda f: rules.floor_order(f.name))


async def one(conn: Connection, id_: str) -> Floor | None:
    row = await conn.fetchrow(f"{SQL.floors} where f.id = $1::uuid", id_)
    return None if row is None else Floor(**dict(row))


async def named(conn: Connection, building_id: str, name: str) -> Floor | None:
    """By any spelling."""
    text = f"{SQL.floors} where f.building_id = $1::uuid and f.key = registry.floor_key($2)"
    row = await conn.fetchrow(text, building_id, name)
    return None if row is None else Floor(**dict(row))


async def note(conn: Connection, said: Iterable[tuple[str, str]], now: datetime) -> None:
    """(building, floor) as somebody said it: what is not there yet is written down."""
    pairs = sorted({(b, rules.floor_name(f)[: rules.LONGEST_FLOOR]) for b, f in said if f.strip()})
    if pairs:
        ids = [_id(now) for _ in pairs]
        await conn.execute(SQL.note_floors, ids, [b for b, _ in pairs], [f for _, f in pairs], now)


async def kept(conn: Connection, building_id: str, name: str, now: datetime) -> Floor:
    """That floor, written down if need be."""
    await note(conn, [(building_id, name)], now)
    floor = await named(conn, building_id, name)
    if floor is None:
        raise LookupError(f"no floor {name!r} in building {building_id}")
    return floor


def written(new: NewFloor) -> NewFloor:
    """As it is written down."""
    check = checks.Checker()
    given = new.compartments or []
    if len(given) > MOST_COMPARTMENTS:
        check.say("compartments", f"at most {MOST_COMPARTMENTS} compartments")
    floor = NewFloor(
        name=check.line("name", new.name, rules.LONGEST_FLOOR, required=True),
        compartments=list(dict.fromkeys(c for c in (check.line("compartments", g, 60) for g in given) if c)),
    )
    check.done()
    return floor


async def add(conn: Connection, building_id: str, new: NewFloor, now: datetime) -> str | None:
    """None: the building has that floor."""
    return await conn.fetchval(SQL.add_floor, _id(now), building_id, new.name, new.compartments, now)


async def change(conn: Connection, id_: str, new: NewFloor, now: datetime) -> None:
    await conn.execute(SQL.change_floor, id_, new.name, new.compartments, now)


async def on_floor(conn: Connection, floor: Floor) -> list[str]:
    rows = await conn.fetch(SQL.on_floor, floor.building_id, floor.key, MOST_DEVICES)
    return [r["id"] for r in rows]


async def remove(conn: Connection, id_: str) -> bool:
    """False: a plan, or the place of a device, belongs to it."""
    try:
        async with conn.transaction():
            await conn.execute(SQL.remove_floor, id_)
    except asyncpg.ForeignKeyViolationError:
        return False
    return True


def _id(now: datetime) -> str:
    return uuid7(to_micros(now), os.urandom(10))
