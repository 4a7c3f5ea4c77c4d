"""Duty checks in PostgreSQL. Enters: the owner's connection in the caller's transaction, or one bound to the principal
for what people read. Leaves: checks begun and ended; drafts are appended here, as the last act. Absent: HTTP, and when
to look.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from asyncpg import Record

from zhigan.bus import log
from zhigan.commands import store as commands
from zhigan.commands.model import CheckDuty, Name, Past, State, Target
from zhigan.desks.dutycheck import rules
from zhigan.desks.dutycheck.model import DutyCheck, DutyChecksBegun, DutyRule, DutyShare, SkippedUnit, Unit
from zhigan.incidents import states
from zhigan.incidents.attending import Watched, attend
from zhigan.incidents.model import Place, Reason, Why
from zhigan.runtime import sql
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import night, to_datetime, to_micros
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import DIMENSIONS, Owned, Scope

SQL = sql.load("zhigan.desks.dutycheck")
RANDOM = "random"
"""Who asks where nobody does: an account's id where people ask."""
FLAG = "duty_check"
ALARM: Final = "alarm"
"""Why nobody is asked, or any more: a row of grade I or II is open in the unit."""


class Standing(msgspec.Struct, frozen=True):
    rule: DutyRule
    seed: bytes
    looked_at: datetime
    changed_by: str


async def rule(conn: Connection) -> Standing | None:
    row = await conn.fetchrow(SQL.rule)
    if row is None:
        return None
    return Standing(msgspec.json.decode(row["rule"], type=DutyRule), row["seed"], row["looked_at"], row["changed_by"])


async def units(conn: Connection, which: str, *values: object) -> list[Unit]:
    return [
        Unit(**{n: r[n] for n in ("id", "code", "name", "s", "lon", "lat", "device")},
             owned=Owned(**{d: r[d] for d in DIMENSIONS}))
        for r in await conn.fetch(SQL.units.replace("{which}", which), *values)
    ]  # fmt: skip


async def begin(conn: Connection, clock: Clock, asked: Sequence[Unit], who: tuple[str, str] | None) -> DutyChecksBegun:
    """`who`: the id and name of the account that asks; None: the checks were drawn."""
    alight = await states.alight(conn, [unit.id for unit in asked])
    now, begun, skipped, drafts = clock.now(), list[str](), list[SkippedUnit](), list[Draft]()
    for unit in asked:
        if unit.id in alight:
            skipped.append(SkippedUnit(unit.id, unit.name, ALARM))
            if who is None:
                await conn.execute(
                    SQL.add, mint(clock), unit.id, "", True, "phone", "skipped", ALARM, now, now, now, None
                )
            continue
        id_ = mint(clock)
        target = None if unit.device is None else await commands.target(conn, unit.device)
        command = None if target is None else mint(clock)
        added = await conn.fetchval(
            SQL.add, id_, unit.id, "" if who is None else who[1], who is None, "device" if command else "phone",
            "running", "", now, now + rules.ANSWER, now + rules.OVER, command,
        )  # fmt: skip
        if not added:
            skipped.append(SkippedUnit(unit.id, unit.name, "running"))
            continue
        begun.append(id_)
        if command is not None and target is not None:
            drafts.append(await _ordered(conn, command, target, now, who))
        else:
            drafts.append(_asked(id_, unit, now))
    await log.append(conn, drafts, to_micros(now))
    return DutyChecksBegun(begun=begun, skipped=skipped)


def _asked(check: str, unit: Unit, now: datetime) -> Draft:
    """By it the unit's people are told that they are asked by phone."""
    body: dict[str, object] = {"name": unit.name, "unit_id": unit.id}
    return Draft(EventType.DUTY_CHECK_ASKED, check, to_micros(now), body, unit.owned)


async def _ordered(conn: Connection, command: str, target: Target, now: datetime, who: tuple[str, str] | None) -> Draft:
    account, name = who or (RANDOM, RANDOM)
    minutes = int(rules.ANSWER.total_seconds()) // 60
    past = Past(to_micros(now), State.PENDING, name, "")
    order = CheckDuty(minutes)
    return await commands.ask(conn, command, target, Name.CHECK_DUTY, order, State.PENDING, past, account)


async def settle(conn: Connection, clock: Clock) -> int:
    """What became of the running ones; how many ended. Where an alarm came meanwhile nobody is asked any more."""
    now = clock.now()
    running = await conn.fetch(SQL.running)
    alight = await states.alight(conn, [r["unit_id"] for r in running])
    told = await commands.some(conn, [r["command"] for r in running if r["command"] and r["way"] == "device"])
    ended: list[tuple[Record, bool]] = []
    phoned: dict[str, str] = {}
    for check in running:
        command = told.get(check["command"] or "")
        if command is not None and command.state is State.CONFIRMED:
            at = to_datetime(command.history[-1].at)
            await conn.execute(SQL.ended, check["id"], "answered", at, "", "")
            ended.append((check, True))
        elif check["unit_id"] in alight:
            await conn.execute(SQL.ended, check["id"], "cancelled", None, "", ALARM)
        elif command is not None and command.state is State.CANCELLED:
            await conn.execute(SQL.ended, check["id"], "cancelled", None, "", command.detail)
        elif command is not None and command.state is State.FAILED and now < check["waits_until"]:
            await conn.execute(SQL.by_phone, check["id"], command.detail)
            phoned[check["unit_id"]] = check["id"]
        elif now >= check["ends_at"]:
            await conn.execute(SQL.ended, check["id"], "missed", None, "", "")
            ended.append((check, False))
    if ended:
        await _rows(conn, ended, now)
    if phoned:
        asked = await units(conn, "u.id = any ($1::uuid[])", list(phoned))
        await log.append(conn, [_asked(phoned[unit.id], unit, now) for unit in asked], to_micros(now))
    return len(ended)


async def answered(conn: Connection, unit: str, now: datetime) -> None:
    """By phone: what stood of misses is over."""
    (asked,) = await units(conn, "u.id = $1::uuid", unit)
    await attend(conn, _watched(asked, None), to_micros(now))


async def _rows(conn: Connection, ended: Sequence[tuple[Record, bool]], now: datetime) -> None:
    """A miss by phone is a row of ours; a device's is the engine's. An answer by either way ends ours."""
    asked = {u.id: u for u in await units(conn, "u.id = any ($1::uuid[])", [check["unit_id"] for check, _ in ended])}
    before = {r["unit"]: r["state"] for r in await conn.fetch(SQL.before, [check["id"] for check, _ in ended])}
    watched: list[Watched] = []
    for check, answer in ended:
        unit = asked[check["unit_id"]]
        if answer:
            watched += _watched(unit, None)
        elif check["way"] == "phone":
            twice = before.get(unit.id) == "missed"
            grade = rules.miss(unit.s, night(to_micros(check["asked_at"])), twice)
            watched += _watched(unit, grade, twice=twice)
    await attend(conn, watched, to_micros(now))


def _watched(unit: Unit, grade: Grade | None, *, twice: bool = False) -> list[Watched]:
    """One row a unit at a time: another grade is another row, and the lesser goes."""
    place = Place(
        unit_id=unit.id, unit_code=unit.code, unit_name=unit.name, lon=unit.lon, lat=unit.lat, owned=unit.owned
    )
    why = Why.DUTY_MISSED_TWICE if twice else Why.DUTY_MISSED
    return [
        Watched(
            slot=f"dutycheck:{unit.id}:{each}", wrong=each is grade, place=place,
            reason=Reason(why, {"device": unit.name}), flag=FLAG, grade=each, kind=Kind.DUTY,
        )
        for each in (Grade.III, Grade.IV)
    ]  # fmt: skip


def check(r: Record) -> DutyCheck:
    return DutyCheck(**dict(r))


async def shares(conn: Connection, since: datetime, until: datetime) -> list[DutyShare]:
    """On a bound connection: what its reader may see."""
    return [DutyShare(**dict(r)) for r in await conn.fetch(SQL.shares, since, until)]


async def groups(
    conn: Connection, scope: Scope, since: datetime, until: datetime, now: datetime
) -> list[tuple[str, str, str, int, int]]:
    """(area, firm, org, answered, ended) of the checks of a span, for whoever measures service."""
    condition, values = predicate(scope, 4, "u")
    rows = await conn.fetch(SQL.groups.replace("{scope}", condition), since, until, now, *values)
    return [(r["area"], r["firm"], r["org"], r["met"], r["due"]) for r in rows]
