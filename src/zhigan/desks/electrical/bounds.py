"""Which limits hold for a circuit's channels: their own, set for the circuit or by its rating, else the policy's. Pure.

Enters: what a channel measures, of which circuit; the policy's limits. Leaves: limits for the registry, which the
engine judges by, and the same as low, high and near for pages. Absent: the policy itself, and who may set what.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zhigan.vocabulary import electrical as std
from zhigan.vocabulary.limits import Limit, near_value


class Limits(NamedTuple):
    low: float | None = None
    high: float | None = None
    near: float | None = None
    source: str = ""


class Bound(NamedTuple):
    """A channel with what its circuit says of it; `set_at`: what somebody has set for it, and `set_by` who and when."""

    metric: str
    phase: str
    phases: int
    rating_a: float | None
    set_at: float | None = None
    set_by: str = ""


def own(of: Bound) -> tuple[Limit, ...]:
    if of.set_at is not None and of.metric in std.SETTABLE:
        return (std.SETTABLE[of.metric](of.set_at, of.set_by),)
    if of.metric == "voltage" and of.phase != "n":
        return std.voltage(std.LINE_V if of.phases == 3 and not of.phase else std.NOMINAL_V)
    if of.metric == "current" and of.rating_a is not None:
        return std.current(of.rating_a)
    return ()


def strictest(limits: Iterable[Limit]) -> list[Limit]:
    """What two circuits say of the same place: of each condition the one that is met first."""
    kept: dict[tuple[str, str, bool], Limit] = {}
    for limit in limits:
        key = (limit.metric, limit.condition, limit.below)
        known = kept.get(key)
        if known is None or (limit.at > known.at) == limit.below:
            kept[key] = limit
    return [kept[key] for key in sorted(kept)]


def ruled(metric: str, policy: Sequence[Limit]) -> tuple[Limit, ...]:
    """What the policy says of a wire's quantity."""
    return tuple(row for row in policy if row.metric == metric and (not row.types or set(row.types) & set(std.WIRES)))


def limits(of: Bound, policy: Sequence[Limit]) -> Limits:
    """As pages show them: the first line that a reading meets in each direction."""
    rows = own(of) or ruled(of.metric, policy)
    above = min((r for r in rows if not r.below), key=lambda r: r.at, default=None)
    under = max((r for r in rows if r.below), key=lambda r: r.at, default=None)
    first = above or under
    return Limits(
        None if under is None else under.at,
        None if above is None else above.at,
        None if above is None or above.near is None else near_value(above),
        "" if first is None else first.source,
    )
