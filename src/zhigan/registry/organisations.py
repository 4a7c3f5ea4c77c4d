"""Organisations: who stands behind the codes that a unit names (station, firm, grid, operator).

Enters: what people enter. Leaves: rows, found in characters and pinyin. The code stands in the scope column of its own
dimension, so that whoever is bound to a station or firm sees his own. Absent: their accounts (access).
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
from zhigan.registry.word_tables import ORGANISATIONS
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Owned, Scope
from zhigan.vocabulary.telephones import Telephone


class NewOrganisation(msgspec.Struct, kw_only=True):
    """`kind` says in which field of a unit the code stands. `area_code`: absent for one that serves the whole city;
    `community`: the one it serves, where it serves no other. `bounds`: of a grid, in words (四至范围)."""

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
    community: Text = None
    bounds: Text = None


class OrganisationChange(msgspec.Struct, kw_only=True):
    name: str | UnsetType = UNSET
    area_code: Text | UnsetType = UNSET
    uscc: Text | UnsetType = UNSET
    person: Text | UnsetType = UNSET
    phone: Text | UnsetType = UNSET
    address: Text | UnsetType = UNSET
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    community: Text | UnsetType = UNSET
    bounds: Text | UnsetType = UNSET
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
    community: str
    bounds: str
    retired_at: datetime | None
    created_at: datetime
    changed_at: datetime


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    q: str | None = None
    kind: str | None = None
    dimension: str | None = None
    area: str | None = None
    community: str | None = None
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
    question.given("o.community = {}", asked.community)
    question.conditions.append(f"o.retired_at is {'not null' if asked.retired else 'null'}")
    order = SORTS.order(question, asked.sort, asked.after)
    rows = await conn.fetch(question.text(SQL.organisations, order, limit), *question.parameters)
    return [_organisation(r) for r in rows]


async def by_codes(conn: Connection, dimension: str, codes: Sequence[str]) -> dict[str, Organisation]:
    """On the owner's connection: for imports."""
    text = f"{SQL.organisations} where o.dimension = $1 and o.code = any ($2::text[])"
    return {r["code"]: _organisation(r) for r in await conn.fetch(text, dimension, list(codes))}


async def one(conn: Connection, id_: str) -> Organisation | None:
    row = await conn.fetchrow(f"{SQL.organisations} where o.id = $1::uuid", id_)
    return None if row is None else _organisation(row)


def _organisation(r: asyncpg.Record) -> Organisation:
    return Organisation(**dict(r))


def owned(organisation: NewOrganisation) -> Owned:
    dimension = ORGANISATIONS[organisation.kind].dimension
    place = Owned(area=organisation.area_code or "", community=organisation.community or "")
    return msgspec.structs.replace(place, **{dimension: organisation.code})


def as_new(standing: Organisation) -> NewOrganisation:
    return NewOrganisation(**{f: getattr(standing, f) for f in NewOrganisation.__struct_fields__})


def check(new: NewOrganisation, known: checks.Gazetteer) -> NewOrganisation:
    """Where a community is named, its reporting area."""
    checker = checks.Checker()
    checker.place(new.lon, new.lat)
    community = checker.line("community", new.community, 12)
    area = checker.one_of("area_code", new.area_code, sorted(known.areas))
    lies_in = known.communities.get(community)
    if community:
        area = known.resolve(checker, area or (lies_in.area if lies_in else next(iter(known.areas), "")), community)
    cleaned = NewOrganisation(
        kind=checker.one_of("kind", new.kind, ORGANISATIONS, required=True),
        code=checker.code("code", new.code, required=True),
        name=checker.line("name", new.name, required=True),
        area_code=area,
        uscc=checks.uscc(checker, new.uscc),
        person=checker.line("person", new.person, 60),
        phone=checks.phone(checker, "phone", new.phone),
        address=checker.line("address", new.address),
        lon=new.lon,
        lat=new.lat,
        community=community,
        bounds=checker.line("bounds", new.bounds, 500),
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
        place.org, now, place.community, new.bounds or "",
    )  # fmt: skip


async def change(conn: Connection, id_: str, new: NewOrganisation, retired: datetime | None, now: datetime) -> None:
    await conn.execute(
        SQL.change_organisation,
        id_, new.name, new.uscc, new.person, new.phone, new.address, new.lon, new.lat, searchable(new.name),
        new.area_code or "", retired, now, new.community or "", new.bounds or "",
    )  # fmt: skip
