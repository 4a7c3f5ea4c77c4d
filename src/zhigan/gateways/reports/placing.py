"""Where a report is: from the codes that its sender knows to a place with its scope.

Enters: a report, its sender. Leaves: the place as incidents know places; or what is wrong with the codes. What lies
outside the sender's scope is answered as if it were not there. Absent: guesses: a position alone names no
unit, only whose area it is.
"""

from zhigan.gateways.reports.model import NewInbound
from zhigan.gateways.reports.rules import Errors, Flaw, Spot
from zhigan.gateways.reports.store import SQL
from zhigan.incidents.model import Place
from zhigan.registry import units
from zhigan.registry.rules import floor_name, place_text
from zhigan.registry.shapes import Building, Unit
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.premises import PremisesClass
from zhigan.vocabulary.scopes import Owned, ground, holds
from zhigan.webapi import pages
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

UNKNOWN = "there is no such place within your scope."
FLOOR_MAX = 20


async def spot(db: Database, principal: Principal, new: NewInbound) -> Spot | Errors:
    if new.unit or new.unit_id:
        async with db.bound(principal) as conn:
            unit = await _unit(conn, new)
            if unit is None or unit.retired_at is not None:
                return [Flaw("unit" if new.unit else "unit_id", UNKNOWN)]
            return await _in_unit(conn, new, unit)
    async with db.owner() as conn:
        owned = await _ground(conn, principal, new)
    if isinstance(owned, list):
        return owned
    return Spot(Place(text=_text(new), lon=new.lon, lat=new.lat, owned=owned))


async def _unit(conn: Connection, new: NewInbound) -> Unit | None:
    if new.unit_id:
        return await units.one(conn, new.unit_id) if pages.is_id(new.unit_id) else None
    return (await units.by_codes(conn, [new.unit])).get(new.unit)


async def _in_unit(conn: Connection, new: NewInbound, unit: Unit) -> Spot | Errors:
    houses = await units.buildings(conn, unit.id)
    house: Building | None = houses[0] if len(houses) == 1 else None
    if new.building:
        house = next((b for b in houses if new.building in (b.code, b.name)), None)
        if house is None:
            return [Flaw("building", "a building of the unit")]
    floor = floor_name(new.floor) if new.floor else ""
    if len(floor) > FLOOR_MAX:
        return [Flaw("floor", f"at most {FLOOR_MAX} characters")]
    named = house.name if house is not None else ""
    place = Place(
        unit_id=unit.id, unit_code=unit.code, unit_name=unit.name,
        building_id=house.id if house else None, building_code=house.code if house else "", building_name=named,
        text=place_text(new.place.strip(), named, floor, "", "") or unit.name,
        lon=new.lon if new.lon is not None else unit.lon, lat=new.lat if new.lat is not None else unit.lat,
        owned=units.owned(unit),
    )  # fmt: skip
    return Spot(place, PremisesClass(int(unit.class_[1])), floor)


async def _ground(conn: Connection, principal: Principal, new: NewInbound) -> Owned | Errors:
    """A grid tells its area, a community its own; else the area that was named; else that of the grid in whose
    boundary the position lies; else the sender's one, or that of the units around the position."""
    usual = ground(principal.scope)
    area, community, grid = new.area_code, new.community, new.grid or usual.grid
    if community:
        area = await conn.fetchval(SQL.community_ground, community) or ""
        if not area:
            return [Flaw("community", UNKNOWN)]
    elif grid and not area:
        row = await conn.fetchrow(SQL.grid_ground, grid)
        if row is not None:
            area, community = row["area"], row["community"]
        elif new.grid[:12].isdigit() and len(new.grid) > 12:
            community = new.grid[:12]
            area = await conn.fetchval(SQL.community_ground, community) or ""
            community = community if area else ""
    if not (area or community or grid) and new.lon is not None:
        drawn = await conn.fetchrow(SQL.drawn_ground, new.lon, new.lat)
        if drawn is not None and holds(principal.scope, Owned(drawn["area"], drawn["community"], grid=drawn["grid"])):
            area, community, grid = drawn["area"], drawn["community"], drawn["grid"]
    if not (area or usual.area) and new.lon is not None:
        area = await conn.fetchval(SQL.near_ground, new.lon, new.lat) or ""
    owned = Owned(
        area=area or usual.area, community=community or usual.community, industry=usual.industry, grid=grid,
        station=usual.station, firm=usual.firm, org=usual.org, unit=usual.unit,
    )  # fmt: skip
    if not holds(principal.scope, owned):
        named = next((f for f in ("area_code", "community", "grid") if getattr(new, f)), "area_code")
        return [Flaw(named, UNKNOWN if getattr(new, named) else "is required")]
    return owned


def _text(new: NewInbound) -> str:
    if new.place.strip():
        return new.place.strip()
    return f"{new.lon:.5f}, {new.lat:.5f}" if new.lon is not None and new.lat is not None else new.grid or new.community
