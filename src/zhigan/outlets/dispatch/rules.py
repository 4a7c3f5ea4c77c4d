"""When a fire is handed over, again, and when a person must call. Pure: `now` is an argument.

Enters: how an incident stands, what was handed over before, an answer. Leaves: what to hand over; a message's next
state; the pause before the next attempt. Absent: SQL, sockets.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from zhigan.outlets.dispatch.model import OVER, Act, HandOver, State, Target
from zhigan.protocols.couriers.model import Answer, Said

RESTORED = "restored"
"""The cause of a word on the water that is the last one."""
LIMIT_MS = 3000
"""From confirmation to the centre's acknowledgement (GB 50440)."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
SHUT_PAUSE_S = 30.0
GIVE_UP = timedelta(hours=24)
UPDATE_EVERY = timedelta(seconds=30)
"""More alarms of a spreading fire are told together."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What decides of an incident. `by_hand`: the desk took the step itself."""

    fire: bool
    confirmed: bool
    by_hand: bool
    closed: bool
    false: bool
    alarms: int
    cause: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    target: str
    act: Act
    due_at: datetime
    alert: str | None = None
    cause: str = ""


def serves(target: Target, area: str) -> bool:
    return not target.areas or any(area.startswith(prefix) for prefix in target.areas)


def wanted(s: Standing, targets: Sequence[Target], before: Sequence[HandOver], now: datetime) -> list[Wanted]:
    """What is to be handed over now. `targets`: enabled and serving the place; `before`: of this incident, by seq."""
    if s.closed:
        return _cancels(s, before, now) if s.false else []
    if not s.confirmed:
        return []
    found: list[Wanted] = []
    for target in targets:
        alerts = [h for h in before if h.target == target.id and h.act is Act.ALERT]
        if not alerts:
            if s.by_hand or (s.fire and target.automatic):
                found.append(Wanted(target=target.id, act=Act.ALERT, due_at=now))
        elif update := _update(s, alerts[-1], [h for h in before if h.target == target.id], now):
            found.append(update)
    return found


def water(closed: bool, targets: Sequence[Target], before: Sequence[HandOver], now: datetime) -> list[Wanted]:
    """Of a zone without pressure each of these targets is told once, and once more when it is back."""
    found: list[Wanted] = []
    for target in targets:
        told = [h for h in before if h.target == target.id and h.act is Act.WATER]
        if len(told) < (1 if not closed else 2 if told else 0):
            cause, first = (RESTORED, told[0].id) if closed else ("", None)
            found.append(Wanted(target=target.id, act=Act.WATER, due_at=now, alert=first, cause=cause))
    return found


def _update(s: Standing, alert: HandOver, mine: Sequence[HandOver], now: datetime) -> Wanted | None:
    """Not while the alert itself waits: it will say how things stand then."""
    if alert.state is not State.ACKNOWLEDGED or any(h.act is Act.UPDATE and h.state not in OVER for h in mine):
        return None
    if s.alarms <= max(h.alarms for h in mine):
        return None
    last = max((h.first_sent_at for h in mine if h.first_sent_at is not None), default=now)
    return Wanted(target=alert.target, act=Act.UPDATE, due_at=max(now, last + UPDATE_EVERY), alert=alert.id)


def _cancels(s: Standing, before: Sequence[HandOver], now: datetime) -> list[Wanted]:
    """Where the alert may have been taken. What surely was never sent is only stopped."""
    cancelled = {h.alert for h in before if h.act is Act.CANCEL}
    return [
        Wanted(target=h.target, act=Act.CANCEL, due_at=now, alert=h.id, cause=s.cause)
        for h in before
        if h.act is Act.ALERT and h.id not in cancelled and h.first_sent_at is not None and h.state is not State.REFUSED
    ]


def pause(attempts: int, said: Answer) -> timedelta:
    if said.said is Said.UNREACHED and said.code.isdigit():
        return timedelta(seconds=SHUT_PAUSE_S)
    return timedelta(seconds=PAUSES_S[min(attempts, len(PAUSES_S)) - 1 if attempts else 0])


def after(hand_over: HandOver, said: Answer, now: datetime) -> tuple[State, datetime]:
    """The state that an answer makes, and when the message is due again. The same id makes repeating harmless."""
    if said.said is Said.TAKEN:
        return State.ACKNOWLEDGED, now
    if said.said is Said.REFUSED:
        return State.REFUSED, now
    if now - hand_over.asked_at > GIVE_UP:
        return State.FAILED, now
    return State.WAITING, now + pause(hand_over.attempts, said)


def calls(alert: HandOver, receipt_s: float, now: datetime) -> bool:
    """Must a person telephone? No receipt in time, or none to be expected."""
    if alert.act is not Act.ALERT or alert.state in (State.ACKNOWLEDGED, State.CANCELLED):
        return False
    return alert.state in (State.REFUSED, State.FAILED) or now - alert.asked_at >= timedelta(seconds=receipt_s)
