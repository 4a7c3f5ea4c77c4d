"""What came from below, applied: each event once, in order, in the transaction that moves the position.

Enters: a batch whose signature held, the owner's connection in a transaction. Leaves: copies in the rooms' own tables,
links, the position, counts; the event drafts of our own log as the last act. Refused as a whole: what does not follow
from the position held here (`rules.Gap`), what is not of this platform (`rules.Foreign`). A single event that cannot be
read or written is counted, named on the page and passed over, so that it never holds up the fires behind it. Absent:
HTTP (api_peers.py).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from zhigan.bus import log
from zhigan.federation import rules, store
from zhigan.federation.applying import Applier
from zhigan.federation.model import ALIVE, LOST, TYPE, Alive, CloudEvent, Lost, Lower, Self, Told
from zhigan.federation.store import SQL, Tally
from zhigan.federation.wire import Unreadable, encode, read
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import SECOND, to_datetime, to_micros

POISON = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, Unreadable, ValueError)
LONGEST_ERROR = 300


class Taken(NamedTuple):
    position: int
    tally: Tally
    lag_s: float | None
    head: int


class Message(NamedTuple):
    event: CloudEvent
    told: Told


async def take(conn: Connection, clock: Clock, lower: Lower, own: Self, events: Sequence[CloudEvent]) -> Taken:
    """Raises `rules.Gap`, `rules.Foreign`; then nothing has been written."""
    upto = rules.chained(events, lower.platform, lower.position)
    tally, lost, messages = Tally(events=len(events)), 0, list[Message]()
    alive = Alive(now=clock.micros(), head=upto)
    for event in events:
        try:
            if event.type == ALIVE:
                alive = read(event.data, Alive)
            elif event.type == LOST:
                gone = read(event.data, Lost)
                lost += max(0, gone.last - gone.first + 1)
            elif event.type.startswith(TYPE):
                messages.append(Message(event, read(event.data, Told)))
            else:
                tally.skipped += 1
        except Unreadable as error:
            tally.unread, tally.error = tally.unread + 1, f"{event.type} {event.id}: {error}"
    applier = Applier(clock, lower, own)
    drafts = await _applied(conn, applier, messages, tally)
    now = clock.now()
    lag_s = _lag(messages, now)
    await _advance(conn, lower, upto, alive, lost, tally, lag_s, now)
    if drafts:
        await log.append(conn, drafts, to_micros(now))
    return Taken(upto, tally, lag_s, alive.head)


async def _applied(conn: Connection, applier: Applier, messages: Sequence[Message], tally: Tally) -> list[Draft]:
    """All at once; where something in it cannot be written, one by one."""
    if not messages:
        return []
    try:
        async with conn.transaction():
            done = await applier.apply(conn, [m.told for m in messages])
            _tell(tally, done.applied, done.skipped)
            return done.drafts
    except POISON:
        await asyncio.sleep(0)
    drafts: list[Draft] = []
    for message in messages:
        try:
            async with conn.transaction():
                done = await applier.apply(conn, [message.told])
                _tell(tally, done.applied, done.skipped)
                drafts += done.drafts
        except POISON as error:
            tally.unread += 1
            tally.error = f"{message.event.type} {message.event.id}: {type(error).__name__}: {error}"
    return drafts


def _tell(tally: Tally, applied: int, skipped: int) -> None:
    tally.applied += applied
    tally.skipped += skipped


def _lag(messages: Sequence[Message], now: datetime) -> float | None:
    """How old the oldest event of the batch is, by its own platform's clock."""
    try:
        times = [datetime.fromisoformat(m.event.time) for m in messages if m.event.time]
        return max(0.0, (now - min(times)).total_seconds()) if times else None
    except (ValueError, TypeError):
        return None


async def _advance(
    conn: Connection, lower: Lower, upto: int, alive: Alive, lost: int, tally: Tally, lag_s: float | None, now: datetime
) -> None:
    counts = None if alive.counts is None else encode(alive.counts).decode()
    ahead_s = (alive.now - to_micros(now)) / SECOND
    oldest = None if alive.oldest_at is None else to_datetime(alive.oldest_at)
    await conn.execute(
        SQL.advance_lower, lower.id, upto, alive.head, alive.waiting, oldest, max(alive.lost, lost), alive.down, now,
        bool(tally.applied), lag_s, ahead_s, counts, alive.version[:60], alive.protocol[:20],
        tally.error[:LONGEST_ERROR],
    )  # fmt: skip
    await store.count(conn, lower.id, now.date(), tally)
