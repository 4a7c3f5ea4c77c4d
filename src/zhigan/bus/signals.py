"""The signal bus: a durable log of signal batches, one sequence of positions a lane.

Enters: batches of Signals, published together. Leaves: the same batches in order of position, to one reader a lane
that keeps its own position (in the transaction that holds its results). When `publish` returns, the batch survives
power loss; when it raises `BusRefused`, nothing of it was kept. Two kinds hold this one meaning: `spool.Spool` (a file
on this machine) and `jetstream.Stream` (NATS). Absent: who reads, and what the signals mean.
"""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

from zhigan.vocabulary.signals import Lane, Signal

KEEP_SECONDS = 120
"""How much of the newest is kept even after `forget`: the dedupe window is refilled from it after a restart."""


class Batch(NamedTuple):
    position: int
    signals: list[Signal]


class BusRefused(Exception):
    """Storage refused the batch (disk full, size limit, no quorum): nothing was kept; confirm nothing, go on."""


class BusCorrupt(Exception):
    """What is stored is not what was written: stop and say so; going on would lose signals in silence."""


class BusOwned(Exception):
    """Another process owns this bus folder: stop that one first."""


class PositionUnknown(Exception):
    """The reader is ahead of everything ever stored here: the bus was replaced under it. Begin again at 0."""


class SignalBus(Protocol):
    async def publish(self, batches: Sequence[tuple[Lane, list[Signal]]]) -> dict[Lane, int]:
        """Durable when it returns; the last position of each lane named. The lists belong to the bus from here on."""
        ...

    async def read(self, lane: Lane, after: int, limit: int, timeout: float) -> list[Batch]:
        """Batches behind `after`, at most `limit` signals (yet at least one batch); [] when none came in time."""
        ...

    async def forget(self, lane: Lane, upto: int) -> None:
        """The reader is done with these; they go when they are older than KEEP_SECONDS before the newest."""
        ...

    def recent(self, seconds: float) -> AsyncIterator[Batch]:
        """All lanes' batches of the last `seconds` before the newest stored one."""
        ...

    def last(self, lane: Lane) -> int:
        """The newest position of the lane, 0 when nothing was ever stored."""
        ...

    async def close(self) -> None: ...
