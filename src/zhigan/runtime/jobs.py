"""Jobs: work with retries, back-off or a schedule. Our words over pgqueuer (deps.md §5); nobody else imports it.

Enters: a job put down in the caller's transaction, so that it exists exactly if what caused it does. Leaves: its
handler ran, at least once: it must bear being run again (the jobs of a dead worker are taken over after `HEARTBEAT`).
A job that failed for good is held, shown, and can be put back. Absent: results, and anything hot: who follows a log
needs a cursor, not a job an event.
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Generator, Sequence
from datetime import timedelta
from typing import cast

import asyncpg
import msgspec
import structlog
from asyncpg import InterfaceError, InternalClientError, PostgresError
from pgqueuer import AsyncpgDriver, AsyncpgPoolDriver, DatabaseRetryEntrypointExecutor, Queries, QueueManager
from pgqueuer import SchedulerManager as Scheduler
from pgqueuer import models as theirs
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import Driver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.errors import PgqException, RetryRequested
from pgqueuer.types import Channel, JobId

from zhigan.runtime.pg import Connection, Pool

HEARTBEAT = timedelta(seconds=30)
_LOCK = 0x7A686967_0008
_LOOK = timedelta(seconds=2)
"""How long a retry that came due may go unseen: only new jobs notify."""
_PAUSE = 1.0
_LONGEST_PAUSE = 30.0

log = structlog.get_logger("zhigan.jobs")

_names = DBSettings(
    prefix="",
    db_schema="runtime",
    channel=Channel("zhigan_job"),
    function="job_changed",
    statistics_table="job_statistics",
    queue_status_type="job_status",
    queue_table="job",
    queue_table_log="job_log",
    trigger="job_changed",
    schedules_table="job_schedule",
)
"""All named here: pgqueuer would else read them from the environment."""


class Job(msgspec.Struct, frozen=True):
    id: int
    kind: str
    payload: bytes
    attempts: int  # earlier ones


class Later(Exception):
    """Raised by a handler: not now, again after so long. Never the last attempt."""

    def __init__(self, after: timedelta, reason: str) -> None:
        super().__init__(reason)
        self.after = after


class Retry(msgspec.Struct, frozen=True):
    """Pauses of 1, 2, 4 … times `first`, at most `longest`; after `attempts` failures the job is held."""

    attempts: int = 8
    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)


Handler = Callable[[Job], Awaitable[None]]
Tick = Callable[[], Awaitable[None]]


async def install(connection: Connection) -> None:
    """Makes or upgrades pgqueuer's own tables, in our schema. After `migrate`, before the first job."""
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        queries = _on(connection)
        if await queries.schema_is_installed():
            await queries.upgrade()
        else:
            await queries.install()
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def enqueue(
    connection: Connection, kind: str, payload: bytes, *, after: timedelta | None = None, key: str | None = None
) -> int | None:
    """In the caller's transaction. With a `key`: None where a job of that key is still waiting or running."""
    [id_] = await _on(connection).enqueue(kind, payload, 0, after, key, on_conflict="skip")
    return id_


async def failed(connection: Connection, limit: int = 100) -> list[Job]:
    """What was given up, newest first."""
    return [_job(row) for row in await _on(connection).list_failed_jobs(limit)]


async def again(connection: Connection, ids: Sequence[int]) -> None:
    """Puts failed jobs back, with all their attempts."""
    await _on(connection).requeue_jobs([JobId(i) for i in ids])


class Worker:
    """Registers handlers, then runs them until stopped; reconnects by itself. A pool of its own, of three or more."""

    def __init__(self, pool: Pool, *, batch: int = 10, heartbeat: timedelta = HEARTBEAT) -> None:
        self._pool = pool
        self._batch = batch
        self._heartbeat = heartbeat
        self._handlers: list[tuple[str, Handler, Retry, int]] = []
        self._ticks: list[tuple[str, str, Tick]] = []
        self._in_hand: set[asyncio.Task[object]] = set()

    def handle(self, kind: str, handler: Handler, retry: Retry | None = None, *, at_once: int = 0) -> None:
        """`at_once`: how many of this kind may run together, over all workers; 0: no limit."""
        self._handlers.append((kind, handler, retry or Retry(), at_once))

    def schedule(self, name: str, cron: str, tick: Tick) -> None:
        """Five cron fields, in UTC. One worker of all runs each tick; one that nobody ran comes at the next start."""
        self._ticks.append((name, cron, tick))

    async def run(self, stop: asyncio.Event) -> None:
        """Ends after `stop`, when the jobs in hand are done."""
        pause = _PAUSE
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            try:
                await self._run_once(stop)
            except (OSError, PostgresError, InterfaceError, InternalClientError, PgqException) as error:
                settled = asyncio.get_running_loop().time() - began > _LONGEST_PAUSE
                pause = _PAUSE if settled else min(_LONGEST_PAUSE, pause * 2)
                log.warning("jobs stopped; beginning again", error=str(error), again_in=pause)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)

    async def _run_once(self, stop: asyncio.Event) -> None:
        """Both managers are told to stop, never cancelled: they would write off what is in hand."""
        queries = _queries(AsyncpgPoolDriver(self._pool))
        queue, scheduler = QueueManager(queries, _names.channel), Scheduler(queries)
        self._register(queue, scheduler)
        ended = asyncio.Event()
        queue.shutdown = scheduler.shutdown = ended
        running = [
            asyncio.create_task(
                queue.run(
                    batch_size=self._batch,
                    dequeue_timeout=_LOOK,
                    heartbeat_timeout=self._heartbeat,
                    shutdown_on_listener_failure=True,
                )
            )
        ]
        if self._ticks:
            running.append(asyncio.create_task(scheduler.run()))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            for task in tuple(self._in_hand):
                task.cancel()
            raise
        finally:
            ended.set()
            stopping.cancel()
            await asyncio.gather(*running)

    def _register(self, queue: QueueManager, scheduler: Scheduler) -> None:
        for kind, handler, retry, at_once in self._handlers:
            patient = functools.partial(
                _Patient, max_attempts=retry.attempts - 1, initial_delay=retry.first, max_delay=retry.longest
            )
            queue.entrypoint(
                kind, concurrency_limit=at_once, accepts_context=False, on_failure="hold", executor_factory=patient
            )(self._entrypoint(handler))
        for name, cron, tick in self._ticks:
            scheduler.schedule(name, cron, accepts_context=False)(self._crontab(tick))

    def _entrypoint(self, handler: Handler) -> Callable[[theirs.Job], Awaitable[None]]:
        async def run(job: theirs.Job) -> None:
            with self._holding():
                try:
                    await handler(_job(job))
                except Later as later:
                    raise RetryRequested(later.after, str(later)) from later

        return run

    def _crontab(self, tick: Tick) -> Callable[[theirs.Schedule], Awaitable[None]]:
        async def run(_schedule: theirs.Schedule) -> None:
            with self._holding():
                await tick()

        return run

    @contextlib.contextmanager
    def _holding(self) -> Generator[None]:
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._in_hand.add(task)
        try:
            yield
        finally:
            self._in_hand.discard(task)


class _Patient(DatabaseRetryEntrypointExecutor):
    async def execute(self, job: theirs.Job, context: theirs.Context) -> None:
        try:
            await super().execute(job, context)
        except asyncio.CancelledError as error:  # the process ends: another one takes the job
            raise RetryRequested(timedelta(0), "the worker was stopped") from error


def _job(job: theirs.Job) -> Job:
    return Job(int(job.id), str(job.entrypoint), job.payload or b"", job.attempts)


def _on(connection: Connection) -> Queries:
    return _queries(AsyncpgDriver(cast(asyncpg.Connection, connection)))


def _queries(driver: Driver) -> Queries:
    return Queries(driver, QueryBuilderEnvironment(_names), QueryQueueBuilder(_names), QuerySchedulerBuilder(_names))
