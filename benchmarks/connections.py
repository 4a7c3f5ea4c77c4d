"""Memory of the gateway's process per connected device: one JSON object a line.

A second process opens the connections, makes each a device (one frame, confirmed) and holds them. Before and after are
the resident sets of the gateway's process.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import resource
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from zhigan.bus.spool import Spool
from zhigan.gateways.gb26875.server import Server
from zhigan.gateways.gb26875.terms import NoDirectory, Terms
from zhigan.gateways.intake import Intake
from zhigan.protocols.gb26875 import Command, ComponentStatus, Frame, Reader, build
from zhigan.runtime.clock import SystemClock

CENTRE = "640000000000"


def resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise OSError("no VmRSS")


def allow_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def hold(port: int, count: int, pipe: Connection) -> None:
    async def run() -> None:
        allow_files()
        clock = SystemClock()
        writers: list[asyncio.StreamWriter] = []

        async def device(n: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            address = (n + 1).to_bytes(6, "little").hex().upper()
            now = clock.micros()
            said = ComponentStatus(1, 1, 40, n, 1, f"{n % 300}号楼走廊", now)
            writer.write(build.upload(1, address, CENTRE, now, [said]))
            frames, confirmed, synced = Reader(), False, False
            while not (confirmed and synced):
                for event in frames.receive(await reader.read(4096)):
                    if isinstance(event, Frame) and event.command == Command.CONFIRM:
                        confirmed = True
                    elif isinstance(event, Frame):
                        synced = True
                        writer.write(build.confirm(event, clock.micros()))
            writers.append(writer)

        for first in range(0, count, 100):
            await asyncio.gather(*(device(n) for n in range(first, min(first + 100, count))))
        pipe.send(len(writers))
        await asyncio.to_thread(pipe.recv)

    uvloop.run(run())


async def serve(folder: Path, count: int) -> dict[str, object]:
    allow_files()
    clock = SystemClock()
    bus = await Spool.open(folder)
    intake = Intake(bus, clock)
    server = Server(intake, clock, NoDirectory(), Terms(unknown_per_host_hour=1_000_000))
    _, port = await server.start("127.0.0.1", 0)
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(server.run())]
    here, there = multiprocessing.Pipe()
    gc.collect()
    before = resident()
    child = multiprocessing.get_context("spawn").Process(target=hold, args=(port, count, there))
    child.start()
    held = await asyncio.to_thread(here.recv)
    await intake.settle()
    await asyncio.sleep(1.5)
    gc.collect()
    after = resident()
    connected = len(server.devices)
    here.send("go")
    await server.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await bus.close()
    child.join()
    return {
        "bench": "connections",
        "connected": min(held, connected),
        "kib_each": round((after - before) / max(connected, 1) / 1024, 1),
        "rss_mib": round(after / 1024 / 1024, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=5000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        print(json.dumps(uvloop.run(serve(Path(folder), arguments.connections))))


if __name__ == "__main__":
    sys.exit(main())
