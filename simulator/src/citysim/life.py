"""Ordinary days: faults that heal, points that are shielded, drills, self-tests, measured water and cables.

Enters: a stage. Leaves: nothing; it plays until cancelled. Each kind of thing is a row: how often in a city of ten
thousand devices, and what happens. Heartbeats and answers are the devices' own. Absent: fires that are meant (stories).
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from citysim.city import Point, Unit
from citysim.city_tables import PARTS
from citysim.homes import CTWING
from citysim.panel import (
    DEVICE_BACKUP,
    DEVICE_FAULT,
    DEVICE_LINE,
    FAULT,
    FIRE,
    OP_RESET,
    OP_SELF_TEST,
    OP_SILENCE,
    OP_TEST,
    SHIELD,
    SUPERVISORY,
)
from citysim.push import NORMAL, TEST
from citysim.stage import Stage

MEASURE_S = 60.0
FIRST_REPORTS_S, REPORTS_S = 60.0, 43_200.0
FORGOTTEN, TRIED = 0.01, 0.01
REFERENCE_DEVICES = 10_000
DETECTING = ("smoke", "heat", "node_smoke")


class Habit(NamedTuple):
    name: str
    every_s: float
    """Mean seconds between two, in a city of REFERENCE_DEVICES."""
    part: str
    play: Callable[[Stage, Unit], Awaitable[None]]


async def _fault(stage: Stage, unit: Unit) -> None:
    point = stage.chance.choice(stage.points(unit))
    stage.alarm(unit, [point], FAULT)
    await stage.pause(stage.chance.uniform(60, 900))
    stage.restore(unit, [point], FAULT)


async def _shield(stage: Stage, unit: Unit) -> None:
    """Somebody blinds a detector for works, and takes it back. Mostly."""
    points = stage.points(unit, *DETECTING)
    point = stage.chance.choice(points)
    stage.alarm(unit, [point], SHIELD)
    await stage.pause(stage.chance.uniform(600, 3600))
    stage.restore(unit, [point], SHIELD)


async def _supervise(stage: Stage, unit: Unit) -> None:
    """A fire door stands open, a valve is half closed."""
    point = stage.chance.choice(stage.points(unit, "door", "module", "pressure_switch", "flow"))
    stage.alarm(unit, [point], SUPERVISORY)
    await stage.pause(stage.chance.uniform(30, 300))
    stage.restore(unit, [point], SUPERVISORY)


async def _drill(stage: Stage, unit: Unit) -> None:
    """Test keys at both ends, one call point, silence, reset."""
    point = stage.chance.choice(stage.points(unit, "button"))
    stage.say(f"演练 drill: {unit.name} {point.name}")
    stage.operate_device(unit, OP_TEST)
    stage.operate(unit, OP_TEST)
    stage.alarm(unit, [point], FIRE)
    await stage.pause(20)
    stage.operate(unit, OP_SILENCE)
    await stage.pause(40)
    stage.restore(unit, [point], FIRE)
    stage.operate(unit, OP_RESET)


async def _self_test(stage: Stage, unit: Unit) -> None:
    stage.operate_device(unit, OP_SELF_TEST)
    await stage.pause(1)


async def _own_fault(stage: Stage, unit: Unit) -> None:
    """The transmission device itself: a weak battery, or its line to the panel."""
    device = stage.device(unit)
    bits = stage.chance.choice((DEVICE_BACKUP, DEVICE_LINE)) | DEVICE_FAULT
    device.tell(device.panel.change_device(device.now(), on=bits))
    await stage.pause(stage.chance.uniform(120, 1200))
    device.tell(device.panel.change_device(device.now(), off=bits))


async def _line_cut(stage: Stage, unit: Unit) -> None:
    stage.device(unit).cut()
    await stage.pause(5)


HABITS: tuple[Habit, ...] = (
    Habit("fault", 120, "", _fault),
    Habit("shield", 600, "smoke", _shield),
    Habit("supervise", 300, "flow", _supervise),
    Habit("drill", 7200, "button", _drill),
    Habit("self_test", 300, "", _self_test),
    Habit("own_fault", 900, "", _own_fault),
    Habit("line_cut", 180, "", _line_cut),
)


async def live(stage: Stage) -> None:
    """Everything ordinary, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_measure(stage))
        group.create_task(_homes(stage))
        for habit in HABITS:
            group.create_task(_keep(stage, habit, group))


async def _keep(stage: Stage, habit: Habit, group: asyncio.TaskGroup) -> None:
    mean = habit.every_s * REFERENCE_DEVICES / stage.city.devices
    while True:
        await stage.pause(stage.chance.expovariate(1 / mean))
        if free := stage.free(part=habit.part):
            group.create_task(_once(stage, habit, stage.chance.choice(free)))


async def _once(stage: Stage, habit: Habit, unit: Unit) -> None:
    async with stage.claimed([unit]):
        await habit.play(stage, unit)


async def _measure(stage: Stage) -> None:
    """Water and cables of the whole city once a period, spread over it. Pace adds events, not measurements."""
    measured = [unit for unit in stage.city.units if _measured(stage, unit)]
    if not measured:
        await asyncio.Event().wait()
    while True:
        for number, unit in enumerate(measured):
            points = _measured(stage, unit)
            stage.measure(unit, [(point, _sample(stage, point, number)) for point in points])
            await asyncio.sleep(MEASURE_S / len(measured))


async def _homes(stage: Stage) -> None:
    """Detectors in homes report when the city begins, within a minute, and then twice a day, spread over it.

    One in a hundred never does: taken down and forgotten in a drawer. One in a hundred is tried by hand.
    """
    heard = [home for home in stage.city.homes_by(CTWING) if stage.chance.random() > FORGOTTEN]
    if stage.carrier is None or not heard:
        await asyncio.Event().wait()
    spread = FIRST_REPORTS_S
    while True:
        for home in heard:
            status = TEST if stage.chance.random() < TRIED else NORMAL
            await stage.home_says(home, status, stage.chance.uniform(14, 26))
            await asyncio.sleep(spread / len(heard))
        spread = REPORTS_S


def _measured(stage: Stage, unit: Unit) -> list[Point]:
    return [point for point in stage.points(unit) if PARTS[point.part].analog_type]


def _sample(stage: Stage, point: Point, number: int) -> float:
    """A slow daily wave within the part's ordinary range, each unit at its own phase, with a little noise."""
    part = PARTS[point.part]
    middle, swing = (part.low + part.high) / 2, (part.high - part.low) / 2
    phase = stage.seconds() / 86_400 * math.tau + number
    return middle + swing * (0.8 * math.sin(phase) + 0.1 * stage.chance.uniform(-1, 1))
