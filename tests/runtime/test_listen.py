"""Listening: wakes on a notification, says what may have been lost, comes back by itself."""

import asyncio

import asyncpg
import pytest

from support.processes import until
from zhigan.runtime.listen import Listener, Wake
from zhigan.runtime.pg import Pool


async def notify(pool: Pool, channel: str, payload: str) -> None:
    await pool.execute("select pg_notify($1, $2)", channel, payload)


async def test_the_first_wake_says_that_anything_may_have_happened(dsn: str) -> None:
    async with Listener(dsn, "one") as listener:
        assert await listener.wait(20) == Wake({}, lost=True)
        assert listener.connected


async def test_notifications_wake_with_their_distinct_payloads_in_order(dsn: str, pool: Pool) -> None:
    async with Listener(dsn, "one", "two") as listener:
        await listener.wait(20)
        async with pool.acquire() as connection, connection.transaction():
            for channel, payload in (("one", "b"), ("two", "x"), ("one", "a"), ("one", "b"), ("three", "no")):
                await connection.execute("select pg_notify($1, $2)", channel, payload)
        heard: dict[str, list[str]] = {}
        while len(heard) < 2:
            wake = await listener.wait(20)
            assert not wake.lost
            for channel, payloads in wake.heard.items():
                heard.setdefault(channel, []).extend(payloads)
        assert heard == {"one": ["b", "a"], "two": ["x"]}
        assert wake.payloads("three") == []


async def test_a_period_without_a_word_is_a_wake_with_nothing(dsn: str) -> None:
    async with Listener(dsn, "one") as listener:
        await listener.wait(20)
        assert await listener.wait(0.01) == Wake({})
        listener.wake()
        assert await asyncio.wait_for(listener.wait(60), 30) == Wake({})


async def test_a_connection_that_was_cut_comes_back_and_says_so(dsn: str, pool: Pool) -> None:
    async with Listener(dsn, "one") as listener:
        await listener.wait(20)
        cut = await pool.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'zhigan listen%'"
            " and datname = current_database()"
        )
        assert cut == 1
        assert (await listener.wait(20)).lost
        await notify(pool, "one", "again")
        assert (await listener.wait(20)).payloads("one") == ["again"]


async def test_a_flood_of_payloads_is_not_remembered_but_told(dsn: str, pool: Pool) -> None:
    async with Listener(dsn, "one") as listener:
        await listener.wait(20)
        await pool.execute("select pg_notify('one', n::text) from generate_series(1, 30001) n")
        seen, lost = 0, False
        while seen < 1 or not lost:
            wake = await listener.wait(20)
            seen, lost = seen + len(wake.payloads("one")), lost or wake.lost
        assert seen <= 10_000


@pytest.mark.filterwarnings("error")
async def test_without_a_database_it_keeps_trying_and_ends_cleanly(dsn: str, postgres_server: str) -> None:
    missing = dsn.replace("/test_", "/later_", 1)
    async with Listener(missing, "one") as listener:
        assert await listener.wait(0.3) == Wake({})
        assert not listener.connected
        name = missing.partition("?")[0].rpartition("/")[2]
        admin = await asyncpg.connect(postgres_server)
        await admin.execute(f"create database {name}")
        try:
            await until(lambda: listener.connected)
            assert (await listener.wait(20)).lost
        finally:
            await admin.execute(f"drop database {name} with (force)")
            await admin.close()
