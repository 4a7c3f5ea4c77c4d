"""One metric of many devices at once: every step's extremes, whose they are, and every device's own.

Enters: devices that the caller may see, a span of whole hours. Leaves: steps in time's order, devices. From roll-ups
only, in the archive and in PostgreSQL, so that a year of thousands of circuits is a matter of a second or two. Absent:
readings that no roll-up has seen (the last hour or so), who may see what (api.py asks the registry under the caller's
scope).
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from asyncpg import Record
from msgspec import structs

from zhigan.history import moving
from zhigan.history.archive import Archive
from zhigan.history.rules import EAST, Fleet, Side
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import HOUR
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

SQL = load("zhigan.history", "fleet.sql")
EXTREME = {False: "max(array[h.high, h.device, h.hour])", True: "min(array[h.low, h.device, h.hour])"}


class Member(NamedTuple):
    number: int
    id: str
    name: str
    unit_id: str | None
    unit: str


class Seen(NamedTuple):
    steps: list[Side]
    devices: list[Side]


async def members(
    conn: Connection, scope: Scope, metric: int, unit_id: str | None, area: str | None, most: int
) -> list[Member]:
    """Who measured the metric at some time, on a connection bound to the caller; at most `most` and one more."""
    condition, parameters = predicate(scope, 1, "d")
    given = {"metric": metric, "unit": unit_id, "area": area, "limit": most + 1}
    places = {name: f"${len(parameters) + n}" for n, name in enumerate(given, 1)}
    rows = await conn.fetch(SQL.who.format(scope=condition, **places), *parameters, *given.values())
    return [Member(*row) for row in rows]


async def of(conn: Connection, archive: Archive, asked: Fleet) -> Seen:
    """Call it inside a transaction: no day moves to the archive between two looks."""
    files, seam = await moving.hour_files(conn, asked.begin, asked.end)
    edge = min(asked.end, max(asked.begin, seam)) if files else asked.begin
    whose = asked.metric, asked.devices
    recent = SQL.hours.format(extreme=EXTREME[asked.lowest])
    if not files:
        return _together(_sides(await conn.fetch(recent, *whose, edge, asked.end)), asked)
    fresh = [tuple(row) for row in await conn.fetch(SQL.fresh, *whose, asked.begin, edge)]
    old, new = await asyncio.gather(  # one looks while the other does
        asyncio.to_thread(archive.fleet, files, asked, asked.begin, edge, fresh),
        conn.fetch(recent, *whose, edge, asked.end),
    )
    return _together([*old, *_sides(new)], asked)


def _sides(rows: Sequence[Record]) -> list[Side]:
    """`far`: value, device, hour, as one array that sorts by the value."""
    sides: list[Side] = []
    for hour, device, high, low, (_, of, at), total, count in rows:
        begin = None if hour is None else hour * HOUR
        sides.append(Side(begin, device, high, low, int(of), int(at) * HOUR, total, count))
    return sides


def _together(sides: list[Side], asked: Fleet) -> Seen:
    """Hours into their steps; and what both sides of the seam know of a device."""
    steps: dict[int, Side] = {}
    devices: dict[int, Side] = {}
    for side in sides:
        if side.begin is not None:
            begin = (side.begin + EAST) // asked.step * asked.step - EAST
            known = steps.get(begin)
            steps[begin] = structs.replace(side, begin=begin) if known is None else known.with_(side, asked.lowest)
        elif side.device is not None:
            known = devices.get(side.device)
            devices[side.device] = side if known is None else known.with_(side, asked.lowest)
    return Seen([steps[begin] for begin in sorted(steps)], list(devices.values()))
