"""Floors of buildings over HTTP: written down, named, with their compartments. With their plans desks/plans lists them.

A floor that is renamed takes along the devices that name it; one with devices, a plan or places is not removed.
"""

from datetime import datetime

import msgspec
from litestar import Controller, delete, patch, post
from litestar.params import FromPath, JSONBody

from zhigan.bus import log
from zhigan.registry import devices, floors, rules, units
from zhigan.registry.floors import Floor, FloorChange, NewFloor
from zhigan.registry.refusals import allow, an_id, checked, found, laid_over
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import INSTALL_ROLES
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time


class Floors(Controller):
    path = ""
    tags = ("registry",)

    @post("/buildings/{building_id:str}/floors", operation_id="createFloor")
    async def create(
        self, principal: Caller, db: Db, clock: Time, building_id: FromPath[str], data: JSONBody[NewFloor]
    ) -> Floor:
        """`name` as the house says it; `3`, `3F` and `三层` are one floor."""
        async with db.bound(principal) as conn:
            found(await units.building(conn, an_id(building_id)))
        allow(principal, INSTALL_ROLES)
        new = checked(lambda: floors.written(data))
        async with db.owner() as conn:
            made = await floors.add(conn, building_id, new, clock.now())
            if made is None:
                raise _taken(new.name)
            await audit(conn, principal, clock.now(), "floor.created", made, new)
            return found(await floors.one(conn, made))

    @patch("/floors/{floor_id:str}", operation_id="changeFloor")
    async def change(
        self, principal: Caller, db: Db, clock: Time, floor_id: FromPath[str], data: JSONBody[FloorChange]
    ) -> Floor:
        """A new name is given to the devices of the floor as well."""
        async with db.bound(principal) as conn:
            before = found(await floors.one(conn, an_id(floor_id)))
        allow(principal, INSTALL_ROLES)
        standing = NewFloor(name=before.name, compartments=before.compartments)
        new = checked(lambda: floors.written(laid_over(standing, data)))
        moves, now = rules.floor_key(new.name) != before.key, clock.now()
        async with db.owner() as conn:
            if moves and await floors.named(conn, before.building_id, new.name) is not None:
                raise _taken(new.name)
            await floors.change(conn, floor_id, new, now)
            drafts = await _move(conn, before, new.name, now) if moves else []
            await audit(conn, principal, now, "floor.changed", floor_id, data)
            after = found(await floors.one(conn, floor_id))
            await log.append(conn, drafts, to_micros(now))
        return after

    @delete("/floors/{floor_id:str}", status_code=204, operation_id="removeFloor")
    async def remove(self, principal: Caller, db: Db, clock: Time, floor_id: FromPath[str]) -> None:
        async with db.bound(principal) as conn:
            before = found(await floors.one(conn, an_id(floor_id)))
        allow(principal, INSTALL_ROLES)
        async with db.owner() as conn:
            left = len(await floors.on_floor(conn, before))
            if left:
                raise problems.conflict(f"{left} devices stand on the floor; move or retire them first.", devices=left)
            if not await floors.remove(conn, floor_id):
                raise problems.conflict("The floor has a plan; it stays.")
            await audit(conn, principal, clock.now(), "floor.removed", floor_id, before)


def _taken(name: str) -> problems.Problem:
    return problems.conflict(f"name: the building has a floor {name} already")


async def _move(conn: Connection, floor: Floor, name: str, now: datetime) -> list[Draft]:
    ids = await floors.on_floor(conn, floor)
    if not ids:
        return []
    records = [msgspec.structs.replace(devices.as_record(f), floor=name) for f in await devices.several(conn, ids)]
    await devices.change(conn, records, now)
    there = await devices.living(conn, [(r.gateway, r.address) for r in records])
    return [devices.changed(s.id, s.state, s.owned, now) for s in there.values()]


handlers: list[type[Controller]] = [Floors]
