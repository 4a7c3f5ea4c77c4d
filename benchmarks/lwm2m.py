"""CoAP and LwM2M: the door before storage, and a registration storm against the whole platform while fires burn.

`coap door`: CON POSTs (one value each, SenML-CBOR) through socket, codec, dedupe, translate and intake, over a bus that
keeps nothing, so that what is measured is the door; `per_core` is by the CPU seconds of the door's own process.
`registration storm`: `--devices` register at `--rate` a second over UDP, each answering the observe requests that
follow, while every second one of them burns; `fire_*` is from its notification until the incident stands in the
database.
One JSON object a line; `--check` refuses figures below the issue's.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import asyncpg
import msgspec
import uvloop

from citysim.detector_load import Outcome, Registrants, Storm
from support.platform import Platform
from support.udp import free_udp_port
from support.wreck import family
from zhigan.bus.signals import Batch
from zhigan.gateways.intake import Intake
from zhigan.gateways.lwm2m.server import Server
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.protocols.coap import Code, Message, Type, encode, uint
from zhigan.protocols.lwm2m import Record
from zhigan.protocols.lwm2m.senml import encode_cbor
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.signals import Lane, Signal

CLOCK = SystemClock()
TICKS = os.sysconf("SC_CLK_TCK")
DOOR_WANTED = 8000
FIRE_WANTED_S = 1.0


def say(what: str, **figures: object) -> None:
    print(json.dumps({"bench": what, **figures}), flush=True)


# The door alone.


class Nowhere:
    """A bus that forgets."""

    async def publish(self, parcels: Sequence[tuple[Lane, Sequence[Signal]]]) -> None:
        return None

    async def recent(self, seconds: float) -> AsyncIterator[Batch]:
        return
        yield


def door(pipe: Pipe, folder: str, seconds: float) -> None:
    async def serve() -> None:
        clock = SystemClock()
        intake = Intake(cast("Any", Nowhere()), clock)
        server = Server(intake, clock, Terms(stranger_per_second=10**7, stranger_burst=10**7), lambda *_: None)
        await server.book.open(Path(folder))
        _, port = await server.start("127.0.0.1", 0)
        tasks = [asyncio.create_task(intake.run()), asyncio.create_task(server.run())]
        pipe.send(port)
        before = time.process_time()
        await asyncio.sleep(seconds)
        pipe.send((server.counts.answered, time.process_time() - before))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    uvloop.run(serve())


def post(device: int, mid: int, temperature: float) -> bytes:
    options = ((11, b"t"), (11, b"d%05d" % device), (12, uint(112)))
    payload = encode_cbor([Record((3303, 0, 5700), temperature)])
    return encode(Message(Type.CON, Code.POST, mid, mid.to_bytes(2, "big"), options, payload))


def knock(port: int, seconds: float, ready: list[list[bytes]]) -> int:
    """Each socket keeps a few requests under way; every request is new, and built before."""
    sockets = len(ready)
    made = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(sockets)]
    for one in made:
        one.connect(("127.0.0.1", port))
        one.setblocking(False)
    sent = [0] * sockets
    answered = [0] * sockets
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        idle = True
        for n, one in enumerate(made):
            while sent[n] - answered[n] < 8 and sent[n] < len(ready[n]):
                one.send(ready[n][sent[n]])
                sent[n] += 1
            try:
                while True:
                    one.recv(200)
                    answered[n] += 1
                    idle = False
            except BlockingIOError:
                pass
        if idle:
            time.sleep(0.0005)
    for one in made:
        one.close()
    return sum(answered)


def bench_door(seconds: float) -> float:
    ready = [[post(n, mid, mid / 100) for mid in range(1, 1500)] for n in range(64)]
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        child = multiprocessing.get_context("fork").Process(target=door, args=(theirs, folder, seconds + 1))
        child.start()
        port = ours.recv()
        begun = time.perf_counter()
        answered = knock(port, seconds, ready)
        took = time.perf_counter() - begun
        _, cpu = ours.recv()
        child.join()
    per_core = answered / max(cpu, 0.001)
    say(
        "coap door", answered=answered, per_second=round(answered / took), cpu_s=round(cpu, 2), per_core=round(per_core)
    )
    return per_core


# The storm.


def fleet(pipe: Pipe, storm: Storm) -> None:
    """The simulator's registrants, in a process of their own; told when one of them is to burn."""
    registrants = Registrants(storm)
    while not registrants.over:
        registrants.step()
        while pipe.poll():
            pipe.recv()
            if registrants.burn():
                pipe.send(CLOCK.micros() / 1e6)
    registrants.close()
    pipe.send(registrants.outcome())


def spent(platform: Platform, what: str) -> float:
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in family(platform, what)]
    return sum(int(field[11]) + int(field[12]) for field in fields) / TICKS


async def bench_storm(devices: int, rate: float) -> float:
    port = free_udp_port()
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder) / "data", coap=f"127.0.0.1:{port}", database_url="")
        platform.start()
        ours, theirs = multiprocessing.Pipe()
        storm = Storm("127.0.0.1", port, devices, rate)
        child = multiprocessing.get_context("fork").Process(target=fleet, args=(theirs, storm))
        try:
            async with database(Settings.load(platform.environment)) as dsn:
                conn: Any = await asyncpg.connect(dsn)
                before = spent(platform, "hot")
                child.start()
                delays, missing, end = await _fires(conn, ours)
                cpu = spent(platform, "hot") - before
                await conn.close()
        finally:
            child.join(5)
            platform.stop()
    worst = max(delays, default=float("inf"))
    say(
        "registration storm", **msgspec.structs.asdict(end), cpu_hot=round(cpu, 1), fires=len(delays), missing=missing,
        fire_p50_ms=round(statistics.median(delays) * 1000, 1) if delays else None, fire_max_ms=round(worst * 1000, 1),
    )  # fmt: skip
    return worst if end.registered == devices and not missing else float("inf")


async def _fires(conn: Any, pipe: Pipe) -> tuple[list[float], int, Outcome]:
    """Every second somebody burns, until the storm is over; when an incident stands, the desk has it."""
    delays: list[float] = []
    asked: list[float] = []
    outcome: Outcome | None = None
    next_at, given_up = CLOCK.micros() / 1e6 + 3, 0.0
    while outcome is None or (len(delays) < len(asked) and CLOCK.micros() / 1e6 < given_up):
        while pipe.poll():
            word = pipe.recv()
            if isinstance(word, Outcome):
                outcome, given_up = word, CLOCK.micros() / 1e6 + 10
            else:
                asked.append(word)
        if outcome is None and CLOCK.micros() / 1e6 >= next_at:
            next_at += 1.0
            pipe.send("burn")
        there = await conn.fetchval("select count(*) from incidents.incident where kind = 'fire'")
        delays += [CLOCK.micros() / 1e6 - at for at in asked[len(delays) : there]]
        await asyncio.sleep(0.02)
    return delays, len(asked) - len(delays), outcome


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--seconds", type=float, default=5)
    asking.add_argument("--devices", type=int, default=25_000)
    asking.add_argument("--rate", type=float, default=2_500)
    asking.add_argument("--only", choices=["door", "storm"])
    asking.add_argument("--check", action="store_true")
    asked = asking.parse_args()
    good = True
    if asked.only != "storm":
        good = bench_door(asked.seconds) >= DOOR_WANTED
    if asked.only != "door":
        good = uvloop.run(bench_storm(asked.devices, asked.rate)) <= FIRE_WANTED_S and good
    return 1 if asked.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
