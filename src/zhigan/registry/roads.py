"""Ways by road: how far it is to drive, where a road network has been loaded. Pure.

Enters: a network as a file (GeoJSON lines, or CSV edges), pieces of it around a place. Leaves: pieces of at most 20 m
between numbered places; metres by road. Roads are driven both ways: fire engines do. Absent: the database, turns and
traffic.
"""

import csv
import heapq
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated

import msgspec

LONGEST_M = 20.0
"""Pieces are no longer, so that every place along a road is near an end of one."""
SNAP_M = 300.0
"""What stands farther from every road is not reached by road."""
MOST_PIECES = 2_000_000
COLUMNS = ("from_lon", "from_lat", "to_lon", "to_lat")
_EARTH_M = 6_371_008.8
_SQUARE = 0.003
"""Degrees: 330 m from south to north, so that what is within `SNAP_M` stands in this square or one beside it."""
_AROUND = (-2, -1, 0, 1, 2)
"""From west to east a square is narrower."""

Point = tuple[float, float]
_Place = Annotated[list[float], msgspec.Meta(min_length=2, max_length=4)]


class RoadsError(ValueError):
    """The file is no road network; the message says where."""


class Piece(msgspec.Struct, frozen=True, array_like=True):
    a: int
    b: int
    a_lon: float
    a_lat: float
    b_lon: float
    b_lat: float
    metres: float


def apart(one: Point, other: Point) -> float:
    """Metres, on paper that is flat for a few kilometres."""
    shrunk = math.cos(math.radians((one[1] + other[1]) / 2))
    return math.radians(1) * _EARTH_M * math.hypot((one[0] - other[0]) * shrunk, one[1] - other[1])


# ---------------------------------------------------------------- files


def read(name: str, raw: bytes) -> list[Piece]:
    text = raw.decode("utf-8-sig", "replace")
    lines = _geojson(text) if text.lstrip().startswith("{") else _edges(text)
    pieces = list(_pieces(lines))
    if not pieces:
        raise RoadsError(f"{name}: no road is in it")
    return pieces


class _Shape(msgspec.Struct):
    type: str
    coordinates: msgspec.Raw = msgspec.Raw(b"null")


class _Feature(msgspec.Struct):
    geometry: _Shape | None = None


class _Features(msgspec.Struct):
    features: list[_Feature]


_Line = list[tuple[float, float]]


def _geojson(text: str) -> Iterator[list[Point]]:
    """LineString and MultiLineString of a FeatureCollection; whatever else there is, is no road."""
    try:
        for n, feature in enumerate(msgspec.json.decode(text, type=_Features).features):
            shape = feature.geometry
            if shape is None or shape.type not in ("LineString", "MultiLineString"):
                continue
            one = shape.type == "LineString"
            lines = [_flat(shape.coordinates)] if one else _flats(shape.coordinates)
            for line in lines:
                yield [_point(lon, lat, f"features[{n}]") for lon, lat in line]
    except msgspec.MsgspecError as error:
        raise RoadsError(f"want a GeoJSON FeatureCollection of lines: {error}") from None


def _flat(raw: msgspec.Raw) -> _Line:
    """Heights that stand behind longitude and latitude are left out."""
    return [(each[0], each[1]) for each in msgspec.json.decode(raw, type=list[_Place])]


def _flats(raw: msgspec.Raw) -> list[_Line]:
    return [[(each[0], each[1]) for each in line] for line in msgspec.json.decode(raw, type=list[list[_Place]])]


def _point(lon: float, lat: float, where: str) -> Point:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise RoadsError(f"{where}: degrees, longitude first, got {lon}, {lat}")
    return lon, lat


def _edges(text: str) -> Iterator[list[Point]]:
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise RoadsError(f"the columns {', '.join(missing)} are missing")
    for row in rows:
        where = f"line {rows.line_num}"
        try:
            a, b, c, d = (float(row[name]) for name in COLUMNS)
            yield [_point(a, b, where), _point(c, d, where)]
        except (TypeError, ValueError) as error:
            raise RoadsError(f"{where}: {error}") from None


def _pieces(lines: Iterable[Sequence[Point]]) -> Iterator[Piece]:
    numbers: dict[Point, int] = {}
    made = 0

    def number(point: Point) -> int:
        return numbers.setdefault((round(point[0], 6), round(point[1], 6)), len(numbers))

    for line in lines:
        for one, other in pairwise(line):
            parts = max(1, math.ceil(apart(one, other) / LONGEST_M))
            step = ((other[0] - one[0]) / parts, (other[1] - one[1]) / parts)
            points = [(one[0] + step[0] * n, one[1] + step[1] * n) for n in range(parts)] + [other]
            for a, b in pairwise(points):
                made += 1
                if made > MOST_PIECES:
                    raise RoadsError(f"more than {MOST_PIECES} pieces of {LONGEST_M:.0f} m: a smaller extract")
                yield Piece(number(a), number(b), *a, *b, apart(a, b))


# ---------------------------------------------------------------- ways


def ways(pieces: Iterable[Piece], here: Point, to: Mapping[str, Point]) -> dict[str, float]:
    """Metres by road from `here` to those that a road reaches, the ends off the road by line (Dijkstra)."""
    beside: dict[int, list[tuple[int, float]]] = {}
    places: dict[int, Point] = {}
    for p in pieces:
        beside.setdefault(p.a, []).append((p.b, p.metres))
        beside.setdefault(p.b, []).append((p.a, p.metres))
        places[p.a], places[p.b] = (p.a_lon, p.a_lat), (p.b_lon, p.b_lat)
    squares = _squares(places)
    begin = _nearest(squares, here)
    ends = {name: end for name, point in to.items() if (end := _nearest(squares, point)) is not None}
    if begin is None or not ends:
        return {}
    far = _far(beside, begin[0], {end[0] for end in ends.values()})
    return {name: begin[1] + far[end[0]] + end[1] for name, end in ends.items() if end[0] in far}


def _squares(places: Mapping[int, Point]) -> dict[tuple[int, int], list[tuple[int, Point]]]:
    found: dict[tuple[int, int], list[tuple[int, Point]]] = {}
    for number, at in places.items():
        found.setdefault(_square(at), []).append((number, at))
    return found


def _square(at: Point) -> tuple[int, int]:
    return math.floor(at[0] / _SQUARE), math.floor(at[1] / _SQUARE)


def _nearest(squares: Mapping[tuple[int, int], Sequence[tuple[int, Point]]], here: Point) -> tuple[int, float] | None:
    column, row = _square(here)
    near = (squares.get((column + x, row + y), ()) for x in _AROUND for y in (-1, 0, 1))
    found = min(((apart(at, here), number) for square in near for number, at in square), default=None)
    return None if found is None or found[0] > SNAP_M else (found[1], found[0])


def _far(beside: Mapping[int, Sequence[tuple[int, float]]], begin: int, wanted: set[int]) -> dict[int, float]:
    """Until all that are wanted are reached, or nothing is left."""
    far: dict[int, float] = {}
    left = set(wanted)
    open_: list[tuple[float, int]] = [(0.0, begin)]
    while open_ and left:
        metres, at = heapq.heappop(open_)
        if at in far:
            continue
        far[at] = metres
        left.discard(at)
        for other, more in beside[at]:
            if other not in far:
                heapq.heappush(open_, (metres + more, other))
    return far
