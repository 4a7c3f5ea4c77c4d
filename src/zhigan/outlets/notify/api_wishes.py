"""How one is told oneself, and the city's escalation table.

One's own order of ways is everybody's own business; the table is seen by whoever looks after the platform and changed
by the administrator, version by version, with a reason. One below the law's floor is refused, place by place.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody

from zhigan.outlets.notify import escalation, preferences, store
from zhigan.outlets.notify.api_office import LOOKERS
from zhigan.outlets.notify.desk import Told
from zhigan.outlets.notify.escalation_tables import ESCALATION
from zhigan.outlets.notify.model import Row
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.roles import Role
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

GradeName = Literal["I", "II", "III", "IV"]
MOST_FAULTS = 20

MOST_VERSIONS = 2**31


class EscalationVersion(msgspec.Struct, frozen=True, kw_only=True):
    """`at` null: the one that comes with the platform."""

    version: int
    note: str = ""
    at: datetime | None = None
    by: str = ""


class EscalationTable(EscalationVersion, frozen=True, kw_only=True):
    """`newest`: the version that is in force."""

    newest: int
    rows: dict[GradeName, list[Row]]


class NewTable(msgspec.Struct, frozen=True, kw_only=True):
    """`base`: the version that was changed; when another came meanwhile, this one is refused."""

    base: int
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    rows: dict[GradeName, list[Row]]


class DraftTable(msgspec.Struct, frozen=True, kw_only=True):
    rows: dict[GradeName, list[Row]]


class CheckedTable(msgspec.Struct, frozen=True, kw_only=True):
    """`faults`: why it could not be put in force, place by place; none: it could."""

    faults: list[FieldError]


class Wishes(Controller):
    path = "/me/notification"
    tags = ("notification",)

    @get(operation_id="getOwnNotification")
    async def read(self, principal: Caller, db: Db, desk: Told) -> preferences.NotificationWish:
        """One's own ways in order, and the digest."""
        async with db.owner() as conn:
            return await preferences.of(conn, principal.id, principal.role, desk.planner.open_ways)

    @put(operation_id="setOwnNotification")
    async def change(
        self, principal: Caller, db: Db, clock: Time, desk: Told, data: JSONBody[preferences.NotificationWish]
    ) -> preferences.NotificationWish:
        """Grades I and II reach by two kinds of message, at any hour, whatever is switched off here."""
        if wrong := list(preferences.faults(data)):
            raise problems.invalid_fields(wrong)
        order = [each.way.value for each in data.ways]
        off = [each.way.value for each in data.ways if not each.on]
        quiet = (data.quiet_from, data.quiet_until)
        async with db.owner() as conn:
            await conn.execute(SQL.keep_preference, principal.id, order, off, data.digest_minute, *quiet, clock.now())
            await audit(conn, principal, clock.now(), "notification.wished", principal.name, data)
            return await preferences.of(conn, principal.id, principal.role, desk.planner.open_ways)


class Escalation(Controller):
    path = "/notifications/escalation"
    tags = ("notification",)

    @get(operation_id="getEscalationTable")
    async def newest(self, principal: Caller, db: Db) -> EscalationTable:
        """The table in force: who is told, after how many seconds, by what."""
        _looks(principal)
        async with db.owner() as conn:
            return await _table(conn, None)

    @get("/versions", operation_id="listEscalationTables")
    async def versions(self, principal: Caller, db: Db) -> Page[EscalationVersion]:
        """Newest first; version 1 came with the platform."""
        _looks(principal)
        async with db.owner() as conn:
            rows = await conn.fetch(SQL.escalations)
        return Page([*(EscalationVersion(**dict(r)) for r in rows), EscalationVersion(version=1)])

    @get("/versions/{version:int}", operation_id="getEscalationVersion")
    async def one(self, principal: Caller, db: Db, version: FromPath[int]) -> EscalationTable:
        _looks(principal)
        if not 0 < version < MOST_VERSIONS:
            raise problems.not_found()
        async with db.owner() as conn:
            return await _table(conn, version)

    @post("/check", status_code=200, operation_id="checkEscalationTable")
    async def check(self, principal: Caller, data: JSONBody[DraftTable]) -> CheckedTable:
        """Might this table be put in force? Nothing is kept."""
        _changes(principal)
        return CheckedTable(faults=[problems.coded(fault) for fault in _wrong(_by_grade(data.rows))])

    @post(operation_id="setEscalationTable")
    async def change(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewTable]) -> EscalationTable:
        """A new version, in force at once, also for what runs."""
        _changes(principal)
        table = _by_grade(data.rows)
        wrong = _wrong(table)
        if wrong:
            raise problems.invalid_fields(wrong)
        now = clock.now()
        async with db.owner() as conn:
            await conn.execute(SQL.lock_escalation)
            standing = await _table(conn, None)
            if standing.version != data.base:
                raise problems.conflict("Somebody has changed the table meanwhile.", newest=standing.version)
            rows = msgspec.json.encode({grade.name: table[grade] for grade in Grade}).decode()
            note = data.note.strip()
            await conn.execute(SQL.keep_escalation, standing.version + 1, rows, note, now, principal.name)
            await conn.execute(SQL.look_again, now)
            await audit(conn, principal, now, "escalation.changed", str(standing.version + 1), {"note": note})
            return await _table(conn, None)


def _looks(principal: Principal) -> None:
    if principal.role not in LOOKERS:
        raise problems.forbidden()


def _changes(principal: Principal) -> None:
    if principal.role is not Role.ADMIN or not principal.scope.whole_city:
        raise problems.forbidden()


def _by_grade(rows: dict[GradeName, list[Row]]) -> store.Escalation:
    return {grade: tuple(rows.get(grade.name, ())) for grade in Grade}


def _wrong(table: store.Escalation) -> list[FieldError]:
    return [FieldError(f"rows.{fault.field}", fault.said) for fault in escalation.faults(table)[:MOST_FAULTS]]


async def _table(conn: Connection, version: int | None) -> EscalationTable:
    newest = await conn.fetchrow(SQL.newer_escalation, 1)
    in_force = 1 if newest is None else newest["version"]
    wanted = in_force if version is None else version
    if wanted == 1:
        return EscalationTable(version=1, newest=in_force, rows=_named(ESCALATION))
    r = await conn.fetchrow(SQL.escalation, wanted)
    if r is None:
        raise problems.not_found()
    rows = _named(store.table_of(r["rows"]))
    return EscalationTable(version=wanted, newest=in_force, note=r["note"], at=r["at"], by=r["by"], rows=rows)


def _named(table: dict[Grade, tuple[Row, ...]]) -> dict[GradeName, list[Row]]:
    names: tuple[GradeName, ...] = ("I", "II", "III", "IV")
    return {name: list(table[Grade[name]]) for name in names}


handlers: list[type[Controller]] = [Wishes, Escalation]
