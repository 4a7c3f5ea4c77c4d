"""Walk tests over HTTP: start one, walk it, end it, print its sheet.

A walk test is a test mode of the registry: what its detectors raise is recorded and never a desk row; everything
outside stays real. It ends by hand or by time. Whatever lies outside the scope does not exist (404, decided first).
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from asyncpg import Record
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from zhigan.desks.walktest import sheet, store
from zhigan.desks.walktest.model import Act, Walk, WalkRow
from zhigan.incidents.press import Press
from zhigan.incidents.printing import printed as on_paper
from zhigan.registry import units
from zhigan.registry.api_units import TEST_ROLES, check_inside, visible_unit
from zhigan.registry.refusals import allow, an_id, checked, found, one_of
from zhigan.registry.shapes import NewTest
from zhigan.runtime.pg import Connection
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Pressed: TypeAlias = NamedDependency[SkipValidation[Press]]


class NewWalk(msgspec.Struct, kw_only=True):
    """`floor` goes with `building_id`. Nothing named beside the unit: all detectors of the unit."""

    unit_id: str
    minutes: int
    purpose: str
    building_id: str | None = None
    floor: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    devices: Annotated[list[str], msgspec.Meta(max_length=store.MOST_POINTS)] | None = None
    person: str | None = None
    phone: str | None = None


class NewNote(msgspec.Struct, frozen=True, kw_only=True):
    """`pointed`: this one now; `cleared`: none. The others are findings, which count over what was computed."""

    device_id: str
    act: Act
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Walks(Controller):
    path = "/walk-tests"
    tags = ("walk tests",)

    @get(operation_id="listWalkTests")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        unit_id: FromQuery[str | None] = None,
        active: FromQuery[bool | None] = None,
        q: FromQuery[str | None] = None,
        sort: FromQuery[str] = "-starts_at",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[WalkRow]:
        """Those that run and the sheets of those that are over."""
        one_of("sort", sort, store.SORTS.words)
        size = pages.limit(limit)
        asked = store.Asked(
            unit_id=an_id(unit_id) if unit_id else None,
            active=active,
            q=(q or "").strip()[:200],
            sort=sort,
            after=store.SORTS.after(cursor, sort),
        )
        async with db.bound(principal) as conn:
            rows = await store.listed(conn, principal.scope, asked, clock.now(), size + 1)
        return pages.page(rows, size, lambda w: w, lambda w: store.SORTS.key(w, w.id, sort))

    @post(operation_id="startWalkTest")
    async def start(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewWalk]) -> Walk:
        await visible_unit(db, principal, data.unit_id)
        allow(principal, TEST_ROLES)
        floor = (data.floor or "").strip()
        now = clock.now()
        async with db.owner() as conn:
            new = checked(lambda: units.check_test(_test(data), principal.name))
            await check_inside(conn, new)
            if floor:
                new.devices = await _on_floor(conn, new, floor)
            made = await units.add_test(conn, new, now)
            await store.begun(conn, made, floor)
            await audit(conn, principal, now, "walktest.started", made, data)
            return await store.picture(conn, found(await store.head(conn, made)), now)

    @get("/{test_id:str}", operation_id="getWalkTest")
    async def one(self, principal: Caller, db: Db, clock: Time, test_id: FromPath[str]) -> Walk:
        """As it is now; when it is over, as its sheet keeps it."""
        head = await _visible(db, principal, test_id)
        async with db.owner() as conn:
            return await store.picture(conn, head, clock.now())

    @post("/{test_id:str}/notes", status_code=200, operation_id="noteWalkTest")
    async def note(
        self, principal: Caller, db: Db, clock: Time, test_id: FromPath[str], data: JSONBody[NewNote]
    ) -> Walk:
        """What the technician says of one detector of the test."""
        head = await _visible(db, principal, test_id)
        allow(principal, TEST_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            walk = await store.picture(conn, head, now)
            if not walk.active:
                raise problems.conflict("The test is over already.")
            if all(p.id != data.device_id for p in walk.points):
                raise problems.invalid("device_id", "ids of devices of the unit")
            await store.note(conn, test_id, data.device_id, (now, principal.name), data.act, data.note.strip())
            if data.act != "pointed":
                await audit(conn, principal, now, "walktest.noted", test_id, data)
            return await store.picture(conn, head, now)

    @post("/{test_id:str}/end", status_code=200, operation_id="endWalkTest")
    async def end(self, principal: Caller, db: Db, clock: Time, test_id: FromPath[str]) -> Walk:
        """The scope is in service again; the sheet is kept."""
        await _visible(db, principal, test_id)
        allow(principal, TEST_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            if not await units.end_test(conn, test_id, principal.name, now):
                raise problems.conflict("The test is over already.")
            await audit(conn, principal, now, "test.ended", test_id)
        async with db.owner() as conn:
            await store.settle(conn, now)
            return await store.picture(conn, found(await store.head(conn, test_id)), now)

    @get(
        "/{test_id:str}/sheet.pdf", operation_id="printWalkTest", media_type="application/pdf", opt={UNCOMPRESSED: True}
    )
    async def printed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        press: Pressed,
        test_id: FromPath[str],
        lang: FromQuery[Literal["zh", "en"]] = "zh",
    ) -> Response[bytes]:
        """Each detector with time, result and who; while the test runs, as it stands."""
        head = await _visible(db, principal, test_id)
        async with db.owner() as conn:
            walk = await store.picture(conn, head, clock.now())
        now = clock.now()
        async with db.owner() as conn:
            number = await audit(conn, principal, now, "walktest.printed", test_id)
        document = sheet.document(walk, f"{principal.name} · E{number}", now, lang)
        pdf = await on_paper(press, document, sheet.TEMPLATE)
        name = f'inline; filename="walk-test-{test_id}-E{number}.pdf"'
        return Response(pdf, media_type="application/pdf", headers={"content-disposition": name})


async def _visible(db: Database, principal: Principal, test_id: str) -> Record:
    async with db.bound(principal) as conn:
        return found(await store.head(conn, an_id(test_id)))


def _test(data: NewWalk) -> NewTest:
    return NewTest(
        unit_id=data.unit_id, purpose=data.purpose, minutes=data.minutes, building_id=data.building_id,
        devices=data.devices, person=data.person, phone=data.phone,
    )  # fmt: skip


async def _on_floor(conn: Connection, new: NewTest, floor: str) -> list[str]:
    """A floor is the devices that stand on it when the test begins."""
    if new.building_id is None:
        raise problems.invalid("building_id", "is required")
    here = await store.floor_devices(conn, new.unit_id, new.building_id, floor)
    chosen = [d for d in here if not new.devices or d in new.devices]
    if not chosen:
        raise problems.invalid("floor", "a floor with detectors of the building")
    return chosen


handlers: list[type[Controller]] = [Walks]
