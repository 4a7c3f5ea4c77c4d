"""The ground under the map: outlines of the counties from the package, what the operator set."""

from functools import cache
from importlib import resources
from typing import Literal

import msgspec

FILE = "boundaries/jian.geojson"


class County(msgspec.Struct, frozen=True):
    code: str
    name: str


class Geometry(msgspec.Struct, frozen=True):
    """Rings of longitude and latitude, WGS-84."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[list[tuple[float, float]]]]


class Outline(msgspec.Struct, frozen=True):
    type: Literal["Feature"]
    properties: County
    geometry: Geometry


class Outlines(msgspec.Struct, frozen=True):
    """A GeoJSON FeatureCollection."""

    type: Literal["FeatureCollection"]
    features: list[Outline]


class Choice(msgspec.Struct, frozen=True):
    """`tiles` is an address with {z} {x} {y}, or empty: outlines alone. `approval` is the 审图号."""

    tiles: str = ""
    approval: str = ""


@cache
def outlines() -> Outlines:
    """Checked once: a file put here by hand must not break the answer around it."""
    return msgspec.json.decode(resources.files("zhigan.desks.map").joinpath(FILE).read_bytes(), type=Outlines)
