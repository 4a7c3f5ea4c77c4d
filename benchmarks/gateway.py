"""Frames a second through gateway, intake and spool on one process, real sockets, fsync on: one JSON object a line.

The generator is a second process that keeps a window of unconfirmed frames open on each connection, so that what is
counted is confirmed (durable) frames. CPU is that of the gateway's process alone.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from zhigan.bus.spool import Spool
from zhigan.gateways.gb26875.server import Server
from zhigan.gateways.gb26875.terms import NoDirectory, Terms
from zhigan.gateways.intake import Intake
from zhigan.protocols.gb26875 import Analog, ComponentStatus, build
from zhigan.runtime.clock import SystemClock
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Lane

CONFIRM_SIZE = 30
WINDOW = 64
CENTRE = "640000000000"


def address(n: int) -> str:
    return (n + 1).to_bytes(6, "little").hex().upper()


def made(kind: str, n: int, serial: int, now: int) -> bytes:
    at = now // SECOND * SECOND
    if kind == "analog20":
        values = [Analog(1, 1, 30, point, 3, 200 + serial % 50, at) for point in range(20)]
        return build.upload(serial, address(n), CENTRE, now, values)
    status = 0x0001 if kind == "status" else 0x0003
    said = ComponentStatus(1, 1, 40, serial % 200, status, f"{serial % 20}层走廊东侧感烟", at)
    return build.upload(serial, address(n), CENTRE, now, [said])


class Device(asyncio.Protocol):
    """Sends as long as fewer than WINDOW frames wait for their confirmation, or at a steady pace."""

    def __init__(self, frame: bytes, paced: bool) -> None:
        self._paced = paced
        self._middle = frame[4:-3]
        self._sum = sum(self._middle)
        self._turn = 0
        self._bytes = 0
        self.confirmed = 0
        self.sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if not self._paced:
            self.fill()

    def fill(self) -> None:
        room = WINDOW - (self.sent - self.confirmed)
        if room > WINDOW // 4:
            self.send(room)

    def send(self, count: int) -> None:
        out: list[bytes] = []
        for turn in range(self._turn, self._turn + count):
            low, high = turn & 255, turn >> 8 & 255
            out += (b"@@", bytes((low, high)), self._middle, bytes((self._sum + low + high & 255,)), b"##")
        self._turn += count
        self.sent += count
        self._transport.write(b"".join(out))

    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)
        done = self._bytes // CONFIRM_SIZE
        if done != self.confirmed:
            self.confirmed = done
            if not self._paced:
                self.fill()


async def keep_pace(devices: list[Device], rate: int) -> None:
    """Every device in its turn, so that the load is even and what comes at once is little."""
    began, sent, turn = time.perf_counter(), 0, 0
    while True:
        due = int((time.perf_counter() - began) * rate) - sent
        for _ in range(due):
            devices[turn % len(devices)].send(1)
            turn += 1
        sent += due
        await asyncio.sleep(0.001)


def generate(port: int, connections: int, seconds: float, kind: str, rate: int, pipe: Connection) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        now = SystemClock().micros()
        devices = []
        for n in range(connections):
            frame = made(kind, n, n, now)
            _, device = await loop.create_connection(lambda f=frame: Device(f, rate > 0), "127.0.0.1", port)
            devices.append(device)
        pacing = asyncio.create_task(keep_pace(devices, rate)) if rate else None
        await asyncio.sleep(1)
        before, began = sum(d.confirmed for d in devices), time.perf_counter()
        pipe.send("go")
        await asyncio.sleep(seconds)
        after, took = sum(d.confirmed for d in devices), time.perf_counter() - began
        pipe.send((after - before, took))
        if pacing:
            pacing.cancel()

    uvloop.run(run())


async def serve(folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    clock = SystemClock()
    bus = await Spool.open(folder)
    intake = Intake(bus, clock)
    server = Server(intake, clock, NoDirectory(), Terms(frames_per_second=1_000_000, sync_seconds=1 << 30))
    _, port = await server.start("127.0.0.1", 0)
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(server.run()), asyncio.create_task(drain(bus))]
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    child = context.Process(
        target=generate,
        args=(port, arguments.connections, arguments.seconds, arguments.kind, arguments.rate, there),
    )
    child.start()
    await asyncio.to_thread(here.recv)
    cpu = time.process_time()
    stored = intake.counts.signals
    flushes = bus.last(Lane.BULK) + bus.last(Lane.URGENT)
    frames, took = await asyncio.to_thread(here.recv)
    cpu = time.process_time() - cpu
    stored = intake.counts.signals - stored
    flushes = bus.last(Lane.BULK) + bus.last(Lane.URGENT) - flushes
    child.join()
    await server.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await bus.close()
    return {
        "bench": "gateway",
        "kind": arguments.kind,
        "connections": arguments.connections,
        "rate": arguments.rate or "most",
        "frames_per_s": round(frames / took),
        "stored_per_s": round(stored / took),
        "cpu_us_per_frame": round(cpu / frames * 1e6, 1),
        "duplicates": intake.counts.duplicates,
        "signals_per_flush": round(stored / max(flushes, 1)),
        "rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


async def drain(bus: Spool) -> None:
    """The engine's side: takes the same objects and lets go of them."""
    after = 0
    while True:
        for batch in await bus.read(Lane.BULK, after, 10_000, 1):
            after = batch.position
        await bus.forget(Lane.BULK, after)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--rate", type=int, default=0, help="frames a second in all; 0: as many as are confirmed")
    parser.add_argument("--kind", choices=("status", "analog20"), default="status")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        print(json.dumps(uvloop.run(serve(Path(folder), arguments))))


if __name__ == "__main__":
    sys.exit(main())
