"""Limits that hold for what one place measures: its circuit's rating, or what an authorised person has set.

Enters: limits by place (the number of the first device that stood there, so that a successor has them at once), from
the desk that knows why. Leaves: the same for the hot path, with the context of the device; engines are told to look.
Absent: what the limits should be, and the policy's own.
"""

from collections.abc import Mapping, Sequence

import msgspec

from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.limits import Limit

SQL = sql.load(__package__ or "zhigan.registry")
_decoder = msgspec.json.Decoder(tuple[Limit, ...])


def read(document: str) -> tuple[Limit, ...]:
    return _decoder.decode(document)


async def put(conn: Connection, of: Mapping[int, Sequence[Limit]]) -> None:
    """The whole of what holds at each of these places; none: the policy's. In the caller's transaction."""
    documents = [msgspec.json.encode(list(limits)).decode() if limits else "" for limits in of.values()]
    rows = await conn.fetch(SQL.put_own_limits, list(of), documents)
    for row in rows:
        await conn.execute(SQL.notify, row["unit_id"])
