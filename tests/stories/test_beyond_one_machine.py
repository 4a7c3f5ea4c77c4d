"""The whole platform on NATS JetStream: one fire from frame to closing, and everything killed under load."""

import asyncio
import contextlib
import random
import signal
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from citysim.load import Load, Plan
from citysim.load_frames import Kind
from support import wreck
from support.nats_server import Nats, server
from support.platform import Platform
from support.processes import until
from support.transmitter import Transmitter
from zhigan.protocols.gb26875 import ComponentStatus
from zhigan.runtime.clock import SystemClock

pytestmark = pytest.mark.timeout(300)
CLOCK = SystemClock()
FIRE = 0x0003
EVERY_FRAME = 1_000_000
LAST = 64
GOES_ON = 500
"""Frames confirmed after each kill."""


@asynccontextmanager
async def platform_on_nats(folder: Path) -> AsyncGenerator[tuple[Platform, Nats]]:
    async with server(folder) as nats:
        platform = Platform(folder / "data", bus_url=nats.url, database_url="", spool_mib="256")
        await asyncio.to_thread(platform.start)
        try:
            yield platform, nats
        finally:
            assert await asyncio.to_thread(platform.stop) == 0


async def works_a_fire_to_its_end(platform: Platform) -> None:
    burning = Transmitter("0119000000AB", CLOCK, lambda: ("127.0.0.1", platform.gb26875_port))
    await burning.says(ComponentStatus(1, 1, 40, 1, FIRE, "三层走廊", CLOCK.micros()))
    with (
        contextlib.closing(await asyncio.to_thread(wreck.Desk, platform)) as duty,
        contextlib.closing(await asyncio.to_thread(wreck.Desk, platform, "lead")) as lead,
    ):
        await until(lambda: burning.address in duty.addresses())
        (incident,) = duty.http.get("/api/v1/incidents", params={"open": True}).json()["items"]
        path = f"/api/v1/incidents/{incident['id']}"
        accepted = duty.http.post(f"{path}/accept", json={})
        assert accepted.json()["state"] == "verifying", accepted.text
        confirmed = lead.http.post(f"{path}/confirm", json={"basis": "unverifiable", "note": "联系不上现场"})
        assert confirmed.json()["state"] == "confirmed", confirmed.text
        sent = duty.http.post(f"{path}/dispatch", json={})
        assert sent.json()["state"] == "dispatched", sent.text
        closed = lead.http.post(f"{path}/close", json={"outcome": "false_alarm", "note": "未见火", "cause": "U1"})
        assert closed.json()["state"] == "closed", closed.text
        assert burning.address not in duty.addresses()
    await burning.hang_up()


async def _goes_on(load: Load, frames: int) -> None:
    wanted = load.confirmed + frames
    await until(lambda: load.confirmed > wanted)


async def test_a_fire_travels_from_the_frame_to_its_closing_and_what_is_killed_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    async with platform_on_nats(tmp_path) as (platform, nats):
        await works_a_fire_to_its_end(platform)
        since = CLOCK.micros()
        plan = Plan(
            host="127.0.0.1", port=platform.gb26875_port, kind=Kind.STATUS, connections=20, rate=600, seconds=120,
            drain_s=90, seed=since % 1_000_000, resend=EVERY_FRAME, points=20,
        )  # fmt: skip
        with Load(plan) as load:
            done = threading.Event()
            running = asyncio.create_task(asyncio.to_thread(load.run, until=done.is_set))
            chance = random.Random(since)
            await _goes_on(load, chance.randint(200, 700))
            wreck.kill(platform, "hot")
            await _goes_on(load, chance.randint(200, 700))
            await nats.stop(signal.SIGKILL)
            await nats.start()
            await _goes_on(load, GOES_ON)
            done.set()
            await running
            assert await asyncio.to_thread(load.drain, plan.drain_s), "sent again, and never confirmed"
            load.resend(LAST)
            report = load.report()
            sent = {frame for line in load.lines for frame in line.last}
        assert report.confirmed == report.sent > GOES_ON and report.resent > LAST
        (await wreck.caught_up(platform, since, sent)).holds_once(sent)
        await asyncio.to_thread(wreck.chains_hold, platform)
