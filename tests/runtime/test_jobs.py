"""Jobs: exist exactly if their transaction does, run at least once, fail in a way that can be seen and mended."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import timedelta

import asyncpg
import pytest

from support.processes import Child, until
from zhigan.runtime import jobs
from zhigan.runtime.jobs import Job, Later, Retry, Worker
from zhigan.runtime.pg import Pool

QUICK = Retry(attempts=3, first=timedelta(milliseconds=10))


@pytest.fixture
async def ready(pool: Pool) -> Pool:
    async with pool.acquire() as connection:
        await jobs.install(connection)
    return pool


@contextlib.asynccontextmanager
async def running(worker: Worker) -> AsyncGenerator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def put(pool: Pool, kind: str, payload: bytes = b"", key: str | None = None) -> int | None:
    async with pool.acquire() as connection:
        return await jobs.enqueue(connection, kind, payload, key=key)


async def test_installing_again_changes_nothing_even_at_once(pool: Pool) -> None:
    async def install() -> None:
        async with pool.acquire() as connection:
            await jobs.install(connection)

    await asyncio.gather(install(), install(), install())
    await install()
    assert await pool.fetchval("select count(*) from pg_class where oid = 'runtime.job'::regclass") == 1


async def test_a_job_exists_exactly_if_its_transaction_does(ready: Pool) -> None:
    done: list[bytes] = []

    async def handler(job: Job) -> None:
        done.append(job.payload)

    worker = Worker(ready)
    worker.handle("note", handler)
    async with running(worker):
        async with ready.acquire() as connection:
            with pytest.raises(ZeroDivisionError):
                async with connection.transaction():
                    await jobs.enqueue(connection, "note", b"never")
                    raise ZeroDivisionError
            async with connection.transaction():
                assert await jobs.enqueue(connection, "note", b"yes") is not None
        await until(lambda: done == [b"yes"])
    assert done == [b"yes"]


async def test_a_key_is_waiting_only_once(ready: Pool) -> None:
    assert await put(ready, "note", key="a") is not None
    assert await put(ready, "note", key="a") is None
    assert await put(ready, "note", key="b") is not None


async def test_a_failing_job_is_tried_again_then_held_and_can_be_put_back(ready: Pool) -> None:
    seen: list[int] = []
    healthy = asyncio.Event()

    async def handler(job: Job) -> None:
        seen.append(job.attempts)
        if not healthy.is_set():
            raise OSError("the messenger is out")

    worker = Worker(ready)
    worker.handle("message", handler, QUICK)
    async with running(worker):
        id_ = await put(ready, "message", b"text")

        async def held() -> bool:
            async with ready.acquire() as connection:
                return [j.id for j in await jobs.failed(connection)] == [id_]

        await until(held)
        assert seen == [0, 1, 2]
        async with ready.acquire() as connection:
            [job] = await jobs.failed(connection)
            assert (job.kind, job.payload) == ("message", b"text")
            healthy.set()
            await jobs.again(connection, [job.id])
        await until(lambda: len(seen) == 4)
    async with ready.acquire() as connection:
        assert await jobs.failed(connection) == []


async def test_later_is_not_a_failure(ready: Pool) -> None:
    seen: list[int] = []

    async def handler(job: Job) -> None:
        seen.append(job.attempts)
        if len(seen) < 6:
            raise Later(timedelta(milliseconds=5), "rate limit")

    worker = Worker(ready)
    worker.handle("message", handler, QUICK)
    async with running(worker):
        await put(ready, "message")
        await until(lambda: len(seen) == 6)
    async with ready.acquire() as connection:
        assert await jobs.failed(connection) == []


async def test_stopping_waits_for_the_job_in_hand(ready: Pool) -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handler(_job: Job) -> None:
        begun.set()
        await may_end.wait()
        ended.set()

    worker = Worker(ready)
    worker.handle("slow", handler)
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    await put(ready, "slow")
    await asyncio.wait_for(begun.wait(), 20)
    stop.set()
    await asyncio.wait([task], timeout=0.2)
    assert not task.done()
    may_end.set()
    await asyncio.wait_for(task, 20)
    assert ended.is_set()
    assert await ready.fetchval("select count(*) from runtime.job") == 0


async def test_a_cancelled_worker_gives_its_job_back(ready: Pool) -> None:
    begun = asyncio.Event()

    async def hang(_job: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    worker = Worker(ready)
    worker.handle("slow", hang)
    task = asyncio.create_task(worker.run(asyncio.Event()))
    await put(ready, "slow")
    await asyncio.wait_for(begun.wait(), 20)
    task.cancel()
    await asyncio.wait([task], timeout=20)
    assert task.cancelled()
    assert await ready.fetchval("select status::text from runtime.job") == "queued"


async def test_a_killed_workers_job_is_taken_over(ready: Pool, dsn: str) -> None:
    id_ = await put(ready, "slow", b"x")
    async with await Child.python("hang_in_job", dsn) as victim:
        assert (await victim.line())["job"] == id_
        victim.process.kill()
        await victim.ended()
    done: list[int] = []

    async def handler(job: Job) -> None:
        done.append(job.id)

    worker = Worker(ready, heartbeat=timedelta(seconds=1))
    worker.handle("slow", handler)
    async with running(worker):
        await until(lambda: done == [id_])


async def test_a_worker_survives_losing_its_connections(ready: Pool, dsn: str, postgres_server: str) -> None:
    done: list[bytes] = []

    async def handler(job: Job) -> None:
        done.append(job.payload)

    async with asyncpg.create_pool(dsn, min_size=3, max_size=5) as own:
        worker = Worker(own, heartbeat=timedelta(seconds=2))
        worker.handle("note", handler)
        async with running(worker):
            await put(ready, "note", b"1")
            await until(lambda: done == [b"1"])
            await ready.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            await put_freshly(dsn, b"2")
            await until(lambda: done == [b"1", b"2"])


async def put_freshly(dsn: str, payload: bytes) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await jobs.enqueue(connection, "note", payload)
    finally:
        await connection.close()


async def test_a_tick_that_is_due_runs_once_over_all_workers(ready: Pool) -> None:
    ticks: list[int] = []
    workers: list[Worker] = []
    for n in range(2):

        async def tick(n: int = n) -> None:
            ticks.append(n)

        worker = Worker(ready)
        worker.schedule("daily", "0 3 * * *", tick)
        workers.append(worker)
    async with running(workers[0]):
        await until_scheduled(ready)
    assert ticks == []
    await ready.execute("update runtime.job_schedule set next_run = next_run - interval '2 days'")
    async with running(workers[0]), running(workers[1]):
        await until(lambda: len(ticks) == 1)
        await asyncio.wait([asyncio.create_task(asyncio.sleep(0.5))])
    assert len(ticks) == 1


async def until_scheduled(pool: Pool) -> None:
    async def there() -> bool:
        return await pool.fetchval("select count(*) from runtime.job_schedule") == 1

    await until(there)
