"""Device models: every folder has samples, each sample says what its source states, and belongs to one model only."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols.carriers import Payload, devices
from zhigan.protocols.carriers.devices import MODELS, Model, PayloadError, Said
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.devices import BY_NAME as TYPES
from zhigan.vocabulary.devices import CLASS_BY_NAME
from zhigan.vocabulary.metrics import BY_NUMBER

FOLDER = Path(devices.__file__).parent
SAMPLES = [
    pytest.param(model, sample, id=f"{model.name}-{number}")
    for model in MODELS
    for number, sample in enumerate(json.loads((FOLDER / model.name / "samples.json").read_text("utf-8")))
]


def payload(carried: dict[str, object]) -> Payload:
    match carried:
        case {"fields": fields}:
            return Payload(fields=json.dumps(fields).encode(), service=str(carried.get("service", "")))
        case {"base64": str(text)}:
            return Payload(raw=base64.b64decode(text))
        case {"hex": str(text)}:
            return Payload(raw=bytes.fromhex(text))
        case _:
            return Payload(raw=str(carried["text"]).encode())


def shown(said: Said) -> dict[str, object]:
    found: dict[str, object] = {"point": said.point, "type": said.type, "at": said.at, "online": said.online}
    found["note"] = said.note
    for name, kind in (("conditions", Condition), ("known", Condition), ("operations", Operation)):
        found[name] = [member.name.lower() for member in kind if member & getattr(said, name) and member.name]
    found["readings"] = {BY_NUMBER[metric].name: round(value, 4) for metric, value in said.readings}
    return {name: value for name, value in found.items() if value not in ("", None, [], {})}


@pytest.mark.parametrize(("model", "sample"), SAMPLES)
def test_sample_says_what_its_source_states(model: Model, sample: dict[str, dict[str, object]]) -> None:
    found = devices.read(payload(sample["payload"]))
    assert found is not None
    assert found[0].name == model.name
    assert [shown(said) for said in found[1]] == sample["said"]


@pytest.mark.parametrize(("model", "sample"), SAMPLES)
def test_no_other_model_takes_it_whatever_is_asked_first(model: Model, sample: dict[str, dict[str, object]]) -> None:
    for hint in MODELS:
        found = devices.read(payload(sample["payload"]), hint.name)
        assert found is not None
        assert found[0].name == model.name


def test_every_folder_is_a_model_with_known_words() -> None:
    folders = {entry.name for entry in FOLDER.iterdir() if entry.is_dir() and not entry.name.startswith("__")}
    assert {model.name for model in MODELS} == folders
    for model in MODELS:
        assert model.type in TYPES
        assert model.device_class in CLASS_BY_NAME
        assert model.zh
        assert model.en


def acrel() -> bytearray:
    sample = json.loads((FOLDER / "acrel_arcm300t" / "samples.json").read_text("utf-8"))[0]
    return bytearray(base64.b64decode(sample["payload"]["base64"]))


@pytest.mark.parametrize("place", [10, 60, 200, 390])
def test_a_flipped_bit_breaks_the_checksum(place: int) -> None:
    frame = acrel()
    frame[place] ^= 1
    with pytest.raises(PayloadError, match="checksum"):
        devices.read(Payload(raw=bytes(frame)))


@pytest.mark.parametrize("length", [7, 50, 395])
def test_a_frame_cut_off_is_said_to_be(length: int) -> None:
    with pytest.raises(PayloadError, match="cut off"):
        devices.read(Payload(raw=bytes(acrel()[:length])))


def test_acrel_flags_are_alarms_of_their_channels() -> None:
    frame = acrel()
    begin = frame.index(b"\x7b\x7b\x92")
    frame[begin + 5 + 41] = 0b11  # residual current and probe 1
    frame[begin + 5 + 56 : begin + 5 + 60] = bytes.fromhex("0000A242")  # 81 °C
    body = bytes(frame[begin + 2 : -4])
    from_model = devices.BY_NAME["acrel_arcm300t"]
    crc = _crc(body)
    frame[-4:-2] = crc.to_bytes(2, "little")
    said = {one.point: one for one in from_model.read(Payload(raw=bytes(frame))) or ()}
    assert said["residual-1"].conditions == Condition.RESIDUAL_CURRENT
    assert said["temperature-1"].conditions == Condition.CABLE_TEMPERATURE
    assert said["temperature-1"].readings == ((1, 81.0),)
    assert "temperature-2" not in said


def _crc(text: bytes) -> int:
    """CRC-16/Modbus, bit by bit: the standard's own words."""
    crc = 0xFFFF
    for byte in text:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


@pytest.mark.parametrize(
    "fields", [{"Alarm_Status": 99}, {"valuestring": "NBSMOKE:1,NOVEL"}, {"ReceivePiezoMeter": "NB9"}, {"devState": 8}]
)
def test_an_undescribed_code_is_said_to_be(fields: dict[str, object]) -> None:
    with pytest.raises(PayloadError):
        devices.read(Payload(fields=json.dumps(fields).encode()))


def test_what_nobody_knows_is_nobodys() -> None:
    assert devices.read(Payload(fields=b'{"level":80}')) is None
    assert devices.read(Payload(raw=base64.b64decode("AQFWMS4wAAAAACMAAAAH/wAlODYy"))) is None
    assert devices.read(Payload()) is None


@given(st.binary(max_size=500))
def test_any_bytes_are_read_or_left(raw: bytes) -> None:
    for begin in (b"", b"\x01\x01\x8d\x7b\x7b\x92", b"NBSMOKE:", b"NB9003", b"02"):
        try:
            devices.read(Payload(raw=begin + raw))
        except PayloadError:
            continue
