"""Where a circuit is heading: daily maxima of what has a limit, a robust line through them, the days until the limit.

Enters: channels, a connection inside a transaction, the archive. Leaves: what keeps rising, soonest first. One
question for all of them, of days that are over. Absent: the line itself (rules) and alarms (the engine's own trend).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from zhigan.desks.electrical import bounds, rules
from zhigan.desks.electrical.model import Channel, DriftView, Outlook
from zhigan.desks.electrical.store import bound
from zhigan.history import windows
from zhigan.history.archive import Archive
from zhigan.history.rules import Step
from zhigan.history.windows import Window
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.metrics import BY_NAME, BY_NUMBER
from zhigan.vocabulary.moments import DAY

DAYS: Final = 30
WATCHED: Final = ("temperature", "residual_current")


async def of(conn: Connection, archive: Archive, own: Sequence[Channel], policy: Sequence[Limit], now: int) -> Outlook:
    return Outlook(days=DAYS, rising=(await rising(conn, archive, {"": own}, policy, now))[""])


async def rising(
    conn: Connection, archive: Archive, of_circuits: Mapping[str, Sequence[Channel]], policy: Sequence[Limit], now: int
) -> dict[str, list[DriftView]]:
    """Of many circuits by one question, each with the soonest at its limit first."""
    window = Window.days(tuple(BY_NAME[name].number for name in WATCHED), DAYS, now)
    devices = {channel.number: channel.parent for own in of_circuits.values() for channel in own}
    found = await windows.of(conn, archive, devices, window)
    drifts = {
        id_: [_drift(channel, policy, found.get((channel.number, channel.metric), [])) for channel in own]
        for id_, own in of_circuits.items()
    }
    return {id_: sorted((d for d in each if d), key=lambda d: d.days) for id_, each in drifts.items()}


def _drift(channel: Channel, policy: Sequence[Limit], steps: Sequence[Step]) -> DriftView | None:
    metric = BY_NUMBER[channel.metric]
    limit = bounds.limits(bound(channel, 1, None), policy)
    if limit.high is None:
        return None
    found = rules.drift([(step.at / DAY, step.max) for step in steps], limit.high)
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
        limit=limit.high,
        source=limit.source,
        days=found.days,
        soonest_days=found.soonest,
        latest_days=found.latest,
    )
