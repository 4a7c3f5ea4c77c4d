"""Looking back: readings of one device thinned into steps, from roll-ups where these are complete.

Enters: a device that the caller may see, a span, a step. Leaves: steps, oldest first, the same whichever way they were
computed. Absent: who may see what (api.py asks the registry).
"""

import msgspec

from zhigan.history import rolling, store
from zhigan.history.rules import Step, joined, stepped
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


async def steps(conn: Connection, wanted: Wanted, step: int, now: int) -> list[Step]:
    """Steps of `step` µs. Whole hours come from roll-ups as far as these have seen everything; the rest one by one."""
    if step % HOUR or wanted.metric is None:
        return await one_by_one(conn, wanted, wanted.begin, wanted.end, step)
    first, last = -(-wanted.begin // HOUR), wanted.end // HOUR
    edge = min(last, await rolling.unseen_from(conn, wanted.sources, now))
    if edge <= first:
        return await one_by_one(conn, wanted, wanted.begin, wanted.end, step)
    return joined([
        await one_by_one(conn, wanted, wanted.begin, first * HOUR, step),
        await rolling.steps(conn, wanted.device, wanted.sources, wanted.metric, first, edge, step // HOUR),
        await one_by_one(conn, wanted, edge * HOUR, wanted.end, step),
    ])  # fmt: skip


async def one_by_one(conn: Connection, wanted: Wanted, begin: int, end: int, step: int) -> list[Step]:
    if begin >= end:
        return []
    found = await store.readings(
        conn, wanted.device, wanted.parent, wanted.metric, begin, end, store.MOST_READINGS
    )  # fmt: skip
    return list(stepped(found, step))
