"""What is looked at on a round, and how rounds and repairs stand. Pure; `now` is an argument.

Enters: figures, instants. Leaves: words. Absent: rows.
"""

from datetime import date, datetime, timedelta

from zhigan.desks.hydrants.model import NewHydrantVisit, RepairState, RoundState
from zhigan.incidents.model import State
from zhigan.vocabulary.moments import SHANGHAI

CHECKLIST = ("appearance", "clear", "caps", "leak", "pressure", "water", "sign")
"""Words stand in the pages' catalogue (`check.*`)."""
POINTS = frozenset(CHECKLIST)
FOUND = ("usable", "low_pressure", "no_water", "damaged", "blocked")
"""Which states somebody before it can tell."""
OLDEST = timedelta(days=7)
"""A visit that a phone kept for longer than this counts as made when it is told."""
FARTHEST_M = 5000
"""A correction farther than this is another hydrant, or a phone that does not know where it is."""
COARSEST_M = 50


def round_state(due_on: date, total: int, seen: int, ended_at: datetime | None, now: datetime) -> RoundState:
    if seen >= total:
        return "done"
    if ended_at is not None:
        return "ended"
    return "overdue" if now.astimezone(SHANGHAI).date() > due_on else "open"


def repair_state(state: State) -> RepairState:
    match state:
        case State.DONE:
            return "repaired"
        case State.CLOSED:
            return "accepted"
        case _:
            return "open"


def told_at(given: datetime | None, now: datetime) -> datetime:
    """The phone's own time, while it is plausible."""
    return given if given is not None and now - OLDEST <= given <= now else now


def wrong(new: NewHydrantVisit) -> tuple[str, str] | None:
    """Field and what is wanted there; None where the visit holds together."""
    for field, points in (("good", new.good), ("bad", new.bad)):
        if not set(points) <= POINTS:
            return field, f"one of {', '.join(CHECKLIST)}"
    if (new.passed and new.bad) or (not new.passed and not (new.bad or new.note.strip())):
        return "passed", "true with no point in `bad`; else false, with a point in `bad` or a note"
    if new.state and new.state not in FOUND:
        return "state", f"one of {', '.join(FOUND)}"
    if new.at is not None and new.at.tzinfo is None:
        return "at", "a time with its offset"
    if (new.lon is None) != (new.lat is None):
        return ("lon" if new.lon is None else "lat"), "is required where the other is given"
    return None
