"""Plans in PostgreSQL: versions of pictures, places of devices, a floor with what stands on it now.

Enters: a bound connection for reading, the owner's for writing. Leaves: what the page shows. A place belongs to the
first device that stood there, so that its successor stands there too. Absent: the bytes (the shelf).
"""

from datetime import datetime

from asyncpg import Record

from zhigan.desks.plans import rules
from zhigan.desks.plans.model import FloorDevices, FloorView, Picture, Plan, PlanDevice, Spot
from zhigan.registry import rules as registry_rules
from zhigan.registry.shapes import Building
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection

SQL = sql.load("zhigan.desks.plans")
MOST_DEVICES = 2000
ALARMS = int(registry_rules.ALARMS)


async def floors(conn: Connection, building: Building) -> list[FloorView]:
    """What its numbers, its devices and its plans name, from the top down."""
    plans = {r["floor"]: Plan(**dict(r)) for r in await conn.fetch(SQL.latest, building.id, None)}
    told = {r["floor"]: r for r in await conn.fetch(SQL.floors, building.id, ALARMS)}
    names = {*rules.floors_built(building.floors_above, building.floors_below), *plans, *told} - {""}
    return [_floor(name, plans.get(name), told.get(name)) for name in sorted(names, key=rules.floor_order)]


def _floor(name: str, plan: Plan | None, r: Record | None) -> FloorView:
    counts = (0, 0, 0) if r is None else (r["devices"], r["placed"], r["alarms"])
    return FloorView(floor=name, plan=plan, devices=counts[0], placed=counts[1], alarms=counts[2])


async def floor(conn: Connection, building_id: str, name: str) -> FloorDevices:
    rows = await conn.fetch(SQL.devices, building_id, name, MOST_DEVICES + 1)
    latest = await conn.fetchrow(SQL.latest, building_id, name)
    devices = [_device(r) for r in rows[:MOST_DEVICES]]
    return FloorDevices(
        floor=name,
        plan=None if latest is None else Plan(**dict(latest)),
        placed=[d for d in devices if d.x is not None],
        unplaced=[d for d in devices if d.x is None],
        more=len(rows) > MOST_DEVICES,
    )


def _device(r: Record) -> PlanDevice:
    return PlanDevice(
        id=r["id"],
        name=r["name"],
        address=r["address"],
        type=r["type"],
        state=r["state"],
        condition=registry_rules.condition_word(r["conditions"], r["seen_at"] is not None),
        conditions=registry_rules.condition_names(r["conditions"]),
        floor=r["floor"],
        place=registry_rules.place_text(r["place"], "", r["floor"], r["compartment"], r["flat"]),
        x=r["x"],
        y=r["y"],
        last_seen_at=r["seen_at"],
    )


async def versions(conn: Connection, building_id: str, name: str) -> list[Plan]:
    return [Plan(**dict(r)) for r in await conn.fetch(SQL.versions, building_id, name)]


async def plan(conn: Connection, id_: str) -> Plan | None:
    row = await conn.fetchrow(SQL.plan, id_)
    return None if row is None else Plan(**dict(row))


async def add_plan(
    conn: Connection,
    id_: str,
    where: tuple[str, str],
    name: str,
    found: Picture,
    kept: tuple[int, bytes],
    by: tuple[datetime, str, str],
) -> None:
    """`where`: building and floor; `kept`: size and hash; `by`: when, name, account. The lock makes versions a row."""
    await conn.execute(SQL.lock, *where)
    shape = (found.type, kept[0], found.width, found.height, kept[1])
    await conn.execute(SQL.add_plan, id_, *where, name, *shape, *by)


async def put_spot(conn: Connection, spot: Spot, now: datetime, who: str) -> None:
    await conn.execute(SQL.put_spot, spot.device_id, spot.floor, spot.x, spot.y, now, who)


async def remove_spot(conn: Connection, device_id: str) -> Spot | None:
    """What stood there; None: nothing."""
    row = await conn.fetchrow(SQL.remove_spot, device_id)
    return None if row is None else Spot(device_id=device_id, floor=row["floor"], x=row["x"], y=row["y"])
