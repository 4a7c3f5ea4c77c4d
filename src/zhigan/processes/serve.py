"""`zhigan serve`: the database, then the hot and the web process under supervision.

Enters: settings and roles. Leaves: a running platform; prints `ready` when `GET /readyz` answers 200. A process that
dies is started again; a private PostgreSQL that dies is started again; when this process dies, all of them do.
Absent: the work itself, and its imports: a second of them here would be a second more until the children run.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

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

LOOK_S = 0.05

_log = structlog.get_logger("processes.serve")


def main(settings: Settings, chosen: frozenset[str]) -> int:
    logs.configure(settings.log_level, settings.log_format, process="serve", folder=settings.data / "logs")

    async def run(stop: asyncio.Event) -> int:
        return await serve(settings, chosen, stop, lambda: print("ready", flush=True))

    return loop.run(run)


async def serve(settings: Settings, chosen: frozenset[str], stop: asyncio.Event, ready: Callable[[], None]) -> int:
    """The children import while the database starts; they are told its address when it is migrated."""
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    supervisor = Supervisor(_programs(settings, lambda: asyncio.shield(address), chosen))
    running = asyncio.create_task(supervisor.run(stop), name="children")
    try:
        async with database(settings, keep=True) as dsn:
            try:
                await _migrated(dsn, settings, stop)
                address.set_result(dsn)
                return await _watched(running, asyncio.create_task(_announce(settings, chosen, ready)))
            finally:
                await _ended(running)  # before the database that they use
    except (DatabaseError, migrate.MigrationError) as error:
        print(f"zhigan: {error}", file=sys.stderr)
        return HOPELESS
    finally:
        await _ended(running)
        address.cancel()


async def _watched(running: asyncio.Task[int], announcing: asyncio.Task[None]) -> int:
    try:
        return await running
    finally:
        announcing.cancel()
        await asyncio.wait([announcing])


async def _ended(running: asyncio.Task[int]) -> None:
    running.cancel()
    await asyncio.wait([running])


async def _migrated(dsn: str, settings: Settings, stop: asyncio.Event) -> None:
    """A database by URL may come up after us."""
    while not stop.is_set():
        try:
            await prepare(dsn, settings)
            return
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, TimeoutError) as error:
            _log.warning("database does not answer yet", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(1)


def _programs(settings: Settings, word: Callable[[], Awaitable[str]], chosen: frozenset[str]) -> list[Program]:
    """The children read the same environment and file; what this process decided itself is told to them."""
    environment = {
        "ZHIGAN_DATA": str(settings.data.resolve()),
        "ZHIGAN_HTTP": str(settings.http),
        "ZHIGAN_GB26875": str(settings.gb26875),
        "ZHIGAN_LOG_LEVEL": settings.log_level,
        "ZHIGAN_LOG_FORMAT": settings.log_format,
    }
    if settings.ctwing_token is not None:
        environment["ZHIGAN_CTWING_TOKEN"] = settings.ctwing_token.reveal()
    programs: list[Program] = []
    for name, mine in (("hot", HOT_ROLES), ("web", WEB_ROLES)):
        if chosen & mine:
            listed = ",".join(sorted(chosen & mine))
            programs.append(python(name, "zhigan.processes", name, listed, environment=environment, word=word))
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
