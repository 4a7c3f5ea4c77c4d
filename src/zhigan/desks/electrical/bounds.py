"""Which limits a circuit's channels have of their own, beside the policy's. Pure.

Enters: what a channel measures, of which circuit. Leaves: limits for the registry, which the engine judges by, and the
same as low, high and near for pages. Absent: the policy's rows, which hold where nothing stands here.
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
    """A channel with what its circuit says of it."""

    metric: str
    phase: str
    phases: int
    rating_a: float | None


def own(of: Bound) -> tuple[Limit, ...]:
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


def limits(of: Bound) -> Limits:
    """As pages show them: the first line that a reading meets in each direction."""
    row = std.BY_METRIC.get(of.metric)
    if row is not None:
        return Limits(None, row.limit, None if row.near is None else row.limit * row.near, row.source)
    return _shown(own(of))


def _shown(rows: Sequence[Limit]) -> Limits:
    above = min((r for r in rows if not r.below), key=lambda r: r.at, default=None)
    under = max((r for r in rows if r.below), key=lambda r: r.at, default=None)
    first = above or under
    return Limits(
        None if under is None else under.at,
        None if above is None else above.at,
        None if above is None or above.near is None else near_value(above),
        "" if first is None else first.source,
    )
