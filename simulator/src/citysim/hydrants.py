"""Municipal hydrants along the city's streets, as a waterworks' list would name them. Same seed, same list.

Enters: the units of a city, since streets are known only by who stands in them. Leaves: hydrants, their place and
pressure.
Some pressures are unknown, as in every real list, and a few lie below what GB 55036 wants. Absent: devices on hydrants.
"""

import random
from collections.abc import Iterator, Sequence

import msgspec

A_UNIT = 2
METRES = 1 / 111_000
"""Degrees of latitude; at 27° a degree of longitude is a tenth shorter, which does not matter here."""
UNKNOWN, LOW = 0.08, 0.04


class Hydrant(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    area_code: str
    community: str
    address: str
    lon: float
    lat: float
    pressure_mpa: float | None
    diameter_mm: int


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What a hydrant stands near."""

    name: str
    area_code: str
    community: str
    lon: float
    lat: float


def along(places: Sequence[Beside], seed: int) -> Iterator[Hydrant]:
    chance = random.Random(seed + 1)  # a stream of its own, so that the rest of the city stays as it was
    for number, place in enumerate(
        (place for place in places for _ in range(A_UNIT)),
        start=1,
    ):
        side = chance.choice(("东", "南", "西", "北"))
        yield Hydrant(
            code=f"XHS{place.area_code}{number:05d}",
            name=f"{place.name}{side}侧消火栓",
            area_code=place.area_code,
            community=place.community,
            address=f"{place.name}{side}侧人行道",
            lon=round(place.lon + chance.choice((-1, 1)) * chance.uniform(25, 180) * METRES, 6),
            lat=round(place.lat + chance.choice((-1, 1)) * chance.uniform(25, 180) * METRES, 6),
            pressure_mpa=_pressure(chance),
            diameter_mm=chance.choice((100, 100, 150)),
        )


def _pressure(chance: random.Random) -> float | None:
    dice = chance.random()
    if dice < UNKNOWN:
        return None
    if dice < UNKNOWN + LOW:
        return round(chance.uniform(0.05, 0.13), 2)
    return round(chance.uniform(0.18, 0.38), 2)
