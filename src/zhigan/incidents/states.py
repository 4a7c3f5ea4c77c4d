"""What alarms say of their devices over time: raised, cleared, come back. For outlets that tell of devices, not rows.

Enters: the owner's connection; ids of incidents or devices, or a span of time. Leaves: alarms, bare: device, condition
and their moments. Absent: places, people, grades.
"""

from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from zhigan.incidents.documents import DeviceAlarm
from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection


async def of_incidents(conn: Connection, incidents: Sequence[str]) -> list[DeviceAlarm]:
    """Oldest first; those of nobody's device are left out."""
    return [_alarm(r) for r in await conn.fetch(SQL.states_of_incidents, list(incidents))] if incidents else []


async def of_devices(conn: Connection, devices: Sequence[str], since: datetime) -> list[DeviceAlarm]:
    """All that stood at some moment since then."""
    return [_alarm(r) for r in await conn.fetch(SQL.states_of_devices, list(devices), since)] if devices else []


async def between(conn: Connection, since: datetime, until: datetime, after: str, limit: int) -> list[DeviceAlarm]:
    """Raised or cleared in that time, or standing now; page by page of alarms' ids, which are made in time's order."""
    return [_alarm(r) for r in await conn.fetch(SQL.states_between, since, until, after, limit)]


async def burning(conn: Connection, unit_id: str, building_id: str | None) -> bool:
    """Is there an open fire at the desk in this building? Where one does not know its building, in the unit."""
    return await conn.fetchval(SQL.burning, unit_id, building_id)


async def alight(conn: Connection, units: Sequence[str]) -> frozenset[str]:
    """Those of the units in which a row of grade I or II is open."""
    return frozenset(r["unit_id"] for r in await conn.fetch(SQL.alight, list(units))) if units else frozenset()


def _alarm(r: Record) -> DeviceAlarm:
    return DeviceAlarm(**dict(r))
