"""`zhigan serve`: the database, then the hot and the web process under supervision.

Enters: settings and roles. Leaves: a running platform; prints `ready` when `GET /readyz` answers 200. A process that
dies is started again; a private PostgreSQL that dies is started again; when this process dies, all of them do.
Absent: the work itself, and its imports: a second of them here would be a second more until the children run.
"""

import asyncio
import sys
from collections.abc import Callable

import asyncpg
import structlog

from zhigan.processes.knock import answers
from zhigan.processes.prepare import prepare
from zhigan.processes.roles import HOT_ROLES, WEB_ROLES
from zhigan.runtime import logs, loop, metrics, migrate
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.postgres import DatabaseError, database
from zhigan.runtime.settings import Settings
from zhigan.runtime.supervision import HOPELESS, Program, Supervisor, python

DSN_VARIABLE = "ZHIGAN_DATABASE_URL"
LOOK_S = 0.05

_log = structlog.get_logger("processes.serve")


def main(settings: Settings, chosen: frozenset[str]) -> int:
    logs.configure(settings.log_level, settings.log_format, process="serve")

    async def run(stop: asyncio.Event) -> int:
        return await serve(settings, chosen, stop, lambda: print("ready", flush=True))

    return loop.run(run)


async def serve(settings: Settings, chosen: frozenset[str], stop: asyncio.Event, ready: Callable[[], None]) -> int:
    try:
        async with database(settings, keep=True) as dsn:
            await _migrated(dsn, stop)
            supervisor = Supervisor(_programs(settings, dsn, chosen))
            announcing = asyncio.create_task(_announce(settings, chosen, ready))
            try:
                return await supervisor.run(stop)
            finally:
                announcing.cancel()
                await asyncio.wait([announcing])
    except (DatabaseError, migrate.MigrationError) as error:
        print(f"zhigan: {error}", file=sys.stderr)
        return HOPELESS


async def _migrated(dsn: str, stop: asyncio.Event) -> None:
    """A database by URL may come up after us."""
    while not stop.is_set():
        try:
            await prepare(dsn)
            return
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, TimeoutError) as error:
            _log.warning("database does not answer yet", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(1)


def _programs(settings: Settings, dsn: str, chosen: frozenset[str]) -> list[Program]:
    """The children read the same environment and file; what this process decided itself is told to them."""
    environment = {
        DSN_VARIABLE: dsn,
        "ZHIGAN_DATA": str(settings.data.resolve()),
        "ZHIGAN_HTTP": str(settings.http),
        "ZHIGAN_GB26875": str(settings.gb26875),
        "ZHIGAN_LOG_LEVEL": settings.log_level,
        "ZHIGAN_LOG_FORMAT": settings.log_format,
    }
    programs: list[Program] = []
    for name, mine in (("hot", HOT_ROLES), ("web", WEB_ROLES)):
        if chosen & mine:
            listed = ",".join(sorted(chosen & mine))
            programs.append(python(name, "zhigan.processes", name, listed, environment=environment))
    return programs


async def _announce(settings: Settings, chosen: frozenset[str], ready: Callable[[], None]) -> None:
    """`ready` once, when all that was asked for is."""
    folder = settings.data / "run"
    while True:
        if "api" in chosen:
            if await answers(settings, "/readyz"):
                break
        elif any(f.process == "hot" for f in metrics.others(folder, SystemClock().micros())):
            break
        await asyncio.sleep(LOOK_S)
    ready()
