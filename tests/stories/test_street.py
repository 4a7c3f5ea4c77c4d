"""A street's cable is cut: the simulator's own devices fall silent over real sockets, and the desk has ONE row."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from citysim import city as jian
from citysim import sheets
from citysim.city import Unit
from citysim.stage import Stage
from citysim.stories import STORIES
from citysim.wire import Target
from support.city import City
from zhigan.registry import importing

STORY_ENDS_S = 30


class SteppedStage(Stage):
    """Pauses end when the test says so: the platform's clock is moved by hand meanwhile."""

    def prepare(self) -> None:
        self.pausing, self.go_on = asyncio.Event(), asyncio.Event()

    async def pause(self, seconds: float) -> None:
        if seconds < 1:
            return
        self.pausing.set()
        await self.go_on.wait()
        self.go_on.clear()

    async def reaches_pause(self) -> None:
        await self.pausing.wait()
        self.pausing.clear()


@contextlib.asynccontextmanager
async def street(city: City, folder: Path) -> AsyncIterator[SteppedStage]:
    """One street of the demo's town, registered by import as in the demo, all its devices connected."""
    town = jian.build(119)
    streets: dict[str, list[Unit]] = {}
    for unit in town.units:
        streets.setdefault(unit.community[:9], []).append(unit)
    streets.pop("", None)
    units = max(streets.values(), key=len)
    part = msgspec.structs.replace(town, units=tuple(units), homes=(), circuits=())
    async with city.web.pool.acquire() as conn:
        *registry, _ = sheets.write(part, folder)  # the last are circuits, of another room
        for path in registry:
            assert await importing.run(path.stem, path, conn, city.clock, print) == 0
    await city.settles()
    stage = SteppedStage(part, Target(*city.platform.where), seed=1, say=lambda _: None)
    stage.prepare()
    living = asyncio.create_task(stage.connected())
    try:
        for device in stage.devices.values():
            await device.online.wait()
            await device.settled()
        yield stage
    finally:
        living.cancel()
        await asyncio.wait([living])


async def said(city: City, stage: Stage) -> None:
    """Whatever the devices that have a line had to say is confirmed and judged."""
    for device in stage.devices.values():
        if device.online.is_set():
            await device.settled()
    await city.settles()


async def minutes_pass(city: City, stage: Stage, minutes: int) -> None:
    """Whoever has a line beats by its own clock, which is not the one that is moved here."""
    for _ in range(minutes):
        for device in stage.devices.values():
            if device.online.is_set():
                device.tell([device.panel.device(device.now())])
                await device.settled()
        await city.passes(minutes=1)


async def test_a_street_without_a_line_is_one_row_with_a_count_and_the_fire_in_it_its_own(
    city: City, tmp_path: Path
) -> None:
    async with street(city, tmp_path) as stage, asyncio.timeout(STORY_ENDS_S):
        await city.settles()
        story = asyncio.create_task(STORIES["street-silent"].play(stage))
        await stage.reaches_pause()
        await minutes_pass(city, stage, 5)
        rows = [row for row in await city.attention() if row.kind == "link"]
        (row,) = rows
        silent = len(stage.devices) - 1
        assert row.grade == "III" and f"{silent}" in row.view.reasons[0].zh
        assert row.view.reasons[0].why == "link_lost_many"
        facts = row.view.reasons[0].facts
        on_their_own = await city.web.pool.fetchval("select count(*) from registry.device where parent is null")
        assert (facts["count"], facts["of"]) == (silent, on_their_own)
        assert [task for task in await city.tasks() if task.kind == "link"] == []
        await minutes_pass(city, stage, 10)
        (row,) = [row for row in await city.attention() if row.kind == "link"]
        assert len(row.alarms) == silent, "those that count only after ten minutes went into it too"
        assert [task for task in await city.tasks() if task.kind == "link"] == await city.desk() == []

        stage.go_on.set()
        await stage.reaches_pause()
        await said(city, stage)
        (fire,) = await city.desk()
        assert (fire.grade, fire.kind) == ("II", "fire") and fire.unit
        assert [r.id for r in await city.attention() if r.kind == "link"] == [row.id]

        stage.go_on.set()
        await story
        for device in stage.devices.values():
            await device.online.wait()
            await device.settled()
        await city.passes(minutes=1)
        assert [r for r in await city.attention() if r.kind == "link"] == []
        assert [r.id for r in await city.desk()] == [fire.id]
