"""What every test may ask for: a private PostgreSQL for the session, a migrated database for itself, a clock by hand.

Tests run on the same server code as production; only durability is off (a test's data need not survive the machine).
`ZHIGAN_DATABASE_URL` names another server, with the right to create databases: so the suite runs on any PostgreSQL.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from zhigan.runtime.clock import HandClock
from zhigan.runtime.migrate import migrate
from zhigan.runtime.pg import Pool
from zhigan.runtime.postgres import PrivateServer

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
"""How fast a machine draws examples is no property of ours: a busy one must not fail a test (speed is benchmarks')."""
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "min_wal_size": "80MB",
    "max_connections": "200",
    "autovacuum": "off",
}
"""No worker of the server's own: it may stand in a database just when that is dropped, and only a superuser ends it."""
NOON = 1_795_320_000_000_000
"""2026-11-22 12:00 in Ji'an, in microseconds."""


def database_url(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole stories first: what takes minutes must not be alone at the end, while the other worker has nothing left."""
    items.sort(key=lambda item: "stories" not in item.path.parts)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of a server of this session (its maintenance database)."""
    given = os.environ.get("ZHIGAN_DATABASE_URL")
    if given:
        yield given
        return
    chosen = os.environ.get("ZHIGAN_PG_BIN")
    server = PrivateServer(tmp_path_factory.mktemp("postgres"), chosen=Path(chosen) if chosen else None, conf=FAST)
    with asyncio.Runner() as runner:
        runner.run(server.acquire())
        try:
            yield server.dsn
        finally:
            runner.run(server.release())


@pytest.fixture(scope="session")
def template(postgres_server: str) -> Iterator[str]:
    """The name of a database that has every migration and no rows."""
    name = f"template_{secrets.token_hex(4)}"
    with asyncio.Runner() as runner:
        runner.run(execute(postgres_server, f"create database {name}"))
        try:
            runner.run(migrate(database_url(postgres_server, name)))
            yield name
        finally:
            runner.run(execute(postgres_server, f"drop database {name} with (force)"))


@pytest.fixture
async def empty_dsn(postgres_server: str) -> AsyncIterator[str]:
    """A database of this test alone, without any migration."""
    name = f"empty_{secrets.token_hex(6)}"
    await execute(postgres_server, f"create database {name}")
    yield database_url(postgres_server, name)
    await execute(postgres_server, f"drop database {name} with (force)")


@pytest.fixture
async def dsn(postgres_server: str, template: str) -> AsyncIterator[str]:
    """A migrated database of this test alone."""
    name = f"test_{secrets.token_hex(6)}"
    await execute(postgres_server, f"create database {name} template {template} strategy file_copy")
    yield database_url(postgres_server, name)
    await execute(postgres_server, f"drop database {name} with (force)")


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=10) as opened:
        yield opened


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock(NOON)
