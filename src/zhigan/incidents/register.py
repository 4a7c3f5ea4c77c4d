"""接处警登记: what became of each alarm, a row an alarm, as the books of GB 50440 and GB 25506 have it.

Enters: a bound connection, the question of a list. Leaves: entries: received, accepted, verified by whom and how, with
what result, told to 119 when, cause, recorder. Two statements a page, however many rows. Nothing is kept: it is read
from incidents and the first lines of their timelines, which are hash-chained.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.incidents import reading
from zhigan.incidents.model import State
from zhigan.incidents.reading import Filters
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Queue
from zhigan.incidents.store import SQL
from zhigan.incidents.views import NAMES, GradeName
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_datetime
from zhigan.webapi.principal import Principal


class RegisterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`how`: on what the verification rests. `recorder`: who wrote the closing. Nulls: not yet, or not needed."""

    id: str
    received_at: datetime
    grade: GradeName
    kind: str
    unit: str
    unit_code: str
    place: str
    alarms: int
    accepted_at: datetime | None
    accepted_by: str
    verified_at: datetime | None
    verified_by: str
    how: str
    state: State
    outcome: str
    cause: str
    reported_at: datetime | None
    reported_by: str
    closed_at: datetime | None
    recorder: str
    note: str


class _Said(msgspec.Struct, frozen=True):
    note: str = ""


async def entries(
    conn: Connection, principal: Principal, filters: Filters, limit: int
) -> tuple[list[RegisterEntry], list[Row]]:
    """One more than `limit` where there is one; the rows besides, for the cursor."""
    rows = await reading.listed(conn, principal, Queue.DESK, filters, limit)
    lines: dict[str, dict[str, Record]] = {row.id: {} for row in rows}
    for r in await conn.fetch(SQL.milestones, list(lines)):
        lines[r["incident"]][r["what"]] = r
    return [_entry(row, lines[row.id]) for row in rows], rows


def _entry(row: Row, lines: Mapping[str, Record]) -> RegisterEntry:
    accepted, reported, closed = lines.get("accepted"), lines.get("dispatched"), lines.get("closed")
    verified = lines.get("confirmed") or lines.get("dismissed")
    return RegisterEntry(
        id=row.id, received_at=to_datetime(row.received_at), grade=NAMES[row.grade], kind=row.kind.value,
        unit=row.place.unit_name, unit_code=row.place.unit_code, alarms=row.alarm_count,
        place=" ".join(part for part in (row.place.building_name, row.place.text) if part),
        accepted_at=_at(accepted), accepted_by=_who(accepted), verified_at=_at(verified), verified_by=_who(verified),
        how=row.basis or "", state=row.state, outcome=row.outcome or "", cause=row.cause or "",
        reported_at=_at(reported), reported_by=_who(reported),
        closed_at=None if row.closed_at is None else to_datetime(row.closed_at),
        recorder=_who(closed or lines.get("dismissed")), note=_note((closed, lines.get("dismissed"), verified)),
    )  # fmt: skip


def _at(line: Record | None) -> datetime | None:
    return None if line is None else line["at"]


def _who(line: Record | None) -> str:
    return "" if line is None else line["who"]


def _note(lines: Sequence[Record | None]) -> str:
    said = (msgspec.json.decode(line["detail"], type=_Said).note for line in lines if line is not None)
    return next((note for note in said if note), "")
