"""What strangers, liars and power cuts do (issue 2, "must hold"): others are not slowed, nothing confirmed is lost."""

import asyncio
import contextlib
import os
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path
from random import Random

import pytest

from gateways.gate import Caller, address, fire, gate
from zhigan.gateways.gb26875.limits import Newcomers, Unproven
from zhigan.gateways.gb26875.terms import Terms
from zhigan.protocols.gb26875 import Command, Frame, Reader, build, parse
from zhigan.runtime.clock import HandClock, SystemClock
from zhigan.vocabulary.moments import HOUR, SECOND
from zhigan.vocabulary.signals import SignalKind

NOW = SystemClock().micros
CENTRE = "640000000000"
START = 1_780_000_000 * SECOND
ALL = (SignalKind.STATUS, SignalKind.READINGS, SignalKind.OPERATION, SignalKind.INFO)


async def test_garbage_with_stray_starts_never_holds_back_a_good_frame(tmp_path: Path) -> None:
    random = Random(119)
    async with gate(tmp_path, terms=Terms(first_frame_bytes=1 << 20)) as city:
        device = await Caller.dial(city)
        for serial in range(200):
            noise = bytes(random.choices(b"@#\x00\x01\x30\xff", k=random.randrange(60)))
            device.send(noise, fire(serial, address(1), NOW(), component=serial))
            await device.confirmed(serial)
        assert len({s.address for s in await city.stored()}) == 200


async def test_a_slow_sender_holds_up_only_itself(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        slow, quick = await Caller.dial(city), await Caller.dial(city)
        frame = fire(1, address(2), NOW())
        for n, byte in enumerate(frame):
            slow.send(bytes((byte,)))
            quick.send(fire(n, address(3), NOW(), component=n))
            await quick.confirmed(n, within=2)
        await slow.confirmed(1)


async def test_a_half_frame_is_given_up_and_the_next_is_read(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock) as city:
        device = await Caller.dial(city)
        device.send(fire(1, address(4), clock.micros())[:40])
        await city.until(lambda: any(s.received for s in city.server.sessions))
        clock.advance(3)
        city.server.sweep(clock.micros())
        device.send(fire(2, address(4), clock.micros()))
        await device.confirmed(2)


@pytest.mark.parametrize("claimed", [0, 1, 47, 49, 500, 1024, 1025, 0xFFFF])
async def test_lying_lengths_do_not_desynchronise(tmp_path: Path, claimed: int) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        lying = bytearray(fire(1, address(5), NOW()))
        lying[24:26] = claimed.to_bytes(2, "little")
        filler = b"".join(fire(n, address(5), NOW(), component=n) for n in range(2, 40))
        device.send(bytes(lying), filler)
        for n in range(2, 40):
            await device.confirmed(n)
        assert len(await city.stored()) == 38


@pytest.mark.parametrize("claimed", [True, False])
async def test_a_stranger_without_a_valid_frame_is_shown_the_door(tmp_path: Path, claimed: bool) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock, terms=Terms(first_frame_seconds=30)) as city:
        silent, noisy, device = [await Caller.dial(city) for _ in range(3)]
        device.send(fire(1, address(6), clock.micros()))
        await device.confirmed(1)
        noisy.send(bytes(20_000))
        assert await noisy.hung_up()
        clock.advance(31)
        city.server.sweep(clock.micros())
        assert await silent.hung_up()
        assert [s.device is not None for s in city.server.sessions] == [True]


async def test_unregistered_addresses_are_bounded_per_host_and_the_known_ones_served(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock, terms=Terms(unknown_per_host_hour=5)) as city:
        forger = await Caller.dial(city)
        for n in range(20):
            forger.send(fire(n, address(200 + n), clock.micros()))
        forger.send(fire(99, address(200), clock.micros()))
        await forger.confirmed(99)
        assert len(await city.stored()) == 6 and city.server.counts.throttled == 15
        clock.advance(HOUR / SECOND)
        forger.send(fire(100, address(219), clock.micros()))
        await forger.confirmed(100)


def test_newcomers_count_addresses_and_not_frames() -> None:
    newcomers = Newcomers(2)
    assert [newcomers.allows("h", a, START) for a in "aabbac"] == [True, True, True, True, True, False]
    assert newcomers.allows("other", "c", START) and newcomers.allows("h", "c", START + HOUR)


class _Guest:
    def __init__(self, host: str, born: int) -> None:
        self.host = host
        self.born = born

    def close(self) -> None:
        pass


def test_the_oldest_stranger_of_a_host_goes_first_then_the_oldest_of_all() -> None:
    strangers = Unproven(3, 2)
    a, b, c = _Guest("x", 1), _Guest("x", 2), _Guest("x", 3)
    assert [strangers.add(g) for g in (a, b, c)] == [None, None, a]
    d, e = _Guest("y", 4), _Guest("z", 5)
    assert [strangers.add(g) for g in (d, e)] == [None, b]
    assert strangers.overdue(4) == [c]
    strangers.remove(c)
    strangers.remove(c)
    assert len(strangers) == 2


STORM = """
import resource, socket, sys
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
held = []
for n in range(int(sys.argv[2])):
    held.append(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
print("all", flush=True)
sys.stdin.read()
"""


async def test_ten_thousand_connections_that_never_speak_slow_nobody(tmp_path: Path) -> None:
    """They come as fast as one process can dial; a device of the same host goes on, and a new one still gets in."""
    async with gate(tmp_path, terms=Terms(unproven_per_host=400)) as city:
        device = await Caller.dial(city)
        device.send(fire(0, address(7), NOW()))
        await device.confirmed(0)
        attacker = await asyncio.create_subprocess_exec(
            sys.executable, "-c", STORM, str(city.port), "10000", stdin=PIPE, stdout=PIPE
        )
        assert attacker.stdout and attacker.stdin
        over = asyncio.create_task(attacker.stdout.readline())
        loop = asyncio.get_running_loop()
        waits: list[float] = []
        while not over.done() or len(waits) < 20:
            began = loop.time()
            device.send(fire(len(waits) + 1, address(7), NOW(), component=len(waits)))
            await device.confirmed(len(waits) + 1)
            waits.append(loop.time() - began)
        assert await over == b"all\n"
        late = await Caller.dial(city)
        late.send(fire(1, address(8), NOW()))
        await late.confirmed(1)
        await city.until(lambda: city.server.counts.connections >= 10_002)
        assert city.server.counts.evicted >= 9_500 and len(city.server.unproven) <= 400
        assert sorted(waits)[len(waits) // 2] < 0.5
        attacker.stdin.close()
        await attacker.wait()


class Fleet:
    """Devices on one gateway process that keep sending; what was sent, what was confirmed."""

    def __init__(self, port: int, count: int, epoch: int) -> None:
        self.port = port
        self.epoch = epoch
        self.count = count
        self.sent: dict[tuple[str, int], bytes] = {}
        self.confirmed: set[tuple[str, int]] = set()
        self.enough = asyncio.Event()

    async def send_until(self, gone: asyncio.Event) -> None:
        await asyncio.gather(*(self._device(n, gone) for n in range(self.count)))

    async def _device(self, n: int, gone: asyncio.Event) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        hearing = asyncio.create_task(self._hear(reader))
        serial = 0
        with contextlib.suppress(ConnectionError):
            while not gone.is_set():
                for _ in range(20):
                    status = 3 if serial % 50 == 0 else 5
                    frame = fire(serial, address(1000 + n), NOW(), component=self.epoch + serial, status=status)
                    self.sent[address(1000 + n), serial] = frame
                    writer.write(frame)
                    serial += 1
                await writer.drain()
                await asyncio.sleep(0)
        await hearing
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        frames = Reader()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                for frame in frames.receive(data):
                    if isinstance(frame, Frame) and frame.command == Command.CONFIRM:
                        self.confirmed.add((frame.destination, frame.serial))
                if len(self.confirmed) >= 3000:
                    self.enough.set()


async def test_killed_under_load_and_resent_everything_confirmed_is_there_once(tmp_path: Path) -> None:
    gone = asyncio.Event()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateways.gateway_process", str(tmp_path), stdout=PIPE, env=environment
    )
    assert child.stdout
    fleet = Fleet(int(await child.stdout.readline()), 10, 0)
    sending = asyncio.create_task(fleet.send_until(gone))
    await asyncio.wait_for(fleet.enough.wait(), 60)
    child.kill()
    gone.set()
    await child.wait()
    await sending
    unconfirmed = [frame for key, frame in fleet.sent.items() if key not in fleet.confirmed]
    last = [frame for key, frame in fleet.sent.items() if key in fleet.confirmed][-500:]
    async with gate(tmp_path, terms=Terms(frames_per_second=1_000_000)) as city:
        before = {(s.address[:12], s.raw) for s in await city.stored(*ALL)}
        assert {(key[0], fleet.sent[key]) for key in fleet.confirmed} <= before, "confirmed, and lost"
        device = await Caller.dial(city)
        again = (unconfirmed + last)[-4000:]
        device.send(*again)
        wanted = {(frame.source, frame.serial) for frame in map(parse, again) if isinstance(frame, Frame)}
        while wanted:
            heard = await device.hears(lambda f: f.command == Command.CONFIRM)
            wanted.discard((heard.destination, heard.serial))
        raws = [s.raw for s in await city.stored(*ALL)]
        assert len(raws) == len(set(raws)), "counted twice"
        assert set(again) | {raw for _, raw in before} == set(raws)


async def test_a_storm_of_telemetry_does_not_delay_a_fire(tmp_path: Path) -> None:
    async with gate(tmp_path, terms=Terms(frames_per_second=1_000_000)) as city:
        noisy, burning = await Caller.dial(city), await Caller.dial(city)
        serial = 0
        waits: list[float] = []
        for n in range(30):
            flood = range(serial, serial + 300)
            noisy.send(*(fire(s & 0xFFFF, address(9), NOW(), component=s, status=5) for s in flood))
            serial += 300
            began = time.perf_counter()
            burning.send(fire(n, address(10), NOW(), component=n))
            await burning.confirmed(n)
            waits.append(time.perf_counter() - began)
        assert sorted(waits)[15] < 0.25
        await noisy.hears(lambda f: f.command == Command.CONFIRM and f.serial == serial - 1)


async def test_crowded_intake_delays_and_drops_nothing(tmp_path: Path) -> None:
    async with gate(tmp_path, terms=Terms(frames_per_second=1_000_000)) as city:
        devices = [await Caller.dial(city) for _ in range(4)]
        for n, device in enumerate(devices):
            said = [b"\xfa\x01" + serial.to_bytes(4, "big") for serial in range(8000)]
            device.send(*(build.frame(2, s, address(300 + n), CENTRE, NOW(), adu) for s, adu in enumerate(said)))
        for device in devices:
            await device.confirmed(7999, within=30)
        assert len(await city.stored()) == 32_000
        assert not city.intake.crowded
