"""Following the readings of circuits that may be cut by themselves, every `PAUSE_S`, beside the alarms' path.

Enters: agreements that stand, the newest readings of their channels by one question; where one is over its limit, its
readings of the hold. Leaves: a trip written down; where it is live and everything holds, an order to cut that two
people approved beforehand, counting down before everyone's eyes like any other. Absent: release, sending and proof
(worker).
"""

import asyncio
from collections.abc import Sequence

import structlog

from zhigan.bus import log
from zhigan.commands import rules as command_rules
from zhigan.commands import store as commands
from zhigan.commands.interlock import Interlock
from zhigan.commands.model import AUTOMATIC, CutPower, Name, Past, State, Target
from zhigan.desks.electrical import automatic, automatic_rules, rules, store
from zhigan.desks.electrical.automatic import Standing
from zhigan.desks.electrical.automatic_rules import Series, Trip
from zhigan.desks.electrical.model import Channel
from zhigan.history import store as history
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.moments import MINUTE, to_datetime
from zhigan.webapi.audit import by_platform
from zhigan.webapi.database import Database

PAUSE_S = 5.0
GOING = frozenset({State.AWAITING_APPROVAL, State.PENDING, State.SENT, State.ACKNOWLEDGED})
_log = structlog.get_logger("desks.electrical")


async def follow(db: Database, interlock: Interlock, clock: Clock) -> int:
    """How many trips were written down. Two processes that follow write each of them once."""
    now = clock.micros()
    async with db.owner() as conn:
        agreed = await automatic.standing(conn, now)
        if not agreed:
            return 0
        own = await store.channels(conn, [each.agreement.circuit for each in agreed])
        newest = await store.lasts(conn, own, now, automatic_rules.HEARD_WITHIN)
    over = [each for each in agreed if _over(each, own[each.agreement.circuit], newest)]
    return sum([await _one(db, interlock, clock, each, own[each.agreement.circuit], newest) for each in over])


def _over(each: Standing, own: Sequence[Channel], newest: rules.Lasts) -> bool:
    limits = dict(each.agreement.limits)
    return any(
        c.metric in limits and (r := newest.get((c.number, c.metric))) is not None and r.value >= limits[c.metric]
        for c in own
    )


async def _one(
    db: Database, interlock: Interlock, clock: Clock, seen: Standing, own: Sequence[Channel], newest: rules.Lasts
) -> bool:
    now = clock.micros()
    try:
        async with db.owner() as conn:
            if not await automatic.locked(conn, seen.agreement.id):
                return False
            (each,) = await automatic.standing(conn, now, seen.agreement.circuit)
            series = await _series(conn, each, own, now)
            ground = await automatic.ground(conn, interlock, each)
            state = rules.state(own, newest, each.rating_a, now)
            trip = automatic_rules.judge(each.agreement, ground, series, state, now)
            if trip is None or (trip.cuts and await _under_way(conn, each.agreement.circuit)):
                return False
            command = mint(clock) if trip.cuts else None
            await automatic.tripped(conn, mint(clock), each.agreement.id, trip, command, now)
            detail = {"circuit": each.agreement.circuit, "live": trip.live, "said": trip.said, "against": trip.against}
            await by_platform(conn, to_datetime(now), "automatic.tripped", each.agreement.circuit, detail)
            if command is not None and ground.target is not None:
                await _cut(conn, command, ground.target, each, trip, now)
            return True
    except commands.UnderWay:
        return False  # somebody cuts it already


async def _under_way(conn: Connection, circuit: str) -> bool:
    return any(c.state in GOING for c in await commands.of_circuit(conn, circuit, 5))


async def _series(conn: Connection, each: Standing, own: Sequence[Channel], now: int) -> list[Series]:
    begin = now - each.agreement.hold - automatic_rules.GAP
    watched = {limit.metric for limit in each.agreement.limits}
    return [
        Series(c.metric, c.phase, c.conditions, await history.readings(
            conn, c.number, c.parent, c.metric, begin, now + 5 * MINUTE, history.MOST_READINGS
        ))
        for c in own
        if c.metric in watched
    ]  # fmt: skip


async def _cut(conn: Connection, id_: str, target: Target, each: Standing, trip: Trip, now: int) -> None:
    """Asked for and approved in one transaction: two people did both beforehand. It counts down like every cut."""
    kind = command_rules.KINDS[Name.CUT_POWER]
    agreed = each.agreement
    asked = Past(now, State.AWAITING_APPROVAL, AUTOMATIC, "")
    reason = CutPower(trip.said)
    drafts = [await commands.ask(conn, id_, target, kind.name, reason, asked.state, asked, AUTOMATIC)]
    known = await commands.locked(conn, id_)
    approved = Past(now, State.PENDING, f"{agreed.asked_by}, {agreed.approved_by}", "")
    _, draft = await commands.move(
        conn, known, approved, approver=(agreed.approver or "", agreed.approved_by),
        expires_at=command_rules.approved_until(kind, target, now), due_at=now + kind.countdown,
    )  # fmt: skip
    drafts.append(draft)
    at, detail = to_datetime(now), {"agreement": agreed.id, "reason": trip.said}
    await by_platform(conn, at, "command.awaiting_approval", id_, detail, AUTOMATIC)
    await by_platform(conn, at, "command.approved", id_, {"people": approved.who}, AUTOMATIC)
    await log.append(conn, drafts, now)


async def still_fits(conn: Connection, interlock: Interlock, command: str, now: int) -> None:
    """At the end of an automatic countdown: may it go? Else it is refused with the reason."""
    behind = await automatic.circuit_of(conn, command)
    found = [] if behind is None else await automatic.standing(conn, now, behind[0])
    stands = [each for each in found if behind is not None and each.agreement.id == behind[1]]
    if not stands or automatic_rules.mode(stands[0].agreement, now) != "live":
        raise command_rules.Impossible("The automatic cut-off was ended meanwhile.")
    circuit = stands[0].agreement.circuit
    watched = {limit.metric for limit in stands[0].agreement.limits}
    conditions = 0
    for channel in (await store.channels(conn, [circuit]))[circuit]:
        conditions |= channel.conditions if channel.metric in watched else 0
    automatic_rules.fits(await automatic.ground(conn, interlock, stands[0]), conditions, now)


async def run(db: Database, clock: Clock, interlock: Interlock) -> None:
    """Until cancelled."""
    while True:
        try:
            await follow(db, interlock, clock)
        except UNAVAILABLE as error:
            _log.warning("automatic cut-off waits for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
