"""Adopting what appeared by itself, many at once: each by the same checks as one, all in one transaction.

Enters: ids with what is said of each. Leaves: who was adopted, and who not with the reason. What nobody named is
called by its place, else by type and address. Absent: one device on its address (`api_devices.create`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from zhigan.bus import log
from zhigan.registry import checks, devices, rules, units
from zhigan.registry.checks import DeviceRecord, Wrong
from zhigan.registry.devices import Found
from zhigan.registry.model import DeviceState
from zhigan.registry.refusals import errors_of
from zhigan.registry.shapes import NewDevice, Unit
from zhigan.registry.shapes_adoption import Adopted, Adoption, Adoptions, Refusal
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.moments import to_micros
from zhigan.webapi import pages
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal


async def adopt(db: Database, principal: Principal, data: Adoption, now: datetime) -> Adoptions:
    said = {item.id: item for item in data.items}
    async with db.bound(principal) as conn:
        found = await _found(conn, data, said)
        named = {u for u in (data.unit_id, *(i.unit_id for i in said.values())) if u is not None}
        known = await _units(conn, named | {f.device.unit_id for f in found if f.device.unit_id})
        buildings = {b.id: b.unit_id for u in known for b in await units.buildings(conn, u)}
    refused = [_refusal(i, "", "there is no such device within your scope") for i in said.keys() - _ids(found)]
    records: list[DeviceRecord] = []
    homes: dict[int, DeviceRecord] = {}
    for one in found:
        item = said.get(one.device.id) or _behind(one, homes)
        try:
            homes[one.number] = _record(one, item, data.unit_id, known, buildings)
            records.append(homes[one.number])
        except Wrong as error:
            refused.append(_refusal(one.device.id, one.device.address, str(error)))
    async with db.owner() as conn:
        records = await _still(conn, records, refused)
        if records:
            await _write(conn, principal, records, now)
    return Adoptions([r.id for r in records], refused)


def _refusal(id_: str, address: str, reason: str) -> Refusal:
    return Refusal(id_, address, reason, errors_of(reason))


async def _found(conn: Connection, data: Adoption, said: Mapping[str, Adopted]) -> list[Found]:
    found = await devices.several(conn, [i for i in said if pages.is_id(i)])
    if not data.parts:
        return found
    behind = await devices.discovered_behind(conn, [f.number for f in found], rules.COMPONENTS_PER_DEVICE)
    return [*found, *await devices.several(conn, [i for i in behind if i not in said])]


def _behind(one: Found, homes: Mapping[int, DeviceRecord]) -> Adopted:
    """A part of which nothing was said goes where the device before it goes."""
    before = homes.get(one.parent or 0)
    if before is None:
        return Adopted(id=one.device.id)
    return Adopted(id=one.device.id, unit_id=before.unit_id, building_id=before.building_id)


def _ids(found: Sequence[Found]) -> set[str]:
    return {f.device.id for f in found}


async def _units(conn: Connection, ids: set[str]) -> dict[str, Unit]:
    """Those within the scope."""
    known = [await units.one(conn, i) for i in sorted(ids) if pages.is_id(i)]
    return {u.id: u for u in known if u is not None}


def _record(
    one: Found, item: Adopted, unit_id: str | None, known: Mapping[str, Unit], buildings: Mapping[str, str]
) -> DeviceRecord:
    device = one.device
    if device.state != DeviceState.DISCOVERED:
        raise Wrong([("state", f"what is {device.state} was adopted already")])
    unit = item.unit_id or device.unit_id or unit_id
    if unit is None:
        raise Wrong([("unit_id", "is required (no transmission device before it has a unit)")])
    if unit not in known:
        raise Wrong([("unit_id", "there is no such unit within your scope")])
    building = item.building_id or (device.building_id if unit == device.unit_id else None)
    if item.building_id is not None and buildings.get(item.building_id) != unit:
        raise Wrong([("building_id", "a building of the device's unit")])
    kind = item.type or device.type
    new = NewDevice(
        name=item.name or _name(one, kind),
        type=kind,
        gateway=device.gateway,
        address=device.address,
        unit_id=unit,
        building_id=building,
        floor=item.floor if item.floor is not None else device.floor,
        place=item.place or one.place,
        lon=device.lon,
        lat=device.lat,
    )
    record = checks.device(new, device.id, rules.is_component(device.gateway, device.address))
    return msgspec.structs.replace(record, parent=one.parent)


def _name(one: Found, kind: str) -> str:
    known = BY_NAME.get(kind)
    return one.place or f"{known.zh if known else kind} {one.device.address.rpartition('/')[2]}"


async def _still(conn: Connection, records: list[DeviceRecord], refused: list[Refusal]) -> list[DeviceRecord]:
    """Somebody else may have been quicker."""
    standing = await devices.living(conn, [(r.gateway, r.address) for r in records])
    kept: list[DeviceRecord] = []
    for record in records:
        here = standing.get((record.gateway, record.address))
        if here is not None and here.id == record.id and here.state == DeviceState.DISCOVERED:
            kept.append(record)
        else:
            refused.append(_refusal(record.id, record.address, "was adopted by somebody else meanwhile"))
    return kept


async def _write(conn: Connection, principal: Principal, records: Sequence[DeviceRecord], now: datetime) -> None:
    await devices.change(conn, records, now)
    detail = {"count": len(records), "addresses": [r.address for r in records[:100]]}
    await audit(conn, principal, now, "device.adopted", records[0].id, detail)
    there = await devices.living(conn, [(r.gateway, r.address) for r in records])
    drafts = [devices.changed(s.id, s.state, s.owned, now) for s in there.values()]
    await log.append(conn, drafts, to_micros(now))
