"""The live feed over a real socket: nothing missed, nothing twice, nothing from outside the scope."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
import uvicorn

from support.processes import until
from support.web import Web
from zhigan.bus import log
from zhigan.outlets.live import api
from zhigan.outlets.live.tailer import BEHIND, Screen, Tailer
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned, Scope, parse

NOW = 1_795_320_000_000_000


def draft(
    number: int, *, queue: str = "desk", area: str = "360802", type_: EventType = EventType.INCIDENT_OPENED
) -> Draft:
    body = {"id": f"i{number}", "queue": queue, "version": number}
    return Draft(type_, f"i{number}", NOW, body, Owned(area=area))


async def tell(pool: Pool, *drafts: Draft) -> list[int]:
    async with pool.acquire() as conn, conn.transaction():
        return await log.append(conn, drafts, NOW)


class Told(msgspec.Struct, frozen=True):
    id: int
    event: str
    data: dict[str, object]


class Feed:
    """A screen that reads the feed as a browser does."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()
        self.beats = 0

    async def next(self) -> Told | None:
        """The next event; None at the stream's end."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(30):
            async for line in self._lines:
                if line.startswith(":"):
                    self.beats += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    return Told(int(fields["id"]), fields["event"], msgspec.json.decode(fields["data"]))
                else:
                    fields = {}
        return None

    async def take(self, count: int) -> list[Told]:
        found = [await self.next() for _ in range(count)]
        return [told for told in found if told is not None]


@pytest.fixture
async def tailer(dsn: str, pool: Pool) -> AsyncIterator[Tailer]:
    made = Tailer(dsn, pool, period=0.2, heartbeat=0.2)
    running = asyncio.create_task(made.run())
    await until(lambda: made.fresh)
    yield made
    running.cancel()
    await asyncio.wait([running])


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path, tailer: Tailer) -> Web:
    return Web(pool, hand_clock, api.handlers, tmp_path, {"tailer": tailer})


@pytest.fixture
async def address(web: Web) -> AsyncIterator[str]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(web.app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1"
    server.should_exit = True
    await serving
    listening.close()


@asynccontextmanager
async def watching(address: str, client: httpx.AsyncClient, last: int | None = None) -> AsyncIterator[Feed]:
    headers = dict(client.headers) | ({} if last is None else {"Last-Event-ID": str(last)})
    async with (
        httpx.AsyncClient(timeout=20) as screen,
        screen.stream("GET", f"{address}/live", headers=headers) as told,
    ):
        assert told.status_code == 200, await told.aread()
        assert told.headers["content-type"].startswith("text/event-stream")
        yield Feed(told)


async def joined(tailer: Tailer, count: int) -> None:
    await until(lambda: tailer.screens == count)


async def test_what_is_appended_is_seen(web, address, tailer, pool):
    duty = await web.person("duty", Role.DUTY)
    async with watching(address, duty) as feed:
        await joined(tailer, 1)
        ids = await tell(
            pool,
            draft(1),
            draft(2, queue="attention"),
            draft(3, queue="task"),
            draft(4, type_=EventType.COMMAND_CHANGED),
            draft(5, type_=EventType.DEVICE_DISCOVERED),
            draft(6, type_=EventType.INCIDENT_LEFT),
        )
        told = await feed.take(6)
        assert [t.event for t in told] == ["incident", "attention", "task", "command", "device", "left"]
        assert [t.id for t in told] == ids
        assert told[0].data == {"id": "i1", "queue": "desk", "version": 1}
        assert told[4].data["type"] == "device.discovered"
        assert feed.beats >= 1
    await joined(tailer, 0)


async def test_a_screen_that_was_cut_resumes_where_it_stopped(web, address, tailer, pool):
    """Events fall before, during and after the cut; a writer goes on all the while."""
    duty = await web.person("duty", Role.DUTY)
    total = 300
    written: list[int] = []

    async def write() -> None:
        for number in range(total):
            written.extend(await tell(pool, draft(number)))
            await asyncio.sleep(0)

    writer = asyncio.create_task(write())
    seen: list[Told] = []
    last = 0
    while len(seen) < total:
        async with watching(address, duty, last) as feed:
            seen += await feed.take(min(37, total - len(seen)))
        last = seen[-1].id
    await writer
    assert [t.id for t in seen] == written
    assert [t.data["version"] for t in seen] == list(range(total))


async def test_the_scope_holds_live_and_resumed(web, address, tailer, pool):
    mine = await web.person("mine", Role.DUTY, "area:360803")
    async with watching(address, mine) as feed:
        await joined(tailer, 1)
        ids = await tell(pool, draft(1), draft(2, area="360803"), draft(3), draft(4, area="360803"))
        assert [t.id for t in await feed.take(2)] == [ids[1], ids[3]]
    async with watching(address, mine, 0) as feed:
        assert [t.id for t in await feed.take(2)] == [ids[1], ids[3]]
        await tell(pool, draft(5))
        (own,) = await tell(pool, draft(6, area="360803"))
        assert [t.id for t in await feed.take(1)] == [own]


async def test_many_missed_events_come_in_order_and_once(web, address, pool, tailer):
    duty = await web.person("duty", Role.DUTY)
    ids = await tell(pool, *(draft(n) for n in range(1700)))
    async with watching(address, duty, ids[99]) as feed:
        assert [t.id for t in await feed.take(1600)] == ids[100:]


async def test_what_another_process_has_given_already_is_not_given_again(tailer, pool):
    """The screen comes from a process whose tailer was ahead of ours."""
    ahead = tailer.join(Scope(), has=2)
    ids = await tell(pool, draft(1), draft(2), draft(3))
    async with asyncio.timeout(30):
        received = await ahead.wait(10)
    assert ids == [1, 2, 3]
    assert received.startswith(b"id: 3\n")


async def test_a_stranger_sees_nothing(web, address):
    async with httpx.AsyncClient() as nobody:
        assert (await nobody.get(f"{address}/live")).status_code == 401


async def test_an_id_that_we_never_gave_is_no_id(web, address, tailer, pool):
    duty = await web.person("duty", Role.DUTY)
    async with watching(address, duty) as feed:
        await joined(tailer, 1)
        await tell(pool, draft(1))
        await feed.take(1)
    for never in ("yesterday", "4000000"):
        headers = dict(duty.headers) | {"Last-Event-ID": never}
        async with httpx.AsyncClient() as screen, screen.stream("GET", f"{address}/live", headers=headers) as told:
            await joined(tailer, 1)
            (second,) = await tell(pool, draft(2))
            assert [t.id for t in await Feed(told).take(1)] == [second]
        await joined(tailer, 0)


async def test_the_feed_goes_on_when_the_database_was_away(web, address, tailer, pool):
    """The listening connection is killed: what was appended meanwhile comes all the same."""
    duty = await web.person("duty", Role.DUTY)
    async with watching(address, duty) as feed:
        await joined(tailer, 1)
        async with pool.acquire() as conn:
            await conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'zhigan live' and datname = current_database()"
            )
        ids = await tell(pool, draft(1), draft(2))
        assert [t.id for t in await feed.take(2)] == ids


async def test_a_session_that_ended_loses_its_stream(web, address, tailer, pool):
    duty = await web.person("duty", Role.DUTY)
    async with watching(address, duty) as feed:
        await joined(tailer, 1)
        async with pool.acquire() as conn:
            await conn.execute("delete from access.session")
        assert await feed.next() is None
        assert feed.beats > 1


async def test_the_end_of_the_process_ends_the_streams(web, address, tailer):
    duty = await web.person("duty", Role.DUTY)
    async with watching(address, duty) as feed:
        await joined(tailer, 1)
        tailer.close()
        assert await feed.next() is None
    await joined(tailer, 0)


async def test_a_screen_that_falls_behind_is_dropped_and_the_others_are_not(dsn, pool, tailer):
    slow, quick = tailer.join(Scope()), tailer.join(parse("area:360802"))
    for start in range(0, BEHIND + 1000, 1000):
        ids = await tell(pool, *(draft(start + n) for n in range(1000)))
        received = b""
        async with asyncio.timeout(30):
            while b"id: %d\n" % ids[-1] not in received:
                received += await quick.wait(1)
    assert slow.ended
    assert await slow.wait(1) == b""
    assert not quick.ended


async def test_waiting_for_nothing_ends():
    assert await Screen(Scope(), 0).wait(0.01) == b""
