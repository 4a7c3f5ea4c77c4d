"""查岗 over HTTP: begin checks, see how they end, answer one by phone, set the rule by which they are drawn.

What lies outside the scope does not exist (404, decided first). A check answered by phone is a place and a photo: first
where one stands, then what one sees; each may come again, what comes late is kept and changes nothing.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter
from litestar.response import File, Stream

from zhigan.desks.dutycheck import rules, store
from zhigan.desks.dutycheck.model import (
    MOST_AT_ONCE,
    CheckState,
    DutyCheck,
    DutyChecksBegun,
    DutyPlace,
    DutyRule,
    DutyShare,
    NewDutyChecks,
)
from zhigan.incidents.photos import ENVELOPE, MOST_PHOTO, PhotoForm, Shelved, picture, shown
from zhigan.registry.hydrants import metres
from zhigan.registry.refusals import allow, an_id, found
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.roles import COMMAND_ROLES, LEAD_ROLES, RESPONSE_ROLES
from zhigan.webapi import downloads, pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Encoding = downloads.Encoding
COLUMNS = tuple(DutyCheck.__struct_fields__)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Filter = Annotated[CheckState | None, QueryParameter(name="state")]


class DutyChecks(Controller):
    path = "/duty-checks"
    tags = ("duty checks",)

    @get(operation_id="listDutyChecks")
    async def listed(
        self, principal: Caller, db: Db, unit_id: FromQuery[str | None] = None, in_state: Filter = None,
        area: FromQuery[str | None] = None, q: FromQuery[str] = "", limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[DutyCheck]:  # fmt: skip
        """Newest first."""
        size = pages.limit(limit)
        asked = _Asked(unit_id, in_state, area, q)
        rows = await _rows(db, principal, asked, size + 1, pages.decode(cursor, 2))
        return pages.page(rows, size, lambda c: c, lambda c: [c.asked_at.isoformat(), c.id])

    @post(operation_id="beginDutyChecks", status_code=200)
    async def begin(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewDutyChecks]) -> DutyChecksBegun:
        """At once; a unit with an open alarm of grade I or II is left alone."""
        if bool(data.unit_ids) == bool(data.area):
            raise problems.invalid("unit_ids", "units, or a district in `area`")
        scope, parameters = predicate(principal.scope, 2, "u")
        which, value = "u.id = any ($1::uuid[])", [an_id(each) for each in data.unit_ids]
        if data.area:
            asked = f"coalesce(u.class_override, u.class) <> {rules.HOMES}" if data.by_phone else "false"
            which = f"u.retired_at is null and (t.id is not null or {asked}) and u.area = any ($1::text[])"
            value = [data.area]
        async with db.bound(principal) as conn:
            units = await store.units(conn, f"{which} and {scope} limit {MOST_AT_ONCE + 1}", value, *parameters)
        if len(units) < len(set(data.unit_ids)) or not units:
            raise problems.not_found()
        allow(principal, COMMAND_ROLES)
        if len(units) > MOST_AT_ONCE:
            raise problems.invalid("area", f"at most {MOST_AT_ONCE} units at once")
        async with db.owner() as conn:
            begun = await store.begin(conn, clock, units, (principal.id, principal.name))
            told = {"units": [unit.code for unit in units], "begun": len(begun.begun), "skipped": begun.skipped}
            await audit(conn, principal, clock.now(), "duty_check.begun", data.area or units[0].code, told)
        return begun

    @get("/rule", operation_id="getDutyRule")
    async def rule(self, principal: Caller, db: Db) -> DutyRule:
        """As it stands; off until somebody switches it on."""
        allow(principal, COMMAND_ROLES)
        async with db.owner() as conn:
            standing = await store.rule(conn)
        return DutyRule() if standing is None else standing.rule

    @put("/rule", operation_id="putDutyRule")
    async def put_rule(self, principal: Caller, db: Db, clock: Time, data: JSONBody[DutyRule]) -> DutyRule:
        """For the whole city, from now on."""
        allow(principal, LEAD_ROLES)
        if not principal.scope.whole_city:
            raise problems.forbidden()
        if not rules.sound(data):
            raise problems.invalid("until_minute", "after from_minute, and the spacing before midnight")
        async with db.owner() as conn:
            standing = await store.rule(conn)
            seed = secrets.token_bytes(16) if standing is None else standing.seed
            text = msgspec.json.encode(data).decode()
            await conn.execute(store.SQL.put_rule, text, seed, clock.now(), principal.name)
            await audit(conn, principal, clock.now(), "duty_check.rule_set", "rule", data)
        return data

    @get("/shares", operation_id="listDutyShares")
    async def shares(
        self, principal: Caller, db: Db, since: FromQuery[datetime], until: FromQuery[datetime]
    ) -> Page[DutyShare]:
        """By area: how many checks ran to their end, how many were answered, how fast."""
        _moments(since, until)
        async with db.bound(principal) as conn:
            return Page(await store.shares(conn, since, until))

    @get("/export.csv", operation_id="exportDutyChecks", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def sheet(
        self, principal: Caller, db: Db, clock: Time, unit_id: FromQuery[str | None] = None, in_state: Filter = None,
        area: FromQuery[str | None] = None, q: FromQuery[str] = "", encoding: FromQuery[Encoding] = "utf-8-bom",
        columns: FromQuery[str | None] = None,
    ) -> Stream:  # fmt: skip
        """All that the page shows to the same question."""
        names = downloads.picked(columns, COLUMNS)
        asked = _Asked(unit_id, in_state, area, q)
        async with db.owner() as conn:
            told = {"unit_id": unit_id, "state": in_state, "area": area}
            number = await audit(conn, principal, clock.now(), "duty_check.exported", "duty-checks", told)
        mark = downloads.marked(number, principal, clock.now())
        rows = downloads.cut(_batches(db, principal, asked), COLUMNS, names)
        return downloads.download("duty-checks.csv", names, rows, mark, encoding)

    @get("/{check_id:str}", operation_id="getDutyCheck")
    async def one(self, principal: Caller, db: Db, check_id: FromPath[str]) -> DutyCheck:
        return await _one(db, principal, check_id)

    @post("/{check_id:str}/place", operation_id="placeDutyCheck", status_code=200)
    async def place(
        self, principal: Caller, db: Db, clock: Time, check_id: FromPath[str], data: JSONBody[DutyPlace]
    ) -> DutyCheck:
        """Where whoever answers stands. The check is answered by the photo that follows."""
        known = await _answering(db, principal, check_id)
        if known.state == "answered":
            return known
        if any(at is not None and at.tzinfo is None for at in (data.fix_at, data.said_at)):
            raise problems.invalid("said_at", "a time with its offset")
        async with db.owner() as conn:
            standing = await store.rule(conn)
            [unit] = await store.units(conn, "u.id = $1::uuid", known.unit_id)
            away = None
            if unit.lon is not None and unit.lat is not None:
                away = round(metres(data.lon, data.lat, unit.lon, unit.lat))
            age, doubts = rules.worth(data, away, DutyRule() if standing is None else standing.rule, clock.now())
            await conn.execute(
                store.SQL.place, check_id, data.lon, data.lat, data.accuracy_m, principal.id, principal.name,
                rules.said(data, clock.now()), age, away, doubts,
            )  # fmt: skip
            await audit(conn, principal, clock.now(), "duty_check.placed", check_id, data)
        return await _one(db, principal, check_id)

    @post(
        "/{check_id:str}/photo", operation_id="answerDutyCheck", status_code=200,
        request_max_body_size=MOST_PHOTO + ENVELOPE,
    )  # fmt: skip
    async def photo(
        self, principal: Caller, db: Db, clock: Time, shelf: Shelved, check_id: FromPath[str],
        data: MultipartBody[PhotoForm],
    ) -> DutyCheck:  # fmt: skip
        """A picture of at most 8 MiB, behind its place: in time it is the answer."""
        known = await _answering(db, principal, check_id)
        if known.state == "answered":
            return known
        if known.lon is None:
            raise problems.conflict("The place comes before the photo.")
        content = await picture(data.file)
        sha256 = await asyncio.to_thread(shelf.keep, content[0])
        async with db.owner() as conn:
            now = clock.now()
            await conn.execute(store.SQL.photographed, check_id, sha256, content[1], now)
            told = {"sha256": sha256.hex(), "size": len(content[0])}
            await audit(conn, principal, now, "duty_check.answered", check_id, told)
            if now < known.ends_at:
                await store.answered(conn, known.unit_id, now)
        return await _one(db, principal, check_id)

    @get("/{check_id:str}/photo", operation_id="getDutyCheckPhoto", opt={UNCOMPRESSED: True})
    async def shown(self, principal: Caller, db: Db, shelf: Shelved, check_id: FromPath[str]) -> File:
        async with db.bound(principal) as conn:
            row = await conn.fetchrow(store.SQL.picture, an_id(check_id))
        return await shown(shelf, *found(row).values())


class _Asked:
    def __init__(self, unit_id: str | None, state: str | None, area: str | None, q: str) -> None:
        self.conditions: list[tuple[str, object]] = []
        if unit_id is not None:
            self.conditions.append(("c.unit = ${}::uuid", an_id(unit_id)))
        if state is not None:
            self.conditions.append(("c.state = ${}", state))
        if area is not None:
            self.conditions.append(("u.area = ${}", area))
        if q.strip():
            self.conditions.append(("strpos(u.search, ${}) > 0", q.strip().lower()[:60]))


async def _rows(
    db: Database, principal: Principal, asked: _Asked, size: int, after: list[pages.Part] | None
) -> list[DutyCheck]:
    scope, values = predicate(principal.scope, 2, "u")
    conditions = [scope]
    for condition, value in asked.conditions:
        values.append(value)
        conditions.append(condition.format(len(values) + 1))
    if after is not None:
        try:
            values += [datetime.fromisoformat(str(after[0])), an_id(str(after[1]))]
        except ValueError:
            raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question") from None
        conditions.append(f"(c.asked_at, c.id) < (${len(values)}, ${len(values) + 1}::uuid)")
    statement = store.SQL.page.replace("where true", "where " + " and ".join(conditions))
    async with db.bound(principal) as conn:
        return [store.check(r) for r in await conn.fetch(statement, size, *values)]


async def _batches(db: Database, principal: Principal, asked: _Asked) -> AsyncIterator[list[list[downloads.Cell]]]:
    after: list[pages.Part] | None = None
    while True:
        found_ = await _rows(db, principal, asked, downloads.BATCH, after)
        yield [[_cell(getattr(each, name)) for name in COLUMNS] for each in found_]
        if len(found_) < downloads.BATCH:
            return
        after = [found_[-1].asked_at.isoformat(), found_[-1].id]


def _cell(value: downloads.Cell | list[str]) -> downloads.Cell:
    return " ".join(value) if isinstance(value, list) else value


async def _one(db: Database, principal: Principal, check_id: str) -> DutyCheck:
    statement = store.SQL.page.replace("where true", "where c.id = $2::uuid")
    async with db.bound(principal) as conn:
        return store.check(found(await conn.fetchrow(statement, 1, an_id(check_id))))


async def _answering(db: Database, principal: Principal, check_id: str) -> DutyCheck:
    """A check that waits for a phone, or that this person answered: a phone that did not hear so sends again. Nobody
    answers what he asked himself."""
    known = await _one(db, principal, check_id)
    allow(principal, RESPONSE_ROLES)
    his = known.state == "answered" and known.answered_by == principal.name
    if known.way != "phone" or not (his or known.state in ("running", "missed")):
        raise problems.conflict("This check waits for no phone.")
    if known.asked_by == principal.name and not known.drawn:
        raise problems.conflict("Nobody answers a check that he asked for.")
    return known


def _moments(since: datetime, until: datetime) -> None:
    if since.tzinfo is None or until.tzinfo is None or not _NEVER <= since < until:
        raise problems.invalid("until", "a time with its offset, after `since`")


handlers: list[type[Controller]] = [DutyChecks]
