"""`zhigan decode` and the frames in words of the incident page."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.gb26875.streams import NOON, good_frames
from protocols.gb26875.vectors import BAD, DIALECT_FRAMES, GOOD, PUBLISHED, name_of
from zhigan.protocols.gb26875 import (
    DIALECTS,
    Analog,
    Fault,
    NoteName,
    build,
    decode_lines,
    explain,
    parse,
)
from zhigan.protocols.gb26875.frame import FaultName
from zhigan.protocols.gb26875.words_tables import FAULTS, NOTES

CENTRE, DEVICE = "385B01000000", "790300000000"


def rows(*args: str) -> tuple[list[dict[str, Any]], int]:
    lines, code = decode_lines(list(args), True)
    return [json.loads(line) for line in lines], code


@pytest.mark.parametrize("vector", GOOD, ids=name_of)
def test_json_of_every_good_frame(vector: dict[str, Any]) -> None:
    (row,), code = rows(vector["hex"])
    assert code == 0
    assert (row["serial"], row["version"], row["command"]) == (vector["seq"], vector["version"], vector["cmd"])
    assert (row["source"], row["destination"]) == (vector["source_addr"], vector["dest_addr"])
    assert row["type"] == vector.get("type")
    first = vector["time_label"][0]
    assert row["sent_at"] == (first[7:].replace(" ", "T") + "+08:00" if first.startswith("binary") else None)
    assert isinstance(row["objects"], list)
    assert all(isinstance(n, str) for n in row["notes"])
    if "component" in vector:
        (o,) = row["objects"]
        assert o["component_address"] == vector["component"]["addr_u32le"]
        assert o["component_address_hex"] == vector["component"]["addr_bytes"]
        assert o["status"] == int(vector["component"]["status"], 16)


@pytest.mark.parametrize("vector", BAD, ids=name_of)
def test_json_of_every_bad_frame(vector: dict[str, Any]) -> None:
    (row,), code = rows(vector["hex"])
    assert code == 1
    assert row["error"] == vector["fault"]
    assert row["detail"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("vector", PUBLISHED, ids=name_of)
def test_words_of_every_frame(vector: dict[str, Any], language: str) -> None:
    assert language in ("zh", "en")
    lines = explain.words(bytes.fromhex(vector["hex"]), "zh" if language == "zh" else "en")
    assert lines
    assert ("错误" in lines[0] or "error" in lines[0]) == ("fault" in vector)
    if language == "en":
        names = {"一", "火警", "故障", "确认", "命令"}
        assert not any(name in line for line in lines[:2] for name in names)


def test_a_fire_in_words() -> None:
    fire = next(v for v in GOOD if "2号10区" in v["what_source_says"])["hex"]
    zh, code = decode_lines([fire], False)
    assert code == 0
    whole = "\n".join(zh)
    for words in ("火警", "感烟火灾探测器", "火灾报警系统", "2012-09-26T09:58:02+08:00", "0A000200", "8.3.1.2"):
        assert words in whole
    en, _ = decode_lines([fire], False, "en")
    assert "smoke detector" in "\n".join(en)
    assert "fire" in "\n".join(en)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda h: [h],
        lambda h: [h.lower()],
        lambda h: [" ".join(h[i : i + 2] for i in range(0, len(h), 2))],
        lambda h: [h[i : i + 2] for i in range(0, len(h), 2)],
        lambda h: ["0x" + h],
        lambda h: [", ".join("0x" + h[i : i + 2] for i in range(0, len(h), 2))],
        lambda h: ["0x" + h[i : i + 2] + "," for i in range(0, len(h), 2)],
        lambda h: ["\\x" + "\\x".join(h[i : i + 2] for i in range(0, len(h), 2))],
    ],
)
def test_hex_as_technicians_paste_it(spelling: Any) -> None:
    found, code = rows(*spelling(GOOD[0]["hex"]))
    assert code == 0
    assert [r["serial"] for r in found] == [1]


def test_several_arguments_and_glued_frames_are_a_line_each() -> None:
    found, code = rows(GOOD[0]["hex"] + GOOD[1]["hex"], GOOD[2]["hex"], BAD[0]["hex"])
    assert code == 1
    assert [r.get("command", r.get("error")) for r in found] == [2, 3, 6, BAD[0]["fault"]]


@pytest.mark.parametrize(
    ("hex_", "error"),
    [
        ("", "bad_start"),
        ("zz", "not_hex"),
        ("404", "not_hex"),
        ("4040", "truncated_tail"),
        ("23234040", "bad_start"),
        (build.frame(2, 1, DEVICE, CENTRE, NOON, b"\x80\x01" + bytes(1023)).hex(), "bad_length"),
    ],
)
def test_what_is_no_frame_at_all(hex_: str, error: str) -> None:
    (row,), code = rows(hex_)
    assert (code, row["error"]) == (1, error)
    lines, code = decode_lines([hex_], False)
    assert code == 1
    assert error in lines[0]


def test_oddities_are_notes_not_errors() -> None:
    def notes(raw: bytes) -> list[str]:
        (row,), code = rows(raw.hex())
        assert code == 0
        return [note.partition(":")[0] for note in row["notes"]]

    assert notes(build.frame(99, 1, DEVICE, CENTRE, NOON)) == ["unknown_command", "empty_adu"]
    assert notes(build.frame(200, 1, DEVICE, CENTRE, NOON, b"\x02\x00")) == ["private_command", "zero_count"]
    assert notes(build.frame(2, 1, DEVICE, CENTRE, NOON, b"\x09\x01a")) == ["unknown_type"]
    assert notes(build.frame(2, 1, DEVICE, CENTRE, NOON, b"\x96\x01a")) == ["private_type"]
    assert notes(build.frame(2, 1, DEVICE, CENTRE, NOON, b"\x15\x01\x01")) == ["private_size"]
    assert notes(build.frame(2, 1, DEVICE, CENTRE, NOON, b"\x19\x01\x01\x01", version=(2, 255))) == ["unusual_version"]
    assert notes(build.frame(2, 1, DEVICE, CENTRE, 0, b"\x19\x01\x01\x01")) == ["invalid_time"]
    assert notes(build.frame(2, 1, DEVICE, CENTRE, NOON)) == ["heartbeat"]
    assert notes(build.frame(2, 1, DEVICE, CENTRE, NOON, b"\x19\x01\x01\x01")) == []


def test_a_bcd_label_is_pointed_out() -> None:
    (row,), _ = rows(DIALECT_FRAMES[0]["hex"])
    assert any("as BCD it reads 2026-08-24T14:30:15+08:00" in note for note in row["notes"])
    lines, _ = decode_lines([DIALECT_FRAMES[0]["hex"]], True, "zh", DIALECTS["dahua"])
    row = json.loads(lines[0])
    assert row["sent_at"] == "2026-08-24T14:30:15+08:00"
    assert (row["objects"][0]["loop"], row["objects"][0]["point"]) == (2, 7)


def test_an_analog_value_has_its_quantity() -> None:
    raw = build.upload(1, DEVICE, CENTRE, NOON, [Analog(1, 1, 30, 5, 3, -93, NOON)])
    (row,), _ = rows(raw.hex())
    (o,) = row["objects"]
    assert (o["value"], o["measured"], o["unit"], o["quantity"]) == (-93, -9.3, "℃", "temperature")


@given(st.one_of(st.binary(max_size=200), good_frames()), st.sampled_from(sorted(DIALECTS)))
def test_nothing_raises_and_the_exit_code_tells(raw: bytes, name: str) -> None:
    for as_json in (True, False):
        lines, code = decode_lines([raw.hex()], as_json, "zh", DIALECTS[name])
        assert lines
        assert code in (0, 1)
    if isinstance(parse(raw), Fault):
        assert decode_lines([raw.hex()], True)[1] == 1


@given(st.text(max_size=60))
def test_no_argument_raises(argument: str) -> None:
    lines, code = decode_lines([argument], True)
    assert lines
    assert code == 1


def test_every_note_and_fault_has_words() -> None:
    assert set(NOTES) == set(NoteName)
    assert set(FAULTS) == set(FaultName)
