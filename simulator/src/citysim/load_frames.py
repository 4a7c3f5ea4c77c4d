"""Frames for pressure: a template patched, a block at a time, so that the generator costs little beside the platform.

Enters: an address, a kind, serials, now. Leaves: whole right frames, no two alike. Absent: sockets. The template comes
from the codec's own builder; only serial, component address, status or value and the checksum are patched.
"""

import enum
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from citysim.panel import FAULT, FIRE, NORMAL
from zhigan.protocols import gb26875 as gb
from zhigan.protocols.gb26875 import build

CENTRE = "000000000000"
SERIALS = 1 << 16
FULL_OBJECTS = 20
SMOKE, CABLE = 42, 18
TEMPERATURE = 3
QUIET_ROUNDS = 64
"""A component is at fault in one of so many rounds, and well again in the next."""

FIRST_POINT = 1 << 16 | 1
"""Loop 1, place 1."""
SECOND = 1_000_000

_SOURCE_AT = 12
_ADDRESS_AT = 27 + 2 + 3
_STATUS_AT, _VALUE_AT = _ADDRESS_AT + 4, _ADDRESS_AT + 5
_WORDS = tuple(struct.pack("<H", n) for n in range(SERIALS))
_ENDS = tuple(bytes((n,)) + b"##" for n in range(256))


class Kind(enum.StrEnum):
    STATUS = "status"  # type 2, one object, mostly well
    ANALOG = "analog"  # type 3, one object
    FULL = "full"  # type 3, twenty objects
    FIRE = "fire"  # type 2, one object, every frame the fire of another component

    @property
    def values(self) -> int:
        """Measured values in one frame."""
        return {Kind.ANALOG: 1, Kind.FULL: FULL_OBJECTS}.get(self, 0)


def _sum(number: int) -> int:
    return sum(number.to_bytes(4, "little"))


class Template(NamedTuple):
    """A frame with holes: serial, sender, and one patched number; `total` is the sum of what is not a hole."""

    head: bytes
    middle: bytes
    back: bytes
    total: int


@lru_cache(maxsize=4096)
def _template(kind: Kind, first: int, second: int) -> Template:
    """One build by the codec serves every device for as long as the time label stays the same."""
    now = second * SECOND
    if kind in (Kind.STATUS, Kind.FIRE):
        objects: list[gb.Object] = [gb.ComponentStatus(1, 1, SMOKE, 0, 0, "负载测试感烟探测器", now)]
        cut, resume = _ADDRESS_AT, _STATUS_AT + 2
    else:
        count = FULL_OBJECTS if kind is Kind.FULL else 1
        objects = [
            gb.Analog(1, 1, CABLE, FIRST_POINT + first + n, TEMPERATURE, (first + n) % 100 + 250 if n else 0, now)
            for n in range(count)
        ]
        cut, resume = _VALUE_AT, _VALUE_AT + 2
    whole = build.upload(0, CENTRE, CENTRE, now, objects)
    head, middle, back = whole[4:_SOURCE_AT], whole[_SOURCE_AT + 6 : cut], whole[resume:-3]
    return Template(head, middle, back, sum(head) + sum(middle) + sum(back))


class Source:
    """One device's endless frames. `points` components take turns; `next_serial` is the device's own counter."""

    def __init__(self, address: str, kind: Kind, points: int = 20, next_serial: int = 0) -> None:
        self.address = address
        self.kind = kind
        self.points = points
        self.built = 0
        self.next_serial = next_serial
        self._sender = bytes.fromhex(address)

    def block(self, count: int, now: int) -> list[bytes]:
        """The next `count` frames, all with the time label of now."""
        serials = [(self.next_serial + n) % SERIALS for n in range(count)]
        turns = range(self.built, self.built + count)
        self.next_serial = (self.next_serial + count) % SERIALS
        self.built += count
        if self.kind in (Kind.STATUS, Kind.FIRE):
            return list(self._statuses(serials, turns, now // SECOND))
        return list(self._values(serials, turns, now // SECOND))

    def _statuses(self, serials: list[int], turns: range, second: int) -> Iterator[bytes]:
        head, middle, back, total = _template(self.kind, 0, second)
        front = head + self._sender + middle
        total += sum(self._sender)
        fire = self.kind is Kind.FIRE
        for serial, turn in zip(serials, turns, strict=True):
            point = FIRST_POINT + (turn if fire else turn % self.points)
            status = FIRE if fire else FAULT if turn // self.points % QUIET_ROUNDS == 1 else NORMAL
            end = _ENDS[total + (serial >> 8) + (serial & 255) + _sum(point) + status & 255]
            yield b"".join((b"@@", _WORDS[serial], front, point.to_bytes(4, "little"), _WORDS[status], back, end))

    def _values(self, serials: list[int], turns: range, second: int) -> Iterator[bytes]:
        """The first object's value moves with every frame; a block speaks of the same components."""
        head, middle, back, total = _template(self.kind, turns.start % self.points, second)
        front = head + self._sender + middle
        total += sum(self._sender)
        for serial, turn in zip(serials, turns, strict=True):
            value = 250 + turn % 199
            end = _ENDS[total + (serial >> 8) + (serial & 255) + (value >> 8) + (value & 255) & 255]
            yield b"".join((b"@@", _WORDS[serial], front, _WORDS[value], back, end))
