"""The event log: what was decided and done, in one order, chained, for every reader outward.

Enters: drafts, as the last act of the transaction that decided them. Leaves: events with gapless ids in the order of
commits, so that a plain cursor misses nothing; a notification `zhigan_event` with the last id. Each event's hash covers
its content and the hash before it, and seals mark the chain now and then, so that a changed, missing or cut-off event
is found. Absent: whole incidents (events carry ids and versions), long transactions (they would hold up everybody).
"""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from itertools import repeat
from operator import attrgetter

import asyncpg
import msgspec

from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Owned, Scope

CHANNEL = "zhigan_event"
GENESIS = hashlib.sha256(b"zhigan119 event log").digest()
_LOCK = 0x7A686967_0003
_PAGE = 5_000
_COPIED = 20
"""From so many events on COPY is cheaper than an INSERT from arrays, though it costs a round more."""

_sql = sql.load("zhigan.bus")
_json = msgspec.json.Encoder(order="sorted")
_body = msgspec.json.Decoder(dict[str, object])


class Event(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    type: EventType
    subject: str
    at: int
    received_at: int
    body: dict[str, object]
    owned: Owned


class BrokenLink(msgspec.Struct, frozen=True):
    """The first event that does not follow from what stands before it."""

    id: int
    what: str


async def append(connection: Connection, drafts: Sequence[Draft], received: int) -> list[int]:
    """The last act before commit: the lock it takes is held until then. Answers the ids."""
    if not drafts:
        return []
    await connection.execute(_sql.lock_log, _LOCK)
    # A statement of its own: one that waited for the lock would still see the log as it was before the wait.
    head = await connection.fetchrow(_sql.head)
    last, link = (head["id"], head["hash"]) if head else (0, GENESIS)
    ids = list(range(last + 1, last + 1 + len(drafts)))
    bodies = [_json.encode(d.body).decode() for d in drafts]
    links = [link]
    for id_, draft, body in zip(ids, drafts, bodies, strict=True):
        link = _link(link, id_, draft.at, received, draft.type, draft.subject, body, draft.owned)
        links.append(link)
    moments = [to_datetime(d.at) for d in drafts]
    heard, owned = to_datetime(received), [_dimensions(d.owned) for d in drafts]
    types, subjects = [d.type.value for d in drafts], [d.subject for d in drafts]
    if len(drafts) >= _COPIED:
        rows = zip(ids, moments, repeat(heard), types, subjects, bodies, *zip(*owned, strict=True), links, links[1:])
        await connection.copy_records_to_table(
            "event", schema_name="bus", columns=_COLUMNS, records=list(rows), timeout=None
        )
        await connection.execute(_sql.tell, str(ids[-1]))
        return ids
    await connection.execute(
        _sql.append, ids, moments, heard, types, subjects, bodies, *zip(*owned, strict=True), links[:-1], links[1:],
        str(ids[-1]),
    )  # fmt: skip
    return ids


async def read(connection: Connection, after: int, limit: int) -> list[Event]:
    """The events after a cursor, oldest first."""
    return [_event(row) for row in await connection.fetch(_sql.read, after, limit)]


async def read_bound(connection: Connection, scope: Scope, after: int, upto: int, limit: int) -> list[Event]:
    """The same for a person, on a connection bound to that person: up to `upto` what the scope holds.

    A page that is not full means: nothing else up to `upto`; the cursor may move there.
    """
    condition, parameters = predicate(scope, 4)
    statement = _sql.read.replace("where id > $1", f"where id > $1 and id <= $3 and {condition}")
    return [_event(row) for row in await connection.fetch(statement, after, limit, upto, *parameters)]


async def came_after(connection: Connection, positions: Sequence[int]) -> dict[int, datetime]:
    """When the first event behind each position came; a position with none behind it is missing."""
    rows = await connection.fetch(_sql.came_after, list(positions))
    return {r["position"]: r["since"] for r in rows if r["since"] is not None}


async def position_at(connection: Connection, at: datetime) -> int:
    """The position of a reader who has all that came before that moment."""
    return await connection.fetchval(_sql.position_at, at)


async def last(connection: Connection) -> int:
    """The id of the newest event there is, or was."""
    head = await connection.fetchrow(_sql.head)
    return head["id"] if head else 0


async def seal(connection: Connection, at: datetime) -> None:
    """Marks the newest event. Called now and then by whoever keeps house; a tail cut off later is then missed."""
    head = await connection.fetchrow(_sql.head)
    if head:
        await connection.execute(_sql.add_seal, head["id"], head["hash"], at, False)


async def forget(connection: Connection, before: datetime, at: datetime) -> int:
    """Retention: drops what arrived before a day, and seals the place. In a transaction of its own. How many went."""
    newest = await connection.fetchrow(_sql.newest_before, before)
    if newest is None:
        return 0
    await connection.execute(_sql.add_seal, newest["id"], newest["hash"], at, True)
    answer = await connection.execute(_sql.forget_events, newest["id"])
    await connection.execute(_sql.forget_seals, newest["id"])
    return int(answer.rpartition(" ")[2])


async def span(connection: Connection) -> tuple[datetime | None, int]:
    """Since when there are events, and how many: the ids have no gaps."""
    row = await connection.fetchrow(_sql.span)
    return (row["since"], row["events"]) if row else (None, 0)


async def verify(connection: Connection) -> BrokenLink | None:
    """Walks the whole chain in one snapshot (outside any transaction); the first broken link, or None."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        forgotten = await connection.fetchrow(_sql.forgotten)
        after, link = (forgotten["id"], forgotten["hash"]) if forgotten else (0, GENESIS)
        async for page in _pages(connection, after):
            seals = {r["id"]: r["hash"] for r in await connection.fetch(_sql.seals, after, page[-1]["id"])}
            for row in page:
                broken = _check(row, after, link, seals.get(row["id"]))
                if broken is not None:
                    return broken
                after, link = row["id"], row["hash"]
        beyond = await connection.fetchval(_sql.seals_beyond, after)
        return None if beyond is None else BrokenLink(after + 1, f"missing: the tail up to {beyond} was cut off")


async def _pages(connection: Connection, after: int) -> AsyncGenerator[list[asyncpg.Record]]:
    while page := await connection.fetch(_sql.read_links, after, _PAGE):
        yield page
        after = page[-1]["id"]


def _check(row: asyncpg.Record, before: int, link: bytes, sealed: bytes | None) -> BrokenLink | None:
    if row["id"] != before + 1:
        return BrokenLink(before + 1, "missing")
    if row["prev_hash"] != link:
        return BrokenLink(row["id"], "does not follow the event before it")
    moments = to_micros(row["at"]), to_micros(row["received_at"])
    if row["hash"] != _link(link, row["id"], *moments, row["type"], row["subject"], row["body"], _owned(row)):
        return BrokenLink(row["id"], "its content is not what was written")
    if sealed is not None and sealed != row["hash"]:
        return BrokenLink(row["id"], "is not the event that was sealed")
    return None


def _link(
    previous: bytes, id_: int, at: int, received: int, type_: str, subject: str, body: str, owned: Owned
) -> bytes:
    """A JSON list: no two contents share a form. The order of fields is for ever."""
    content = _json.encode([id_, at, received, str(type_), subject, body, _dimensions(owned)])
    return hashlib.sha256(previous + content).digest()


_OWNED = ("area", "community", "industry", "grid", "unit", "station", "firm", "org")
_COLUMNS = ("id", "at", "received_at", "type", "subject", "body", *_OWNED, "prev_hash", "hash")
_dimensions = attrgetter(*_OWNED)


def _owned(row: asyncpg.Record) -> Owned:
    return Owned(**{name: row[name] for name in _OWNED})


def _event(row: asyncpg.Record) -> Event:
    return Event(
        id=row["id"],
        type=EventType(row["type"]),
        subject=row["subject"],
        at=to_micros(row["at"]),
        received_at=to_micros(row["received_at"]),
        body=_body.decode(row["body"]),
        owned=_owned(row),
    )
