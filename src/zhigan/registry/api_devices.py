"""Devices over HTTP: register, adopt, place, change, put in and out of service.

Who may change what: the registry's roles everything, an installer all that an installation needs, an inspector or a
maintainer the position.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from zhigan.bus import log
from zhigan.registry import adoption, checks, devices, registration, rules
from zhigan.registry.api_units import visible_unit
from zhigan.registry.checks import DeviceRecord
from zhigan.registry.devices import Found
from zhigan.registry.model import DeviceState
from zhigan.registry.refusals import allow, an_id, checked, found, laid_over, one_of, said
from zhigan.registry.shapes import Device, DeviceChange, DeviceDetail, NewDevice
from zhigan.registry.shapes_adoption import Adoption, Adoptions, DiscoveredDevice
from zhigan.registry.word_tables import GATEWAYS
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import INSTALL_ROLES, POSITION_ROLES
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

POSITION = frozenset({"lon", "lat"})
MOST_AT_ONCE = 500
SUSPENSION = frozenset({"why", "until"})


class Devices(Controller):
    path = "/devices"
    tags = ("registry",)

    @get(operation_id="listDevices")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        q: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        building_id: FromQuery[str | None] = None,
        parent_id: FromQuery[str | None] = None,
        type: FromQuery[str | None] = None,
        life: Annotated[str | None, QueryParameter(name="state")] = None,
        condition: FromQuery[str | None] = None,
        gateway: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        origin: FromQuery[str | None] = None,
        sort: FromQuery[str] = "number",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Device]:
        """`state` is the life cycle, `condition` what it is in now; `q` finds names, places, addresses, pinyin;
        `origin` is the name of a platform below that told of it, or `none`."""
        one_of("sort", sort, ("number", "-number"))
        one_of("type", type, tuple(BY_NAME))
        one_of("state", life, tuple(DeviceState))
        one_of("condition", condition, tuple(devices.CONDITIONS))
        one_of("gateway", gateway, GATEWAYS)
        key = pages.decode(cursor, 1)
        size = pages.limit(limit)
        asked = devices.DevicesAsked(
            q=q,
            unit_id=_filter_id(unit_id),
            building_id=_filter_id(building_id),
            parent_id=_filter_id(parent_id),
            type=type,
            state=life,
            condition=condition,
            gateway=gateway,
            area=area,
            origin=origin,
            newest=sort == "-number",
            after=_number(key[0]) if key else None,
        )
        async with db.bound(principal) as conn:
            rows = await devices.listed(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, devices.short, lambda f: [f.number])

    @post(operation_id="createDevice")
    async def create(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewDevice]) -> DeviceDetail:
        """On an address that appeared by itself: adopts that device, with its id."""
        return await registration.register(db, principal, data, clock.now())

    @get("/discovered", operation_id="listDiscovered")
    async def discovered(
        self,
        principal: Caller,
        db: Db,
        q: FromQuery[str | None] = None,
        type: FromQuery[str | None] = None,
        gateway: FromQuery[str | None] = None,
        parent_id: FromQuery[str | None] = None,
        alone: FromQuery[bool | None] = None,
        homeless: FromQuery[bool] = False,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[DiscoveredDevice]:
        """What appeared by itself and waits to be adopted, the newest first. `homeless`: without a unit."""
        one_of("type", type, tuple(BY_NAME))
        one_of("gateway", gateway, GATEWAYS)
        key = pages.decode(cursor, 1)
        size = pages.limit(limit)
        asked = devices.DevicesAsked(
            q=q,
            type=type,
            gateway=gateway,
            parent_id=_filter_id(parent_id),
            alone=alone,
            homeless=homeless,
            after=_number(key[0]) if key else None,
        )
        async with db.bound(principal) as conn:
            rows = await devices.strangers(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda row: row[1], lambda row: [row[0]])

    @post("/adopt", status_code=200, operation_id="adoptDevices")
    async def adopt(self, principal: Caller, db: Db, clock: Time, data: JSONBody[Adoption]) -> Adoptions:
        """Many at once; each is adopted, or refused with its reason."""
        if not 1 <= len(data.items) <= MOST_AT_ONCE:
            raise problems.invalid("items", f"1 to {MOST_AT_ONCE} devices")
        if data.unit_id is not None:
            await visible_unit(db, principal, data.unit_id)
        allow(principal, INSTALL_ROLES)
        return await adoption.adopt(db, principal, data, clock.now())

    @get("/{device_id:str}", operation_id="getDevice")
    async def one(self, principal: Caller, db: Db, device_id: FromPath[str]) -> DeviceDetail:
        """`metrics` names what it measures, with units."""
        async with db.bound(principal) as conn:
            return found(await devices.one(conn, an_id(device_id))).device

    @patch("/{device_id:str}", operation_id="changeDevice")
    async def change(
        self, principal: Caller, db: Db, clock: Time, device_id: FromPath[str], data: JSONBody[DeviceChange]
    ) -> DeviceDetail:
        """Life cycle: an impossible step is 409. `suspended` wants `why`; `until` is its end."""
        async with db.bound(principal) as conn:
            found(await devices.one(conn, an_id(device_id)))
        if isinstance(data.unit_id, str):
            await visible_unit(db, principal, data.unit_id)
        allow(principal, POSITION_ROLES if said(data) <= POSITION else INSTALL_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            before = found(await devices.one(conn, device_id))
            record = await _changed(conn, before, data, principal)
            await devices.change(conn, [record], now)
            await audit(conn, principal, now, "device.changed", device_id, data)
            after = found(await devices.one(conn, device_id)).device
            owned = await registration.owned(conn, after)
            await log.append(conn, [devices.changed(after.id, after.state, owned, now)], to_micros(now))
        return after


def _filter_id(text: str | None) -> str | None:
    return None if text is None else an_id(text)


def _number(part: pages.Part) -> int:
    if not isinstance(part, int):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return part


async def _changed(conn: Connection, before: Found, change: DeviceChange, principal: Principal) -> DeviceRecord:
    device = before.device
    new = laid_over(devices.as_new(before), change)
    if isinstance(change.unit_id, str) and change.unit_id != device.unit_id and change.building_id is msgspec.UNSET:
        new = msgspec.structs.replace(new, building_id=None)
    typed = change.type is not msgspec.UNSET and change.class_ is msgspec.UNSET
    new = msgspec.structs.replace(new, state=None, class_=None if typed else new.class_)
    record = checked(lambda: checks.device(new, device.id, rules.is_component(device.gateway, device.address)))
    name = record.name if change.name is not msgspec.UNSET else device.name
    record = msgspec.structs.replace(record, name=name, state=device.state, last_test_seen=device.last_test_seen)
    await registration.check_building(conn, record)
    if isinstance(change.last_test_seen, datetime):
        record = msgspec.structs.replace(record, last_test_seen=change.last_test_seen)
    return _in_state(record, device, change, principal)


def _in_state(record: DeviceRecord, device: Device, change: DeviceChange, principal: Principal) -> DeviceRecord:
    standing = device.suspended
    if change.state is msgspec.UNSET or change.state == device.state:
        if said(change) & SUSPENSION and standing is None:
            raise problems.invalid("why", "goes with state suspended")
        if standing is None:
            return record
        return msgspec.structs.replace(
            record, suspended_by=standing.by, suspended_why=standing.why, suspended_until=standing.until
        )
    one_of("state", change.state, tuple(DeviceState))
    if not rules.may_become(device.state, change.state):
        raise problems.conflict(f"state: what is {device.state} cannot become {change.state}")
    record = msgspec.structs.replace(record, state=change.state)
    if change.state != DeviceState.SUSPENDED:
        return record
    if not isinstance(change.why, str) or not change.why.strip():
        raise problems.invalid("why", "is required with state suspended")
    until = change.until if isinstance(change.until, datetime) else None
    if until is not None and until.tzinfo is None:
        raise problems.invalid("until", "a time with its offset")
    return msgspec.structs.replace(
        record, suspended_by=principal.name, suspended_why=change.why.strip()[:200], suspended_until=until
    )


handlers: list[type[Controller]] = [Devices]
