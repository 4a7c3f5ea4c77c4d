"""What a circuit shows over its phases, its nights and its days: imbalance, unusual load, drift. Pure, `now` given.

Enters: newest readings of a circuit's phases, its own nights, robust lines. Leaves: what is found, as conditions with
the figures that say it. Absent: where they come from, and whether it is an alarm (the engine's).
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple

from zhigan.desks.electrical.model import Channel
from zhigan.desks.electrical.rules import Drift, Lasts
from zhigan.vocabulary import electrical as std
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NAME, BY_NUMBER
from zhigan.vocabulary.moments import MINUTE

CURRENT: Final = BY_NAME["current"].number
VOLTAGE: Final = BY_NAME["voltage"].number
IMBALANCE: Final = int(Condition.IMBALANCE)
NIGHT_LOAD: Final = int(Condition.NIGHT_LOAD)
DRIFT: Final = int(Condition.DRIFT)
SOON: Final = int(Condition.LIMIT_SOON)
TOGETHER: Final = 2 * MINUTE
"""Phases are compared where they were read within so long: a load switched between two readings is no imbalance."""
BACK: Final = 0.8
"""Found once, it is over below this share of its bound."""
LEAST_NIGHTS: Final = 7
NIGHT_TIMES: Final = 1.5
NIGHT_SPREADS: Final = 5.0
NIGHT_STEP: Final = 0.1
NIGHT_STEP_A: Final = 2.0
DRIFT_DAYS: Final = 90.0
SOON_DAYS: Final = 7.0
SOON_BACK_DAYS: Final = 9.0

Facts = tuple[tuple[str, str | float], ...]


class Found(NamedTuple):
    """`device`: whose condition it is; `bits` of `of` hold."""

    device: Channel
    bits: int
    of: int
    facts: Facts = ()


def unbalanced(values: Sequence[float]) -> float:
    """Per cent: the greatest distance from the mean, as a share of it."""
    mean = sum(values) / len(values)
    return 100 * max(abs(v - mean) for v in values) / mean if mean > 0 else 0.0


def leader(channels: Sequence[Channel]) -> Channel | None:
    """Whose condition is the circuit's: its first phase's current, else its voltage."""
    for metric in (CURRENT, VOLTAGE):
        for channel in sorted(channels, key=lambda c: c.phase):
            if channel.metric == metric and channel.phase != "n":
                return channel
    return None


def imbalance(channels: Sequence[Channel], lasts: Lasts, rating_a: float | None) -> Found | None:
    """None: nothing can be said. Current counts where the circuit is loaded."""
    head = leader(channels)
    if head is None:
        return None
    stood = bool(head.conditions & IMBALANCE)
    said, worst, facts = False, 0.0, ()
    for metric, bound, source in (
        (CURRENT, std.UNBALANCED_A, std.UNBALANCED_A_SOURCE),
        (VOLTAGE, std.UNBALANCED_V, std.UNBALANCED_V_SOURCE),
    ):
        values = _phases(channels, lasts, metric)
        if values is None or not _loaded(metric, list(values.values()), rating_a):
            continue
        said = True
        percent = unbalanced(list(values.values()))
        if percent >= bound * (BACK if stood else 1) and percent / bound > worst:
            worst, unit = percent / bound, BY_NUMBER[metric].unit
            facts = (
                ("what", BY_NUMBER[metric].name), ("percent", round(percent, 1)), ("limit_percent", bound),
                ("source", source), *((phase, f"{value:.1f} {unit}") for phase, value in values.items()),
            )  # fmt: skip
    return Found(head, IMBALANCE if worst else 0, IMBALANCE, facts) if said else None


def _phases(channels: Sequence[Channel], lasts: Lasts, metric: int) -> dict[str, float] | None:
    found = {c.phase: lasts.get((c.number, metric)) for c in channels if c.metric == metric and c.phase in "abc"}
    read = {phase: last for phase, last in found.items() if phase and last is not None}
    if len(read) < 3 or max(r.at for r in read.values()) - min(r.at for r in read.values()) > TOGETHER:
        return None
    return {phase: read[phase].value for phase in sorted(read)}


def _loaded(metric: int, values: Sequence[float], rating_a: float | None) -> bool:
    """A dead line has no balance, and three lamps are no load."""
    mean = sum(values) / len(values)
    if metric == VOLTAGE:
        return mean > std.NOMINAL_V * std.VOLTAGE_DEAD
    return rating_a is not None and mean >= std.LOADED * rating_a


class Night(NamedTuple):
    """What a phase takes at night: the middle of its nights' greatest hours, and what would be unusual."""

    usual: float
    bound: float
    nights: int


def night_of(maxima: Sequence[float], rating_a: float | None) -> Night | None:
    """None: too few nights are known."""
    if len(maxima) < LEAST_NIGHTS:
        return None
    usual = median(maxima)
    spread = 1.4826 * median(abs(v - usual) for v in maxima)
    step = NIGHT_STEP * rating_a if rating_a is not None else NIGHT_STEP_A
    return Night(usual, max(NIGHT_TIMES * usual, usual + NIGHT_SPREADS * spread, usual + step), len(maxima))


def night_load(
    channels: Sequence[Channel], lasts: Lasts, nights: Mapping[tuple[int, int], Night], night: bool
) -> Found | None:
    """By day nothing of it holds; at night what the phase takes that is furthest over its bound."""
    head = leader(channels)
    if head is None:
        return None
    if not night:
        return Found(head, 0, NIGHT_LOAD)
    stood = bool(head.conditions & NIGHT_LOAD)
    said, worst, facts = False, 0.0, ()
    for channel in channels:
        known, last = nights.get((channel.number, CURRENT)), lasts.get((channel.number, CURRENT))
        if channel.metric != CURRENT or channel.phase == "n" or known is None or last is None:
            continue
        said = True
        share = last.value / known.bound
        if share >= (BACK if stood else 1) and share > worst:
            worst = share
            facts = (
                ("load", f"{last.value:.1f} A"), ("usual", f"{known.usual:.1f} A"), ("bound", f"{known.bound:.1f} A"),
                ("nights", known.nights),
            )  # fmt: skip
    return Found(head, NIGHT_LOAD if worst else 0, NIGHT_LOAD, facts) if said else None


class Line(NamedTuple):
    channel: Channel
    drift: Drift
    limit: float
    source: str


def drifting(device: Channel, lines: Sequence[Line]) -> Found:
    """Of all that one device measures, what meets its limit first."""
    if not lines:
        return Found(device, 0, DRIFT | SOON)
    first = min(lines, key=lambda line: line.drift.days)
    days = first.drift.days
    soon = days <= (SOON_BACK_DAYS if device.conditions & DRIFT and device.conditions & SOON else SOON_DAYS)
    bits = (DRIFT if days <= DRIFT_DAYS else 0) | (SOON if soon else 0)
    metric = BY_NUMBER[first.channel.metric]
    facts: Facts = (
        ("metric", metric.name), ("value", round(first.drift.level, 2)), ("unit", metric.unit),
        ("limit", round(first.limit, 2)), ("source", first.source), ("days", round(days, 1)),
        ("soonest", round(first.drift.soonest, 1)), ("slope", f"{first.drift.per_day:.2f} {metric.unit}"),
    )  # fmt: skip
    if first.drift.latest is not None:
        facts = (*facts, ("latest", round(first.drift.latest, 1)))
    return Found(device, bits, DRIFT | SOON, facts)
