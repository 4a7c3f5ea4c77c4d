"""Organisations and key parts over HTTP."""

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from zhigan.registry import key_parts, organisations, units
from zhigan.registry.api_units import visible_unit
from zhigan.registry.key_parts import KeyPart, KeyPartChange, NewKeyPart
from zhigan.registry.organisations import NewOrganisation, Organisation, OrganisationChange
from zhigan.registry.refusals import allow, an_id, beyond, checked, found, laid_over, one_of
from zhigan.registry.store import SQL
from zhigan.registry.word_tables import HAZARD_ZH, ORGANISATIONS
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import REGISTRY_ROLES
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page


class Organisations(Controller):
    path = "/organisations"
    tags = ("registry",)

    @get(operation_id="listOrganisations")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        q: FromQuery[str | None] = None,
        kind: FromQuery[str | None] = None,
        dimension: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        community: FromQuery[str | None] = None,
        retired: FromQuery[bool] = False,
        sort: FromQuery[str] = "name",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Organisation]:
        """`dimension` is the field of a unit in which the code stands: station, firm, grid, org."""
        one_of("sort", sort, organisations.SORTS.words)
        one_of("kind", kind, tuple(ORGANISATIONS))
        one_of("dimension", dimension, ("station", "firm", "grid", "org"))
        size = pages.limit(limit)
        asked = organisations.Asked(
            q=q,
            kind=kind,
            dimension=dimension,
            area=area,
            community=community,
            retired=retired,
            sort=sort,
            after=organisations.SORTS.after(cursor, sort),
        )
        async with db.bound(principal) as conn:
            rows = await organisations.listed(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda o: o, lambda o: organisations.SORTS.key(o, o.id, sort))

    @post(operation_id="createOrganisation")
    async def create(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewOrganisation]) -> Organisation:
        now = clock.now()
        async with db.owner() as conn:
            known = await units.gazetteer(conn, [data.community or ""])
            new = checked(lambda: organisations.check(data, known))
            if not scopes.holds(principal.scope, organisations.owned(new)):
                raise beyond("area_code")
            allow(principal, REGISTRY_ROLES)
            made = await organisations.add(conn, new, now)
            if made is None:
                raise problems.conflict(f"code: there is one of the code {new.code} already")
            await audit(conn, principal, now, "organisation.created", made, data)
            return found(await organisations.one(conn, made))

    @get("/{organisation_id:str}", operation_id="getOrganisation")
    async def one(self, principal: Caller, db: Db, organisation_id: FromPath[str]) -> Organisation:
        async with db.bound(principal) as conn:
            return found(await organisations.one(conn, an_id(organisation_id)))

    @patch("/{organisation_id:str}", operation_id="changeOrganisation")
    async def change(
        self, principal: Caller, db: Db, clock: Time, organisation_id: FromPath[str], data: JSONBody[OrganisationChange]
    ) -> Organisation:
        """`retired`: it leaves the lists; not while units name it."""
        async with db.bound(principal) as conn:
            before = found(await organisations.one(conn, an_id(organisation_id)))
        allow(principal, REGISTRY_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            laid = laid_over(organisations.as_new(before), data)
            known = await units.gazetteer(conn, [laid.community or ""])
            new = checked(lambda: organisations.check(laid, known))
            if not scopes.holds(principal.scope, organisations.owned(new)):
                raise beyond("area_code")
            retired = before.retired_at
            if isinstance(data.retired, bool):
                left = await conn.fetchval(SQL.organisation_units, before.dimension, before.code)
                if data.retired and left:
                    raise problems.conflict(f"retired: {left} units name it", units=left)
                retired = now if data.retired else None
            await organisations.change(conn, organisation_id, new, retired, now)
            await audit(conn, principal, now, "organisation.changed", organisation_id, data)
            return found(await organisations.one(conn, organisation_id))


class KeyParts(Controller):
    path = ""
    tags = ("registry",)

    @get("/key-parts", operation_id="listKeyParts")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        q: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        hazard: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        sort: FromQuery[str] = "name",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[KeyPart]:
        """`q` finds names, places, people, pinyin."""
        one_of("sort", sort, key_parts.SORTS.words)
        one_of("hazard", hazard, tuple(HAZARD_ZH))
        size = pages.limit(limit)
        asked = key_parts.Asked(
            q=q,
            unit_id=an_id(unit_id) if unit_id else None,
            hazard=hazard,
            area=area,
            sort=sort,
            after=key_parts.SORTS.after(cursor, sort),
        )
        async with db.bound(principal) as conn:
            rows = await key_parts.listed(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda k: k, lambda k: key_parts.SORTS.key(k, k.id, sort))

    @post("/units/{unit_id:str}/key-parts", operation_id="createKeyPart")
    async def create(
        self, principal: Caller, db: Db, clock: Time, unit_id: FromPath[str], data: JSONBody[NewKeyPart]
    ) -> KeyPart:
        await visible_unit(db, principal, unit_id)
        allow(principal, REGISTRY_ROLES)
        async with db.owner() as conn:
            buildings = [b.id for b in await units.buildings(conn, unit_id)]
            new = checked(lambda: key_parts.check(data, buildings))
            made = await key_parts.add(conn, unit_id, new, clock.now())
            await audit(conn, principal, clock.now(), "key_part.created", made, data)
            return found(await key_parts.one(conn, made))

    @get("/key-parts/{part_id:str}", operation_id="getKeyPart")
    async def one(self, principal: Caller, db: Db, part_id: FromPath[str]) -> KeyPart:
        async with db.bound(principal) as conn:
            return found(await key_parts.one(conn, an_id(part_id)))

    @patch("/key-parts/{part_id:str}", operation_id="changeKeyPart")
    async def change(
        self, principal: Caller, db: Db, clock: Time, part_id: FromPath[str], data: JSONBody[KeyPartChange]
    ) -> KeyPart:
        async with db.bound(principal) as conn:
            before = found(await key_parts.one(conn, an_id(part_id)))
        allow(principal, REGISTRY_ROLES)
        async with db.owner() as conn:
            buildings = [b.id for b in await units.buildings(conn, before.unit_id)]
            new = checked(lambda: key_parts.check(laid_over(key_parts.as_new(before), data), buildings))
            await key_parts.change(conn, part_id, new, clock.now())
            await audit(conn, principal, clock.now(), "key_part.changed", part_id, data)
            return found(await key_parts.one(conn, part_id))

    @delete("/key-parts/{part_id:str}", status_code=204, operation_id="removeKeyPart")
    async def remove(self, principal: Caller, db: Db, clock: Time, part_id: FromPath[str]) -> None:
        async with db.bound(principal) as conn:
            before = found(await key_parts.one(conn, an_id(part_id)))
        allow(principal, REGISTRY_ROLES)
        async with db.owner() as conn:
            await key_parts.remove(conn, part_id)
            await audit(conn, principal, clock.now(), "key_part.removed", part_id, before)


handlers: list[type[Controller]] = [Organisations, KeyParts]
