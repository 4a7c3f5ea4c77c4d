"""The shift calendar in PostgreSQL.

Enters: a connection (bound for what people read, the owner's for what they write), checked values, `now`. Leaves:
desks, months, who is on, and the accounts that are off (the port that notification is lent). Absent: HTTP, roles.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
from asyncpg import Record

from zhigan.access.rules import within
from zhigan.desks.shifts import rules
from zhigan.desks.shifts.model import (
    Holiday,
    NewAbsence,
    NewShiftDesk,
    Rotation,
    ShiftAbsence,
    ShiftDesk,
    ShiftDuty,
    ShiftMonth,
    ShiftNow,
    ShiftPerson,
    Worked,
)
from zhigan.runtime import sql
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.roles import LEAD_ROLES
from zhigan.vocabulary.scopes import Scope, parse, show
from zhigan.webapi.principal import Principal

SQL = sql.load("zhigan.desks.shifts")


def one_order(scope: Scope) -> str:
    """The same scope is one text, however it was written."""
    return show(Scope({d: tuple(sorted(set(v))) for d, v in sorted(scope.terms.items())}))


async def desks(conn: Connection, principal: Principal, id_: str | None = None) -> list[ShiftDesk]:
    own = one_order(principal.scope)
    return [
        ShiftDesk(
            id=r["id"], name=r["name"], scope=r["scope"], hours=r["hours"], starts_minute=r["starts_minute"],
            grace_minutes=r["grace_minutes"], slots=rules.slots(r["hours"], r["starts_minute"]),
            mine=r["scope"] == own, changes=principal.role in LEAD_ROLES,
        )
        for r in await conn.fetch(SQL.desks, id_)
    ]  # fmt: skip


async def add_desk(
    conn: Connection, id_: str, new: NewShiftDesk, scope: Scope, principal: Principal, now: datetime
) -> bool:
    """False where the scope has a desk already."""
    terms = msgspec.json.encode(scope.terms).decode()
    made = await conn.fetchval(
        SQL.add_desk, id_, new.name.strip(), one_order(scope), terms, new.hours, new.starts_minute, new.grace_minutes,
        now, principal.name,
    )  # fmt: skip
    return made is not None


async def change_desk(conn: Connection, standing: ShiftDesk, changed: ShiftDesk, now: datetime) -> None:
    """Where the pattern is another, what was planned from now on is taken away."""
    await conn.execute(
        SQL.change_desk, standing.id, changed.name, changed.hours, changed.starts_minute, changed.grace_minutes
    )
    if (standing.hours, standing.starts_minute) != (changed.hours, changed.starts_minute):
        await conn.execute(SQL.clear, standing.id, now, None, None)


def duty_of(r: Record) -> ShiftDuty:
    return ShiftDuty(
        id=r["id"], day=r["day"], slot=r["slot"], starts_at=r["starts_at"], ends_at=r["ends_at"],
        account_id=r["account"], name=r["name"], part=r["part"], note=r["note"],
    )  # fmt: skip


async def month(
    conn: Connection, owner: Connection, desk: ShiftDesk, first: date, last: date, now: datetime
) -> ShiftMonth:
    """`owner`: asks what the same people have elsewhere; of it only that it does not fit is told."""
    duties = [duty_of(r) for r in await conn.fetch(SQL.duties, desk.id, first, last)]
    absences = [_absence(r) for r in await conn.fetch(SQL.absences, desk.id, first, last)]
    holidays = [Holiday(day=r["day"], name=r["name"]) for r in await conn.fetch(SQL.holidays, first, last)]
    since = await conn.fetchval(SQL.begun, desk.id)
    people = sorted({d.account_id for d in duties})
    elsewhere = [duty_of(r) for r in await owner.fetch(SQL.elsewhere, people, first, last, desk.id)]
    away = [tuple(r.values()) for r in await owner.fetch(SQL.away, people, first, last)]
    gone = frozenset(r["id"] for r in await owner.fetch(SQL.closed, people))
    days = rules.days(first, last)
    wrong = [*rules.conflicts(duties, elsewhere, away, gone), *rules.gaps(days, desk.slots, duties, since)]
    return ShiftMonth(
        desk=desk, month=f"{first:%Y-%m}", today=now.astimezone(SHANGHAI).date(), days=days, duties=duties,
        conflicts=sorted(wrong, key=lambda c: (c.day, c.kind, c.name)), absences=absences, holidays=holidays,
        sums=rules.sums(duties, frozenset(h.day for h in holidays)),
    )  # fmt: skip


def _absence(r: Record) -> ShiftAbsence:
    return ShiftAbsence(
        id=r["id"], account_id=r["account"], name=r["name"], from_day=r["from_day"], until_day=r["until_day"],
        kind=r["kind"], note=r["note"],
    )  # fmt: skip


async def staff(owner: Connection, desk: ShiftDesk, reach: Scope) -> list[ShiftPerson]:
    """Who may stand in the calendar: the desk's roles, seeing all that it watches, within the asker's reach."""
    watched = parse(desk.scope)
    return [
        ShiftPerson(account_id=r["id"], name=r["display_name"] or r["name"], part=r["role"])
        for r in await owner.fetch(SQL.staff)
        if within(watched, parse(r["scope"])) and within(parse(r["scope"]), reach)
    ]


async def duty(conn: Connection, desk: str, id_: str) -> ShiftDuty | None:
    row = await conn.fetchrow(SQL.duty, id_, desk)
    return None if row is None else duty_of(row)


async def put(
    conn: Connection, clock: Clock, desk: ShiftDesk, turn: rules.Turn, person: ShiftPerson, note: str, who: str
) -> bool:
    """False where this person has that shift already."""
    made = await conn.fetchval(
        SQL.put_duty, mint(clock), desk.id, turn.day, turn.slot.name, turn.starts_at, turn.ends_at, person.account_id,
        person.name, person.part, note.strip(), clock.now(), who,
    )  # fmt: skip
    return made is not None


async def rotate(
    conn: Connection, clock: Clock, desk: ShiftDesk, asked: Rotation, teams: Sequence[Sequence[ShiftPerson]], who: str
) -> int:
    """How many shifts of persons were laid out; what has begun stays as it is."""
    now = clock.now()
    await conn.execute(SQL.clear, desk.id, now, asked.from_day, asked.until_day)
    rows = [
        (mint(clock), desk.id, turn.day, turn.slot.name, turn.starts_at, turn.ends_at, person.account_id, person.name,
         person.part, "", now, who)
        for turn, team in rules.rotation(asked.from_day, asked.until_day, len(teams), asked.run, desk.slots)
        if turn.starts_at > now
        for person in teams[team]
    ]  # fmt: skip
    await conn.executemany(SQL.put_duty, rows)
    return len(rows)


async def give(conn: Connection, duty_: str, person: ShiftPerson, note: str, who: str, now: datetime) -> None:
    await conn.execute(SQL.hand_over_duty, duty_, person.account_id, person.name, person.part, note, now, who)


async def add_absence(
    conn: Connection, id_: str, desk: str, new: NewAbsence, name: str, who: str, now: datetime
) -> None:
    await conn.execute(
        SQL.add_absence, id_, desk, new.account_id, name, new.from_day, new.until_day, new.kind, new.note.strip(), now,
        who,
    )  # fmt: skip


async def on_now(conn: Connection, principal: Principal, now: datetime) -> list[ShiftNow]:
    """At every desk that one sees; one's own first."""
    listed = await desks(conn, principal)
    there: dict[str, list[Record]] = {}
    for r in await conn.fetch(SQL.around, now):
        there.setdefault(r["desk"], []).append(r)
    planned = {r["desk"] for r in await conn.fetch(SQL.planned, now)}
    found = [_now(desk, there.get(desk.id, []), desk.id in planned, now) for desk in listed]
    return sorted(found, key=lambda each: not each.mine)


def _now(desk: ShiftDesk, near: Sequence[Record], planned: bool, now: datetime) -> ShiftNow:
    turn = rules.turn_at(now, desk.slots)

    def people(at: datetime) -> list[ShiftPerson]:
        return [
            ShiftPerson(account_id=r["account"], name=r["name"], part=r["part"])
            for r in near
            if r["starts_at"] <= at < r["ends_at"]
        ]

    return ShiftNow(
        desk_id=desk.id, desk=desk.name, mine=desk.mine, slot=turn.slot.name, day=turn.day, starts_at=turn.starts_at,
        ends_at=turn.ends_at, people=people(now), next=people(turn.ends_at + timedelta(minutes=1)), planned=planned,
    )  # fmt: skip


async def off(conn: Connection, now: datetime) -> frozenset[str]:
    """The port of notification: accounts that a calendar says are not on now, where somebody of their part is. Without
    a calendar, and in an empty shift, nobody is off."""
    return frozenset(r["account"] for r in await conn.fetch(SQL.off, now))


async def worked(conn: Connection, since: datetime, until: datetime) -> list[Worked]:
    """For whoever measures how much came to one person: on a bound connection, the desks that its reader sees."""
    return [Worked(**dict(r)) for r in await conn.fetch(SQL.worked, since, until)]
