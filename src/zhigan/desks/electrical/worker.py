"""The end of a countdown and the proof of a cut: every `PAUSE_S`, and at once after a start.

Enters: the database, the clock, the interlock. Leaves: approved cuts judged once more at the end of their countdown and
then released to the gateway, or cancelled with the reason; cuts that their device has taken confirmed by what is
measured, or said to be unconfirmed. Where this worker does not run, nothing is released: the order expires unsent.
Absent: sending (gateways), and who asked (commands).
"""

import asyncio

import structlog

from zhigan.bus import log
from zhigan.commands import rules as command_rules
from zhigan.commands import store as commands
from zhigan.commands.interlock import Interlock
from zhigan.commands.model import AUTOMATIC, Command, Past, State
from zhigan.desks.electrical import following, rules, store
from zhigan.desks.electrical.model import Channel, Row
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_datetime
from zhigan.webapi.database import Database

PAUSE_S = 0.5
PLATFORM = "platform"
_log = structlog.get_logger("desks.electrical")


async def release(db: Database, interlock: Interlock, now: int) -> int:
    """Countdowns that are over; how many orders went to their gateways. Each in a transaction of its own."""
    async with db.owner() as conn:
        due = await commands.counted_down(conn, now)
    return sum([await _release(db, interlock, id_, now) for id_ in due])


async def _release(db: Database, interlock: Interlock, id_: str, now: int) -> bool:
    async with db.owner() as conn:
        known = await commands.locked(conn, id_)
        if known.state is not State.PENDING or not known.held:
            return False  # somebody was faster: stopped, or released by another process
        target = await commands.target(conn, known.device_id)
        try:
            if target is None:
                raise command_rules.Impossible("The device has been replaced or retired.")
            command_rules.releases(known, await interlock.ground(conn, target), now)
            if known.requested_by == AUTOMATIC:
                await following.still_fits(conn, interlock, id_, now)
        except command_rules.Refusal as refusal:
            drafts: list[Draft] = [await commands.end(conn, known, Past(now, State.CANCELLED, PLATFORM, str(refusal)))]
            await log.append(conn, drafts, now)
            return False
        await commands.release(conn, id_, carries=await _carries(conn, known, now))
    return True


async def _carries(conn: Connection, known: Command, now: int) -> bool:
    """Not where every phase was just measured without current: then its absence afterwards proves nothing."""
    if not known.measured:
        return False
    row, own, readings = await _seen(conn, known, now, rules.LIVE_WITHIN)
    return rules.state(own, readings, None if row is None else row.rating_a, now) != "dead"


async def prove(db: Database, now: int) -> int:
    """Cuts that their devices have taken; of how many something could be said."""
    async with db.owner() as conn:
        waiting = await commands.to_prove(conn)
    return sum([await _prove(db, each.id, now) for each in waiting])


async def _prove(db: Database, id_: str, now: int) -> bool:
    async with db.owner() as conn:
        known = await commands.locked(conn, id_)
        if known.state is not State.ACKNOWLEDGED:
            return False
        found = await _measured(conn, known, now) if known.measured else rules.unprovable(known.changed_at, now)
        if found.dead is None:
            return False
        after = State.CONFIRMED if found.dead else State.FAILED
        drafts = [await commands.end(conn, known, Past(now, after, PLATFORM, found.said))]
        await log.append(conn, drafts, now)
    return True


async def _measured(conn: Connection, known: Command, now: int) -> rules.Proof:
    """A circuit that was taken away meanwhile proves nothing."""
    row, own, readings = await _seen(conn, known, now, rules.FRESH)
    return rules.proof(own, readings, None if row is None else row.rating_a, known.changed_at, now)


async def _seen(
    conn: Connection, known: Command, now: int, within: int
) -> tuple[Row | None, list[Channel], rules.Lasts]:
    row = await store.one(conn, known.circuit, to_datetime(now))
    own = (await store.channels(conn, [known.circuit]))[known.circuit]
    return row, own, await store.lasts(conn, {known.circuit: own}, now, within)


async def run(db: Database, clock: Clock, interlock: Interlock) -> None:
    """Until cancelled."""
    while True:
        try:
            await release(db, interlock, clock.micros())
            await prove(db, clock.micros())
        except UNAVAILABLE as error:
            _log.warning("cuts wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
