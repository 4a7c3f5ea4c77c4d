"""What is looked at on a round, and how rounds and repairs stand. Pure; `now` is an argument.

Enters: figures, instants. Leaves: words. Absent: rows.
"""

from datetime import date, datetime

from zhigan.desks.hydrants.model import NewHydrantVisit, RepairState, RoundState
from zhigan.incidents import findings
from zhigan.incidents.model import State
from zhigan.vocabulary.moments import SHANGHAI

CHECKLIST = ("appearance", "clear", "caps", "leak", "pressure", "water", "sign")
"""Words stand in the pages' catalogue (`check.*`)."""
FOUND = ("usable", "low_pressure", "no_water", "damaged", "blocked")
"""Which states somebody before it can tell."""
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


def wrong(new: NewHydrantVisit) -> tuple[str, str] | None:
    """Field and what is wanted there; None where the visit holds together."""
    if (flaw := findings.wrong(new, CHECKLIST)) is not None:
        return flaw
    if new.state and new.state not in FOUND:
        return "state", f"one of {', '.join(FOUND)}"
    if (new.lon is None) != (new.lat is None):
        return ("lon" if new.lon is None else "lat"), "is required where the other is given"
    return None
