"""The local bus: a spool file behind one writer thread with natural group commit.

Enters: `publish` from any number of tasks. Everything that waits when the thread becomes free goes into one
transaction, so the load sets the batch and an idle line has no delay. Leaves: batches to readers in this process as the
very objects that were published (the tail, bounded in bytes), else decoded from the file. Absent: judgement, retries
(devices send again), and the file's own affairs (`spoolfile`).
"""

import asyncio
import itertools
import queue
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from zhigan.bus.signals import KEEP_SECONDS, Batch, BusCorrupt, BusRefused, PositionUnknown
from zhigan.bus.spoolfile import Parcel, SpoolFile, Stored
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Lane, Signal

LIMIT_BYTES: Final = 8 << 30
TAIL_BYTES: Final = 16 << 20
"""Encoded size per lane; as objects about three times that."""


T = TypeVar("T")


class _Publish(NamedTuple):
    parcels: list[Parcel]
    batches: Sequence[tuple[Lane, list[Signal]]]
    told: asyncio.Future[dict[Lane, int]]


class _Job(NamedTuple):
    run: Callable[[], list[Stored]]
    told: asyncio.Future[list[Stored]]


class _Shelf:
    """One lane's newest batches, by position without a gap, and the tasks that wait for more."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.tail: deque[tuple[Batch, int]] = deque()
        self.bytes = 0
        self.waiting: set[asyncio.Future[None]] = set()

    def put(self, batch: Batch, size: int, bound: int) -> None:
        if batch.position != self.last + 1:
            self.drop(self.last)
        self.tail.append((batch, size))
        self.last = batch.position
        self.bytes += size
        while self.bytes > bound and len(self.tail) > 1:
            self.bytes -= self.tail.popleft()[1]
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)
        self.waiting.clear()

    def drop(self, upto: int) -> None:
        while self.tail and self.tail[0][0].position <= upto:
            self.bytes -= self.tail.popleft()[1]

    def after(self, position: int, limit: int) -> list[Batch]:
        """What the tail holds behind `position`; [] when the next one is no longer (or not) in it."""
        if not self.tail or self.tail[0][0].position > position + 1:
            return []
        found: list[Batch] = []
        signals = 0
        for batch, _ in itertools.islice(self.tail, position + 1 - self.tail[0][0].position, None):
            signals += len(batch.signals)
            if found and signals > limit:
                break
            found.append(batch)
        return found


class Spool:
    """Open with `await Spool.open(folder)`; one owner at a time."""

    def __init__(self, file: SpoolFile, tail_bytes: int) -> None:
        self._file = file
        self._tail_bytes = tail_bytes
        self._loop = asyncio.get_running_loop()
        self._shelves = {lane: _Shelf(last) for lane, last in file.last.items()}
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(list[Signal])
        self._inbox: queue.SimpleQueue[_Publish | _Job | None] = queue.SimpleQueue()
        self._broken: BusCorrupt | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._write_on, name="spool")
        self._thread.start()

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        limit_bytes: int = LIMIT_BYTES,
        tail_bytes: int = TAIL_BYTES,
        keep_seconds: float = KEEP_SECONDS,
    ) -> "Spool":
        file = await asyncio.to_thread(SpoolFile, folder, limit_bytes, int(keep_seconds * SECOND))
        return cls(file, tail_bytes)

    async def publish(self, batches: Sequence[tuple[Lane, list[Signal]]]) -> dict[Lane, int]:
        self._check()
        encode = self._encoder.encode
        parcels = [Parcel(lane, signals[-1].received_at, len(signals), encode(signals)) for lane, signals in batches]
        told: asyncio.Future[dict[Lane, int]] = self._loop.create_future()
        self._inbox.put(_Publish(parcels, batches, told))
        return await told

    async def read(self, lane: Lane, after: int, limit: int, timeout: float) -> list[Batch]:
        self._check()
        shelf = self._shelves[lane]
        if after > shelf.last:
            raise PositionUnknown(f"{lane.name} was asked for what follows {after}, but ends at {shelf.last}")
        if after == shelf.last and not await self._more(shelf, timeout):
            return []
        found = shelf.after(after, limit)
        if found:
            return found
        stored = await self._run(lambda: self._file.read(lane, after, limit))
        return [self._decode(lane, row) for row in stored]

    async def forget(self, lane: Lane, upto: int) -> None:
        self._check()
        self._shelves[lane].drop(upto)
        self._file.done(lane, upto)

    async def recent(self, seconds: float) -> AsyncIterator[Batch]:
        newest = self._file.newest - int(seconds * SECOND)
        for lane in self._shelves:
            after = 0
            while stored := await self._since(lane, newest, after):
                for row in stored:
                    yield self._decode(lane, row)
                after = stored[-1].position

    def last(self, lane: Lane) -> int:
        return self._shelves[lane].last

    async def close(self) -> None:
        """What was published before is still written."""
        if not self._closed:
            self._closed = True
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join)
            for shelf in self._shelves.values():
                for waiter in shelf.waiting:
                    waiter.cancel()

    def _check(self) -> None:
        if self._closed:
            raise BusRefused("the spool is closed")
        if self._broken:
            raise self._broken

    async def _more(self, shelf: _Shelf, timeout: float) -> bool:
        if timeout <= 0:
            return False
        waiter: asyncio.Future[None] = self._loop.create_future()
        shelf.waiting.add(waiter)
        try:
            async with asyncio.timeout(timeout):
                await waiter
        except TimeoutError:
            return False
        finally:
            shelf.waiting.discard(waiter)
        return True

    async def _since(self, lane: Lane, newest: int, after: int) -> list[Stored]:
        return await self._run(lambda: self._file.since(lane, newest, after))

    async def _run(self, run: Callable[[], list[Stored]]) -> list[Stored]:
        self._check()
        told: asyncio.Future[list[Stored]] = self._loop.create_future()
        self._inbox.put(_Job(run, told))
        return await told

    def _decode(self, lane: Lane, row: Stored) -> Batch:
        try:
            return Batch(row.position, self._decoder.decode(row.body))
        except msgspec.DecodeError as error:
            raise BusCorrupt(f"{self._file.path}: {lane.name} {row.position} is not a batch of signals") from error

    # Below: the writer thread, and what it tells the loop.

    def _write_on(self) -> None:
        taken: list[_Publish | _Job | None] = []
        try:
            while None not in taken:
                taken = [self._inbox.get()]
                while not self._inbox.empty():
                    taken.append(self._inbox.get_nowait())
                self._write([item for item in taken if isinstance(item, _Publish)])
                for item in taken:
                    if isinstance(item, _Job):
                        self._tell(self._settle_job, item, _attempt(item.run))
            taken = []
        finally:
            self._file.close()
            if taken:
                self._tell(self._settle_death, taken)

    def _write(self, asked: list[_Publish]) -> None:
        if not asked:
            return
        outcome = _attempt(lambda: self._file.write([parcel for each in asked for parcel in each.parcels]))
        if isinstance(outcome, list):
            positions = iter(outcome)
            told: list[tuple[_Publish, list[int] | Exception]] = [
                (each, list(itertools.islice(positions, len(each.parcels)))) for each in asked
            ]
        elif isinstance(outcome, BusRefused) and len(asked) > 1:
            # What does not fit together may fit alone, and a fire is small: it goes first.
            asked = sorted(asked, key=lambda each: min(parcel.lane for parcel in each.parcels))
            told = [(each, _attempt(lambda each=each: self._file.write(each.parcels))) for each in asked]
        else:
            told = [(each, outcome) for each in asked]
        self._tell(self._settle, told)

    def _tell(self, settle: Callable[..., None], *words: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(settle, *words)

    def _settle(self, told: list[tuple[_Publish, list[int] | Exception]]) -> None:
        for each, outcome in told:
            if isinstance(outcome, Exception):
                self._fail(each.told, outcome)
                continue
            last: dict[Lane, int] = {}
            for (lane, signals), parcel, position in zip(each.batches, each.parcels, outcome, strict=True):
                self._shelves[lane].put(Batch(position, signals), len(parcel.body), self._tail_bytes)
                last[lane] = position
            if not each.told.done():
                each.told.set_result(last)

    def _settle_job(self, job: _Job, outcome: list[Stored] | Exception) -> None:
        if isinstance(outcome, Exception):
            self._fail(job.told, outcome)
        elif not job.told.done():
            job.told.set_result(outcome)

    def _settle_death(self, taken: list[_Publish | _Job | None]) -> None:
        """A fault of our own killed the thread: nobody may wait for it for ever, and nothing more is taken in."""
        self._closed = True
        while not self._inbox.empty():
            taken.append(self._inbox.get_nowait())
        for item in taken:
            if item is not None:
                self._fail(item.told, BusRefused("the spool's writer stopped; see the log"))

    def _fail(self, told: asyncio.Future[Any], error: Exception) -> None:
        if isinstance(error, BusCorrupt):
            self._broken = error
        if not told.done():
            told.set_exception(error)


def _attempt(act: Callable[[], T]) -> T | Exception:
    """The loop must hear of every outcome, or somebody waits for ever."""
    try:
        return act()
    except (BusRefused, BusCorrupt, MemoryError) as error:
        return error
