"""Windows: the last hours or days of what many devices measured, for rules, warnings and whoever judges by them.

Enters: devices with their parents, metrics, a span of whole hours or of the city's days. Leaves: for each device and
metric its steps, oldest first, from roll-ups only, in one question for all of them. An hour or a day that is not over,
or not rolled up yet (some ten minutes later), is not there: nobody judges by half an hour. Late readings change the
step they belong to as soon as it is computed anew. Absent: readings one by one (looking.py) and who may see what.
"""

from collections.abc import Mapping
from typing import Self

import msgspec

from zhigan.history import rolling, rollups
from zhigan.history.archive import Archive
from zhigan.history.rolling import Spans
from zhigan.history.rollups import Found
from zhigan.history.rules import city_day
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import DAY, HOUR


class Window(msgspec.Struct, frozen=True):
    """Steps of `step` (`HOUR` or `DAY`) that begin at or behind `begin` and end at or before `end` (µs)."""

    metrics: tuple[int, ...]
    step: int
    begin: int
    end: int

    @classmethod
    def hours(cls, metrics: tuple[int, ...], count: int, now: int) -> Self:
        """The last `count` whole hours."""
        end = now - now % HOUR
        return cls(metrics, HOUR, end - count * HOUR, end)

    @classmethod
    def days(cls, metrics: tuple[int, ...], count: int, now: int) -> Self:
        """The last `count` days of the city, midnight to midnight in Shanghai; the one that runs is none of them."""
        end = city_day(now)
        return cls(metrics, DAY, end - count * DAY, end)


async def of(conn: Connection, archive: Archive, devices: Mapping[int, int | None], window: Window) -> Found:
    """Of all these devices. `devices` are numbers with their parents', whose rows may carry the readings too.

    Call it inside a transaction: no day moves to the archive between two looks.
    """
    pairs = [(source, device) for device, parent in devices.items() for source in {device, parent} if source]
    spans = Spans(pairs, window.metrics, window.begin // HOUR, window.end // HOUR, window.step)
    if window.step == DAY:
        return rollups.found(await rolling.days(conn, spans))
    return await rollups.steps(conn, archive, spans)
