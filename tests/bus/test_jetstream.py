"""JetStream under the same contract as the spool, on a real nats-server; and what only a server can suffer."""

import asyncio
import signal as unix
import socket
import sysconfig
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bus.bus_contract import BusContract, signals
from zhigan.bus.jetstream import Stream
from zhigan.bus.signals import BusRefused, SignalBus
from zhigan.vocabulary.signals import Lane

ROOM = 256 << 20
CONFIG = """
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{folder}", sync_interval: always, max_file_store: 1GB }}
"""


class Nats:
    """A nats-server on a folder; `kill` is SIGKILL, `start` again is the same port and store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        config = self._folder / "nats.conf"
        config.write_text(CONFIG.format(port=self.port, folder=self._folder / "store"))
        binary = Path(sysconfig.get_path("scripts")) / "nats-server"
        log = (self._folder / "nats.log").open("ab")
        self._process = await asyncio.create_subprocess_exec(binary, "-c", config, stdout=log, stderr=log)
        log.close()
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                    continue
                writer.close()
                await writer.wait_closed()
                return

    async def stop(self, how: int = unix.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            await self._process.wait()
            self._process = None


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[Nats]:
    nats = Nats(folder)
    await nats.start()
    try:
        yield nats
    finally:
        await nats.stop()


@asynccontextmanager
async def stream(folder: Path) -> AsyncIterator[Stream]:
    async with server(folder) as nats:
        opened = await Stream.open(nats.url, limit_bytes=ROOM)
        try:
            yield opened
        finally:
            await opened.close()


class TestContract(BusContract):
    def open(self, folder: Path) -> AbstractAsyncContextManager[SignalBus]:
        return stream(folder)


async def test_another_process_reads_what_this_one_publishes(tmp_path: Path) -> None:
    async with server(tmp_path) as nats:
        writer, reader = await Stream.open(nats.url, limit_bytes=ROOM), await Stream.open(nats.url)
        reading = asyncio.create_task(reader.read(Lane.BULK, 0, 100, 10))
        told = await writer.publish([(Lane.BULK, signals(1, 3))])
        (batch,) = await reading
        assert (batch.position, batch.signals) == (told[Lane.BULK], signals(1, 3))
        await writer.close()
        await reader.close()


async def test_a_batch_beyond_the_payload_limit_is_kept_whole(tmp_path: Path) -> None:
    async with stream(tmp_path) as bus:
        many = signals(0, 20_000)
        last = (await bus.publish([(Lane.BULK, list(many))]))[Lane.BULK]
        assert last > 1
    async with stream(tmp_path) as bus:
        found, after = [], 0
        while batches := await bus.read(Lane.BULK, after, 7_000, 0.05):
            found += [s for b in batches for s in b.signals]
            after = batches[-1].position
        assert found == many and after == last


async def test_a_killed_server_comes_back_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    async with server(tmp_path) as nats:
        bus = await Stream.open(nats.url, limit_bytes=ROOM)
        told: list[int] = []

        async def publish() -> None:
            for n in range(300):
                told.append((await bus.publish([(Lane.URGENT, signals(n * 10, 5))]))[Lane.URGENT])

        publishing = asyncio.create_task(publish())
        async with asyncio.timeout(30):
            while True:
                if len(told) >= 100:
                    break
                await asyncio.sleep(0.005)
        await nats.stop(unix.SIGKILL)
        await nats.start()
        await asyncio.wait_for(publishing, 60)
        await bus.close()
        bus = await Stream.open(nats.url)
        found, after = [], 0
        while batches := await bus.read(Lane.URGENT, after, 1000, 0.05):
            found += batches
            after = batches[-1].position
        assert [b.signals for b in found] == [signals(n * 10, 5) for n in range(300)]
        await bus.close()


async def test_a_full_stream_refuses_and_heals(tmp_path: Path) -> None:
    async with server(tmp_path) as nats:
        bus = await Stream.open(nats.url, limit_bytes=200_000)
        last = 0
        with pytest.raises(BusRefused):
            for n in range(1000):
                last = (await bus.publish([(Lane.BULK, signals(n * 100, 50))]))[Lane.BULK]
        assert bus.last(Lane.BULK) == last
        late = signals(1 << 40, 1)
        await bus.publish([(Lane.URGENT, late)])
        await bus.forget(Lane.BULK, last)
        assert (await bus.publish([(Lane.BULK, signals(5, 50))]))[Lane.BULK] == last + 1
        await bus.close()
