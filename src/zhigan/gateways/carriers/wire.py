"""The line between door and taker: one frame form, both ways. Pure.

Enters: a stream of bytes in any pieces. Leaves: frames (number, code, text). A frame is length (4), number (8), code
(1) and text. The first frame of a connection is the key, as number 0. Absent: sockets.
"""

import enum
import struct
from typing import Final, NamedTuple

_HEAD: Final = struct.Struct(">IQB")
TEXT_MAX: Final = 2 << 20


class Carrier(enum.IntEnum):
    CTWING = 1
    ONENET = 2
    HUAWEI = 3
    PLATFORM = 4  # what another platform says of devices, as our own door passes it on
    JUDGED = 5  # signals: what our own rounds found in what devices said before


NAMES: Final = {carrier.value: carrier.name.lower() for carrier in Carrier}


class Answer(enum.IntEnum):
    KEPT = 0
    REFUSED = 1  # storage refused; the carrier sends again
    FAULT = 2  # the push is wrong: text is `fault: detail`


class Frame(NamedTuple):
    number: int
    code: int
    text: bytes


class LineBroken(Exception):
    """The other side does not speak this language."""


def frame(number: int, code: int, text: bytes = b"") -> bytes:
    return _HEAD.pack(len(text), number, code) + text


class Frames:
    """`feed(data)` gives the frames that are whole."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        data = self._rest + data if self._rest else data
        found: list[Frame] = []
        place, end = 0, len(data)
        while end - place >= _HEAD.size:
            length, number, code = _HEAD.unpack_from(data, place)
            if length > TEXT_MAX:
                raise LineBroken(f"a frame of {length} bytes")
            after = place + _HEAD.size + length
            if after > end:
                break
            found.append(Frame(number, code, data[place + _HEAD.size : after]))
            place = after
        self._rest = data[place:]
        return found
