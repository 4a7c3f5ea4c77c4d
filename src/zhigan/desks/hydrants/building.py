"""Water of a building (消防水压水位监控): tanks, pipes and pumps beside what holds for them. Pure.

Enters: conditions, the limits of a type and those of a place's own. Leaves: a pump's state in one word, the limits that
are shown. Absent: readings, rows.
"""

from collections.abc import Sequence

from zhigan.desks.hydrants.model import PumpState, WaterLimit
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.limits import Limit

TYPES = {"water_level": "level", "water_pressure": "pressure", "pump": ""}
"""Types of device, and what each measures."""
_PUMP: tuple[tuple[Condition, PumpState], ...] = (
    (Condition.OFFLINE, "unknown"),
    (Condition.POWER_FAULT | Condition.MAINS_FAULT, "power_lost"),
    (Condition.PUMP_OFF, "off"),
    (Condition.STARTED | Condition.FEEDBACK, "running"),
    (Condition.MANUAL_MODE, "manual"),
)
"""The gravest first: a pump without power does not run, whatever it said before."""


def pump_state(conditions: int, seen: bool) -> PumpState:
    if not seen:
        return "unknown"
    for mask, word in _PUMP:
        if conditions & mask:
            return word
    return "standby"


def limits(type_: str, of_all: Sequence[Limit], own: Sequence[Limit]) -> list[WaterLimit]:
    """A place's own stand instead of the policy's, as the engine judges."""
    metric = TYPES[type_]
    mine = [limit for limit in own if limit.metric == metric]
    rows = mine or [limit for limit in of_all if limit.metric == metric and (not limit.types or type_ in limit.types)]
    return [WaterLimit(r.condition, r.at, r.below, r.source) for r in sorted(rows, key=lambda r: -r.at)]
