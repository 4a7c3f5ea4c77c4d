"""Units, buildings, contacts and test modes as people read and change them.

Reading takes a connection bound to the principal (row security) and compiles his scope into the query beside it.
Writing takes the owner's connection, after the check that the target is visible. Every change tells the engines and
leaves drafts for the event log, which the caller appends as his last act.
"""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg
import msgspec

from zhigan.registry import checks, floors, reaching, rules
from zhigan.registry.checks import Gazetteer, UnitRecord
from zhigan.registry.facts import Survey
from zhigan.registry.listing import Question
from zhigan.registry.pinyin import searchable
from zhigan.registry.places import communities_by_code
from zhigan.registry.shapes import (
    Building,
    Contact,
    NewBuilding,
    NewContact,
    NewTest,
    NewUnit,
    Test,
    Unit,
)
from zhigan.registry.sorting import After, Column, Sorts, moment
from zhigan.registry.store import SQL, tell
from zhigan.registry.word_tables import CONTACT_ZH
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.ids import uuid7
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Owned, Scope


class UnitsAsked(msgspec.Struct, frozen=True, kw_only=True):
    q: str | None = None
    area: str | None = None
    community: str | None = None
    industry: str | None = None
    premises: str | None = None
    tag: str | None = None
    class_: int | None = None
    ownership: str | None = None
    retired: bool = False
    code: str | None = None
    grid: str | None = None
    origin: str | None = None
    sort: str = "code"
    after: After | None = None


SORTS: Sorts[Unit] = Sorts(
    "u.id", {"code": Column("u.code"), "name": Column("u.name"), "created_at": moment("u.created_at")}
)


async def listed(conn: Connection, scope: Scope, asked: UnitsAsked, limit: int) -> list[Unit]:
    question = Question(scope, "u")
    question.given("u.id in (select registry.found_units({}))", (asked.q or "").strip())
    question.given("u.area = {}", asked.area)
    question.given("u.community = {}", asked.community)
    question.given("u.industry = {}", asked.industry)
    question.given("u.premises = {}", asked.premises)
    question.given("u.tags @> array[{}::text]", asked.tag)
    question.given("u.class = {}", asked.class_)
    question.given("u.code = {}", asked.code)
    question.given("u.grid = {}", asked.grid)
    question.given("u.ownership = {}", asked.ownership)
    question.origin("u", asked.origin)
    question.conditions.append(f"u.retired_at is {'not null' if asked.retired else 'null'}")
    text = question.text(SQL.units, SORTS.order(question, asked.sort, asked.after), limit)
    return [_unit(r) for r in await conn.fetch(text, *question.parameters)]


async def one(conn: Connection, id_: str) -> Unit | None:
    """On a bound connection: None also where it lies outside the scope."""
    row = await conn.fetchrow(f"{SQL.units} where u.id = $1::uuid", id_)
    return None if row is None else _unit(row)


async def by_codes(conn: Connection, codes: Sequence[str]) -> dict[str, Unit]:
    """On the owner's connection: for imports."""
    rows = await conn.fetch(f"{SQL.units} where u.code = any ($1::text[])", list(codes))
    return {r["code"]: _unit(r) for r in rows}


def _unit(r: asyncpg.Record) -> Unit:
    return Unit(
        id=r["id"],
        code=r["code"],
        name=r["name"],
        premises=r["premises"],
        class_=f"S{r['class']}",
        class_given=r["class_override"] is not None,
        area_code=r["area_code"],
        reporting_area=r["area"],
        community=r["community"],
        industry=r["industry"],
        grid=r["grid"],
        station=r["station"],
        firm=r["firm"],
        org=r["org"],
        tags=list(r["tags"]),
        uscc=r["uscc"],
        ownership=r["ownership"],
        supervised_by=r["supervised_by"],
        address=r["address"],
        lon=r["lon"],
        lat=r["lat"],
        phone=r["phone"],
        closed_hours=r["closed_hours"],
        **{f: r[f] for f in Survey.__struct_fields__},
        retired_at=r["retired_at"],
        created_at=r["created_at"],
        changed_at=r["changed_at"],
        came_from=list(r["came_from"]),
    )


def owned(unit: Unit) -> Owned:
    return Owned(
        unit.reporting_area, unit.community, unit.industry, unit.grid, unit.code, unit.station, unit.firm, unit.org
    )


def as_new(unit: Unit) -> NewUnit:
    """The unit as somebody would enter it: a change is laid over this and checked as a whole."""
    fields = {f: getattr(unit, f) for f in NewUnit.__struct_fields__ if f != "class_"}
    return msgspec.structs.replace(
        NewUnit(code=unit.code, name=unit.name, premises=unit.premises, area_code=unit.area_code),
        **fields,
        class_=unit.class_ if unit.class_given else None,
    )


async def gazetteer(conn: Connection, communities: Sequence[str]) -> Gazetteer:
    codes = frozenset(r["code"] for r in await conn.fetch(SQL.area_codes))
    return Gazetteer(codes, await communities_by_code(conn, [c for c in communities if c]))


async def add(conn: Connection, records: Sequence[UnitRecord], now: datetime) -> dict[str, str]:
    """code → id of those that came; a code that is taken is absent."""
    rows = await conn.fetch(SQL.add_units, msgspec.json.encode(records).decode(), now)
    await tell(conn, rows[0]["id"] if len(rows) == 1 else None)
    return {r["code"]: r["id"] for r in rows}


async def change(conn: Connection, records: Sequence[UnitRecord], now: datetime) -> None:
    await conn.execute(SQL.change_units, msgspec.json.encode(records).decode(), now)
    await tell(conn, records[0].id if len(records) == 1 else None)


def changed(record: UnitRecord, now: datetime) -> Draft:
    return Draft(
        EventType.UNIT_CHANGED, record.id, to_micros(now), {"id": record.id, "code": record.code}, record.owned
    )


def fresh_id(now: datetime) -> str:
    return uuid7(to_micros(now), os.urandom(10))


# ------------------------------------------------------------ buildings


async def buildings(conn: Connection, unit_id: str) -> list[Building]:
    rows = await conn.fetch(f"{SQL.buildings} where unit_id = $1::uuid and retired_at is null order by code", unit_id)
    return [Building(**dict(r)) for r in rows]


async def building(conn: Connection, id_: str) -> Building | None:
    row = await conn.fetchrow(f"{SQL.buildings} where id = $1::uuid", id_)
    return None if row is None else Building(**dict(row))


def check_building(new: NewBuilding) -> NewBuilding:
    check = checks.Checker()
    check.place(new.lon, new.lat)
    cleaned = NewBuilding(
        code=check.code("code", new.code, required=True),
        name=check.line("name", new.name, required=True),
        floors_above=check.whole("floors_above", new.floors_above, 0, 200),
        floors_below=check.whole("floors_below", new.floors_below, 0, 20),
        height_m=check.span("height_m", new.height_m, 0, 1000),
        floor_area_m2=check.whole("floor_area_m2", new.floor_area_m2, 0, 10_000_000),
        address=check.line("address", new.address),
        lon=new.lon,
        lat=new.lat,
    )
    check.done()
    return cleaned


async def add_building(conn: Connection, unit_id: str, new: NewBuilding, now: datetime) -> str | None:
    """None: the unit has a building of that code."""
    id_ = await conn.fetchval(
        SQL.add_building,
        fresh_id(now), unit_id, new.code, new.name, new.floors_above, new.floors_below, new.address or "", new.lon,
        new.lat, now, new.height_m, new.floor_area_m2,
    )  # fmt: skip
    if id_ is not None:
        await _count_floors(conn, id_, new, now)
    await tell(conn, unit_id)
    return id_


async def _count_floors(conn: Connection, building_id: str, new: NewBuilding, now: datetime) -> None:
    """The floors that its numbers say; fewer numbers take none away."""
    await floors.note(conn, [(building_id, f) for f in rules.floors_built(new.floors_above, new.floors_below)], now)


async def change_building(conn: Connection, id_: str, unit_id: str, new: NewBuilding, now: datetime) -> None:
    await conn.execute(
        SQL.change_building,
        id_, new.name, new.floors_above, new.floors_below, new.address or "", new.lon, new.lat, now, new.height_m,
        new.floor_area_m2,
    )  # fmt: skip
    await _count_floors(conn, id_, new, now)
    await tell(conn, unit_id)


async def retire_building(conn: Connection, id_: str, unit_id: str, now: datetime) -> int:
    """How many living devices stand in its way; 0: it is gone from the lists."""
    left = int(await conn.fetchval(SQL.living_in_building, id_))
    if left == 0:
        await conn.execute(SQL.retire_building, id_, now)
        await tell(conn, unit_id)
    return left


async def retire(conn: Connection, id_: str, now: datetime | None) -> int:
    """How many living devices stand in the way; 0: it is retired (None: networked again)."""
    left = int(await conn.fetchval(SQL.living_of_unit, id_)) if now is not None else 0
    if left == 0:
        await conn.execute(SQL.retire_unit, id_, now)
        await tell(conn, id_)
    return left


# ------------------------------------------------------------ contacts


async def contacts(conn: Connection, unit_id: str, now: datetime) -> list[Contact]:
    rows = await conn.fetch(f"{SQL.contacts} where unit_id = $1::uuid order by role, rank, id", unit_id)
    return [_contact(r, now) for r in rows]


class ContactEntered(NamedTuple):
    """What people entered of one."""

    id: str
    unit_id: str
    role: str
    name: str
    phone: str
    order: int


async def contacts_of(conn: Connection, unit_ids: Sequence[str]) -> list[ContactEntered]:
    return [ContactEntered(*r) for r in await conn.fetch(SQL.contacts_of, list(unit_ids))]


async def contact(conn: Connection, id_: str, now: datetime) -> Contact | None:
    row = await conn.fetchrow(f"{SQL.contacts} where id = $1::uuid", id_)
    return None if row is None else _contact(row, now)


def _contact(r: asyncpg.Record, now: datetime) -> Contact:
    return Contact(
        id=r["id"],
        unit_id=r["unit_id"],
        role=r["role"],
        name=r["name"],
        phone=r["phone"],
        order=r["rank"],
        state=reaching.standing(r["verified_at"], r["proof_due_at"], r["unproven_at"], r["dead_at"], now),
        verified_at=r["verified_at"],
        verified_by=r["verified_by"],
        verified_how=r["verified_how"],
        proof_due_at=r["proof_due_at"],
        asked_at=r["asked_at"],
        dead_at=r["dead_at"],
        dead_why=r["dead_why"],
        created_at=r["created_at"],
        changed_at=r["changed_at"],
    )


def check_contact(new: NewContact) -> NewContact:
    check = checks.Checker()
    cleaned = NewContact(
        role=check.one_of("role", new.role, CONTACT_ZH, required=True),
        name=check.line("name", new.name, 60, required=True),
        phone=checks.phone(check, "phone", new.phone, required=True),
        order=check.whole("order", new.order, 1, 99) or 1,
    )
    check.done()
    return cleaned


async def add_contact(conn: Connection, unit_id: str, new: NewContact, now: datetime) -> str:
    id_ = fresh_id(now)
    await conn.execute(
        SQL.add_contact, id_, unit_id, new.role, new.name, new.phone, new.order, now, searchable(new.name),
        now + reaching.TERM,
    )  # fmt: skip
    await tell(conn, unit_id)
    return id_


async def change_contact(conn: Connection, id_: str, unit_id: str, new: NewContact, now: datetime) -> None:
    """Another number is not verified yet."""
    await conn.execute(
        SQL.change_contact, id_, new.role, new.name, new.phone, new.order, now, searchable(new.name),
        now + reaching.TERM,
    )  # fmt: skip
    await tell(conn, unit_id)


async def remove_contact(conn: Connection, id_: str, unit_id: str) -> None:
    await conn.execute(SQL.remove_contact, id_)
    await tell(conn, unit_id)


# ------------------------------------------------------------ test modes


class TestsAsked(msgspec.Struct, frozen=True, kw_only=True):
    now: datetime
    unit_id: str | None = None
    active: bool | None = None
    after: tuple[str, str] | None = None


RUNNING = "t.starts_at <= {} and t.ends_at > {} and t.ended_at is null"


async def tests(conn: Connection, scope: Scope, asked: TestsAsked, limit: int) -> list[Test]:
    question = Question(scope, "t")
    question.given("t.unit_id = {}::uuid", asked.unit_id)
    if asked.active is not None:
        question.where(RUNNING if asked.active else f"not ({RUNNING})", asked.now, asked.now)
    if asked.after is not None:
        at, id_ = asked.after
        question.where("(t.starts_at, t.id) < ({}, {}::uuid)", datetime.fromisoformat(at), id_)
    rows = await conn.fetch(question.text(SQL.tests, "t.starts_at desc, t.id desc", limit), *question.parameters)
    return [_test(r, asked.now) for r in rows]


async def test(conn: Connection, id_: str, now: datetime) -> Test | None:
    row = await conn.fetchrow(f"{SQL.tests} where t.id = $1::uuid", id_)
    return None if row is None else _test(row, now)


def _test(r: asyncpg.Record, now: datetime) -> Test:
    active = r["ended_at"] is None and r["starts_at"] <= now < r["ends_at"]
    return Test(**dict(r), active=active)


LONGEST_TEST = timedelta(hours=8)


def check_test(new: NewTest, person: str) -> NewTest:
    check = checks.Checker()
    check.whole("minutes", new.minutes, 1, int(LONGEST_TEST.total_seconds()) // 60)
    cleaned = NewTest(
        unit_id=new.unit_id,
        building_id=new.building_id,
        devices=sorted(set(new.devices or [])),
        systems=sorted({check.line("systems", s, 80, required=True).upper() for s in new.systems or []}),
        purpose=check.line("purpose", new.purpose, required=True),
        minutes=new.minutes,
        person=check.line("person", new.person, 60) or person,
        phone=checks.phone(check, "phone", new.phone),
    )
    check.done()
    return cleaned


async def add_test(conn: Connection, new: NewTest, now: datetime) -> str:
    id_ = fresh_id(now)
    await conn.execute(
        SQL.add_test,
        id_, new.unit_id, new.building_id, new.devices, new.systems, new.purpose, new.person or "", new.phone or "",
        now, now + timedelta(minutes=new.minutes),
    )  # fmt: skip
    await tell(conn, new.unit_id)
    return id_


async def end_test(conn: Connection, id_: str, by: str, now: datetime) -> bool:
    """False: it was over already."""
    unit_id = await conn.fetchval(SQL.end_test, id_, now, by)
    if unit_id is not None:
        await tell(conn, unit_id)
    return unit_id is not None


async def devices_outside(conn: Connection, unit_id: str, devices: Sequence[str]) -> int:
    """How many of these are not the unit's."""
    return await conn.fetchval(SQL.devices_outside, unit_id, list(devices))


async def roots_outside(conn: Connection, unit_id: str, addresses: Sequence[str]) -> int:
    return await conn.fetchval(SQL.roots_outside, unit_id, list(addresses))
