"""What a period left beside its alarms: work by kind with its age, hazards that people reported, the worst devices.

Enters: a connection bound to the principal, a period, a scope that narrows it. Leaves: rows for a report. Absent:
alarms by kind, grade or unit (statistics.py), and paper (desks/monthly).
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope


class WorkOfPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """`code`: the kind. `open`: what still stood at its end, with its median age and that of the oldest, in seconds;
    `handle_s`: the median until what was closed in it was closed."""

    code: str
    opened: int
    closed: int
    open: int
    handle_s: int | None
    age_s: int | None
    oldest_s: int | None


class HazardsOfPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """`code`: the category. `unfounded`: somebody looked, and nothing was there."""

    code: str
    reported: int
    mended: int
    unfounded: int
    open: int


class DeviceOfPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """`troubles`: faults and the like, that are no alarm."""

    id: str
    name: str
    unit: str
    place: str
    alarms: int
    false_alarms: int
    troubles: int


async def of_devices(
    conn: Connection, devices: Sequence[str], since: datetime, until: datetime
) -> list[tuple[str, str]]:
    """(device, incident), on a connection bound to the principal."""
    return [(r["device"], r["incident"]) for r in await conn.fetch(SQL.period_of_devices, since, until, list(devices))]


async def work(conn: Connection, scope: Scope, since: datetime, until: datetime) -> list[WorkOfPeriod]:
    return [msgspec.convert(dict(r), WorkOfPeriod) for r in await _rows(conn, SQL.month_work, scope, since, until)]


async def hazards(conn: Connection, scope: Scope, since: datetime, until: datetime) -> list[HazardsOfPeriod]:
    return [
        msgspec.convert(dict(r), HazardsOfPeriod) for r in await _rows(conn, SQL.month_hazards, scope, since, until)
    ]


async def devices(conn: Connection, scope: Scope, since: datetime, until: datetime, most: int) -> list[DeviceOfPeriod]:
    rows = await _rows(conn, SQL.month_devices, scope, since, until, most)
    return [msgspec.convert(dict(r), DeviceOfPeriod) for r in rows]


async def _rows(conn: Connection, text: str, scope: Scope, *given: object) -> Sequence[Record]:
    where, parameters = predicate(scope, len(given) + 1, "i")
    return await conn.fetch(text.replace("{where}", where), *given, *parameters)
