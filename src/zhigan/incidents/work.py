"""What people found wrong becomes work: one open task a thing (grade IV), and pictures that hang on it.

Enters: the owner's connection in the caller's transaction, a slot of the room's own (`upkeep:…`, `hydrant:…`), why.
Leaves: the thing's open task or a new one, with drafts that the caller appends as its last act; how work stands.
Absent: steps (rules.py), who may take them.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from zhigan.bus import log
from zhigan.incidents.model import Actor, FileRow, Opened, Place, Reason, Remarked, State
from zhigan.incidents.rules import Ask, Step
from zhigan.incidents.store import SQL, NoIncident, Overtaken, apply, attached, open_of_case, step
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


class Order(msgspec.Struct, frozen=True):
    """How work stands. `done_by` (`done_account`): who said that it is mended; `accepted_by`: who has seen it."""

    state: State
    done_at: datetime | None
    done_by: str
    done_account: str | None
    accepted_by: str


async def orders(conn: Connection, incidents: Sequence[str]) -> dict[str, Order]:
    rows = await conn.fetch(SQL.standings_of_work, list(incidents)) if incidents else ()
    return {
        r["id"]: Order(State(r["state"]), r["done_at"], r["done_by"], r["done_account"], r["accepted_by"]) for r in rows
    }


async def accepted(conn: Connection, incident: str, note: str, actor: Actor, now: int) -> list[Draft]:
    """The work is good, as somebody saw on the spot; nothing where it was over already."""
    try:
        taken = await step(conn, incident, Step.APPROVE, Ask(note=note), actor, now)
    except (NoIncident, Overtaken):
        return []
    return [taken.draft]


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
