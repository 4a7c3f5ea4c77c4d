"""Streams for the reader's properties: good frames, broken ones, and garbage that looks like frames."""

from hypothesis import strategies as st

from zhigan.protocols.gb26875 import Event, Reader, build

NOON = 1_790_000_000_000_000
CENTRE = "385B01000000"

adversarial = st.lists(
    st.sampled_from([b"@", b"@@", b"##", b"#", b"\x00", b"\x02\x01", b"\x1e\x00", b"\xff", b"@@\x00\x00\x01\x01"]),
    max_size=40,
).map(b"".join)
"""Bytes that begin frames, end them, and lie about their length."""

addresses = st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex().upper())
serials = st.one_of(st.integers(0, 0xFFFF), st.sampled_from([0x40, 0x4040, 0x2323, 0x2340]))


@st.composite
def good_frames(draw: st.DrawFn) -> bytes:
    """Any right frame, start and end marks in its data included."""
    adu = draw(st.one_of(st.binary(max_size=80), adversarial, st.binary(min_size=1000, max_size=1024)))
    command = draw(st.sampled_from([1, 2, 3, 4, 5, 6, 7, 128]))
    return build.frame(command, draw(serials), draw(addresses), draw(addresses), NOON, adu[:1024])


@st.composite
def plain_frames(draw: st.DrawFn) -> bytes:
    """A right frame whose data holds no whole right frame by construction: nothing in it begins one."""
    adu = draw(st.binary(max_size=60)).replace(b"@", b"A")
    serial = draw(st.integers(0, 0xFFFF).filter(lambda n: n & 0xFF != 0x40 and n >> 8 != 0x40))
    return build.frame(2, serial, "790300000000", CENTRE, NOON, adu)


@st.composite
def broken_frames(draw: st.DrawFn) -> bytes:
    """A right frame with one byte wrong, cut short, or with a length that lies."""
    raw = bytearray(draw(plain_frames()))
    match draw(st.sampled_from(["byte", "cut", "length"])):
        case "byte":
            raw[draw(st.integers(0, len(raw) - 1))] ^= draw(st.integers(1, 255))
        case "cut":
            del raw[draw(st.integers(1, len(raw) - 1)) :]
        case _:
            raw[24:26] = draw(st.integers(0, 0xFFFF)).to_bytes(2, "little")
    return bytes(raw)


garbage = st.one_of(st.binary(max_size=60), adversarial, broken_frames())


def fed_whole(data: bytes) -> list[Event]:
    reader = Reader()
    return reader.receive(data) + reader.idle()


def fed_in(data: bytes, sizes: list[int]) -> list[Event]:
    """Chunks of the given sizes over and over; idle at the end."""
    reader, events, at, turn = Reader(), list[Event](), 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        events += reader.receive(data[at : at + size])
        at, turn = at + size, turn + 1
    return events + reader.idle()
