"""Installations in PostgreSQL: the job's row, the device it makes, the test it opens, the signal it waits for.

Enters: the owner's connection in the caller's transaction, after unit and project were found within the scope. Leaves:
rows, and a device one step further. The engine hears of a test by the registry, as of any other. Absent: HTTP.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.desks.installation import rules
from zhigan.desks.installation.model import Installer, Job, Project
from zhigan.history import store as history
from zhigan.registry import devices, testing, units
from zhigan.registry.checks import DeviceRecord
from zhigan.registry.devices import Found
from zhigan.registry.model import DeviceState
from zhigan.registry.shapes import NewTest
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.vocabulary.scopes import Owned

SQL = sql.load("zhigan.desks.installation")
WAITING = frozenset({DeviceState.PLANNED, DeviceState.DELIVERED, DeviceState.DISCOVERED})
"""What may be installed: announced, delivered, or heard without being known."""
MOST_ANSWERS = 1000


async def job(conn: Connection, id_: str) -> Job | None:
    row = await conn.fetchrow(f"{SQL.job} where j.id = $1::uuid", id_)
    return None if row is None else _job(row)


async def jobs(conn: Connection, account: str, project: str | None, limit: int) -> list[Job]:
    text = f"{SQL.job} where j.account = $1 and ($2::uuid is null or j.project = $2::uuid) order by j.scanned_at desc"
    return [_job(r) for r in await conn.fetch(f"{text} limit $3", account, project, limit)]


def _job(row: Record) -> Job:
    return Job(**dict(row))


async def locked(conn: Connection, id_: str) -> Job | None:
    """The same job sent twice at once: the second sees what the first made."""
    await conn.execute(SQL.lock_job, id_)
    return await job(conn, id_)


async def put(conn: Connection, one: Job, owned: Owned) -> None:
    await conn.execute(
        SQL.put_job, one.id, one.project, one.account, one.installer, one.code, one.device, one.number, one.unit_id,
        one.lon, one.lat, one.accuracy_m, one.scanned_at, one.registered_at, one.pressed_at, one.test, one.test_until,
        one.seen_at, one.photo, one.photo_type, one.in_service_at, one.changed_at,
        *(getattr(owned, name) for name in SCOPE),
    )  # fmt: skip


SCOPE = ("area", "community", "industry", "grid", "unit", "station", "firm", "org")


async def by_code(conn: Connection, code: str, gateway: str) -> list[Found]:
    """Who lives under that code, whoever's scope he is in."""
    rows = await conn.fetch(SQL.known_codes, code.upper(), gateway, sorted({code, code.upper(), code.lower()}))
    return [found for r in rows if (found := await devices.one(conn, r["id"])) is not None]


async def install(conn: Connection, record: DeviceRecord, now: datetime, *, fresh: bool) -> bool:
    """False: somebody was quicker with this address."""
    if fresh:
        return bool(await devices.add(conn, [record], now))
    await devices.change(conn, [record], now)
    return True


async def open_test(conn: Connection, one: Job, now: datetime) -> None:
    """What the device says in the next minutes is a test; everything else in the unit stays real."""
    test = NewTest(
        unit_id=one.unit_id, purpose=f"装机测试 {one.code}", minutes=rules.TEST_MINUTES, devices=[one.device],
        systems=[], person=one.installer, phone="",
    )  # fmt: skip
    one.test = await units.add_test(conn, test, now)
    one.test_until = to_datetime(to_micros(now) + rules.TEST_MINUTES * 60_000_000)


async def look(conn: Connection, one: Job, now: datetime) -> None:
    """Has the platform heard the device since it was pressed?"""
    if one.pressed_at is None or one.seen_at is not None:
        return
    begin = min(one.pressed_at, one.registered_at) - rules.EARLIER
    heard = await history.answers(conn, [one.number], to_micros(begin), to_micros(now) + 1, MOST_ANSWERS)
    if heard:
        one.seen_at = to_datetime(heard[0].at)
        await testing.seen(conn, {one.device: one.seen_at})


async def into_service(conn: Connection, one: Job, device: Found, now: datetime) -> None:
    record = msgspec.structs.replace(devices.as_record(device), state=DeviceState.IN_SERVICE.value)
    await devices.change(conn, [record], now)
    one.in_service_at = now


async def projects(conn: Connection, condition: str, parameters: Sequence[object], limit: int) -> list[Project]:
    text = f"{SQL.projects} where {condition} order by p.closed_at nulls first, p.created_at desc limit {limit}"
    return [Project(**dict(r)) for r in await conn.fetch(text, *parameters)]


async def installers(conn: Connection, project: str, now: datetime) -> list[Installer]:
    rows = await conn.fetch(SQL.installers, project, rules.midnight(now))
    return [Installer(**dict(r)) for r in rows]


async def add_project(conn: Connection, one: Project, by: str, owned: Owned) -> None:
    await conn.execute(
        SQL.add_project, one.id, one.name, one.unit_id, one.gateway, one.type, one.planned, one.created_at, by,
        *(getattr(owned, name) for name in SCOPE),
    )  # fmt: skip
