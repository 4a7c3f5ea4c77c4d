"""Data units: what is encoded decodes to itself, for every type; what does not fit is a note, never an exception."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.gb26875.streams import NOON, adversarial
from zhigan.protocols.gb26875 import (
    DIALECTS,
    TOLERANT,
    Analog,
    CheckDuty,
    ComponentConfiguration,
    ComponentStatus,
    DeviceClock,
    DeviceConfiguration,
    DeviceOperation,
    DeviceStatus,
    DeviceVersion,
    Initialise,
    NoteName,
    Object,
    Private,
    ReadComponent,
    ReadDevice,
    ReadDeviceOperations,
    ReadSystem,
    ReadSystemOperations,
    Switch,
    SyncClock,
    SystemClock,
    SystemConfiguration,
    SystemOperation,
    SystemStatus,
    SystemVersion,
    decode_adu,
    encode_adu,
    text,
    times,
)
from zhigan.protocols.gb26875.layouts import LAYOUTS, VARIABLE

byte = st.integers(0, 255)
word = st.integers(0, 0xFFFF)
address = st.integers(0, 0xFFFFFFFF)
instant = st.integers(946_656_000, 4_102_415_999).map(lambda s: s * 1_000_000)  # 2000–2099 in Shanghai
label = st.binary(min_size=6, max_size=6)
description = st.binary(min_size=31, max_size=31)
free_text = st.binary(max_size=60)


stamped = st.one_of(instant.map(lambda at: (at, times.encode(at))), label.map(lambda raw: (times.decode(raw), raw)))
worded = description.map(lambda raw: (text.decode(raw), raw))
freely_worded = free_text.map(lambda raw: (text.decode(raw), raw))


def component_status(head: tuple[int, int, int, int, int], words: tuple[str, bytes], when: tuple[int | None, bytes]):
    return ComponentStatus(*head, words[0], when[0], words[1], when[1])


OBJECTS: dict[int, st.SearchStrategy[Object]] = {
    1: st.builds(lambda a, b, c, t: SystemStatus(a, b, c, *t), byte, byte, word, stamped),
    2: st.builds(component_status, st.tuples(byte, byte, byte, address, word), worded, stamped),
    3: st.builds(
        lambda a, b, c, d, e, v, t: Analog(a, b, c, d, e, v, *t),
        byte,
        byte,
        byte,
        address,
        byte,
        st.integers(-32768, 32767),
        stamped,
    ),
    4: st.builds(lambda a, b, c, d, t: SystemOperation(a, b, c, d, *t), byte, byte, byte, byte, stamped),
    5: st.builds(SystemVersion, byte, byte, byte, byte),
    6: st.builds(lambda a, b, w: SystemConfiguration(a, b, *w), byte, byte, freely_worded),
    7: st.builds(lambda a, b, c, d, w: ComponentConfiguration(a, b, c, d, *w), byte, byte, byte, address, worded),
    8: st.builds(lambda a, b, t: SystemClock(a, b, *t), byte, byte, stamped),
    21: st.builds(lambda a, t: DeviceStatus(a, *t), byte, stamped),
    24: st.builds(lambda a, b, t: DeviceOperation(a, b, *t), byte, byte, stamped),
    25: st.builds(DeviceVersion, byte, byte),
    26: st.builds(lambda w: DeviceConfiguration(*w), freely_worded),
    28: st.builds(lambda t: DeviceClock(*t), stamped),
    **{n: st.builds(ReadSystem, st.just(n), byte, byte) for n in (61, 65, 66, 68)},
    **{n: st.builds(ReadComponent, st.just(n), byte, byte, address) for n in (62, 63, 67)},
    64: st.builds(lambda a, b, n, t: ReadSystemOperations(a, b, n, *t), byte, byte, byte, stamped),
    **{n: st.builds(ReadDevice, st.just(n), byte) for n in (81, 85, 86, 88)},
    84: st.builds(lambda n, t: ReadDeviceOperations(n, *t), byte, stamped),
    89: st.builds(Initialise, byte),
    90: st.builds(lambda t: SyncClock(*t), stamped),
    91: st.builds(CheckDuty, byte),
}


def test_every_type_of_the_standard_has_a_strategy() -> None:
    assert set(OBJECTS) == {t for t in LAYOUTS if t < 256} | set(VARIABLE)


def limit_of(type_: int) -> int:
    return LAYOUTS[type_].limit if type_ in LAYOUTS else {6: 3, 26: 1}[type_]


@pytest.mark.parametrize("type_", sorted(OBJECTS))
def test_what_is_encoded_decodes_to_itself(type_: int) -> None:
    @settings(max_examples=60)
    @given(st.lists(OBJECTS[type_], min_size=1, max_size=min(limit_of(type_), 8)))
    def holds(objects: list[Object]) -> None:
        adu = decode_adu(encode_adu(objects))
        assert (adu.type, adu.count) == (type_, len(objects))
        assert list(adu.objects) == objects
        assert not adu.notes
        assert not adu.rest

    holds()


SIZES = """
1 10 102 · 2 46 22 · 3 16 63 · 4 10 102 · 5 4 1 · 7 38 26 · 8 8 1 · 21 7 1 · 24 8 127 · 25 2 1 · 28 6 1 · 61 2 102 ·
62 6 22 · 63 6 63 · 64 9 1 · 65 2 1 · 66 2 3 · 67 6 26 · 68 2 1 · 81 1 1 · 84 7 1 · 85 1 1 · 86 1 1 · 88 1 1 ·
89 1 1 · 90 6 1 · 91 1 1
"""
"""Type, bytes an object, most objects a frame: gb26875.md §4."""


@pytest.mark.parametrize(("type_", "size", "limit"), [tuple(map(int, row.split())) for row in SIZES.split("·")])
def test_sizes_and_limits_are_the_standards(type_: int, size: int, limit: int) -> None:
    full = decode_adu(bytes((type_, limit)) + bytes(size * limit))
    assert len(full.objects) == limit
    assert {n.name for n in full.notes} <= {NoteName.INVALID_TIME}
    if limit < 127:
        over = decode_adu(bytes((type_, limit + 1)) + bytes(size * (limit + 1)))
        assert NoteName.COUNT_OVER_LIMIT in {n.name for n in over.notes}
        assert len(over.objects) == limit + 1


any_unit = st.one_of(
    st.binary(max_size=1024),
    adversarial,
    st.builds(lambda t, n, body: bytes((t, n)) + body, byte, byte, st.binary(max_size=200)),
)


@settings(max_examples=600)
@given(any_unit)
def test_no_data_unit_raises_in_any_dialect(adu: bytes) -> None:
    for dialect in DIALECTS.values():
        decoded = decode_adu(adu, dialect)
        assert decoded.type == (adu[0] if len(adu) > 1 else None)
        if decoded.objects and not decoded.notes:
            assert encode_adu(decoded.objects, dialect) == adu


FIRE = ComponentStatus(1, 1, 40, 131_082, 2, "二层走廊", NOON)


def test_a_status_of_2_is_a_fire_and_its_text_comes_back() -> None:
    (o,) = decode_adu(encode_adu([FIRE])).objects
    assert isinstance(o, ComponentStatus)
    assert (o.status & 2, o.text, o.at) == (2, "二层走廊", NOON)


def test_minus_93_reads_as_minus_93() -> None:
    (o,) = decode_adu(encode_adu([Analog(1, 1, 30, 5, 3, -93, NOON)])).objects
    assert isinstance(o, Analog)
    assert o.value == -93


def test_objects_of_15_bytes_have_no_description() -> None:
    adu = encode_adu([FIRE, FIRE], described=False)
    assert len(adu) == 2 + 2 * 15
    decoded = decode_adu(adu)
    assert [(o.status, o.at, o.text) for o in decoded.objects if isinstance(o, ComponentStatus)] == [(2, NOON, "")] * 2
    assert [n.name for n in decoded.notes] == [NoteName.PRIVATE_SIZE]


def test_objects_of_16_bytes_keep_their_extra_byte() -> None:
    adu = b"\x02\x01" + encode_adu([FIRE], described=False)[2:11] + b"\x7f" + times.encode(NOON)
    (o,) = decode_adu(adu).objects
    assert isinstance(o, ComponentStatus)
    assert (o.status, o.at, o.extra) == (2, NOON, b"\x7f")


def test_objects_of_16_bytes_are_switches_where_the_maker_says_so() -> None:
    adu = b"\x02\x01\x01\x01\x5b\x05\x00\x02\x00\x02\x01\x00" + times.encode(NOON)
    assert decode_adu(adu, DIALECTS["fubei_2024"]).objects == (
        Switch(2, 1, 1, 0x5B, 0x20005, 2, 1, NOON, times.encode(NOON)),
    )


@pytest.mark.parametrize("size", [9, 12, 20, 45])
def test_an_unknown_size_still_gives_address_and_status(size: int) -> None:
    head = encode_adu([FIRE], described=False)[2:11]
    decoded = decode_adu(b"\x02\x02" + (head + bytes(size - 9)) * 2)
    assert [(o.component_address, o.status) for o in decoded.objects if isinstance(o, ComponentStatus)] == [
        (131_082, 2)
    ] * 2
    assert NoteName.SIZE_MISMATCH in {n.name for n in decoded.notes}


@pytest.mark.parametrize(
    ("adu", "names", "objects"),
    [
        (b"", {NoteName.EMPTY_ADU}, 0),
        (b"\x16", {NoteName.SINGLE_BYTE_ADU}, 0),
        (b"\x02\x00", {NoteName.ZERO_COUNT}, 0),
        (b"\x02\x00" + bytes(46), {NoteName.ZERO_COUNT, NoteName.TRAILING_BYTES}, 0),
        (b"\x06\x00", {NoteName.ZERO_COUNT}, 0),
        (b"\x06\x02\x01\x01\x03abc\x01", {NoteName.SIZE_MISMATCH}, 1),
        (b"\x1a\x01\x05ab", {NoteName.SIZE_MISMATCH}, 0),
        (b"\x1a\x01\x02abc", {NoteName.TRAILING_BYTES}, 1),
        (b"\x02\x03" + bytes(100), {NoteName.SIZE_MISMATCH}, 2),
        (b"\x02\x01", {NoteName.SIZE_MISMATCH}, 0),
        (b"\x15\x01\x01", {NoteName.PRIVATE_SIZE}, 1),
        (b"\x04\x01" + bytes(12), {NoteName.TRAILING_BYTES}, 1),
        (b"\x09\x01abc", {NoteName.UNKNOWN_TYPE}, 1),
        (b"\x80\x00", {NoteName.PRIVATE_TYPE}, 0),
    ],
)
def test_what_does_not_fit_is_a_note(adu: bytes, names: set[NoteName], objects: int) -> None:
    decoded = decode_adu(adu)
    assert {n.name for n in decoded.notes} == names
    assert len(decoded.objects) == objects


def test_an_unknown_type_keeps_its_bytes() -> None:
    assert decode_adu(b"\x96\x01\x01\x02").objects == (Private(0x96, b"\x01\x02"),)


def test_recovered_types_read_as_cleared() -> None:
    dialect = DIALECTS["fubei_2018"]
    (o,) = decode_adu(b"\x87" + encode_adu([FIRE])[1:], dialect).objects
    assert isinstance(o, ComponentStatus)
    assert (o.status, o.component_address) == (0, FIRE.component_address)


def test_swapped_status_and_bcd_time_follow_the_dialect() -> None:
    for name in ("scsm", "dahua", "fscn8001"):
        dialect = DIALECTS[name]
        adu = encode_adu([ComponentStatus(1, 1, 40, 7, 2, "", NOON)], dialect)
        (o,) = decode_adu(adu, dialect).objects
        assert isinstance(o, ComponentStatus)
        assert (o.status, o.at) == (2, NOON)
        assert encode_adu([o], dialect) == adu
        assert adu != encode_adu([ComponentStatus(1, 1, 40, 7, 2, "", NOON)])


def test_a_unit_of_nothing_mixed_or_too_much_is_refused() -> None:
    for objects in ([], [DeviceVersion(1, 1), CheckDuty(1)], [FIRE] * 23):
        with pytest.raises(ValueError, match=r"data unit|limit|types|type"):
            encode_adu(objects)
    assert len(encode_adu([FIRE] * 22)) <= TOLERANT.adu_limit
