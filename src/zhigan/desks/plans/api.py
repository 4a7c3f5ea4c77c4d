"""Floor plans over HTTP: a building's floors, pictures with their versions, devices placed by hand.

Pictures are taken by their bytes (PNG, JPEG, WebP) and kept on the shelf of files under their hash. Whoever may do what
an installation needs uploads; an inspector or a maintainer positions besides, on a floor that the device has already.
"""

import asyncio
from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, SkipValidation
from litestar.response import File

from zhigan.desks.plans import store
from zhigan.desks.plans.model import FloorDevices, FloorView, Plan, Spot
from zhigan.incidents.shelf import Shelf, plain_name
from zhigan.registry import devices, units
from zhigan.registry import rules as registry_rules
from zhigan.registry.devices import Found
from zhigan.registry.refusals import allow, an_id, found
from zhigan.registry.shapes import Building
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import INSTALL_ROLES, POSITION_ROLES
from zhigan.webapi import pictures, problems
from zhigan.webapi.armour import of_bytes_brought
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page

Shelved: TypeAlias = NamedDependency[SkipValidation[Shelf]]
MOST_BYTES = 10 * 1024 * 1024
ENVELOPE = 64 * 1024


class PlanForm(msgspec.Struct, frozen=True):
    file: UploadFile


class NewSpot(msgspec.Struct, frozen=True, kw_only=True):
    """Fractions of the picture's width and height. `floor` goes with a device that has none yet."""

    x: Annotated[float, msgspec.Meta(ge=0, le=1)]
    y: Annotated[float, msgspec.Meta(ge=0, le=1)]
    floor: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class Floors(Controller):
    path = "/buildings/{building_id:str}"
    tags = ("plans",)

    @get("/floors", operation_id="listFloors")
    async def floors(self, principal: Caller, db: Db, building_id: FromPath[str]) -> Page[FloorView]:
        """From the top down; what the building's numbers, its devices or its plans name."""
        async with db.bound(principal) as conn:
            return Page(await store.floors(conn, await _building(conn, building_id)))

    @get("/floor", operation_id="getFloor")
    async def floor(self, principal: Caller, db: Db, building_id: FromPath[str], floor: FromQuery[str]) -> FloorDevices:
        """The plan and what stands on it now; what has no place yet, and what has no floor yet, beside it."""
        async with db.bound(principal) as conn:
            await _building(conn, building_id)
            return await store.floor(conn, building_id, _floor(floor))

    @get("/plans", operation_id="listPlans")
    async def plans(self, principal: Caller, db: Db, building_id: FromPath[str], floor: FromQuery[str]) -> Page[Plan]:
        """All versions of a floor's plan, newest first."""
        async with db.bound(principal) as conn:
            await _building(conn, building_id)
            return Page(await store.versions(conn, building_id, _floor(floor)))

    @post("/plans", operation_id="addPlan", request_max_body_size=MOST_BYTES + ENVELOPE)
    async def add(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        shelf: Shelved,
        building_id: FromPath[str],
        floor: FromQuery[str],
        data: MultipartBody[PlanForm],
    ) -> Plan:
        """A picture in the part `file`: the floor's next version. What is placed stays where it is placed."""
        async with db.bound(principal) as conn:
            await _building(conn, building_id)
        allow(principal, INSTALL_ROLES)
        name = _floor(floor)
        content = await data.file.read()
        picture = pictures.checked(content, MOST_BYTES)
        sha256 = await asyncio.to_thread(shelf.keep, content)
        now, id_ = clock.now(), mint(clock)
        async with db.owner() as conn:
            kept, by = (len(content), sha256), (now, principal.name, principal.id)
            await store.add_plan(conn, id_, (building_id, name), plain_name(data.file.filename), picture, kept, by)
            made = found(await store.plan(conn, id_))
            await audit(conn, principal, now, "plan.added", id_, made)
        return made


class Plans(Controller):
    path = "/plans/{plan_id:str}"
    tags = ("plans",)

    @get("/picture", operation_id="getPlanPicture", opt={UNCOMPRESSED: True})
    async def content(self, principal: Caller, db: Db, shelf: Shelved, plan_id: FromPath[str]) -> File:
        """The bytes as they were sent."""
        async with db.bound(principal) as conn:
            plan = found(await store.plan(conn, an_id(plan_id)))
        path = shelf.path(bytes.fromhex(plan.sha256))
        if not await asyncio.to_thread(path.is_file):
            raise problems.not_found()
        return File(
            path,
            media_type=plan.type,
            headers=of_bytes_brought("private, max-age=300", digest=plan.sha256),
        )


class Spots(Controller):
    path = "/devices/{device_id:str}/spot"
    tags = ("plans",)

    @put(operation_id="placeDevice")
    async def put(
        self, principal: Caller, db: Db, clock: Time, device_id: FromPath[str], data: JSONBody[NewSpot]
    ) -> Spot:
        """Places a device on its floor's plan, or moves it. `floor`: for a device without a floor, which gets it."""
        async with db.bound(principal) as conn:
            standing = found(await devices.one(conn, an_id(device_id)))
        allow(principal, POSITION_ROLES)
        device, now = standing.device, clock.now()
        named = _floor(data.floor) if data.floor else device.floor
        if device.building_id is None:
            raise problems.invalid("building_id", "is required")
        if not named:
            raise problems.invalid("floor", "is required")
        moves = registry_rules.floor_key(device.floor) != registry_rules.floor_key(named)
        if moves:
            allow(principal, INSTALL_ROLES)
        spot = Spot(device_id=device_id, floor=named, x=data.x, y=data.y)
        async with db.owner() as conn:
            if moves:
                await _move(conn, standing, named, now)
            await store.put_spot(conn, spot, device.building_id, now, principal.name)
            await audit(conn, principal, now, "device.placed", device_id, spot)
        return spot

    @delete(status_code=204, operation_id="unplaceDevice")
    async def remove(self, principal: Caller, db: Db, clock: Time, device_id: FromPath[str]) -> None:
        """Off the plan; the device itself stays as it is."""
        async with db.bound(principal) as conn:
            found(await devices.one(conn, an_id(device_id)))
        allow(principal, POSITION_ROLES)
        async with db.owner() as conn:
            stood = await store.remove_spot(conn, device_id)
            if stood is not None:
                await audit(conn, principal, clock.now(), "device.unplaced", device_id, stood)


async def _building(conn: Connection, id_: str) -> Building:
    return found(await units.building(conn, an_id(id_)))


def _floor(given: str) -> str:
    """A floor's name as devices carry it."""
    name = given.strip()
    if not name:
        raise problems.invalid("floor", "is required")
    if len(name) > 40 or not name.isprintable():
        raise problems.invalid("floor", "one line without control characters")
    return name


async def _move(conn: Connection, standing: Found, floor: str, now: datetime) -> None:
    """To that floor, as if somebody had written it at the device."""
    record = msgspec.structs.replace(devices.as_record(standing), floor=floor)
    await devices.change(conn, [record], now)


handlers: list[type[Controller]] = [Floors, Plans, Spots]
