"""Content formats: every published vector gives its fields, what is wrong has a name, nothing crashes."""

import json
from pathlib import Path as File

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols.lwm2m import (
    BY_NUMBER,
    OBJECTS,
    Format,
    FormatFault,
    Kind,
    Link,
    LwM2MError,
    Path,
    Record,
    cbor,
    decode,
    encode_value,
    kind_of,
    parse_path,
    senml,
    tlv,
)
from zhigan.vocabulary.metrics import BY_NAME

PUBLISHED = json.loads((File(__file__).parents[2] / "vectors" / "lwm2m" / "published.json").read_text("utf-8"))
NOW = 1_790_000_000_000_000
SECOND = 1_000_000


def said(records: list[Record]) -> dict[str, object]:
    """As the vectors write it: resource → value, or resource → instance → value."""
    found: dict[str, object] = {}
    for record in records:
        if len(record.path) == 4:
            inner = found.setdefault(str(record.path[2]), {})
            assert isinstance(inner, dict)
            inner[str(record.path[3])] = record.value
        else:
            found[str(record.path[2])] = record.value
    return found


@pytest.mark.parametrize(
    ("format_", "payload", "base"),
    [
        (Format.TLV, bytes.fromhex(PUBLISHED["tlv"]["DEVICE_WITHOUT_INSTANCE"]), (3,)),
        (Format.TLV, bytes.fromhex(PUBLISHED["tlv"]["DEVICE_WITHOUT_INSTANCE"]), (3, 0)),
        (Format.ELDER_TLV, bytes.fromhex(PUBLISHED["tlv"]["DEVICE_WITH_INSTANCE"]), (3,)),
        (Format.TLV, bytes.fromhex(PUBLISHED["tlv"]["DEVICE_WITH_INSTANCE"]), (3, 0)),
        (Format.SENML_JSON, PUBLISHED["senml_json"].encode(), (3, 0)),
        (Format.SENML_CBOR, bytes.fromhex(PUBLISHED["senml_cbor_hex"]), (3, 0)),
    ],
)
def test_the_device_object_in_every_format(format_: Format, payload: bytes, base: Path) -> None:
    records = decode(format_, base, payload, NOW)
    assert {record.path[:2] for record in records} == {(3, 0)}
    assert said(records) == PUBLISHED["device_object_3_expected"]


def test_an_empty_pack_says_nothing() -> None:
    assert decode(Format.SENML_CBOR, (3, 0), bytes.fromhex(PUBLISHED["senml_empty_cbor"]), NOW) == []
    assert decode(Format.TLV, (3, 0), b"", NOW) == []


def test_instances_and_resource_instances_in_tlv() -> None:
    access = decode(Format.TLV, (2,), bytes.fromhex(PUBLISHED["tlv"]["ACL"]), NOW)
    assert [(record.path, record.value) for record in access] == [
        ((2, 0, 0), 1), ((2, 0, 1), 0), ((2, 0, 2, 127), 7), ((2, 0, 3), 127),
        ((2, 2, 0), 3), ((2, 2, 1), 0), ((2, 2, 2, 127), 7), ((2, 2, 2, 310), 1), ((2, 2, 3), 127),
    ]  # fmt: skip
    server = decode(Format.TLV, (1,), bytes.fromhex(PUBLISHED["tlv"]["SERVER"]), NOW)
    assert said(server) == {"0": 1, "1": 86_400, "6": b"\x01", "7": "U"}


@pytest.mark.parametrize(("written", "link"), list(PUBLISHED["objlnk"].items()))
def test_links(written: str, link: list[int]) -> None:
    data = bytes.fromhex("e4" + "0016" + written)
    assert tlv.decode(data, (3, 0)) == [Record((3, 0, 22), Link(*link))]


def test_times_in_senml() -> None:
    """Absolute from 2^28 seconds on, else relative to now."""
    pack = [
        {"bn": "/3407/0/", "bt": 1_780_000_000, "n": "6046", "vb": True},
        {"n": "6044", "v": 93, "t": 5},
        {"bt": -60.5, "n": "6045", "v": -100},
        {"bt": 0, "n": "6048", "v": 85},
    ]
    records = decode(Format.SENML_JSON, (), json.dumps(pack).encode(), NOW)
    assert [record.at for record in records] == [
        1_780_000_000 * SECOND, 1_780_000_005 * SECOND, NOW - 60_500_000, None
    ]  # fmt: skip
    assert [record.value for record in records] == [True, 93.0, -100.0, 85.0]


def test_single_values() -> None:
    assert decode(Format.TEXT, (3407, 0, 6046), b"1", NOW)[0].value is True
    assert decode(Format.TEXT, (3303, 0, 5700), b"21.5", NOW)[0].value == 21.5
    assert decode(Format.OPAQUE, (19, 0, 0), b"\x00\xff", NOW)[0].value == b"\x00\xff"
    assert decode(Format.TEXT, (19, 0, 0), b"AP8=", NOW)[0].value == b"\x00\xff"
    assert decode(Format.CBOR, (3, 0, 9), b"\x18\x64", NOW)[0].value == 100
    assert decode(Format.CBOR, (3, 0, 13), bytes.fromhex("c11a5182428f"), NOW)[0].value == 1_367_491_215


def test_the_elder_json() -> None:
    said_ = b'{"bn":"/3/0/","bt":1700000000,"e":[{"n":"0","sv":"Acme"},{"n":"9","v":80,"t":2},{"n":"22","ov":"3:1"}]}'
    records = decode(Format.LWM2M_JSON, (), said_, NOW)
    assert [record.value for record in records] == ["Acme", 80, Link(3, 1)]
    assert records[1].at == 1_700_000_002 * SECOND


def test_nested_cbor() -> None:
    payload = cbor2.dumps({3: {0: {9: 77, 7: {0: 3800}}}, (3407, 0): {6046: True}})
    records = decode(Format.LWM2M_CBOR, (), payload, NOW)
    assert {record.path: record.value for record in records} == {
        (3, 0, 9): 77, (3, 0, 7, 0): 3800, (3407, 0, 6046): True
    }  # fmt: skip


@pytest.mark.parametrize(
    ("format_", "base", "payload", "fault"),
    [
        (Format.TLV, (3, 0), "c8", FormatFault.TRUNCATED),
        (Format.TLV, (3, 0), "c8000f4f70", FormatFault.TRUNCATED),
        (Format.TLV, (3, 0), "4100ff", FormatFault.BAD_TLV),
        (Format.TLV, (3, 0), "0801030801010000", FormatFault.BAD_TLV),
        (Format.TLV, (3, 0), "0003c10901", FormatFault.BAD_TLV),
        (Format.TLV, (3, 0, 9), "c10a01", FormatFault.BAD_TLV),
        (Format.TLV, (), "c10a01", FormatFault.BAD_TLV),
        (Format.TLV, (3, 0), "8306c10001", FormatFault.BAD_TLV),
        (Format.TLV, (3, 0), "8306c100", FormatFault.TRUNCATED),
        (Format.TLV, (3407, 0), "e2179e0101", FormatFault.BAD_TYPE),
        (Format.TLV, (3303, 0), "e316440a0b0c", FormatFault.BAD_TYPE),
        (Format.TLV, (3, 0), "c3090a0b0c", FormatFault.BAD_TYPE),
        (Format.TLV, (3, 0), "c100ff", FormatFault.BAD_TYPE),
        (Format.SENML_CBOR, (3, 0), "", FormatFault.TRUNCATED),
        (Format.SENML_CBOR, (3, 0), "9aff", FormatFault.TRUNCATED),
        (Format.SENML_CBOR, (3, 0), "9affffffff", FormatFault.TRUNCATED),
        (Format.SENML_CBOR, (3, 0), "a0", FormatFault.BAD_SENML),
        (Format.SENML_CBOR, (3, 0), "8100", FormatFault.BAD_SENML),
        (Format.SENML_CBOR, (3, 0), "80ff", FormatFault.BAD_CBOR),
        (Format.SENML_CBOR, (3, 0), "c280", FormatFault.BAD_CBOR),
        (Format.SENML_CBOR, (3, 0), "81a2000100" + "01", FormatFault.BAD_CBOR),
        (Format.SENML_CBOR, (3, 0), "81" * 12 + "00", FormatFault.TOO_MANY),
        (Format.CBOR, (3, 0, 9), "f7", FormatFault.BAD_TYPE),
        (Format.CBOR, (3, 0), "00", FormatFault.BAD_PATH),
        (Format.OPAQUE, (3, 0, 9), "00", FormatFault.BAD_TYPE),
        (Format.TEXT, (3, 0, 9), "ff", FormatFault.BAD_TEXT),
        (Format.TEXT, (3, 0, 9), "6869", FormatFault.BAD_TYPE),
        (Format.LWM2M_CBOR, (), "00", FormatFault.BAD_PATH),
        (Format.LWM2M_CBOR, (), "a1617800", FormatFault.BAD_PATH),
        (9999, (3, 0), "00", FormatFault.UNKNOWN_FORMAT),
    ],
)
def test_what_is_wrong_has_a_name(format_: int, base: Path, payload: str, fault: FormatFault) -> None:
    with pytest.raises(LwM2MError) as error:
        decode(format_, base, bytes.fromhex(payload), NOW)
    assert error.value.fault is fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", FormatFault.BAD_JSON),
        ("{}", FormatFault.BAD_SENML),
        ("[1]", FormatFault.BAD_SENML),
        ('[{"n":"/3/0/9","v":"x"}]', FormatFault.BAD_SENML),
        ('[{"n":"/3/0/9","v":1e999}]', FormatFault.BAD_JSON),
        ('[{"n":"/3/0/9","v":1.5}]', FormatFault.BAD_TYPE),
        ('[{"n":"/3/0/0","v":1}]', FormatFault.BAD_TYPE),
        ('[{"n":"/3407/0/6046","v":2}]', FormatFault.BAD_TYPE),
        ('[{"n":"/3/0/9","vb":1}]', FormatFault.BAD_SENML),
        ('[{"n":"/3/0","v":1}]', FormatFault.BAD_PATH),
        ('[{"n":"/3/0/99999","v":1}]', FormatFault.BAD_PATH),
        ('[{"n":"/3/0/a","v":1}]', FormatFault.BAD_PATH),
        ('[{"n":"/3/0/9","v":1,"new_":1}]', FormatFault.BAD_SENML),
        ('[{"bver":11,"n":"/3/0/9","v":1}]', FormatFault.BAD_SENML),
        ('[{"n":"/3/0/9","v":1,"t":1e13}]', FormatFault.BAD_TIME),
        ('[{"n":"/19/0/0","vd":"%%%"}]', FormatFault.BAD_SENML),
    ],
)
def test_what_is_wrong_in_senml_json(text: str, fault: FormatFault) -> None:
    with pytest.raises(LwM2MError) as error:
        decode(Format.SENML_JSON, (), text.encode(), NOW)
    assert error.value.fault is fault


def test_too_much_is_refused() -> None:
    for payload, fault in (
        (json.dumps([{"n": "/3/0/9", "v": 1}] * 1001).encode(), FormatFault.TOO_LARGE),
        (b"[" + b",".join([b"{}"] * 1001) + b"]", FormatFault.TOO_MANY),
    ):
        with pytest.raises(LwM2MError) as error:
            decode(Format.SENML_JSON, (), payload, NOW)
        assert error.value.fault is fault


# Round trips: what a described resource may hold comes back from every format that carries many values.

_PLAIN = {
    Kind.STRING: st.text('ab0 é中"\\/', max_size=20),
    Kind.INTEGER: st.integers(-(1 << 63), (1 << 63) - 1),
    Kind.TIME: st.integers(0, 1 << 40),
    Kind.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    Kind.BOOLEAN: st.booleans(),
    Kind.OPAQUE: st.binary(max_size=40),
    Kind.OBJLNK: st.builds(Link, st.integers(0, 65_535), st.integers(0, 65_535)),
}
_DESCRIBED = [
    (each.number, resource.number, resource.kind)
    for each in OBJECTS
    for resource in each.resources
    if resource.kind in _PLAIN
]


@st.composite
def resources(draw: st.DrawFn) -> Record:
    object_, resource, kind = draw(st.sampled_from(_DESCRIBED))
    path: Path = (object_, draw(st.integers(0, 3)), resource)
    if draw(st.booleans()):
        path = (*path, draw(st.integers(0, 400)))
    return Record(path, draw(_PLAIN[kind]))


@given(st.lists(resources(), max_size=12))
def test_senml_round_trips(records: list[Record]) -> None:
    assert decode(Format.SENML_CBOR, (), senml.encode_cbor(records), NOW) == records
    assert decode(Format.SENML_JSON, (), senml.encode_json(records), NOW) == records


@given(resources())
def test_tlv_and_single_values_round_trip(record: Record) -> None:
    base = record.path[:2]
    assert tlv.decode(tlv.encode([record], base), base) == [record]
    format_, payload = encode_value(record.path, record.value)
    (again,) = decode(format_, record.path, payload, NOW)
    assert again.value == record.value or record.value == ""


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False)
    | st.text("ab中", max_size=9) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.integers(0, 99) | st.text("ab", max_size=5), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_cbor_agrees_with_another_codec(thing: object) -> None:
    try:
        ours = cbor.loads(cbor2.dumps(thing))
    except LwM2MError as error:
        assert error.fault is FormatFault.TOO_MANY
        return
    assert ours == thing
    assert cbor2.loads(cbor.dumps(thing)) == thing


@given(
    st.sampled_from([*Format, 7]), st.sampled_from([(), (3,), (3, 0), (19, 0, 0), (3407, 0)]), st.binary(max_size=120)
)
def test_nothing_crashes_on_any_bytes(format_: int, base: Path, payload: bytes) -> None:
    try:
        for record in decode(format_, base, payload, NOW):
            assert 3 <= len(record.path) <= 4
    except LwM2MError as error:
        assert error.fault in FormatFault


def test_the_rows_of_objects_hang_together() -> None:
    assert {3, 4, 5, 6, 19, 503, 3303, 3312, 3316, 3317, 3323, 3325, 3338, 3407, 3418, 3427} <= set(BY_NUMBER)
    for each in OBJECTS:
        numbers = [resource.number for resource in each.resources]
        assert len(numbers) == len(set(numbers)), each.number
        metrics = {resource.metric for resource in each.resources if resource.metric}
        assert metrics | {metric for metric, _, _ in each.units.values()} <= set(BY_NAME)
    assert kind_of((3, 0, 9)) is Kind.INTEGER
    assert parse_path("/3/0/1") == (3, 0, 1)
