"""How health is judged: the period a device keeps, how long its battery lasts, when its life is over. Pure.

Enters: times of reports, battery values by day, dates, the class of the device. Leaves: seconds, forecasts, days.
Absent: the state itself, which SQL judges for all devices at once by these figures (queries.sql, a test compares).
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Final

from zhigan.desks.health.model import Forecast
from zhigan.vocabulary.devices import CLASS_BY_NAME

BEATS: Final = 11
"""Reports remembered: ten periods between them."""
LEAST_PERIODS: Final = 3
MISSED: Final = 2
"""Late after so many periods, and no later than the class allows (policy.md, Device classes)."""
SLOW_S: Final = 1800
"""Classes that report less often than this are learned from their reports; the others keep their class' times."""
APART_S: Final = 300
"""Reports closer than this are one: an alarm's chatter tells nothing of the period."""

POINTS: Final = 40
LOW: Final = 10.0
LEAST_POINTS, LEAST_SPAN = 4, 7
CHANGED: Final = 15.0
"""A battery that gained so much has been changed."""
STEADY: Final = 0.002
"""Per cent a day: less is no loss that could be told from none."""
MOST_DAYS: Final = 3650
LIFE_YEARS: Final = {"smoke": 12, "heat": 12, "gas": 5}
"""Where the maker's mark is not known (policy.md: by the maker's mark, at most)."""


def remember(beats: Sequence[int], at: int) -> list[int]:
    """The last reports with this one; what came in disorder, or right behind another, is left out."""
    if beats and at < beats[-1] + APART_S:
        return list(beats)
    return [*beats, at][-BEATS:]


def learned(beats: Sequence[int], device_class: str) -> int:
    """The period in seconds, the median of the last ten; 0: too few reports, or a class that is not learned."""
    known = CLASS_BY_NAME.get(device_class)
    if known is None or known.period_s < SLOW_S or len(beats) <= LEAST_PERIODS:
        return 0
    gaps = [after - before for before, after in pairwise(beats)]
    return min(round(median(gaps)), known.period_s)


def late_after(period_s: int, device_class: str) -> int:
    """Seconds of silence; 0: its silence means nothing."""
    known = CLASS_BY_NAME.get(device_class)
    if known is None or not known.late_s:
        return 0
    return min(period_s * MISSED, known.late_s) if period_s else known.late_s


def add_day(days: Sequence[int], values: Sequence[float], day: int, value: float) -> tuple[list[int], list[float]]:
    """A day has one value, the last. When there are too many, every other of the older half goes: the trend stays."""
    if days and day < days[-1]:
        return list(days), list(values)
    kept = [(d, v) for d, v in zip(days, values, strict=True) if d != day] + [(day, value)]
    if len(kept) > POINTS:
        half = len(kept) // 2
        kept = kept[:half:2] + kept[half:]
    return [d for d, _ in kept], [v for _, v in kept]


def forecast(days: Sequence[int], values: Sequence[float]) -> Forecast | None:
    """Theil and Sen: the median of the slopes of all pairs, which a third of wrong values does not move."""
    begin = _since_change(values)
    points = list(zip(days[begin:], values[begin:], strict=True))
    if len(points) < LEAST_POINTS or points[-1][0] - points[0][0] < LEAST_SPAN:
        return None
    slopes = sorted(
        (before[1] - after[1]) / (after[0] - before[0])
        for number, before in enumerate(points)
        for after in points[number + 1 :]
    )
    loss = median(slopes)
    level = median(value + loss * (day - points[-1][0]) for day, value in points)
    if loss < STEADY:
        return Forecast(round(max(loss, 0.0), 4), None, None, None)
    slow, fast = slopes[len(slopes) // 6], slopes[-1 - len(slopes) // 6]
    return Forecast(round(loss, 4), _days(level, loss), _days(level, fast), _days(level, slow))


def life_ends(type_: str, made_on: date | None, life_until: date | None) -> date | None:
    """By the maker's mark; else by what its kind lasts, from the day it was made."""
    years = LIFE_YEARS.get(type_)
    if life_until is not None or made_on is None or years is None:
        return life_until
    try:
        return made_on.replace(year=made_on.year + years)
    except ValueError:  # made on the 29th of February
        return made_on.replace(year=made_on.year + years, day=28)


def _since_change(values: Sequence[float]) -> int:
    """The place of the first value of the battery that is in it now."""
    return max((n for n in range(1, len(values)) if values[n] - values[n - 1] >= CHANGED), default=0)


def _days(level: float, loss: float) -> int:
    if level <= LOW:
        return 0
    return MOST_DAYS if loss < STEADY else min(round((level - LOW) / loss), MOST_DAYS)
