"""Datagrams ⇄ messages: the RFC's own figures, every named fault, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols.coap import (
    DATAGRAM_MAX,
    Block,
    Bodies,
    Code,
    Declined,
    Fault,
    FaultName,
    Message,
    Option,
    Step,
    Type,
    decode,
    dotted,
    empty,
    encode,
    read,
    reply,
    uint,
)

MINUTE = 60_000_000


def test_the_rfcs_own_exchange() -> None:
    """RFC 7252, figure 16: a CON GET of /temperature and its piggy-backed answer."""
    asked = bytes.fromhex("41017d3520bb") + b"temperature"
    message = decode(asked)
    assert message == Message(Type.CON, Code.GET, 0x7D35, b"\x20", ((11, b"temperature"),))
    answered = reply(message, Code.CONTENT, 0, (), b"22.3 C")
    assert answered == bytes.fromhex("61457d3520ff") + b"22.3 C"
    assert encode(message) == asked
    assert dotted(Code.NOT_FOUND) == "4.04"


def test_a_non_is_answered_by_a_non_of_its_own_number() -> None:
    asked = Message(Type.NON, Code.GET, 7, b"t")
    assert decode(reply(asked, Code.CONTENT, 99)) == Message(Type.NON, Code.CONTENT, 99, b"t")


def test_wide_options() -> None:
    """Deltas and lengths of 13, 269 and more need one or two bytes."""
    options = ((11, b"x" * 12), (11, b"y" * 13), (60, b"z" * 268), (258, b"a" * 269), (65_000, b""))
    message = Message(Type.NON, Code.POST, 65_535, b"12345678", options, b"p")
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("", FaultName.TOO_SHORT),
        ("4001ff", FaultName.TOO_SHORT),
        ("00017d35", FaultName.BAD_VERSION),
        ("80017d35", FaultName.BAD_VERSION),
        ("49017d35" + "00" * 9, FaultName.BAD_TKL),
        ("4f017d35", FaultName.BAD_TKL),
        ("44017d3501", FaultName.TRUNCATED_HEAD),
        ("40007d3501", FaultName.BAD_EMPTY),
        ("41007d3501", FaultName.BAD_EMPTY),
        ("40207d35", FaultName.BAD_CODE),
        ("40e17d35", FaultName.BAD_CODE),
        ("40017d35ff", FaultName.NO_PAYLOAD),
        ("40017d35f0", FaultName.RESERVED_OPTION),
        ("40017d350f", FaultName.RESERVED_OPTION),
        ("40017d35b5", FaultName.TRUNCATED_OPTION),
        ("40017d35bd", FaultName.TRUNCATED_OPTION),
        ("40017d35be01", FaultName.TRUNCATED_OPTION),
        ("40017d35e0ffff", FaultName.BAD_OPTION_NUMBER),
        ("40017d35" + "00" * 49, FaultName.TOO_MANY_OPTIONS),
        ("40017d35ff" + "00" * DATAGRAM_MAX, FaultName.TOO_LONG),
    ],
)
def test_what_is_wrong_has_a_name(data: str, name: FaultName) -> None:
    fault = decode(bytes.fromhex(data))
    assert isinstance(fault, Fault)
    assert fault.name == name
    assert (fault.type, fault.mid) == ((-1, -1) if name in ("too_short", "bad_version") else (0, int(data[4:8], 16)))


messages = st.builds(
    Message,
    st.integers(0, 3),
    st.integers(1, 31) | st.integers(64, 191),
    st.integers(0, 65_535),
    st.binary(max_size=8),
    st.lists(st.tuples(st.integers(0, 65_535), st.binary(max_size=30)), max_size=20).map(
        lambda options: tuple(sorted(options, key=lambda option: option[0]))
    ),
    st.binary(max_size=200),
)


@given(messages)
def test_round_trip(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=300))
def test_anything_at_all(data: bytes) -> None:
    got = decode(data)
    if isinstance(got, Message):
        assert decode(encode(got)) == got
        try:
            read(got)
        except Declined as declined:
            assert declined.code in (Code.BAD_OPTION, Code.NO_PROXY)


def test_a_request_by_name() -> None:
    asked = read(
        Message(
            Type.CON, Code.POST, 1, b"",
            ((3, b"host"), (6, b""), (7, b"\x16\x33"), (11, b"rd"), (12, uint(40)), (15, b"ep=a"), (15, b"Q"),
             (27, b"\x0e")),
        )
    )  # fmt: skip
    assert (asked.path, asked.queries, asked.format, asked.observe) == (("rd",), ("ep=a", "Q"), 40, 0)
    assert asked.block1 == Block(0, True, 6)


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ((Option.PROXY_URI, b"coap://elsewhere"), Code.NO_PROXY),
        ((Option.IF_MATCH, b"x"), Code.BAD_OPTION),
        ((Option.OSCORE, b""), Code.BAD_OPTION),
        ((Option.URI_PATH, b"\xff"), Code.BAD_OPTION),
        ((Option.CONTENT_FORMAT, b"12345"), Code.BAD_OPTION),
        ((Option.BLOCK1, b"\x0f"), Code.BAD_OPTION),
        ((Option.BLOCK2, b"1234"), Code.BAD_OPTION),
    ],
)
def test_what_must_be_understood_and_is_not(option: tuple[int, bytes], code: Code) -> None:
    with pytest.raises(Declined) as declined:
        read(Message(Type.CON, Code.GET, 1, b"", (option,)))
    assert declined.value.code is code


@given(st.integers(0, (1 << 20) - 1), st.booleans(), st.integers(0, 6))
def test_a_block_option_round_trips(number: int, more: bool, szx: int) -> None:
    assert Block.read(Block(number, more, szx).write()) == Block(number, more, szx)


def test_a_body_in_pieces() -> None:
    bodies = Bodies()
    whole = bytes(range(150))
    for number in range(3):
        piece = whole[number * 64 : number * 64 + 64]
        step, body = bodies.take(("peer",), Block(number, number < 2, 2), piece, 0)
        assert step is (Step.CONTINUE if number < 2 else Step.WHOLE)
        if number == 1:  # the network brings it twice
            assert bodies.take(("peer",), Block(1, True, 2), piece, 0)[0] is Step.CONTINUE
    assert body == whole
    assert len(bodies) == 0


def test_bodies_are_bounded() -> None:
    bodies = Bodies(most=2, body_max=100)
    assert bodies.take(("a",), Block(1, False, 2), b"x", 0)[0] is Step.INCOMPLETE
    assert bodies.take(("a",), Block(0, True, 2), b"x" * 64, 0)[0] is Step.CONTINUE
    assert bodies.take(("a",), Block(1, True, 2), b"x" * 64, 0)[0] is Step.TOO_LARGE
    assert bodies.take(("a",), Block(0, True, 2), b"x" * 63, 0)[0] is Step.INCOMPLETE
    for key in "abc":
        bodies.take((key,), Block(0, True, 2), b"x" * 64, 0)
    assert len(bodies) == 2
    assert bodies.take(("b",), Block(1, False, 2), b"x", 5 * MINUTE)[0] is Step.INCOMPLETE
    bodies.sweep(5 * MINUTE)
    assert len(bodies) == 0


def test_an_empty_message() -> None:
    assert decode(empty(Type.RST, 0x1234)) == Message(Type.RST, 0, 0x1234)
