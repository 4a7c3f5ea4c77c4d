"""Stand-alone detectors in homes, through a carrier or straight over UDP. Same seed, same list.

Enters: the dwellings and flats of a city. Leaves: detectors with their flat and room and the battery that each has
left. Absent: pushes (push), LwM2M (detectors), and what happens to them (stories).
"""

import random
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import chain, count, islice, takewhile

import msgspec

CARRIED, DIRECT = 400, 36
"""So many speak through CTWing, and so many LwM2M."""
CTWING, LWM2M = "ctwing", "lwm2m"
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


class Flat(msgspec.Struct, frozen=True, order=True):
    unit: str
    building: str
    floor: int
    flat: str


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """A detector. `address` is the carrier's id of it, or its endpoint; `battery` in per cent when the city begins."""

    gateway: str
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


def carried(dwellings: Sequence[Dwelling], seed: int, limit: int = CARRIED) -> Iterator[Home]:
    """China Telecom's customers."""
    chance = random.Random(seed + 2)  # a stream of its own, so that the rest of the city stays as it was
    lived = [dwelling for dwelling in dwellings if dwelling.kind in KINDS]
    given = 0
    for dwelling in lived:
        for number in range(min(FLATS_A_UNIT, limit - given)):
            yield _home(dwelling, number, seed, chance)
            given += 1


def direct(flats: Sequence[Flat], seed: int, limit: int = DIRECT) -> Iterator[Home]:
    """The first flats of every dwelling, in turn, until there are enough."""
    chance = random.Random(seed + 3)
    of_unit: dict[str, list[Flat]] = {}
    for flat in sorted(set(flats)):
        of_unit.setdefault(flat.unit, []).append(flat)
    units = list(dict.fromkeys(flat.unit for flat in flats))
    turns = ([of_unit[unit][turn] for unit in units if turn < len(of_unit[unit])] for turn in count())
    for number, flat in enumerate(islice(chain.from_iterable(takewhile(bool, turns)), limit), start=1):
        yield _direct(flat, f"urn:imei:8600{seed & 0xFFFF:05d}{number:06d}", chance)


def _direct(flat: Flat, endpoint: str, chance: random.Random) -> Home:
    return Home(
        gateway=LWM2M,
        address=endpoint,
        unit=flat.unit,
        building=flat.building,
        floor=flat.floor,
        flat=flat.flat,
        place="卧室",
        name=f"{flat.building}{flat.flat}室卧室独立式感烟",
        battery=chance.randint(60, 100),
        rsrp=-chance.randint(75, 110),
        made_on=f"{chance.randint(2019, 2025)}-{chance.randint(1, 9):02d}-15",
    )


def _home(dwelling: Dwelling, number: int, seed: int, chance: random.Random) -> Home:
    floor = number % dwelling.floors + 1
    flat = f"{floor}{number // dwelling.floors + 71:02d}"
    place = chance.choice(("厨房", "客厅", "卧室", "过道"))
    tired = chance.random() < TIRED
    address = blake2b(f"{seed}/{dwelling.code}/{dwelling.building}/{flat}".encode(), digest_size=16).hexdigest()
    return Home(
        gateway=CTWING,
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
