"""The hot path says exactly what the careful path says, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.gb26875.streams import NOON
from protocols.gb26875.test_layouts import OBJECTS
from zhigan.protocols.gb26875 import (
    DIALECTS,
    Analog,
    ComponentStatus,
    DeviceOperation,
    DeviceStatus,
    Object,
    SystemOperation,
    SystemStatus,
    decode_adu,
    encode_adu,
    fast,
)


def row_of(o: Object) -> tuple[object, ...]:
    match o:
        case ComponentStatus():
            return _component(o), o.component_type, o.status, o.text, o.at
        case Analog():
            return _component(o), o.component_type, o.analog_type, o.value, o.at
        case SystemStatus():
            return f"/{o.system_type}.{o.system_address}", o.status, o.at
        case SystemOperation():
            return f"/{o.system_type}.{o.system_address}", o.operations, o.operator, o.at
        case DeviceOperation():
            return "", o.operations, o.operator, o.at
        case DeviceStatus():
            return o.status, o.at
        case _:
            raise AssertionError(o)


def _component(o: ComponentStatus | Analog) -> str:
    return f"/{o.system_type}.{o.system_address}.{o.component_type}.{o.component_address}"


READERS = {
    1: fast.systems,
    2: fast.components,
    3: fast.analogs,
    4: fast.system_operations,
    24: fast.device_operations,
}


@pytest.mark.parametrize("type_", sorted(READERS))
def test_rows_equal_the_objects(type_: int) -> None:
    @settings(max_examples=80)
    @given(st.lists(OBJECTS[type_], min_size=1, max_size=20))
    def holds(objects: list[Object]) -> None:
        assert READERS[type_](encode_adu(objects)) == [row_of(o) for o in objects]

    holds()


@given(OBJECTS[21])
def test_device_row_equals_the_object(o: Object) -> None:
    assert fast.device(encode_adu([o])) == row_of(o)


def test_short_forms() -> None:
    assert fast.device(b"\x15\x01\x05") == (5, None)
    bare = encode_adu([ComponentStatus(1, 1, 40, 131_082, 2, at=NOON)] * 2, described=False)
    assert fast.components(bare) == [("/1.1.40.131082", 40, 2, "", NOON)] * 2


@settings(max_examples=500)
@given(st.sampled_from(sorted(READERS)), st.integers(0, 255), st.binary(max_size=140))
def test_what_is_not_to_the_letter_is_left_to_the_careful_path(type_: int, count: int, body: bytes) -> None:
    adu = bytes((type_, count)) + body
    rows = READERS[type_](adu)
    fast.device(adu)
    if rows is not None:
        assert [row_of(o) for o in decode_adu(adu).objects] == rows
        assert len(rows) == count


@pytest.mark.parametrize("adu", [b"", b"\x02", b"\x02\x00", b"\x02\x01", b"\x15", b"\x15\x00"])
def test_stubs_of_data_units_give_nothing(adu: bytes) -> None:
    assert all(read(adu) is None for read in READERS.values())
    assert fast.device(adu) is None


def test_which_dialects_it_suits() -> None:
    suited = {name for name, dialect in DIALECTS.items() if fast.suits(dialect)}
    assert {"standard", "tolerant", "fubei_2018", "haiwan", "hikvision"} <= suited
    assert not suited & {"dahua", "scsm", "fscn8001", "ks", "stm32_tag", "fubei_2024"}


def test_the_suffix_cache_is_bounded() -> None:
    suffixes = fast.Suffixes()
    for n in range(270_000):
        assert suffixes[b"\x01\x01\x28" + n.to_bytes(4, "little")] == f"/1.1.40.{n}"
    assert len(suffixes) <= 262_144
