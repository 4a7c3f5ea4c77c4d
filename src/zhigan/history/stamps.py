"""Durable keys: what a carrier stamped is counted once, however often and however late it comes.

Enters: keys of signals about to be judged. Leaves: which of them are known; new ones, stored in the transaction that
holds their effects. Absent: the window of minutes before the bus (gateways.intake), which catches most repeats.
"""

from collections.abc import Sequence
from typing import Final

from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import DAY

KEPT_DAYS: Final = 14
"""Carriers give up after minutes to hours; a hub that was off for a holiday sends what it kept within a fortnight."""
_SQL = load("zhigan.history", "stamps.sql")


class StampTaken(Exception):
    """Another lane brought the same between our look and our write: look again."""


async def known(conn: Connection, keys: Sequence[int]) -> frozenset[int]:
    return frozenset(row["key"] for row in await conn.fetch(_SQL.known, keys))


async def put(conn: Connection, keys: Sequence[int], now: int) -> None:
    """In the transaction of what they stand for, as its first act."""
    if keys:
        done = await conn.execute(_SQL.put, keys, now // DAY)
        if done != f"INSERT 0 {len(keys)}":
            raise StampTaken


async def forget(conn: Connection, now: int) -> None:
    await conn.execute(_SQL.forget, now // DAY - KEPT_DAYS)
