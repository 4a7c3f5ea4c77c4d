"""The paper of the map: Web Mercator tiles, the grid of cells, counts folded upwards. Pure.

The world is a square; level g cuts it into 2^g × 2^g cells. A tile of zoom z is one cell of level z, and shows the
cells of level z + 3 in it: 8 × 8, so that two counts never stand closer than a finger's width. The database counts
once, on level `BASE`; all coarser levels are sums of it. From `POINTS_FROM` on a tile shows the things themselves.
"""

import math
from collections.abc import Iterable, Mapping

from zhigan.desks.map.model import Box, Cell, Counts, Dot
from zhigan.desks.map.mvt import EXTENT, Layer, Point

FINER = 3
POINTS_FROM = 15
BASE = POINTS_FROM - 1 + FINER
MOST_ZOOM = 20
LIMIT_LAT = 85.0511287798066


def exists(z: int, x: int, y: int) -> bool:
    return 0 <= z <= MOST_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z


def project(lon: float, lat: float) -> tuple[float, float]:
    """Place on the square, both 0 … 1."""
    sine = math.sin(math.radians(max(-LIMIT_LAT, min(LIMIT_LAT, lat))))
    return lon / 360 + 0.5, 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)


def bounds(z: int, x: int, y: int) -> Box:
    size = 1 << z
    return Box(x / size * 360 - 180, _latitude((y + 1) / size), (x + 1) / size * 360 - 180, _latitude(y / size))


def _latitude(down: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))


def fold(cells: Mapping[Cell, Counts], levels: int) -> dict[Cell, Counts]:
    """The same counts `levels` coarser."""
    sums: dict[Cell, list[int]] = {}
    for (x, y), c in cells.items():
        cell = (x >> levels, y >> levels)
        held = sums.get(cell)
        if held is None:
            sums[cell] = [c.n, c.alarm, c.offline, c.fault, c.shielded]
        else:
            held[0] += c.n
            held[1] += c.alarm
            held[2] += c.offline
            held[3] += c.fault
            held[4] += c.shielded
    return {cell: Counts(*held) for cell, held in sums.items()}


def told(standing: Counts, troubled: Counts) -> Counts:
    """What stands there, with what some of it is in."""
    return Counts(standing.n, troubled.alarm, troubled.offline, troubled.fault, troubled.shielded)


def without(standing: Counts, troubled: Counts) -> Counts:
    """What stands there and is in nothing. The two were counted one after the other: never less than none."""
    return Counts(max(0, standing.n - troubled.n))


def by_tile(cells: Mapping[Cell, Counts]) -> dict[Cell, list[tuple[Cell, Counts]]]:
    """The cells of one level, by the tile that shows them."""
    tiles: dict[Cell, list[tuple[Cell, Counts]]] = {}
    for cell, counts in cells.items():
        tiles.setdefault((cell[0] >> FINER, cell[1] >> FINER), []).append((cell, counts))
    return tiles


def cell_layer(cells: Iterable[tuple[Cell, Counts]]) -> Layer:
    """Each count in the middle of its cell."""
    step = EXTENT >> FINER
    inside = (1 << FINER) - 1
    return Layer(
        "cells",
        [Point((x & inside) * step + step // 2, (y & inside) * step + step // 2, _tags(c)) for (x, y), c in cells],
    )


def dot_layer(dots: Iterable[Dot], z: int, x: int, y: int) -> Layer:
    size = 1 << z
    points: list[Point] = []
    for dot in dots:
        east, down = project(dot.lon, dot.lat)
        named = {"id": dot.id, "name": dot.name, "unit_id": dot.unit_id, "unit": dot.unit}
        tags = _tags(dot.counts) | {key: text for key, text in named.items() if text}
        points.append(Point(int((east * size - x) * EXTENT), int((down * size - y) * EXTENT), tags))
    return Layer("points", points)


def _tags(c: Counts) -> dict[str, str | int]:
    """Nothing is said of what there is none of."""
    troubles = {"alarm": c.alarm, "offline": c.offline, "fault": c.fault, "shielded": c.shielded}
    return {"n": c.n, **{word: count for word, count in troubles.items() if count}}
