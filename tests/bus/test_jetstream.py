"""JetStream under the same contract as the spool, on a real nats-server; and what only a server can suffer."""

import asyncio
import contextlib
import signal as unix
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import nats
import pytest

from bus.bus_contract import BusContract, signals
from support.nats_server import server
from support.processes import until
from zhigan.bus import jetstream
from zhigan.bus.jetstream import Stream
from zhigan.bus.signals import BusRefused, SignalBus
from zhigan.vocabulary.signals import Lane, Signal

ROOM = 256 << 20


@asynccontextmanager
async def stream(folder: Path) -> AsyncGenerator[Stream]:
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


class Wire:
    """Between a client and the server; `deaf`: what the server answers is lost, what the client says arrives."""

    def __init__(self, server: int) -> None:
        self._server = server
        self.deaf = False
        self.looked = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, onward = await asyncio.open_connection("127.0.0.1", self._server)
        self._writers |= {writer, onward}
        for source, target, answering in ((reader, onward, False), (answers, writer, True)):
            task = asyncio.create_task(self._carry(source, target, answering))
            self._carrying.add(task)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, answering: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                self.looked += data.count(b"DIRECT.GET")
                if not (answering and self.deaf):
                    target.write(data)
        target.close()

    async def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._carrying)
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)
        self._writers.clear()


async def short_memory(url: str) -> None:
    """The server forgets message ids at once: only looking can tell what is stored."""
    client = await nats.connect(url)
    manager = client.jetstream()
    for lane in Lane:
        config = (await manager.stream_info(f"zhigan_{lane.name}")).config
        config.duplicate_window = 0.1
        await manager.update_stream(config)
    await client.close()


@pytest.mark.parametrize("count", [3, 20_000], ids=["one message", "an atomic batch"])
async def test_what_was_stored_though_its_answer_was_lost_is_found_and_not_stored_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(jetstream, "ANSWER_S", 0.3)
    monkeypatch.setattr(jetstream, "PATIENCE_S", 0.3)
    async with server(tmp_path) as nats_server:
        wire = Wire(nats_server.port)
        between = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
        port = between.sockets[0].getsockname()[1]
        bus = await Stream.open(f"nats://127.0.0.1:{port}", limit_bytes=ROOM)
        beside = await Stream.open(nats_server.url)
        await short_memory(nats_server.url)
        many = signals(0, count)
        wire.deaf = True
        publishing = asyncio.create_task(bus.publish([(Lane.URGENT, list(many))]))

        async def stored() -> list[Signal]:
            found: list[Signal] = []
            after = 0
            while batches := await beside.read(Lane.URGENT, after, 7_000, 0):
                found += [s for b in batches for s in b.signals]
                after = batches[-1].position
            return found

        async def all_stored() -> bool:
            return len(await stored()) == count

        await until(all_stored)
        seen = wire.looked
        await until(lambda: wire.looked > seen + 3)
        assert not publishing.done(), "nobody knows yet whether it was kept: it is neither confirmed nor refused"
        wire.deaf = False
        await wire.cut()
        told = await asyncio.wait_for(publishing, 40)
        same = await stored() == many
        assert same
        assert told == {Lane.URGENT: bus.last(Lane.URGENT)}
        await beside.close()
        await bus.close()
        between.close()
        await wire.cut()
        await between.wait_closed()
