"""What a partner is told, when it is tried again, and when somebody must look. Pure: `now` is an argument.

Enters: a filter, an event's body, an incident's row, a status. Leaves: verdicts. Absent: SQL, sockets, wire forms.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from zhigan.incidents.model import Outcome, State
from zhigan.outlets.subscriptions.model import Exercises, Filter, Known, Nature, Thread, What
from zhigan.vocabulary.events import EventType

FOLLOWED = frozenset(
    {
        EventType.INCIDENT_OPENED, EventType.INCIDENT_CHANGED, EventType.INCIDENT_RESPONDED,
        EventType.INCIDENT_MERGED, EventType.INCIDENT_CLOSED, EventType.INCIDENT_LEFT,
    }
)  # fmt: skip
CLOSING = (EventType.INCIDENT_CLOSED, EventType.INCIDENT_MERGED)
CONFIRMED = frozenset({State.CONFIRMED.value, State.DISPATCHED.value, State.RESPONDING.value})
DESK, ATTENTION = "desk", "attention"
PAUSES_S = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
LONG_PAUSE_S = 900.0
LONG = timedelta(days=1)
MOST_ASKED = timedelta(hours=1)
"""A receiver may ask for more time (Retry-After), but for no more than this."""
FAILING = timedelta(minutes=10)
"""Then a person is told."""
GONE = 410
LEFT = "left"


def concerns(kept: Filter, kind: EventType, body: Mapping[str, object], *, before: bool) -> bool:
    """By the event alone. `before`: the partner was told of this incident already; what has left the scope, ended or
    goes on concerns nobody else. "Opened" is the first time that an incident is what was asked for, be it raised."""
    if kind is EventType.INCIDENT_LEFT:
        return before
    if kind not in FOLLOWED or not _of(kind, str(body.get("queue", "")), before=before) & kept.what:
        return False
    if kept.grades and str(body.get("grade", "")) not in {grade.name for grade in kept.grades}:
        return before and kind in CLOSING
    return not kept.kinds or str(body.get("kind", "")) in kept.kinds


def _of(kind: EventType, queue: str, *, before: bool) -> set[What]:
    if queue != DESK:
        return {What.ATTENTION if queue == ATTENTION else What.TASKS}
    if kind is EventType.INCIDENT_OPENED:
        return {What.OPENED}
    if kind in CLOSING:
        return {What.CLOSED}
    return {What.CHANGED} if before else {What.CHANGED, What.OPENED}


def suits(kept: Filter, kind: EventType, body: Mapping[str, object], known: Known) -> bool:
    """By the incident besides: what only it knows."""
    if kept.exercises is Exercises.LEFT_OUT and known.nature is not Nature.ACTUAL:
        return False
    if not kept.confirmed or body.get("queue") != DESK:
        return True
    if str(body.get("state", "")) in CONFIRMED:
        return True
    return kind in CLOSING and known.confirmed


def nature(outcome: Outcome | None, flags: Sequence[str]) -> Nature:
    if outcome is Outcome.DRILL:
        return Nature.EXERCISE
    return Nature.TEST if "test" in flags or outcome is Outcome.TEST else Nature.ACTUAL


def told(kind: EventType, body: Mapping[str, object]) -> str:
    """What a CAP message says; where nothing of it is new there is no message."""
    if kind is EventType.INCIDENT_LEFT:
        return LEFT
    if kind is EventType.INCIDENT_MERGED:
        return "merged"
    state = str(body.get("state", ""))
    stage = "open" if state in (State.OPEN, State.VERIFYING) else "confirmed" if state in CONFIRMED else state
    return f"{body.get('grade', '')} {body.get('kind', '')} {stage}"


def standing(thread: Thread | None) -> Thread | None:
    """What left the scope and comes back begins anew."""
    return None if thread is None or thread.told == LEFT else thread


def continued(before: Thread | None, id_: str, sent: datetime, told: str) -> Thread:
    """Behind one more message."""
    first = (id_, sent) if before is None else (before.first_id, before.first_sent)
    return Thread(first_id=first[0], first_sent=first[1], last_id=id_, last_sent=sent, told=told)


def pause(failures: int, failing_for: timedelta, asked_s: float | None) -> timedelta:
    """After so many failures in a row; Retry-After is honoured as far as it is reasonable."""
    usual = LONG_PAUSE_S if failing_for >= LONG else PAUSES_S[min(max(failures, 1), len(PAUSES_S)) - 1]
    return min(MOST_ASKED, timedelta(seconds=max(usual, asked_s or 0.0)))


def retry_after(text: str) -> float | None:
    """Seconds; a date is left to our own pauses."""
    return float(text) if text.isdigit() and len(text) <= 9 else None


def failing(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= FAILING
