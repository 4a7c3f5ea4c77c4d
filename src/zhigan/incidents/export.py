"""A list of incidents as a table, read page by page: what the scope holds, narrowed as the page shows it.

Enters: the question of a list. Leaves: batches of rows. Words are the codes of the interface; whoever counts with a
file wants what does not change. Absent: bytes (`webapi.downloads`).
"""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from zhigan.incidents import reading
from zhigan.incidents.model import State
from zhigan.incidents.owning import Terms, Work, work
from zhigan.incidents.reading import Filters
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Queue
from zhigan.incidents.views import NAMES
from zhigan.vocabulary.moments import to_datetime
from zhigan.webapi.database import Database
from zhigan.webapi.downloads import BATCH, Cell
from zhigan.webapi.principal import Principal

COLUMNS = (
    "id", "grade", "kind", "state", "outcome", "cause", "unit_code", "unit", "building", "place", "opened_at",
    "received_at", "last_signal_at", "closed_at", "claimed_by", "alarms", "area", "owner", "due_at", "overdue",
)  # fmt: skip


async def batches(
    db: Database, principal: Principal, queue: Queue, filters: Filters, terms: Terms, now: datetime
) -> AsyncIterator[list[list[Cell]]]:
    """No connection is held while a slow reader takes a page."""
    while True:
        async with db.bound(principal) as conn:
            rows = await reading.listed(conn, principal, queue, filters, BATCH)
            firms = await reading.firms_of(conn, rows[:BATCH])
        yield [_cells(row, work(row, firms, terms), now) for row in rows[:BATCH]]
        if len(rows) <= BATCH:
            return
        filters = msgspec.structs.replace(filters, after=reading.place(rows[BATCH - 1], filters))


def _cells(row: Row, care: Work | None, now: datetime) -> list[Cell]:
    place, due = row.place, None if care is None else care.due_at
    late = due is not None and due < now and row.state in (State.OPEN, State.VERIFYING)
    return [
        row.id, NAMES[row.grade], row.kind, row.state, row.outcome, row.cause, place.unit_code, place.unit_name,
        place.building_name, place.text, to_datetime(row.opened_at), to_datetime(row.received_at),
        to_datetime(row.last_signal_at), None if row.closed_at is None else to_datetime(row.closed_at),
        row.claimed_name, row.alarm_count, place.owned.area, None if care is None else care.owner.name, due,
        "true" if late else None,
    ]  # fmt: skip
