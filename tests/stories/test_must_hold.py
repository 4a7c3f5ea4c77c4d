"""Must hold under attack and fault: the whole platform, killed, frozen, starved, crowded. Nothing confirmed is lost.

Load is the simulator's, over real sockets. The long variant is `benchmarks/soak.py`.
"""

import asyncio
import contextlib
import os
import random
import resource
import signal
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from citysim.load import Load, Plan
from citysim.load_frames import Kind
from support import wreck
from support.ordinary import OrdinaryPlatform, account
from support.platform import Platform
from support.transmitter import Transmitter
from zhigan.protocols.gb26875 import ComponentStatus
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.postgres import PrivateServer

pytestmark = pytest.mark.timeout(300)
CLOCK = SystemClock()
EVERY_FRAME = 1_000_000
LAST = 64
GOES_ON = 500
"""Frames confirmed after the kill, until the story ends."""
NORMAL, FIRE = 0x0001, 0x0003
QUICK_S = 2.0
JUDGED_S = 30.0
NO_URL = {"database_url": ""}
"""A server of the platform's own, also where the suite runs on another one."""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that only we may enter."""
    folder = tmp_path_factory.mktemp("closed")
    folder.chmod(0o700)
    return folder


@pytest.fixture(scope="module")
def platform(closed: Path) -> Iterator[Platform]:
    running = Platform(closed / "data", **NO_URL)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def desk(platform: Platform) -> Iterator[wreck.Desk]:
    with contextlib.closing(wreck.Desk(platform)) as desk:
        yield desk


def device(platform: Platform, number: int) -> Transmitter:
    address = f"FEED{number:08X}"
    return Transmitter(address, CLOCK, lambda: ("127.0.0.1", platform.gb26875_port))


async def says(device: Transmitter, status: int, component: int = 1) -> float:
    """Seconds until it was confirmed."""
    began = time.monotonic()
    await device.says(ComponentStatus(1, 1, 40, component, status, "东侧走廊", CLOCK.micros()))
    return time.monotonic() - began


async def on_the_desk(desk: wreck.Desk, *devices: Transmitter) -> None:
    wanted = {device.address for device in devices}
    async with asyncio.timeout(JUDGED_S):
        while True:
            if wanted <= await asyncio.to_thread(desk.addresses):
                return
            await asyncio.sleep(0.1)


KILLED = [("hot", Kind.FIRE), ("postgres", Kind.STATUS), ("platform", Kind.FIRE), ("both", Kind.STATUS)]


@pytest.mark.parametrize(("what", "kind"), KILLED, ids=[what for what, _ in KILLED])
def test_killed_under_load_nothing_confirmed_is_lost_and_nothing_is_doubled(
    platform: Platform, what: str, kind: Kind
) -> None:
    since = CLOCK.micros()
    plan = Plan(
        host="127.0.0.1", port=platform.gb26875_port, kind=kind, connections=20, rate=600, seconds=60, drain_s=60,
        seed=since % 1_000_000, resend=EVERY_FRAME, points=20,
    )  # fmt: skip
    killed_at: list[int] = []

    def strike() -> None:
        wreck.kill(platform, what)
        killed_at.append(load.confirmed)

    with Load(plan) as load:
        killer = threading.Timer(random.Random(since).uniform(0.5, 2.0), strike)
        killer.start()
        load.run(until=lambda: bool(killed_at) and load.confirmed > killed_at[0] + GOES_ON)
        killer.join()
        assert load.drain(plan.drain_s), "sent again after the connection came back, and never confirmed"
        load.resend(LAST)
        report = load.report()
        sent = {frame for line in load.lines for frame in line.last}
    assert report.confirmed == report.sent > GOES_ON and report.resent > LAST
    asyncio.run(wreck.caught_up(platform, since, sent)).holds_once(sent)
    wreck.chains_hold(platform)


async def test_while_the_database_is_frozen_signals_are_confirmed_and_judged_when_it_goes_on(
    platform: Platform, desk: wreck.Desk
) -> None:
    before, burning = device(platform, 1), device(platform, 2)
    assert await says(before, FIRE) < QUICK_S
    await on_the_desk(desk, before)
    frozen = wreck.family(platform, "postgres")
    assert len(frozen) > 3
    wreck.tell(frozen, signal.SIGSTOP)
    try:
        waits = [await says(burning, FIRE)]
        for n in range(2, 20):
            waits.append(await says(before, NORMAL, n))
    finally:
        wreck.tell(frozen, signal.SIGCONT)
    assert max(waits) < QUICK_S
    await on_the_desk(desk, before, burning)
    for each in (before, burning):
        await each.hang_up()


async def test_ten_thousand_dumb_connections_from_one_address_slow_nobody(platform: Platform, desk: wreck.Desk) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65_536, hard))
    dumb: list[asyncio.StreamWriter] = []
    waits: list[float] = []
    known, late = device(platform, 3), device(platform, 4)
    await says(known, NORMAL)

    async def attack() -> None:
        for _ in range(40):
            dialled = (asyncio.open_connection("127.0.0.1", platform.gb26875_port) for _ in range(250))
            opened = await asyncio.gather(*dialled, return_exceptions=True)
            dumb.extend(pair[1] for pair in opened if not isinstance(pair, BaseException))

    storm = asyncio.create_task(attack())
    component = 0
    while not storm.done():
        component += 1
        waits.append(await says(known, FIRE, component))
    await storm
    assert len(dumb) >= 9_900
    assert await says(late, FIRE) < QUICK_S
    assert sorted(waits)[int(len(waits) * 0.9)] < QUICK_S
    await on_the_desk(desk, known, late)
    for writer in dumb:
        writer.transport.abort()
    await asyncio.gather(*(writer.wait_closed() for writer in dumb), return_exceptions=True)
    for each in (known, late):
        await each.hang_up()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(("disk_mib", "spool_mib"), [(64, 16), (24, 1024)], ids=["by others", "by the spool itself"])
async def test_without_a_database_signals_are_confirmed_until_the_disk_is_full_and_all_of_it_heals(
    tmp_path: Path, disk_mib: int, spool_mib: int
) -> None:
    """First the spool's own limit and somebody else's file; then a disk that nothing but the spool fills."""
    server = PrivateServer(tmp_path / "database")
    await server.acquire()
    spool = tmp_path / "data" / "spool"
    try:
        with wreck.small_disk(spool, disk_mib) as mounted:
            limit = spool_mib if mounted else 16  # never somebody's real disk
            running = Platform(tmp_path / "data", database_url=server.dsn, spool_mib=str(limit))
            await asyncio.to_thread(running.start)
            try:
                hot = wreck.family(running, "hot")
                await _starve(running, server)
                if mounted and disk_mib > spool_mib:
                    await _fill(running, spool)
                assert wreck.family(running, "hot") == hot, "the hot process did not live through it"
                wreck.chains_hold(running)
            finally:
                assert await asyncio.to_thread(running.stop) == 0
    finally:
        await server.release()


async def _starve(running: Platform, server: PrivateServer) -> None:
    """The database is gone; the spool is filled to its limit; the database comes back."""
    desk = await asyncio.to_thread(wreck.Desk, running)
    since = CLOCK.micros()
    before, burning, loud = (device(running, n) for n in (5, 6, 7))
    await says(before, FIRE)
    await on_the_desk(desk, before)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert await says(burning, FIRE) < QUICK_S
    assert await asyncio.to_thread(desk.status, "/healthz") == 200
    assert await asyncio.to_thread(desk.status, "/readyz") == 503
    confirmed, refused = await _flood(loud)
    assert len(confirmed) > 100, "the spool took hardly anything while the database was gone"
    assert await says(before, FIRE, 2) < QUICK_S, "a fire finds room where telemetry finds none"
    await server.acquire()
    await _insists(loud, refused)
    await on_the_desk(desk, before, burning)
    wanted = {*confirmed, *refused, before.last, burning.last}
    (await wreck.caught_up(running, since, wanted)).holds_once(wanted)
    assert await asyncio.to_thread(desk.status, "/readyz") == 200
    desk.close()
    for each in (before, burning, loud):
        await each.hang_up()


async def _fill(running: Platform, spool: Path) -> None:
    """Somebody else's file takes the last byte of the disk; then it is removed."""
    since, loud = CLOCK.micros(), device(running, 8)
    ballast = spool / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    confirmed, refused = await _flood(loud)
    ballast.unlink()
    await _insists(loud, refused)
    wanted = {*confirmed, *refused}
    (await wreck.caught_up(running, since, wanted)).holds_once(wanted)
    await loud.hang_up()


async def _insists(device: Transmitter, frames: Collection[bytes]) -> None:
    """Sends each again and again until it is confirmed, as devices do."""
    left = list(frames)
    async with asyncio.timeout(JUDGED_S):
        while left:
            answers = await asyncio.gather(*(device.sends(f, 2) for f in left), return_exceptions=True)
            left = [f for f, answer in zip(left, answers, strict=True) if isinstance(answer, TimeoutError)]


async def _flood(loud: Transmitter) -> tuple[list[bytes], list[bytes]]:
    """Full frames, fifty at a time, until some are not confirmed: those that were, and those."""
    confirmed: list[bytes] = []
    await loud.beats()
    async with asyncio.timeout(60):
        while True:
            now, named = CLOCK.micros(), "三层东侧走廊感烟探测器一二三"
            points = [ComponentStatus(1, 1, 40, n, NORMAL, named, now) for n in range(20)]
            frames = [loud.frame(*points) for _ in range(50)]
            answers = await asyncio.gather(*(loud.sends(frame, 2) for frame in frames), return_exceptions=True)
            refused = [f for f, answer in zip(frames, answers, strict=True) if isinstance(answer, TimeoutError)]
            confirmed += [frame for frame in frames if frame not in refused]
            if refused:
                return confirmed, refused


def test_the_data_folder_may_lie_where_only_we_may_enter(platform: Platform, closed: Path) -> None:
    """The platform of this module runs below a 0700 folder; as root, its PostgreSQL is somebody else."""
    assert wreck.family(platform, "postgres")
    assert closed.stat().st_mode & 0o777 == 0o700


async def test_an_ordinary_user_starts_it_below_a_folder_of_his_own(tmp_path: Path) -> None:
    with wreck.own_folder(account()) as home, wreck.open_folder() as readable:
        running = OrdinaryPlatform(home / "data", readable, **NO_URL)
        await asyncio.to_thread(running.start)
        try:
            desk = await asyncio.to_thread(wreck.Desk, running)
            burning = device(running, 9)
            await says(burning, FIRE)
            await on_the_desk(desk, burning)
            await burning.hang_up()
            desk.close()
            assert (home / "data").stat().st_uid == account()
            assert home.stat().st_mode & 0o777 == 0o700
        finally:
            assert await asyncio.to_thread(running.stop) == 0
