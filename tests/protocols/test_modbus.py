"""Register maps: what stands in a device's registers, and what is refused as a map."""

import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols.carriers.devices.acrel_arcm300t import crc16
from zhigan.protocols.modbus import Map, MapError, Maps, Report, built_in, read_maps, understand
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NAME

KNOWN = Maps(built_in())
LEAK, VOLTAGE = BY_NAME["residual_current"].number, BY_NAME["voltage"].number
SHOWS = int(Condition.NEAR_LIMIT | Condition.RESIDUAL_CURRENT | Condition.LINE_FAULT)


def of(name: str) -> Map:
    found = KNOWN.get(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "conditions"),
    [(0, 0), (1, Condition.NEAR_LIMIT), (2, Condition.RESIDUAL_CURRENT), (4, Condition.LINE_FAULT), (8, 0)],
)
def test_an_asj_relay_by_its_makers_table(status: int, conditions: int):
    said = understand(of("acrel_asj"), {(3, 0): 312, (3, 27): status})
    assert said == [Report(point="", conditions=int(conditions), known=SHOWS, readings=((LEAK, 312.0),))]


# Two answers of an ARCM monitor as a public driver for it recorded them, checksums and all: no alarm; 45 mA and no
# probe connected.
ARCM_ALARM, ARCM_VALUES = "0103020000B844", "010308002DF830F830F8304FD2"


def answered(address: int, frame: str) -> dict[tuple[int, int], int]:
    raw = bytes.fromhex(frame)
    assert crc16(raw[:-2]) == int.from_bytes(raw[-2:], "little")
    return {(3, address + n): int.from_bytes(raw[3 + 2 * n : 5 + 2 * n], "big") for n in range(raw[2] // 2)}


def test_an_arcm_monitor_by_its_recorded_answers():
    held = answered(0x1003, ARCM_ALARM) | answered(0x1005, ARCM_VALUES)
    assert understand(of("acrel_arcm"), held) == [
        Report(point="", known=int(Condition.RESIDUAL_CURRENT), readings=((LEAK, 45.0),))
    ]
    warm = held | {(3, 0x1003): 1, (3, 0x1006): 612}
    assert understand(of("acrel_arcm"), warm) == [
        Report(point="", conditions=int(Condition.RESIDUAL_CURRENT), known=int(Condition.RESIDUAL_CURRENT),
               readings=((LEAK, 45.0),)),
        Report(point="temperature-1", readings=((BY_NAME["temperature"].number, 61.2),)),
    ]  # fmt: skip


def test_what_was_not_read_is_not_said():
    assert understand(of("acrel_asj"), {}) == []
    assert understand(of("acrel_asj"), {(3, 27): 0}) == [Report(point="", known=SHOWS)]
    assert understand(of("acrel_asj"), {(4, 0): 312}) == []


def test_points_of_a_meter_and_its_scales():
    said = understand(of("acrel_adl3000"), {(3, 97): 2213, (3, 100): 1250, (3, 119): 5001})
    assert [(r.point, r.readings) for r in said] == [
        ("", ((BY_NAME["frequency"].number, 50.01),)),
        ("a", ((VOLTAGE, 221.3), (BY_NAME["current"].number, 12.5))),
    ]


def one(**value: object) -> Map:
    body = {"metric": "voltage", "address": 0, **value}
    shape = {
        "name": "x", "zh": "x", "en": "x", "type": "electrical_monitor", "sure": "manual", "source": "x",
        "reads": [{"address": 0, "count": 2}], "values": [body],
    }  # fmt: skip
    (made,) = read_maps(msgspec.json.encode([shape]))
    return made


@pytest.mark.parametrize(
    ("kind", "form", "value"), [("s16", ">h", -7), ("u32", ">I", 70_000), ("s32", ">i", -70_000), ("f32", ">f", 1.5)]
)
def test_wide_and_signed_values_in_both_orders_of_their_words(kind: str, form: str, value: float):
    raw = struct.pack(form, value)
    words = [int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2)]
    held = {(3, n): word for n, word in enumerate(words)}
    assert understand(one(kind=kind), held)[0].readings == ((VOLTAGE, float(value)),)
    turned = {(3, n): word for n, word in enumerate(reversed(words))}
    assert understand(one(kind=kind, low_first=True), turned)[0].readings == ((VOLTAGE, float(value)),)


def test_what_is_not_connected_and_what_is_no_number_is_left_out():
    assert understand(one(absent=[0xFFFF]), {(3, 0): 0xFFFF}) == []
    assert understand(one(kind="f32"), {(3, 0): 0x7FC0, (3, 1): 0}) == []


@given(st.dictionaries(st.tuples(st.sampled_from([3, 4]), st.integers(0, 130)), st.integers(0, 0xFFFF)))
def test_whatever_registers_hold_nothing_raises(registers: dict[tuple[int, int], int]):
    for name in KNOWN.names():
        for report in understand(of(name), registers):
            assert report.conditions & ~report.known == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "a b"}, "letters"),
        ({"type": "toaster"}, "no device type"),
        ({"reads": []}, "reads"),
        ({"reads": [{"address": 0, "count": 126}]}, "125"),
        ({"reads": [{"address": 65535, "count": 2}]}, "below 65536"),
        ({"values": [{"metric": "voltage", "address": 5}]}, "register 5 is not among reads"),
        ({"values": [{"metric": "volt", "address": 0}]}, "no metric"),
        ({"states": [{"address": 0, "bits": {"0": "burning"}}]}, "no condition"),
        ({"states": [{"address": 0, "bits": {"16": "fire"}}]}, "0 to 15"),
        ({"every_s": 0}, "every_s"),
        ({"speed": 9600}, "unknown field"),
    ],
)
def test_what_cannot_be_a_map_is_refused_with_its_place(change: dict[str, object], said: str):
    shape = msgspec.to_builtins(of("acrel_asj")) | {"values": [], "states": [], "reads": [{"address": 0}]} | change
    with pytest.raises(MapError, match=said):
        read_maps(msgspec.json.encode([shape]))


def test_the_operators_map_comes_before_ours_of_the_same_name():
    own = msgspec.structs.replace(of("acrel_asj"), every_s=5)
    assert Maps([own, *built_in()]).get("acrel_asj") == own
