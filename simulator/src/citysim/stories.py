"""The days that count: eight stories, each playable on demand and in the demo's round.

Enters: a stage. Leaves: what devices said; a story ends when it is told and returns the units it was played in. What
the desk should make of each is written in its docstring; nothing here checks it (tests do). Absent: ordinary life.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from citysim.city import Unit
from citysim.homes import CTWING
from citysim.panel import (
    DEVICE_BACKUP,
    DEVICE_CHANNEL,
    DEVICE_FAULT,
    DEVICE_LINE,
    DEVICE_MAINS,
    FAULT,
    FEEDBACK,
    FIRE,
    OP_RESET,
    OP_SILENCE,
    POWER,
    STARTED,
    SYSTEM_BUS,
    SYSTEM_MAINS,
)
from citysim.push import FIRE as SMOKE
from citysim.push import NORMAL
from citysim.stage import Stage

HOMES = ("old_estate", "rental", "restaurant")
HIGH = ("tower", "hotel", "hospital")
CENTRE = ("360802", "360803", "360871")
"""The central urban area."""


class Story(NamedTuple):
    zh: str
    play: Callable[[Stage], Awaitable[list[Unit]]]


async def kitchen_smoke(stage: Stage) -> list[Unit]:
    """One detector in a kitchen, back to normal after a minute and a half: grade II, never more by itself."""
    unit = stage.chance.choice(stage.free(kinds=HOMES))
    async with stage.claimed([unit]):
        kitchens = [p for p in stage.points(unit, "node_smoke", "smoke") if p.place == "厨房"]
        point = stage.chance.choice(kitchens or stage.points(unit, "node_smoke", "smoke"))
        stage.say(f"厨房油烟 kitchen smoke: {unit.name} {point.name}")
        stage.alarm(unit, [point])
        await stage.pause(90)
        stage.restore(unit, [point])
    return [unit]


async def spreading_fire(stage: Stage) -> list[Unit]:
    """Two detectors of one floor, a call point, water flow and pumps, then the floors above: grade I in a minute."""
    unit = stage.chance.choice(stage.free(kinds=HIGH))
    async with stage.claimed([unit]):
        building = unit.buildings[-1]
        floor = stage.chance.randint(2, building.floors - 3)
        first, second, *others = stage.points(unit, "smoke", "heat", floor=floor, building=building.name)
        stage.say(f"真实火灾 real fire: {unit.name} {building.name} {floor}层起火")
        stage.alarm(unit, [first])
        await stage.pause(40)
        stage.alarm(unit, [second])
        await stage.pause(15)
        stage.alarm(unit, stage.points(unit, "button", floor=floor, building=building.name)[:1])
        stage.alarm(unit, others)
        await stage.pause(20)
        stage.alarm(unit, stage.points(unit, "flow", floor=floor, building=building.name), FIRE | STARTED)
        stage.alarm(unit, stage.points(unit, "pump", "spray_pump"), STARTED | FEEDBACK)
        for above in (floor + 1, floor + 2):
            await stage.pause(60)
            stage.say(f"火势蔓延 spreading: {unit.name} {above}层")
            stage.alarm(unit, stage.points(unit, "smoke", "heat", floor=above, building=building.name))
        await stage.pause(600)
        burnt = [p for p in stage.points(unit) if stage.device(unit).panel.bits(p)]
        stage.operate(unit, OP_SILENCE)
        stage.restore(unit, burnt, FIRE | STARTED | FEEDBACK)
        stage.operate(unit, OP_RESET)
        stage.say(f"明火扑灭 extinguished: {unit.name}")
    return [unit]


async def panel_reset(stage: Stage) -> list[Unit]:
    """Reset after twenty seconds, before anybody looked (未核实即复位); the detector alarms again: grade I."""
    unit = stage.chance.choice(stage.free(kinds=("school", "mall", "care_home", "hotel"), part="smoke"))
    async with stage.claimed([unit]):
        point = stage.chance.choice(stage.points(unit, "smoke"))
        stage.say(f"未核实即复位 reset before verification: {unit.name} {point.name}")
        stage.alarm(unit, [point])
        await stage.pause(20)
        stage.operate(unit, OP_SILENCE)
        stage.operate(unit, OP_RESET)
        await stage.pause(90)
        stage.alarm(unit, [point])
        await stage.pause(180)
        stage.restore(unit, [point])
        stage.operate(unit, OP_RESET)
    return [unit]


async def line_fault(stage: Stage) -> list[Unit]:
    """A loop breaks: the panel's bus fault and a third of the building's points at once. Work, not a fire."""
    unit = stage.chance.choice(stage.free(kinds=("school", "mall", "hospital", "hotel", "clinic")))
    async with stage.claimed([unit]):
        points = [p for p in stage.points(unit) if p.part != "panel"]
        lost = points[: max(1, len(points) // 3)]
        device = stage.device(unit)
        stage.say(f"回路断线 line fault: {unit.name} {len(lost)}点")
        device.tell(device.panel.change_system(device.now(), on=FAULT | SYSTEM_BUS))
        device.tell(device.panel.change_device(device.now(), on=DEVICE_FAULT | DEVICE_LINE))
        stage.alarm(unit, lost, FAULT)
        await stage.pause(300)
        stage.restore(unit, lost, FAULT)
        device.tell(device.panel.change_system(device.now(), off=FAULT | SYSTEM_BUS))
        device.tell(device.panel.change_device(device.now(), off=DEVICE_FAULT | DEVICE_LINE))
    return [unit]


async def storm(stage: Stage) -> list[Unit]:
    """A thunderstorm crosses two counties: lines drop and return, inputs chatter, a few detectors cry fire."""
    areas = stage.chance.sample(sorted({u.area_code for u in stage.city.units}), 2)
    units = stage.free(areas=areas)
    stage.say(f"雷雨 storm: {'、'.join(sorted({u.area for u in units}))} {len(units)}家单位")
    async with stage.claimed(units):
        struck = stage.chance.sample(units, max(1, len(units) // 8))
        for unit in stage.chance.sample(units, len(units)):
            if stage.chance.random() < 0.5:
                stage.device(unit).cut()
            device = stage.device(unit)
            device.tell(device.panel.change_device(device.now(), on=DEVICE_CHANNEL | DEVICE_FAULT))
            points = stage.points(unit)
            stage.alarm(unit, stage.chance.sample(points, min(3, len(points))), FAULT)
            await stage.pause(0.5)
        false_alarms = {u.code: stage.points(u, "smoke", "node_smoke")[:1] for u in struck}
        for unit in struck:
            stage.alarm(unit, false_alarms[unit.code])
        await stage.pause(120)
        for unit in units:
            device = stage.device(unit)
            device.tell(device.panel.change_device(device.now(), off=DEVICE_CHANNEL | DEVICE_FAULT))
            stage.restore(unit, [p for p in stage.points(unit) if device.panel.bits(p)], FAULT | FIRE)
            await stage.pause(0.2)
    return units


async def power_cut(stage: Stage) -> list[Unit]:
    """The centre goes dark: hundreds of mains faults in seconds, and one real fire that must not wait behind them."""
    units = stage.free(areas=CENTRE) or stage.free()
    stage.say(f"大面积停电 district power cut: {len(units)}家单位")
    burning = next(u for u in units if stage.points(u, "smoke", "node_smoke"))
    async with stage.claimed(units):
        for number, unit in enumerate(units):
            stage.power(unit, DEVICE_FAULT | DEVICE_MAINS, 0, FAULT | SYSTEM_MAINS)
            stage.alarm(unit, stage.points(unit, "pump", "spray_pump", "module", "residual"), POWER)
            if number == len(units) // 2:
                stage.alarm(burning, stage.points(burning, "smoke", "node_smoke")[:1])
        await stage.pause(240)
        tired = stage.chance.sample(units, max(1, len(units) // 10))
        for unit in tired:
            stage.power(unit, DEVICE_BACKUP)
        await stage.pause(120)
        stage.restore(burning, stage.points(burning, "smoke", "node_smoke")[:1])
        for unit in units:
            stage.power(unit, 0, DEVICE_FAULT | DEVICE_MAINS | DEVICE_BACKUP, 0, FAULT | SYSTEM_MAINS)
            stage.restore(unit, stage.points(unit, "pump", "spray_pump", "module", "residual"), POWER)
            await stage.pause(0.1)
        stage.say("恢复供电 power is back")
    return units


async def street_silent(stage: Stage) -> list[Unit]:
    """An excavator cuts a street's cable: all its units fall silent at once, ONE row; the one with a radio burns, and
    its fire is a row of its own."""
    streets: dict[str, list[Unit]] = {}
    for unit in stage.free():
        if unit.community:
            streets.setdefault(unit.community[:9], []).append(unit)
    units = max(streets.values(), key=len)
    burning = next(u for u in units if stage.points(u, "smoke", "node_smoke"))
    silent = [u for u in units if u is not burning]
    stage.say(f"街道断网 street without a line: {len(silent)}家单位")
    async with stage.claimed(units):
        for unit in silent:
            stage.device(unit).lose_line()
        await stage.pause(300)
        smokes = stage.points(burning, "smoke", "node_smoke")[:1]
        stage.alarm(burning, smokes)
        await stage.pause(180)
        stage.restore(burning, smokes)
        for unit in silent:
            stage.device(unit).mend_line()
            await stage.pause(0.2)
        stage.say("线路修复 the line is mended")
    return units


async def home_smoke(stage: Stage) -> list[Unit]:
    """A stand-alone detector in a flat, through the carrier: smoke, seen again by the carrier, over in two minutes."""
    home = stage.chance.choice(stage.city.homes_by(CTWING))
    unit = next(unit for unit in stage.city.units if unit.code == home.unit)
    stage.say(f"住宅独立式感烟报警 smoke in a home: {unit.name} {home.name}")
    await stage.home_says(home, SMOKE, 41)
    await stage.pause(60)
    await stage.home_says(home, SMOKE, 47)
    await stage.pause(60)
    await stage.home_says(home, NORMAL, 29)
    return []


STORIES: dict[str, Story] = {
    "kitchen-smoke": Story("厨房油烟", kitchen_smoke),
    "spreading-fire": Story("火势蔓延", spreading_fire),
    "panel-reset": Story("未核实即复位", panel_reset),
    "line-fault": Story("回路断线", line_fault),
    "storm": Story("雷雨", storm),
    "power-cut": Story("大面积停电", power_cut),
    "street-silent": Story("街道断网", street_silent),
    "home-smoke": Story("住宅独立式感烟报警", home_smoke),
}

ROUND: tuple[tuple[float, str], ...] = (
    (20, "kitchen-smoke"),
    (70, "home-smoke"),
    (80, "spreading-fire"),
    (240, "panel-reset"),
    (120, "line-fault"),
    (120, "kitchen-smoke"),
    (300, "storm"),
    (300, "kitchen-smoke"),
    (300, "power-cut"),
    (300, "street-silent"),
    (600, "panel-reset"),
)
"""The demo's round: seconds to wait, then the story. Stories run beside one another."""
