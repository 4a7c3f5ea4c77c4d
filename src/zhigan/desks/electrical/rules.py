"""What is measured beside its limits, whether a circuit is live, what proves a cut. Pure, `now` is an argument.

Enters: readings, ratings, commands. Leaves: levels, states, verdicts with the figures in them. Absent: may it be cut
(commands.rules, one place for every way to ask), when it is cut by itself (automatic_rules) and alarms (the engine's).
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import median
from typing import Literal, NamedTuple

from zhigan.commands.model import Command, State
from zhigan.desks.electrical.bounds import Limits
from zhigan.desks.electrical.model import Channel, MeasuredChannel, ReclosedView
from zhigan.history.rules import Reading
from zhigan.vocabulary.metrics import BY_NAME, BY_NUMBER
from zhigan.vocabulary.moments import HOUR, MINUTE, SHANGHAI, to_datetime

CURRENT = BY_NAME["current"].number
FRESH = 3 * HOUR
"""An older reading is not shown as one of now."""
LIVE_WITHIN = 15 * MINUTE
"""Nothing is called live or dead on an older reading (a smart breaker reports every 1 to 5 minutes)."""
ZERO_A = 0.1
ZERO_SHARE = 0.005
"""What a transformer still shows of a line that is open: 0.1 A, or half a per cent of the rating."""
PROOF_WITHIN = 6 * MINUTE
"""So long after the device's word its measurement may take; then the cut is said to be unconfirmed."""

Level = Literal["normal", "near", "over", "unknown"]
Lasts = Mapping[tuple[int, int], Reading]
"""(device, metric) → newest reading."""


def level(value: float | None, bounds: Limits) -> Level:
    if value is None:
        return "unknown"
    above = bounds.high is not None and value >= bounds.high
    if above or (bounds.low is not None and value <= bounds.low):
        return "over"
    return "near" if bounds.near is not None and value >= bounds.near else "normal"


def shown(channel: Channel, lasts: Lasts, bounds: Limits, policy: int, now: int) -> MeasuredChannel:
    metric = BY_NUMBER[channel.metric]
    last = lasts.get((channel.number, channel.metric))
    value = None if last is None or now - last.received_at > FRESH else last.value
    return MeasuredChannel(
        metric=metric.name,
        phase=channel.phase,
        device_id=channel.device_id,
        device=channel.device,
        unit=metric.unit,
        value=value,
        at=None if last is None or value is None else to_datetime(last.at),
        low=bounds.low,
        high=bounds.high,
        near=bounds.near,
        source=bounds.source,
        policy=policy,
        level=level(value, bounds),
    )


def zero(rating_a: float | None) -> float:
    return max(ZERO_A, (rating_a or 0.0) * ZERO_SHARE)


def state(
    channels: Sequence[Channel], lasts: Lasts, rating_a: float | None, now: int
) -> Literal["live", "dead", "unknown"]:
    """Live: some phase carries current. Dead: every phase is measured, and none does."""
    found = [lasts.get((c.number, CURRENT)) for c in _currents(channels)]
    fresh = [last for last in found if last is not None and now - last.received_at <= LIVE_WITHIN]
    if any(last.value > zero(rating_a) for last in fresh):
        return "live"
    return "dead" if fresh and len(fresh) == len(found) else "unknown"


def back_unsaid(cuts: Sequence[Command], reclosed: Sequence[ReclosedView], state: str) -> bool:
    """`cuts`: newest first. After the newest that was confirmed current flows again, and nobody has said that he
    closed the breaker."""
    newest = next((cut for cut in cuts if cut.state is State.CONFIRMED), None)
    return state == "live" and newest is not None and all(each.command != newest.id for each in reclosed)


class Proof(NamedTuple):
    """`dead`: True where every phase was measured without current behind the device's word; False where the time is
    over and it was not; None: wait."""

    dead: bool | None
    said: str = ""


def proof(channels: Sequence[Channel], lasts: Lasts, rating_a: float | None, acknowledged_at: int, now: int) -> Proof:
    """Only what was measured and heard behind the acknowledgement counts: both, for what the network had kept on the
    way may be heard late and tell of the time before."""
    currents = _currents(channels)
    behind = {c.phase: lasts.get((c.number, CURRENT)) for c in currents}
    fresh = {p: x for p, x in behind.items() if x is not None and min(x.at, x.received_at) > acknowledged_at}
    figures = ", ".join(f"{_phase(p)}{x.value:.2f} A ({_clock(x.at)})" for p, x in sorted(fresh.items()))
    carrying = any(x.value > zero(rating_a) for x in fresh.values())
    if currents and len(fresh) == len(currents) and not carrying:
        return Proof(True, f"measured without current: {figures}")
    if now - acknowledged_at < PROOF_WITHIN:
        return Proof(None)
    if carrying:
        return Proof(False, f"UNCONFIRMED: the device said yes, but current still flows: {figures}")
    if fresh:
        return Proof(False, f"UNCONFIRMED: the device said yes, but not every phase was measured behind it: {figures}")
    return Proof(False, "UNCONFIRMED: the device said yes, but nothing was measured behind it")


def unprovable(acknowledged_at: int, now: int) -> Proof:
    """No current was there whose absence could prove it: the breaker's own word is waited for as long."""
    if now - acknowledged_at < PROOF_WITHIN:
        return Proof(None)
    return Proof(
        False,
        "UNCONFIRMED: the device said yes, but there was no current whose absence proves it, and the breaker reports "
        "no state of its own",
    )


def _currents(channels: Sequence[Channel]) -> list[Channel]:
    return [c for c in channels if c.metric == CURRENT and c.phase != "n"]


def _phase(phase: str) -> str:
    return f"{phase.upper()} " if phase else ""


def _clock(at: int) -> str:
    return to_datetime(at).astimezone(SHANGHAI).strftime("%H:%M:%S")


class Drift(NamedTuple):
    """`per_day`: the middle slope of daily maxima with the ends of its 95 % interval; `days`: until the limit, with the
    earliest and the latest (None: the slowest slope never gets there)."""

    per_day: float
    low: float
    high: float
    level: float
    days: float
    soonest: float
    latest: float | None


LEAST_DAYS = 5
FARTHEST = 365.0


def drift(maxima: Sequence[tuple[float, float]], limit: float) -> Drift | None:
    """Theil-Sen through (day, maximum): the median of all slopes, so that a hot day or a broken reading bends nothing.
    None: too few days, or no rise that stands out (Kendall's interval of the slopes holds zero)."""
    n = len(maxima)
    if n < LEAST_DAYS:
        return None
    slopes = sorted(
        (v2 - v1) / (d2 - d1) for i, (d1, v1) in enumerate(maxima) for d2, v2 in maxima[i + 1 :] if d2 != d1
    )
    spread = 1.96 * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = slopes[max(0, int((len(slopes) - spread) / 2))]
    high = slopes[min(len(slopes) - 1, int((len(slopes) + spread) / 2) + 1)]
    middle = median(slopes)
    if low <= 0:
        return None
    last = maxima[-1][0]
    level = median(v + middle * (last - d) for d, v in maxima)
    left = limit - level
    if left <= 0 or left / middle > FARTHEST:
        return None
    latest = left / low
    return Drift(middle, low, high, level, left / middle, left / high, None if latest > FARTHEST else latest)
