"""How much came to one operator in ten minutes (EEMUA 191), desk by desk. Pure.

Enters: the alarms of what a desk watches, who its calendar says was on, targets. Leaves: windows of ten minutes by
load. Where no calendar says who was on, the operators are inferred: whoever took alarms in within that hour, one at
least. Absent: words, SQL, and where a calendar stands (the desk of shifts lends it).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from zhigan.desks.monthly.service_model import Load, OnShift, ServiceTargets
from zhigan.incidents.glance_shapes import Served

WINDOW: Final = timedelta(minutes=10)
AN_HOUR: Final = 6
"""Windows."""


def load(
    desk: str, alarms: Sequence[Served], shifts: Iterable[OnShift], span: tuple[datetime, datetime],
    targets: ServiceTargets,
) -> Load:  # fmt: skip
    since, until = span
    windows = max(1, -(-(until - since) // WINDOW))
    came = Counter((row.received_at - since) // WINDOW for row in alarms)
    planned, inferred = on_duty(shifts, since, windows), _who_took(alarms, since)
    each = {at: n / (planned.get(at) or max(1, len(inferred[at // AN_HOUR]))) for at, n in came.items()}
    flood = sum(n >= targets.load_flood for n in each.values())
    over = sum(targets.load_manageable < n < targets.load_flood for n in each.values())
    peak = max(each, key=lambda at: (each[at], -at), default=None)
    return Load(
        desk=desk, windows=windows, planned=len(planned), people=sum(planned.values()) / max(1, len(planned)),
        manageable=windows - over - flood, over=over, flood=flood, peak=0.0 if peak is None else each[peak],
        peak_at=None if peak is None else since + peak * WINDOW,
    )  # fmt: skip


def on_duty(shifts: Iterable[OnShift], since: datetime, windows: int) -> Mapping[int, int]:
    """Window → how many sat there at its middle. Who leads does not take alarms, unless nobody else is on."""
    sitting: dict[int, set[str]] = defaultdict(set)
    leading: dict[int, set[str]] = defaultdict(set)
    for shift in shifts:
        first = max(0, -((since + WINDOW / 2 - shift.starts_at) // WINDOW))
        last = min(windows, -((since + WINDOW / 2 - shift.ends_at) // WINDOW))
        for at in range(first, last):
            (leading if shift.leads else sitting)[at].add(shift.account)
    return {at: len(sitting.get(at) or leading[at]) for at in sitting.keys() | leading.keys()}


def _who_took(alarms: Iterable[Served], since: datetime) -> Mapping[int, set[str]]:
    """Hour → whoever took alarms in within it."""
    people: dict[int, set[str]] = defaultdict(set)
    for row in alarms:
        if row.claimed_at is not None and row.claimed_by:
            people[(row.claimed_at - since) // WINDOW // AN_HOUR].add(row.claimed_by)
    return people
