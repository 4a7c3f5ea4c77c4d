"""Plans in PostgreSQL: versions of pictures, places of devices, a floor with what stands on it now.

Enters: a bound connection for reading, the owner's for writing. Leaves: what the page shows. A place belongs to the
first device that stood there, so that its successor stands there too. Absent: the bytes (the shelf).
"""

from datetime import datetime

from asyncpg import Record

from zhigan.desks.plans.model import FloorDevices, FloorView, Plan, PlanDevice, Spot
from zhigan.registry import floors as registry_floors
from zhigan.registry import rules
from zhigan.registry.floors import Floor
from zhigan.registry.shapes import Building
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.webapi.pictures import Picture

SQL = sql.load("zhigan.desks.plans")
MOST_DEVICES = 2000
ALARMS = int(rules.ALARMS)


async def floors(conn: Connection, building: Building) -> list[FloorView]:
    """The building's floors from the top down; what only a device names stands among them without an id."""
    plans = {r["floor"]: Plan(**dict(r)) for r in await conn.fetch(SQL.latest, building.id, None)}
    told = {r["key"]: r for r in await conn.fetch(SQL.floors, building.id, ALARMS)}
    known = await registry_floors.of_building(conn, building.id)
    views = [_floor(f.name, f, plans.get(f.name), told.pop(f.key, None)) for f in known]
    views += [_floor(rules.floor_name(r["name"]), None, None, r) for r in told.values()]
    return sorted(views, key=lambda view: rules.floor_order(view.floor))


def _floor(name: str, known: Floor | None, plan: Plan | None, r: Record | None) -> FloorView:
    counts = (0, 0, 0) if r is None else (r["devices"], r["placed"], r["alarms"])
    return FloorView(
        id=None if known is None else known.id,
        floor=name,
        compartments=[] if known is None else known.compartments,
        plan=plan,
        devices=counts[0],
        placed=counts[1],
        alarms=counts[2],
    )


async def floor(conn: Connection, building_id: str, name: str) -> FloorDevices:
    known = await registry_floors.named(conn, building_id, name)
    rows = await conn.fetch(SQL.devices, building_id, name, MOST_DEVICES + 1)
    latest = await conn.fetchrow(SQL.latest, building_id, name)
    devices = [_device(r) for r in rows[:MOST_DEVICES]]
    return FloorDevices(
        floor=rules.floor_name(name) if known is None else known.name,
        compartments=[] if known is None else known.compartments,
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
        condition=rules.condition_word(r["conditions"], r["seen_at"] is not None),
        conditions=rules.condition_names(r["conditions"]),
        floor=r["floor"],
        place=rules.place_text(r["place"], "", r["floor"], r["compartment"], r["flat"]),
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
    floor = await registry_floors.kept(conn, *where, by[0])
    await conn.execute(SQL.lock, floor.id)
    shape = (found.type, kept[0], found.width, found.height, kept[1])
    await conn.execute(SQL.add_plan, id_, where[0], floor.id, name, *shape, *by)


async def put_spot(conn: Connection, spot: Spot, building_id: str, now: datetime, who: str) -> None:
    await registry_floors.note(conn, [(building_id, spot.floor)], now)
    await conn.execute(SQL.put_spot, spot.device_id, spot.floor, spot.x, spot.y, now, who)


async def remove_spot(conn: Connection, device_id: str) -> Spot | None:
    """What stood there; None: nothing."""
    row = await conn.fetchrow(SQL.remove_spot, device_id)
    return None if row is None else Spot(device_id=device_id, floor=row["floor"], x=row["x"], y=row["y"])
