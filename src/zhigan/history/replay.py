"""What must be heard again to try a policy on the past: all but readings whole, of readings only the days that matter.

Enters: a span, and where policies look (`Bounds`). Leaves: who said anything but "normal", the days in which somebody's
roll-ups leave the bounds, and the signals of these. Absent: who may ask (whoever writes policies, for the whole city),
and days that have moved to the archive: a trial begins where PostgreSQL's days begin.
"""

from collections.abc import Iterable, Sequence

import msgspec
from asyncpg import Record

from zhigan.history.rules import EAST
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import DAY, HOUR, to_datetime, to_micros

_SQL = load("zhigan.history", "replay.sql")


class Bounds(msgspec.Struct, frozen=True):
    """Where readings say nothing: of one place (the number of who stood there first) or of a type, and a metric."""

    who: int | str
    metric: int
    low: float
    high: float


DeviceDay = tuple[int, int]
"""(device whose rows hold the readings, day of the city since 1970)."""


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


async def days(conn: Connection, since: int, until: int, bounds: Sequence[Bounds]) -> set[DeviceDay]:
    """Days in which something left its bounds, each with the next: who reports once a day clears then."""
    places = _columns([b for b in bounds if isinstance(b.who, int)])
    types = _columns([b for b in bounds if isinstance(b.who, str)])
    today = (until + EAST) // DAY
    over = await conn.fetch(_SQL.beyond_days, (since + EAST) // DAY, today + 1, *places, *types)
    newest = ((today - 1) * DAY - EAST) // HOUR
    running = await conn.fetch(_SQL.beyond_hours, max(newest, since // HOUR), -(-until // HOUR), *places, *types)
    found = {(row["source"], row["day"]) for row in (*over, *running)}
    return found | {(source, day + 1) for source, day in found}


async def heard(
    conn: Connection, devices: Sequence[int], since: int, until: int, wanted: Iterable[DeviceDay]
) -> list[Record]:
    """Of these devices, in the order in which the city heard it."""
    pairs = list(wanted)
    return await conn.fetch(
        _SQL.heard, list(devices), to_datetime(since), to_datetime(until), [d for d, _ in pairs], [h for _, h in pairs]
    )


def _columns(bounds: Sequence[Bounds]) -> tuple[list[int | str], list[int], list[float], list[float]]:
    return [b.who for b in bounds], [b.metric for b in bounds], [b.low for b in bounds], [b.high for b in bounds]
