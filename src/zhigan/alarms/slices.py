"""A slice of the bus: signals in order, cut anywhere, each cut with a position that storage can hold.

Enters: batches as the bus hands them out. Leaves: slices and their halves. Absent: I/O and judgement.

A position is one number: batch position << 20 | signals done inside it. So a slice may end in mid-batch (bisecting a
refused transaction does that) and a restart goes on exactly there.
"""

from collections.abc import Sequence
from itertools import islice

from zhigan.bus.signals import Batch
from zhigan.vocabulary.signals import Signal

_BITS = 20


def batch_of(position: int) -> int:
    return position >> _BITS


def done_in(position: int) -> int:
    return position & ((1 << _BITS) - 1)


def placed(batch: int, done: int) -> int:
    if done >> _BITS:
        raise OverflowError(f"a batch of {done} signals is larger than a position can count")
    return batch << _BITS | done


class Slice:
    """Signals `first` … `last` of some batches; `start` is the position before them, `end` the one after."""

    __slots__ = ("_batches", "_first", "_last", "signals", "start")

    def __init__(self, batches: Sequence[Batch], start: int, first: int, last: int, signals: list[Signal]) -> None:
        self._batches = batches
        self._first, self._last = first, last
        self.start = start
        self.signals = signals

    @classmethod
    def of(cls, batches: Sequence[Batch], start: int) -> "Slice":
        """All of `batches` that `start` has not done yet."""
        skip = done_in(start) if batches and batches[0].position == batch_of(start) else 0
        signals = [signal for batch in batches for signal in batch.signals]
        return cls(batches, start, skip, len(signals), signals[skip:] if skip else signals)

    def __len__(self) -> int:
        return self._last - self._first

    @property
    def end(self) -> int:
        return self._position(self._last)

    def halves(self) -> tuple["Slice", "Slice"]:
        return self._cut(len(self) // 2)

    def pieces(self, most: int) -> list["Slice"]:
        """In order, none longer than `most`: a batch of a storm may be far more than one transaction should hold."""
        found: list[Slice] = []
        rest = self
        while len(rest) > most:
            piece, rest = rest._cut(most)
            found.append(piece)
        return [*found, rest]

    def _cut(self, count: int) -> tuple["Slice", "Slice"]:
        cut = self._first + count
        first = Slice(self._batches, self.start, self._first, cut, self.signals[:count])
        second = Slice(self._batches, first.end, cut, self._last, list(islice(self.signals, count, None)))
        return first, second

    def _position(self, count: int) -> int:
        """The position when `count` signals from the beginning of the first batch are done."""
        for batch in self._batches:
            if count <= len(batch.signals):
                return placed(batch.position, count)
            count -= len(batch.signals)
        raise IndexError("a slice ends inside its batches")
