"""Organisations: who stands behind the codes that a unit names (station, firm, grid, operator).

Enters: what people enter. Leaves: rows, found in characters and pinyin. The code stands in the scope column of its own
dimension, so that whoever is bound to a station or firm sees his own. Absent: their accounts (access).
"""

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
from zhigan.registry.word_tables import ORGANISATIONS
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Owned, Scope
from zhigan.vocabulary.telephones import Telephone


class NewOrganisation(msgspec.Struct, kw_only=True):
    """`kind` says in which field of a unit the code stands. `area_code`: absent for one that serves the whole city."""

    kind: str
    code: str
    name: str
    area_code: Text = None
    uscc: Text = None
    person: Text = None
    phone: Text = None
    address: Text = None
    lon: float | None = None
    lat: float | None = None


class OrganisationChange(msgspec.Struct, kw_only=True):
    name: str | UnsetType = UNSET
    area_code: Text | UnsetType = UNSET
    uscc: Text | UnsetType = UNSET
    person: Text | UnsetType = UNSET
    phone: Text | UnsetType = UNSET
    address: Text | UnsetType = UNSET
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    retired: bool | UnsetType = UNSET


class Organisation(msgspec.Struct, kw_only=True):
    id: str
    kind: str
    dimension: str
    code: str
    name: str
    area_code: str
    uscc: str
    person: str
    phone: Telephone
    address: str
    lon: float | None
    lat: float | None
    retired_at: datetime | None
    created_at: datetime
    changed_at: datetime


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    q: str | None = None
    kind: str | None = None
    dimension: str | None = None
    area: str | None = None
    retired: bool = False
    sort: str = "name"
    after: After | None = None


SORTS: Sorts[Organisation] = Sorts("o.id", {"name": Column("o.name"), "code": Column("o.code")})


async def listed(conn: Connection, scope: Scope, asked: Asked, limit: int) -> list[Organisation]:
    question = Question(scope, "o")
    question.given("o.id in (select registry.found_organisations({}))", (asked.q or "").strip())
    question.given("o.kind = {}", asked.kind)
    question.given("o.dimension = {}", asked.dimension)
    question.given("o.area = {}", asked.area)
    question.conditions.append(f"o.retired_at is {'not null' if asked.retired else 'null'}")
    order = SORTS.order(question, asked.sort, asked.after)
    rows = await conn.fetch(question.text(SQL.organisations, order, limit), *question.parameters)
    return [_organisation(r) for r in rows]


async def one(conn: Connection, id_: str) -> Organisation | None:
    row = await conn.fetchrow(f"{SQL.organisations} where o.id = $1::uuid", id_)
    return None if row is None else _organisation(row)


def _organisation(r: asyncpg.Record) -> Organisation:
    return Organisation(**dict(r))


def owned(organisation: NewOrganisation) -> Owned:
    dimension = ORGANISATIONS[organisation.kind].dimension
    return msgspec.structs.replace(Owned(area=organisation.area_code or ""), **{dimension: organisation.code})


def as_new(standing: Organisation) -> NewOrganisation:
    return NewOrganisation(**{f: getattr(standing, f) for f in NewOrganisation.__struct_fields__})


def check(new: NewOrganisation, areas: frozenset[str]) -> NewOrganisation:
    checker = checks.Checker()
    checker.place(new.lon, new.lat)
    cleaned = NewOrganisation(
        kind=checker.one_of("kind", new.kind, ORGANISATIONS, required=True),
        code=checker.code("code", new.code, required=True),
        name=checker.line("name", new.name, required=True),
        area_code=checker.one_of("area_code", new.area_code, sorted(areas)),
        uscc=checks.uscc(checker, new.uscc),
        person=checker.line("person", new.person, 60),
        phone=checks.phone(checker, "phone", new.phone),
        address=checker.line("address", new.address),
        lon=new.lon,
        lat=new.lat,
    )
    checker.done()
    return cleaned


async def add(conn: Connection, new: NewOrganisation, now: datetime) -> str | None:
    """None: the code is taken."""
    place = owned(new)
    return await conn.fetchval(
        SQL.add_organisation,
        fresh_id(now), ORGANISATIONS[new.kind].dimension, new.kind, new.code, new.name, new.uscc, new.person, new.phone,
        new.address, new.lon, new.lat, searchable(new.name), place.area, place.grid, place.station, place.firm,
        place.org, now,
    )  # fmt: skip


async def change(conn: Connection, id_: str, new: NewOrganisation, retired: datetime | None, now: datetime) -> None:
    await conn.execute(
        SQL.change_organisation,
        id_, new.name, new.uscc, new.person, new.phone, new.address, new.lon, new.lat, searchable(new.name),
        new.area_code, retired, now,
    )  # fmt: skip
