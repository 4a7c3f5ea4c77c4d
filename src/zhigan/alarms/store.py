"""The engine's memory in PostgreSQL: one blob a case that is not wholly normal.

Enters: cases as the engine left them, inside the transaction that holds their effects. Leaves: the same cases after a
restart. Absent: any judgement, and the outward rows (incidents.store writes those).
"""

from collections.abc import Sequence

import msgspec

from zhigan.alarms.engine.model import Case
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import to_datetime, to_micros

_SQL = load("zhigan.alarms")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Case)


async def cases(conn: Connection, keys: Sequence[str]) -> dict[str, Case]:
    """The stored cases among `keys`; a key without a row is a case in which everything is normal."""
    return {row["key"]: _decoder.decode(row["state"]) for row in await conn.fetch(_SQL.cases, list(keys))}


async def put(conn: Connection, changed: Sequence[tuple[str, Case | None, int | None]], now: int) -> None:
    """Store changed cases as (key, case, due_at µs); None where nothing is left to remember."""
    kept = [(key, _encoder.encode(case), due) for key, case, due in changed if case is not None]
    if kept:
        at = to_datetime(now)
        await conn.execute(
            _SQL.case_put,
            [key for key, _, _ in kept],
            [state for _, state, _ in kept],
            [None if due is None else to_datetime(due) for _, _, due in kept],
            [at] * len(kept),
        )
    gone = [key for key, case, _ in changed if case is None]
    if gone:
        await conn.execute(_SQL.case_drop, gone)


async def due(conn: Connection) -> list[tuple[int, str]]:
    """All timers, soonest first, as (µs, case key): what a restarted worker must not forget."""
    return [(to_micros(row["due_at"]), row["key"]) for row in await conn.fetch(_SQL.due)]


async def to_check(conn: Connection, keys: Sequence[str] | None) -> list[str]:
    """Cases in which devices may stand that belong elsewhere by now: these and all strangers'; None: all."""
    return [row["key"] for row in await conn.fetch(_SQL.cases_to_check, None if keys is None else list(keys))]
