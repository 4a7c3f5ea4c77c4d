"""Looking back: readings of one device, kept in PostgreSQL or in the archive, plain or thinned into steps.

Enters: a device that the caller may see, a span, a step. Leaves: readings or steps, oldest first, the same wherever
they lie and whichever way they were computed: roll-ups where these are complete, else reading by reading. Absent: who
may see what (api.py asks the registry). Call it inside a transaction: no day moves to the archive between two looks.
"""

import asyncio
import heapq

import msgspec

from zhigan.history import moving, rolling, rollups, store
from zhigan.history.archive import Archive
from zhigan.history.rolling import Spans
from zhigan.history.rules import Reading, Step, joined, stepped
from zhigan.history.store import Kept
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import HOUR


class Wanted(msgspec.Struct, frozen=True):
    """Readings of a device with begin <= at < end (µs); its parent's rows may carry them too. No metric: all."""

    device: int
    parent: int | None
    metric: int | None
    begin: int
    end: int

    @property
    def sources(self) -> list[int]:
        return [self.device] if self.parent is None else [self.device, self.parent]


async def readings(conn: Connection, archive: Archive, wanted: Wanted, limit: int) -> list[Reading]:
    """At most `limit` of them."""
    files = await moving.files_of(conn, "readings", wanted.sources, wanted.begin, wanted.end)
    recent = await _recent(conn, wanted, limit)
    if not files:
        return recent
    old = await asyncio.to_thread(
        archive.readings, files, wanted.device, wanted.metric, wanted.begin, wanted.end, limit
    )  # fmt: skip
    return list(heapq.merge(old, recent, key=_order))[:limit]


async def signals(conn: Connection, archive: Archive, device: int, before: int, after: int, limit: int) -> list[Kept]:
    """What one device said, heard in [after, before) (µs), newest first. Of readings the archive has the values only"""
    files = await moving.files_heard(conn, "signals", device, after, before)
    kept = await store.signals(conn, device, before, after, limit)
    if files and len(kept) < limit:
        old = await asyncio.to_thread(archive.signals, files, device, before, after, limit - len(kept))
        kept += [Kept.of(row) for row in old]
    return kept


async def steps(conn: Connection, archive: Archive, wanted: Wanted, step: int, now: int) -> list[Step]:
    """Steps of `step` µs. Whole hours come from roll-ups as far as these have seen everything; the rest one by one."""
    if step % HOUR or wanted.metric is None:
        return await one_by_one(conn, archive, wanted, step)
    first, last = -(-wanted.begin // HOUR), wanted.end // HOUR
    kept = await moving.kept_until(conn, wanted.sources, wanted.begin, wanted.end)
    if kept is not None:
        first = max(first, kept // HOUR + 1)
    edge = min(last, await rolling.unseen_from(conn, wanted.sources, now))
    if edge <= first:
        return await one_by_one(conn, archive, wanted, step)
    replace = msgspec.structs.replace
    spans = Spans([(source, wanted.device) for source in wanted.sources], (wanted.metric,), first, edge, step)
    return joined([
        await one_by_one(conn, archive, replace(wanted, end=first * HOUR), step),
        (await rollups.steps(conn, archive, spans)).get((wanted.device, wanted.metric), []),
        await one_by_one(conn, archive, replace(wanted, begin=edge * HOUR), step),
    ])  # fmt: skip


async def one_by_one(conn: Connection, archive: Archive, wanted: Wanted, step: int) -> list[Step]:
    """Without roll-ups. Where PostgreSQL has something, the archive's readings are mixed in one by one."""
    if wanted.begin >= wanted.end:
        return []
    files = await moving.files_of(conn, "readings", wanted.sources, wanted.begin, wanted.end)
    recent = await _recent(conn, wanted, store.MOST_READINGS)
    if not files:
        return list(stepped(recent, step))
    seam = max(wanted.begin, recent[0].at - recent[0].at % step) if recent else wanted.end
    whose = (files, wanted.device, wanted.metric)
    early = await asyncio.to_thread(archive.steps, *whose, wanted.begin, seam, step)
    if not recent:
        return early
    mixed = await asyncio.to_thread(archive.readings, *whose, seam, wanted.end, store.MOST_READINGS)
    return joined([early, stepped(heapq.merge(mixed, recent, key=_order), step)])


async def _recent(conn: Connection, wanted: Wanted, limit: int) -> list[Reading]:
    return await store.readings(
        conn, wanted.device, wanted.parent, wanted.metric, wanted.begin, wanted.end, limit
    )  # fmt: skip


def _order(reading: Reading) -> tuple[int, int]:
    return reading.at, reading.received_at
