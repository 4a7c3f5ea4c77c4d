"""Positions: exactly one reader of a name moves on; the loser's whole transaction is undone."""

import asyncio

import pytest

from zhigan.bus.positions import EVENTS, PositionLost, advance, position, positions
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.signals import Lane


async def test_readers_and_lanes_do_not_know_one_another(pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert await position(connection, "engine", Lane.URGENT) == 0
        await advance(connection, "engine", Lane.URGENT, 0, 7)
        await advance(connection, "engine", Lane.BULK, 0, 900)
        await advance(connection, "live", EVENTS, 0, 3)
        await advance(connection, "engine", Lane.URGENT, 7, 8)
        assert await position(connection, "engine", Lane.URGENT) == 8
        assert await positions(connection) == {("engine", 0): 8, ("engine", 1): 900, ("live", EVENTS): 3}


@pytest.mark.parametrize("believed", [0, 4, 6])
async def test_a_position_that_moved_is_lost(pool: Pool, believed: int) -> None:
    async with pool.acquire() as connection:
        await advance(connection, "engine", 0, 0, 5)
        with pytest.raises(PositionLost):
            await advance(connection, "engine", 0, believed, 9)
        assert await position(connection, "engine", 0) == 5


async def test_a_reader_that_never_began_cannot_be_in_the_middle(pool: Pool) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(PositionLost):
            await advance(connection, "engine", 0, 3, 4)


@pytest.mark.parametrize("start", [0, 10])
async def test_of_two_owners_one_commits_and_the_other_is_undone(pool: Pool, start: int) -> None:
    async with pool.acquire() as connection:
        await connection.execute("create table work (owner int)")
        if start:
            await advance(connection, "engine", 0, 0, start)
    met = asyncio.Barrier(2)

    async def owner(n: int) -> bool:
        try:
            async with pool.acquire() as connection, connection.transaction():
                assert await position(connection, "engine", 0) == start
                await met.wait()
                await connection.execute("insert into work values ($1)", n)
                await advance(connection, "engine", 0, start, start + 1 + n)
        except PositionLost:
            return False
        return True

    won = await asyncio.gather(owner(0), owner(1))
    assert sorted(won) == [False, True]
    assert await pool.fetchval("select owner from work") == won.index(True)
    assert await pool.fetchval("select count(*) from work") == 1
