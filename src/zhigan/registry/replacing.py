"""Replacement: another device at the same place, whose history goes on.

Enters: what stands, what comes. Leaves: the old device with its end and the new one linked both ways; parts behind a
transmission device follow to the new address with their ids. Scope and roles are the caller's business. Absent: places
on plans and sheets of tests, which follow by the number of the first device of the place (`origin`).
"""

from datetime import datetime

import msgspec

from zhigan.registry import checks, devices, rules
from zhigan.registry.devices import Found
from zhigan.registry.model import DeviceState
from zhigan.registry.refusals import checked, found
from zhigan.registry.shapes import NewDevice, Replacement, Tenure
from zhigan.registry.store import SQL
from zhigan.registry.units import fresh_id
from zhigan.runtime.pg import Connection
from zhigan.webapi import problems

OF_THE_PLACE = (
    "unit_id", "building_id", "name", "type", "gateway", "class_", "floor", "compartment", "flat", "place", "lon",
    "lat", "load_class", "cut_authorisation", "profile",
)  # fmt: skip
"""What the new device takes over; maker, model, serial, dates and the like are its own."""
OWN = ("maker", "model", "serial", "firmware", "iccid", "installer", "made_on", "battery_on", "life_until")


async def replace(conn: Connection, before: Found, data: Replacement, who: str, now: datetime) -> str:
    """The new device's id. Refuses (409) what may not be replaced, an address that is taken, parts left behind."""
    await conn.execute(SQL.lock_device, before.number)
    before = found(await devices.one(conn, before.device.id))
    old = before.device
    if not rules.may_become(old.state, DeviceState.REPLACED):
        raise problems.conflict(f"state: what is {old.state} cannot become {DeviceState.REPLACED.value}")
    new = _new(before, data, now)
    gateway, is_part = new.gateway, rules.is_component(new.gateway, new.address)
    record = checked(lambda: checks.device(new, fresh_id(now), is_part))
    if gateway != old.gateway and await conn.fetchval(SQL.parts_behind, before.number):
        raise problems.invalid("gateway", "the same as before: parts are registered behind this device")
    ended = msgspec.structs.replace(devices.as_record(before), state=DeviceState.REPLACED.value)
    await devices.change(conn, [ended], now)
    record = await _rooted(conn, record, before)
    number = await _settle(conn, record, now)
    await conn.execute(SQL.link_replacement, number, before.number, now, who, (data.why or "").strip()[:200])
    await conn.execute(SQL.retire_doubles, number, before.number, len(record.address), len(old.address), now)
    await conn.execute(SQL.move_parts, number, before.number, record.address, len(old.address), now)
    return found(await _by_number(conn, number))


def _new(before: Found, data: Replacement, now: datetime) -> NewDevice:
    standing = devices.as_new(before)
    kept = {f: getattr(standing, f) for f in OF_THE_PLACE}
    own = {f: getattr(data, f) for f in OWN}
    given = {"gateway": data.gateway or standing.gateway, "name": data.name or standing.name}
    new = NewDevice(name="", type="", gateway="", address=data.address.strip())
    return msgspec.structs.replace(new, **{**kept, **own, **given}, installed_on=data.installed_on or now.date())


async def _rooted(conn: Connection, record: checks.DeviceRecord, before: Found) -> checks.DeviceRecord:
    """A part stands behind the transmission device that its address names."""
    root = rules.root_of(record.gateway, record.address)
    if root == record.address:
        was_part = rules.is_component(before.device.gateway, before.device.address)
        return msgspec.structs.replace(record, parent=None if was_part else before.parent)
    standing = await devices.living(conn, [(record.gateway, root)])
    return devices.inherit(record, standing.get((record.gateway, root)))


async def _settle(conn: Connection, record: checks.DeviceRecord, now: datetime) -> int:
    """A new row, or the one that appeared by itself when the new device first spoke."""
    key = (record.gateway, record.address)
    here = (await devices.living(conn, [key])).get(key)
    if here is None:
        await devices.add(conn, [record], now)
        here = (await devices.living(conn, [key]))[key]
        return here.number
    if here.state != DeviceState.DISCOVERED or here.unit_id not in (None, record.unit_id):
        raise problems.conflict(f"address: a device of {record.gateway} is registered at {record.address} already")
    await devices.change(conn, [msgspec.structs.replace(record, id=here.id, parent=here.parent)], now)
    return here.number


async def _by_number(conn: Connection, number: int) -> str | None:
    return await conn.fetchval(SQL.device_id, number)


async def chain(conn: Connection, number: int) -> list[Tenure]:
    """Who stood at that place, the present one first. On a bound connection."""
    return [Tenure(**dict(r)) for r in await conn.fetch(SQL.tenures, number)]
