"""Circuits of a city: what hangs on which board, and the LwM2M device that measures it. Same seed, same list.

Enters: units with electrical monitors. Leaves: of each of the first of them a circuit of sockets with a breaker that
can be opened, and one that must never be cut. Absent: what flows in them (boards).
"""

import random
from collections.abc import Sequence
from typing import Final

import msgspec

UNITS: Final = 16
"""So many units have their circuits measured."""


class Wired(msgspec.Struct, frozen=True):
    """A unit with a switch room."""

    code: str
    kind: str
    building: str
    floors: int


class Circuit(msgspec.Struct, frozen=True, kw_only=True):
    """`address`: the endpoint of its board; `breaker`: it can be opened from afar; `trouble`: what is wrong with it."""

    address: str
    unit: str
    building: str
    floor: int
    panel: str
    code: str
    name: str
    rating_a: float
    load_class: str
    feeds: tuple[str, ...]
    breaker: bool
    trouble: str = ""

    @property
    def type(self) -> str:
        return "breaker" if self.breaker else "electrical_monitor"


PARTS: Final = (
    ("current", "a", "3317", 0), ("current", "b", "3317", 1), ("current", "c", "3317", 2),
    ("residual_current", "", "3317", 3),
    ("voltage", "a", "3316", 0), ("voltage", "b", "3316", 1), ("voltage", "c", "3316", 2),
    ("temperature", "a", "3303", 0), ("temperature", "b", "3303", 1), ("temperature", "c", "3303", 2),
    ("temperature", "n", "3303", 3),
)  # fmt: skip
"""What a board measures: metric, phase, object, instance. Instance 0 is the device itself."""
ZH: Final = {"current": "电流", "residual_current": "剩余电流", "voltage": "电压", "temperature": "线缆温度"}

DEVICES: Final = 1 + sum(instance > 0 for _, _, _, instance in PARTS)
"""A board in the registry: itself and the parts behind it."""
_VITAL: Final = {
    "hospital": ("手术部照明插座", "first", ("medical",)),
    "care_home": ("应急照明", "second", ("emergency_lighting",)),
}
_PUMP: Final = ("消防水泵", "first", ("fire_pump",))
TROUBLES: Final = ("", "", "loose", "", "leaking", "", "", "uneven")


def wired(units: Sequence[Wired], seed: int, limit: int = UNITS) -> tuple[Circuit, ...]:
    chance = random.Random(seed + 5)  # a stream of its own, so that the rest of the city stays as it was
    made: list[Circuit] = []
    for number, unit in enumerate(units[:limit], start=1):
        floor = chance.randint(1, unit.floors)
        sockets = Circuit(
            address=f"urn:imei:8610{seed & 0xFFFF:05d}{number:06d}", unit=unit.code, building=unit.building,
            floor=floor, panel=f"{floor}AL1", code=f"{floor}AL1-N3", name=f"{floor}层普通插座", rating_a=40.0,
            load_class="third", feeds=("sockets", "air_conditioning"), breaker=True,
            trouble=TROUBLES[number % len(TROUBLES)],
        )  # fmt: skip
        name, load, feeds = _VITAL.get(unit.kind, _PUMP)
        vital = Circuit(
            address=f"urn:imei:8611{seed & 0xFFFF:05d}{number:06d}", unit=unit.code, building=unit.building, floor=1,
            panel="APE1", code="APE1-W1", name=name, rating_a=63.0, load_class=load, feeds=feeds, breaker=False,
        )  # fmt: skip
        made += (sockets, vital)
    return tuple(made)
