"""The 1-3-5-minute clock. Pure; `now` is an argument.

Enters: when a station was told and when it said each step. Leaves: seconds, and what was late. Absent: who said it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from zhigan.desks.stations.model import STEPS, DrillRank, TurnoutClock, TurnoutStep

DUE_S: dict[TurnoutStep, int] = {"left": 60, "arrived": 180, "acting": 300}
RADIUS_M = 3000
"""Where a station has said nothing: as far as three minutes reach."""
LONGEST = timedelta(minutes=30)
"""A drill that nobody ends is over by then."""
RANKED = timedelta(days=90)


def clock(
    told: datetime | None, said: Mapping[TurnoutStep, datetime | None], ended: datetime | None, now: datetime
) -> TurnoutClock:
    if told is None:
        return TurnoutClock(told_at=None)
    seconds = {step: _since(told, said.get(step)) for step in STEPS}
    waited = ((ended or now) - told).total_seconds()
    late: list[TurnoutStep] = [step for step, due in DUE_S.items() if _late(seconds[step], waited, due)]
    return TurnoutClock(
        told_at=told, seen_s=seconds["seen"], left_s=seconds["left"], arrived_s=seconds["arrived"],
        acting_s=seconds["acting"], late=late,
    )  # fmt: skip


def _since(told: datetime, at: datetime | None) -> int | None:
    return None if at is None else max(0, int((at - told).total_seconds()))


def _late(took: int | None, waited: float, due: int) -> bool:
    return (waited if took is None else took) > due


def passed(shown: TurnoutClock, why: str) -> bool:
    return why == "done" and not shown.late


def order(one: DrillRank) -> tuple[str, float, int, str]:
    """Within a county the station that passes most often, then the quickest."""
    return one.area, -one.passed / one.drills, one.acting_s if one.acting_s is not None else 10_000, one.station
