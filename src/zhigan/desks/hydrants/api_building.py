"""The water of a unit or building over HTTP: levels, pressures, pumps, with limits and on what they stand.

What measures are devices like all others; trends are their readings (`GET /devices/{id}/readings`). Absent: judgement,
which is the engine's, and the policy, whose limits come by a port.
"""

from typing import TypeAlias

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation

from zhigan.desks.hydrants import building, store
from zhigan.desks.hydrants.model import BuildingWater, WaterPoint
from zhigan.history import store as history
from zhigan.registry import limits as own_limits
from zhigan.registry.api_units import visible_unit
from zhigan.registry.refusals import an_id
from zhigan.registry.rules import condition_names, condition_word
from zhigan.registry.ruling import Standing
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import DAY, to_datetime
from zhigan.webapi.given import Caller, Db, Time

Ruled: TypeAlias = NamedDependency[SkipValidation[Standing]]
MOST = 500
LOOK_BACK = 2 * DAY


class Waters(Controller):
    tags = ("hydrants",)

    @get("/units/{unit_id:str}/water", operation_id="getUnitWater")
    async def water(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        ruling: Ruled,
        unit_id: FromPath[str],
        building_id: FromQuery[str | None] = None,
    ) -> BuildingWater:
        """Tank levels, pipe pressures, pumps, with the newest value of the last two days."""
        unit = await visible_unit(db, principal, unit_id)
        inside = None if building_id is None else an_id(building_id)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(store.SQL.building_water, unit.id, inside, list(building.TYPES), MOST)
        now = clock.micros()
        async with db.owner() as conn:
            of_all = (await ruling(conn)).of(unit.area_code).limits if rows else ()
            own = {
                r["place"]: own_limits.read(r["limits"])
                for r in await conn.fetch(store.SQL.own_limits, [r["stands"] for r in rows])
            }
            parents = {r["number"]: r["parent"] for r in rows if building.TYPES[r["type"]]}
            newest = await history.latest(conn, parents, now - LOOK_BACK, now) if parents else {}
        points = [_point(r, newest, building.limits(r["type"], of_all, own.get(r["stands"], ()))) for r in rows]
        return BuildingWater(unit_id=unit.id, unit_name=unit.name, points=points)


def _point(
    r: store.Record, newest: dict[tuple[int, int], history.Reading], limits: list[building.WaterLimit]
) -> WaterPoint:
    metric, seen = building.TYPES[r["type"]], r["seen_at"] is not None
    reading = newest.get((r["number"], BY_NAME[metric].number)) if metric else None
    same = ("device_id", "name", "type", "building_id", "building", "floor", "place", "seen_at")
    return WaterPoint(
        **{name: r[name] for name in same},
        condition=condition_word(r["conditions"], seen),
        conditions=condition_names(r["conditions"]),
        metric=metric,
        unit=BY_NAME[metric].unit if metric else "",
        value=None if reading is None else round(reading.value, 3),
        at=None if reading is None else to_datetime(reading.at),
        limits=limits,
        pump=building.pump_state(r["conditions"], seen) if r["type"] == "pump" else None,
    )


handlers: list[type[Controller]] = [Waters]
