"""Two hundred screens that follow ten events a second, over real sockets: one JSON object a line.

The server runs here and its processor time is measured; writer and screens run in a child process, which also measures
how long an event takes from before its transaction to the screen. Limit: one core for the server.
"""

import asyncio
import json
import multiprocessing
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import uvicorn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.web import Web
from zhigan.bus import log
from zhigan.outlets.live import api
from zhigan.outlets.live.tailer import Tailer
from zhigan.runtime.clock import HandClock
from zhigan.runtime.migrate import migrate
from zhigan.runtime.postgres import PrivateServer
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned

SCREENS = 200
RATE = 10
SECONDS = 15
NOW = 1_795_320_000_000_000
UNIT = {"id": "01a20169-2e00-7f4a-a8d4-38028dbc0908", "code": "360802-0001", "name": "吉州区某某养老院"}
MOMENT = "2026-11-22T04:00:00+00:00"


def draft(number: int) -> Draft:
    body: dict[str, object] = {
        **{
            "id": f"01a20169-2e01-7157-9fed-{number:012x}",
            "version": 1,
            "grade": "II",
            "kind": "fire",
            "state": "open",
        },
        **{"unit": UNIT, "opened_at": MOMENT, "last_signal_at": MOMENT, "alarms": 1, "queue": "desk"},
        "written": time.perf_counter(),
    }
    return Draft(EventType.INCIDENT_OPENED, str(body["id"]), NOW, body, Owned(area="360802"))


class Screens:
    """What the child does: two hundred plain sockets and one writer."""

    def __init__(self, dsn: str, port: int, token: str) -> None:
        self.dsn = dsn
        self.port = port
        self.token = token
        self.waits: list[float] = []
        self.open = asyncio.Event()
        self.connected = 0

    async def screen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"GET /api/v1/live HTTP/1.1\r\nHost: city\r\nAuthorization: Bearer {self.token}\r\n\r\n"
        writer.write(head.encode())
        await reader.readuntil(b"\r\n\r\n")
        self.connected += 1
        if self.connected == SCREENS:
            self.open.set()
        seen = 0
        while seen < RATE * SECONDS:
            line = await reader.readline()
            if line.startswith(b"data: "):
                self.waits.append(time.perf_counter() - json.loads(line[6:])["written"])
                seen += 1
        writer.close()

    async def write(self) -> None:
        await self.open.wait()
        conn = await asyncpg.connect(self.dsn)
        began = time.perf_counter()
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            async with conn.transaction():
                await log.append(conn, [draft(number)], NOW)
        await conn.close()

    async def run(self) -> dict[str, float]:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.write())
            for _ in range(SCREENS):
                group.create_task(self.screen())
        ordered = sorted(self.waits)
        return {
            "received": len(ordered),
            "ms_p50": round(statistics.median(ordered) * 1000, 1),
            "ms_p99": round(ordered[int(len(ordered) * 0.99)] * 1000, 1),
        }


def child(dsn: str, port: int, token: str, answers: "multiprocessing.Queue[dict[str, float]]") -> None:
    answers.put(asyncio.run(Screens(dsn, port, token).run()))


async def measure(dsn: str, folder: Path) -> dict[str, float | str]:
    async with asyncpg.create_pool(dsn, max_size=16) as pool:
        tailer = Tailer(dsn, pool)
        running = asyncio.create_task(tailer.run())
        web = Web(pool, HandClock(NOW), api.handlers, folder, {"tailer": tailer})
        person = await web.person("duty", Role.DUTY)
        token = person.headers["Authorization"].removeprefix("Bearer ")
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(web.app, log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        context = multiprocessing.get_context("spawn")
        answers: multiprocessing.Queue[dict[str, float]] = context.Queue()
        screens = context.Process(target=child, args=(dsn, listening.getsockname()[1], token, answers))
        cpu, began = time.process_time(), time.perf_counter()
        screens.start()
        figures = await asyncio.to_thread(answers.get, timeout=120)
        used, passed = time.process_time() - cpu, time.perf_counter() - began
        screens.join()
        server.should_exit = True
        running.cancel()
        await asyncio.wait([serving, running])
    return {
        **{"bench": "live", "screens": SCREENS, "events_per_s": RATE, "seconds": SECONDS},
        **figures,
        "cores": round(used / min(passed, SECONDS), 3),
        "limit_cores": 1.0,
    }


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder) / "postgres")
        await server.acquire()
        try:
            await migrate(server.dsn)
            print(json.dumps(await measure(server.dsn, Path(folder))), flush=True)
        finally:
            await server.release()


if __name__ == "__main__":
    asyncio.run(main())
