"""Carriers' pushes into the whole platform, fsync on: durable requests a second, one message a request, keep-alive.

`zhigan serve` in a folder of its own; the generator shares the machine, so each figure also says what the platform's
two processes spent (`cpu_hot`, `cpu_web`, seconds) and what two cores' worth of that would give (`per_two_cores`). A
request counts when 200 came. One JSON object a line. `--seconds`, `--connections`;
`--check` refuses figures below the issue's.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import asyncpg
import uvloop

from support.carrier import SECRET, smoke
from support.platform import Platform
from support.wreck import family
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings

CLOCK = SystemClock()
WANTED = 4000
NORMAL, FIRE = 7, 1
TICKS = os.sysconf("SC_CLK_TCK")


def say(what: str, **figures: object) -> None:
    print(json.dumps({"bench": what, **figures}), flush=True)


def spent(platform: Platform, what: str) -> float:
    """CPU seconds of a process of the platform so far."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in family(platform, what)]
    return sum(int(field[11]) + int(field[12]) for field in fields) / TICKS


class Sender(asyncio.Protocol):
    """One keep-alive connection: the next request when the former is answered."""

    def __init__(self, load: "Load", number: int) -> None:
        self.load = load
        self.number = number
        self.asked = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.next()

    def next(self) -> None:
        if self.transport is not None and not self.load.over:
            self.asked = time.perf_counter()
            self.transport.write(self.load.request(self.number))

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 200"):
            self.load.taken += 1
            self.load.waits.append(time.perf_counter() - self.asked)
        elif data.startswith(b"HTTP/1.1 "):
            self.load.refused += 1
        else:
            return  # the rest of an answer
        self.next()


class Load:
    def __init__(self, devices: int, fires: int) -> None:
        self.over = False
        self.taken = 0
        self.refused = 0
        self.waits: list[float] = []
        self._devices = devices
        self._fires = fires
        self._sent = 0
        self._head = f"POST /api/v1/ingest/ctwing?token={SECRET} HTTP/1.1\r\nHost: x\r\nContent-Length: ".encode()

    def request(self, number: int) -> bytes:
        """Every request is new: its device, its stamp and its temperature."""
        self._sent += 1
        status = FIRE if self._fires and self._sent % self._fires == 0 else NORMAL
        device = f"bench{self._sent % self._devices:06d}"
        said = smoke(device, CLOCK.micros(), status, Cell_ID=str(self._sent * 1000 + number))
        return self._head + str(len(said)).encode() + b"\r\n\r\n" + said


async def measure(platform: Platform, what: str, seconds: float, connections: int, devices: int, fires: int) -> float:
    load = Load(devices, fires)
    loop = asyncio.get_running_loop()
    before = {name: spent(platform, name) for name in ("hot", "web")}
    begun = time.perf_counter()
    made = [
        await loop.create_connection(lambda n=n: Sender(load, n), "127.0.0.1", platform.port)
        for n in range(connections)
    ]
    await asyncio.sleep(seconds)
    load.over = True
    took = time.perf_counter() - begun
    cpu = {name: spent(platform, name) - before[name] for name in before}
    taken = load.taken
    for transport, _ in made:
        transport.close()
    waits = sorted(load.waits)
    total = sum(cpu.values())
    per_two = taken / max(total, 0.01) * 2
    say(
        what, connections=connections, requests=taken, refused=load.refused, per_second=round(taken / took),
        cpu_hot=round(cpu["hot"], 2), cpu_web=round(cpu["web"], 2), per_two_cores=round(per_two),
        p50_ms=round(waits[len(waits) // 2] * 1000, 1), p99_ms=round(waits[int(len(waits) * 0.99)] * 1000, 1),
    )  # fmt: skip
    return per_two


async def judged(platform: Platform, what: str, least: int) -> None:
    """How long the engine needed for what was taken: history is the witness."""
    begun = time.perf_counter()
    async with database(Settings.load(platform.environment)) as dsn:
        conn = await asyncpg.connect(dsn)
        try:
            while True:
                stored = await conn.fetchval("select count(*) from history.stamp")
                if stored >= least or time.perf_counter() - begun > 120:
                    break
                await asyncio.sleep(0.5)
        finally:
            await conn.close()
    say(what, stored=stored, behind_s=round(time.perf_counter() - begun, 1))


async def run(asked: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder) / "data", ctwing_token=SECRET, database_url="")
        platform.start()
        try:
            await measure(platform, "carriers warm", 3, 64, 2000, 0)
            worst = await measure(platform, "carriers telemetry", asked.seconds, asked.connections, 2000, 0)
            await judged(platform, "carriers telemetry judged", 1)
            fires = await measure(platform, "carriers with fires", asked.seconds / 2, asked.connections, 2000, 200)
        finally:
            platform.stop()
    return 1 if asked.check and min(worst, fires) < WANTED else 0


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--seconds", type=float, default=10)
    asking.add_argument("--connections", type=int, default=256)
    asking.add_argument("--check", action="store_true")
    return uvloop.run(run(asking.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
