"""Soak: the platform under load while its parts are killed at random moments; then every confirmed frame is looked for.

A cycle: devices send; something gets SIGKILL (the hot process, PostgreSQL, the whole platform, or all of it); it comes
back; devices send what was unconfirmed, and their last frames again byte for byte; when the engine has caught up each
frame must be in history exactly once, and no locus may have two open incidents. One JSON object a cycle; exit code 1
when anything was lost or doubled.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from citysim.clock import micros
from citysim.load import Load, Plan
from citysim.load_frames import Kind
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.moments import to_datetime

READY_S = 120.0
CAUGHT_UP_S = 120.0
ALL_FRAMES = 1_000_000
RESENT = 64
TARGETS = ("hot", "postgres", "platform", "both")
FRAMES = "select raw, count(*) as n from history.signal where received_at >= $1 and raw is not null group by raw"
DOUBLED = (
    "select count(*) from (select slot from incidents.incident where state <> 'closed' and merged_into is null"
    " group by slot having count(*) > 1) as twice"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Platform:
    """`zhigan serve` in a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.gb26875 = free_port()
        self.environment = {
            **os.environ,
            "ZHIGAN_DATA": str(folder),
            "ZHIGAN_HTTP": f"127.0.0.1:{free_port()}",
            "ZHIGAN_GB26875": f"127.0.0.1:{self.gb26875}",
            "ZHIGAN_COAP": "",
            "ZHIGAN_LOG_LEVEL": "error",
        }
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "zhigan.processes", "serve"], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        killer = threading.Timer(READY_S, self._process.kill)
        killer.start()
        said = [line.strip() for line in iter(self._process.stdout.readline, "ready\n")]
        killer.cancel()
        if self._process.poll() is not None:
            raise SystemExit(f"the platform did not come up: {said}")

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(READY_S)

    def kill(self, what: str) -> None:
        assert self._process
        family = dict(descendants(self._process.pid))
        if what in ("platform", "both"):
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pid, command in family.items():
            database_too = what in ("postgres", "both") and "postgres" in command
            if database_too or (what == "hot" and " hot " in command):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if what in ("platform", "both"):
            self.start()


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """Process ids below one, with their command lines."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            with contextlib.suppress(OSError):
                yield int(child), Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                yield from descendants(int(child))


async def looked_up(platform: Platform, since: int) -> tuple[Counter[bytes], int]:
    """Raw frames in history from a moment on, with how often each is there; and slots with two open incidents."""
    async with database(Settings.load(platform.environment)) as dsn:
        conn = await asyncpg.connect(dsn)
        try:
            rows = await conn.fetch(FRAMES, to_datetime(since))
            doubled = await conn.fetchval(DOUBLED)
        finally:
            await conn.close()
    return Counter({bytes(row["raw"]): int(row["n"]) for row in rows}), int(doubled)


async def caught_up(platform: Platform, since: int, wanted: set[bytes]) -> tuple[Counter[bytes], int]:
    """Ask until every frame is there or the time is up: the engine may be behind its bus."""
    end = time.monotonic() + CAUGHT_UP_S
    while True:
        found, doubled = await looked_up(platform, since)
        if wanted <= found.keys() or time.monotonic() > end:
            return found, doubled
        await asyncio.sleep(0.5)


def cycle(platform: Platform, number: int, chance: random.Random) -> dict[str, object]:
    what = chance.choice(TARGETS)
    since = micros()
    kind = chance.choice((Kind.STATUS, Kind.FIRE))
    plan = Plan(
        host="127.0.0.1", port=platform.gb26875, kind=kind, connections=40, rate=2000, seconds=8, drain_s=90,
        seed=1000 + number, resend=ALL_FRAMES, points=50,
    )  # fmt: skip
    with Load(plan) as load:
        killer = threading.Timer(chance.uniform(1, 6), platform.kill, [what])
        killer.start()
        load.run()
        killer.join()
        load.drain(plan.drain_s)
        load.resend(RESENT)
        report = load.report()
        wanted: set[bytes] = set()
        for line in load.lines:
            wanted |= set(line.last) - set(line.flying.values())
    found, doubled = asyncio.run(caught_up(platform, since, wanted))
    return {
        "benchmark": "soak",
        "cycle": number,
        "killed": what,
        "kind": plan.kind,
        "sent": report.sent,
        "confirmed": report.confirmed,
        "resent": report.resent,
        "lost": len(wanted - found.keys()),
        "doubled": sum(found[frame] > 1 for frame in wanted),
        "doubled_incidents": doubled,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder))
        platform.start()
        try:
            end = time.monotonic() + options.minutes * 60
            number = 0
            while time.monotonic() < end:
                number += 1
                result = cycle(platform, number, chance)
                bad += bool(result["lost"] or result["doubled"] or result["doubled_incidents"])
                print(json.dumps(result), flush=True)
        finally:
            platform.stop()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
