"""What must be heard again to try a policy on the past: all but readings whole, of readings only the hours that matter.

Enters: a span, and where policies look (`Bounds`). Leaves: who said anything but "normal", the device-hours whose
roll-up extremes leave the bounds, and the signals of these. Absent: who may ask (whoever writes policies, for the whole
city), and days that have moved to the archive: a trial begins where PostgreSQL's days begin.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec
from asyncpg import Record

from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import DAY, HOUR, to_datetime, to_micros

_SQL = load("zhigan.history", "replay.sql")
AT_ONCE = 5_000


class Bounds(msgspec.Struct, frozen=True):
    """Where readings say nothing: of one place (the number of who stood there first) or of a type, and a metric."""

    who: int | str
    metric: int
    low: float
    high: float


Hour = tuple[int, int]
"""(device whose rows hold the reading, hours since 1970)."""


async def kept_from(conn: Connection) -> int | None:
    """The first moment of which everything is still in PostgreSQL, µs."""
    at = await conn.fetchval(_SQL.kept_from)
    return None if at is None else to_micros(at)


async def loud(conn: Connection, since: int, until: int) -> set[int]:
    """Day by day, so that no question lasts."""
    found: set[int] = set()
    for begin in range(since - since % DAY, until, DAY):
        rows = await conn.fetch(_SQL.loud, to_datetime(max(begin, since)), to_datetime(min(begin + DAY, until)))
        found.update(row["device"] for row in rows)
    return found


async def hours(conn: Connection, since: int, until: int, bounds: Sequence[Bounds]) -> set[Hour]:
    """Hours in which something left its bounds, and of each the next hour in which the same was heard: it may clear."""
    places = [b for b in bounds if isinstance(b.who, int)]
    types = [b for b in bounds if isinstance(b.who, str)]
    span = since // HOUR, -(-until // HOUR)
    rows = await conn.fetch(_SQL.beyond, *span, *_columns(places), *_columns(types))
    beyond = {(row["source"], row["device"], row["hour"]) for row in rows}
    found = {(source, hour) for source, _, hour in beyond}
    sources = sorted({source for source, _, _ in beyond})
    for begin in range(0, len(sources), AT_ONCE):
        heard = [tuple(row) for row in await conn.fetch(_SQL.hours, sources[begin : begin + AT_ONCE], *span)]
        for one, following in pairwise(heard):
            if one in beyond and one[:2] == following[:2]:
                found.add((following[0], following[2]))
    return found


async def heard(
    conn: Connection, devices: Sequence[int], since: int, until: int, wanted: Iterable[Hour]
) -> list[Record]:
    """Of these devices, in the order in which the city heard it."""
    pairs = list(wanted)
    return await conn.fetch(
        _SQL.heard, list(devices), to_datetime(since), to_datetime(until), [d for d, _ in pairs], [h for _, h in pairs]
    )


def _columns(bounds: Sequence[Bounds]) -> tuple[list[int | str], list[int], list[float], list[float]]:
    return [b.who for b in bounds], [b.metric for b in bounds], [b.low for b in bounds], [b.high for b in bounds]
