"""A month's figures out of the rooms that have them, on a connection bound to the principal.

Enters: a bound connection, a month, a scope that narrows it. Leaves: `Figures`. Absent: words.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Final, TypeAlias

import msgspec

from zhigan.desks.monthly.model import CircuitsOfMonth, Month, Online
from zhigan.incidents import period, statistics
from zhigan.incidents.period import DeviceOfPeriod, HazardsOfPeriod, WorkOfPeriod
from zhigan.incidents.rules import Queue
from zhigan.incidents.statistics import Statistic
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.principal import Principal

SQL = sql.load("zhigan.desks.monthly")
WORST: Final = 10
Onlines: TypeAlias = Callable[[Connection, Scope, date, date | None], Awaitable[Sequence[Online]]]
"""The port: month, and today where it is not over."""

Circuits: TypeAlias = Callable[[Principal, str, Month, datetime], Awaitable[CircuitsOfMonth]]
"""The port: who reads, a unit that he sees, the month, now."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """`grades` of all that was raised, `kinds`, `areas` and `worst_units` of the desk's alone; `earlier`: the grades of
    the month before."""

    units: int
    devices: int
    grades: list[Statistic]
    earlier: list[Statistic]
    kinds: list[Statistic]
    areas: list[Statistic]
    worst_units: list[Statistic]
    work: list[WorkOfPeriod]
    hazards: list[HazardsOfPeriod]
    worst_devices: list[DeviceOfPeriod]
    online: Sequence[Online]


async def figures(conn: Connection, scope: Scope, month: Month, onlines: Onlines) -> Figures:
    during = (month.since, month.until)
    today = None if month.over else month.until.astimezone(SHANGHAI).date()
    return Figures(
        units=await _count(conn, SQL.units, scope, "u"),
        devices=await _count(conn, SQL.devices, scope, "d"),
        grades=await statistics.read(conn, scope, "grade", *during, None),
        earlier=await statistics.read(conn, scope, "grade", month.before, month.since, None),
        kinds=await statistics.read(conn, scope, "kind", *during, Queue.DESK),
        areas=await statistics.read(conn, scope, "area", *during, Queue.DESK),
        worst_units=[u for u in await statistics.read(conn, scope, "unit", *during, Queue.DESK) if u.code][:WORST],
        work=await period.work(conn, scope, *during),
        hazards=await period.hazards(conn, scope, *during),
        worst_devices=await period.devices(conn, scope, *during, WORST),
        online=await onlines(conn, scope, month.first, today),
    )


async def _count(conn: Connection, text: str, scope: Scope, alias: str) -> int:
    where, parameters = predicate(scope, 1, alias)
    return int(await conn.fetchval(text.replace("{where}", where), *parameters))
