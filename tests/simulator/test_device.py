"""A device on its line, against a small real centre: confirmations, resends, order, downlink, breaks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from citysim import city
from citysim.city import Beat, Site
from citysim.clock import micros
from citysim.device import CENTRE, RESENDS, Attendant, Device, Tally
from citysim.panel import FAULT, FIRE
from citysim.wire import Target
from simulator.centre import Centre, denying, silent
from zhigan.protocols import gb26875 as gb
from zhigan.protocols.gb26875 import build

SITE = next(unit.sites[0] for unit in city.build(119).units if unit.kind == "hotel")
SMOKE = next(point for point in SITE.points if point.part == "smoke")
HOUR = 3_600_000_000


@contextlib.asynccontextmanager
async def living(
    centre: Centre,
    site: Site = SITE,
    *,
    datagrams: bool = False,
    patience_s: float = 10.0,
    clock_error_s: float = 0.0,
    attendant: Attendant | None = None,
) -> AsyncIterator[Device]:
    target = Target("127.0.0.1", centre.port, datagrams)
    device = Device(site, target, Tally(), patience_s=patience_s, clock_error_s=clock_error_s, attendant=attendant)
    task = asyncio.create_task(device.run())
    try:
        async with asyncio.timeout(30):
            await device.online.wait()
        yield device
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def raise_fire(device: Device) -> None:
    device.tell(device.panel.change([SMOKE], device.now(), on=FIRE), urgent=True)


@pytest.mark.parametrize("datagrams", [False, True])
async def test_a_fire_is_told_and_confirmed(datagrams: bool) -> None:
    async with Centre() as centre, living(centre, datagrams=datagrams) as device:
        raise_fire(device)
        await centre.until(lambda: bool(centre.objects(gb.ComponentStatus)))
        await device.settled()
        assert device.tally.confirmed == device.tally.sent == len(centre.frames)
        (fire,) = centre.objects(gb.ComponentStatus)
        assert isinstance(fire, gb.ComponentStatus) and fire.status & FIRE
        assert {frame.source for frame in centre.frames} == {SITE.address}
        assert not centre.faults


async def test_unconfirmed_is_sent_again_byte_for_byte_and_then_the_line_is_left() -> None:
    async with Centre(silent) as centre, living(centre, patience_s=0.05) as device:
        await centre.until(lambda: centre.connections >= 2)
        sent = [frame.raw for frame in centre.frames]
        assert len(sent) >= 1 + RESENDS
        assert len(set(sent[: 1 + RESENDS])) == 1
        assert device.tally.confirmed == 0


async def test_after_a_break_the_unconfirmed_goes_on_with_its_serial() -> None:
    async with Centre(silent) as centre, living(centre, patience_s=0.05) as device:
        raise_fire(device)
        await centre.until(lambda: centre.connections >= 2)
        centre.reply = lambda frame: gb.confirm(frame, micros())
        await centre.until(lambda: bool(centre.objects(gb.ComponentStatus)))
        await device.settled()
        by_serial: dict[int, set[bytes]] = {}
        for frame in centre.frames:
            by_serial.setdefault(frame.serial, set()).add(frame.raw)
        assert all(len(versions) == 1 for versions in by_serial.values())


async def test_fire_goes_before_what_waits() -> None:
    async with Centre(silent) as centre, living(centre, patience_s=5) as device:
        await centre.until(lambda: bool(centre.frames))
        device.tell(device.panel.change(SITE.points[:60], device.now(), on=FAULT))
        raise_fire(device)
        centre.reply = lambda frame: gb.confirm(frame, micros())
        centre.send(SITE.address, gb.confirm(centre.frames[0], micros()))
        await device.settled()
        first, *rest = [o for o in centre.objects(gb.ComponentStatus) if isinstance(o, gb.ComponentStatus)]
        assert first.status & FIRE
        assert len(rest) == 60


async def test_a_denied_message_is_dropped_after_its_resends() -> None:
    async with Centre(denying) as centre, living(centre, patience_s=0.05) as device:
        await centre.until(lambda: len(centre.frames) > RESENDS)
        await device.settled()
        assert device.tally.denied == 1 + RESENDS
        assert device.tally.dropped == 1


async def test_clock_sync_sets_the_devices_clock_and_is_confirmed() -> None:
    async with Centre() as centre, living(centre, clock_error_s=-3600) as device:
        await centre.until(lambda: bool(centre.frames))
        assert device.now() < micros() - HOUR // 2
        now = micros()
        centre.send(SITE.address, build.sync_clock(7, CENTRE, SITE.address, now))
        await centre.until(lambda: any(f.command == gb.Command.CONFIRM and f.serial == 7 for f in centre.frames))
        assert abs(device.now() - micros()) < 2_000_000


async def test_a_request_is_answered_with_its_serial() -> None:
    async with Centre() as centre, living(centre):
        await centre.until(lambda: bool(centre.frames))
        centre.send(SITE.address, build.read_device(81, 9, CENTRE, SITE.address, micros()))
        await centre.until(lambda: centre.frames[-1].command == gb.Command.ANSWER)
        answer = centre.frames[-1]
        assert answer.serial == 9 and answer.type == gb.Type.DEVICE_STATUS


async def test_a_request_for_nothing_is_denied() -> None:
    async with Centre() as centre, living(centre):
        await centre.until(lambda: bool(centre.frames))
        asked = gb.ReadComponent(62, 1, 1, 0xDEAD)
        centre.send(SITE.address, build.request(9, CENTRE, SITE.address, micros(), (asked,)))
        await centre.until(lambda: centre.frames[-1].command == gb.Command.DENY)


@pytest.mark.parametrize("there", [True, False])
async def test_a_duty_check_is_confirmed_at_once_and_answered_by_a_person(there: bool) -> None:
    asked: list[int] = []

    async def attendant(minutes: int) -> bool:
        asked.append(minutes)
        return there

    async with Centre() as centre, living(centre, attendant=attendant) as device:
        await centre.until(lambda: bool(centre.frames))
        centre.send(SITE.address, build.check_duty(3, CENTRE, SITE.address, micros(), 10))
        await centre.until(lambda: any(f.command == gb.Command.CONFIRM and f.serial == 3 for f in centre.frames))
        raise_fire(device)
        await centre.until(lambda: bool(centre.objects(gb.ComponentStatus)))
        await device.settled()
        assert asked == [10]
        assert len(centre.objects(gb.DeviceOperation)) == there


@pytest.mark.parametrize(("beat", "command", "adu"), [(Beat.EMPTY, 2, b""), (Beat.SEVEN, 7, b"")])
async def test_heartbeats_in_the_makers_way(beat: Beat, command: int, adu: bytes) -> None:
    quick = msgspec.structs.replace(SITE, beat=beat, heartbeat_s=0)
    async with Centre() as centre, living(centre, quick):
        await centre.until(lambda: any((f.command, f.adu) == (command, adu) for f in centre.frames))


async def test_a_cut_line_comes_back() -> None:
    async with Centre() as centre, living(centre) as device:
        device.cut()
        await centre.until(lambda: centre.connections >= 2)
        raise_fire(device)
        await centre.until(lambda: bool(centre.objects(gb.ComponentStatus)))
