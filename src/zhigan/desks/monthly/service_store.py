"""Targets, contracts, and what a month left for service levels, in PostgreSQL.

Enters: a connection (bound for reading what happened). Leaves: structs of service_model.py and `Material`. What other
rooms measure comes through `Lumps`; a measure that nobody lends is not there, and its figure is a dash. Absent: words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias

import msgspec
from asyncpg import Record

from zhigan.desks.monthly.model import Month
from zhigan.desks.monthly.service import Material
from zhigan.desks.monthly.service_load import load
from zhigan.desks.monthly.service_model import (
    DeskShifts,
    Load,
    Lump,
    Measure,
    ServiceContract,
    ServiceTargets,
    TargetsVersion,
)
from zhigan.desks.monthly.store import SQL, WORST
from zhigan.incidents import glance, period, statistics
from zhigan.incidents.glance_shapes import Chattering, Lasting, Served
from zhigan.incidents.period import DeviceOfPeriod
from zhigan.incidents.rules import Queue
from zhigan.incidents.statistics import Statistic
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

MOST: Final = 200_000
"""Alarms of a month's report; three hundred times what a city's desk can bear."""
Lumps: TypeAlias = Callable[[Connection, Scope, Month, datetime], Awaitable[Mapping[Measure, Sequence[Lump]]]]
Shifts: TypeAlias = Callable[[Connection, datetime, datetime], Awaitable[list[DeskShifts]]]
Told: TypeAlias = Callable[[Connection, Sequence[Served]], Awaitable[dict[str, float]]]


class ServiceLent(msgspec.Struct, frozen=True):
    """The ports, filled in processes/monthly.py."""

    lumps: Lumps
    told: Told
    shifts: Shifts


class ServiceFigures(msgspec.Struct, frozen=True, kw_only=True):
    material: Material
    targets: TargetsVersion
    loads: list[Load]
    contracts: list[ServiceContract]
    areas: dict[str, str]
    lasting: list[Lasting]
    chattering: list[Chattering]
    causes: list[Statistic]
    types: list[Statistic]
    units: list[Statistic]
    devices: list[DeviceOfPeriod]


async def versions(conn: Connection, most: int = 50) -> list[TargetsVersion]:
    """The newest first; the platform's own last."""
    rows = await conn.fetch(SQL.targets, most)
    told = [
        TargetsVersion(
            version=r["version"], at=r["at"], set_by=r["set_by"],
            targets=msgspec.json.decode(r["document"], type=ServiceTargets),
        )
        for r in rows
    ]  # fmt: skip
    return [*told, TargetsVersion(version=0, at=None, set_by="", targets=ServiceTargets())]


async def add(conn: Connection, targets: ServiceTargets, now: datetime, by: str, account: str) -> int:
    text = msgspec.json.encode(targets).decode()
    return int(await conn.fetchval(SQL.add_target, now, by, account or None, text))


async def contracts(conn: Connection, scope: Scope, since: date, until: date) -> list[ServiceContract]:
    where, parameters = predicate(scope, 3, "c")
    return [_contract(r) for r in await conn.fetch(SQL.contracts.replace("{where}", where), since, until, *parameters)]


async def contract(conn: Connection, id_: str) -> ServiceContract | None:
    row = await conn.fetchrow(SQL.contract, id_)
    return None if row is None else _contract(row)


async def put(conn: Connection, c: ServiceContract) -> None:
    text = msgspec.json.encode(c.targets).decode()
    await conn.execute(
        SQL.put_contract, c.id, c.name, c.area, c.firm, c.org, c.since, c.until, text, c.changed_at, c.changed_by
    )


def _contract(row: Record) -> ServiceContract:
    return msgspec.convert(dict(row) | {"targets": msgspec.json.decode(row["targets"])}, ServiceContract)


async def figures(conn: Connection, scope: Scope, month: Month, now: datetime, lent: ServiceLent) -> ServiceFigures:
    during = (month.since, month.until)
    targets = (await versions(conn, 1))[0]
    limits = targets.targets
    alarms = await glance.served(conn, scope, *during, MOST)
    last = month.until - timedelta(seconds=1)
    return ServiceFigures(
        material=Material(
            now=now, alarms=alarms, faults=await glance.faults(conn, scope, *during, MOST),
            told=await lent.told(conn, alarms), lumps=await lent.lumps(conn, scope, month, now),
        ),
        targets=targets, loads=await _loads(conn, scope, during, alarms, limits, lent),
        contracts=await contracts(conn, scope, month.first, last.date()),
        areas={r["code"]: r["name"] for r in await conn.fetch(SQL.area_names)},
        lasting=await glance.lasting(conn, scope, month.until, timedelta(hours=limits.standing_h)),
        chattering=await glance.chattering(conn, scope, *during, limits.chatter_a_minute),
        causes=[s for s in await statistics.read(conn, scope, "cause", *during, Queue.DESK) if s.code],
        types=await statistics.read(conn, scope, "type", *during, Queue.DESK),
        units=[u for u in await statistics.read(conn, scope, "unit", *during, Queue.DESK) if u.code][:WORST],
        devices=await period.devices(conn, scope, *during, WORST),
    )  # fmt: skip


async def _loads(
    conn: Connection,
    scope: Scope,
    during: tuple[datetime, datetime],
    alarms: Sequence[Served],
    targets: ServiceTargets,
    lent: ServiceLent,
) -> list[Load]:
    """Of each desk with a calendar; of the whole scope, inferred, where its own desk has none."""
    found: list[Load] = []
    own = False
    for desk in await lent.shifts(conn, *during):
        mine = _same(desk.scope, scope)
        own = own or mine
        watched = alarms if mine else await glance.served(conn, desk.scope, *during, MOST)
        found.append(load(desk.name, watched, desk.shifts, during, targets))
    return found if own else [load("", alarms, (), during, targets), *found]


def _same(one: Scope, other: Scope) -> bool:
    return {d: set(v) for d, v in one.terms.items()} == {d: set(v) for d, v in other.terms.items()}
