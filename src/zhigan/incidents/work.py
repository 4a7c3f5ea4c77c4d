"""What people found wrong becomes work: one open task a thing (grade IV), and pictures that hang on it.

Enters: the owner's connection in the caller's transaction, a slot of the room's own (`upkeep:…`, `hydrant:…`), why.
Leaves: the thing's open task or a new one, with drafts that the caller appends as its last act; how tasks were closed.
Absent: steps (rules.py), who may take them.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from zhigan.bus import log
from zhigan.incidents.model import Actor, FileRow, Opened, Place, Reason, Remarked
from zhigan.incidents.store import SQL, NoIncident, Overtaken, apply, attached, open_of_case
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_micros


async def opened(
    conn: Connection, slot: str, place: Place, reason: Reason, kind: Kind, flag: str, now: datetime
) -> tuple[str, list[Draft]]:
    """The open task of the slot, or a new one. Two at once: the second finds the first's."""
    micros = to_micros(now)
    await conn.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", slot)
    standing = await open_of_case(conn, [slot])
    if standing:
        incident = standing[0].id
        change: Opened | Remarked = Remarked(incident=incident, reason=reason, at=micros, flag=flag)
    else:
        incident = born(micros, slot)
        change = Opened(
            incident=incident, slot=slot, case_key=slot, locus=slot, grade=Grade.IV, kind=kind, place=place,
            reasons=(reason,), at=micros, received_at=micros, alarms=(), flags=(flag,),
        )  # fmt: skip
    return incident, await apply(conn, [change], micros)


class Closing(msgspec.Struct, frozen=True):
    """How a task stands. `by`: who closed it."""

    closed_at: datetime | None
    by: str


async def closings(conn: Connection, incidents: Sequence[str]) -> dict[str, Closing]:
    rows = await conn.fetch(SQL.closings, list(incidents)) if incidents else ()
    return {r["id"]: Closing(r["closed_at"], r["by"] or "") for r in rows}


async def hung(
    conn: Connection, incident: str | None, content: tuple[bytes, str], sha256: bytes, actor: Actor, clock: Clock
) -> None:
    """A picture on the task; one that is full, or gone, keeps it no less on the page of what it shows."""
    if incident is None:
        return
    file = FileRow(id=mint(clock), name="photo", type=content[1], size=len(content[0]), sha256=sha256)
    try:
        _, draft = await attached(conn, incident, file, actor, clock.micros())
    except (NoIncident, Overtaken):
        return
    if draft is not None:
        await log.append(conn, [draft], clock.micros())
