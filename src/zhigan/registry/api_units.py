"""Units with their buildings and contacts, and test modes, over HTTP."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from zhigan.bus import log
from zhigan.registry import checks, people, reaching, rules, units
from zhigan.registry.people import ContactRow
from zhigan.registry.pinyin import searchable
from zhigan.registry.refusals import allow, an_id, beyond, checked, found, laid_over, one_of
from zhigan.registry.shapes import (
    Building,
    BuildingChange,
    Contact,
    ContactChange,
    NewBuilding,
    NewContact,
    NewTest,
    NewUnit,
    Test,
    Unit,
    UnitChange,
    UnitDetail,
)
from zhigan.registry.word_tables import CONTACT_ZH
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import COMMAND_ROLES, CONTACT_ROLES, REGISTRY_ROLES, Role
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

TEST_ROLES = COMMAND_ROLES | {Role.UNIT, Role.PROPERTY, Role.MAINTAINER, Role.INSTALLER, Role.INSPECTOR}


class Units(Controller):
    path = "/units"
    tags = ("registry",)

    @get(operation_id="listUnits")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        q: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        community: FromQuery[str | None] = None,
        industry: FromQuery[str | None] = None,
        premises: FromQuery[str | None] = None,
        tag: FromQuery[str | None] = None,
        class_: Annotated[str | None, QueryParameter(name="class")] = None,
        ownership: FromQuery[str | None] = None,
        retired: FromQuery[bool] = False,
        code: FromQuery[str | None] = None,
        grid: FromQuery[str | None] = None,
        origin: FromQuery[str | None] = None,
        sort: FromQuery[str] = "code",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Unit]:
        """`q` finds names, codes, addresses, full pinyin and initials. `origin`: the name of a platform below that told
        of it; `none`: what is our own."""
        one_of("sort", sort, units.SORTS.words)
        one_of("class", class_, ("S1", "S2", "S3", "S4"))
        size = pages.limit(limit)
        asked = units.UnitsAsked(
            q=q,
            area=area,
            community=community,
            industry=industry,
            premises=premises,
            tag=tag,
            class_=int(class_[1]) if class_ else None,
            ownership=ownership,
            retired=retired,
            code=code,
            grid=grid,
            origin=origin,
            sort=sort,
            after=units.SORTS.after(cursor, sort),
        )
        async with db.bound(principal) as conn:
            rows = await units.listed(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda u: u, lambda u: units.SORTS.key(u, u.id, sort))

    @post(operation_id="createUnit")
    async def create(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewUnit]) -> Unit:
        now = clock.now()
        async with db.owner() as conn:
            known = await units.gazetteer(conn, [data.community or ""])
            record = checked(lambda: checks.unit(data, units.fresh_id(now), known, searchable))
            if not scopes.holds(principal.scope, record.owned):
                raise beyond("area_code")
            allow(principal, REGISTRY_ROLES)
            if not await units.add(conn, [record], now):
                raise problems.conflict(f"code: there is a unit {record.code} already")
            await audit(conn, principal, now, "unit.created", record.id, data)
            made = found(await units.one(conn, record.id))
            await log.append(conn, [units.changed(record, now)], to_micros(now))
        return made

    @get("/{unit_id:str}", operation_id="getUnit")
    async def one(self, principal: Caller, db: Db, clock: Time, unit_id: FromPath[str]) -> UnitDetail:
        async with db.bound(principal) as conn:
            return await _detail(conn, unit_id, clock.now())

    @patch("/{unit_id:str}", operation_id="changeUnit")
    async def change(
        self, principal: Caller, db: Db, clock: Time, unit_id: FromPath[str], data: JSONBody[UnitChange]
    ) -> UnitDetail:
        """A unit that moves takes its buildings, devices and contacts with it."""
        await visible_unit(db, principal, unit_id)
        allow(principal, REGISTRY_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            new = laid_over(units.as_new(found(await units.one(conn, unit_id))), data)
            known = await units.gazetteer(conn, [new.community or ""])
            record = checked(lambda: checks.unit(new, unit_id, known, searchable))
            if not scopes.holds(principal.scope, record.owned):
                raise beyond("area_code")
            await units.change(conn, [record], now)
            if isinstance(data.retired, bool) and (
                left := await units.retire(conn, unit_id, now if data.retired else None)
            ):
                raise problems.conflict(f"retired: {left} devices of the unit are not retired yet", devices=left)
            await audit(conn, principal, now, "unit.changed", unit_id, data)
            after = await _detail(conn, unit_id, now)
            await log.append(conn, [units.changed(record, now)], to_micros(now))
        return after

    @get("/{unit_id:str}/buildings", operation_id="listBuildings")
    async def buildings(self, principal: Caller, db: Db, unit_id: FromPath[str]) -> Page[Building]:
        async with db.bound(principal) as conn:
            found(await units.one(conn, an_id(unit_id)))
            return Page(await units.buildings(conn, unit_id))

    @post("/{unit_id:str}/buildings", operation_id="createBuilding")
    async def add_building(
        self, principal: Caller, db: Db, clock: Time, unit_id: FromPath[str], data: JSONBody[NewBuilding]
    ) -> Building:
        await visible_unit(db, principal, unit_id)
        allow(principal, REGISTRY_ROLES | {Role.INSTALLER})
        new = checked(lambda: units.check_building(data))
        async with db.owner() as conn:
            made = await units.add_building(conn, unit_id, new, clock.now())
            if made is None:
                raise problems.conflict(f"code: the unit has a building {new.code} already")
            await audit(conn, principal, clock.now(), "building.created", made, data)
            return found(await units.building(conn, made))

    @get("/{unit_id:str}/contacts", operation_id="listContacts")
    async def contacts(self, principal: Caller, db: Db, clock: Time, unit_id: FromPath[str]) -> Page[Contact]:
        async with db.bound(principal) as conn:
            found(await units.one(conn, an_id(unit_id)))
            return Page(await units.contacts(conn, unit_id, clock.now()))

    @post("/{unit_id:str}/contacts", operation_id="createContact")
    async def add_contact(
        self, principal: Caller, db: Db, clock: Time, unit_id: FromPath[str], data: JSONBody[NewContact]
    ) -> Contact:
        await visible_unit(db, principal, unit_id)
        allow(principal, REGISTRY_ROLES)
        new = checked(lambda: units.check_contact(data))
        async with db.owner() as conn:
            made = await units.add_contact(conn, unit_id, new, clock.now())
            await audit(conn, principal, clock.now(), "contact.created", made, data)
            return found(await units.contact(conn, made, clock.now()))


async def visible_unit(db: Database, principal: Principal, unit_id: str) -> Unit:
    """404 first: what lies outside the scope does not exist, whatever the role."""
    async with db.bound(principal) as conn:
        return found(await units.one(conn, an_id(unit_id)))


async def _detail(conn: Connection, unit_id: str, now: datetime) -> UnitDetail:
    unit = found(await units.one(conn, an_id(unit_id)))
    fields = {f: getattr(unit, f) for f in Unit.__struct_fields__}
    return UnitDetail(
        **fields, buildings=await units.buildings(conn, unit_id), contacts=await units.contacts(conn, unit_id, now)
    )


class Buildings(Controller):
    path = "/buildings"
    tags = ("registry",)

    @get("/{building_id:str}", operation_id="getBuilding")
    async def one(self, principal: Caller, db: Db, building_id: FromPath[str]) -> Building:
        async with db.bound(principal) as conn:
            return found(await units.building(conn, an_id(building_id)))

    @patch("/{building_id:str}", operation_id="changeBuilding")
    async def change(
        self, principal: Caller, db: Db, clock: Time, building_id: FromPath[str], data: JSONBody[BuildingChange]
    ) -> Building:
        async with db.bound(principal) as conn:
            before = found(await units.building(conn, an_id(building_id)))
        allow(principal, REGISTRY_ROLES | {Role.INSTALLER})
        standing = NewBuilding(
            code=before.code,
            name=before.name,
            floors_above=before.floors_above,
            floors_below=before.floors_below,
            height_m=before.height_m,
            floor_area_m2=before.floor_area_m2,
            address=before.address,
            lon=before.lon,
            lat=before.lat,
        )
        new = checked(lambda: units.check_building(laid_over(standing, data)))
        async with db.owner() as conn:
            await units.change_building(conn, building_id, before.unit_id, new, clock.now())
            await audit(conn, principal, clock.now(), "building.changed", building_id, data)
            return found(await units.building(conn, building_id))

    @delete("/{building_id:str}", status_code=204, operation_id="removeBuilding")
    async def remove(self, principal: Caller, db: Db, clock: Time, building_id: FromPath[str]) -> None:
        """It leaves the lists; what happened in it stays. Not while devices stand in it."""
        async with db.bound(principal) as conn:
            before = found(await units.building(conn, an_id(building_id)))
        allow(principal, REGISTRY_ROLES)
        async with db.owner() as conn:
            left = await units.retire_building(conn, building_id, before.unit_id, clock.now())
            if left:
                raise problems.conflict(
                    f"{left} devices stand in the building; move or retire them first.", devices=left
                )
            await audit(conn, principal, clock.now(), "building.removed", building_id, before)


class Contacts(Controller):
    path = "/contacts"
    tags = ("registry",)

    @get(operation_id="searchContacts")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        q: FromQuery[str | None] = None,
        role: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        standing: Annotated[str | None, QueryParameter(name="state")] = None,
        sort: FromQuery[str] = "name",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[ContactRow]:
        """People of all units; `q` finds names, telephone numbers, full pinyin and initials; `state`: can they be
        reached?"""
        one_of("sort", sort, people.SORTS.words)
        one_of("role", role, tuple(CONTACT_ZH))
        one_of("state", standing, reaching.STANDINGS)
        size = pages.limit(limit)
        asked = people.Asked(
            now=clock.now(), q=q, role=role, area=area, unit_id=unit_id and an_id(unit_id), state=standing, sort=sort,
            after=people.SORTS.after(cursor, sort),
        )  # fmt: skip
        async with db.bound(principal) as conn:
            rows = await people.listed(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda c: c, lambda c: people.SORTS.key(c, c.id, sort))

    @patch("/{contact_id:str}", operation_id="changeContact")
    async def change(
        self, principal: Caller, db: Db, clock: Time, contact_id: FromPath[str], data: JSONBody[ContactChange]
    ) -> Contact:
        async with db.bound(principal) as conn:
            before = found(await units.contact(conn, an_id(contact_id), clock.now()))
        allow(principal, REGISTRY_ROLES)
        standing = NewContact(role=before.role, name=before.name, phone=before.phone, order=before.order)
        new = checked(lambda: units.check_contact(laid_over(standing, data)))
        async with db.owner() as conn:
            await units.change_contact(conn, contact_id, before.unit_id, new, clock.now())
            await audit(conn, principal, clock.now(), "contact.changed", contact_id, data)
            return found(await units.contact(conn, contact_id, clock.now()))

    @post("/{contact_id:str}/verify", status_code=200, operation_id="verifyContact")
    async def verify(self, principal: Caller, db: Db, clock: Time, contact_id: FromPath[str]) -> Contact:
        """Somebody called the number and reached him: who, and when, stands beside it."""
        now = clock.now()
        async with db.bound(principal) as conn:
            found(await units.contact(conn, an_id(contact_id), now))
        allow(principal, CONTACT_ROLES)
        async with db.owner() as conn:
            await reaching.verify(conn, [contact_id], now, "desk", principal.name)
            await audit(conn, principal, now, "contact.verified", contact_id)
            return found(await units.contact(conn, contact_id, now))

    @delete("/{contact_id:str}", status_code=204, operation_id="removeContact")
    async def remove(self, principal: Caller, db: Db, clock: Time, contact_id: FromPath[str]) -> None:
        async with db.bound(principal) as conn:
            before = found(await units.contact(conn, an_id(contact_id), clock.now()))
        allow(principal, REGISTRY_ROLES)
        async with db.owner() as conn:
            await units.remove_contact(conn, contact_id, before.unit_id)
            await audit(conn, principal, clock.now(), "contact.removed", contact_id, before)


class Tests(Controller):
    """Test modes: alarms inside are a test's, alarms outside stay real; at most 8 h, then it ends by itself."""

    path = "/tests"
    tags = ("registry",)

    @get(operation_id="listTests")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        unit_id: FromQuery[str | None] = None,
        active: FromQuery[bool | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Test]:
        """Newest first."""
        key = pages.decode(cursor, 2)
        size = pages.limit(limit)
        asked = units.TestsAsked(
            now=clock.now(),
            unit_id=an_id(unit_id) if unit_id else None,
            active=active,
            after=(str(key[0]), str(key[1])) if key else None,
        )
        async with db.bound(principal) as conn:
            rows = await units.tests(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda t: t, lambda t: [t.starts_at.isoformat(), t.id])

    @get("/{test_id:str}", operation_id="getTest")
    async def one(self, principal: Caller, db: Db, clock: Time, test_id: FromPath[str]) -> Test:
        async with db.bound(principal) as conn:
            return found(await units.test(conn, an_id(test_id), clock.now()))

    @post(operation_id="startTest")
    async def start(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewTest]) -> Test:
        await visible_unit(db, principal, data.unit_id)
        allow(principal, TEST_ROLES)
        new = checked(lambda: units.check_test(data, principal.name))
        now = clock.now()
        async with db.owner() as conn:
            await check_inside(conn, new)
            made = await units.add_test(conn, new, now)
            await audit(conn, principal, now, "test.started", made, data)
            return found(await units.test(conn, made, now))

    @post("/{test_id:str}/end", status_code=200, operation_id="endTest")
    async def end(self, principal: Caller, db: Db, clock: Time, test_id: FromPath[str]) -> Test:
        now = clock.now()
        async with db.bound(principal) as conn:
            found(await units.test(conn, an_id(test_id), now))
        allow(principal, TEST_ROLES)
        async with db.owner() as conn:
            if not await units.end_test(conn, test_id, principal.name, now):
                raise problems.conflict("The test is over already.")
            await audit(conn, principal, now, "test.ended", test_id)
            return found(await units.test(conn, test_id, now))


async def check_inside(conn: Connection, new: NewTest) -> None:
    """Building, devices and systems named must be the unit's own."""
    if new.building_id is not None:
        building = await units.building(conn, new.building_id) if pages.is_id(new.building_id) else None
        if building is None or building.unit_id != new.unit_id:
            raise problems.invalid("building_id", "a building of the unit")
    wanted = [d for d in new.devices or [] if pages.is_id(d)]
    if len(wanted) < len(new.devices or []) or await units.devices_outside(conn, new.unit_id, wanted):
        raise problems.invalid("devices", "ids of devices of the unit")
    roots = sorted({rules.root_of("gb26875", s) for s in new.systems or []})
    if await units.roots_outside(conn, new.unit_id, roots):
        raise problems.invalid("systems", "addresses of the unit's transmission devices, or what lies below them")


handlers: list[type[Controller]] = [Units, Buildings, Contacts, Tests]
