"""Trials of policies: an errand of the web process, sent when somebody asks for one.

Enters: the database's address. Leaves: what `alarms.trials` says of each trial that waits; an exit code. Absent: any
memory of it. One that died is begun again by the next.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from zhigan.alarms import trials
from zhigan.bus.following import ever_alone, when_woken
from zhigan.processes import errand
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.pg import Connection, Pool
from zhigan.runtime.settings import Settings

NAME = "trial"
LOOK_S = 60.0
_LOCK = 0x7A686967_0066
_log = structlog.get_logger("processes.trial")


async def main(settings: Settings, dsn: str, roles: frozenset[str], stop: asyncio.Event) -> int:
    """All that wait, until done or told to stop."""
    del settings, roles
    return await errand.work(dsn, NAME, _all, stop)


async def _all(conn: Connection) -> None:
    while await trials.work(conn, SystemClock()):
        pass


class Trials:
    """In the web process: sends the errand when there is something to try."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def run(self, dsn: str) -> None:
        await ever_alone(
            dsn,
            _LOCK,
            "trials",
            None,
            {
                "asked": lambda: when_woken(
                    dsn, trials.CHANNEL, "zhigan trials", asyncio.Event(), LOOK_S, self._look(dsn)
                )
            },
            lambda away: _log.warning("trials wait for the database", error=away),
            lambda error: _log.error("trials failed; they begin again", exc_info=error),
        )

    def _look(self, dsn: str) -> Callable[[], Awaitable[None]]:
        async def look() -> None:
            async with self._pool.acquire() as conn:
                waiting = await trials.unfinished(conn)
            if waiting:
                await errand.send(dsn, NAME, "courier")

        return look
