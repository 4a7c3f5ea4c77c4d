"""Stand-alone detectors in homes: China Telecom's customers, who speak through CTWing. Same seed, same list.

Enters: the units of a city. Leaves: detectors with their flat and room, the battery that each has left and how fast it
goes. Absent: pushes (push), and what happens to them (stories).
"""

import random
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import msgspec

FLATS_A_UNIT = 12
KINDS = ("old_estate", "rental", "tower", "care_home")
TIRED = 0.04
"""So many have a battery that is nearly spent."""
FULL, FIRST_LOW = 100.0, 12.0


class Dwelling(msgspec.Struct, frozen=True, kw_only=True):
    """A unit in which people live."""

    code: str
    kind: str
    building: str
    floors: int


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """`address` is the carrier's id of the device; `battery` in per cent when the city begins."""

    address: str
    unit: str
    building: str
    floor: int
    flat: str
    place: str
    name: str
    battery: float
    rsrp: int
    made_on: str


def along(dwellings: Sequence[Dwelling], seed: int, limit: int) -> Iterator[Home]:
    chance = random.Random(seed + 2)  # a stream of its own, so that the rest of the city stays as it was
    lived = [dwelling for dwelling in dwellings if dwelling.kind in KINDS]
    given = 0
    for dwelling in lived:
        for number in range(min(FLATS_A_UNIT, limit - given)):
            yield _home(dwelling, number, seed, chance)
            given += 1


def _home(dwelling: Dwelling, number: int, seed: int, chance: random.Random) -> Home:
    floor = number % dwelling.floors + 1
    flat = f"{floor}{number // dwelling.floors + 71:02d}"
    place = chance.choice(("厨房", "客厅", "卧室", "过道"))
    tired = chance.random() < TIRED
    address = blake2b(f"{seed}/{dwelling.code}/{dwelling.building}/{flat}".encode(), digest_size=16).hexdigest()
    return Home(
        address=address,
        unit=dwelling.code,
        building=dwelling.building,
        floor=floor,
        flat=flat,
        place=place,
        name=f"{dwelling.building}{flat}室{place}独立式感烟",
        battery=round(chance.uniform(4, FIRST_LOW) if tired else chance.uniform(35, FULL), 1),
        rsrp=-chance.randint(78, 118),
        made_on=f"{chance.randint(2013, 2025)}-{chance.randint(1, 9):02d}-15",
    )
