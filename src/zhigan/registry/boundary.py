"""The boundary of a grid: a polygon of GeoJSON (RFC 7946), checked, without holes. Pure.

Enters: what people draw or paste. Leaves: the ring, not closed, each position once; or what is wrong with it. Absent:
which places lie inside (the database says so).
"""

from itertools import pairwise
from math import cos, hypot, isfinite, radians
from typing import Annotated, Final, Literal

import msgspec

from zhigan.registry.checks import Checker

MOST: Final = 500
ACROSS_KM: Final = 30.0
KM: Final = 111.32
Position = tuple[float, float]


class GeoPolygon(msgspec.Struct, frozen=True):
    """A geometry of GeoJSON; its first ring bounds the grid. Positions are longitude, latitude (WGS-84)."""

    type: Literal["Polygon"]
    coordinates: Annotated[list[list[list[float]]], msgspec.Meta(min_length=1, max_length=8)]


def geometry(ring: list[Position]) -> GeoPolygon:
    return GeoPolygon("Polygon", [[[lon, lat] for lon, lat in (*ring, ring[0])]])


def ring(given: GeoPolygon) -> list[Position]:
    """Raises `Wrong` where it bounds nothing."""
    check = Checker()
    made = _positions(given)
    if len(given.coordinates) != 1 or made is None or not 3 <= len(made) <= MOST:
        check.say("shape", "one ring of 3 to 500 positions, longitude before latitude, without holes")
    elif _across(made) > ACROSS_KM:
        check.say("shape", "a boundary at most 30 km across")
    elif _crosses(made) or _area(made) == 0:
        check.say("shape", "a boundary that does not cross itself")
    check.done()
    return made or []


def _positions(given: GeoPolygon) -> list[Position] | None:
    made: list[Position] = []
    for each in given.coordinates[0]:
        if len(each) < 2 or not all(map(isfinite, each[:2])) or abs(each[0]) > 180 or abs(each[1]) > 90:
            return None
        here = (each[0], each[1])
        if not made or made[-1] != here:
            made.append(here)
    return made[:-1] if len(made) > 1 and made[0] == made[-1] else made


def _across(ring: list[Position]) -> float:
    lons, lats = [p[0] for p in ring], [p[1] for p in ring]
    return KM * hypot((max(lons) - min(lons)) * cos(radians(lats[0])), max(lats) - min(lats))


def _area(ring: list[Position]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise((*ring, ring[0])))


def _crosses(ring: list[Position]) -> bool:
    """Does a side meet another that is not beside it, or is a position passed twice?"""
    if len(set(ring)) < len(ring):
        return True
    sides = list(pairwise((*ring, ring[0])))
    return any(_meet(*one, *other) for at, one in enumerate(sides) for other in sides[at + 2 : len(sides) - (at == 0)])


def _meet(a: Position, b: Position, c: Position, d: Position) -> bool:
    one, two, three, four = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if one * two < 0 and three * four < 0:
        return True
    return any(
        t == 0 and _between(*p) for t, p in ((one, (a, b, c)), (two, (a, b, d)), (three, (c, d, a)), (four, (c, d, b)))
    )


def _turn(a: Position, b: Position, c: Position) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(a: Position, b: Position, c: Position) -> bool:
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])
