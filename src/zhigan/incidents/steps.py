"""A step worked into an incident's row, and the timeline lines it leaves. Pure.

Enters: the locked row, what `rules.judge` made of the step, who takes it. Leaves: the row changed in place, chained
lines. Absent: whether the step is allowed (rules), SQL (store).
"""

import msgspec

from zhigan.incidents.ledger import Entry, absorb
from zhigan.incidents.model import SENT_BACK, Actor, Outcome, Reason, State, Why
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import PAST, Act, Line, Step, chain
from zhigan.vocabulary.causes import BY_CODE
from zhigan.vocabulary.events import EventType

_encode = msgspec.json.Encoder(order="deterministic").encode


def take(row: Row, act: Act, actor: Actor, now: int) -> list[Entry]:
    """Confirm and dismiss straight from `open` accept in the same step: two lines, one version."""
    entries: list[Entry] = []
    if act.claims and row.claimed_by != actor.id:
        row.claimed_by, row.claimed_name, row.claimed_at = actor.id, actor.name, now
        if act.step is not Step.ACCEPT:
            entries.append(_line(row, Step.ACCEPT, {}, actor, now))
    if act.releases:
        row.claimed_by = row.claimed_name = row.claimed_at = None
    said = {"outcome": act.outcome, "cause": act.cause, "basis": act.basis, "note": act.note}
    entries.append(_line(row, act.step, {k: v for k, v in said.items() if v is not None}, actor, now))
    if act.step is Step.CONFIRM:
        row.basis, row.confirmed_at = act.basis, now
        row.argue((Reason(Why.CONFIRMED),))
    if act.grade is not None:
        row.grade = min(row.grade, act.grade)
    if act.step is Step.FINISH:
        row.cause = act.cause
        row.unflag(SENT_BACK)
    if act.step is Step.SEND_BACK:
        row.flag(SENT_BACK)
    if closes(row, act):
        mended = act.step is Step.APPROVE
        row.cause = act.cause or (row.cause if mended else None)
        row.closed_at, row.outcome = now, act.outcome or (_mended(row.cause) if mended else None)
    row.state = act.next
    row.version += 1
    return entries


def _mended(cause: str | None) -> Outcome:
    return Outcome.OTHER if cause is None else Outcome(BY_CODE[cause].outcome)


def closes(row: Row, act: Act) -> bool:
    return act.next is State.CLOSED and row.closed_at is None


def event_type(row: Row, act: Act) -> EventType:
    """After `take`: a note on a closed incident closes nothing."""
    closed = row.state is State.CLOSED and act.step is not Step.NOTE
    return EventType.INCIDENT_CLOSED if closed else EventType.INCIDENT_CHANGED


def join(row: Row, into: Row, actor: Actor, now: int, note: str | None) -> list[Entry]:
    """Merged by hand: `row` goes on inside `into`, and both say so."""
    more: dict[str, object] = {} if note is None else {"note": note}
    row.merged_into = into.id
    absorb(into, row)
    into.concede(row.reasons)
    row.version += 1
    into.version += 1
    return [
        say(row, "merged", {"into": into.id, **more}, actor, now),
        say(into, "absorbed", {"incident": row.id, **more}, actor, now),
    ]


def part(
    row: Row, child: Row, alarms: list[dict[str, object]], actor: Actor, now: int, note: str | None
) -> list[Entry]:
    """Split by hand: `alarms` go on in `child`, as grave as what they were in, and both say so."""
    more: dict[str, object] = {} if note is None else {"note": note}
    child.merged_into, child.split_from = None, row.id
    child.grade = min(child.grade, row.grade)
    child.argue((Reason(Why.SPLIT, {"person": actor.name}),))
    child.concede(tuple(r for r in row.reasons if r.why is not Why.CONFIRMED))
    for name in row.flags:
        child.flag(name)
    child.verify_by, child.answer_by = row.verify_by, row.answer_by
    child.alarm_count = len(alarms)
    row.alarm_count -= len(alarms)
    row.version += 1
    child.version += 1
    return [
        say(row, "split", {"into": child.id, "alarms": alarms, **more}, actor, now),
        say(child, "separated", {"incident": row.id, "grade": child.grade.name, "alarms": alarms, **more}, actor, now),
    ]


def attach(row: Row, said: dict[str, object], actor: Actor, now: int) -> list[Entry]:
    row.version += 1
    return [say(row, "attached", said, actor, now)]


def _line(row: Row, step: Step, said: dict[str, str], actor: Actor, now: int) -> Entry:
    return say(row, PAST[step], dict(said), actor, now)


def say(row: Row, what: str, said: dict[str, object], actor: Actor, now: int) -> Entry:
    """A line by somebody, chained to the one before."""
    row.seq += 1
    detail = dict(said)
    if actor.role is not None:
        detail |= {"account": actor.id, "role": actor.role.value}
    line = Line(row.id, row.seq, now, actor.name, what, _encode(detail).decode())
    prev, row.hash = row.hash, chain(row.hash, line)
    return Entry(line, prev, row.hash)
