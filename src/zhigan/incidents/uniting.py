"""One device that is told of twice is one incident: a copy goes on inside the incident of our own.

Enters: pairs of devices that are one (ours, its copy), with the caller's connection in a transaction. Leaves: copies
that went into ours, as a merge by hand would have it: both keep their chains, the one list row is at least as grave,
as old and as far as the other was; event drafts. Only the same alarm joins them: one device, one component, one kind.
Where the direct way is dead there is no incident of our own, and the copy stands alone. Absent: which devices are one
(federation).

Copies are locked before ours, here as where copies are kept: two writers never wait for each other in a ring.
"""

from collections.abc import Sequence

from zhigan.incidents.ledger import Entry, absorb
from zhigan.incidents.model import PLATFORM, Actor
from zhigan.incidents.rows import Row, draft
from zhigan.incidents.steps import say
from zhigan.incidents.store import SQL, keep, lock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType

ALSO_BELOW = "also_below"
"""Flag: a platform below tells of it too."""


async def unite(conn: Connection, pairs: Sequence[tuple[str, str]], now: int) -> list[Draft]:
    """The caller appends the drafts as its last act, and drops what it had to say of the copies itself."""
    found = await conn.fetch(SQL.doubles, [p[0] for p in pairs], [p[1] for p in pairs]) if pairs else []
    wanted = {str(r["id"]): (str(r["own"]), int(r["shared"])) for r in reversed(found)}
    if not wanted:
        return []
    rows = {row.id: row for row in await lock(conn, set(wanted))}
    rows |= {row.id: row for row in await lock(conn, {own for own, _ in wanted.values()})}
    touched: dict[str, Row] = {}
    entries: list[Entry] = []
    for id_, (into, shared) in wanted.items():
        copied, own = rows[id_], rows[into]
        if not (copied.holds_slot and own.holds_slot):
            continue
        entries += _joined(copied, own, shared, now)
        touched |= {copied.id: copied, own.id: own}
    gone = [row for row in touched.values() if row.came_from]
    await conn.execute(SQL.flatten_merged, [row.id for row in gone], [row.merged_into for row in gone])
    await keep(conn, list(touched.values()), entries)
    ours = [draft(row, EventType.INCIDENT_CHANGED, now) for row in touched.values() if not row.came_from]
    return ours + [draft(row, EventType.INCIDENT_MERGED, now) for row in gone]


async def alarmed(conn: Connection, incidents: Sequence[str]) -> list[str]:
    """The devices that alarm in them."""
    return [r["device"] for r in await conn.fetch(SQL.alarmed, list(incidents))] if incidents else []


async def joined_copies(conn: Connection, incidents: Sequence[str]) -> dict[str, str]:
    """Copy → the incident of our own in which it goes on."""
    found = await conn.fetch(SQL.joined_copies, list(incidents)) if incidents else []
    return {r["id"]: r["own"] for r in found}


async def told_by(conn: Connection, incident: str) -> tuple[str, ...]:
    """The way by which one of its copies came; empty where nobody below tells of it."""
    found = await conn.fetch(SQL.joined_copies, [incident])
    return tuple(found[0]["came_from"]) if found else ()


def _joined(copied: Row, own: Row, shared: int, now: int) -> list[Entry]:
    said = {"told_by": copied.came_from[-1]}
    by = Actor(PLATFORM, PLATFORM)
    copied.merged_into = own.id
    counted = own.alarm_count
    absorb(own, copied)
    own.alarm_count = counted + max(0, copied.alarm_count - shared)
    own.concede(copied.reasons)
    own.flag(ALSO_BELOW)
    copied.version += 1
    own.version += 1
    return [
        say(copied, "merged", {"into": own.id, **said}, by, now),
        say(own, "absorbed", {"incident": copied.id, **said}, by, now),
    ]
