"""An installation's steps, each safe to take again: registered, pressed, photographed, heard, in service.

Enters: the door's request after its unit was found within the scope. Leaves: the job as it stands. Absent: its forms.
"""

import asyncio
from datetime import datetime
from typing import Protocol

import msgspec

from zhigan.bus import log
from zhigan.desks.installation import rules, store
from zhigan.desks.installation.model import CodeView, Job, JobView
from zhigan.incidents.findings import told_at
from zhigan.incidents.shelf import Shelf
from zhigan.registry import checks, devices, units
from zhigan.registry.checks import DeviceRecord
from zhigan.registry.devices import Found
from zhigan.registry.model import DeviceState
from zhigan.registry.refusals import checked, found
from zhigan.registry.rules import is_component
from zhigan.registry.shapes import NewDevice, Unit
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.moments import to_micros
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal


class Asked(Protocol):
    """What a door was told of the job."""

    @property
    def type(self) -> str: ...
    @property
    def gateway(self) -> str: ...
    @property
    def project_id(self) -> str | None: ...
    @property
    def building_id(self) -> str | None: ...
    @property
    def floor(self) -> str: ...
    @property
    def flat(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def accuracy_m(self) -> float | None: ...
    @property
    def scanned_at(self) -> datetime | None: ...
    @property
    def pressed_at(self) -> datetime | None: ...


def readable(scanned: str, now: datetime) -> str:
    try:
        return rules.read_code(scanned, rules.day(now))
    except rules.Refused as error:
        raise problems.invalid(error.field, error.expected) from None


async def meaning(db: Database, principal: Principal, code: str, gateway: str) -> CodeView:
    async with db.owner() as conn:
        here = await _waiting(conn, db, principal, code, gateway)
    if here is None:
        return CodeView(
            code=code, standing="new", gateway=gateway, device_id=None, device="", type="", unit_id=None, unit=""
        )
    device = here.device
    return CodeView(
        code=code,
        standing="discovered" if device.state == DeviceState.DISCOVERED else "expected",
        gateway=device.gateway,
        device_id=device.id,
        device=device.name,
        type=device.type,
        unit_id=device.unit_id,
        unit=device.unit_name,
    )


async def _waiting(conn: Connection, db: Database, principal: Principal, code: str, gateway: str) -> Found | None:
    """The device of that code that waits for being installed; None: nobody knows the code. Else refused, with where it
    is for those who may see it."""
    for one in await store.by_code(conn, code, gateway):
        async with db.bound(principal) as bound:
            visible = await devices.one(bound, one.device.id) is not None
        if one.device.state in store.WAITING and (visible or one.device.unit_id is None):
            return one
        if not visible:
            raise problems.conflict("This code is registered already, outside your scope.")
        where = " ".join(part for part in (one.device.unit_name, one.device.place or one.device.name) if part)
        raise problems.conflict(f"This code is installed already: {where}.")
    return None


async def put(
    db: Database, principal: Principal, clock: Clock, id_: str, unit: Unit, code: str, asked: Asked
) -> JobView:
    now = clock.now()
    async with db.owner() as conn:
        job = await store.locked(conn, id_)
        if job is not None and (job.account != principal.id or job.code != code):
            raise problems.conflict("This installation is another person's, or of another code.")
        if job is None:
            job = await _registered(conn, db, principal, id_, unit, code, asked, now)
        elif job.in_service_at is None:
            await _moved(conn, job, unit, asked, now)
        if asked.pressed_at is not None and job.pressed_at is None:
            job.pressed_at = told_at(asked.pressed_at, now)
            await store.open_test(conn, job, now)
            await audit(conn, principal, now, "test.started", str(job.test), {"installation": id_})
        return await _settled(conn, principal, job, unit, now)


async def _registered(
    conn: Connection,
    db: Database,
    principal: Principal,
    id_: str,
    unit: Unit,
    code: str,
    asked: Asked,
    now: datetime,
) -> Job:
    here = await _waiting(conn, db, principal, code, asked.gateway)
    scanned = told_at(asked.scanned_at, now)
    record = await _record(conn, here, unit, code, asked, principal.name, scanned)
    if not await store.install(conn, record, now, fresh=here is None):
        raise problems.conflict("This code is registered already, outside your scope.")
    device = found(await devices.one(conn, record.id))
    job = Job(
        id=id_, project=asked.project_id, account=principal.id, installer=principal.name, code=code, device=record.id,
        number=device.number, unit_id=unit.id, lon=asked.lon, lat=asked.lat, accuracy_m=asked.accuracy_m,
        scanned_at=scanned, registered_at=now, changed_at=now,
    )  # fmt: skip
    await audit(conn, principal, now, "device.installed", record.id, {"code": code, "unit": unit.code})
    await log.append(conn, [devices.changed(record.id, record.state, units.owned(unit), now)], to_micros(now))
    return job


async def _record(
    conn: Connection, here: Found | None, unit: Unit, code: str, asked: Asked, installer: str, scanned: datetime
) -> DeviceRecord:
    kind = BY_NAME[asked.type]
    new = NewDevice(
        name=f"{kind.zh} {asked.place or asked.flat or code[-6:]}",
        type=asked.type,
        gateway=asked.gateway if here is None else here.device.gateway,
        address=code if here is None else here.device.address,
        unit_id=unit.id,
        building_id=asked.building_id,
        state=DeviceState.INSTALLED.value,
        floor=asked.floor,
        flat=asked.flat,
        place=asked.place,
        lon=asked.lon,
        lat=asked.lat,
        serial=code,
        installer=installer,
        made_on=rules.made_on(code, rules.day(scanned)),
        installed_on=rules.day(scanned),
    )
    id_ = units.fresh_id(scanned) if here is None else here.device.id
    record = checked(lambda: checks.device(new, id_, is_component(new.gateway, new.address)))
    await _check_building(conn, record)
    if here is None:
        return record
    name = here.device.name or record.name
    return msgspec.structs.replace(record, parent=here.parent, name=name, last_test_seen=here.device.last_test_seen)


async def _check_building(conn: Connection, record: DeviceRecord) -> None:
    if record.building_id is None:
        return
    building = await units.building(conn, record.building_id) if pages.is_id(record.building_id) else None
    if building is None or building.unit_id != record.unit_id:
        raise problems.invalid("building_id", "a building of the device's unit")


async def _moved(conn: Connection, job: Job, unit: Unit, asked: Asked, now: datetime) -> None:
    """The place was put right before the device went into service."""
    standing = found(await devices.one(conn, job.device))
    record = await _record(conn, standing, unit, job.code, asked, job.installer, job.scanned_at)
    record = msgspec.structs.replace(record, state=standing.device.state)
    await devices.change(conn, [record], now)
    job.unit_id, job.lon, job.lat, job.accuracy_m = unit.id, asked.lon, asked.lat, asked.accuracy_m


async def _settled(conn: Connection, principal: Principal, job: Job, unit: Unit, now: datetime) -> JobView:
    """Heard by now? With nothing missing it goes into service, once."""
    await store.look(conn, job, now)
    device = found(await devices.one(conn, job.device))
    if job.in_service_at is None and not rules.missing(job, _where(device)):
        await store.into_service(conn, job, device, now)
        detail = {"code": job.code, "took_s": rules.took_s(job)}
        await audit(conn, principal, now, "device.commissioned", job.device, detail)
        state = DeviceState.IN_SERVICE.value
        await log.append(conn, [devices.changed(job.device, state, units.owned(unit), now)], to_micros(now))
    job.changed_at = now
    await store.put(conn, job, units.owned(unit))
    return await view(conn, job)


async def again(db: Database, principal: Principal, clock: Clock, id_: str) -> JobView:
    async with db.owner() as conn:
        job, unit = await _own(conn, principal, id_)
        return await _settled(conn, principal, job, unit, clock.now())


async def photographed(
    db: Database, principal: Principal, clock: Clock, shelf: Shelf, id_: str, content: bytes, type_: str
) -> JobView:
    async with db.owner() as conn:
        await _own(conn, principal, id_)
    sha256 = await asyncio.to_thread(shelf.keep, content)
    async with db.owner() as conn:
        job, unit = await _own(conn, principal, id_)
        job.photo, job.photo_type = sha256, type_
        detail = {"type": type_, "size": len(content), "sha256": sha256.hex()}
        await audit(conn, principal, clock.now(), "installation.photographed", job.device, detail)
        return await _settled(conn, principal, job, unit, clock.now())


async def _own(conn: Connection, principal: Principal, id_: str) -> tuple[Job, Unit]:
    """One's own job; anybody else's does not exist."""
    job = await store.locked(conn, id_)
    if job is None or job.account != principal.id:
        raise problems.not_found()
    return job, found(await units.one(conn, job.unit_id))


def _where(device: Found) -> str:
    return device.place or device.device.flat or device.device.floor or device.device.place


async def view(conn: Connection, job: Job) -> JobView:
    device = found(await devices.one(conn, job.device))
    return JobView(
        id=job.id,
        project_id=job.project,
        installer=job.installer,
        code=job.code,
        device_id=job.device,
        device=device.device.name,
        type=device.device.type,
        unit_id=job.unit_id,
        unit=device.device.unit_name,
        place=device.device.place,
        lon=job.lon,
        lat=job.lat,
        scanned_at=job.scanned_at,
        pressed_at=job.pressed_at,
        test_until=job.test_until,
        seen_at=job.seen_at,
        photo=job.photo is not None,
        in_service_at=job.in_service_at,
        missing=[] if job.in_service_at is not None else rules.missing(job, _where(device)),
        took_s=rules.took_s(job),
    )
