"""Migrations: each once, in order, whole or not at all; edited history is refused; two migrators do not collide."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from zhigan.runtime.clock import HandClock
from zhigan.runtime.migrate import Migration, MigrationError, migrate, migrations

ONE = Migration(1, "0001_a_make.sql", "create table a (n int); insert into a values (1)")
TWO = Migration(2, "0002_a_more.sql", "alter table a add m int")
BAD = Migration(3, "0003_a_bad.sql", "create table b (n int);\nselect from nowhere_at_all")


async def fetch(dsn: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def test_each_file_runs_once_in_order(empty_dsn: str, hand_clock: HandClock) -> None:
    assert await migrate(empty_dsn, clock=hand_clock, files=[ONE]) == [ONE.name]
    assert await migrate(empty_dsn, clock=hand_clock, files=[ONE, TWO]) == [TWO.name]
    assert await migrate(empty_dsn, clock=hand_clock, files=[ONE, TWO]) == []
    rows = await fetch(empty_dsn, "select number, name, applied_at from runtime.migration order by number")
    assert [tuple(r) for r in rows] == [(m.number, m.name, hand_clock.now()) for m in (ONE, TWO)]
    assert [tuple(r) for r in await fetch(empty_dsn, "select * from a")] == [(1, None)]


async def test_a_file_that_fails_leaves_nothing_and_is_named(empty_dsn: str) -> None:
    with pytest.raises(MigrationError, match=r"0003_a_bad\.sql.*nowhere_at_all.*line 2"):
        await migrate(empty_dsn, files=[ONE, BAD])
    assert await fetch(empty_dsn, "select 1 from pg_class where relname = 'b'") == []
    assert [r["number"] for r in await fetch(empty_dsn, "select number from runtime.migration")] == [1]


async def test_edited_history_is_refused(empty_dsn: str) -> None:
    await migrate(empty_dsn, files=[ONE, TWO])
    edited = Migration(1, ONE.name, ONE.sql + "; create index on a (n)")
    with pytest.raises(MigrationError, match=r"0001_a_make\.sql was changed after it ran"):
        await migrate(empty_dsn, files=[edited, TWO])
    with pytest.raises(MigrationError, match="older than the database"):
        await migrate(empty_dsn, files=[ONE])
    between = Migration(2, "0002_b.sql", "select 1")
    with pytest.raises(MigrationError, match="renumber it"):
        await migrate(empty_dsn, files=[ONE, TWO, Migration(0, "0000_b.sql", "select 1")])
    with pytest.raises(MigrationError, match="was changed"):
        await migrate(empty_dsn, files=[ONE, between])


async def test_line_ends_do_not_count_as_an_edit(empty_dsn: str) -> None:
    await migrate(empty_dsn, files=[Migration(1, "0001_a.sql", "create table a (\n  n int\n)\n")])
    assert await migrate(empty_dsn, files=[Migration(1, "0001_a.sql", "create table a ( \r\n  n int\r\n)")]) == []


async def test_two_migrators_at_once_run_each_file_once(empty_dsn: str) -> None:
    slow = Migration(1, ONE.name, ONE.sql + "; select pg_sleep(0.3)")
    ran = await asyncio.gather(*(migrate(empty_dsn, files=[slow, TWO]) for _ in range(4)))
    assert sorted(map(len, ran)) == [0, 0, 0, 2]


async def test_an_open_connection_does_as_well(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    try:
        assert await migrate(connection, files=[ONE]) == [ONE.name]
        assert await connection.fetchval("select count(*) from pg_locks where locktype = 'advisory'") == 0
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("names", "said"), [(["1_a.sql"], "of the form"), (["0001_a.sql", "0001_b.sql"], "same number")]
)
def test_wrongly_named_files_are_refused(tmp_path: Path, names: list[str], said: str) -> None:
    for name in names:
        (tmp_path / name).write_text("select 1")
    (tmp_path / "README.md").write_text("not a migration")
    with pytest.raises(MigrationError, match=said):
        migrations(tmp_path)


def test_our_own_files_are_in_order_without_a_gap() -> None:
    numbers = [m.number for m in migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_our_own_files_run_twice_without_a_change(empty_dsn: str) -> None:
    assert await migrate(empty_dsn) == [m.name for m in migrations()]
    assert await migrate(empty_dsn) == []
