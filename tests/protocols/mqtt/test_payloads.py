"""MQTT payloads by profile: what fields mean is data, what is wrong is named, and any bytes are read or refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols.mqtt import MqttError, Profile, ProfileError, Profiles, Report, built_in, payload, read_profiles
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.moments import SECOND

PROFILES = Profiles(built_in())
NOW = 1_780_000_000


def read(topic: str, said: object) -> list[Report]:
    found = PROFILES.of(topic)
    assert found is not None
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    return payload.read(*found, text)


def measured(report: Report) -> dict[str, float]:
    return {BY_NUMBER[number].name: round(value, 3) for number, value in report.readings}


def test_own_words() -> None:
    said = {
        "ts": NOW * 1000, "type": "smoke", "conditions": ["fire"], "known": ["fault"], "operations": ["self_test"],
        "readings": {"temperature": 61.5, "battery": 80}, "note": "厨房",
    }  # fmt: skip
    (report,) = read("zhigan/v1/d1/up", said)
    assert (report.address, report.at, report.type, report.note) == ("d1", NOW * SECOND, "smoke", "厨房")
    assert (report.conditions, report.known) == (Condition.FIRE, Condition.FIRE | Condition.FAULT)
    assert report.operations == Operation.SELF_TEST
    assert measured(report) == {"temperature": 61.5, "battery": 80}


def test_own_words_of_parts_are_the_parts_alone() -> None:
    parts = [
        {"point": "residual-1", "readings": {"residual_current": 12}},
        {"point": "temperature-1", "known": ["fault"]},
    ]
    reports = read("zhigan/v1/d1/up", {"type": "electrical_monitor", "points": parts})
    assert [(r.point, r.type) for r in reports] == [
        ("residual-1", "electrical_monitor"), ("temperature-1", "electrical_monitor"),
    ]  # fmt: skip


def test_electrical_lists_are_channels_and_numbers_are_alarms() -> None:
    said = {
        "ts": "2026-11-30T08:00:00+08:00", "i_res_ma": [412, None, 3], "temp_c": [81.5, 22], "u_v": [231, 229, 230],
        "i_a": [12, 11, 13], "p_kw": 7.5, "e_kwh": 100, "alarm": {"residual": [1], "temp": []},
    }  # fmt: skip
    reports = {report.point: report for report in read("zhigan/v1/box-7/electrical", said)}
    assert measured(reports["residual-1"]) == {"residual_current": 412}
    assert reports["residual-1"].conditions == Condition.RESIDUAL_CURRENT
    assert (reports["residual-3"].conditions, reports["residual-3"].known) == (0, Condition.RESIDUAL_CURRENT)
    assert reports["temperature-1"].known == Condition.CABLE_TEMPERATURE and not reports["temperature-1"].conditions
    assert measured(reports["phase-a"]) == {"voltage": 231, "current": 12}
    assert measured(reports[""]) == {"power": 7.5, "energy": 100}


def test_zigbee_smoke_is_a_fire_and_its_test_is_none() -> None:
    (report,) = read("zigbee2mqtt/kitchen", {"smoke": True, "battery": 97, "battery_low": False, "tamper": False})
    assert (report.conditions, report.type) == (Condition.FIRE, "smoke")
    assert report.known == Condition.FIRE | Condition.LOW_BATTERY | Condition.TAMPER
    (report,) = read("zigbee2mqtt/kitchen", {"test": True})
    assert (report.conditions, report.operations) == (0, Operation.TEST)
    (report,) = read("zigbee2mqtt/kitchen", {"linkquality": 20})
    assert report.online is True


def test_the_will_tells_the_link() -> None:
    assert [read("zhigan/v1/d1/link", word)[0].online for word in (b"online", b"0", b'"offline"')] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("topic", "said", "why"),
    [
        ("zhigan/v1/d1/up", b"{", "truncated"),
        ("zhigan/v1/d1/up", {"conditions": ["blaze"]}, "'blaze' is no condition"),
        ("zhigan/v1/d1/up", {"readings": {"smell": 1}}, "'smell' is no metric"),
        ("zhigan/v1/d1/up", {"smoke": True}, "unknown field"),
        ("zhigan/v1/d1/up", {"point": "a/b"}, "no name of a part"),
        ("zhigan/v1/d1/up", {"points": [{}] * 300}, "300 points"),
        ("zhigan/v1/d1/up", {"ts": "yesterday"}, "no instant"),
        ("zhigan/v1/d1/up", b" " * 70_000, "70000 bytes"),
        ("zhigan/v1/d1/link", b"maybe", "on-line"),
        ("zhigan/v1/b/electrical", {"temp_c": ["hot"]}, "temp_c is no number"),
        ("zhigan/v1/b/electrical", {"u_v": [1, 2, 3, 4]}, "4 values; 3 parts"),
        ("zhigan/v1/b/electrical", {"alarm": {"residual": 1}}, "no list of numbers"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(topic: str, said: object, why: str) -> None:
    with pytest.raises(MqttError, match=why):
        read(topic, said)


def test_topics_are_of_one_profile_and_name_one_device() -> None:
    assert PROFILES.filters() == [
        "zhigan/v1/+/answer", "zhigan/v1/+/electrical", "zhigan/v1/+/link", "zhigan/v1/+/up", "zigbee2mqtt/+",
    ]  # fmt: skip
    assert PROFILES.of("zhigan/v1/d1/down") is None
    assert PROFILES.of("zhigan/v1/a b/up") is None
    assert PROFILES.of("zhigan/v1//up") is None
    assert PROFILES.answer("zhigan/v1/d1/answer") == "d1"


def test_letters_are_in_the_profiles_own_words() -> None:
    own = PROFILES.letter("zhigan", "d1", "c1", "silence", {"basis": "person_confirms"}, "2026-11-30T08:00:00Z")
    assert own is not None and own.topic == "zhigan/v1/d1/down"
    assert json.loads(own.payload) == {
        "id": "c1", "command": "silence", "arguments": {"basis": "person_confirms"},
        "expires_at": "2026-11-30T08:00:00Z",
    }  # fmt: skip
    zigbee = PROFILES.letter("zigbee2mqtt", "kitchen", "c1", "silence", {}, "")
    assert zigbee is not None and (zigbee.topic, zigbee.payload) == ("zigbee2mqtt/kitchen/set", b'{"silence":true}')
    assert PROFILES.letter("zigbee2mqtt", "kitchen", "c1", "close_valve", {}, "") is None


def test_an_operators_profile_comes_first_and_fills_arguments_in() -> None:
    own = {
        "name": "maker", "zh": "厂", "en": "maker", "topic": "+/{address}/tele", "type": "gas",
        "readings": {"g.lel": {"metric": "gas", "scale": 0.1}},
        "conditions": {"g.state": {"condition": "gas_high", "values": [2]}},
        "down": {"topic": "cmd/{address}", "commands": {"set_parameters": {"limit": "{limit}", "op": 3}}},
    }  # fmt: skip
    profiles = Profiles([*read_profiles(json.dumps([own]).encode()), *built_in()])
    found = profiles.of("site1/g7/tele")
    assert found is not None
    (report,) = payload.read(*found, b'{"g":{"lel":255,"state":2}}')
    assert (measured(report), report.conditions) == ({"gas": 25.5}, Condition.GAS_HIGH)
    letter = profiles.letter("maker", "g7", "c", "set_parameters", {"limit": 20}, "")
    assert letter is not None and json.loads(letter.payload) == {"limit": 20, "op": 3}
    assert profiles.rights("maker", "g7") == (["+/g7/tele"], ["cmd/g7"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"topic": "a/b"}, "one level is {address}"),
        ({"topic": "a/{address}/#"}, "one level is {address}"),
        ({"type": "toaster"}, "no type of device"),
        ({"readings": {"a": {"metric": "smell"}}}, "no metric"),
        ({"conditions": {"a": {"condition": "blaze"}}}, "no condition"),
        ({"operations": {"a": {"operation": "dance"}}}, "no operation"),
        ({"down": {"topic": "+/{address}"}}, "no wildcard"),
        ({"colour": 1}, "unknown field"),
    ],
)
def test_a_wrong_profile_is_refused_by_name(change: dict[str, object], why: str) -> None:
    whole = {"name": "m", "zh": "m", "en": "m", "topic": "m/{address}"} | change
    with pytest.raises(ProfileError, match=why):
        read_profiles(json.dumps([whole]).encode())


@given(st.binary(max_size=300), st.sampled_from(built_in()))
def test_any_bytes_are_read_or_refused(text: bytes, profile: Profile) -> None:
    for said in (text, b'{"ts":' + text + b"}"):
        try:
            payload.read(profile, "d1", said)
        except MqttError:
            continue
