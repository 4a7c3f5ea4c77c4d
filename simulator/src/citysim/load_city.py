"""Where the load's devices stand: one building a device, so that ten thousand fires are ten thousand places.

Enters: a plan. Leaves: a `City` for `sheets`, so that load can also be played by registered devices. Absent: sockets.
"""

from citysim.city import Beat, Building, City, Point, Site, Unit
from citysim.city_tables import COUNTIES
from citysim.load import Plan
from citysim.load_frames import CABLE, FIRST_POINT, SMOKE, Kind

DEVICES_A_UNIT = 20


def town(plan: Plan) -> City:
    units: list[Unit] = []
    for first in range(0, plan.connections, DEVICES_A_UNIT):
        lines = range(first, min(first + DEVICES_A_UNIT, plan.connections))
        county = COUNTIES[first // DEVICES_A_UNIT % len(COUNTIES)]
        code = f"LT{plan.seed}-{plan.first + first:06d}"
        units.append(
            Unit(
                code=code,
                name=f"负载测试单位{plan.first + first}",
                kind="load",
                premises="other",
                industry="",
                tags=(),
                area_code=county.code,
                area=county.name,
                community="",
                lon=county.lon,
                lat=county.lat,
                buildings=tuple(Building(f"{line + 1}号楼", 1) for line in lines),
                contacts=(),
                sites=tuple(_site(plan, code, line) for line in lines),
            )
        )
    return City(plan.seed, tuple(units))


def _site(plan: Plan, unit: str, line: int) -> Site:
    building = f"{line + 1}号楼"
    component, type_, word = (
        (SMOKE, "smoke", "感烟探测器")
        if plan.kind in (Kind.STATUS, Kind.FIRE)
        else (CABLE, "electrical_monitor", "测温探测器")
    )
    points = tuple(
        Point(
            part="load",
            system_type=1,
            system_address=1,
            component_type=component,
            component_address=FIRST_POINT + n,
            type=type_,
            name=f"{building}{word}{n + 1}",
            building=building,
            floor=1,
            flat="",
            place=f"{n + 1}号房",
        )
        for n in range(plan.points)
    )
    return Site(
        address=plan.address(line),
        name=f"{building}用户信息传输装置",
        unit=unit,
        building=building,
        heartbeat_s=60,
        plain=False,
        test_bit=False,
        beat=Beat.STATUS,
        points=points,
    )
