"""The encoder against a decoder that follows the specification's text, and against one tile written out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.desks.map.mvt import EXTENT, Layer, Point, encode, varint

Fields = list[tuple[int, int | bytes]]


def fields(data: bytes) -> Fields:
    found: Fields = []
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            found.append((key >> 3, number()))
        else:
            assert key & 7 == 2
            length = number()
            found.append((key >> 3, data[at : at + length]))
            at += length
    assert at == len(data)
    return found


def blob(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value


def numbers(data: bytes) -> list[int]:
    found: list[int] = []
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(value)
            value = shift = 0
    return found


def unzigzag(number: int) -> int:
    return number >> 1 if number % 2 == 0 else -(number + 1 >> 1)


def value(data: bytes) -> str | int:
    [(field, content)] = fields(data)
    if field == 1:
        return blob(content).decode()
    assert field == 4
    assert isinstance(content, int)
    return content - (1 << 64) if content >> 63 else content


def decode(data: bytes) -> list[tuple[str, list[Point]]]:
    layers: list[tuple[str, list[Point]]] = []
    for field, raw in fields(data):
        assert field == 3
        parts = fields(blob(raw))
        assert (15, 2) in parts
        assert (5, EXTENT) in parts
        keys = [blob(v).decode() for f, v in parts if f == 3]
        values = [value(blob(v)) for f, v in parts if f == 4]
        points: list[Point] = []
        for feature in (dict(fields(blob(v))) for f, v in parts if f == 2):
            assert feature[3] == 1
            command, x, y = numbers(blob(feature[4]))
            assert command == 9, "one MoveTo"
            tags = numbers(blob(feature[2]))
            named = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
            points.append(Point(unzigzag(x), unzigzag(y), named))
        layers.append((blob(dict(parts)[1]).decode(), points))
    return layers


PLACES = st.integers(-EXTENT, 2 * EXTENT)
TAGS = st.dictionaries(st.text(min_size=1), st.text() | st.integers(-(2**63), 2**63 - 1), max_size=5)
POINTS = st.lists(st.builds(Point, PLACES, PLACES, TAGS), min_size=1, max_size=8)


@given(st.lists(st.tuples(st.text(min_size=1), POINTS), max_size=3))
def test_what_is_encoded_is_read_again(layers: list[tuple[str, list[Point]]]) -> None:
    assert decode(encode(Layer(name, points) for name, points in layers)) == layers


def test_one_tile_by_hand() -> None:
    feature = bytes.fromhex("1202 0000 1801 2203 09 32 22".replace(" ", ""))
    layer = b"\x78\x02" + b"\x0a\x01p" + b"\x12" + bytes([len(feature)]) + feature
    layer += b"\x1a\x01n" + b"\x22\x02\x20\x07" + b"\x28\x80\x20"
    assert encode([Layer("p", [Point(25, 17, {"n": 7})])]) == b"\x1a" + bytes([len(layer)]) + layer


def test_nothing_is_no_bytes() -> None:
    assert encode([Layer("cells", [])]) == b""


WIRE = [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (2**64 - 1, "ff" * 9 + "01")]


@pytest.mark.parametrize(("number", "wire"), WIRE)
def test_varints_of_the_protobuf_documentation(number: int, wire: str) -> None:
    assert varint(number).hex() == wire
