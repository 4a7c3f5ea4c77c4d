"""One device on its address: registered, or adopted where it appeared by itself.

Enters: what is said of it, on whose behalf. Leaves: the device, its audit line and its event, or a problem that names
what is wrong. Absent: HTTP; many at once (`adoption`).
"""

from datetime import datetime

import msgspec

from zhigan.bus import log
from zhigan.registry import checks, devices, rules, units
from zhigan.registry.api_units import visible_unit
from zhigan.registry.checks import DeviceRecord
from zhigan.registry.devices import Found, Standing
from zhigan.registry.model import DeviceState
from zhigan.registry.refusals import allow, checked, found
from zhigan.registry.shapes import Device, DeviceDetail, NewDevice
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import INSTALL_ROLES
from zhigan.vocabulary.scopes import Owned
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal


async def register(db: Database, principal: Principal, data: NewDevice, now: datetime) -> DeviceDetail:
    if data.unit_id is not None:
        await visible_unit(db, principal, data.unit_id)
    allow(principal, INSTALL_ROLES)
    is_component = rules.is_component(data.gateway, data.address)
    record = checked(lambda: checks.device(data, units.fresh_id(now), is_component))
    async with db.owner() as conn:
        made, verb = await _standing(conn, db, principal, record, now)
        await audit(conn, principal, now, f"device.{verb}", made.device.id, data)
        whose = await owned(conn, made.device)
        await log.append(conn, [devices.changed(made.device.id, made.device.state, whose, now)], to_micros(now))
    return made.device


async def _standing(
    conn: Connection, db: Database, principal: Principal, record: DeviceRecord, now: datetime
) -> tuple[Found, str]:
    keys = [(record.gateway, record.address), (record.gateway, rules.root_of(record.gateway, record.address))]
    standing = await devices.living(conn, keys)
    here = standing.get(keys[0])
    root = standing.get(keys[1]) if keys[1] != keys[0] else None
    record = devices.inherit(record, root)
    if record.unit_id is None:
        raise problems.invalid("unit_id", "is required (no transmission device before it has a unit)")
    if root is not None and record.unit_id == root.unit_id:
        await visible_unit(db, principal, record.unit_id)
    await check_building(conn, record)
    if here is None:
        if not await devices.add(conn, [record], now):
            raise _taken(record)
        return found(await devices.one(conn, record.id)), "created"
    if here.state != DeviceState.DISCOVERED:
        raise _taken(record)
    if here.unit_id is not None and here.unit_id != record.unit_id:
        async with db.bound(principal) as bound:
            if await devices.one(bound, here.id) is None:
                raise _taken(record)
    adopted = msgspec.structs.replace(record, id=here.id, parent=here.parent)
    await devices.change(conn, [adopted], now)
    return found(await devices.one(conn, here.id)), "adopted"


def _taken(record: DeviceRecord) -> problems.Problem:
    return problems.conflict(f"address: a device of {record.gateway} is registered at {record.address} already")


async def check_building(conn: Connection, record: DeviceRecord) -> None:
    if record.building_id is None:
        return
    building = await units.building(conn, record.building_id) if pages.is_id(record.building_id) else None
    if building is None or building.unit_id != record.unit_id:
        raise problems.invalid("building_id", "a building of the device's unit")


async def owned(conn: Connection, device: Device) -> Owned:
    standing: dict[tuple[str, str], Standing] = await devices.living(conn, [(device.gateway, device.address)])
    here = standing.get((device.gateway, device.address))
    if here is not None:
        return here.owned
    unit = await units.one(conn, device.unit_id) if device.unit_id else None
    if unit is None:
        return Owned()
    return units.owned(unit)
