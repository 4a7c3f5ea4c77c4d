"""Stand-alone smoke detectors in flats: they speak LwM2M straight to the centre (endpoint).

Enters: a city, a target. Leaves: what the centre observes, reads or silences. Now and then somebody's frying pan makes
one of them sound. Absent: carriers, and the wire.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

from citysim.city import City
from citysim.endpoint import Endpoint, Lived
from citysim.homes import LWM2M, Home
from zhigan.protocols.lwm2m import Record

PAN_EVERY_S: Final = 600.0
SMOKE_S: Final = 60.0
LINKS: Final = b'</>;rt="oma.lwm2m";ct="110 112",</1/0>,</3/0>,</4/0>,</3338/0>,</3407/0>'


class Detector(Endpoint):
    def __init__(self, home: Home, lived: Lived, chance: random.Random) -> None:
        super().__init__(home.address, LINKS, lived, chance)
        self.home = home
        self.smoke = False
        self.sounding = False

    async def turns(self, smoke: bool) -> None:
        """Its chamber: told to whoever observes it, until it is acknowledged."""
        self.smoke = self.sounding = smoke
        for path in [p for p in self.observers if p.startswith("3407")]:
            await self.tells(path)

    def takes(self, path: list[str], payload: bytes) -> bool:
        if path != ["3338", "0", "5850"]:
            return False
        self.sounding = payload == b"1"
        self.lived.silenced += not self.sounding
        return True

    def values(self, path: list[str]) -> list[Record]:
        match path[0]:
            case "3":
                return [
                    Record((3, 0, 0), "citysim"),
                    Record((3, 0, 1), "smoke"),
                    Record((3, 0, 9), round(self.home.battery)),
                ]
            case "4":
                return [Record((4, 0, 2), self.home.rsrp)]
            case "3338":
                return [Record((3338, 0, 5850), self.sounding)]
            case "3407":
                return [Record((3407, 0, 6046), self.smoke), Record((3407, 0, 6044), self.home.battery)]
            case _:
                return []


class Detectors:
    """All of a city, and what happens to them."""

    def __init__(self, city: City, host: str, port: int, *, seed: int, pace: float, say: Callable[[str], None]) -> None:
        self.lived = Lived()
        self._chance = random.Random(seed)
        self._say = say
        self._pace = pace
        self._where = (host, port)
        self.all = [Detector(home, self.lived, self._chance) for home in city.homes_by(LWM2M)]

    async def live(self) -> None:
        async with asyncio.TaskGroup() as group:
            for detector in self.all:
                group.create_task(detector.run(*self._where))
            group.create_task(self._pans())

    async def _pans(self) -> None:
        """Somebody fries fish: one detector sounds for a minute. Grade II, and an end."""
        while self.all:
            await asyncio.sleep(self._chance.expovariate(1 / PAN_EVERY_S) / self._pace)
            detector = self._chance.choice(self.all)
            self._say(f"独立式感烟 detector: {detector.home.building}{detector.home.flat} {detector.home.address}")
            await detector.turns(True)
            await asyncio.sleep(SMOKE_S / self._pace)
            await detector.turns(False)
