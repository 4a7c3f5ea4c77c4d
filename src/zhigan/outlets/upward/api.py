"""Reporting upward over HTTP: targets made, changed, paused, tried, told again, retired; lag, refusals, days.

A target is seen by whoever's whole scope is areas that hold all that it is told of; outside it does not exist (404,
decided first). Made and changed by an administrator; its secret goes in and never comes out. A trial is a record that
is told anyway. Absent: sending (sending.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from zhigan.access.rules import areas_within
from zhigan.incidents.addressed import known, uuid_text
from zhigan.outlets.upward import forms, store, views
from zhigan.outlets.upward.default_tables import DEFAULTS
from zhigan.outlets.upward.desk import Upward, Wired
from zhigan.outlets.upward.model import Adapter, Device, Target
from zhigan.outlets.upward.sending import Attempt
from zhigan.outlets.upward.store import SQL
from zhigan.outlets.upward.views import (
    NewUpward,
    UpwardDay,
    UpwardMap,
    UpwardMapCheck,
    UpwardMapFaults,
    UpwardPause,
    UpwardRefusal,
    UpwardReplay,
    UpwardTarget,
    UpwardTrial,
)
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.telephones import masked_text
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

MAKERS: Final = frozenset({Role.ADMIN})
TENDERS: Final = frozenset({Role.ADMIN, Role.OPERATOR})
LOOKERS: Final = TENDERS | {Role.SUPERVISOR, Role.LEAD, Role.DUTY, Role.AUDITOR, Role.SECURITY}
MOST: Final = 50
LONGEST: Final = timedelta(days=400)
SHOWN_BYTES: Final = 4000
FIRST: Final = str(UUID(int=0))
LAST: Final = 2**62
TRIED: Final = 5000


class Targets(Controller):
    path = "/upward/targets"
    tags = ("upward",)

    @get(operation_id="listUpwardTargets")
    async def listed(self, principal: Caller, db: Db, clock: Time) -> Page[UpwardTarget]:
        _may(principal, LOOKERS)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.shown, None, clock.now())
        return Page(await _views(db, rows))

    @post(operation_id="addUpwardTarget")
    async def add(
        self, principal: Caller, db: Db, clock: Time, upward: Wired, data: JSONBody[NewUpward]
    ) -> UpwardTarget:
        _may(principal, MAKERS)
        _within(principal, data.areas)
        id_, now, map_ = mint(clock), clock.now(), _checked(upward, data, None)
        async with db.owner() as conn:
            if await conn.fetchval(SQL.count_targets) >= MOST:
                raise problems.conflict(f"There are {MOST} platforms above already.")
            await _free_name(conn, data.name, id_)
            await conn.execute(
                SQL.add_target, id_, data.name.strip(), data.adapter.value, data.url, data.account,
                _sealed(upward, id_, data.secret), map_, data.areas, data.industries, data.source, data.people,
                data.answer_s, data.paused, now, principal.name, now - timedelta(days=data.back_days),
            )  # fmt: skip
            await audit(conn, principal, now, "upward.made", id_, _told(data))
            await conn.execute(SQL.tell)
        return await _one(db, principal, id_, now)

    @get("/{upward_id:str}", operation_id="getUpwardTarget")
    async def one(self, principal: Caller, db: Db, clock: Time, upward_id: FromPath[str]) -> UpwardTarget:
        return await _seen(db, principal, upward_id, clock.now(), LOOKERS)

    @put("/{upward_id:str}", operation_id="changeUpwardTarget")
    async def change(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        upward: Wired,
        upward_id: FromPath[str],
        data: JSONBody[NewUpward],
    ) -> UpwardTarget:
        """The whole record as it shall be, but for its adapter; `version` says which one was on the page."""
        now = clock.now()
        seen = await _seen(db, principal, upward_id, now, MAKERS)
        _within(principal, data.areas)
        map_ = _checked(upward, data, seen)
        async with db.owner() as conn:
            await _free_name(conn, data.name, seen.id)
            kept = await conn.fetchval(
                SQL.change_target, seen.id, data.name.strip(), data.url, data.account, data.secret is not None,
                _sealed(upward, seen.id, data.secret), map_, data.areas, data.industries, data.source, data.people,
                data.answer_s, data.paused, now, principal.name, data.version,
            )  # fmt: skip
            if kept is None:
                raise problems.conflict("Somebody else changed it meanwhile: look at it again.")
            await audit(conn, principal, now, "upward.changed", seen.id, _told(data))
            await conn.execute(SQL.tell)
        return await _one(db, principal, seen.id, now)

    @delete("/{upward_id:str}", operation_id="retireUpwardTarget")
    async def retire(self, principal: Caller, db: Db, clock: Time, upward_id: FromPath[str]) -> None:
        seen = await _seen(db, principal, upward_id, clock.now(), MAKERS)
        async with db.owner() as conn:
            await conn.execute(SQL.retire, seen.id, clock.now(), principal.name)
            await audit(conn, principal, clock.now(), "upward.retired", seen.id, {"name": seen.name})

    @post("/{upward_id:str}/pause", status_code=200, operation_id="pauseUpwardTarget")
    async def pause(
        self, principal: Caller, db: Db, clock: Time, upward_id: FromPath[str], data: JSONBody[UpwardPause]
    ) -> UpwardTarget:
        """Paused, it is sent nothing, and all that happens waits for it; resumed, it goes on at once."""
        now = clock.now()
        seen = await _seen(db, principal, upward_id, now, TENDERS)
        async with db.owner() as conn:
            if await conn.fetchval(SQL.pause, seen.id, data.paused, now, principal.name):
                await audit(conn, principal, now, "upward.paused" if data.paused else "upward.resumed", seen.id, None)
            await conn.execute(SQL.tell)
        return await _one(db, principal, seen.id, now)

    @post("/{upward_id:str}/replay", status_code=202, operation_id="replayUpwardTarget")
    async def replay(
        self, principal: Caller, db: Db, clock: Time, upward_id: FromPath[str], data: JSONBody[UpwardReplay]
    ) -> UpwardTarget:
        """What happened in a span of time is told again, with its own times."""
        now = clock.now()
        seen = await _seen(db, principal, upward_id, now, TENDERS)
        since, until = data.since, min(data.until, now)
        if since.tzinfo is None or data.until.tzinfo is None:
            raise problems.invalid("since", "a time with its offset")
        if not (timedelta(0) < until - since <= LONGEST and now - since <= LONGEST):
            raise problems.invalid("since", "before `until`, and at most 400 days ago")
        async with db.owner() as conn:
            await conn.execute(SQL.replay, seen.id, since, until)
            await conn.execute(SQL.put_again, seen.id, since, until)
            if data.devices:
                await conn.execute(SQL.stir_all, seen.id)
            await audit(conn, principal, now, "upward.replayed", seen.id, data)
            await conn.execute(SQL.tell)
        return await _one(db, principal, seen.id, now)

    @post("/{upward_id:str}/test", status_code=200, operation_id="testUpwardTarget")
    async def test(
        self, principal: Caller, db: Db, clock: Time, upward: Wired, upward_id: FromPath[str]
    ) -> UpwardTrial:
        """Logs in where the form has a login, and tells the master data of one device; what was answered."""
        now = clock.now()
        seen = await _seen(db, principal, upward_id, now, TENDERS)
        async with db.owner() as conn:
            [target] = await store.targets(conn, upward.vault, seen.id)
            device = await _some_device(conn, target)
            await audit(conn, principal, now, "upward.tested", seen.id, {"name": seen.name})
            made = store.map_of(target)
        if made is None:
            raise problems.conflict("The target's map does not hold any more: look at it.")
        return _trial(await upward.sender.trial(target, made, device))

    @get("/{upward_id:str}/refused", operation_id="listUpwardRefusals")
    async def refused(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        upward_id: FromPath[str],
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[UpwardRefusal]:
        """States that it would not take, newest first."""
        seen = await _seen(db, principal, upward_id, clock.now(), LOOKERS)
        size, key = pages.limit(limit), pages.decode(cursor, 1)
        before = LAST if key is None else _whole(key[0])
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.refused, seen.id, before, size + 1)
        return pages.page(rows, size, views.refusal, lambda r: [r["id"]])

    @get("/{upward_id:str}/refused-devices", operation_id="listUpwardRefusedDevices")
    async def refused_devices(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        upward_id: FromPath[str],
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[UpwardRefusal]:
        """Devices whose master data it would not take."""
        seen = await _seen(db, principal, upward_id, clock.now(), LOOKERS)
        size, key = pages.limit(limit), pages.decode(cursor, 1)
        after = FIRST if key is None else uuid_text("cursor", str(key[0]))
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.refused_devices, seen.id, after, size + 1)
        return pages.page(rows, size, views.refusal, lambda r: [r["device"]])

    @get("/{upward_id:str}/days", operation_id="listUpwardDays")
    async def days(
        self, principal: Caller, db: Db, clock: Time, upward_id: FromPath[str], limit: FromQuery[int | None] = None
    ) -> Page[UpwardDay]:
        """The daily reconciliation (对账), newest first."""
        seen = await _seen(db, principal, upward_id, clock.now(), LOOKERS)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.days, seen.id, pages.limit(limit, usual=31))
        return Page([UpwardDay(**dict(r)) for r in rows])


class Maps(Controller):
    path = "/upward/maps"
    tags = ("upward",)

    @get("/shipped", operation_id="getShippedUpwardMap")
    async def shipped(self, principal: Caller, adapter: FromQuery[Adapter] = Adapter.GBT45839) -> UpwardMap:
        _may(principal, LOOKERS)
        return UpwardMap(adapter, shipped_map(adapter), {kind.value: named for kind, named in forms.SOURCES.items()})

    @post("/check", status_code=200, operation_id="checkUpwardMap")
    async def check(self, principal: Caller, data: JSONBody[UpwardMapCheck]) -> UpwardMapFaults:
        """Everything that is wrong with a map, and where."""
        _may(principal, LOOKERS)
        made = forms.checked(data.map)
        wrong = made if isinstance(made, list) else []
        return UpwardMapFaults([problems.coded(FieldError(flaw.where, flaw.what)) for flaw in wrong])


handlers: list[type[Controller]] = [Targets, Maps]


def shipped_map(adapter: Adapter) -> str:
    return msgspec.json.format(msgspec.json.encode(DEFAULTS[adapter]), indent=2).decode()


def _may(principal: Principal, roles: frozenset[Role]) -> None:
    if principal.role not in roles:
        raise problems.forbidden()


async def _seen(db: Database, principal: Principal, id_: str, now: datetime, roles: frozenset[Role]) -> UpwardTarget:
    """Outside one's scope it does not exist, decided before what one's role may."""
    seen = await _one(db, principal, id_, now)
    _may(principal, roles)
    return seen


async def _one(db: Database, principal: Principal, id_: str, now: datetime) -> UpwardTarget:
    async with db.bound(principal) as conn:
        rows = await conn.fetch(SQL.shown, known(id_), now)
    if not rows:
        raise problems.not_found()
    return (await _views(db, rows))[0]


async def _views(db: Database, rows: Sequence[asyncpg.Record]) -> list[UpwardTarget]:
    async with db.owner() as conn:
        return [views.target(r, has_secret=bool(await conn.fetchval(SQL.has_secret, r["id"]))) for r in rows]


def _within(principal: Principal, areas: Sequence[str]) -> None:
    """Nobody tells others of ground beyond his own."""
    if not areas_within(areas, principal.scope):
        raise problems.forbidden("areas: reaches beyond your own")


async def _free_name(conn: Connection, name: str, id_: str) -> None:
    if await conn.fetchval(SQL.name_taken, name.strip(), id_):
        raise problems.conflict("There is a platform above of that name already.")


def _checked(upward: Upward, data: NewUpward, before: UpwardTarget | None) -> str:
    """The map to keep; raises with every fault and its place."""
    wrong: list[FieldError] = []
    if not upward.wire.fits(data.url) or "?" in data.url:
        wrong.append(
            FieldError(
                "url", "an address such as https://host/path, without name and password, in a network that is open"
            )
        )
    if data.secret and any(ord(c) < 32 for c in data.secret):
        wrong.append(FieldError("secret", "one line without control characters"))
    map_ = data.map or (before.map if before is not None else shipped_map(data.adapter))
    made = forms.checked(map_)
    if isinstance(made, list):
        wrong += [FieldError(f"map.{flaw.where}".removesuffix(".map"), flaw.what) for flaw in made]
    if wrong:
        raise problems.invalid_fields(wrong)
    return map_


def _sealed(upward: Upward, id_: str, secret: str | None) -> bytes | None:
    return upward.vault.seal(secret.encode(), store.purpose(id_)) if secret else None


def _told(data: NewUpward) -> dict[str, object]:
    """For the audit trail: all but the secret and the map."""
    return {
        "name": data.name, "adapter": data.adapter.value, "url": data.url, "account": data.account,
        "areas": data.areas, "industries": data.industries, "people": data.people, "paused": data.paused,
    }  # fmt: skip


async def _some_device(conn: Connection, target: Target) -> Device | None:
    """One that it may be told of, of the first that there are."""
    rows = await conn.fetch(SQL.looked, target.id, 0, TRIED)
    mine = [r["id"] for r in rows if not r["gone"] and store.held(target, r)]
    found = await store.master(conn, mine[:1], people=target.people)
    return next(iter(found.values()), None)


def _trial(tried: Attempt) -> UpwardTrial:
    return UpwardTrial(
        said=tried.answer.said.value, code=tried.answer.code, text=tried.answer.text, status=tried.status, ms=tried.ms,
        url=tried.url, request=_shown(tried.request), answer=_shown(tried.body),
    )  # fmt: skip


def _shown(body: bytes) -> str:
    return masked_text(body[:SHOWN_BYTES].decode("utf-8", "replace"))


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer")
    return value
