"""Two and three installations, one above another."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import database_url, execute
from support.joined import Side, side
from zhigan.runtime.clock import HandClock


@pytest.fixture
async def more_dsns(postgres_server: str, template: str) -> AsyncIterator[list[str]]:
    names = [f"test_{secrets.token_hex(6)}" for _ in range(2)]
    for name in names:
        await execute(postgres_server, f"create database {name} template {template} strategy file_copy")
    yield [database_url(postgres_server, name) for name in names]
    for name in names:
        await execute(postgres_server, f"drop database {name} with (force)")


@pytest.fixture
async def city(dsn: str, hand_clock: HandClock, tmp_path: Path) -> AsyncIterator[Side]:
    async with side("city", dsn, hand_clock, tmp_path) as made:
        yield made


@pytest.fixture
async def school(more_dsns: list[str], hand_clock: HandClock, tmp_path: Path) -> AsyncIterator[Side]:
    async with side("school", more_dsns[0], hand_clock, tmp_path) as made:
        yield made


@pytest.fixture
async def province(more_dsns: list[str], hand_clock: HandClock, tmp_path: Path) -> AsyncIterator[Side]:
    async with side("province", more_dsns[1], hand_clock, tmp_path) as made:
        yield made
