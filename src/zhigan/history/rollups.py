"""Roll-ups of hours on both sides of the seam as one: what has moved to the archive, what PostgreSQL has.

Enters: what is asked of many devices. Leaves: for each device and metric its steps, oldest first. Where PostgreSQL has
an hour of a day that has moved, it was computed anew since (late readings) and stands for the file's own. Absent: daily
roll-ups, which never move, and readings one by one (looking.py).
"""

import asyncio

from zhigan.history import moving, rolling
from zhigan.history.archive import Archive
from zhigan.history.rolling import Rolled, Spans
from zhigan.history.rules import Step, joined
from zhigan.runtime.pg import Connection

Found = dict[tuple[int, int], list[Step]]
"""(device, metric number) → its steps, oldest first. Who measured nothing is not in it; an hour without is a gap."""


async def steps(conn: Connection, archive: Archive, spans: Spans) -> Found:
    """Call it inside a transaction: no day moves to the archive between two looks."""
    files, seam = await moving.hour_files(conn, spans.begin, spans.end)
    if not files:
        return found(await rolling.hours(conn, spans))
    edge = min(spans.end, max(spans.begin, seam))
    moved = spans._replace(end=edge)
    fresh = await rolling.rows(conn, moved)
    early = await asyncio.to_thread(archive.hours, files, moved, fresh)
    return found(early, await rolling.hours(conn, spans._replace(begin=edge)))


def found(*parts: list[Rolled]) -> Found:
    """Each part is ordered by time, and its end is the next one's beginning; a step at a seam is put together."""
    series: dict[tuple[int, int], list[Step]] = {}
    for part in parts:
        for device, metric, step in part:
            series.setdefault((device, metric), []).append(step)
    return {key: joined([steps]) for key, steps in series.items()}
