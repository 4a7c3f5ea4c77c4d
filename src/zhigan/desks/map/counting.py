"""Counts kept for a breath: one reading serves every far tile of everybody who sees and asks the same.

Enters: a principal's scope and what is asked. Leaves: the counts of one tile. A picture belongs to one scope and one
question and is read under that scope; it is given as it is for `FRESH_S` seconds, then given once more while it is read
anew, and after `STALE_S` seconds never: whoever comes waits for the one reading. Each reading asks what things are in,
which is little; what stands where, which is much, is counted again only when something was placed anew. Absent: SQL.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import msgspec

from zhigan.desks.map import rules
from zhigan.desks.map.model import Asked, Cell, Counts
from zhigan.vocabulary.moments import SECOND

FRESH_S = 10
STALE_S = 30
SETTLED_S = 15
"""The number of placings moves before the change is committed: what was counted sooner is counted once more."""
OLDEST_S = 600
MOST_KEPT = 48
"""Pictures. One of the whole city is some ten thousand cells."""

Key = tuple[str, Asked]
Tiles = dict[Cell, list[tuple[Cell, Counts]]]
NOTHING = Counts(0)


class Pyramid:
    """The same counts on every level, folded when first asked for."""

    def __init__(self, base: dict[Cell, Counts]) -> None:
        self._levels: dict[int, dict[Cell, Counts]] = {rules.BASE: base}
        self._tiles: dict[int, Tiles] = {}

    def tile(self, z: int, x: int, y: int) -> list[tuple[Cell, Counts]]:
        tiles = self._tiles.get(z)
        if tiles is None:
            tiles = self._tiles[z] = rules.by_tile(self.level(z + rules.FINER))
        return tiles.get((x, y), [])

    def level(self, level: int) -> dict[Cell, Counts]:
        """From the next finer one, which is folded first where it is not there: each is small beside the base."""
        if level not in self._levels:
            finer = min(known for known in self._levels if known > level)
            self._levels[level] = rules.fold(self._levels[finer], finer - level)
        return self._levels[level]


class Base(msgspec.Struct, frozen=True):
    """What stands where, as it was counted at a number of placings, which was first seen at `first_seen`."""

    pyramid: Pyramid
    placing: int
    first_seen: int
    read_at: int

    def holds(self, placing: int, now: int) -> bool:
        settled = self.read_at - self.first_seen >= SETTLED_S * SECOND or now - self.read_at < FRESH_S * SECOND
        return placing == self.placing and settled and now - self.read_at < OLDEST_S * SECOND


class Picture(msgspec.Struct, frozen=True):
    base: Base
    troubles: Pyramid
    condition: str | None
    at: int

    def tile(self, z: int, x: int, y: int) -> list[tuple[Cell, Counts]]:
        if self.condition not in (None, "normal"):
            return self.troubles.tile(z, x, y)
        troubles = self.troubles.level(z + rules.FINER)
        told = rules.told if self.condition is None else rules.without
        placed = ((cell, told(c, troubles.get(cell, NOTHING))) for cell, c in self.base.pyramid.tile(z, x, y))
        return [(cell, counts) for cell, counts in placed if counts.n > 0]


Read = Callable[[Base | None, int], Awaitable[Picture]]
"""The base before, if there is one, and now."""


class _Kept:
    """The newest picture of one key, and the reading that is under way."""

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.reading: asyncio.Task[Picture] | None = None

    async def read(self, now: int, read: Read) -> Picture:
        self.picture = await read(None if self.picture is None else self.picture.base, now)
        return self.picture


class Counting:
    """One a web process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    async def picture(self, key: Key, now: int, read: Read) -> Picture:
        kept = self._kept.setdefault(key, _Kept())
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        age = STALE_S * SECOND if kept.picture is None else now - kept.picture.at
        if kept.picture is not None and age < FRESH_S * SECOND:
            return kept.picture
        if kept.reading is None or kept.reading.done():
            kept.reading = asyncio.create_task(kept.read(now, read), name="map counts")
            kept.reading.add_done_callback(_heed)
        if kept.picture is not None and age < STALE_S * SECOND:
            return kept.picture
        # Who asked first may go away; the others still wait for the reading.
        return await asyncio.shield(kept.reading)


def _heed(reading: "asyncio.Task[Picture]") -> None:
    """A reading for which nobody waits may fail: the next who asks starts another, and says so if that fails too."""
    if not reading.cancelled():
        reading.exception()
