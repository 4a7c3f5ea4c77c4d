"""The gateway on real sockets: confirmed only when durable, counted once, one link a device, clocks and orders."""

import asyncio
import socket
from pathlib import Path

import pytest

from gateways.gate import Caller, address, fire, gate
from zhigan.gateways.gb26875.terms import Outcome, Terms
from zhigan.protocols.gb26875 import (
    Analog,
    Command,
    DeviceOperation,
    DeviceStatus,
    Frame,
    ReadDevice,
    TextReader,
    Type,
    build,
    parse,
    times,
)
from zhigan.runtime.clock import HandClock, SystemClock
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import DAY, HOUR, MINUTE, SECOND
from zhigan.vocabulary.signals import Flag, Lane, SignalKind

NOW = SystemClock().micros
CENTRE = "640000000000"
START = 1_780_000_000 * SECOND


def sync(frame: Frame) -> bool:
    return frame.command == Command.CONTROL and frame.type == Type.SYNC_CLOCK


async def test_a_fire_is_durable_when_it_is_confirmed(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        device.send(fire(7, address(1), NOW()))
        confirmation = await device.confirmed(7)
        assert confirmation.source == CENTRE and confirmation.destination == address(1)
        assert abs((confirmation.sent_at or 0) - NOW()) < 5 * SECOND
        stored = await city.stored()
        assert [s.address for s in stored] == [address(1) + "/1.1.40.131082"]
        assert stored[0].conditions & Condition.FIRE and stored[0].type == "smoke" and stored[0].text == "三层走廊"
        assert [b.signals[0].address for b in await city.bus.read(Lane.URGENT, 0, 10, 0)] == [stored[0].address]
    async with gate(tmp_path) as city:
        assert len(await city.stored()) == 1


async def test_a_resend_is_confirmed_again_and_counted_once_even_after_a_restart(tmp_path: Path) -> None:
    frame = fire(3, address(2), NOW())
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        for _ in range(3):
            device.send(frame, frame)
            await device.confirmed(3)
            await device.confirmed(3)
        assert len(await city.stored()) == 1
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        device.send(frame)
        await device.confirmed(3)
        assert len(await city.stored()) == 1
        assert city.intake.counts.duplicates == 1


async def test_a_full_store_confirms_nothing_and_heals(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, limit_bytes=30_000, clock=clock) as city:
        device = await Caller.dial(city)
        serial = 0
        while not city.intake.counts.refused:
            serial += 1
            frames = city.intake.counts.frames
            device.send(fire(serial, address(3), clock.micros(), status=5))
            await city.until(lambda before=frames: city.intake.counts.frames > before)
            await city.intake.settle()
        kept = {s.raw for s in await city.stored()}
        refused = fire(serial, address(3), clock.micros(), status=5)
        device.send(refused)
        with pytest.raises(TimeoutError):
            await device.confirmed(serial, within=0.3)
        await city.bus.forget(Lane.BULK, city.bus.last(Lane.BULK))
        clock.advance(600)
        urgent = fire(serial + 1, address(4), clock.micros())
        device.send(urgent)
        await device.confirmed(serial + 1)  # a tenth is kept back for fires, and what is read makes room
        device.send(refused)
        await device.confirmed(serial)
        assert {s.raw for s in await city.stored()} == {refused, urgent}
        assert len(kept) == serial - 1


async def test_what_is_invalid_but_trustworthy_is_denied_and_garbage_is_skipped(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        good = fire(9, address(4), NOW())
        wrong = bytearray(fire(8, address(4), NOW()))
        wrong[-3] ^= 0x55
        too_long = bytearray(good[:27])
        too_long[24:26] = (1025).to_bytes(2, "little")
        device.send(b"\x00noise@@ and @@@ more", bytes(wrong), b"@", good)
        await device.denied(8)
        await device.confirmed(9)
        assert [s.raw for s in await city.stored()] == [good]
        stranger = await Caller.dial(city)
        stranger.send(bytes(too_long), fire(10, address(4), NOW()))
        await stranger.denied(9)
        await stranger.confirmed(10)


async def test_replies_are_never_replied_to(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        for serial, command in enumerate((Command.CONFIRM, Command.DENY), 50):
            device.send(build.frame(command, serial, address(5), CENTRE, NOW()))
        device.send(build.frame(Command.ANSWER, 52, address(5), CENTRE, NOW(), bytes((21, 1, 1)) + times.encode(NOW())))
        device.send(fire(60, address(5), NOW()))
        await device.confirmed(60)
        assert not [f for f in device.inbox if f.serial in (50, 51, 52) and f.command != Command.CONTROL]
        answer, _ = await city.stored()
        assert answer.address == address(5), "the answer's state is kept all the same"


@pytest.mark.parametrize("adu_command", [(2, b""), (7, b""), (128, b"\x80\x00"), (2, b"\x16")])
async def test_heartbeats_are_answered_at_once_and_told_in_bulk(tmp_path: Path, adu_command: tuple[int, bytes]) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        for serial in range(40, 50):
            device.send(build.frame(adu_command[0], serial, address(6), CENTRE, NOW(), adu_command[1]))
        reply = await device.confirmed(49)
        assert reply.adu == (b"\x17" if adu_command[1] == b"\x16" else b"")
        assert await city.stored() == []
        city.intake.tell_seen()
        (seen,) = await city.stored(SignalKind.SEEN)
        assert seen.points == (address(6),) and abs(seen.values[0] - NOW()) < 5 * SECOND


async def test_an_unknown_command_is_denied_and_a_private_one_kept(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        device.send(build.frame(77, 1, address(7), CENTRE, NOW(), b"\x01\x01ab"))
        await device.denied(1)
        device.send(build.frame(200, 2, address(7), CENTRE, NOW(), b"\x01\x01ab"))
        await device.confirmed(2)
        device.send(build.frame(0, 3, address(7), CENTRE, NOW(), b"\x00\x01" + bytes(110)))
        await device.confirmed(3)
        assert [s.kind for s in await city.stored()] == [SignalKind.INFO, SignalKind.INFO]


async def test_a_new_connection_of_an_address_replaces_the_old(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        old = await Caller.dial(city)
        old.send(fire(1, address(8), NOW()))
        await old.confirmed(1)
        new = await Caller.dial(city)
        new.send(fire(2, address(8), NOW()))
        await new.confirmed(2)
        assert await old.hung_up()
        assert len(city.server.sessions) == 1 and city.server.devices[address(8)].link in city.server.sessions
        links = await city.stored(SignalKind.LINK)
        assert [s.values for s in links] == [(1.0,), (1.0,)], "replaced, not lost"
        await new.close()
        await city.until(lambda: not city.server.sessions)
        assert [s.values for s in await city.stored(SignalKind.LINK)][-1] == (0.0,)


async def test_one_connection_may_carry_many_devices(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        server = await Caller.dial(city)
        for n in range(20):
            server.send(fire(n, address(100 + n % 5), NOW()))
        for n in range(20):
            await server.confirmed(n)
        assert len(await city.stored()) == 20 and len(city.server.devices) == 5
        await server.close()
        await city.until(lambda: not city.server.devices)


async def test_clocks_of_1970_and_2099_are_shown_with_our_time_and_set(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        for n, wrong in enumerate((946_684_800 * SECOND, 4_070_908_800 * SECOND)):
            device = await Caller.dial(city)
            device.send(fire(1, address(10 + n), wrong))
            await device.confirmed(1)
            told = await device.hears(sync)
            assert abs((times.decode(told.adu[2:]) or 0) - NOW()) < 5 * SECOND
        for signal in await city.stored():
            assert signal.at == pytest.approx(signal.received_at, abs=SECOND) and signal.flags & Flag.CLOCK_WRONG
            assert signal.claimed_at in (946_684_800 * SECOND, 4_070_908_800 * SECOND)


async def test_clocks_are_set_at_connecting_daily_and_on_drift(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock, terms=Terms(poll_seconds=100 * 86_400)) as city:
        device = await Caller.dial(city)

        async def says(drift: int) -> None:
            device.send(build.frame(2, 1, address(12), CENTRE, clock.micros() + drift))
            await device.confirmed(1)

        async def set_once() -> None:
            order = await device.hears(sync)
            device.send(build.confirm(order, clock.micros()))
            await says(0)

        await says(0)
        await set_once()
        for drift in (0, 4 * SECOND, -4 * SECOND):
            clock.advance(HOUR / SECOND)
            await says(drift)
        assert not any(map(sync, device.inbox))
        await says(6 * SECOND)
        await set_once()
        clock.advance(DAY / SECOND - 100)
        await says(0)
        city.server.sweep(clock.micros())
        assert not any(map(sync, device.inbox))
        clock.advance(200)
        await says(0)
        city.server.sweep(clock.micros())
        await set_once()


async def test_polling_within_its_period(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock, terms=Terms(poll_seconds=600, idle_seconds=100_000)) as city:
        device = await Caller.dial(city)
        device.send(build.frame(2, 1, address(13), CENTRE, clock.micros()))
        device.send(build.confirm(await device.hears(sync), clock.micros()))
        device.send(build.frame(2, 2, address(13), CENTRE, clock.micros()))
        await device.confirmed(2)
        clock.advance(601)
        city.server.sweep(clock.micros())
        asked = await device.hears(lambda f: f.command == Command.REQUEST)
        assert asked.type == Type.READ_DEVICE_STATUS and asked.destination == address(13) and asked.source == CENTRE
        device.send(build.respond(asked, clock.micros(), [DeviceStatus(0b1001, clock.micros())]))
        device.send(build.frame(2, 3, address(13), CENTRE, clock.micros()))
        await device.confirmed(3)
        (answer,) = await city.stored()
        assert answer.conditions == Condition.MAINS_FAULT


async def _settled(device: Caller, source: str, clock: HandClock | SystemClock) -> None:
    """Connected, its clock set."""
    device.send(build.frame(2, 1, source, CENTRE, clock.micros()))
    device.send(build.confirm(await device.hears(sync), clock.micros()))
    device.send(build.frame(2, 2, source, CENTRE, clock.micros()))
    await device.confirmed(2)


async def test_an_order_is_resent_with_its_serial_and_gives_up(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock) as city:
        assert await city.server.sync_clock(address(14)) is Outcome.UNREACHABLE
        device = await Caller.dial(city)
        await _settled(device, address(14), clock)
        first = asyncio.create_task(city.server.request(address(14), [ReadDevice(85)]))
        second = asyncio.create_task(city.server.request(address(14), [ReadDevice(86)]))
        tries = []
        for _ in range(4):
            tries.append(await device.hears(lambda f: f.command == Command.REQUEST))
            clock.advance(10)
            city.server.sweep(clock.micros())
        assert {f.type for f in tries} == {85} and len({f.serial for f in tries}) == 1
        assert len({f.sent_at for f in tries}) == 4
        assert await first is Outcome.NO_ANSWER
        waiting = await device.hears(lambda f: f.command == Command.REQUEST)
        assert waiting.type == 86, "one outstanding at a time"
        for _ in range(4):
            device.send(build.deny(waiting, clock.micros()) or b"")
        assert await second is Outcome.DENIED


async def test_orders_end_when_the_device_goes(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        await _settled(device, address(15), SystemClock())
        order = asyncio.create_task(city.server.request(address(15), [ReadDevice(85)]))
        await device.hears(lambda f: f.command == Command.REQUEST)
        await device.close()
        assert await asyncio.wait_for(order, 30) is Outcome.UNREACHABLE


@pytest.mark.parametrize("comes", [True, False])
async def test_a_duty_check_is_answered_by_the_key_and_not_by_the_confirmation(tmp_path: Path, comes: bool) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock, terms=Terms(idle_seconds=100_000)) as city:
        device = await Caller.dial(city)
        await _settled(device, address(16), clock)
        checking = asyncio.create_task(city.server.check_duty(address(16), 10))
        asked = await device.hears(lambda f: f.type == Type.CHECK_DUTY)
        assert asked.adu == bytes((91, 1, 10))
        device.send(build.confirm(asked, clock.micros()))
        outcome, answered = await asyncio.wait_for(checking, 30)
        assert outcome is Outcome.DONE and answered is not None and not answered.done()
        clock.advance(11.5 * MINUTE / SECOND)
        city.server.sweep(clock.micros())
        assert not answered.done(), "a maker's manual judges a check of 10 minutes at 12"
        if comes:
            said = [DeviceOperation(0x20, 3, clock.micros())]
            device.send(build.upload(900, address(16), CENTRE, clock.micros(), said))
            await device.confirmed(900)
        clock.advance(60)
        city.server.sweep(clock.micros())
        assert await asyncio.wait_for(answered, 30) is comes
        judged = [s for s in await city.stored() if s.known & Condition.DUTY_MISSED]
        assert [bool(s.conditions) for s in judged] == [not comes]


async def test_silent_devices_are_let_go(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock, terms=Terms(idle_seconds=600)) as city:
        device = await Caller.dial(city)
        await _settled(device, address(17), clock)
        clock.advance(599)
        city.server.sweep(clock.micros())
        assert city.server.reachable(address(17))
        clock.advance(20)
        city.server.sweep(clock.micros())
        assert await device.hung_up()
        assert [s.values for s in await city.stored(SignalKind.LINK)] == [(1.0,), (0.0,)]


async def test_udp_is_served_alike(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock) as city:
        loop = asyncio.get_running_loop()
        phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        phone.setblocking(False)
        phone.connect((city.host, city.port))

        async def hear(command: int, serial: int) -> Frame:
            async with asyncio.timeout(30):
                while True:
                    frame = parse(await loop.sock_recv(phone, 2048))
                    if isinstance(frame, Frame) and (frame.command, frame.serial) == (command, serial):
                        return frame

        two = fire(1, address(18), clock.micros()) + fire(2, address(18), clock.micros(), component=5)
        phone.send(two)
        await hear(Command.CONFIRM, 1)
        await hear(Command.CONFIRM, 2)
        phone.send(two)
        await hear(Command.CONFIRM, 2)
        wrong = bytearray(fire(3, address(18), clock.micros()))
        wrong[-3] ^= 1
        phone.send(wrong)
        await hear(Command.DENY, 3)
        assert len(await city.stored()) == 2
        assert city.server.reachable(address(18))
        clock.advance(601)
        city.server.sweep(clock.micros())
        assert not city.server.reachable(address(18))
        phone.close()


async def test_frames_in_hex_text_are_read_and_answered_in_kind(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city, TextReader())
        frame = fire(5, address(19), NOW())
        device.send(frame.hex().upper().encode())
        await device.confirmed(5)
        assert [s.raw for s in await city.stored()] == [frame]


class Registered:
    """A directory of one."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect

    def dialect(self, address: str) -> str | None:
        return self._dialect


async def test_a_registered_dialect_rules_times_and_checksums(tmp_path: Path) -> None:
    async with gate(tmp_path, directory=Registered("fscn8001")) as city:
        device = await Caller.dial(city)
        said = bytes((21, 1, 0b1001)) + times.encode(NOW(), times.TimeForm.BCD)
        frame = bytearray(build.frame(2, 5, address(20), CENTRE, NOW(), said))
        frame[6:12] = times.encode(NOW(), times.TimeForm.BCD)
        folded = 0
        for byte in frame[2:-3]:
            folded ^= byte
        frame[-3] = folded
        device.send(bytes(frame))
        reply = await device.confirmed(5)
        assert abs((times.decode(reply.label, times.TimeForm.BCD) or 0) - NOW()) < 5 * SECOND
        (signal,) = await city.stored()
        assert signal.conditions == Condition.MAINS_FAULT and signal.flags == 0


async def test_bcd_time_of_an_unknown_maker_is_learnt(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        bcd = times.encode(NOW(), times.TimeForm.BCD)
        frame = bytearray(build.frame(2, 5, address(21), CENTRE, NOW(), bytes((21, 1, 0b1001)) + bcd))
        frame[6:12] = bcd
        frame[-3] = sum(frame[2:-3]) & 255
        device.send(bytes(frame))
        await device.confirmed(5)
        (signal,) = await city.stored()
        assert signal.flags == 0 and abs(signal.at - NOW()) < 5 * SECOND


async def test_five_hundred_frames_a_second_from_one_device(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        at = NOW()
        for serial in range(1500):
            device.send(build.upload(serial, address(22), CENTRE, at, [Analog(1, 1, 30, serial, 3, serial % 100, at)]))
        for serial in range(1500):
            await device.confirmed(serial)
        assert len(await city.stored()) == 1500
