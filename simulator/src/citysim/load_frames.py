"""Frames for pressure: a template patched, a block at a time, so that the generator costs little beside the platform.

Enters: an address, a kind, serials, now. Leaves: whole right frames, no two alike. Absent: sockets. The template comes
from the codec's own builder; only serial, component address, status or value and the checksum are patched.
"""

import enum
import struct
from collections.abc import Iterator, Sequence

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

_ADDRESS_AT = 27 + 2 + 3
_STATUS_AT, _VALUE_AT = _ADDRESS_AT + 4, _ADDRESS_AT + 5
_SERIAL_AT = 2
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


class Source:
    """One device's endless frames. `points` components take turns; `next_serial` is the device's own counter."""

    def __init__(self, address: str, kind: Kind, points: int = 20, next_serial: int = 0) -> None:
        self.address = address
        self.kind = kind
        self.points = points
        self.built = 0
        self.next_serial = next_serial
        self._base_point = 1 << 16 | 1

    def block(self, count: int, now: int) -> list[bytes]:
        """The next `count` frames, all with the time label of now."""
        serials = [(self.next_serial + n) % SERIALS for n in range(count)]
        turns = range(self.built, self.built + count)
        self.next_serial = (self.next_serial + count) % SERIALS
        self.built += count
        if self.kind in (Kind.STATUS, Kind.FIRE):
            return list(self._statuses(serials, turns, now))
        return list(self._values(serials, turns, now))

    def _statuses(self, serials: list[int], turns: range, now: int) -> Iterator[bytes]:
        blank = gb.ComponentStatus(1, 1, SMOKE, 0, 0, "负载测试感烟探测器", now)
        front, back, base = self._template([blank], now, _ADDRESS_AT, _STATUS_AT + 2)
        fire = self.kind is Kind.FIRE
        for serial, turn in zip(serials, turns, strict=True):
            point = self._base_point + (turn if fire else turn % self.points)
            status = FIRE if fire else FAULT if turn // self.points % QUIET_ROUNDS == 1 else NORMAL
            total = base + (serial >> 8) + (serial & 255) + _sum(point) + status
            yield b"".join(
                (b"@@", _WORDS[serial], front, point.to_bytes(4, "little"), _WORDS[status], back, _ENDS[total & 255])
            )

    def _values(self, serials: list[int], turns: range, now: int) -> Iterator[bytes]:
        """The first object's value moves with every frame, the others' with every block."""
        objects = FULL_OBJECTS if self.kind is Kind.FULL else 1
        first = turns.start % self.points
        blanks = [
            gb.Analog(1, 1, CABLE, self._base_point + n, TEMPERATURE, 250 + (first + n) % 100, now)
            for n in range(objects)
        ]
        blanks[0] = gb.Analog(1, 1, CABLE, self._base_point + first, TEMPERATURE, 0, now)
        front, back, base = self._template(blanks, now, _VALUE_AT, _VALUE_AT + 2)
        for serial, turn in zip(serials, turns, strict=True):
            value = 250 + turn % 199
            total = base + (serial >> 8) + (serial & 255) + (value >> 8) + (value & 255)
            yield b"".join((b"@@", _WORDS[serial], front, _WORDS[value], back, _ENDS[total & 255]))

    def _template(self, objects: Sequence[gb.Object], now: int, cut: int, resume: int) -> tuple[bytes, bytes, int]:
        """What stands between serial and the patched bytes, what stands behind them, and the sum of both."""
        whole = build.upload(0, self.address, CENTRE, now, objects)
        front, back = whole[_SERIAL_AT + 2 : cut], whole[resume:-3]
        return front, back, sum(front) + sum(back)
