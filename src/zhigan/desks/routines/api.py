"""The centre's routines over HTTP: a month by unit, the half-yearly test, what people did, with a picture.

What lies outside the scope does not exist (404, decided first). The platform's own entries have their proof; a person's
have words. Nothing is taken back: another entry may say more.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from litestar.response import File, Stream

from zhigan.desks.routines import rules, store
from zhigan.desks.routines.model import Integration, NewRoutineRecord, RoutineMonth, RoutineRecord, RoutineUnit
from zhigan.incidents.photos import ENVELOPE, MOST_PHOTO, PhotoForm, Shelved, picture, shown
from zhigan.registry.refusals import allow, an_id, found
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.roles import DESK_ROLES, INSPECTION_ROLES
from zhigan.webapi import downloads, pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

ROUTINE_ROLES = DESK_ROLES | INSPECTION_ROLES
BACK = timedelta(days=62)
USUAL = 50


class Routines(Controller):
    path = "/routines"
    tags = ("routines",)

    @get(operation_id="getRoutineMonth")
    async def month(
        self, principal: Caller, db: Db, clock: Time, month: FromQuery[str | None] = None,
        q: FromQuery[str | None] = None, limit: FromQuery[int | None] = None, cursor: FromQuery[str | None] = None,
    ) -> RoutineMonth:  # fmt: skip
        """Units with transmission devices, in order of their codes: links and clocks by day, fire tests, what is
        overdue."""
        days, size = _days(month, clock), pages.limit(limit, usual=USUAL, largest=200)
        after = pages.decode(cursor, 1)
        items, last = await _page(db, principal, clock, days, _sought(q), str(after[0]) if after else "", size)
        return RoutineMonth(
            month=f"{days[0]:%Y-%m}", days=days, items=items, next=None if last is None else pages.encode([last])
        )

    @get("/export.csv", operation_id="exportRoutineMonth", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self, principal: Caller, db: Db, clock: Time, month: FromQuery[str | None] = None,
        q: FromQuery[str | None] = None, encoding: FromQuery[downloads.Encoding] = "utf-8-bom",
    ) -> Stream:  # fmt: skip
        """All that the page shows to the same question: a line a unit and routine, a column a day."""
        days = _days(month, clock)
        said = {"month": f"{days[0]:%Y-%m}", "q": _sought(q)}
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "routine.exported", said["month"], said)
        heads = ["unit_code", "unit", "routine", "overdue", "done", *(f"{d:%m-%d}" for d in days)]
        batches = _batches(db, principal, clock, days, said["q"])
        mark = downloads.marked(number, principal, clock.now())
        return downloads.download(f"routines-{said['month']}.csv", heads, batches, mark, encoding)

    @get("/integration", operation_id="getIntegrationTest")
    async def integration(self, principal: Caller, db: Db, clock: Time) -> Integration:
        """半年联动测试 of the centre: for people of the whole city."""
        if not principal.scope.whole_city:
            raise problems.not_found()
        async with db.owner() as conn:
            return await store.integration(conn, clock.now())

    @post("/records", operation_id="addRoutineRecord")
    async def add(
        self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewRoutineRecord]
    ) -> Response[RoutineRecord]:
        """A person did it, and says how. With the id that the page made: sent again it is the same one (200)."""
        await _visible(db, principal, data.unit_id)
        allow(principal, ROUTINE_ROLES)
        now = clock.now()
        _check(data, rules.today(now))
        async with db.owner() as conn:
            fresh = await store.add(conn, data, principal.name, now)
            one = found(await store.record(conn, data.id))
            if not fresh and (one.unit_id, one.kind, one.who) != (data.unit_id, data.kind, principal.name):
                raise problems.not_found()
            if fresh:
                await audit(conn, principal, now, "routine.done", data.unit_id or "centre", data)
                await store.watch(conn, now)
        return Response(one, status_code=201 if fresh else 200)

    @post("/records/{record_id:str}/photo", operation_id="addRoutinePhoto", request_max_body_size=MOST_PHOTO + ENVELOPE)
    async def photo(
        self, principal: Caller, db: Db, clock: Time, shelf: Shelved, record_id: FromPath[str],
        data: MultipartBody[PhotoForm],
    ) -> RoutineRecord:  # fmt: skip
        """A picture of at most 8 MiB, by who made the record; a later one takes its place."""
        one = await _one(db, principal, record_id)
        allow(principal, ROUTINE_ROLES)
        if one.by_platform or one.who != principal.name:
            raise problems.forbidden()
        content = await picture(data.file)
        sha256 = await asyncio.to_thread(shelf.keep, content[0])
        async with db.owner() as conn:
            await conn.execute(store.SQL.keep_picture, one.id, sha256, content[1])
            told = {"sha256": sha256.hex(), "size": len(content[0])}
            await audit(conn, principal, clock.now(), "routine.photographed", one.id, told)
            return found(await store.record(conn, one.id))

    @get("/records/{record_id:str}/photo", operation_id="getRoutinePhoto", opt={UNCOMPRESSED: True})
    async def shown(self, principal: Caller, db: Db, shelf: Shelved, record_id: FromPath[str]) -> File:
        one = await _one(db, principal, record_id)
        async with db.owner() as conn:
            row = await conn.fetchrow(store.SQL.picture, one.id)
        return await shown(shelf, *found(row).values())


async def _page(
    db: Database, principal: Principal, clock: Clock, days: list[date], q: str, after: str, size: int
) -> tuple[list[RoutineUnit], str | None]:
    """With the code of the last unit where there are more."""
    async with db.bound(principal) as conn:
        here = await store.units(conn, principal.scope, q, after, size + 1)
    async with db.owner() as conn:
        items = await store.month(conn, here[:size], days, clock.now()) if here else []
    return items, here[size - 1].code if len(here) > size else None


async def _batches(
    db: Database, principal: Principal, clock: Clock, days: list[date], q: str
) -> AsyncIterator[list[list[downloads.Cell]]]:
    after: str | None = ""
    while after is not None:
        items, after = await _page(db, principal, clock, days, q, after, 200)
        yield [line for unit in items for line in _lines(unit, days)]


def _lines(unit: RoutineUnit, days: list[date]) -> list[list[downloads.Cell]]:
    tests = {day: [r for r in unit.tests if r.day == day] for day in days}
    marks = ["platform" if any(r.by_platform for r in t) else "person" if t else "" for t in tests.values()]
    rows = (("link", list(unit.link)), ("clock", list(unit.clock)), ("fire_test", marks))
    done = ("ok", "person", "platform")
    return [
        [unit.code, unit.name, kind, kind in unit.overdue, sum(m in done for m in marks), *marks]
        for kind, marks in rows
    ]


def _days(month: str | None, clock: Clock) -> list[date]:
    today = rules.today(clock.now())
    try:
        first = date.fromisoformat(f"{month}-01") if month else today.replace(day=1)
    except ValueError:
        first = date.max
    if not date(2000, 1, 1) <= first <= today:
        raise problems.invalid("month", "a month that has begun, such as 2026-11")
    return [first + timedelta(days=n) for n in range(31) if (first + timedelta(days=n)).month == first.month]


def _sought(q: str | None) -> str:
    return (q or "").strip()[:200]


def _check(data: NewRoutineRecord, today: date) -> None:
    an_id(data.id)
    if not today - BACK <= data.day <= today:
        raise problems.invalid("day", "a day of the last two months")
    if (data.unit_id is None) != (data.kind == "integration"):
        raise problems.invalid("unit_id", "the unit of the routine; none for the half-yearly test of the centre")
    if not data.words.strip():
        raise problems.invalid("words", "is required")


async def _visible(db: Database, principal: Principal, unit: str | None) -> None:
    if unit is None:
        if not principal.scope.whole_city:
            raise problems.not_found()
        return
    async with db.bound(principal) as conn:
        found(await conn.fetchval(store.SQL.seen_unit, an_id(unit)))


async def _one(db: Database, principal: Principal, record_id: str) -> RoutineRecord:
    async with db.owner() as conn:
        one = found(await store.record(conn, an_id(record_id)))
    await _visible(db, principal, one.unit_id)
    return one


handlers: list[type[Controller]] = [Routines]
