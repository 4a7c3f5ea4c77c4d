"""Mapbox Vector Tile 2.1, as far as a map of points needs it: layers of points with texts and whole numbers.

Enters: layers whose points stand in the tile's own coordinates (0 … `EXTENT`, y downwards). Leaves: the protobuf bytes.
Absent: lines and areas (outlines come as GeoJSON once), floating numbers, and any knowledge of what is shown.

The format: https://github.com/mapbox/vector-tile-spec/tree/master/2.1. Field numbers below are the specification's.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

EXTENT = 4096

_TILE_LAYERS = 3
_LAYER_NAME, _LAYER_FEATURES, _LAYER_KEYS, _LAYER_VALUES, _LAYER_EXTENT, _LAYER_VERSION = 1, 2, 3, 4, 5, 15
_FEATURE_TAGS, _FEATURE_TYPE, _FEATURE_GEOMETRY = 2, 3, 4
_VALUE_TEXT, _VALUE_WHOLE = 1, 4
_POINT = 1
_MOVE_TO_ONE = 1 | 1 << 3
_VARINT, _BYTES = 0, 2

Value = str | int


class Point(msgspec.Struct, frozen=True):
    x: int
    y: int
    tags: Mapping[str, Value]


class Layer(msgspec.Struct, frozen=True):
    name: str
    points: Sequence[Point]


def encode(layers: Iterable[Layer]) -> bytes:
    """A layer without points is left out; a tile without layers is no bytes at all."""
    return b"".join(_bytes(_TILE_LAYERS, _layer(layer)) for layer in layers if layer.points)


def _layer(layer: Layer) -> bytes:
    """Keys and values stand once a layer; features name them by number."""
    keys: dict[str, int] = {}
    values: dict[Value, int] = {}
    features = [_bytes(_LAYER_FEATURES, _feature(point, keys, values)) for point in layer.points]
    return b"".join(
        (
            _whole(_LAYER_VERSION, 2),
            _bytes(_LAYER_NAME, layer.name.encode()),
            *features,
            *(_bytes(_LAYER_KEYS, key.encode()) for key in keys),
            *(_bytes(_LAYER_VALUES, _value(value)) for value in values),
            _whole(_LAYER_EXTENT, EXTENT),
        )
    )


def _feature(point: Point, keys: dict[str, int], values: dict[Value, int]) -> bytes:
    tags = bytearray()
    for key, value in point.tags.items():
        tags += varint(keys.setdefault(key, len(keys)))
        tags += varint(values.setdefault(value, len(values)))
    geometry = varint(_MOVE_TO_ONE) + varint(zigzag(point.x)) + varint(zigzag(point.y))
    return _bytes(_FEATURE_TAGS, bytes(tags)) + _whole(_FEATURE_TYPE, _POINT) + _bytes(_FEATURE_GEOMETRY, geometry)


def _value(value: Value) -> bytes:
    """Negative numbers in two's complement, as protobuf's int64 has them."""
    if isinstance(value, str):
        return _bytes(_VALUE_TEXT, value.encode())
    return _whole(_VALUE_WHOLE, value & 0xFFFF_FFFF_FFFF_FFFF)


def _bytes(field: int, content: bytes) -> bytes:
    return varint(field << 3 | _BYTES) + varint(len(content)) + content


def _whole(field: int, number: int) -> bytes:
    return varint(field << 3 | _VARINT) + varint(number)


def zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def varint(number: int) -> bytes:
    """Seven bits a byte, the low ones first; the eighth says that more follow."""
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
