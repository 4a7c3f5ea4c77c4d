"""What a month left at a unit's circuits: readings day by day, alarms, what keeps rising, cuts. For the month's report.

Enters: a principal, a unit, a span. Leaves: rows with figures. One question for all channels of the unit, one for its
alarms, one for its cuts. Absent: words and paper (desks/monthly, which is lent this).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from zhigan.commands import store as commands
from zhigan.commands.model import Command
from zhigan.desks.electrical import outlook, store
from zhigan.desks.electrical.model import Channel, DriftView, Row
from zhigan.desks.electrical.store import Asked
from zhigan.history import windows
from zhigan.history.archive import Archive
from zhigan.history.rules import Step, city_day
from zhigan.history.windows import Window
from zhigan.incidents import period
from zhigan.registry.ruling import Standing
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import DAY, to_micros
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

MOST_CIRCUITS: Final = 500
MOST_CUTS: Final = 500
MEASURED: Final = ("residual_current", "temperature", "current")


class Span(msgspec.Struct, frozen=True):
    """Highest and mean of a quantity over all its phases."""

    most: float
    mean: float


class CircuitMonth(msgspec.Struct, frozen=True):
    row: Row
    spans: dict[str, Span]
    incidents: frozenset[str]
    rising: list[DriftView]


class UnitMonth(msgspec.Struct, frozen=True):
    circuits: list[CircuitMonth]
    cuts: list[Command]


async def of_unit(
    wired: tuple[Database, Archive, Standing], principal: Principal, unit_id: str, span: tuple[datetime, datetime],
    now: datetime,
) -> UnitMonth:  # fmt: skip
    """`span`: the month."""
    (db, archive, ruling), (since, until) = wired, span
    asked = Asked(unit_id=unit_id)
    async with db.bound(principal) as conn:
        rows = await store.listed(conn, principal.scope, asked, now, MOST_CIRCUITS)
        own = await store.channels(conn, [row.id for row in rows])
        devices = sorted({c.device_id for each in own.values() for c in each})
        alarms = await period.of_devices(conn, devices, since, until)
        cuts = await commands.cuts_between(conn, [row.id for row in rows], since, until, MOST_CUTS)
    end = min(to_micros(until), city_day(to_micros(now)))
    numbers = {c.number: c.parent for each in own.values() for c in each}
    window = Window(tuple(BY_NAME[name].number for name in MEASURED), DAY, to_micros(since), end)
    async with db.owner() as conn:
        days = await windows.of(conn, archive, numbers, window)
        policy = (await ruling(conn)).of(rows[0].area).limits if rows else ()
        ahead = await outlook.rising(conn, archive, own, policy, end)
    return UnitMonth([_circuit(row, own[row.id], days, alarms, ahead[row.id]) for row in rows], cuts)


def _circuit(
    row: Row,
    own: Sequence[Channel],
    days: Mapping[tuple[int, int], Sequence[Step]],
    alarms: Sequence[tuple[str, str]],
    rising: list[DriftView],
) -> CircuitMonth:
    spans: dict[str, Span] = {}
    for name in MEASURED:
        number = BY_NAME[name].number
        steps = [s for c in own if c.metric == number and c.phase != "n" for s in days.get((c.number, number), ())]
        count = sum(s.count for s in steps)
        if count:
            spans[name] = Span(max(s.max for s in steps), sum(s.mean * s.count for s in steps) / count)
    devices = {c.device_id for c in own}
    return CircuitMonth(row, spans, frozenset(incident for device, incident in alarms if device in devices), rising)
