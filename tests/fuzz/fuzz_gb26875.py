"""Atheris target: the GB/T 26875.3 codec. Run: python tests/fuzz/fuzz_gb26875.py -runs=200000 (libFuzzer's options).

Besides crashes it looks for broken promises: feeding in pieces equals feeding whole, every frame that leaves is
right, what was decoded without a note encodes to the same bytes, every explanation can be written down.
"""

import sys

import atheris

with atheris.instrument_imports(include=["zhigan.protocols.gb26875"]):
    from zhigan.protocols.gb26875 import (
        DIALECTS,
        Event,
        Frame,
        Reader,
        build,
        confirm,
        decode_adu,
        decode_lines,
        deny,
        encode_adu,
        fast,
        parse,
        reader_for,
    )

NOON = 1_790_000_000_000_000
READERS = tuple(DIALECTS.values())


def feed(data: bytes, size: int) -> list[Event]:
    reader, events = Reader(), list[Event]()
    for at in range(0, len(data), size):
        events += reader.receive(data[at : at + size])
    return events + reader.idle()


def check_frame(frame: Frame, dialect_number: int) -> None:
    if parse(frame.raw) != frame or not isinstance(parse(confirm(frame, NOON)), Frame):
        raise AssertionError(f"not a right frame: {frame.raw.hex()}")
    for dialect in (DIALECTS["tolerant"], READERS[dialect_number % len(READERS)]):
        adu = decode_adu(frame.adu, dialect)
        if adu.objects and not adu.notes and encode_adu(adu.objects, dialect) != frame.adu:
            raise AssertionError(f"{dialect.name} encodes otherwise: {frame.adu.hex()}")
    for read in (fast.components, fast.analogs, fast.systems, fast.system_operations, fast.device_operations):
        read(frame.adu)
    fast.device(frame.adu)


def assembled(data: bytes) -> bytes:
    """Pieces as they are, and pieces wrapped into right frames: a checksum is not found by chance."""
    parts: list[bytes] = []
    while data:
        tag, size, data = data[0], data[1] if len(data) > 1 else 0, data[2:]
        piece, data = data[:size], data[size:]
        if tag & 1:
            piece = build.frame(tag >> 1, size << 8 | tag, "790300000000", "385B01000000", NOON, piece)
        parts.append(piece[:-1] if tag & 0x82 == 0x82 else piece)
    return b"".join(parts)


def one_input(data: bytes) -> None:
    if len(data) < 2:
        return
    size, number, stream = data[0] % 64 + 1, data[1], assembled(data[2:])
    whole = feed(stream, len(stream) + 1)
    if feed(stream, size) != whole:
        raise AssertionError(f"pieces of {size} differ: {stream.hex()}")
    for event in whole:
        if isinstance(event, Frame):
            check_frame(event, number)
        else:
            deny(event, NOON)
    dialect = READERS[number % len(READERS)]
    reader = reader_for(dialect)
    reader.receive(stream)
    reader.idle()
    decode_adu(data, dialect)
    for as_json in (True, False):
        decode_lines([stream.hex()], as_json, "en", dialect)


def main() -> None:
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
