"""The mover as a process: what it did, and why it could not, is told on the platform's page and in its metrics."""

from pathlib import Path

import asyncpg
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from support.platform import free_port
from support.web import Web
from zhigan.desks.platform import api
from zhigan.history import status, store
from zhigan.processes import mover
from zhigan.processes.history_figures import HistoryFigures
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.roles import Role

LONG_AGO = 18_000
"""A day, since 1970."""
SECRET = "never-to-be-shown"


async def test_what_the_mover_does_and_why_it_cannot_is_told(
    dsn: str, pool: Pool, hand_clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"ZHIGAN_DATA": str(tmp_path), "ZHIGAN_ARCHIVE_S3": "s3://city/archive"}
    given |= {"ZHIGAN_ARCHIVE_S3_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    given |= {"ZHIGAN_ARCHIVE_S3_KEY": "some-key", "ZHIGAN_ARCHIVE_S3_SECRET": SECRET}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    conn = await asyncpg.connect(dsn)
    await store.prepare_day(conn, LONG_AGO)
    await mover.run(dsn)  # nobody listens where the storage should be
    web = Web(pool, hand_clock, api.handlers, tmp_path, api.provided(Settings.load(given)))
    admin = await web.person("adm", Role.ADMIN)
    seen = (await admin.get("/platform")).json()["history"]
    assert (seen["done"], seen["place"], seen["next_day"]) == (None, "s3://city/archive", "2019-04-14")
    assert "Connection refused" in seen["failed"]["failed"] or "error sending request" in seen["failed"]["failed"]
    assert SECRET not in str(seen) and "some-key" not in str(seen)
    for name in given.keys() - {"ZHIGAN_DATA"}:
        monkeypatch.delenv(name)
    await mover.run(dsn)
    seen = (await admin.get("/platform")).json()["history"]
    assert (seen["done"]["days"], seen["done"]["failed"], seen["next_day"]) == (1, "", None)
    figures = HistoryFigures()
    registry = CollectorRegistry()
    registry.register(figures)
    assert generate_latest(registry) == b"", "before it was looked at nothing is claimed"
    figures.view = await status.of(conn, Settings(), hand_clock.micros())
    told = generate_latest(registry).decode()
    for line in ('zhigan_history_bytes{where="archive"} 0.0', 'zhigan_rollups_waiting{of="hours"} 0.0'):
        assert line in told
    assert told.count("zhigan_mover_ended_seconds{") == 2
    await conn.close()
