"""Grids 网格: part of a community, with the units in it, and the people of organisations, grid workers among them.

Enters: what people enter, a connection. Leaves: rows; units that changed their grid, with the events of it. A grid is
an organisation whose code units name in `grid`; so whoever is bound to `grid:CODE` sees his own, and whoever is told
of a unit's alarms as its grid (outlets/notify) comes from here. Absent: alarms.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec
from msgspec import UNSET, UnsetType

from zhigan.registry import checks, organisations
from zhigan.registry.boundary import GeoPolygon, geometry, ring
from zhigan.registry.checks import Checker
from zhigan.registry.organisations import Organisation
from zhigan.registry.store import SQL, tell
from zhigan.registry.units import fresh_id
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Owned, Scope
from zhigan.vocabulary.telephones import Telephone

GRID = "grid"
MOST_MEMBERS = 100
MOST_AT_ONCE = 500


class Grid(msgspec.Struct, kw_only=True):
    """`person` and `phone` are the head's (网格长). The counts are of what one may see oneself."""

    id: str
    code: str
    name: str
    area_code: str
    community: str
    community_name: str
    bounds: str
    shape: GeoPolygon | None
    person: str
    phone: Telephone
    members: int
    units: int
    buildings: int
    devices: int
    retired_at: datetime | None
    changed_at: datetime


class OrgMember(msgspec.Struct, kw_only=True):
    """`verified_at`: when somebody called the number and reached him."""

    id: str
    organisation_id: str
    name: str
    phone: Telephone
    post: str
    order: int
    verified_at: datetime | None
    verified_by: str
    created_at: datetime
    changed_at: datetime


class NewOrgMember(msgspec.Struct, kw_only=True):
    name: str
    phone: str
    post: str | None = None
    order: int | None = None


class OrgMemberChange(msgspec.Struct, kw_only=True):
    name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    post: str | UnsetType | None = UNSET
    order: int | UnsetType | None = UNSET


async def listed(conn: Connection, scope: Scope, asked: organisations.Asked, limit: int) -> list[Grid]:
    """On a bound connection."""
    of_grids = msgspec.structs.replace(asked, dimension=GRID)
    return await counted(conn, await organisations.listed(conn, scope, of_grids, limit))


async def one(conn: Connection, id_: str) -> Grid | None:
    found = await organisations.one(conn, id_)
    return None if found is None or found.dimension != GRID else (await counted(conn, [found]))[0]


async def counted(conn: Connection, listed_: Sequence[Organisation]) -> list[Grid]:
    counts = {r["code"]: r for r in await conn.fetch(SQL.grid_counts, [o.code for o in listed_])}
    named = await conn.fetch(SQL.communities_named, sorted({o.community for o in listed_}))
    names = {r["code"]: r["name"] for r in named}
    drawn = await conn.fetch(SQL.shapes, [o.id for o in listed_])
    shapes = {r["id"]: geometry([(p.x, p.y) for p in r["shape"].points]) for r in drawn}
    return [_grid(o, counts.get(o.code), names.get(o.community, ""), shapes.get(o.id)) for o in listed_]


async def draw(conn: Connection, id_: str, shape: GeoPolygon | None) -> None:
    """Its boundary; None takes it away. Raises `Wrong`."""
    await conn.execute(SQL.draw, id_, None if shape is None else asyncpg.Polygon(*ring(shape)))


async def at(conn: Connection, lon: float, lat: float) -> Grid | None:
    """On a bound connection: the grid in which a place lies, the smaller where two overlap."""
    found = await conn.fetchval(SQL.grid_at, lon, lat)
    return None if found is None else await one(conn, found)


def _grid(o: Organisation, counts: asyncpg.Record | None, community_name: str, shape: GeoPolygon | None) -> Grid:
    return Grid(
        id=o.id, code=o.code, name=o.name, area_code=o.area_code, community=o.community, community_name=community_name,
        bounds=o.bounds, shape=shape, person=o.person, phone=o.phone,
        **{n: 0 if counts is None else counts[n] for n in ("members", "units", "buildings", "devices")},
        retired_at=o.retired_at, changed_at=o.changed_at,
    )  # fmt: skip


class Moved(msgspec.Struct, frozen=True):
    """A unit that has another grid now."""

    id: str
    code: str
    owned: Owned


async def assign(conn: Connection, unit_ids: Sequence[str], code: str, now: datetime) -> list[Moved]:
    """Those units that were elsewhere; an empty code takes them out of their grid."""
    rows = await conn.fetch(SQL.assign_grid, list(unit_ids), code, now)
    if rows:
        await tell(conn, rows[0]["id"] if len(rows) == 1 else None)
    return [
        Moved(
            r["id"],
            r["code"],
            Owned(
                r["area"], r["community"], r["industry"], r["grid"], r["code"], r["station"], r["firm"], r["org"]
            ),
        )
        for r in rows
    ]  # fmt: skip


def drafts(moved: Sequence[Moved], now: datetime) -> list[Draft]:
    return [Draft(EventType.UNIT_CHANGED, m.id, to_micros(now), {"id": m.id, "code": m.code}, m.owned) for m in moved]


async def named_by(conn: Connection, code: str) -> int:
    """How many units are in it."""
    return int(await conn.fetchval(SQL.organisation_units, GRID, code))


# ------------------------------------------------------------ people of an organisation


def check_member(new: NewOrgMember) -> NewOrgMember:
    check = Checker()
    cleaned = NewOrgMember(
        name=check.line("name", new.name, 60, required=True),
        phone=checks.phone(check, "phone", new.phone, required=True),
        post=check.line("post", new.post, 40),
        order=check.whole("order", new.order, 1, 99) or 1,
    )
    check.done()
    return cleaned


async def members(conn: Connection, organisation_id: str) -> list[OrgMember]:
    rows = await conn.fetch(f"{SQL.members} where m.organisation_id = $1::uuid order by m.rank, m.id", organisation_id)
    return [OrgMember(**dict(r)) for r in rows]


async def member(conn: Connection, id_: str) -> OrgMember | None:
    row = await conn.fetchrow(f"{SQL.members} where m.id = $1::uuid", id_)
    return None if row is None else OrgMember(**dict(row))


def as_new(standing: OrgMember) -> NewOrgMember:
    return NewOrgMember(name=standing.name, phone=standing.phone, post=standing.post, order=standing.order)


async def count(conn: Connection, organisation_id: str) -> int:
    return int(await conn.fetchval(SQL.count_members, organisation_id))


async def add_member(conn: Connection, organisation_id: str, new: NewOrgMember, now: datetime) -> str | None:
    """None: there is one of that name."""
    return await conn.fetchval(
        SQL.add_member, fresh_id(now), organisation_id, new.name, new.phone, new.post or "", new.order or 1, now
    )


async def change_member(conn: Connection, standing: OrgMember, new: NewOrgMember, now: datetime) -> bool:
    """False: there is another of that name."""
    if await conn.fetchval(SQL.member_named, standing.organisation_id, new.name, standing.id):
        return False
    await conn.execute(SQL.change_member, standing.id, new.name, new.phone, new.post or "", new.order or 1, now)
    return True


async def verify(conn: Connection, id_: str, now: datetime, by: str) -> None:
    await conn.execute(SQL.verify_member, id_, now, by)


async def remove_member(conn: Connection, id_: str) -> None:
    await conn.execute(SQL.remove_member, id_)
