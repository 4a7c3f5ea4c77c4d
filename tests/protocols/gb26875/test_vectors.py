"""Every published frame gives the fields its source states; every malformed one its named fault."""

import re
from datetime import datetime
from typing import Any

import pytest

from protocols.gb26875.streams import fed_in, fed_whole
from protocols.gb26875.vectors import BAD, DIALECT_FRAMES, GOOD, name_of
from zhigan.protocols.gb26875 import (
    DIALECTS,
    CheckDuty,
    ComponentStatus,
    DeviceOperation,
    DeviceStatus,
    DeviceVersion,
    Fault,
    Frame,
    Reader,
    Switch,
    SyncClock,
    SystemOperation,
    decode_adu,
    encode_adu,
    fast,
    parse,
    shown_address,
    split_component,
)
from zhigan.vocabulary.moments import SHANGHAI, to_micros

Vector = dict[str, Any]


def micros(readings: list[str] | None) -> int | None:
    """The compiler's binary reading of a time label, None where it found none."""
    for reading in readings or ():
        if reading.startswith("binary "):
            return to_micros(datetime.strptime(reading[7:], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI))
    return None


def frame_of(vector: Vector) -> Frame:
    frame = parse(bytes.fromhex(vector["hex"]))
    assert isinstance(frame, Frame)
    return frame


@pytest.mark.parametrize("vector", GOOD, ids=name_of)
def test_header(vector: Vector) -> None:
    frame = frame_of(vector)
    assert frame.serial == vector["seq"]
    assert f"{frame.main}.{frame.user}" == vector["version"]
    assert frame.source == vector["source_addr"]
    assert frame.destination == vector["dest_addr"]
    assert frame.command == vector["cmd"]
    assert len(frame.adu) == vector["adu_len_field"]
    assert frame.type == vector.get("type")
    assert frame.sent_at == micros(vector["time_label"])


@pytest.mark.parametrize("vector", GOOD, ids=name_of)
def test_reader_gives_the_frame_however_it_arrives(vector: Vector) -> None:
    raw = bytes.fromhex(vector["hex"])
    frame = frame_of(vector)
    assert fed_whole(raw) == fed_in(raw, [1]) == fed_in(raw, [7, 20]) == [frame]


@pytest.mark.parametrize("vector", [v for v in GOOD if "component" in v], ids=name_of)
def test_component(vector: Vector) -> None:
    told = vector["component"]
    frame = frame_of(vector)
    (o,) = decode_adu(frame.adu).objects
    assert isinstance(o, ComponentStatus)
    assert (o.system_type, o.system_address, o.component_type) == (
        told["sys_type"],
        told["sys_addr"],
        told["comp_type"],
    )
    assert o.component_address == told["addr_u32le"]
    assert o.component_address.to_bytes(4, "little").hex().upper() == told["addr_bytes"]
    assert o.status == int(told["status"], 16)
    assert o.at == micros(vector.get("object_time"))
    assert o.text == (told["desc_gb18030"] or "")
    low, high = told["low_word"], told["high_word"]
    assert split_component(o.component_address, DIALECTS["ks"]) == (high, low)
    assert split_component(o.component_address, DIALECTS["loop_first"]) == (low, high)
    suffix = f"/{o.system_type}.{o.system_address}.{o.component_type}.{o.component_address}"
    assert fast.components(frame.adu) == [(suffix, o.component_type, o.status, o.text, o.at)]


@pytest.mark.parametrize("vector", [v for v in GOOD if "type" in v], ids=name_of)
def test_objects_are_as_many_as_the_frame_says_or_noted(vector: Vector) -> None:
    adu = decode_adu(frame_of(vector).adu)
    assert adu.count == vector["count"]
    assert len(adu.objects) == adu.count or adu.notes
    standard = not any("standard layout" in note or "user-defined" in note for note in vector.get("notes", ()))
    assert (not adu.notes) == standard or adu.type == 4  # one device sends type 4 with two bytes too many


@pytest.mark.parametrize("vector", [v for v in GOOD if "type" in v], ids=name_of)
def test_what_was_decoded_encodes_to_the_same_bytes(vector: Vector) -> None:
    frame = frame_of(vector)
    adu = decode_adu(frame.adu)
    if adu.objects and not adu.notes:
        assert encode_adu(adu.objects) == frame.adu


STATED: list[tuple[str, int]] = [
    (r"smoke detector fire|0x0002 fire|感烟探测器 火警|光电感烟火警", 0x0002),
    (r"type 2 fault \(0x0004\)", 0x0004),
    (r"fault cleared \(status 0x0000\)", 0x0000),
    (r"主电故障", 0x08),
    (r"status 0x14 ", 0x14),
    (r"status 0x15 ", 0x15),
    (r"type 21: status 0x00", 0x00),
    (r"\(state 5 is vendor meaning\)", 0x0005),
    (r"heartbeat = type 21 status 0x01", 0x01),
]
"""What a source says of the status → the status it must be."""


@pytest.mark.parametrize(("pattern", "status"), STATED)
def test_states_that_the_sources_put_in_words(pattern: str, status: int) -> None:
    for vector in says(pattern):
        (o,) = decode_adu(frame_of(vector).adu).objects
        assert isinstance(o, ComponentStatus | DeviceStatus)
        assert o.status == status


OPERATIONS = [
    (r"查岗应答", 0x20),
    (r"消音", 0x02),
    (r"reset|复位", 0x01),
]


@pytest.mark.parametrize("vector", [v for v in GOOD if v.get("type") in (4, 24)], ids=name_of)
def test_operations_that_the_source_puts_in_words(vector: Vector) -> None:
    (o,) = decode_adu(frame_of(vector).adu).objects
    assert isinstance(o, DeviceOperation | SystemOperation)
    assert o.at == micros(vector["object_time"])
    stated = [flag for pattern, flag in OPERATIONS if re.search(pattern, vector["what_source_says"])]
    assert o.operations == (stated[0] if stated else 0x01)
    operator = re.search(r"operator (\d+)", vector["what_source_says"])
    if operator:
        assert o.operator == int(operator[1])


def says(pattern: str) -> list[Vector]:
    found = [v for v in GOOD if re.search(pattern, v["what_source_says"])]
    assert found
    return found


@pytest.mark.parametrize("vector", says(r"V1\.1"), ids=name_of)
def test_version(vector: Vector) -> None:
    assert decode_adu(frame_of(vector).adu).objects == (DeviceVersion(1, 1),)


@pytest.mark.parametrize("vector", says(r"time sync to"), ids=name_of)
def test_clock(vector: Vector) -> None:
    (o,) = decode_adu(frame_of(vector).adu).objects
    assert isinstance(o, SyncClock)
    assert o.at == micros(["binary 2012-09-26 09:58:02"])


@pytest.mark.parametrize("vector", says(r"10 min"), ids=name_of)
def test_duty(vector: Vector) -> None:
    assert decode_adu(frame_of(vector).adu).objects == (CheckDuty(10),)


@pytest.mark.parametrize("vector", says(r"production log .*\[\d{11,12}\]"), ids=name_of)
def test_device_numbers_of_the_production_logs(vector: Vector) -> None:
    """The log prints the address as a little-endian number (some lines cut off its last digit)."""
    frame = frame_of(vector)
    number = re.findall(r"\[(\d{11,12})\]", vector["what_source_says"])[-1]
    device = frame.destination if frame.command == 3 else frame.source
    assert shown_address(device, DIALECTS["ks"]).startswith(number)


@pytest.mark.parametrize("vector", says(r"(?:source )(\d+)"), ids=name_of)
def test_source_numbers(vector: Vector) -> None:
    number = re.search(r"source (\d+)", vector["what_source_says"])
    assert number
    assert shown_address(frame_of(vector).source, DIALECTS["loop_first"]) == number[1]


@pytest.mark.parametrize("vector", BAD, ids=name_of)
def test_malformed_frames_are_named(vector: Vector) -> None:
    raw = bytes.fromhex(vector["hex"])
    fault = parse(raw)
    assert isinstance(fault, Fault)
    assert fault.name == vector["fault"]
    events = fed_whole(raw)
    assert [e.name for e in events if isinstance(e, Fault)] == [vector["fault"]]
    assert events == fed_in(raw, [1])


def test_garbage_tail_before_three_good_confirms() -> None:
    """The published reader test: a frame with a wrong tail, then good confirms."""
    broken = next(v for v in BAD if "garbage tail" in v["what_source_says"])
    confirm = next(v for v in GOOD if v["cmd"] == 3)
    events = fed_whole(bytes.fromhex(broken["hex"] + confirm["hex"] * 3))
    assert [type(e) for e in events] == [Fault, Frame, Frame, Frame]


@pytest.mark.parametrize("vector", DIALECT_FRAMES, ids=lambda v: v["what_source_says"][:30])
def test_makers_frames_in_their_dialect(vector: Vector) -> None:
    dialect = DIALECTS[vector["dialect"]]
    (frame,) = Reader(dialect).receive(bytes.fromhex(vector["hex"]))
    assert isinstance(frame, Frame)
    adu = decode_adu(frame.adu, dialect)
    for field, value in vector["states"].items():
        match field:
            case "loop" | "point":
                o = adu.objects[0]
                assert isinstance(o, ComponentStatus)
                split = split_component(o.component_address, dialect)
                assert split
                assert split[field == "point"] == value
            case "shown":
                assert shown_address(frame.source, dialect) == value
            case _:
                assert getattr(adu.objects[0], field) == value
    if frame.type == 2:
        noon = to_micros(datetime(2026, 8, 24, 14, 30, 15, tzinfo=SHANGHAI))
        in_2019 = to_micros(datetime(2019, 10, 21, 22, 16, 12, tzinfo=SHANGHAI))
        o = adu.objects[-1]
        assert isinstance(o, ComponentStatus)
        assert o.at == (noon if dialect.name == "dahua" else in_2019)
        assert encode_adu(adu.objects, dialect) == frame.adu


def test_the_second_of_two_components_is_a_fire() -> None:
    vector = next(v for v in DIALECT_FRAMES if "multiple" in v["what_source_says"])
    first, second = decode_adu(parse_good(vector).adu, DIALECTS["dahua"]).objects
    assert isinstance(first, ComponentStatus)
    assert isinstance(second, ComponentStatus)
    assert (first.status & 2, second.status & 2, second.text) == (0, 2, "alarm second")


def test_a_switch_object_is_no_status() -> None:
    vector = next(v for v in DIALECT_FRAMES if v["dialect"] == "fubei_2024")
    (o,) = decode_adu(parse_good(vector).adu, DIALECTS["fubei_2024"]).objects
    assert isinstance(o, Switch)
    assert o.type == 0x96


def parse_good(vector: Vector) -> Frame:
    frame = parse(bytes.fromhex(vector["hex"]))
    assert isinstance(frame, Frame)
    return frame
