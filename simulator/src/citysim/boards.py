"""Distribution boards: LwM2M devices that measure a circuit of three phases, and breakers that can be opened.

Enters: a city's circuits, a target. Leaves: current, voltage, temperatures and residual current every `PERIOD_S`, at
once when a breaker was opened. A breaker that was cut stays open: nobody switches it on from afar, and in this city the
electrician comes after a while and does it by hand. Absent: the wire (endpoint).
"""

import asyncio
import math
import random
from collections.abc import Callable
from typing import Final

from citysim.circuits import PARTS, Circuit
from citysim.city import City
from citysim.clock import micros
from citysim.endpoint import Endpoint, Lived
from zhigan.protocols.lwm2m import Record

PERIOD_S: Final = 30.0
ELECTRICIAN_S: Final = 600.0
DAY_S: Final = 86_400
_BREAKER: Final = ["3312", "0", "5850"]
_MEASURES: Final = "".join(f",</{object_}/{instance}>" for _, _, object_, instance in PARTS)
_SHIFT: Final = {"a": 0.0, "b": 0.06, "c": -0.05, "n": -0.3}


class Board(Endpoint):
    def __init__(self, circuit: Circuit, lived: Lived, chance: random.Random) -> None:
        switch = ",</3312/0>" if circuit.breaker else ""
        links = f'</>;rt="oma.lwm2m";ct="110 112",</1/0>,</3/0>{switch}{_MEASURES}'
        super().__init__(circuit.address, links.encode(), lived, chance)
        self.circuit = circuit
        self.closed = True
        self.opened = asyncio.Event()
        self._load = 0.5

    async def reports(self) -> None:
        """All that is observed, one after the other."""
        self._load = self._wave()
        for path in list(self.observers):
            await self.tells(path)

    async def lives(self, period_s: float = PERIOD_S) -> None:
        """Reports once a period; right away when its breaker was opened; the electrician comes afterwards."""
        await asyncio.sleep(self.chance.uniform(0, period_s))
        while True:
            await self.reports()
            try:
                async with asyncio.timeout(period_s):
                    await self.opened.wait()
            except TimeoutError:
                continue
            self.opened.clear()

    async def mended(self) -> None:
        """By hand, at the breaker."""
        while True:
            await asyncio.sleep(ELECTRICIAN_S)
            self.closed = True

    def takes(self, path: list[str], payload: bytes) -> bool:
        """It opens; it never closes by a word from outside."""
        if path != _BREAKER or not self.circuit.breaker or payload != b"0":
            return False
        self.closed = False
        self.lived.cut += 1
        self.opened.set()
        return True

    def values(self, path: list[str]) -> list[Record]:
        if path[0] == "3312":
            return self._switch(path) if self.circuit.breaker else []
        if path[0] == "3":
            return [Record((3, 0, 0), "citysim"), Record((3, 0, 1), "board")]
        found: list[Record] = []
        for metric, phase, object_, instance in PARTS:
            if path[0] == object_ and path[1:2] in ([], [str(instance)]):
                found += self._measure(metric, phase, int(object_), instance)
        return found

    def _switch(self, path: list[str]) -> list[Record]:
        state = Record((3312, 0, 5850), self.closed)
        return [state] if len(path) > 2 else [Record((3312, 0, 5750), "breaker"), state]

    def _measure(self, metric: str, phase: str, object_: int, instance: int) -> list[Record]:
        value = Record((object_, instance, 5700), round(self._value(metric, phase), 2))
        if metric != "residual_current":
            return [value]
        told = (Record((object_, instance, 5701), "mA"), Record((object_, instance, 5750), "residual"))
        return [*told, value]

    def _value(self, metric: str, phase: str) -> float:
        noise = self.chance.uniform(-1, 1)
        load = self._load * (1 + _SHIFT.get(phase, 0.0)) if self.closed else 0.0
        trouble = self.circuit.trouble
        match metric:
            case "current":
                share = 0.35 if trouble == "uneven" and phase == "c" else 1.0
                return max(0.0, self.circuit.rating_a * load * share + noise * 0.2) if self.closed else 0.0
            case "voltage":
                return 223.0 - 4.0 * load + noise * 0.8
            case "temperature":
                hot = 24.0 if trouble == "loose" and phase == "b" else 0.0
                return 27.0 + 18.0 * load**2 + hot * min(1.0, load * 1.8) + noise * 0.3
            case _:
                return (255.0 if trouble == "leaking" else 38.0) + 6.0 * noise if self.closed else 1.0 + 0.2 * noise

    def _wave(self) -> float:
        """More by day than by night, each circuit at its own phase."""
        at = micros() / 1_000_000 / DAY_S * math.tau + len(self.circuit.unit) + self.circuit.floor
        return 0.55 + 0.18 * math.sin(at) + 0.05 * self.chance.uniform(-1, 1)


class Boards:
    """All of a city."""

    def __init__(self, city: City, host: str, port: int, *, seed: int, say: Callable[[str], None]) -> None:
        self.lived = Lived()
        self._say = say
        self._where = (host, port)
        chance = random.Random(seed + 6)
        self.all = [Board(circuit, self.lived, chance) for circuit in city.circuits]

    async def live(self) -> None:
        async with asyncio.TaskGroup() as group:
            for board in self.all:
                group.create_task(board.run(*self._where))
                group.create_task(board.lives())
                group.create_task(board.mended())
