"""The stage on which life and stories play: the city's devices on their lines, one chance, one pace, one voice.

Enters: a city, a target, a pace. Leaves: acts of devices (`alarm`, `restore`, `operate`, …), pauses cut by the pace.
Absent: what is played.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

from citysim.city import City, Point, Unit
from citysim.clock import micros
from citysim.device import PATIENCE_S, Device, Tally
from citysim.homes import Home
from citysim.panel import FIRE, OP_RESET
from citysim.push import Carrier
from citysim.wire import Target
from zhigan.protocols import gb26875 as gb

Voice = Callable[[str], None]
ATTENDED = 0.85
"""How often somebody is there to answer a duty check."""
CLOCK_ERROR_S = 20.0


class Stage:
    def __init__(
        self,
        city: City,
        target: Target,
        *,
        seed: int,
        pace: float = 1.0,
        say: Voice = print,
        patience_s: float = PATIENCE_S,
        carrier: Carrier | None = None,
    ) -> None:
        self.city = city
        self.chance = random.Random(seed)
        self.pace = pace
        self.say = say
        self.tally = Tally()
        self.carrier = carrier
        """Who pushes for the detectors in homes; none: they are silent."""
        self.busy: set[str] = set()
        """Codes of units in which something is being played: one play a unit at a time."""
        self.devices: dict[str, Device] = {
            site.address: Device(
                site,
                target,
                self.tally,
                patience_s=patience_s,
                clock_error_s=self.chance.uniform(-CLOCK_ERROR_S, CLOCK_ERROR_S),
                attendant=self._attend,
            )
            for _, site in city.sites()
        }

    async def connected(self) -> None:
        """Every device lives on its line until cancelled. They come up over some seconds, as after a cut."""
        async with asyncio.TaskGroup() as group:
            for device in self.devices.values():
                group.create_task(device.run())
                await asyncio.sleep(0.002)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.pace)

    def seconds(self) -> float:
        """Seconds since 1970, by the city's clock."""
        return micros() / 1_000_000

    async def _attend(self, minutes: int) -> bool:
        await self.pause(self.chance.uniform(5, 40))
        return self.chance.random() < ATTENDED

    @contextlib.asynccontextmanager
    async def claimed(self, units: Iterable[Unit]) -> AsyncGenerator[None]:
        """These units are played in; nothing else begins there meanwhile."""
        codes = {unit.code for unit in units}
        self.busy |= codes
        try:
            yield
        finally:
            self.busy -= codes

    def free(self, *, kinds: Sequence[str] = (), areas: Sequence[str] = (), part: str = "") -> list[Unit]:
        """Units in which nothing is played, of these kinds and areas, that have such a part."""
        return [
            unit
            for unit in self.city.units
            if unit.code not in self.busy
            and (not kinds or unit.kind in kinds)
            and (not areas or unit.area_code in areas)
            and (not part or any(p.part == part for s in unit.sites for p in s.points))
        ]

    def device(self, unit: Unit) -> Device:
        return self.devices[unit.sites[0].address]

    def points(self, unit: Unit, *parts: str, floor: int = 0, building: str = "") -> list[Point]:
        return [
            p
            for p in unit.sites[0].points
            if (not parts or p.part in parts)
            and (not floor or p.floor == floor)
            and (not building or p.building == building)
        ]

    def alarm(self, unit: Unit, points: Sequence[Point], bits: int = FIRE) -> None:
        device = self.device(unit)
        device.tell(device.panel.change(points, device.now(), on=bits), urgent=bool(bits & FIRE))

    def restore(self, unit: Unit, points: Sequence[Point], bits: int = FIRE) -> None:
        device = self.device(unit)
        device.tell(device.panel.change(points, device.now(), off=bits))

    def operate(self, unit: Unit, operations: int = OP_RESET) -> None:
        device = self.device(unit)
        device.tell(device.panel.operate(device.now(), operations, self.chance.randint(1, 4)))

    def operate_device(self, unit: Unit, operations: int) -> None:
        device = self.device(unit)
        device.tell(device.panel.operate_device(device.now(), operations, self.chance.randint(1, 4)))

    def power(
        self, unit: Unit, device_on: int = 0, device_off: int = 0, system_on: int = 0, system_off: int = 0
    ) -> None:
        device = self.device(unit)
        device.tell(device.panel.change_device(device.now(), device_on, device_off))
        device.tell(device.panel.change_system(device.now(), system_on, system_off))

    async def home_says(self, home: Home, status: int, temperature: float = 22.0) -> None:
        """Through the carrier, where there is one."""
        if self.carrier is not None:
            await self.carrier.carries(home, status, home.battery, temperature)

    def measure(self, unit: Unit, samples: Sequence[tuple[Point, float]]) -> None:
        device = self.device(unit)
        objects: list[gb.Object] = [device.panel.measure(point, value, device.now()) for point, value in samples]
        device.tell(objects)
