"""Signals into PostgreSQL's binary COPY format, by hand.

Enters: signals with the device numbers the registry gave them. Leaves: the bytes of `COPY ... (FORMAT binary)` for
history.signal. Absent: I/O. Own code because this is the hottest loop of storage: it costs a fraction of a generic
encoder, and the hot process has 50 µs a frame for everything.

PostgreSQL's binary row: int16 column count, then per column int32 length (-1: null) and the value, all big-endian;
timestamps are µs since 2000-01-01; an array is ndim, has-null, element oid, dimension, lower bound, elements.
"""

import struct
from collections.abc import Iterable, Sequence

from zhigan.vocabulary.signals import Signal

HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack("!ii", 0, 0)
TRAILER = struct.pack("!h", -1)

_PG_EPOCH = 946_684_800_000_000
_NULL = b"\xff\xff\xff\xff"
_NULLS3 = _NULL * 3

_FIXED = struct.Struct("!h iq iq ii ih ih iq iq ih".replace(" ", ""))
_INT4, _INT2, _FLOAT8 = 23, 21, 701
_ONE_READING = struct.Struct("!i i iiiii ih i iiiii id".replace(" ", ""))
_ARRAY = struct.Struct("!iiiiii")
_LENGTH = struct.Struct("!i")
_STAMP = struct.Struct("!iq")


def _array(width: int, oid: int, code: str, items: Sequence[float]) -> bytes:
    count = len(items)
    flat: list[float] = []
    for item in items:
        flat.append(width)
        flat.append(item)
    body = struct.pack("!" + f"i{code}" * count, *flat)
    return _ARRAY.pack(20 + len(body), 1, 0, oid, count, 1) + body


def _arrays(signal: Signal, points: Sequence[int]) -> bytes:
    values = signal.values
    if not values:
        return _NULLS3
    if len(values) == 1 and not points:
        # null points, then one-element metrics and values
        return (
            _ONE_READING.pack(-1, 26, 1, 0, _INT2, 1, 1, 2, signal.metrics[0], 32, 1, 0, _FLOAT8, 1, 1, 8, values[0])
            if signal.metrics
            else _NULL + _NULL + _array(8, _FLOAT8, "d", values)
        )
    return (
        (_array(4, _INT4, "i", points) if points else _NULL)
        + (_array(2, _INT2, "h", signal.metrics) if signal.metrics else _NULL)
        + _array(8, _FLOAT8, "d", values)
    )


def row(signal: Signal, device: int, points: Sequence[int] = ()) -> bytes:
    """One row. Raises struct.error where a number does not fit its column and ValueError for a NUL in a text."""
    head = _FIXED.pack(
        14,
        8, signal.received_at - _PG_EPOCH,
        8, signal.at - _PG_EPOCH,
        4, device,
        2, signal.kind,
        2, signal.flags,
        8, signal.conditions,
        8, signal.known,
        2, signal.operations,
    )  # fmt: skip
    if signal.text:
        text = signal.text.encode()
        if b"\x00" in text:
            raise ValueError("text holds a NUL, which PostgreSQL cannot store")
        tail = _LENGTH.pack(len(text)) + text
    else:
        tail = _NULL
    raw = signal.raw
    tail += _LENGTH.pack(len(raw)) + raw if raw else _NULL
    tail += _NULL if signal.claimed_at is None else _STAMP.pack(8, signal.claimed_at - _PG_EPOCH)
    return head + _arrays(signal, points) + tail


def document(rows: Iterable[bytes]) -> bytes:
    return b"".join((HEADER, *rows, TRAILER))
