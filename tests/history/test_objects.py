"""The archive on S3-compatible storage, against a real server: the same answers, the same promises, whoever dies."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from history.test_moving import FORGET, KEEP, city, engine, kept, seen
from support import s3_server
from support.engine import Engine
from support.processes import until
from support.s3_server import BUCKET, S3
from zhigan.history import moving
from zhigan.history.archive import Archive, Away
from zhigan.history.objects import Objects, StorageFailed
from zhigan.processes import archives, mover
from zhigan.runtime.clock import HandClock
from zhigan.runtime.settings import Secret, Settings

__all__ = ["engine"]
KILLS = 4


@pytest.fixture
async def s3(tmp_path: Path) -> AsyncIterator[S3]:
    async with s3_server.server(tmp_path / "s3") as server:
        yield server


def given(s3: S3, folder: Path) -> dict[str, str]:
    return {
        "ZHIGAN_DATA": str(folder), "ZHIGAN_ARCHIVE_S3": f"s3://{BUCKET}/fire/archive",
        "ZHIGAN_ARCHIVE_S3_ENDPOINT": s3.endpoint,
        "ZHIGAN_ARCHIVE_S3_KEY": s3.key, "ZHIGAN_ARCHIVE_S3_SECRET": s3.secret,
    }  # fmt: skip


def settings(s3: S3, folder: Path) -> Settings:
    return Settings.load(given(s3, folder))


def objects(s3: S3, secret: str = "") -> Objects:
    place = f"s3://{BUCKET}/fire/archive"
    return Objects(place, s3.endpoint, "us-east-1", Secret(s3.key), Secret(secret or s3.secret))


def lying(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.glob("*/day=*/*.parquet")}


async def test_the_archive_lies_on_the_storage_and_answers_the_same(
    engine: Engine, s3: S3, hand_clock: HandClock, tmp_path: Path
) -> None:
    asked = await city(engine, hand_clock)
    folder, conn, held = tmp_path / "archive", await engine.connect(), objects(s3)
    before = await seen(engine, Archive(folder), asked)
    # an installation that kept its archive in the data folder until now
    await moving.move(conn, Archive(folder), hand_clock.micros(), KEEP + 3, FORGET)
    early = lying(folder)
    assert early and await seen(engine, Archive(folder), asked) == before
    mover = archives.archive(settings(s3, tmp_path), "mover", copies=False)
    web = archives.archive(settings(s3, tmp_path), "web", copies=True)
    assert await seen(engine, web, asked) == before, "what has not been put there yet is read where it lies"
    held.put("readings/day=2026-01-01/block=00000-dead.parquet", Path(__file__))  # a move that died
    await moving.move(conn, mover, hand_clock.micros(), KEEP, FORGET)
    counted = {row["file"] for row in await engine.rows("select file from history.moved")}
    assert set(held.names()) == counted > early
    assert lying(folder) == lying(folder / "copies" / "mover") == set()
    assert await seen(engine, web, asked) == before
    copies = lying(folder / "copies" / "web")
    assert {name for name in counted if name.startswith("readings")} < copies < counted, "what was asked for"
    assert await seen(engine, web, asked) == before
    small = Archive(tmp_path / "elsewhere", Away(held, "web", 1))
    assert await seen(engine, small, asked) == before
    assert lying(tmp_path / "elsewhere/copies/web") == set(), "there is no room for them"
    # forgotten
    hand_clock.advance(440 * 86_400)
    await moving.move(conn, mover, hand_clock.micros(), KEEP, FORGET)
    assert held.names() == [] == await engine.rows("select 1 from history.moved")
    for each in (mover, web, small):
        each.close()


async def test_while_the_storage_refuses_nothing_moves_and_nothing_is_lost(
    engine: Engine, s3: S3, hand_clock: HandClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await city(engine, hand_clock)
    folder, conn = tmp_path / "archive", await engine.connect()
    before = await seen(engine, Archive(folder), asked)
    stranger = Archive(folder, Away(objects(s3, "another-key-than-its-own"), "mover", 0))
    with pytest.raises(StorageFailed) as refused:
        await moving.move(conn, stranger, hand_clock.micros(), KEEP, FORGET)
    assert "another-key-than-its-own" not in str(refused.value) + caplog.text
    assert s3.key not in str(refused.value) + caplog.text
    mover = Archive(folder, Away(_Withdrawn(s3), "mover", 0))
    with pytest.raises(StorageFailed):
        await moving.move(conn, mover, hand_clock.micros(), KEEP, FORGET)
    assert await _moved(engine) == 1, "the day whose files were all there by then"
    with pytest.raises(StorageFailed):
        await seen(engine, mover, asked)
    whole = Archive(folder, Away(objects(s3), "mover", 0))
    assert await seen(engine, whole, asked) == before
    assert len(objects(s3).names()) == 2, "one of them counts"
    await moving.move(conn, whole, hand_clock.micros(), KEEP, FORGET)
    assert await seen(engine, whole, asked) == before
    assert set(objects(s3).names()) == {row["file"] for row in await engine.rows("select file from history.moved")}
    for each in (stranger, mover, whole):
        each.close()


class _Withdrawn(Objects):
    """Its key is withdrawn when the third file comes: the server lets it in no more."""

    def __init__(self, s3: S3) -> None:
        super().__init__(f"s3://{BUCKET}/fire/archive", s3.endpoint, "us-east-1", Secret(s3.key), Secret(s3.secret))
        self._left = 3
        self._other = objects(s3, "not-the-secret-any-more")

    def put(self, name: str, path: Path) -> None:
        self._left -= 1
        if self._left == 0:
            self._store = self._other._store
        super().put(name, path)


async def _moved(engine: Engine) -> int:
    return len(await engine.rows("select 1 from history.moved"))


async def killed(dsn: str, held: Objects) -> None:
    names = set(held.names())
    under_way = asyncio.create_task(mover.run(dsn), name="mover")
    await until(lambda: under_way.done() or not set(held.names()) <= names)
    assert not under_way.done(), "it was done before it could be killed so often"
    under_way.cancel()  # to the mover's process a SIGKILL
    await asyncio.gather(under_way, return_exceptions=True)


async def test_a_mover_that_is_killed_again_and_again_loses_and_doubles_nothing(
    engine: Engine, dsn: str, s3: S3, hand_clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mover's own process dies by SIGKILL each time that the storage has taken one more file."""
    hand_clock.advance(-200 * 86_400)  # the process goes by the machine's own clock
    asked = await city(engine, hand_clock)
    for name, value in (given(s3, tmp_path) | {"ZHIGAN_ARCHIVE_DAYS": "30000"}).items():
        monkeypatch.setenv(name, value)
    held, web = objects(s3), archives.archive(settings(s3, tmp_path), "web", copies=True)
    before = await seen(engine, web, asked)
    for turn in range(KILLS):
        await killed(dsn, held)
        assert await seen(engine, web, asked) == before, turn
    await mover.run(dsn)
    assert await kept(engine) == 0
    assert await seen(engine, web, asked) == before
    assert set(held.names()) == {row["file"] for row in await engine.rows("select file from history.moved")}
    web.close()
