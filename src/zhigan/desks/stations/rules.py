"""The 1-3-5-minute clock. Pure; `now` is an argument.

Enters: when a station was told and when it said each step. Leaves: seconds, and what was late; whose answer it was;
drills ranked. Absent: what was said.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from zhigan.desks.stations.model import STEPS, DrillRank, StationDrill, TurnoutClock, TurnoutStep
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.scopes import ScopeError, parse

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
    waited = _since(told, ended or now)
    late: list[TurnoutStep] = [step for step, due in DUE_S.items() if _late(seconds[step], waited, due)]
    return TurnoutClock(
        told_at=told, seen_s=seconds["seen"], left_s=seconds["left"], arrived_s=seconds["arrived"],
        acting_s=seconds["acting"], late=late,
    )  # fmt: skip


def _since(told: datetime, at: datetime | None) -> int | None:
    return None if at is None else max(0, int((at - told).total_seconds()))


def _late(took: int | None, waited: int | None, due: int) -> bool:
    """In whole seconds, whether it has been said or is waited for: nobody is late at 60.5 s who was in time at 60.9."""
    return (waited or 0 if took is None else took) > due


def passed(shown: TurnoutClock, why: str) -> bool:
    return why == "done" and not shown.late


def today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def of(scope: str, by_phone: str, own: str) -> str:
    """Whose people an account is of. `by_phone`: the station among whose people its telephone stands; it says which of
    several that the scope names. Else the scope's own, the alarm's first. An account of the unit itself is of the
    unit's station; one that says neither is of no station (""): its answer is nobody else's."""
    try:
        terms = parse(scope).terms
    except ScopeError:
        return by_phone
    named = terms.get("station", ())
    if by_phone and (not named or by_phone in named):
        return by_phone
    if named:
        return own if own in named else named[0]
    return own if "unit" in terms else ""


def ranking(drills: Iterable[StationDrill]) -> list[DrillRank]:
    """Drills that were run to their end are counted; those that somebody stopped stand beside them. One that a real
    alarm ended says nothing of the station."""
    held = sorted((d for d in drills if d.ended_why in ("done", "time", "stopped")), key=lambda d: d.station_id)
    ranked = [_rank(list(listed)) for _, listed in groupby(held, key=lambda d: d.station_id)]
    return sorted(ranked, key=order)


def _rank(held: Sequence[StationDrill]) -> DrillRank:
    full = [d for d in held if d.ended_why != "stopped"]
    took = [d.clock.acting_s for d in full if d.clock.acting_s is not None]
    return DrillRank(
        area=held[0].area, station_id=held[0].station_id, station=held[0].station, drills=len(full),
        passed=sum(d.passed for d in full), stopped=len(held) - len(full),
        acting_s=round(sum(took) / len(took)) if took else None,
    )  # fmt: skip


def order(one: DrillRank) -> tuple[str, float, int, int, str]:
    """Within a county the station that passes most often, then the quickest, then who stopped least."""
    share = one.passed / one.drills if one.drills else 0.0
    return one.area, -share, one.acting_s if one.acting_s is not None else 10_000, one.stopped, one.station
