"""A device that reaches us by a way of its own and through a platform below is one device: which ones are.

Enters: devices as a platform below tells of them, what stands on our own books, what a person says. Leaves: pairs in
`federation.twin`; the copy of such a device leaves the registry's lists, its alarms are of ours, and its incidents go
on inside ours. What is certain is paired by itself (`rules.same`), what is likely waits for a person, and what a person
has said stands. Absent: how an incident goes on inside another (incidents/uniting.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from asyncpg import Record

from zhigan.federation import rules, store
from zhigan.federation.model import Likely, Paired
from zhigan.federation.store import SQL
from zhigan.incidents import uniting
from zhigan.registry import copies as registry
from zhigan.registry.documents import DeviceDoc
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.scopes import DIMENSIONS, Owned, Scope, parse


async def look(
    conn: Connection, lower_id: str, scope: Scope, docs: Sequence[tuple[DeviceDoc, str]], now: datetime
) -> None:
    """For devices (with the id of their unit here) as they are told of there. New pairs are kept, and that once: what
    has been looked at before waits for a person, or has had one."""
    roots = [(doc, unit) for doc, unit in docs if doc.parent_id is None and rules.keys(doc)]
    said = await _said(conn, [doc.id for doc, _ in roots])
    fresh = [(doc, unit) for doc, unit in roots if "one" not in said.get(doc.id, {}).values()]
    if not fresh:
        return
    numbers = [key for doc, _ in fresh for key in rules.keys(doc)]
    ways = [doc for doc, _ in fresh if rules.imei(doc.address)]
    rows = await conn.fetch(SQL.likely, numbers, [doc.gateway for doc in ways], [doc.address for doc in ways])
    likely = [_likely(row) for row in rows]
    for doc, unit in fresh:
        known = said.get(doc.id, {})
        found = [one for one in likely if rules.alike(doc, one) and one.id not in known]
        for pair in rules.same(doc, unit, found, scope, asked=bool(known)):
            await conn.execute(SQL.add_twin, lower_id, doc.id, pair.here, pair.state, pair.why, now)


async def look_anew(conn: Connection, clock: Clock) -> list[Draft]:
    """Devices of our own that were registered, or got their number, after a platform below had told of them."""
    now = clock.now()
    found = {row["there"]: row for row in await conn.fetch(SQL.overlooked)}
    await store.hold(conn, (row["lower"] for row in found.values()))
    for doc in await registry.devices(conn, list(found)):
        row = found[doc.id]
        doc.gateway, doc.address = doc.address.removeprefix(f"{row['slug']}:").partition(":")[::2]
        await look(conn, row["lower"], parse(row["scope"]), [(doc, doc.unit_id or "")], now)
    pairs = await of_copies(conn, list(found))
    for there in pairs:
        await registry.shelve(conn, there, now)
    return await uniting.unite(conn, [(here, there) for there, here in pairs.items()], clock.micros())


async def of_copies(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Copy → ours. A part of a device that is one is one with the same part of ours."""
    found = await conn.fetch(SQL.pairs_of_copies, list(ids)) if ids else []
    return {row["there"]: row["here"] for row in found}


async def of_ours(conn: Connection, ids: Sequence[str]) -> list[tuple[str, str]]:
    found = await conn.fetch(SQL.pairs_of_ours, list(ids)) if ids else []
    return [(row["here"], row["there"]) for row in found]


async def of_incidents(conn: Connection, incidents: Sequence[str]) -> list[tuple[str, str]]:
    """Incidents of our own have been opened, or more devices alarm in them: what below tells of the same goes into
    them."""
    if not incidents or await conn.fetchval(SQL.any_twin) is None:
        return []
    return await of_ours(conn, await uniting.alarmed(conn, incidents))


async def say(conn: Connection, clock: Clock, lower_id: str, pair: Paired, by: str) -> list[Draft]:
    """A person says that the two are one, or that they are not. The caller appends the drafts."""
    now = clock.now()
    await store.hold(conn, [lower_id])
    if pair.state == "one":
        await conn.execute(SQL.other_twins, pair.there)
    await conn.execute(SQL.say_twin, lower_id, pair.there, pair.here, pair.state, now, by)
    if pair.state == "apart":
        await registry.revive(conn, pair.there, now)
        return []
    await registry.shelve(conn, pair.there, now)
    return await uniting.unite(
        conn, await of_ours(conn, [pair.here, *await registry.parts(conn, pair.here)]), clock.micros()
    )


async def _said(conn: Connection, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in await conn.fetch(SQL.said_twins, list(ids)) if ids else []:
        found.setdefault(row["there"], {})[row["here"]] = row["state"]
    return found


def _likely(row: Record) -> Likely:
    owned = Owned(**{d: str(row[d]) for d in DIMENSIONS})
    named = {name: str(row[name] or "") for name in ("id", "unit_id", "maker", "type", "serial", "gateway", "address")}
    return Likely(owned=owned, **named)
