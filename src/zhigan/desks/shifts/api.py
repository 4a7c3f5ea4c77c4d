"""The shift calendar over HTTP: desks, a month, duties, rotation, swaps, absences, holidays, who is on now.

A desk is seen by who sees all that it watches; to everybody else it does not exist (404, decided first). Conflicts are
said, never refused: a night with one person too few is still better planned than not.
"""

from datetime import date, timedelta
from typing import Literal, TypeAlias

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from litestar.response import Stream

from zhigan.access import reach
from zhigan.access.accounts import a_scope
from zhigan.access.rules import within
from zhigan.desks.shifts import paper, rules, store
from zhigan.desks.shifts.model import (
    MOST_DAYS,
    Holiday,
    NewAbsence,
    NewDuty,
    NewShiftDesk,
    Rotation,
    ShiftAbsence,
    ShiftDesk,
    ShiftDeskChange,
    ShiftDuty,
    ShiftMonth,
    ShiftNow,
    ShiftPerson,
    Swap,
)
from zhigan.incidents.press import Press
from zhigan.incidents.printing import TABLES, printed
from zhigan.registry.refusals import allow, an_id, beyond, found, laid_over, said
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.roles import LEAD_ROLES
from zhigan.webapi import downloads, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Pressed: TypeAlias = NamedDependency[SkipValidation[Press]]
MONTHS = timedelta(days=400)
COLUMNS = ("day", "slot", "starts_at", "ends_at", "part", "name", "note")


class ShiftDesks(Controller):
    path = "/shift-desks"
    tags = ("shifts",)

    @get(operation_id="listShiftDesks")
    async def listed(self, principal: Caller, db: Db) -> Page[ShiftDesk]:
        async with db.bound(principal) as conn:
            return Page(await store.desks(conn, principal))

    @post(operation_id="createShiftDesk")
    async def create(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewShiftDesk]) -> ShiftDesk:
        """One desk a scope."""
        scope = reach.checked(lambda: a_scope(data.scope))
        if not within(scope, principal.scope):
            raise beyond("scope")
        allow(principal, LEAD_ROLES)
        id_ = mint(clock)
        async with db.owner() as conn:
            if not await store.add_desk(conn, id_, data, scope, principal, clock.now()):
                raise problems.conflict("There is a desk of that scope already.")
            await audit(conn, principal, clock.now(), "shift.desk_made", id_, data)
        return await seen_desk(db, principal, id_)

    @get("/now", operation_id="listOnShift")
    async def now(self, principal: Caller, db: Db, clock: Time) -> Page[ShiftNow]:
        """Who is on now and who comes next, at each desk that one sees; one's own first."""
        async with db.bound(principal) as conn:
            return Page(await store.on_now(conn, principal, clock.now()))

    @patch("/{desk_id:str}", operation_id="changeShiftDesk")
    async def change(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], data: JSONBody[ShiftDeskChange]
    ) -> ShiftDesk:
        desk = await _planned(db, principal, desk_id)
        async with db.owner() as conn:
            await store.change_desk(conn, desk, laid_over(desk, data), clock.now())
            await audit(conn, principal, clock.now(), "shift.desk_changed", desk.id, {"fields": sorted(said(data))})
        return await seen_desk(db, principal, desk.id)

    @get("/{desk_id:str}/people", operation_id="listShiftPeople")
    async def people(self, principal: Caller, db: Db, desk_id: FromPath[str]) -> Page[ShiftPerson]:
        """Who may stand in its calendar."""
        desk = await _planned(db, principal, desk_id)
        async with db.owner() as conn:
            return Page(await store.staff(conn, desk, principal.scope))

    @get("/{desk_id:str}/month", operation_id="getShiftMonth")
    async def month(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], month: FromQuery[str | None] = None
    ) -> ShiftMonth:
        """Its shifts with what does not fit, absences, holidays, and what each person has."""
        return await _month(db, principal, clock, desk_id, month)

    @get("/{desk_id:str}/month.csv", operation_id="exportShiftMonth", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], month: FromQuery[str | None] = None,
        encoding: FromQuery[downloads.Encoding] = "utf-8-bom",
    ) -> Stream:  # fmt: skip
        seen = await _month(db, principal, clock, desk_id, month)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "shift.exported", seen.desk.id, {"month": seen.month})
        rows: list[list[downloads.Cell]] = [[getattr(d, name) for name in COLUMNS] for d in seen.duties]
        mark = downloads.marked(number, principal, clock.now())
        return downloads.download(f"shifts-{seen.month}.csv", COLUMNS, downloads.at_once(rows), mark, encoding)

    @get(
        "/{desk_id:str}/month.pdf", operation_id="printShiftMonth", media_type="application/pdf",
        opt={UNCOMPRESSED: True},
    )  # fmt: skip
    async def paper(
        self, principal: Caller, db: Db, clock: Time, press: Pressed, desk_id: FromPath[str],
        month: FromQuery[str | None] = None, lang: FromQuery[Literal["zh", "en"]] = "zh",
    ) -> Response[bytes]:  # fmt: skip
        """A4 for the wall of the room: a row a day, a column a shift."""
        seen = await _month(db, principal, clock, desk_id, month)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "shift.printed", seen.desk.id, {"month": seen.month})
        mark = downloads.marked(number, principal, clock.now())
        pdf = await printed(press, paper.of_month(seen, mark, lang), TABLES)
        name = f'inline; filename="shifts-{seen.month}-E{number}.pdf"'
        return Response(pdf, media_type="application/pdf", headers={"content-disposition": name})


class Duties(Controller):
    path = "/shift-desks/{desk_id:str}"
    tags = ("shifts",)

    @post("/duties", operation_id="addShiftDuty")
    async def add(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], data: JSONBody[NewDuty]
    ) -> ShiftDuty:
        """One person into one shift that is not over."""
        desk = await _planned(db, principal, desk_id)
        slot = next((s for s in desk.slots if s.name == data.slot), None)
        if slot is None:
            raise problems.invalid("slot", f"one of {', '.join(s.name for s in desk.slots)}")
        turn = rules.Turn(data.day, slot, *rules.times(data.day, slot))
        now = clock.now()
        if not now < turn.ends_at < now + MONTHS:
            raise problems.invalid("day", "a shift that is not over, at most a year ahead")
        async with db.owner() as conn:
            person = await _person(conn, desk, principal, data.account_id)
            if not await store.put(conn, clock, desk, turn, person, data.note, principal.name):
                raise problems.conflict("This person has that shift already.")
            await audit(conn, principal, now, "shift.planned", desk.id, data)
            rows = [store.duty_of(r) for r in await conn.fetch(store.SQL.duties, desk.id, data.day, data.day)]
        return next(d for d in rows if d.account_id == data.account_id and d.slot == data.slot)

    @delete("/duties/{duty_id:str}", operation_id="removeShiftDuty")
    async def remove(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], duty_id: FromPath[str]
    ) -> None:
        desk = await _planned(db, principal, desk_id)
        async with db.owner() as conn:
            duty = await _not_over(conn, desk, duty_id, clock)
            await conn.execute(store.SQL.drop_duty, duty.id)
            await audit(conn, principal, clock.now(), "shift.unplanned", desk.id, duty)

    @post("/duties/{duty_id:str}/swap", status_code=200, operation_id="swapShiftDuty")
    async def swap(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], duty_id: FromPath[str],
        data: JSONBody[Swap],
    ) -> ShiftDuty:  # fmt: skip
        """换班: two people change places, or another takes the shift (顶班)."""
        desk = await _planned(db, principal, desk_id)
        if (data.with_duty is None) == (data.account_id is None):
            raise problems.invalid("with_duty", "either another duty or an account")
        now = clock.now()
        async with db.owner() as conn:
            mine = await _not_over(conn, desk, duty_id, clock)
            if data.with_duty is not None:
                theirs = await _not_over(conn, desk, data.with_duty, clock)
                await _taken(conn, desk, mine, theirs.account_id)
                await _taken(conn, desk, theirs, mine.account_id)
                taker = ShiftPerson(account_id=theirs.account_id, name=theirs.name, part=theirs.part)
                giver = ShiftPerson(account_id=mine.account_id, name=mine.name, part=mine.part)
                await store.give(conn, theirs.id, giver, data.note.strip(), principal.name, now)
            else:
                taker = await _person(conn, desk, principal, data.account_id or "")
                await _taken(conn, desk, mine, taker.account_id)
            await store.give(conn, mine.id, taker, data.note.strip(), principal.name, now)
            await audit(conn, principal, now, "shift.swapped", desk.id, {"was": mine, "now": taker, "note": data.note})
            return found(await store.duty(conn, desk.id, mine.id))

    @post("/rotation", status_code=200, operation_id="layOutShifts")
    async def rotate(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], data: JSONBody[Rotation]
    ) -> ShiftMonth:
        """Teams in turn, over at most three months; what stood there and has not begun is replaced."""
        desk = await _planned(db, principal, desk_id)
        today = clock.now().astimezone(SHANGHAI).date()
        span = (data.until_day - data.from_day).days
        if not 0 <= span < MOST_DAYS or data.from_day < today - timedelta(days=1) or data.from_day > today + MONTHS:
            raise problems.invalid("until_day", f"from today on, at most {MOST_DAYS} days")
        async with db.owner() as conn:
            known = {p.account_id: p for p in await store.staff(conn, desk, principal.scope)}
            if not all(account in known for team in data.teams for account in team):
                raise problems.invalid("teams", "accounts of this desk: lead, duty or operator, open, of its scope")
            teams = [[known[account] for account in dict.fromkeys(team)] for team in data.teams]
            laid = await store.rotate(conn, clock, desk, data, teams, principal.name)
            await audit(conn, principal, clock.now(), "shift.rotated", desk.id, {"asked": data, "shifts": laid})
        return await _month(db, principal, clock, desk_id, f"{data.from_day:%Y-%m}")

    @post("/absences", operation_id="addShiftAbsence")
    async def absent(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], data: JSONBody[NewAbsence]
    ) -> ShiftAbsence:
        """Leave, sickness, training: shifts planned meanwhile show as conflicts, and nobody away counts as on duty."""
        desk = await _planned(db, principal, desk_id)
        if not 0 <= (data.until_day - data.from_day).days <= MONTHS.days:
            raise problems.invalid("until_day", "not before from_day, at most a year later")
        id_ = mint(clock)
        async with db.owner() as conn:
            person = await _person(conn, desk, principal, data.account_id)
            await store.add_absence(conn, id_, desk.id, data, person.name, principal.name, clock.now())
            await audit(conn, principal, clock.now(), "shift.absence_noted", desk.id, data)
        return ShiftAbsence(
            id=id_, account_id=person.account_id, name=person.name, from_day=data.from_day, until_day=data.until_day,
            kind=data.kind, note=data.note.strip(),
        )  # fmt: skip

    @delete("/absences/{absence_id:str}", operation_id="removeShiftAbsence")
    async def back(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], absence_id: FromPath[str]
    ) -> None:
        desk = await _planned(db, principal, desk_id)
        async with db.owner() as conn:
            name = found(await conn.fetchval(store.SQL.drop_absence, an_id(absence_id), desk.id))
            await audit(conn, principal, clock.now(), "shift.absence_ended", desk.id, {"name": name})


class Holidays(Controller):
    path = "/shift-holidays/{holiday:str}"
    tags = ("shifts",)

    @put(operation_id="putHoliday")
    async def put(
        self, principal: Caller, db: Db, clock: Time, holiday: FromPath[str], data: JSONBody[Holiday]
    ) -> Holiday:
        """The same for every desk: who plans the whole city's names it."""
        at = _whole_city(principal, holiday)
        name = data.name.strip()
        if at != data.day or not 0 < len(name) <= 40:
            raise problems.invalid("name", "the day of the address, and its name of at most 40 characters")
        async with db.owner() as conn:
            await conn.execute(store.SQL.put_holiday, at, name, clock.now(), principal.name)
            await audit(conn, principal, clock.now(), "shift.holiday_put", holiday, data)
        return Holiday(day=at, name=name)

    @delete(operation_id="removeHoliday")
    async def remove(self, principal: Caller, db: Db, clock: Time, holiday: FromPath[str]) -> None:
        at = _whole_city(principal, holiday)
        async with db.owner() as conn:
            found(await conn.fetchval(store.SQL.drop_holiday, at))
            await audit(conn, principal, clock.now(), "shift.holiday_removed", holiday)


def _whole_city(principal: Principal, day: str) -> date:
    if not principal.scope.whole_city:
        raise problems.forbidden()
    allow(principal, LEAD_ROLES)
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise problems.not_found() from None


async def seen_desk(db: Database, principal: Principal, desk_id: str) -> ShiftDesk:
    """The desk, where one sees all that it watches."""
    async with db.bound(principal) as conn:
        listed = await store.desks(conn, principal, an_id(desk_id))
    return found(listed[0] if listed else None)


async def _planned(db: Database, principal: Principal, desk_id: str) -> ShiftDesk:
    """The desk, for who plans its shifts."""
    desk = await seen_desk(db, principal, desk_id)
    allow(principal, LEAD_ROLES)
    return desk


async def _person(conn: Connection, desk: ShiftDesk, principal: Principal, account: str) -> ShiftPerson:
    known = {p.account_id: p for p in await store.staff(conn, desk, principal.scope)}
    if account not in known:
        raise problems.invalid("account_id", "accounts of this desk: lead, duty or operator, open, of its scope")
    return known[account]


async def _not_over(conn: Connection, desk: ShiftDesk, duty_id: str, clock: Clock) -> ShiftDuty:
    duty = found(await store.duty(conn, desk.id, an_id(duty_id)))
    if duty.ends_at <= clock.now():
        raise problems.conflict("The shift is over; what was stays as it was.")
    return duty


async def _taken(conn: Connection, desk: ShiftDesk, shift: ShiftDuty, account: str) -> None:
    """Nobody has the same shift twice."""
    for r in await conn.fetch(store.SQL.duties, desk.id, shift.day, shift.day):
        if r["account"] == account and r["starts_at"] == shift.starts_at:
            raise problems.conflict("This person has that shift already.")


async def _month(db: Database, principal: Principal, clock: Clock, desk_id: str, month: str | None) -> ShiftMonth:
    desk, now = await seen_desk(db, principal, desk_id), clock.now()
    today = now.astimezone(SHANGHAI).date()
    try:
        first = date.fromisoformat(f"{month}-01") if month else today.replace(day=1)
    except ValueError:
        first = date.min
    if abs(first - today) > 10 * MONTHS:
        raise problems.invalid("month", "a month such as 2026-11, within ten years")
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    async with db.bound(principal) as conn, db.owner() as owner:
        return await store.month(conn, owner, desk, first, last, now)


handlers: list[type[Controller]] = [ShiftDesks, Duties, Holidays]
