"""Where a circuit is heading: daily maxima of what has a limit, a robust line through them, the days until the limit.

Enters: channels, a connection inside a transaction, the archive. Leaves: what keeps rising, soonest first. A handful of
questions a circuit, asked when somebody looks. Absent: the line itself (rules) and alarms (the engine's own trend).
"""

from collections.abc import Sequence
from typing import Final

from zhigan.desks.electrical import rules
from zhigan.desks.electrical.model import Channel, DriftView, Outlook
from zhigan.history import looking
from zhigan.history.archive import Archive
from zhigan.history.looking import Wanted
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.moments import DAY

DAYS: Final = 30
WATCHED: Final = ("temperature", "residual_current")


async def of(conn: Connection, archive: Archive, own: Sequence[Channel], now: int) -> Outlook:
    rising = [drift for channel in own if (drift := await _drift(conn, archive, channel, now)) is not None]
    return Outlook(days=DAYS, rising=sorted(rising, key=lambda each: each.days))


async def _drift(conn: Connection, archive: Archive, channel: Channel, now: int) -> DriftView | None:
    metric = BY_NUMBER[channel.metric]
    bounds = rules.limits(metric.name, channel.phase, None)
    if metric.name not in WATCHED or bounds.high is None:
        return None
    wanted = Wanted(channel.number, channel.parent, channel.metric, now - DAYS * DAY, now)
    steps = await looking.steps(conn, archive, wanted, DAY, now)
    found = rules.drift([(step.at / DAY, step.max) for step in steps], bounds.high)
    if found is None:
        return None
    return DriftView(
        metric=metric.name,
        phase=channel.phase,
        unit=metric.unit,
        days_seen=len(steps),
        per_day=found.per_day,
        per_day_low=found.low,
        per_day_high=found.high,
        level=found.level,
        limit=bounds.high,
        source=bounds.source,
        days=found.days,
        soonest_days=found.soonest,
        latest_days=found.latest,
    )
