"""`quiet`: can this signal change anything at all? Asked of every signal, so that most are only history.

Enters: a signal, the conditions its point is in now (as `Verdict.conditions` last said; of several points: all of them
together), and the open intervals in which readings say nothing (`Policy.bounds(type)`; for signals with `points`,
`Policy.tightest`). Leaves: True only when `decide` would neither change the case nor tell anything. In doubt, False.
"""

from collections.abc import Mapping, Sequence

from zhigan.alarms.engine.conditions import LOUD, OFFLINE
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.signals import Signal, SignalKind

MEASURABLE = int(
    Condition.CABLE_TEMPERATURE
    | Condition.RESIDUAL_CURRENT
    | Condition.OVER_CURRENT
    | Condition.SHORT_CIRCUIT
    | Condition.VOLTAGE
    | Condition.GAS_LOW
    | Condition.GAS_HIGH
    | Condition.LOW_PRESSURE
    | Condition.NO_WATER
    | Condition.LOW_LEVEL
    | Condition.LOW_BATTERY
    | Condition.NEAR_LIMIT
    | Condition.FAR_OVER
    | Condition.LIMIT_SOON
    | Condition.IMPLAUSIBLE
)
"""Conditions that readings can set: while one stands, readings must be judged."""

_STATUS, _READINGS, _LINK, _INFO, _SEEN = (
    int(SignalKind.STATUS),
    int(SignalKind.READINGS),
    int(SignalKind.LINK),
    int(SignalKind.INFO),
    int(SignalKind.SEEN),
)


def quiet(signal: Signal, conditions_now: int, bounds: Mapping[int, tuple[float, float]]) -> bool:
    kind = signal.kind
    if kind == _READINGS:
        if conditions_now:
            return False
        for metric, value in zip(signal.metrics, signal.values, strict=False):
            low, high = bounds.get(metric, _ANY)
            if not low < value < high:
                return False
        return True
    if kind == _STATUS:
        said = signal.conditions
        if not said | conditions_now:
            return True
        if said & LOUD or conditions_now & (OFFLINE | MEASURABLE):
            return False
        return not (said ^ conditions_now) & (signal.known | said)
    if kind == _INFO:
        return not signal.operations
    if kind in (_LINK, _SEEN):
        return not (signal.conditions | signal.known | conditions_now) & OFFLINE
    return False


def all_within(signal: Signal, conditions_now: int, bounds: Sequence[Mapping[int, tuple[float, float]]]) -> bool:
    """The same of readings of several points, each with bounds of its own."""
    if signal.kind != _READINGS or conditions_now:
        return quiet(signal, conditions_now, {})
    for metric, value, own in zip(signal.metrics, signal.values, bounds, strict=False):
        low, high = own.get(metric, _ANY)
        if not low < value < high:
            return False
    return True


_ANY = (float("-inf"), float("inf"))
