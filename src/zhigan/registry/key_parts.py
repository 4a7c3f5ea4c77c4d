"""Key parts 重点部位: the places of a unit where a fire would begin easily or cost most, with who answers for each.

Enters: what people enter. Leaves: rows, found in characters and pinyin. Scope follows the unit by trigger.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec
from msgspec import UNSET, UnsetType

from zhigan.registry import checks
from zhigan.registry.listing import Question
from zhigan.registry.pinyin import searchable
from zhigan.registry.shapes import Text
from zhigan.registry.sorting import After, Column, Sorts
from zhigan.registry.store import SQL
from zhigan.registry.units import fresh_id
from zhigan.registry.word_tables import HAZARD_ZH
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Scope
from zhigan.vocabulary.telephones import Telephone


class NewKeyPart(msgspec.Struct, kw_only=True):
    """`hazard` says why it is one; `facilities` what stands there against fire; `measures` what is to be done."""

    name: str
    hazard: str
    building_id: str | None = None
    floor: str | int | None = None
    place: Text = None
    facilities: Text = None
    measures: Text = None
    person: Text = None
    phone: Text = None


class KeyPartChange(msgspec.Struct, kw_only=True):
    name: str | UnsetType = UNSET
    hazard: str | UnsetType = UNSET
    building_id: str | UnsetType | None = UNSET
    floor: str | int | UnsetType | None = UNSET
    place: Text | UnsetType = UNSET
    facilities: Text | UnsetType = UNSET
    measures: Text | UnsetType = UNSET
    person: Text | UnsetType = UNSET
    phone: Text | UnsetType = UNSET


class KeyPart(msgspec.Struct, kw_only=True):
    id: str
    unit_id: str
    unit_name: str
    building_id: str | None
    building_name: str
    name: str
    hazard: str
    floor: str
    place: str
    facilities: str
    measures: str
    person: str
    phone: Telephone
    created_at: datetime
    changed_at: datetime


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    q: str | None = None
    unit_id: str | None = None
    hazard: str | None = None
    area: str | None = None
    sort: str = "name"
    after: After | None = None


SORTS: Sorts[KeyPart] = Sorts("k.id", {"name": Column("k.name")})


async def listed(conn: Connection, scope: Scope, asked: Asked, limit: int) -> list[KeyPart]:
    question = Question(scope, "k")
    question.given("k.id in (select registry.found_key_parts({}))", (asked.q or "").strip())
    question.given("k.unit_id = {}::uuid", asked.unit_id)
    question.given("k.hazard = {}", asked.hazard)
    question.given("k.area = {}", asked.area)
    order = SORTS.order(question, asked.sort, asked.after)
    rows = await conn.fetch(question.text(SQL.key_parts, order, limit), *question.parameters)
    return [_part(r) for r in rows]


async def one(conn: Connection, id_: str) -> KeyPart | None:
    row = await conn.fetchrow(f"{SQL.key_parts} where k.id = $1::uuid", id_)
    return None if row is None else _part(row)


def _part(r: asyncpg.Record) -> KeyPart:
    return KeyPart(**dict(r))


def as_new(standing: KeyPart) -> NewKeyPart:
    return NewKeyPart(**{f: getattr(standing, f) for f in NewKeyPart.__struct_fields__})


def check(new: NewKeyPart, buildings: Sequence[str]) -> NewKeyPart:
    """`buildings`: ids of the unit's own."""
    checker = checks.Checker()
    if new.building_id is not None and new.building_id not in buildings:
        checker.say("building_id", "a building of the unit")
    cleaned = NewKeyPart(
        name=checker.line("name", new.name, required=True),
        hazard=checker.one_of("hazard", new.hazard, HAZARD_ZH, required=True),
        building_id=new.building_id,
        floor=checks.level(checker, "floor", new.floor),
        place=checker.line("place", new.place),
        facilities=checker.line("facilities", new.facilities, 500),
        measures=checker.line("measures", new.measures, 500),
        person=checker.line("person", new.person, 60),
        phone=checks.phone(checker, "phone", new.phone),
    )
    checker.done()
    return cleaned


async def add(conn: Connection, unit_id: str, new: NewKeyPart, now: datetime) -> str:
    id_ = fresh_id(now)
    await conn.execute(
        SQL.add_key_part,
        id_, unit_id, new.building_id, new.name, new.floor, new.place, new.hazard, new.facilities, new.measures,
        new.person, new.phone, searchable(new.name), now,
    )  # fmt: skip
    return id_


async def change(conn: Connection, id_: str, new: NewKeyPart, now: datetime) -> None:
    await conn.execute(
        SQL.change_key_part,
        id_, new.building_id, new.name, new.floor, new.place, new.hazard, new.facilities, new.measures, new.person,
        new.phone, searchable(new.name), now,
    )  # fmt: skip


async def remove(conn: Connection, id_: str) -> None:
    await conn.execute(SQL.remove_key_part, id_)
