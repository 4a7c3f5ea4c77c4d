"""Service levels reckoned: who kept which target how often. Pure; `now` is given.

Enters: alarms and faults with the times of their steps, sums that other rooms measured, targets. Leaves: `Cases` a
measure. A case whose time is not up yet counts for nobody. Absent: words, SQL; load of operators (service_load.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from zhigan.desks.monthly.service_model import Cases, Lump, Measure, ServiceContract, ServiceTargets
from zhigan.incidents.glance_shapes import FaultServed, Served

Cared = Served | FaultServed | Lump
Which = Callable[[Cared], bool]


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """All that a month left. `now`: of judging, also after the month is over: what came in its last hours has its time
    too. `told`: incident → seconds until somebody was told; a lump measure that nobody measures is not in `lumps`."""

    now: datetime
    alarms: Sequence[Served]
    faults: Sequence[FaultServed]
    told: Mapping[str, float]
    lumps: Mapping[Measure, Sequence[Lump]]


def levels(found: Material, targets: ServiceTargets, which: Which) -> dict[Measure, Cases]:
    alarms = [row for row in found.alarms if which(row)]
    faults = [row for row in found.faults if which(row)]

    def within(limit: int, done: Callable[[Served], datetime | None]) -> Cases:
        return _cases(((row.received_at, done(row)) for row in alarms), timedelta(seconds=limit), found.now)

    def told(row: Served) -> datetime | None:
        after = found.told.get(row.id)
        return None if after is None else row.received_at + timedelta(seconds=after)

    notified = timedelta(seconds=targets.notified_s)
    telling = [row for row in alarms if row.tells and not _over_before(row, told(row), notified)]
    levels: dict[Measure, Cases] = {
        "accepted": within(targets.accepted_s, lambda row: row.claimed_at),
        "verified": within(targets.verified_s, lambda row: row.verified_at),
        "notified": _cases(((row.received_at, told(row)) for row in telling), notified, found.now),
        "faults": _cases(
            ((row.received_at, row.closed_at) for row in faults), timedelta(hours=targets.faults_h), found.now
        ),
    }
    for measure, lumps in found.lumps.items():
        mine = [lump for lump in lumps if which(lump)]
        levels[measure] = Cases(sum(lump.met for lump in mine), sum(lump.due for lump in mine))
    return levels


def _over_before(row: Served, told: datetime | None, limit: timedelta) -> bool:
    """Closed before anybody had to be told."""
    return told is None and row.closed_at is not None and row.closed_at - row.received_at <= limit


def _cases(pairs: Iterable[tuple[datetime, datetime | None]], limit: timedelta, now: datetime) -> Cases:
    met = due = 0
    for since, done in pairs:
        if done is not None and done - since <= limit:
            met, due = met + 1, due + 1
        elif now - since > limit:
            due += 1
    return Cases(met, due)


def of_area(code: str) -> Which:
    return lambda row: row.area == code


def of_contract(contract: ServiceContract, day: Callable[[datetime], object]) -> Which:
    """Within its area, its party and its days; sums of a month are the month's."""

    def which(row: Cared) -> bool:
        if not row.area.startswith(contract.area) or (contract.firm and row.firm != contract.firm):
            return False
        if contract.org and row.org != contract.org:
            return False
        if isinstance(row, Lump):
            return True
        return str(contract.since) <= str(day(row.received_at)) <= str(contract.until)

    return which
