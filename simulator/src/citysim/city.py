"""A seeded Ji'an: units, buildings, transmission devices and what hangs behind them. Same seed, same city, to the byte.

Enters: a seed and a number of units. Leaves: `City`, plain data that device, life and stories share. Streets and
communities are real (data/SOURCE.txt), all else is invented. Absent: sockets, clocks, and
whether any of it is well today.
"""

import csv
import enum
import random
from collections.abc import Iterator
from importlib import resources
from typing import TypeVar

import msgspec

from citysim import homes
from citysim.circuits import DEVICES, Circuit, Wired, wired
from citysim.city_tables import (
    COUNTIES,
    ECONOMIC_STREET,
    ECONOMIC_ZONE,
    KINDS,
    PARTS,
    ROADS,
    UNSETTLED_ZONE,
    County,
    Kind,
)
from citysim.homes import Dwelling, Flat, Home
from citysim.hydrants import Beside, Hydrant, along
from citysim.mains import Mains, mains

T = TypeVar("T")

ADDRESS_FAMILY = 0x36
"""Last address byte of every simulated device: Jiangxi's code, so that a technician sees at once where it is from."""
POINTS_A_LOOP = 120
FAMILY_NAMES = "王李张刘陈杨黄周吴徐孙胡朱高林何郭马罗梁"


class Beat(enum.StrEnum):
    """How a maker's device says that it is alive; the standard names no heartbeat."""

    STATUS = "status"  # type 21
    EMPTY = "empty"  # command 2 with an empty data unit
    SEVEN = "seven"  # command 7


class Community(msgspec.Struct, frozen=True):
    code: str
    name: str
    street_code: str
    street: str
    area_code: str


class Point(msgspec.Struct, frozen=True):
    """A component behind a transmission device, as the wire names it and as the registry places it."""

    part: str
    system_type: int
    system_address: int
    component_type: int
    component_address: int
    type: str
    name: str
    building: str
    floor: int
    flat: str
    place: str

    @property
    def suffix(self) -> str:
        return f"/{self.system_type}.{self.system_address}.{self.component_type}.{self.component_address}"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A transmission device. `plain`: sends objects without description; `test_bit`: sets bit 0 in every status."""

    address: str
    name: str
    unit: str
    building: str
    heartbeat_s: int
    plain: bool
    test_bit: bool
    beat: Beat
    points: tuple[Point, ...]


class Contact(msgspec.Struct, frozen=True):
    name: str
    duty: str
    phone: str


class Building(msgspec.Struct, frozen=True):
    name: str
    floors: int


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    kind: str
    premises: str
    industry: str
    tags: tuple[str, ...]
    area_code: str
    area: str
    community: str
    lon: float
    lat: float
    buildings: tuple[Building, ...]
    contacts: tuple[Contact, ...]
    sites: tuple[Site, ...]


class City(msgspec.Struct, frozen=True):
    seed: int
    units: tuple[Unit, ...]
    hydrants: tuple[Hydrant, ...] = ()
    homes: tuple[Home, ...] = ()
    """Stand-alone detectors, each by its own way."""
    circuits: tuple[Circuit, ...] = ()
    mains: tuple[Mains, ...] = ()
    """Measured over Modbus, where somebody asks."""

    def sites(self) -> Iterator[tuple[Unit, Site]]:
        for unit in self.units:
            for site in unit.sites:
                yield unit, site

    def homes_by(self, gateway: str) -> tuple[Home, ...]:
        return tuple(home for home in self.homes if home.gateway == gateway)

    @property
    def devices(self) -> int:
        return sum(1 + len(site.points) for _, site in self.sites()) + len(self.homes) + DEVICES * len(self.circuits)


def communities() -> dict[str, list[Community]]:
    """The real ones, by the area that reports for them."""
    found: dict[str, list[Community]] = {county.code: [] for county in COUNTIES}
    text = resources.files("citysim").joinpath("data", "communities.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        community = Community(row["code"], row["name"], row["street_code"], row["street"], row["area_code"])
        found[ECONOMIC_ZONE if community.street_code == ECONOMIC_STREET else community.area_code].append(community)
    found[UNSETTLED_ZONE] = [Community("", "庐陵新区", "", "庐陵新区", UNSETTLED_ZONE)]
    return found


def address_of(seed: int, number: int) -> str:
    """Six bytes in wire order: number, seed, the family byte."""
    return (
        (number.to_bytes(3, "little") + (seed & 0xFFFF).to_bytes(2, "little") + bytes((ADDRESS_FAMILY,))).hex().upper()
    )


def build(seed: int = 119, units: int = 240) -> City:
    chance = random.Random(seed)
    known = communities()
    counties = _dealt([(county, county.share) for county in COUNTIES], units)
    kinds = _dealt([(kind, kind.share) for kind in KINDS], units)
    chance.shuffle(kinds)
    taken: set[str] = set()
    built: list[Unit] = []
    for number, (county, kind) in enumerate(zip(counties, kinds, strict=True), start=1):
        name, community = _named(kind, county, known[county.code], taken, chance)
        built.append(_unit(seed, number, kind, county, community, name, chance))
    beside = [msgspec.convert(unit, Beside, from_attributes=True) for unit in built]
    lived = [Dwelling(code=u.code, kind=u.kind, building=b.name, floors=b.floors) for u in built for b in u.buildings]
    flats = [Flat(u.code, p.building, p.floor, p.flat) for u in built for s in u.sites for p in s.points if p.flat]
    detectors = (*homes.carried(lived, seed), *homes.direct(flats, seed))
    switched = [Wired(u.code, u.kind, u.buildings[0].name, u.buildings[0].floors) for u in built if _switched(u)]
    return City(
        seed, tuple(built), tuple(along(beside, seed)), detectors, wired(switched, seed), mains(switched)
    )  # fmt: skip


def _switched(unit: Unit) -> bool:
    """It has electrical-fire monitors already."""
    return any(point.part == "residual" for site in unit.sites for point in site.points)


def _dealt(shares: list[tuple[T, int]], count: int) -> list[T]:
    """`count` of them in proportion to their shares; the largest remainders take what rounding leaves."""
    total = sum(share for _, share in shares)
    whole = [count * share // total for _, share in shares]
    rest = sorted(range(len(shares)), key=lambda n: -(count * shares[n][1] % total))
    for n in rest[: count - sum(whole)]:
        whole[n] += 1
    return [item for (item, _), times in zip(shares, whole, strict=True) for _ in range(times)]


def _short(name: str) -> str:
    for ending in ("社区居委会", "居委会", "虚拟社区", "街道", "镇", "乡"):
        name = name.removesuffix(ending)
    return name


def _named(
    kind: Kind, county: County, known: list[Community], taken: set[str], chance: random.Random
) -> tuple[str, Community]:
    """A name that nobody bears yet: after a community, its street, or in the functional zones a road."""
    roads = ROADS.get(county.code, ())
    for again in ("", "第二", "第三", "第四", "第五"):
        for _ in range(20):
            community = chance.choice(known)
            near = chance.choice(roads) if roads else _short(community.name)
            street = near if roads else _short(community.street)
            area = county.name.removesuffix("区").removesuffix("县").removesuffix("市")
            name = kind.name.format(a=area, s=street + again, c=near + again)
            if name not in taken:
                taken.add(name)
                return name, community
    raise ValueError(f"no free name for another {kind.key} in {county.name}")


def _unit(
    seed: int, number: int, kind: Kind, county: County, community: Community, name: str, chance: random.Random
) -> Unit:
    floors = chance.randint(*kind.floors)
    buildings = tuple(Building(building, floors) for building in kind.buildings)
    code = f"JA{county.code}{number:05d}"
    points = tuple(_points(kind, buildings))
    site = Site(
        address=address_of(seed, number),
        name=f"{name}用户信息传输装置",
        unit=code,
        building=buildings[0].name,
        heartbeat_s=chance.choice((20, 30, 45, 60)),
        plain=chance.random() < 0.15,
        test_bit=chance.random() < 0.3,
        beat=chance.choices((Beat.STATUS, Beat.EMPTY, Beat.SEVEN), (8, 1, 1))[0],
        points=points,
    )
    return Unit(
        code=code,
        name=name,
        kind=kind.key,
        premises=kind.premises,
        industry=kind.industry,
        tags=tuple(kind.tags.split()),
        area_code=county.code,
        area=county.name,
        community=community.code,
        lon=round(county.lon + chance.uniform(-0.012, 0.012), 6),
        lat=round(county.lat + chance.uniform(-0.010, 0.010), 6),
        buildings=buildings,
        contacts=tuple(_contacts(number, chance)),
        sites=(site,),
    )


def _contacts(number: int, chance: random.Random) -> Iterator[Contact]:
    """Nobody's: the names say that they are examples, and no Chinese telephone number begins with 100."""
    for order, duty in enumerate(("消防安全管理人", "消防控制室")):
        yield Contact(f"演示{chance.choice(FAMILY_NAMES)}某", duty, f"100{number:06d}{order:02d}")


def _points(kind: Kind, buildings: tuple[Building, ...]) -> Iterator[Point]:
    """Loop and place on the loop are numbered as an installer would: up the floors, one building after the other."""
    main = buildings[0].name
    if kind.plant or not kind.flats:
        yield _point("panel", 0, main, 1, "", "消防控制室")
    number = 0
    for building in buildings:
        for floor in range(1, building.floors + 1):
            for part, flat, place in _on_a_floor(kind, floor):
                yield _point(part, _loop_address(number), building.name, floor, flat, place)
                number += 1
    for part in kind.plant:
        place = "消防水泵房" if PARTS[part].type in ("pump", "pressure_switch") else "设备间"
        yield _point(part, _loop_address(number), main, 1, "", place)
        number += 1


def _on_a_floor(kind: Kind, floor: int) -> Iterator[tuple[str, str, str]]:
    """Part, flat, place; one after the other, so that neighbours on the loop hang in neighbouring rooms."""
    for flat in range(1, kind.flats + 1) if kind.flats else (0,):
        for part, count in kind.floor:
            for n in range(count):
                room = kind.rooms[n % len(kind.rooms)]
                place = room if kind.flats or n < len(kind.rooms) else f"{room}{n // len(kind.rooms) + 1}"
                yield part, f"{floor}{flat:02d}" if flat else "", place


def _loop_address(number: int) -> int:
    """Loop in the high word, place in the low one, both from 1."""
    return (number // POINTS_A_LOOP + 1) << 16 | (number % POINTS_A_LOOP + 1)


def _point(key: str, address: int, building: str, floor: int, flat: str, place: str) -> Point:
    part = PARTS[key]
    where = f"{building}{flat}室{place}" if flat else f"{building}{floor}层{place}"
    return Point(
        part=key,
        system_type=part.system_type,
        system_address=1,
        component_type=part.component_type,
        component_address=address,
        type=part.type,
        name=f"{where}{part.zh}",
        building=building,
        floor=floor,
        flat=flat,
        place=place,
    )
