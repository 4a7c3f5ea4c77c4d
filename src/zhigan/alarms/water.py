"""The water of the streets, looked at now and then: zones that have lost their pressure, hydrants that run for nothing.

Enters: a connection and `now`. Leaves: a zone's one row opened, fed, ended; rows of hydrants opened without an
incident; the cases whose rows went into a zone's. A zone is the supply zone that was entered, else the street, else a
square of the map. Absent: the rules (engine/streets.py, engine/water.py), and telling 119 (outlets/dispatch).
"""

from collections.abc import Sequence

from asyncpg import Record

from zhigan.alarms.engine import Policy, streets, water
from zhigan.alarms.engine.streets import ZONE, Street
from zhigan.alarms.engine.water import NEAR_M, Running
from zhigan.bus import log
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Change, Merged, Place, Standing
from zhigan.registry.hydrants import metres
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.scopes import DIMENSIONS, Owned

_SQL = load("zhigan.alarms")
_DRY = int(Condition.LOW_PRESSURE | Condition.NO_WATER)
_RUNS = int(Condition.WATER_FLOW)


async def look(conn: Connection, policy: Policy, now: int) -> tuple[int, list[str]]:
    """How many changes it came to, and the cases whose rows went into a zone's: their engine must look again."""
    async with conn.transaction():
        changes, cases = await _zones(conn, policy, now)
        changes += await _running(conn, now)
        if changes:
            await log.append(conn, await incidents.apply(conn, changes, now), now)
    return len(changes), cases


async def _zones(conn: Connection, policy: Policy, now: int) -> tuple[list[Change], list[str]]:
    group = policy.groups.get("hydrant/zone") or policy.groups["hydrant/unit"]
    found = [_zone(r) for r in await conn.fetch(_SQL.dry_zones, to_datetime(now), group.window_s, _DRY)]
    open_ = await _open(conn, ZONE.case_key(""))
    if not found and not open_:
        return [], []
    rows: dict[str, list[Standing]] = {}
    devices = sorted({device for zone in found for device in zone.units})
    for device, row in await incidents.open_of_devices(conn, devices, ("low_pressure", "no_water")):
        rows.setdefault(device, []).append(row)
    changes = streets.judge(found, open_, rows, group, now, ZONE)
    gone = {change.incident for change in changes if isinstance(change, Merged)}
    return changes, sorted({row.case_key for its in rows.values() for row in its if row.id in gone})


def _zone(r: Record) -> Street:
    return Street(
        code=r["code"],
        name=r["name"],
        area=r["area"],
        devices=r["devices"],
        silent=r["dry"],
        lately=r["lately"],
        units=tuple(r["members"]),
        lon=r["lon"],
        lat=r["lat"],
    )


async def _running(conn: Connection, now: int) -> list[Change]:
    rows = await conn.fetch(_SQL.running_hydrants, to_datetime(now), _RUNS)
    open_ = await _open(conn, water.case_key(""))
    if not rows and not open_:
        return []
    fires = await incidents.open_places(conn) if rows else []
    return water.judge([_one(r, fires) for r in rows], open_, now)


def _one(r: Record, fires: Sequence[tuple[float, float]]) -> Running:
    lon, lat = r["lon"], r["lat"]
    near = lon is not None and lat is not None and any(metres(lon, lat, *fire) <= NEAR_M for fire in fires)
    place = Place(text=r["place"], lon=lon, lat=lat, owned=Owned(**{d: r[d] for d in DIMENSIONS}))
    return Running(device=r["device"], name=r["name"], place=place, explained=near or r["tested"])


async def _open(conn: Connection, prefix: str) -> dict[str, Standing]:
    return {row.case_key.removeprefix(prefix): row for row in await incidents.open_beginning(conn, prefix)}
