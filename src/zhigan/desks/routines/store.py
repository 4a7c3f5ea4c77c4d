"""Routines in PostgreSQL: a month by unit, what the platform saw, what people say, what is lacking.

Enters: a bound connection for units, the owner's for the rest, `now`. Leaves: views; rows opened and ended for what is
overdue (IV). A page of the month takes three statements, however many units there are. Absent: HTTP, roles.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from asyncpg import Record

from zhigan.commands import store as commands
from zhigan.desks.routines import rules
from zhigan.desks.routines.model import (
    Integration,
    NewRoutineRecord,
    RoutineKind,
    RoutineRecord,
    RoutineUnit,
    Transmitters,
)
from zhigan.history import store as history
from zhigan.incidents.attending import Watched, attend
from zhigan.incidents.model import Place, Reason, Why
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.conditions import FIRES
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Owned, Scope

SQL = sql.load("zhigan.desks.routines")
RIGHT_S = 5.0
"""GB 50440: clocks within 5 s."""
FLAG = "routine"
SYNC = "sync_clock"
LOOKED = timedelta(hours=26)


async def units(conn: Connection, scope: Scope, q: str, after: str, limit: int) -> list[Transmitters]:
    condition, values = predicate(scope, 4, "u")
    text = SQL.units.replace("true /* scope */", condition)
    rows = await conn.fetch(text, q, after, limit, *values)
    return [
        Transmitters(unit_id=r["id"], code=r["code"], name=r["name"], devices=r["devices"], since=r["since"])
        for r in rows
    ]


async def month(
    owner: Connection, here: Sequence[Transmitters], days: Sequence[date], now: datetime
) -> list[RoutineUnit]:
    """Of units that were found within the asker's scope."""
    ids = [u.unit_id for u in here]
    seen: dict[str, list[Record]] = {}
    for r in await owner.fetch(SQL.days, ids, days[0], days[-1]):
        seen.setdefault(r["unit_id"], []).append(r)
    since = min(days[0], rules.last_over(rules.today(now)).first)
    said: dict[str, list[RoutineRecord]] = {}
    for r in await owner.fetch(SQL.records, ids, since, max(days[-1], rules.today(now))):
        said.setdefault(r["unit_id"], []).append(record_of(r))
    return [_unit(u, seen.get(u.unit_id, []), said.get(u.unit_id, []), days, now) for u in here]


def _unit(
    u: Transmitters, seen: Sequence[Record], said: Sequence[RoutineRecord], days: Sequence[date], now: datetime
) -> RoutineUnit:
    def hand(kind: RoutineKind) -> frozenset[date]:
        return frozenset(r.day for r in said if r.kind == kind)

    links, clocks = {r["day"]: r["links"] for r in seen}, {r["day"]: r["clocks"] for r in seen}
    link = rules.states(days, u.devices, u.since, links, hand("link"), now)
    clock = rules.states(days, u.devices, u.since, clocks, hand("clock"), now)
    yesterday = rules.today(now) - rules.YESTERDAY
    at = days.index(yesterday) if yesterday in days else None
    overdue: list[RoutineKind] = []
    if at is not None and link[at] == "none":
        overdue.append("link")
    if at is not None and clock[at] == "none":
        overdue.append("clock")
    if rules.missed(rules.last_over(rules.today(now)), u.since, sorted(hand("fire_test"))):
        overdue.append("fire_test")
    within = [r for r in said if days[0] <= r.day <= days[-1]]
    return RoutineUnit(
        unit_id=u.unit_id, code=u.code, name=u.name, devices=u.devices, link=link, clock=clock, overdue=overdue,
        tests=[r for r in within if r.kind == "fire_test"], by_hand=[r for r in within if r.kind != "fire_test"],
    )  # fmt: skip


def record_of(r: Record) -> RoutineRecord:
    return RoutineRecord(
        id=r["id"], kind=r["kind"], unit_id=r["unit_id"], day=r["day"], at=r["at"], by_platform=r["by_platform"],
        who=r["who"], words=r["words"], proof=r["proof"], photo=r["photo"],
    )  # fmt: skip


async def integration(owner: Connection, now: datetime) -> Integration:
    day = rules.today(now)
    window, before = rules.half_year(day), rules.last_over(day, year=True)
    done = [record_of(r) for r in await owner.fetch(SQL.integrations, before.first)]
    since: datetime | None = await owner.fetchval(SQL.centre_since)
    late = since is not None and rules.missed(before, since, [r.day for r in done])
    return Integration(since=window.first, due_on=window.end - rules.YESTERDAY, done=done, overdue=late)


async def add(owner: Connection, new: NewRoutineRecord, who: str, now: datetime) -> bool:
    """False where it stands already."""
    made = await owner.fetchval(
        SQL.add_record, new.id, new.kind, new.unit_id, new.day, now, False, who, new.words.strip(), "", now
    )
    return made is not None


async def record(owner: Connection, id_: str) -> RoutineRecord | None:
    row = await owner.fetchrow(SQL.record, id_)
    return None if row is None else record_of(row)


async def look(conn: Connection, now: datetime) -> None:
    """What the platform has seen since it looked last, in the owner's transaction."""
    day = rules.today(now)
    begins = rules.midnight(day)
    await _contacts(conn, day, begins, now)
    await _tests(conn, now)
    for r in await conn.fetch(SQL.exercises, now - LOOKED):
        about = (born(to_micros(r["at"]), "integration", r["id"]), "integration", None, rules.today(r["at"]), r["at"])
        await conn.execute(SQL.add_record, *about, True, r["who"], "", f"audit:{r['id']}", now)


async def _contacts(conn: Connection, day: date, begins: datetime, now: datetime) -> None:
    waiting = await conn.fetch(SQL.waiting, day)
    numbers, labelled = [r["number"] for r in waiting], [r["number"] for r in waiting if r["labelled"]]
    end = begins + timedelta(days=1)
    told = await history.contact(conn, numbers, begins, end, RIGHT_S, labelled) if waiting else {}
    proven = await commands.confirmed(conn, [r["id"] for r in waiting], SYNC, begins)
    found: list[tuple[int, str, datetime | None, datetime | None, str]] = []
    for r in waiting:
        heard, last, set_ = told.get(r["number"]), r["seen_at"], proven.get(r["id"])
        link = heard.heard if heard else last if last is not None and begins <= last < end else None
        clock, by = (heard.timed, "signal") if heard and heard.timed else (None, "")
        if clock is None and set_ is not None and set_.at <= now:
            clock, by = set_.at, set_.command
        if clock is not None or (link is not None and not r["linked"]):
            found.append((r["number"], r["unit_id"], link or clock, clock, by))
    if found:
        await conn.execute(SQL.seen, day, *(list(column) for column in zip(*found, strict=True)))


async def _tests(conn: Connection, now: datetime) -> None:
    """A fire signal that came while a test ran is a test of the fire signal."""
    for r in await conn.fetch(SQL.tests, now):
        begin, end = to_micros(r["starts_at"]), to_micros(r["until"]) + 1
        heard = await history.answers(conn, r["devices"], begin, end, 2000)
        first = next((a for a in heard if a.conditions & int(FIRES)), None)
        if first is None:
            continue
        device = await conn.fetchval(SQL.device_of, first.device)
        at = to_datetime(first.at)
        about = (r["id"], "fire_test", r["unit_id"], rules.today(at), at)
        await conn.execute(SQL.add_record, *about, True, r["person"], "", f"test:{r['id']} device:{device}", now)


async def watch(conn: Connection, now: datetime) -> None:
    """What is overdue becomes work (IV), one row a unit and routine, opened by day; done, it ends by itself."""
    day = rules.today(now)
    yesterday, window = day - rules.YESTERDAY, rules.last_over(day)
    looked = await conn.fetchval(SQL.watched_on, yesterday)
    watched: list[Watched] = []
    for r in await conn.fetch(SQL.lacking, yesterday, window.first):
        there = r["since"] < rules.midnight(yesterday)
        lacking: dict[RoutineKind, bool] = {
            "link": looked and there and not r["linked"],
            "clock": looked and there and not r["timed"],
            "fire_test": r["since"] < rules.midnight(window.first) and not r["tested"],
        }
        due = {"fire_test": window.end - rules.YESTERDAY}
        watched += [
            _watched(f"{kind}:{r['id']}", kind, late, due.get(kind, yesterday), _place(r))
            for kind, late in lacking.items()
        ]
    centre = await integration(conn, now)
    before = rules.last_over(day, year=True).end - rules.YESTERDAY
    watched.append(_watched("integration", "integration", centre.overdue, before, Place(owned=Owned())))
    opens = rules.by_day(now)
    await attend(conn, [each for each in watched if opens or not each.wrong], to_micros(now))


def _watched(of: str, kind: RoutineKind, late: bool, due: date, place: Place) -> Watched:
    reason = Reason(Why.ROUTINE_OVERDUE, {"routine": kind, "due": str(due)})
    return Watched(
        slot=f"{FLAG}:{of}", wrong=late, place=place, reason=reason, flag=FLAG, grade=Grade.IV, kind=Kind.DUTY
    )


def _place(r: Record) -> Place:
    owned = Owned(
        area=r["area"], community=r["community"], industry=r["industry"], grid=r["grid"], unit=r["code"],
        station=r["station"], firm=r["firm"], org=r["org"],
    )  # fmt: skip
    return Place(unit_id=r["id"], unit_code=r["code"], unit_name=r["name"], lon=r["lon"], lat=r["lat"], owned=owned)
