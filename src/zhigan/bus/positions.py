"""Positions: how far each reader has come, kept in the transaction that holds what it made of what it read.

So effects happen exactly once: a second reader of the same name finds the position moved, and its whole transaction
fails instead of doing the work twice (design.md, decision 3). Absent: the logs themselves.
"""

from zhigan.runtime import sql
from zhigan.runtime.pg import Connection

EVENTS = -1
"""The lane of readers of the event log; signals have `vocabulary.signals.Lane`."""

_sql = sql.load("zhigan.bus")


class PositionLost(RuntimeError):
    """Somebody else moved the position: drop what you did and believe, begin again from the stored one."""


async def position(connection: Connection, reader: str, lane: int) -> int:
    """0 where the reader has not begun."""
    found: int | None = await connection.fetchval(_sql.position, reader, lane)
    return found or 0


async def positions(connection: Connection) -> dict[tuple[str, int], int]:
    return {(r["reader"], r["lane"]): r["position"] for r in await connection.fetch(_sql.positions)}


async def advance(connection: Connection, reader: str, lane: int, from_: int, to: int) -> None:
    """In the transaction of the work; a concurrent advance from the same place waits, then fails."""
    answer = await connection.execute(_sql.advance_position, reader, lane, from_, to)
    if answer == "UPDATE 0" and from_ == 0:
        answer = await connection.execute(_sql.begin_position, reader, lane, to)
    if answer.endswith(" 0"):
        raise PositionLost(f"{reader}, lane {lane}: the position is no longer {from_}")
