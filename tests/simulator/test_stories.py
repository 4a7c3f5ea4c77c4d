"""Each story, told at many times its pace to a small real centre: what the devices said is what the story means."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from citysim import city, life
from citysim.city import Unit
from citysim.panel import DEVICE_MAINS, FAULT, FIRE, OP_RESET, SYSTEM_BUS, SYSTEM_MAINS
from citysim.stage import Stage
from citysim.stories import CENTRE as CENTRAL
from citysim.stories import ROUND, STORIES
from citysim.wire import Target
from simulator.centre import Centre
from zhigan.protocols import gb26875 as gb

TOWN = city.build(119)
PACE = 2000.0


@contextlib.asynccontextmanager
async def stage_at(centre: Centre, seed: int = 1) -> AsyncIterator[Stage]:
    said: list[str] = []
    stage = Stage(TOWN, Target("127.0.0.1", centre.port), seed=seed, pace=PACE, say=said.append)
    task = asyncio.create_task(stage.connected())
    try:
        async with asyncio.timeout(30):
            for device in stage.devices.values():
                await device.online.wait()
                await device.settled()
        centre.frames.clear()
        yield stage
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def told(centre: Centre, stage: Stage, story: str) -> list[Unit]:
    units = await STORIES[story].play(stage)
    async with asyncio.timeout(30):
        for unit in units:
            await stage.device(unit).settled()
    assert not stage.busy
    assert not centre.faults
    return units


def statuses(centre: Centre, bits: int) -> list[gb.ComponentStatus]:
    return [o for o in centre.objects(gb.ComponentStatus) if isinstance(o, gb.ComponentStatus) and o.status & bits]


def resets(centre: Centre) -> list[gb.Object]:
    return [
        o for o in centre.objects(gb.SystemOperation) if isinstance(o, gb.SystemOperation) and o.operations & OP_RESET
    ]


async def test_kitchen_smoke_is_one_detector_that_returns_to_normal() -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        await told(centre, stage, "kitchen-smoke")
        first, last = centre.objects(gb.ComponentStatus)
        assert isinstance(first, gb.ComponentStatus) and isinstance(last, gb.ComponentStatus)
        assert first.status & FIRE and not last.status & FIRE
        assert first.component_address == last.component_address


async def test_a_real_fire_spreads_over_three_floors() -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        (unit,) = await told(centre, stage, "spreading-fire")
        burning = {o.component_address for o in statuses(centre, FIRE)}
        floors = {p.floor for p in stage.points(unit) if p.component_address in burning}
        assert len(floors) == 3 and max(floors) - min(floors) == 2
        assert len(burning) >= 6
        assert not any(stage.device(unit).panel.bits(point) for point in stage.points(unit))


async def test_a_panel_reset_comes_before_the_second_alarm_of_the_same_detector() -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        await told(centre, stage, "panel-reset")
        fires = statuses(centre, FIRE)
        assert len(fires) == 2 and fires[0].component_address == fires[1].component_address
        assert len(resets(centre)) == 2
        order = [type(o) for f in centre.frames for o in gb.decode_adu(f.adu).objects]
        assert order.index(gb.SystemOperation) < len(order) - 1 - order[::-1].index(gb.ComponentStatus)


async def test_a_line_fault_takes_a_third_of_the_points() -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        (unit,) = await told(centre, stage, "line-fault")
        lost = {o.component_address for o in statuses(centre, FAULT)}
        assert len(lost) == max(1, (len(stage.points(unit)) - 1) // 3)
        systems = [o for o in centre.objects(gb.SystemStatus) if isinstance(o, gb.SystemStatus)]
        assert [bool(o.status & SYSTEM_BUS) for o in systems] == [True, False]


async def test_a_storm_strikes_two_counties_and_passes() -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        units = await told(centre, stage, "storm")
        assert len({unit.area for unit in units}) == 2
        assert centre.connections > len(stage.devices)
        assert statuses(centre, FIRE) and statuses(centre, FAULT)
        assert not any(stage.device(u).panel.bits(p) for u in units for p in stage.points(u))


async def test_a_power_cut_is_hundreds_of_mains_faults_and_one_fire() -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        units = await told(centre, stage, "power-cut")
        assert {unit.area_code for unit in units} == set(CENTRAL)
        devices = {f.source for f in centre.frames if f.type == gb.Type.DEVICE_STATUS and f.adu[2] & DEVICE_MAINS}
        assert len(devices) == len(units)
        systems = [o for o in centre.objects(gb.SystemStatus) if isinstance(o, gb.SystemStatus)]
        mains = [o for o in systems if o.status & SYSTEM_MAINS]
        power = statuses(centre, 1 << 8)
        assert len(devices) + len(mains) + len(power) >= 300
        assert len({o.component_address for o in statuses(centre, FIRE)}) == 1


async def test_a_street_without_a_line_falls_silent_but_for_the_one_that_burns() -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        before = centre.connections
        units = await told(centre, stage, "street-silent")
        assert len(units) >= 10 and len({u.community[:9] for u in units}) == 1
        fires = {f.source for f in centre.frames for o in gb.decode_adu(f.adu).objects if _burns(o)}
        assert len(fires) == 1 and fires <= {stage.device(u).site.address for u in units}
        async with asyncio.timeout(30):
            for unit in units:
                await stage.device(unit).online.wait()
        assert centre.connections >= before + len(units) - 1


def _burns(said: object) -> bool:
    return isinstance(said, gb.ComponentStatus) and bool(said.status & FIRE)


def test_the_demos_round_plays_every_story() -> None:
    assert {story for _, story in ROUND} == set(STORIES)


@pytest.mark.parametrize("habit", life.HABITS, ids=lambda habit: habit.name)
async def test_every_habit_leaves_the_unit_as_it_was(habit: life.Habit) -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        unit = stage.free(kinds=("mall",), part=habit.part)[0]
        await habit.play(stage, unit)
        await stage.device(unit).online.wait()
        await stage.device(unit).settled()
        assert not any(stage.device(unit).panel.bits(point) for point in stage.points(unit))
        assert stage.device(unit).panel.device_bits == 0


async def test_ordinary_life_measures_water_and_makes_things_happen() -> None:
    async with Centre() as centre, stage_at(centre) as stage:
        task = asyncio.create_task(life.live(stage))
        try:
            await centre.until(lambda: len(centre.objects(gb.Analog)) >= 5 and len(statuses(centre, FAULT)) >= 5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert not centre.faults
