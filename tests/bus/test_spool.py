"""The local spool: the contract, and what only a file can suffer (full disk, damage, two owners, SIGKILL)."""

import asyncio
import itertools
import os
import resource
import signal as signals_of_unix
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bus.bus_contract import START, BusContract, signal, signals
from support.wreck import small_disk
from zhigan.bus.signals import Batch, BusCorrupt, BusOwned, BusRefused, SignalBus
from zhigan.bus.spool import Spool
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Lane


@asynccontextmanager
async def spool(folder: Path, **how: int) -> AsyncIterator[Spool]:
    opened = await Spool.open(folder / "spool", **how)
    try:
        yield opened
    finally:
        await opened.close()


class TestContract(BusContract):
    def open(self, folder: Path) -> AbstractAsyncContextManager[SignalBus]:
        return spool(folder)


class TestContractFromDisk(BusContract):
    """The same with a tail that holds nothing but the newest batch: readers get theirs from the file."""

    def open(self, folder: Path) -> AbstractAsyncContextManager[SignalBus]:
        return spool(folder, tail_bytes=1)


async def test_the_reader_gets_the_very_objects_that_were_published(tmp_path: Path) -> None:
    async with spool(tmp_path) as bus:
        batch = signals(1, 3)
        await bus.publish([(Lane.BULK, batch)])
        assert (await bus.read(Lane.BULK, 0, 10, 1))[0].signals is batch


async def test_publishers_share_a_commit(tmp_path: Path) -> None:
    async with spool(tmp_path) as bus:
        tasks = [asyncio.create_task(bus.publish([(Lane.BULK, signals(n * 10, 2))])) for n in range(200)]
        told = await asyncio.gather(*tasks)
        assert sorted(each[Lane.BULK] for each in told) == list(range(1, 201))


async def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    async with spool(tmp_path):
        with pytest.raises(BusOwned):
            await Spool.open(tmp_path / "spool")
    async with spool(tmp_path) as bus:
        await bus.publish([(Lane.BULK, signals(1, 1))])


async def test_the_size_limit_refuses_telemetry_first_and_heals_by_reading(tmp_path: Path) -> None:
    async with spool(tmp_path, limit_bytes=20_000) as bus:
        last = 0
        with pytest.raises(BusRefused):
            for n in range(1000):
                last = (await bus.publish([(Lane.BULK, signals(n * 100, 10))]))[Lane.BULK]
        held = await bus.read(Lane.BULK, 0, 100_000, 1)
        assert held[-1].position == last, "what was refused is not there"
        fire = await bus.publish([(Lane.URGENT, signals(500_000, 1))])
        assert fire == {Lane.URGENT: 1}
        await bus.forget(Lane.BULK, last)
        late = [signal(1)]
        late[0].received_at = START + 600 * SECOND
        await bus.publish([(Lane.URGENT, late)])
        assert (await bus.publish([(Lane.BULK, signals(700_000, 10))]))[Lane.BULK] == last + 1


async def test_at_the_size_limit_telemetry_is_taken_again_as_soon_as_what_was_there_is_read(tmp_path: Path) -> None:
    """No fire has to come first, and no time to pass: the newest that is stored does not move while all is refused."""
    async with spool(tmp_path, limit_bytes=200_000) as bus:
        last = 0
        for lane in (Lane.BULK, Lane.URGENT):
            with pytest.raises(BusRefused):
                for n in range(10_000):
                    told = await bus.publish([(lane, signals(n * 10, 1))])
                    last = told.get(Lane.BULK, last)
        assert last > 200, "many rows: one trim is not enough"
        with pytest.raises(BusRefused):
            await bus.publish([(Lane.BULK, signals(1, 1))])
        await bus.forget(Lane.BULK, last)
        assert (await bus.publish([(Lane.BULK, signals(1, 1000))]))[Lane.BULK] == last + 1


async def test_forgotten_batches_leave_the_file(tmp_path: Path) -> None:
    async with spool(tmp_path, keep_seconds=1) as bus:
        for n in range(100):
            batch = signals(n, 5)
            for each in batch:
                each.received_at = START + n * SECOND
            told = await bus.publish([(Lane.BULK, batch)])
            await bus.forget(Lane.BULK, told[Lane.BULK])
    async with spool(tmp_path) as bus:
        assert min([b.position async for b in bus.recent(1000)]) >= 97


async def test_damage_is_named(tmp_path: Path) -> None:
    async with spool(tmp_path) as bus:
        for n in range(50):
            await bus.publish([(Lane.BULK, signals(n * 10, 10))])
    file = tmp_path / "spool" / "spool.sqlite3"
    content = bytearray(file.read_bytes())
    at = content.rindex(b"gb26875")
    content[at : at + 7] = b"xxxxxxx"
    file.write_bytes(content)
    async with spool(tmp_path) as bus:
        with pytest.raises(BusCorrupt, match="checksum"):
            after = 0
            while batches := await bus.read(Lane.BULK, after, 100, 0):
                after = batches[-1].position
        with pytest.raises(BusCorrupt):
            await bus.publish([(Lane.BULK, signals(1, 1))])


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "spool.sqlite3").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(BusCorrupt, match="damaged"):
        await Spool.open(tmp_path / "spool")


async def test_a_full_disk_refuses_and_heals(tmp_path: Path) -> None:
    """The kernel refuses to let files grow (RLIMIT_FSIZE), as a full disk does; then there is room again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with spool(tmp_path) as bus:
        before = (await bus.publish([(Lane.BULK, signals(1, 10))]))[Lane.BULK]
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
        try:
            with pytest.raises(BusRefused):
                for n in range(10_000):
                    before = (await bus.publish([(Lane.BULK, signals(n * 100, 100))]))[Lane.BULK]
            with pytest.raises(BusRefused):
                await bus.publish([(Lane.BULK, signals(5_000_000, 100))])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        after = (await bus.publish([(Lane.BULK, signals(9_000_000, 10))]))[Lane.BULK]
        assert after == before + 1
    async with spool(tmp_path) as bus:
        assert bus.last(Lane.BULK) == after


async def test_a_disk_that_the_spool_itself_fills_refuses_and_heals_when_what_it_holds_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else makes room: it must have kept enough of it to delete. Where nothing can be mounted, as told."""
    with small_disk(tmp_path / "spool", DISK_MIB) as mounted:
        if not mounted:
            monkeypatch.setattr(os, "statvfs", reckoned)
        async with spool(tmp_path) as bus:
            fires = last = 0
            serial = itertools.count(1000, 1000)
            for _ in range(3):
                kept = 0
                with pytest.raises(BusRefused):
                    while kept < 10_000:
                        last = (await bus.publish([(Lane.BULK, signals(next(serial), 1000))]))[Lane.BULK]
                        kept += 1
                assert kept > 20, "a disk of this size holds more than that"
                fires = (await bus.publish([(Lane.URGENT, signals(next(serial), 50))]))[Lane.URGENT]
                held = await bus.read(Lane.BULK, 0, 1 << 30, 0)
                assert held[-1].position == last, "what was refused is not there"
                await bus.forget(Lane.BULK, last)
            assert fires == 3
        async with spool(tmp_path) as bus:
            assert bus.last(Lane.BULK) == last, "and it opens as it was left"


DISK_MIB = 24


def reckoned(folder: Path) -> os.statvfs_result:
    """A disk that holds nothing but this folder."""
    used = sum(file.stat().st_size for file in folder.iterdir())
    free = max(0, (DISK_MIB << 20) - used) // 4096
    return os.statvfs_result((4096, 4096, DISK_MIB << 8, free, free, 0, 0, 0, 0, 255))


CRASHER = """
import asyncio, sys
from pathlib import Path
from bus.bus_contract import signals
from zhigan.bus.spool import Spool
from zhigan.vocabulary.signals import Lane

async def main():
    bus = await Spool.open(Path(sys.argv[1]) / "spool")
    async def publish(lane):
        n = 0
        while True:
            told = await bus.publish([(lane, signals(n, 20))])
            print(int(lane), told[lane], flush=True)
            n += 20
    await asyncio.gather(publish(Lane.URGENT), publish(Lane.BULK))

asyncio.run(main())
"""


def _killed_under_load(tmp_path: Path) -> list[str]:
    """What it had been told was durable, a line each, the last perhaps cut."""
    child = subprocess.Popen(
        [sys.executable, "-c", CRASHER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    assert child.stdout
    lines = [child.stdout.readline() for _ in range(200)]
    child.send_signal(signals_of_unix.SIGKILL)
    lines += child.stdout.readlines()
    child.stdout.close()
    child.wait()
    return lines


async def test_what_was_confirmed_before_a_kill_is_there(tmp_path: Path) -> None:
    lines = await asyncio.to_thread(_killed_under_load, tmp_path)
    confirmed = dict.fromkeys(Lane, 0)
    for line in lines:
        if line.endswith("\n"):
            lane, position = map(int, line.split())
            confirmed[Lane(lane)] = position
    async with spool(tmp_path) as bus:
        for lane in Lane:
            got = [b async for b in _all(bus, lane)]
            assert len(got) >= confirmed[lane] > 0
            assert [b.signals for b in got] == [signals(20 * n, 20) for n in range(len(got))]


async def _all(bus: SignalBus, lane: Lane) -> AsyncIterator[Batch]:
    after = 0
    while batches := await bus.read(lane, after, 1000, 0):
        for batch in batches:
            yield batch
        after = batches[-1].position
