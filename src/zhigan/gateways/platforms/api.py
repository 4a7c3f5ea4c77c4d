"""Other platforms over HTTP: made, changed, retired; their devices, their units' names, lag, gaps and completeness.

A platform is seen by whoever's whole scope is areas that hold all that it may speak of; outside it does not exist (404,
decided first). Its secret is shown once, when it is made. Absent: the door by which it reports (api_door.py).
"""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import Final
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from zhigan.access.rules import areas_within
from zhigan.gateways.platforms import api_door, store, translate, views
from zhigan.gateways.platforms.adopting import adopted
from zhigan.gateways.platforms.default_tables import DEFAULTS
from zhigan.gateways.platforms.model import Adapter, Install
from zhigan.gateways.platforms.store import SQL, Sender
from zhigan.gateways.platforms.views import (
    NewPlatform,
    PlatformDay,
    PlatformDevice,
    PlatformGap,
    PlatformMade,
    PlatformMap,
    PlatformRefusal,
    PlatformUnit,
    PlatformUnitSaid,
    SameDevice,
    SayUnit,
    SourcePlatform,
)
from zhigan.incidents.addressed import uuid_text
from zhigan.registry.api_units import visible_unit
from zhigan.runtime.ids import mint
from zhigan.vocabulary.roles import Role
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

MAKERS: Final = frozenset({Role.ADMIN})
TENDERS: Final = frozenset({Role.ADMIN, Role.OPERATOR, Role.SUPERVISOR})
LOOKERS: Final = TENDERS | {Role.LEAD, Role.DUTY, Role.AUDITOR, Role.SECURITY}
MOST: Final = 200
AT_ONCE: Final = 500
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,30}")
LAST: Final = str(UUID(int=2**128 - 1))


class Platforms(Controller):
    path = "/platforms"
    tags = ("platforms",)

    @get(operation_id="listSourcePlatforms")
    async def listed(self, principal: Caller, db: Db, clock: Time) -> Page[SourcePlatform]:
        _may(principal, LOOKERS)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.platforms, None, clock.now())
        return Page([views.platform(r, clock.now()) for r in rows])

    @get("/map", operation_id="getShippedPlatformMap")
    async def shipped(self, principal: Caller, adapter: FromQuery[Adapter] = Adapter.GBT45839) -> PlatformMap:
        _may(principal, LOOKERS)
        return PlatformMap(adapter, shipped_map(adapter))

    @post(operation_id="addPlatform")
    async def add(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewPlatform]) -> PlatformMade:
        _may(principal, MAKERS)
        _within(principal, data.areas)
        id_, now, secret, map_ = mint(clock), clock.now(), secrets.token_urlsafe(32), _checked(data, None)
        async with db.owner() as conn:
            if await conn.fetchval(SQL.count_platforms) >= MOST:
                raise problems.conflict(f"There are {MOST} platforms already.")
            made = await conn.fetchval(
                SQL.add_platform, id_, data.slug, data.name.strip(), data.maker.strip(), data.contact.strip(),
                data.adapter.value, data.areas, data.hosts, store.digest(secret), map_, data.silent_s, data.enabled,
                now, principal.name,
            )  # fmt: skip
            if made is None:
                raise problems.conflict("slug: there is a platform of that short name already")
            await audit(conn, principal, now, "platform.made", id_, {"slug": data.slug, "areas": data.areas})
        return PlatformMade(await _one(db, principal, id_, now), secret)

    @get("/{source_id:str}", operation_id="getSourcePlatform")
    async def one(self, principal: Caller, db: Db, clock: Time, source_id: FromPath[str]) -> SourcePlatform:
        return await _seen(db, principal, source_id, clock.now())

    @put("/{source_id:str}", operation_id="changePlatform")
    async def change(
        self, principal: Caller, db: Db, clock: Time, source_id: FromPath[str], data: JSONBody[NewPlatform]
    ) -> SourcePlatform:
        """The whole record as it shall be, but for short name and adapter; `version`: the one on the page."""
        now = clock.now()
        seen = await _seen(db, principal, source_id, now)
        _may(principal, MAKERS)
        _within(principal, data.areas)
        async with db.owner() as conn:
            kept = await conn.fetchval(
                SQL.change_platform, seen.id, data.name.strip(), data.maker.strip(), data.contact.strip(), data.areas,
                data.hosts, data.silent_s, data.enabled, _checked(data, seen), now, principal.name, data.version,
            )  # fmt: skip
            if kept is None:
                raise problems.conflict("Somebody else changed it meanwhile: look at it again.")
            await audit(conn, principal, now, "platform.changed", seen.id, {"slug": seen.slug, "areas": data.areas})
        return await _one(db, principal, seen.id, now)

    @delete("/{source_id:str}", operation_id="retirePlatform")
    async def retire(self, principal: Caller, db: Db, clock: Time, source_id: FromPath[str]) -> None:
        """Its door closes; its devices stay in the registry."""
        seen = await _seen(db, principal, source_id, clock.now())
        _may(principal, MAKERS)
        async with db.owner() as conn:
            await conn.execute(SQL.retire, seen.id, clock.now(), principal.name)
            await audit(conn, principal, clock.now(), "platform.retired", seen.id, {"slug": seen.slug})

    @post("/{source_id:str}/secret", status_code=200, operation_id="renewPlatformSecret")
    async def renew(self, principal: Caller, db: Db, clock: Time, source_id: FromPath[str]) -> PlatformMade:
        """A new secret; the old one ends at once, and so do the tokens got with it."""
        now = clock.now()
        seen = await _seen(db, principal, source_id, now)
        _may(principal, MAKERS)
        secret = secrets.token_urlsafe(32)
        async with db.owner() as conn:
            await conn.execute(SQL.new_secret, seen.id, store.digest(secret), now, principal.name)
            await audit(conn, principal, now, "platform.secret", seen.id, {"slug": seen.slug})
        return PlatformMade(await _one(db, principal, seen.id, now), secret)

    @get("/{source_id:str}/units", operation_id="listPlatformUnits")
    async def units(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        source_id: FromPath[str],
        every: FromQuery[bool] = False,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[PlatformUnit]:
        """Units' names as the platform writes them: those that nobody has matched yet, or `every`."""
        seen = await _seen(db, principal, source_id, clock.now())
        size, key = pages.limit(limit), pages.decode(cursor, 1)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.units, seen.id, every, str(key[0]) if key else "", size + 1)
        return pages.page(rows, size, lambda r: PlatformUnit(**dict(r)), lambda r: [r["name"]])

    @put("/{source_id:str}/units", operation_id="sayPlatformUnit")
    async def say(
        self, principal: Caller, db: Db, clock: Time, source_id: FromPath[str], data: JSONBody[SayUnit]
    ) -> PlatformUnitSaid:
        """Which unit that name stands for; its devices come into the registry, now and as they are told of."""
        now = clock.now()
        seen = await _seen(db, principal, source_id, now)
        if data.unit_id is not None:
            await visible_unit(db, principal, data.unit_id)
        _may(principal, TENDERS)
        async with db.owner() as conn:
            whose = await store.sender(conn, seen.slug)
            if await conn.fetchval(SQL.say_unit, seen.id, data.name, data.unit_id, principal.name, now) is None:
                raise problems.not_found()
            await audit(conn, principal, now, "platform.unit", seen.id, data)
        if whose is None or data.unit_id is None:
            return PlatformUnitSaid(0, [])
        return await _adopt(db, whose, data, now)

    @get("/{source_id:str}/devices", operation_id="listPlatformDevices")
    async def devices(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        source_id: FromPath[str],
        q: FromQuery[str | None] = None,
        unit: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[PlatformDevice]:
        seen = await _seen(db, principal, source_id, clock.now())
        size, key = pages.limit(limit), pages.decode(cursor, 1)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.devices, seen.id, str(key[0]) if key else "", unit, q or None, size + 1)
        return pages.page(rows, size, views.identity, lambda r: [r["serial"]])

    @put("/{source_id:str}/same", operation_id="samePlatformDevice")
    async def same(
        self, principal: Caller, db: Db, clock: Time, source_id: FromPath[str], data: JSONBody[SameDevice]
    ) -> None:
        """One device that reaches the city twice is one device here: from now on what the platform says is of it."""
        seen = await _seen(db, principal, source_id, clock.now())
        way = (store.GATEWAY, f"{seen.slug}:{data.serial}")
        if data.device_id is not None:
            way = await _way(db, principal, data.device_id)
        _may(principal, TENDERS)
        async with db.owner() as conn:
            if data.device_id is not None and await conn.fetchval(SQL.way_allowed, *way, seen.areas) is None:
                raise problems.invalid("device_id", "a device within the platform's areas")
            if await conn.fetchval(SQL.same_as, seen.id, data.serial, *way) is None:
                raise problems.not_found()
            await audit(conn, principal, clock.now(), "platform.same", seen.id, data)

    @get("/{source_id:str}/days", operation_id="listPlatformDays")
    async def days(
        self, principal: Caller, db: Db, clock: Time, source_id: FromPath[str], limit: FromQuery[int | None] = None
    ) -> Page[PlatformDay]:
        """The daily reconciliation (对账), newest first."""
        seen = await _seen(db, principal, source_id, clock.now())
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.days, seen.id, pages.limit(limit, usual=31))
        return Page([views.day(r) for r in rows])

    @get("/{source_id:str}/gaps", operation_id="listPlatformGaps")
    async def gaps(
        self, principal: Caller, db: Db, clock: Time, source_id: FromPath[str], limit: FromQuery[int | None] = None
    ) -> Page[PlatformGap]:
        """Times in which nothing came for longer than it should; the one that lasts first, without an end."""
        now = clock.now()
        seen = await _seen(db, principal, source_id, now)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.gaps, seen.id, pages.limit(limit))
        lasting = [PlatformGap(seen.last_at, None)] if seen.state == "silent" and seen.last_at else []
        return Page(lasting + [PlatformGap(r["began_at"], r["ended_at"]) for r in rows])

    @get("/{source_id:str}/refusals", operation_id="listPlatformRefusals")
    async def refusals(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        source_id: FromPath[str],
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[PlatformRefusal]:
        """What could not be taken, and why; the newest 500 are kept."""
        seen = await _seen(db, principal, source_id, clock.now())
        size, key = pages.limit(limit), pages.decode(cursor, 1)
        before = LAST if key is None else uuid_text("cursor", str(key[0]))
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.refusals, seen.id, before, size + 1)
        return pages.page(rows, size, views.refusal, lambda r: [r["id"]])


handlers: list[type[Controller]] = [Platforms, *api_door.handlers]


def shipped_map(adapter: Adapter) -> str:
    return msgspec.json.format(msgspec.json.encode(DEFAULTS[adapter]), indent=2).decode()


def _may(principal: Principal, roles: frozenset[Role]) -> None:
    if principal.role not in roles:
        raise problems.forbidden()


async def _seen(db: Database, principal: Principal, id_: str, now: datetime) -> SourcePlatform:
    seen = await _one(db, principal, id_, now)
    _may(principal, LOOKERS)
    return seen


async def _one(db: Database, principal: Principal, id_: str, now: datetime) -> SourcePlatform:
    if not pages.is_id(id_):
        raise problems.not_found()
    async with db.bound(principal) as conn:
        row = await conn.fetchrow(SQL.platforms, id_, now)
    if row is None:
        raise problems.not_found()
    return views.platform(row, now)


def _within(principal: Principal, areas: Sequence[str]) -> None:
    """Nobody lets a platform speak of ground beyond his own."""
    if not areas_within(areas, principal.scope):
        raise problems.forbidden("areas: reaches beyond your own")


def _checked(data: NewPlatform, standing: SourcePlatform | None) -> str:
    """The map that is kept; all that is wrong at once."""
    wrong: list[FieldError] = []
    if not SLUG.fullmatch(data.slug):
        wrong.append(FieldError("slug", "2 to 31 of a-z, 0-9 and hyphens, no hyphen at its beginning"))
    for number, host in enumerate(data.hosts):
        try:
            ip_network(host)
        except ValueError:
            wrong.append(FieldError(f"hosts[{number}]", "a network as 203.0.113.0/24"))
    map_ = data.map if data.map is not None else standing.map if standing else shipped_map(data.adapter)
    made = translate.checked(map_)
    if isinstance(made, list):
        wrong += [FieldError(fault.where, fault.what) for fault in made]
    if wrong:
        raise problems.invalid_fields(wrong)
    return map_


async def _adopt(db: Database, whose: Sender, data: SayUnit, now: datetime) -> PlatformUnitSaid:
    unit_id, came, refused = data.unit_id or "", 0, list[FieldError]()
    after = ""
    while True:
        async with db.owner() as conn:
            rows = await conn.fetch(SQL.of_unit, whose.id, data.name, after, AT_ONCE)
        for row in rows:
            info = msgspec.json.decode(row["info"], type=Install)
            fault = await adopted(db, whose, info, unit_id, now)
            if fault is None:
                came += 1
            else:
                refused.append(problems.coded(FieldError(fault.where, fault.what)))
        if len(rows) < AT_ONCE:
            return PlatformUnitSaid(came, refused[:AT_ONCE])
        after = rows[-1]["serial"]


async def _way(db: Database, principal: Principal, device_id: str) -> tuple[str, str]:
    async with db.bound(principal) as conn:
        row = await conn.fetchrow(SQL.way_of, device_id) if pages.is_id(device_id) else None
    if row is None:
        raise problems.not_found()
    return row["gateway"], row["address"]
