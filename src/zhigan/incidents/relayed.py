"""What another service says of an incident, or is told of it: the platform's lines, and the steps that follow.

Enters: an incident's id, the line's word and detail, whose word it is, and how far the other service has come. Leaves:
the chained line, the steps that the life cycle has for it, and the event draft that the caller appends as its last act.
An incident that went into another one is told of there; a closed one only gets its line. Absent: who the other service
is (outlets), HTTP, and any lowering: what another says never closes an incident.
"""

import msgspec

from zhigan.incidents.ledger import Entry
from zhigan.incidents.model import Actor, State
from zhigan.incidents.rows import Row, draft
from zhigan.incidents.rules import Ask, Impossible, Step, judge
from zhigan.incidents.steps import say
from zhigan.incidents.store import NoIncident, keep, lock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType

ON_THE_WAY: dict[Step, tuple[Step, ...]] = {
    Step.DISPATCH: (Step.DISPATCH,),
    Step.RESPOND: (Step.DISPATCH, Step.RESPOND),
}
"""To be answered, an incident must have been handed over: what came out of order is made up for."""


class Relayed(msgspec.Struct, frozen=True):
    row: Row
    draft: Draft


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """`flag`: what the desk's list shows of it from then on; `reached`: the step that follows from it."""

    what: str
    detail: dict[str, object]
    flag: str = ""
    reached: Step | None = None


async def relay(conn: Connection, incident: str, word: Word, who: Actor, now: int) -> Relayed:
    """Raises `NoIncident`. In the caller's transaction, under the row's lock."""
    rows = {row.id: row for row in await lock(conn, {incident})}
    row = rows.get(incident)
    if row is None:
        raise NoIncident(incident)
    if row.merged_into is not None:
        row = rows[row.merged_into]
    entries = told(row, word, who, now)
    await keep(conn, [row], entries)
    return Relayed(row, draft(row, EventType.INCIDENT_CHANGED, now))


def told(row: Row, word: Word, who: Actor, now: int) -> list[Entry]:
    """Worked into the row. Pure."""
    if word.flag:
        row.flag(word.flag)
    for step in () if word.reached is None else ON_THE_WAY[word.reached]:
        _reach(row, step)
    row.version += 1
    return [say(row, word.what, word.detail, who, now)]


def _reach(row: Row, step: Step) -> None:
    """The step as the platform takes it, where the life cycle has it now."""
    if row.state is State.CLOSED:
        return
    try:
        row.state = judge(row.queue, row.state, step, Ask(), None).next
    except Impossible:
        return
