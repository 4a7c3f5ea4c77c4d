"""The reader: by length, one byte on after a loss of sync, nothing good held back, however the bytes arrive."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.gb26875.streams import (
    CENTRE,
    NOON,
    broken_frames,
    fed_in,
    fed_whole,
    garbage,
    good_frames,
    plain_frames,
)
from zhigan.protocols.gb26875 import DIALECTS, Fault, FaultName, Frame, Reader, TextReader, build, reader_for
from zhigan.protocols.gb26875.frame import FRAME_LIMIT

DEVICE = "790300000000"


def heartbeat(serial: int = 7) -> bytes:
    return build.heartbeat(serial, DEVICE, CENTRE, NOON)


def upload(adu: bytes, serial: int = 7) -> bytes:
    return build.frame(2, serial, DEVICE, CENTRE, NOON, adu)


def raws(events: list[Frame | Fault]) -> list[bytes]:
    return [e.raw for e in events if isinstance(e, Frame)]


def faults(events: list[Frame | Fault]) -> list[tuple[FaultName, bool]]:
    return [(e.name, e.trusted) for e in events if isinstance(e, Fault)]


def test_glued_frames_are_as_many_frames() -> None:
    events = fed_whole(heartbeat(1) + heartbeat(2) + upload(b"\x19\x01\x01\x01", 3))
    assert [e.serial for e in events if isinstance(e, Frame)] == [1, 2, 3]
    assert not faults(events)


@pytest.mark.parametrize("adu", [b"##", b"@@", b"@@##" * 8, b"\x02\x01" + b"@" * 46, b"#" * 1024, b"@" * 1024])
@pytest.mark.parametrize("serial", [0, 0x40, 0x4040, 0x2323])
def test_marks_inside_data_survive(adu: bytes, serial: int) -> None:
    raw = upload(adu, serial)
    for events in (fed_whole(raw * 2), fed_in(raw * 2, [1])):
        assert raws(events) == [raw, raw]
        assert not faults(events)


def test_checksum_that_looks_like_an_end_mark() -> None:
    filler = next(b for b in range(256) if upload(bytes((0, b)))[-3] == 0x23)
    raw = upload(bytes((0, filler)))
    assert raw.endswith(b"###")
    assert raws(fed_whole(raw + heartbeat())) == [raw, heartbeat()]


def test_a_data_unit_of_1024_passes_and_1025_is_refused() -> None:
    limit, over = upload(b"\x80\x01" + bytes(1022)), upload(b"\x80\x01" + bytes(1023))
    assert raws(fed_whole(limit)) == [limit]
    events = fed_whole(over + heartbeat())
    assert faults(events) == [(FaultName.BAD_LENGTH, True)]
    assert raws(events) == [heartbeat()]


def test_a_wrong_checksum_is_reported_with_a_trusted_header() -> None:
    raw = bytearray(heartbeat())
    raw[-3] ^= 1
    (fault,) = fed_whole(bytes(raw))
    assert isinstance(fault, Fault)
    assert (fault.name, fault.trusted, fault.source, fault.serial) == (FaultName.BAD_CHECKSUM, True, DEVICE, 7)


def test_a_wrong_end_is_trusted_only_when_the_checksum_vouches_for_it() -> None:
    raw = heartbeat()
    assert faults(fed_whole(raw[:-1] + b"\x13")) == [(FaultName.BAD_END, True)]
    assert faults(fed_whole(raw[:-3] + b"\x00\x23\x13")) == [(FaultName.BAD_END, False)]


def test_a_half_frame_is_named_when_the_caller_says_idle() -> None:
    reader = Reader()
    assert reader.receive(heartbeat()[:20]) == []
    assert reader.waiting == 20
    assert faults(reader.idle()) == [(FaultName.TRUNCATED, False)]
    assert reader.waiting == 0
    assert raws(reader.receive(heartbeat())) == [heartbeat()]


@pytest.mark.parametrize("stray", [b"@@", b"@@\x00", b"@", b"@@@@", b"@@" * 20, b"@@" + bytes(22) + b"\xff\x03\x02"])
def test_a_stray_start_mark_never_holds_a_good_frame_back(stray: bytes) -> None:
    reader = Reader()
    assert raws(reader.receive(stray + heartbeat())) == [heartbeat()]
    slow = Reader()
    early = [e for byte in stray + heartbeat() for e in slow.receive(bytes((byte,)))]
    assert raws(early) == [heartbeat()]


@pytest.mark.parametrize("kept", range(1, 78))
def test_a_broken_off_frame_never_holds_the_next_one_back(kept: int) -> None:
    whole = upload(b"\x02\x01" + bytes(46))
    reader = Reader()
    assert raws(reader.receive(whole[:kept] + heartbeat())) == [heartbeat()]


def test_garbage_is_named_once_and_counted() -> None:
    reader = Reader()
    events = reader.receive(b"GET / HTTP/1.1\r\n\r\n" + heartbeat() + b"junk" + heartbeat(8)) + reader.idle()
    assert faults(events) == [(FaultName.BAD_START, False), (FaultName.BAD_START, False)]
    assert raws(events) == [heartbeat(), heartbeat(8)]
    assert reader.skipped == len(b"GET / HTTP/1.1\r\n\r\njunk")
    assert reader.frames == 2


def test_a_broken_frame_inside_data_is_data() -> None:
    inner = bytearray(heartbeat(1))
    inner[-3] ^= 1
    raw = upload(b"\x8d\x01" + bytes(inner) + bytes(20))
    for events in (fed_whole(raw), fed_in(raw, [1])):
        assert raws(events) == [raw]
        assert not faults(events)


def test_a_whole_right_frame_inside_data_loses_nothing() -> None:
    inner, outer = heartbeat(1), upload(b"\x8d\x01" + heartbeat(1) + bytes(20))
    assert raws(fed_whole(outer)) == raws(fed_in(outer, [1])) == [inner, outer]


@settings(max_examples=400)
@given(st.lists(st.one_of(good_frames(), garbage), max_size=8), st.lists(st.integers(1, 90), min_size=1, max_size=6))
def test_feeding_in_pieces_equals_feeding_whole(parts: list[bytes], sizes: list[int]) -> None:
    data = b"".join(parts)
    assert fed_in(data, sizes) == fed_whole(data)


def test_a_wrong_end_that_reaches_into_the_next_frame() -> None:
    """Found by fuzzing: the bytes behind the good frame were accounted for differently in pieces of 27."""
    data = b"\x00" + heartbeat(0x97)[:-1] + heartbeat(0x3D) + b"@"
    assert fed_in(data, [27]) == fed_in(data, [1]) == fed_whole(data)
    assert raws(fed_whole(data)) == [heartbeat(0x3D)]


@settings(max_examples=200)
@given(st.lists(st.one_of(good_frames(), garbage), max_size=5))
def test_feeding_byte_by_byte_equals_feeding_whole(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert fed_in(data, [1]) == fed_whole(data)


@settings(max_examples=300)
@given(st.lists(good_frames(), min_size=1, max_size=6))
def test_every_glued_good_frame_is_read_and_nothing_else(frames: list[bytes]) -> None:
    events = fed_whole(b"".join(frames))
    assert raws(events) == frames
    assert not faults(events)


@settings(max_examples=400)
@given(garbage, plain_frames(), st.lists(broken_frames(), max_size=3), plain_frames())
def test_a_good_frame_behind_garbage_is_read_at_once(
    before: bytes, first: bytes, between: list[bytes], second: bytes
) -> None:
    reader = Reader()
    read = raws(reader.receive(before + first))
    assert read[-1:] == [first]
    read = raws(reader.receive(b"".join(between) + second))
    assert read[-1:] == [second]


@settings(max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=3000), garbage), max_size=6))
def test_nothing_raises_and_nothing_piles_up(parts: list[bytes]) -> None:
    for dialect in (*DIALECTS.values(),):
        reader = reader_for(dialect)
        for part in parts:
            reader.receive(part)
            assert reader.waiting <= FRAME_LIMIT + 30
        reader.idle()
        assert reader.waiting == 0


def test_a_lenient_dialect_takes_what_the_strict_one_refuses() -> None:
    raw = bytearray(heartbeat())
    raw[-3] = 0
    for byte in raw[2:-3]:
        raw[-3] ^= byte
    assert faults(fed_whole(bytes(raw))) == [(FaultName.BAD_CHECKSUM, True)]
    reader = Reader(DIALECTS["fscn8001"])
    assert raws(reader.receive(bytes(raw))) == [bytes(raw)]
    assert reader.lenient == 1
    assert raws(reader.receive(heartbeat())) == [heartbeat()]


def test_a_dialect_may_lower_the_limit() -> None:
    raw = upload(b"\x80\x01" + bytes(511))
    assert faults(Reader(DIALECTS["dahua"]).receive(raw)) == [(FaultName.BAD_LENGTH, True)]


@pytest.mark.parametrize("between", [b"", b"\r\n", b" ", b"4", b"40", b"40404", b"zz4040"])
def test_hex_text_gives_the_frames_of_its_bytes(between: bytes) -> None:
    text = upload(b"\x19\x01\x01\x01").hex().upper().encode() + between + heartbeat().hex().encode()
    reader = reader_for(DIALECTS["hex_text"])
    assert isinstance(reader, TextReader)
    assert raws(reader.receive(text)) == [upload(b"\x19\x01\x01\x01"), heartbeat()]
    slow = TextReader()
    assert raws([e for byte in text for e in slow.receive(bytes((byte,)))]) == [
        upload(b"\x19\x01\x01\x01"),
        heartbeat(),
    ]
