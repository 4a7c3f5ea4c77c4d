"""Frames to send: byte for byte what was published, own time in each, nothing sent to whom cannot be trusted."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.gb26875.streams import NOON, good_frames
from protocols.gb26875.vectors import DIALECT_FRAMES, GOOD
from zhigan.protocols.gb26875 import (
    DIALECTS,
    TOLERANT,
    CheckDuty,
    Command,
    DeviceStatus,
    Fault,
    Frame,
    ReadDevice,
    Reader,
    Reply,
    SyncClock,
    answer,
    build,
    confirm,
    decode_adu,
    deny,
    expected_reply,
    is_heartbeat,
    parse,
    read_all,
    refusal,
    shown_serial,
    times,
)

CENTRE, DEVICE = "385B01000000", "790300000000"
AT_35 = 1_348_624_715_000_000
"""2012-09-26 09:58:35 in Shanghai."""
DAHUA_NOW = 1_787_553_015_000_000


def good(raw: bytes | None) -> Frame:
    assert raw is not None
    frame = parse(raw)
    assert isinstance(frame, Frame)
    return frame


def published(says: str) -> bytes:
    return next(bytes.fromhex(v["hex"]) for v in GOOD if says in v["what_source_says"])


def test_a_confirm_equals_the_published_one() -> None:
    fire = good(published("2号10区"))
    expected = published("centre -> device 确认")
    assert confirm(fire, AT_35) == answer(fire, AT_35) == expected


def test_a_denial_equals_the_published_one() -> None:
    assert deny(good(published("2号10区")), AT_35) == published("centre -> device 否认")


def test_dahua_confirm_and_clock_equal_the_published_ones() -> None:
    dahua = DIALECTS["dahua"]
    fire = good(bytes.fromhex(DIALECT_FRAMES[0]["hex"]))
    confirmed = "404001000103153014240826FFFFFFFFFFFF123456789012000003632323"
    assert answer(fire, DAHUA_NOW, dahua).hex().upper() == confirmed
    clock = build.frame(
        1,
        2,
        "FFFFFFFFFFFF",
        "123456789012",
        DAHUA_NOW,
        bytes.fromhex("5A01153014240826"),
        version=(1, 3),
        dialect=dahua,
    )
    published_clock = "404002000103153014240826FFFFFFFFFFFF1234567890120800015A01153014240826702323"
    assert clock.hex().upper() == published_clock
    (o,) = decode_adu(good(clock).adu, dahua).objects
    assert isinstance(o, SyncClock)
    assert o.at == DAHUA_NOW


@pytest.mark.parametrize(
    ("says", "built"),
    [
        ("type 81", lambda now: build.read_device(81, 1, CENTRE, DEVICE, now)),
        ("type 85", lambda now: build.read_device(85, 1, CENTRE, DEVICE, now)),
        ("type 88", lambda now: build.read_device(88, 1, CENTRE, DEVICE, now)),
        ("type 89: initialise", lambda now: build.initialise(1, CENTRE, DEVICE, now)),
        ("type 91", lambda now: build.check_duty(1, CENTRE, DEVICE, now, 10)),
    ],
)
def test_requests_and_controls_equal_the_published_ones(says: str, built: object) -> None:
    assert callable(built)
    assert built(AT_35 - 3_000_000) == published(says)


def test_clock_sync_carries_now_twice() -> None:
    frame = good(build.sync_clock(9, CENTRE, DEVICE, NOON))
    (o,) = decode_adu(frame.adu).objects
    assert isinstance(o, SyncClock)
    assert (frame.command, frame.type, frame.sent_at, o.at) == (Command.CONTROL, 90, NOON, NOON)


@given(good_frames(), st.integers(946_656_000, 4_102_415_999))
def test_confirm_swaps_addresses_keeps_serial_and_version_and_tells_the_time(raw: bytes, second: int) -> None:
    received, now = good(raw), second * 1_000_000 + 123_456
    sent = good(confirm(received, now))
    assert (sent.serial, sent.main, sent.user) == (received.serial, received.main, received.user)
    assert (sent.source, sent.destination) == (received.destination, received.source)
    assert (sent.command, sent.adu, sent.sent_at) == (3, b"", second * 1_000_000)
    assert good(deny(received, now)).command == 6


def test_confirms_of_one_second_and_of_the_next_each_tell_their_own() -> None:
    received = good(published("2号10区"))
    told = [good(confirm(received, NOON + step)).sent_at for step in (0, 999_999, 1_000_000, 0)]
    assert told == [NOON, NOON, NOON + 1_000_000, NOON]


def test_faults_are_denied_only_when_their_header_is_trusted() -> None:
    raw = bytearray(published("2号10区"))
    raw[-3] ^= 1
    fault = parse(bytes(raw))
    assert isinstance(fault, Fault)
    refused = good(deny(fault, NOON))
    assert (refused.serial, refused.source, refused.destination, refused.command) == (1, CENTRE, DEVICE, 6)
    for broken in (bytes(raw[:40]), bytes(raw[:20]), b"", b"xx" + bytes(raw)):
        fault = parse(broken)
        assert isinstance(fault, Fault)
        assert deny(fault, NOON) is None


def test_heartbeats_of_all_kinds_are_known_and_answered_in_their_form() -> None:
    empty = good(build.heartbeat(3, DEVICE, CENTRE, NOON))
    single = good(build.frame(2, 3, DEVICE, CENTRE, NOON, b"\x16"))
    ks = good(build.heartbeat(3, DEVICE, CENTRE, NOON, DIALECTS["ks"]))
    dahua = good(build.heartbeat(3, DEVICE, CENTRE, NOON, DIALECTS["dahua"]))
    assert (ks.command, ks.adu, dahua.command) == (128, b"\x80\x00", 7)
    for frame in (empty, single, ks, dahua):
        assert is_heartbeat(frame)
        assert expected_reply(frame) is Reply.CONFIRM
    assert good(answer(single, NOON)).adu == b"\x17"
    assert good(answer(empty, NOON)).adu == b""
    assert not is_heartbeat(good(published("2号10区")))


def test_who_is_owed_what() -> None:
    def owed(command: int, adu: bytes = b"", dialect: str = "tolerant") -> Reply:
        return expected_reply(good(build.frame(command, 1, DEVICE, CENTRE, NOON, adu)), DIALECTS[dialect])

    assert [owed(c) for c in (3, 5, 6)] == [Reply.NONE] * 3
    assert [owed(c) for c in (0, 2, 7, 128, 200, 255)] == [Reply.CONFIRM] * 6
    assert [owed(c) for c in (4, 8, 9, 77, 127)] == [Reply.DENY] * 5
    assert owed(8, dialect="ca6523m") is Reply.CONFIRM
    assert owed(1, b"\x5a\x01" + times.encode(NOON)) is Reply.CLOCK
    assert refusal(good(build.frame(99, 1, DEVICE, CENTRE, NOON))) is not None


def test_answers_repeat_the_requests_serial() -> None:
    asked = good(build.request(77, CENTRE, DEVICE, NOON, (ReadDevice(81),)))
    told = good(build.respond(asked, NOON, (DeviceStatus(1, NOON),)))
    assert (told.command, told.serial, told.source, told.destination) == (5, 77, DEVICE, CENTRE)
    (o,) = decode_adu(told.adu).objects
    assert isinstance(o, DeviceStatus)
    assert (o.status, o.at) == (1, NOON)


def test_controls_are_addressed_to_the_device() -> None:
    frame = good(build.control(5, CENTRE, DEVICE, NOON, CheckDuty(10), TOLERANT))
    assert (frame.source, frame.destination, frame.serial) == (CENTRE, DEVICE, 5)


def test_a_dialect_in_hex_text_is_answered_in_hex_text() -> None:
    dialect = DIALECTS["hex_text"]
    received = good(published("2号10区"))
    carried = build.on_wire(answer(received, AT_35, dialect), dialect)
    assert bytes.fromhex(carried.decode()) == published("centre -> device 确认")
    assert build.on_wire(received.raw) == received.raw


def test_a_big_endian_length_is_read_and_written_where_the_dialect_has_it() -> None:
    dialect = msgspec.structs.replace(TOLERANT, big_endian_length=True)
    raw = build.upload(1, DEVICE, CENTRE, NOON, (DeviceStatus(2, NOON),), dialect)
    assert raw[24:26] == b"\x00\x09"
    (frame,) = read_all(raw, dialect)
    assert isinstance(frame, Frame)
    assert Reader(dialect).receive(raw) == [frame]
    assert isinstance(parse(raw), Fault)
    (reply,) = read_all(answer(frame, NOON, dialect), dialect)
    assert isinstance(reply, Frame)


def test_a_swapped_serial_is_shown_as_its_sender_counts_and_repeated_as_it_came() -> None:
    frame = good(build.frame(2, 0x0900, DEVICE, CENTRE, NOON))
    assert (frame.serial, shown_serial(frame, DIALECTS["scsm"]), shown_serial(frame)) == (0x0900, 9, 0x0900)
    assert good(confirm(frame, NOON)).raw[2:4] == b"\x00\x09"
