"""Every `PAUSE_S` the newest pressures of gauges are put on their hydrants.

Enters: the database, the clock. Leaves: `pressure_mpa`, `pressure_at` of hydrants whose gauge was heard since. Absent:
states, which follow from the gauge's conditions, and warnings, which the engine gives.
"""

import asyncio
from datetime import timedelta

import structlog

from zhigan.history import store as history
from zhigan.registry import hydrants
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.webapi.database import Database

PAUSE_S = 20.0
AT_ONCE = 2000
LOOK_BACK = timedelta(hours=1)
FIRST_LOOK_BACK = timedelta(days=2)
"""A gauge says its pressure once a day at least."""
PRESSURE = BY_NAME["pressure"].number
_log = structlog.get_logger("desks.hydrants")


async def settle(db: Database, clock: Clock, back: timedelta) -> int:
    """Of the gauges heard within `back`; how many hydrants have another pressure now."""
    now = clock.now()
    async with db.owner() as conn:
        found = {each.device: each for each in await hydrants.gauged(conn, now - back, AT_ONCE)}
        parents = {number: each.parent for number, each in found.items()}
        if not found:
            return 0
        newest = await history.latest(conn, parents, to_micros(now - back), to_micros(now))
        return await hydrants.put_pressures(
            conn,
            {
                found[device].id: (reading.value, to_datetime(reading.at))
                for (device, metric), reading in newest.items()
                if metric == PRESSURE
            },
        )


async def run(db: Database, clock: Clock) -> None:
    """Until cancelled."""
    back = FIRST_LOOK_BACK
    while True:
        try:
            await settle(db, clock, back)
            back = LOOK_BACK
        except UNAVAILABLE as error:
            _log.warning("pressures of hydrants wait for the database", error=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
