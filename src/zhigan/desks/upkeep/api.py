"""A device's page for staff: what hangs there, its inspections, what was reported of it; sheets of stickers.

Outside one's scope a device does not exist (404, decided first). An inspection comes with an id made on the phone: what
is sent again is the same one (200), and what was kept without a network says when it was made.
"""

from typing import Literal, TypeAlias

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, SkipValidation
from litestar.response import File

from zhigan.bus import log
from zhigan.desks.upkeep import api_public, rules, store
from zhigan.desks.upkeep.api_public import Asking
from zhigan.desks.upkeep.model import NewInspection, Subject, Upkeep
from zhigan.desks.upkeep.printing import Stickers
from zhigan.incidents import findings, photos, work
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Actor
from zhigan.incidents.photos import ENVELOPE, MOST_PHOTO, PhotoForm, Shelved, shown
from zhigan.registry.api_units import visible_unit
from zhigan.registry.refusals import allow, an_id, found
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import INSPECTION_ROLES
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.downloads import marked
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

Printer: TypeAlias = NamedDependency[SkipValidation[Stickers]]


class Labels(Controller):
    tags = ("upkeep",)

    @get("/labels/{code:str}", operation_id="readLabel")
    async def read(self, principal: Caller, db: Db, clock: Time, code: FromPath[str]) -> Upkeep:
        """The device of a sticker, with its inspections and what was reported of it."""
        now = clock.now()
        async with db.owner() as conn:
            device = found(await store.scanned(conn, code[:64], now))
        return await _page(db, principal, device.id, clock)

    @get(
        "/units/{unit_id:str}/labels.pdf",
        operation_id="printUnitLabels",
        media_type="application/pdf",
        opt={UNCOMPRESSED: True},
    )
    async def printed(
        self,
        request: Asking,
        principal: Caller,
        db: Db,
        clock: Time,
        stickers: Printer,
        unit_id: FromPath[str],
        lang: FromQuery[Literal["zh", "en"]] = "zh",
    ) -> Response[bytes]:
        """A sticker for each device of the unit; the code is made when it is first printed, and stays."""
        unit = await visible_unit(db, principal, unit_id)
        base = stickers.base or str(request.base_url).rstrip("/")
        now = clock.now()
        async with db.owner() as conn:
            number = await audit(conn, principal, now, "device.labels_printed", unit.id)
            pdf = await stickers.of(conn, unit.id, base, marked(number, principal, now), lang)
        name = f'inline; filename="labels-{unit.code}-E{number}.pdf"'.encode("ascii", "ignore").decode()
        return Response(pdf, media_type="application/pdf", headers={"content-disposition": name})


class Upkeeps(Controller):
    path = "/devices/{device_id:str}"
    tags = ("upkeep",)

    @get("/upkeep", operation_id="getDeviceUpkeep")
    async def one(self, principal: Caller, db: Db, clock: Time, device_id: FromPath[str]) -> Upkeep:
        return await _page(db, principal, an_id(device_id), clock)

    @post("/inspections", operation_id="addInspection")
    async def inspect(
        self, principal: Caller, db: Db, clock: Time, device_id: FromPath[str], data: JSONBody[NewInspection]
    ) -> Response[Upkeep]:
        """What was found. With a point in `bad` it did not pass, and becomes work."""
        device = await _visible(db, principal, an_id(device_id))
        allow(principal, INSPECTION_ROLES)
        _check(data)
        now = clock.now()
        async with db.owner() as conn:
            written = await store.inspected(conn, device, data, principal, now)
            if written.fresh:
                told = {"device": device.id, "passed": data.passed, "bad": data.bad}
                await audit(conn, principal, now, "device.inspected", data.id, told)
                await log.append(conn, written.drafts, to_micros(now))
            else:
                await _own(conn, data.id, device.id, principal)
        page = await _page(db, principal, device.id, clock)
        return Response(page, status_code=201 if written.fresh else 200)

    @post(
        "/inspections/{inspection_id:str}/photo", operation_id="addInspectionPhoto",
        request_max_body_size=MOST_PHOTO + ENVELOPE,
    )  # fmt: skip
    async def photo(
        self, principal: Caller, db: Db, clock: Time, shelf: Shelved, device_id: FromPath[str],
        inspection_id: FromPath[str], data: MultipartBody[PhotoForm],
    ) -> Upkeep:  # fmt: skip
        """A picture of at most 8 MiB; a later one takes its place, and hangs on the task as well."""
        device = await _visible(db, principal, an_id(device_id))
        id_ = an_id(inspection_id)
        taken = await photos.shelved(db, shelf, data.file, lambda conn: _own(conn, id_, device.id, principal))
        async with db.owner() as conn:
            await conn.execute(store.SQL.picture_inspection, id_, taken.sha256, taken.content[1])
            standing = await incidents.open_of_case(conn, [f"upkeep:{device.id}"])
            actor = Actor(principal.id, principal.name, principal.role)
            await work.hung(conn, standing[0].id if standing else None, *taken, actor, clock)
            await audit(conn, principal, clock.now(), "device.inspection_photographed", id_, taken.told)
        return await _page(db, principal, device.id, clock)

    @get("/{what:str}/{of_id:str}/photo", operation_id="getUpkeepPhoto", opt={UNCOMPRESSED: True})
    async def picture(
        self, principal: Caller, db: Db, shelf: Shelved, device_id: FromPath[str], what: FromPath[str],
        of_id: FromPath[str],
    ) -> File:  # fmt: skip
        """`inspections` or `reports`: the picture of one of them."""
        statement = {"inspections": store.SQL.inspection_picture, "reports": store.SQL.report_picture}.get(what)
        async with db.bound(principal) as conn:
            row = None if statement is None else await conn.fetchrow(statement, an_id(of_id), an_id(device_id))
        return await shown(shelf, *found(row).values())


async def _visible(db: Database, principal: Principal, device: str) -> Subject:
    async with db.bound(principal) as conn:
        return found(await store.subject(conn, device))


async def _page(db: Database, principal: Principal, device: str, clock: Clock) -> Upkeep:
    async with db.bound(principal) as conn:
        return await store.upkeep(conn, found(await store.subject(conn, device)), clock.now())


def _check(data: NewInspection) -> None:
    an_id(data.id)
    if (flaw := findings.wrong(data, sorted(rules.POINTS))) is not None:
        raise problems.invalid(*flaw)


async def _own(conn: Connection, inspection: str, device: str, principal: Principal) -> None:
    await photos.own(conn, store.SQL.whose_inspection, inspection, device, principal)


handlers: list[type[Controller]] = [Labels, Upkeeps, *api_public.handlers]
