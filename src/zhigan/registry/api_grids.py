"""Grids and the people of organisations over HTTP.

A community's own people look after its grids beside those who look after the registry, and whoever works at an
organisation after its telephones: within the scope, each step in the audit trail. The last number of those who are
called stays: whoever is called may be exchanged for another, and not for nobody.
"""

from typing import Annotated

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, UnsetType

from zhigan.bus import log
from zhigan.registry import grids, organisations, units
from zhigan.registry.boundary import GeoPolygon
from zhigan.registry.checks import Wrong
from zhigan.registry.grids import Grid, NewOrgMember, OrgMember, OrgMemberChange
from zhigan.registry.organisations import NewOrganisation, Organisation
from zhigan.registry.refusals import allow, an_id, beyond, checked, found, laid_over, one_of
from zhigan.registry.shapes import Text, Unit
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import GRID_ROLES, MEMBER_ROLES
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.problems import FieldError


class NewGrid(msgspec.Struct, kw_only=True):
    """`community`: the one in which it lies; `bounds` in words (四至范围), `shape` as a polygon of GeoJSON; `person`,
    `phone`: its head (网格长)."""

    code: str
    name: str
    community: str
    bounds: Text = None
    shape: GeoPolygon | None = None
    person: Text = None
    phone: Text = None


class GridChange(msgspec.Struct, kw_only=True):
    name: str | UnsetType = UNSET
    community: str | UnsetType = UNSET
    bounds: Text | UnsetType = UNSET
    shape: GeoPolygon | UnsetType | None = UNSET
    person: Text | UnsetType = UNSET
    phone: Text | UnsetType = UNSET
    retired: bool | UnsetType = UNSET


class GridUnits(msgspec.Struct, kw_only=True):
    """Ids of units: those that belong to the grid from now on, and those that no longer do."""

    add: Annotated[list[str], msgspec.Meta(max_length=grids.MOST_AT_ONCE)] = []
    remove: Annotated[list[str], msgspec.Meta(max_length=grids.MOST_AT_ONCE)] = []


class GridMoved(msgspec.Struct, kw_only=True):
    """How many were elsewhere before."""

    changed: int
    grid: Grid


class Grids(Controller):
    path = "/grids"
    tags = ("registry",)

    @get(operation_id="listGrids")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        q: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        community: FromQuery[str | None] = None,
        retired: FromQuery[bool] = False,
        sort: FromQuery[str] = "code",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Grid]:
        """With how many people, units, buildings and devices each has."""
        one_of("sort", sort, organisations.SORTS.words)
        size = pages.limit(limit)
        after = organisations.SORTS.after(cursor, sort)
        asked = organisations.Asked(q=q, area=area, community=community, retired=retired, sort=sort, after=after)
        async with db.bound(principal) as conn:
            rows = await grids.listed(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda g: g, lambda g: [getattr(g, sort.lstrip("-")), g.id])

    @post(operation_id="createGrid")
    async def create(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewGrid]) -> Grid:
        now = clock.now()
        async with db.owner() as conn:
            known = await units.gazetteer(conn, [data.community])
            new = checked(lambda: organisations.check(as_organisation(data), known))
            if not new.community:
                raise problems.invalid("community", "is required")
            if not scopes.holds(principal.scope, organisations.owned(new)):
                raise beyond("community")
            allow(principal, GRID_ROLES)
            made = await organisations.add(conn, new, now)
            if made is None:
                raise problems.conflict(f"code: there is one of the code {new.code} already")
            await _draw(conn, made, data.shape)
            await audit(conn, principal, now, "grid.created", made, data)
        async with db.bound(principal) as conn:
            return found(await grids.one(conn, made))

    @get("/at", operation_id="findGrid")
    async def at(self, principal: Caller, db: Db, lon: FromQuery[float], lat: FromQuery[float]) -> Grid:
        """In which grid a place lies, by the boundaries that were drawn."""
        async with db.bound(principal) as conn:
            return found(await grids.at(conn, lon, lat))

    @get("/{grid_id:str}", operation_id="getGrid")
    async def one(self, principal: Caller, db: Db, grid_id: FromPath[str]) -> Grid:
        async with db.bound(principal) as conn:
            return found(await grids.one(conn, an_id(grid_id)))

    @get("/{grid_id:str}/units", operation_id="listGridUnits")
    async def units_in(self, principal: Caller, db: Db, grid_id: FromPath[str]) -> Page[Unit]:
        """Units of the grid, by code: one page, as many as one grid can have."""
        async with db.bound(principal) as conn:
            grid = found(await grids.one(conn, an_id(grid_id)))
            asked = units.UnitsAsked(grid=grid.code)
            return Page(await units.listed(conn, principal.scope, asked, pages.LARGEST))

    @patch("/{grid_id:str}", operation_id="changeGrid")
    async def change(
        self, principal: Caller, db: Db, clock: Time, grid_id: FromPath[str], data: JSONBody[GridChange]
    ) -> Grid:
        """`retired`: it leaves the lists; not while units name it."""
        async with db.bound(principal) as conn:
            found(await grids.one(conn, an_id(grid_id)))
            before = found(await organisations.one(conn, grid_id))
        allow(principal, GRID_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            laid = laid_over(organisations.as_new(before), data)
            if laid.community != before.community:
                laid = msgspec.structs.replace(laid, area_code=None)
            known = await units.gazetteer(conn, [laid.community or ""])
            new = checked(lambda: organisations.check(laid, known))
            if not scopes.holds(principal.scope, organisations.owned(new)):
                raise beyond("community")
            retired = before.retired_at
            if isinstance(data.retired, bool):
                left = await grids.named_by(conn, before.code)
                if data.retired and left:
                    raise problems.conflict(f"retired: {left} units name it", units=left)
                retired = now if data.retired else None
            await organisations.change(conn, grid_id, new, retired, now)
            if not isinstance(data.shape, UnsetType):
                await _draw(conn, grid_id, data.shape)
            await audit(conn, principal, now, "grid.changed", grid_id, data)
        async with db.bound(principal) as conn:
            return found(await grids.one(conn, grid_id))

    @post("/{grid_id:str}/units", status_code=200, operation_id="setGridUnits")
    async def assign(
        self, principal: Caller, db: Db, clock: Time, grid_id: FromPath[str], data: JSONBody[GridUnits]
    ) -> GridMoved:
        """Many units at once, all or none; a unit is in one grid, and comes out of the one it was in."""
        async with db.bound(principal) as conn:
            grid = found(await grids.one(conn, an_id(grid_id)))
            for listed in (data.add, data.remove):
                for unit in listed:
                    found(await units.one(conn, an_id(unit)))
            leaving = [u.id for u in await units.listed(
                conn, principal.scope, units.UnitsAsked(grid=grid.code), pages.LARGEST
            ) if u.id in data.remove]  # fmt: skip
        allow(principal, GRID_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            moved = await grids.assign(conn, data.add, grid.code, now)
            moved += await grids.assign(conn, leaving, "", now)
            if not all(scopes.holds(principal.scope, m.owned) for m in moved):
                raise beyond("add")
            if moved:
                detail = {"code": grid.code, "units": [m.code for m in moved]}
                await audit(conn, principal, now, "grid.units", grid_id, detail)
                await log.append(conn, grids.drafts(moved, now), to_micros(now))
        async with db.bound(principal) as conn:
            return GridMoved(changed=len(moved), grid=found(await grids.one(conn, grid_id)))


async def _draw(conn: Connection, grid_id: str, shape: GeoPolygon | None) -> None:
    try:
        await grids.draw(conn, grid_id, shape)
    except Wrong as wrong:
        raise problems.invalid_fields([FieldError(*each) for each in wrong.errors]) from None


def as_organisation(grid: NewGrid) -> NewOrganisation:
    return NewOrganisation(
        kind=grids.GRID, code=grid.code, name=grid.name, community=grid.community, bounds=grid.bounds,
        person=grid.person, phone=grid.phone,
    )  # fmt: skip


class Members(Controller):
    path = ""
    tags = ("registry",)

    @get("/organisations/{organisation_id:str}/members", operation_id="listMembers")
    async def listed(self, principal: Caller, db: Db, organisation_id: FromPath[str]) -> Page[OrgMember]:
        """Its people in the order in which they are called: grid workers, managers, a station's crew."""
        async with db.bound(principal) as conn:
            found(await organisations.one(conn, an_id(organisation_id)))
            return Page(await grids.members(conn, organisation_id))

    @post("/organisations/{organisation_id:str}/members", operation_id="addMember")
    async def add(
        self, principal: Caller, db: Db, clock: Time, organisation_id: FromPath[str], data: JSONBody[NewOrgMember]
    ) -> OrgMember:
        async with db.bound(principal) as conn:
            found(await organisations.one(conn, an_id(organisation_id)))
        allow(principal, MEMBER_ROLES)
        new = checked(lambda: grids.check_member(data))
        now = clock.now()
        async with db.owner() as conn:
            if await grids.count(conn, organisation_id) >= grids.MOST_MEMBERS:
                raise problems.conflict(f"There are {grids.MOST_MEMBERS} people here already.")
            made = await grids.add_member(conn, organisation_id, new, now)
            if made is None:
                raise problems.conflict(f"name: there is somebody named {new.name} here already")
            await audit(conn, principal, now, "member.added", made, data)
            return found(await grids.member(conn, made))

    @patch("/members/{member_id:str}", operation_id="changeMember")
    async def change(
        self, principal: Caller, db: Db, clock: Time, member_id: FromPath[str], data: JSONBody[OrgMemberChange]
    ) -> OrgMember:
        """Another number is not verified yet."""
        standing = await _visible(principal, db, member_id)
        allow(principal, MEMBER_ROLES)
        new = checked(lambda: grids.check_member(laid_over(grids.as_new(standing), data)))
        async with db.owner() as conn:
            if not await grids.change_member(conn, standing, new, clock.now()):
                raise problems.conflict(f"name: there is somebody named {new.name} here already")
            await audit(conn, principal, clock.now(), "member.changed", member_id, data)
            return found(await grids.member(conn, member_id))

    @post("/members/{member_id:str}/verify", status_code=200, operation_id="verifyMember")
    async def verify(self, principal: Caller, db: Db, clock: Time, member_id: FromPath[str]) -> OrgMember:
        """Somebody called the number and reached him: who, and when, stands beside it."""
        await _visible(principal, db, member_id)
        allow(principal, MEMBER_ROLES)
        async with db.owner() as conn:
            await grids.verify(conn, member_id, clock.now(), principal.name)
            await audit(conn, principal, clock.now(), "member.verified", member_id)
            return found(await grids.member(conn, member_id))

    @delete("/members/{member_id:str}", status_code=204, operation_id="removeMember")
    async def remove(self, principal: Caller, db: Db, clock: Time, member_id: FromPath[str]) -> None:
        standing = await _visible(principal, db, member_id)
        allow(principal, MEMBER_ROLES)
        async with db.owner() as conn:
            if not await _another(conn, standing):
                raise problems.conflict("The last number of those who are called stays; put another down first.")
            await grids.remove_member(conn, member_id)
            await audit(conn, principal, clock.now(), "member.removed", member_id, standing)


async def _visible(principal: Caller, db: Db, member_id: str) -> OrgMember:
    async with db.bound(principal) as conn:
        return found(await grids.member(conn, an_id(member_id)))


async def _another(conn: Connection, leaving: OrgMember) -> bool:
    """Is somebody called all the same?"""
    of: Organisation = found(await organisations.one(conn, leaving.organisation_id))
    return bool(of.phone) or await grids.count(conn, of.id) > 1


handlers: list[type[Controller]] = [Grids, Members]
