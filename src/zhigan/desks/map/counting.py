"""Counts kept for a breath: one scan of the registry serves every far tile of everybody who sees and asks the same.

Enters: a principal and what is asked. Leaves: the counts of one tile. A pyramid belongs to one scope and one question
and is read under that scope; it is given as it is for `FRESH_S` seconds, then given once more while it is read
anew, and after `STALE_S` seconds never: whoever comes waits for the one reading. Absent: SQL.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from zhigan.desks.map import rules
from zhigan.desks.map.model import Asked, Cell, Counts
from zhigan.vocabulary.moments import SECOND

FRESH_S = 10
STALE_S = 30
MOST_KEPT = 48
"""Pyramids. One of the whole city is a few thousand cells."""

Key = tuple[str, Asked]
Read = Callable[[], Awaitable[dict[Cell, Counts]]]
Tiles = dict[Cell, list[tuple[Cell, Counts]]]


class Pyramid:
    def __init__(self, base: dict[Cell, Counts], at: int) -> None:
        self.at = at
        self._levels: dict[int, dict[Cell, Counts]] = {rules.BASE: base}
        self._tiles: dict[int, Tiles] = {}

    def tile(self, z: int, x: int, y: int) -> list[tuple[Cell, Counts]]:
        tiles = self._tiles.get(z)
        if tiles is None:
            tiles = self._tiles[z] = rules.by_tile(self._level(z + rules.FINER))
        return tiles.get((x, y), [])

    def _level(self, level: int) -> dict[Cell, Counts]:
        """From the next finer one, which is folded first where it is not there: each is small beside the base."""
        if level not in self._levels:
            finer = min(known for known in self._levels if known > level)
            self._levels[level] = rules.fold(self._levels[finer], finer - level)
        return self._levels[level]


class _Kept:
    """The newest pyramid of one key, and the reading that is under way."""

    def __init__(self) -> None:
        self.pyramid: Pyramid | None = None
        self.reading: asyncio.Task[Pyramid] | None = None

    async def read(self, now: int, read: Read) -> Pyramid:
        self.pyramid = Pyramid(await read(), now)
        return self.pyramid


class Counting:
    """One a web process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    async def pyramid(self, key: Key, now: int, read: Read) -> Pyramid:
        kept = self._kept.setdefault(key, _Kept())
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        age = STALE_S * SECOND if kept.pyramid is None else now - kept.pyramid.at
        if kept.pyramid is not None and age < FRESH_S * SECOND:
            return kept.pyramid
        if kept.reading is None or kept.reading.done():
            kept.reading = asyncio.create_task(kept.read(now, read), name="map counts")
            kept.reading.add_done_callback(_heed)
        if kept.pyramid is not None and age < STALE_S * SECOND:
            return kept.pyramid
        # Who asked first may go away; the others still wait for the reading.
        return await asyncio.shield(kept.reading)


def _heed(reading: "asyncio.Task[Pyramid]") -> None:
    """A reading for which nobody waits may fail: the next who asks starts another, and says so if that fails too."""
    if not reading.cancelled():
        reading.exception()
