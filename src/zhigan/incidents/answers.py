"""What people on site answer, and what an answer makes of an incident. Pure.

Enters: the locked row, an answer, who gives it. Leaves: the row changed in place and its chained line. Absent: SQL
(responses.py), and telling more people (a reader of the event log does).

An answer is no step of the life cycle: it never closes, and it never lowers anything. `fire` counts as confirmed by a
person: grade I at once, also while the engine is away. Whatever is said but `not_there` is the site's answer, so that
silence no longer raises the grade; `not_there` asks for help: the micro station is sent without waiting longer.
"""

import msgspec

from zhigan.incidents.ledger import SPENT, Entry
from zhigan.incidents.model import Actor, Answer, Outcome, Reason, State, Why
from zhigan.incidents.rows import Row, iso
from zhigan.incidents.rules import Impossible, NotYours, Wanting
from zhigan.incidents.steps import say
from zhigan.vocabulary.causes import BY_CODE
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import HOUR, MINUTE
from zhigan.vocabulary.roles import RESPONSE_ROLES, Role

ANSWERED, SITE_FIRE, SITE_NO_FIRE, HELP = "answered", "site_fire", "site_no_fire", "help_wanted"
"""Flags that an answer leaves on the incident."""
STATION_SENT = "station_sent"
OLDEST = 24 * HOUR
"""A phone without a network may tell later; what it says to have happened before that is told as of now."""
AHEAD = 2 * MINUTE


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: the asker's own id of it, so that a repeat is the same answer. `said_at`: when it was said (µs)."""

    kind: Answer
    cause: str | None = None
    note: str = ""
    key: str = ""
    said_at: int | None = None


def may_respond(role: Role | None) -> bool:
    """None is the platform itself: it carries what somebody pressed on a telephone."""
    return role is None or role in RESPONSE_ROLES


def check(row: Row, response: Response, actor: Actor) -> None:
    if not may_respond(actor.role):
        raise NotYours(f"The role {actor.role} does not answer for the site.")
    if response.cause is not None:
        cause = BY_CODE.get(response.cause)
        if cause is None:
            raise Wanting("cause", "one of the codes of GET /api/v1/causes")
        is_fire = cause.outcome == Outcome.FIRE.value
        if response.kind not in (Answer.FIRE, Answer.NO_FIRE) or is_fire is not (response.kind is Answer.FIRE):
            raise Wanting("cause", f"does not go with the answer {response.kind}")
    if row.state is State.CLOSED and response.kind is Answer.FIRE and row.outcome is not Outcome.FIRE:
        raise Impossible("The incident is closed: if it burns, call 119 and tell the desk.")


def said_at(response: Response, now: int) -> int:
    """The phone's own time while it is plausible."""
    given = response.said_at
    if given is None or given < now - OLDEST or given > now + AHEAD:
        return now
    return min(given, now)


def answer(row: Row, response: Response, actor: Actor, now: int) -> list[Entry]:
    """The answer worked into the row. A closed one only gets its line: what was said late is still kept."""
    said: dict[str, object] = {"response": response.kind.value}
    if response.cause is not None:
        said["cause"] = response.cause
    if response.note:
        said["note"] = response.note
    earlier = said_at(response, now)
    if now - earlier >= MINUTE // 12:
        said["said_at"] = iso(earlier)
    if row.state is not State.CLOSED:
        _work(row, response.kind, actor)
    row.version += 1
    return [say(row, "responded", said, actor, now)]


def _work(row: Row, kind: Answer, actor: Actor) -> None:
    if kind is Answer.NOT_THERE:
        for flag in (HELP, STATION_SENT, SPENT):
            row.flag(flag)
        return
    row.flag(ANSWERED)
    row.answer_by = None
    if kind is Answer.NO_FIRE:
        row.flag(SITE_NO_FIRE)
    if kind is Answer.FIRE:
        row.flag(SITE_FIRE)
        row.argue((Reason(Why.SITE_FIRE, {"person": actor.name}),))
        row.kind = Kind.FIRE
        if row.desk:  # a III or IV row is brought to the desk by the engine, which knows its slot
            row.grade = min(row.grade, Grade.I)
