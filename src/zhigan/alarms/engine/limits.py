"""Readings against limits: what a measured value says about its point, with hysteresis, rise and trend.

Enters: one value of one metric. Leaves: the metric's `Measured` with its conditions, and the figures for the sentence.
Absent: statuses (conditions.py). A point whose readings are all within limits leaves nothing behind.
"""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from zhigan.alarms.engine.model import Measured, Trend
from zhigan.alarms.engine.policy import Policy, Trending, bit_of
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.limits import Limit, near_value
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.moments import HOUR, MINUTE, SECOND

NEAR = int(Condition.NEAR_LIMIT)
FAR = int(Condition.FAR_OVER)
SOON = int(Condition.LIMIT_SOON)
IMPLAUSIBLE = int(Condition.IMPLAUSIBLE)

DOUBT = 30 * MINUTE
STILL = 2.0
"""In the metric's unit: a reading that leapt and moves by no more than this since is a sensor's, not a wire's."""

Facts = dict[str, str | int | float]
NOTHING = Measured()
_NEAR_BACK = 0.05
"""Hysteresis of the near zone, as a share of the limit."""


class Judged(NamedTuple):
    """What the metric says now (None: nothing at all); per condition the figures that say it, and the seconds for which
    it must stand."""

    measured: Measured | None
    facts: dict[int, Facts]
    holds: dict[int, int]


def judge(
    policy: Policy,
    type_: str,
    metric: int,
    before: Measured,
    value: float,
    at: int,
    own: tuple[Limit, ...] = (),
    *,
    doubts: bool = True,
) -> Judged:
    unit = BY_NUMBER[metric].unit if metric in BY_NUMBER else ""
    name = BY_NUMBER[metric].name if metric in BY_NUMBER else str(metric)
    if not policy.believed(type_, metric, value):
        facts: Facts = {"metric": name, "value": round(value, 3) if isfinite(value) else str(value), "unit": unit}
        kept = Measured(before.bits | IMPLAUSIBLE, before.at, before.value, before.trend)
        return Judged(kept, {IMPLAUSIBLE: facts}, {})
    limits = policy.limits_at(type_, own, metric)
    doubt = _doubt(limits, before, value, at) if doubts else None
    if doubt is not None:
        facts = {"metric": name, "value": round(value, 3), "unit": unit}
        return Judged(doubt, {IMPLAUSIBLE: facts}, {})
    bits, told, holds = 0, dict[int, Facts](), dict[int, int]()
    watched = False
    trend: Trend | None = None
    for limit in limits:
        found, line = _against(policy.trend, limit, before, value, at)
        trend = trend or line
        watched = watched or (limit.rise_per_min is not None and found != 0)
        bits |= found
        facts = {"metric": name, "value": round(value, 3), "unit": unit, **_said_of(limit)}
        if limit.hold_s and found & bit_of(limit.condition):
            holds[bit_of(limit.condition)] = limit.hold_s
        if limit.near_hold_s and found & NEAR:
            holds[NEAR] = limit.near_hold_s
        if found & SOON and line is not None:
            told[SOON] = {**facts, "days": round(days_to(limit, line, value) or 0.0, 1)}
        for bit in (bit_of(limit.condition), NEAR, FAR):
            if found & bit:
                told.setdefault(bit, facts)
    if not bits:
        return Judged(None, told, holds)
    return Judged(Measured(bits, at if watched else 0, value if watched else 0.0, trend), told, holds)


def _said_of(limit: Limit) -> Facts:
    facts: Facts = {"limit": round(limit.at, 3)}
    if limit.below:
        facts["below"] = 1
    if limit.source:
        facts["source"] = limit.source
    return facts


def _doubt(limits: Sequence[Limit], before: Measured, value: float, at: int) -> Measured | None:
    """Far beyond a limit, and the reading before was normal: a wire does not heat so, a sensor breaks so. It is doubted
    as long as it stands still, since heat moves, and at most `DOUBT`. What the device itself calls an alarm is one all
    the same, and so is any other of its readings."""
    if before.bits & ~IMPLAUSIBLE or not any(
        limit.leap is not None and _over(limit, value) >= limit.leap for limit in limits
    ):
        return None
    if not before.at:
        return Measured(IMPLAUSIBLE, at, value)
    still = abs(value - before.value) <= STILL and at - before.at < DOUBT
    return before if still else None


def _over(limit: Limit, value: float) -> float:
    return (value - limit.at) * (-1.0 if limit.below else 1.0)


def _against(trending: Trending, limit: Limit, before: Measured, value: float, at: int) -> tuple[int, Trend | None]:
    bit = bit_of(limit.condition)
    sign = -1.0 if limit.below else 1.0
    over = _over(limit, value)
    if limit.dead is not None and value <= limit.dead:
        return 0, None
    if over >= 0 or (before.bits & bit and over > -limit.back):
        far = limit.far is not None and over >= limit.far
        fast = limit.rise_per_min is not None and over >= 0 and _rise(before, value, at) >= limit.rise_per_min
        stays_far = bool(before.bits & FAR) and limit.far is not None
        return bit | (FAR if far or fast or stays_far else 0), before.trend
    if limit.near is None:
        return 0, None
    edge = (value - near_value(limit)) * sign
    if edge >= 0 or (before.bits & NEAR and edge > -_NEAR_BACK * abs(limit.at)):
        line = add(before.trend, value, at)
        days = days_to(limit, line, value) if _long_enough(trending, line) else None
        return NEAR | (SOON if days is not None and days <= trending.days else 0), line
    return 0, None


def _rise(before: Measured, value: float, at: int) -> float:
    """Per minute since the reading before; under 10 s it would be noise, over half an hour an average."""
    span = at - before.at
    if not before.at or not 10 * SECOND <= span <= 30 * MINUTE:
        return 0.0
    return (value - before.value) * MINUTE / span


def add(trend: Trend | None, value: float, at: int) -> Trend:
    if trend is None:
        return Trend(at, 1, 0.0, value, 0.0, 0.0)
    hours = (at - trend.start) / HOUR
    return Trend(
        trend.start,
        trend.n + 1,
        trend.t + hours,
        trend.v + value,
        trend.tt + hours * hours,
        trend.tv + hours * value,
    )


def slope(trend: Trend) -> float:
    """Per hour, by least squares."""
    spread = trend.n * trend.tt - trend.t * trend.t
    return 0.0 if spread <= 1e-9 else (trend.n * trend.tv - trend.t * trend.v) / spread


def days_to(limit: Limit, trend: Trend, value: float) -> float | None:
    per_hour = slope(trend) * (-1.0 if limit.below else 1.0)
    if per_hour <= 1e-9:
        return None
    return abs(limit.at - value) / per_hour / 24


def _long_enough(trending: Trending, trend: Trend) -> bool:
    """Twice the mean distance from the start is the span of evenly spaced readings."""
    return trend.n >= trending.least_readings and 2 * trend.t / trend.n >= trending.least_hours
