"""Replacement over HTTP: put another device at the same place, and who stood there before."""

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from zhigan.bus import log
from zhigan.registry import devices, replacing, units
from zhigan.registry.refusals import allow, an_id, found
from zhigan.registry.shapes import Device, DeviceDetail, Replacement, Tenure
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import INSTALL_ROLES
from zhigan.vocabulary.scopes import Owned
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page


class Replacing(Controller):
    path = "/devices/{device_id:str}"
    tags = ("registry",)

    @post("/replace", operation_id="replaceDevice")
    async def replace(
        self, principal: Caller, db: Db, clock: Time, device_id: FromPath[str], data: JSONBody[Replacement]
    ) -> DeviceDetail:
        """The answer is the new device; the old one is `replaced`, keeps its row and history, and both are linked."""
        async with db.bound(principal) as conn:
            before = found(await devices.one(conn, an_id(device_id)))
        allow(principal, INSTALL_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            new_id = await replacing.replace(conn, before, data, principal.name, now)
            after = found(await devices.one(conn, new_id)).device
            await audit(conn, principal, now, "device.replaced", device_id, {"by": new_id, "given": data})
            owned = await _owned(conn, after)
            drafts = [
                devices.changed(device_id, "replaced", owned, now),
                devices.changed(new_id, after.state, owned, now),
            ]
            await log.append(conn, drafts, to_micros(now))
        return after

    @get("/chain", operation_id="listDeviceChain")
    async def chain(self, principal: Caller, db: Db, device_id: FromPath[str]) -> Page[Tenure]:
        """All that stood at this device's place, the present one first; itself alone where nothing was replaced."""
        async with db.bound(principal) as conn:
            number = found(await devices.one(conn, an_id(device_id))).number
            return Page(await replacing.chain(conn, number))


async def _owned(conn: Connection, device: Device) -> Owned:
    key = (device.gateway, device.address)
    here = (await devices.living(conn, [key])).get(key)
    if here is not None:
        return here.owned
    unit = await units.one(conn, device.unit_id) if device.unit_id else None
    return Owned() if unit is None else units.owned(unit)


handlers: list[type[Controller]] = [Replacing]
