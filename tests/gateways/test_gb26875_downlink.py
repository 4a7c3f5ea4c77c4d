"""Commands from the table to a real socket and back: proof confirms, a confirmation alone does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from gateways.gate import Caller, Gate, address, gate
from zhigan.commands import store
from zhigan.commands.model import (
    Arguments,
    CheckDuty,
    Command,
    Name,
    Nothing,
    Past,
    Silence,
    SilenceBasis,
    State,
    Target,
)
from zhigan.gateways.gb26875.downlink import Downlink
from zhigan.gateways.gb26875.terms import Terms
from zhigan.protocols.gb26875 import (
    Command as Wire,
)
from zhigan.protocols.gb26875 import (
    ComponentStatus,
    DeviceClock,
    DeviceOperation,
    Type,
    build,
)
from zhigan.runtime.clock import HandClock
from zhigan.runtime.ids import mint
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import SECOND

START = 1_780_000_000 * SECOND
CENTRE = "640000000000"
SOURCE = address(50)


class Desk:
    """A person who asks, and looks what became of it."""

    def __init__(self, conn: asyncpg.Connection, clock: HandClock) -> None:
        self._conn = conn
        self._clock = clock

    async def asks(self, name: Name, arguments: Arguments, address: str = SOURCE) -> str:
        id_ = mint(self._clock)
        target = Target(
            id=mint(self._clock), gateway="gb26875", address=address, label="装置", type="transmission_device"
        )
        who = Past(self._clock.micros(), State.PENDING, "张三")
        async with self._conn.transaction():
            await store.ask(self._conn, id_, target, name, arguments, State.PENDING, who, "desk")
        return id_

    async def sees(self, command: str, state: State) -> Command:
        async with asyncio.timeout(30):
            while True:
                found = await store.one(self._conn, command)
                assert found
                if found.state is state:
                    return found
                await asyncio.sleep(0.01)


@asynccontextmanager
async def desk(folder: Path, dsn: str, duty_minutes: int = 10) -> AsyncIterator[tuple[Gate, Desk, HandClock]]:
    clock = HandClock(START)
    async with gate(folder, clock=clock, terms=Terms(idle_seconds=100_000)) as city:
        downlink = Downlink(city.server, clock, dsn, lambda: asyncpg.connect(dsn), duty_minutes)
        running = asyncio.create_task(downlink.run())
        conn = await asyncpg.connect(dsn)
        try:
            yield city, Desk(conn, clock), clock
        finally:
            running.cancel()
            await asyncio.wait([running])
            await downlink.close()
            await conn.close()


async def connected(city: Gate, clock: HandClock) -> Caller:
    device = await Caller.dial(city)
    device.send(build.frame(2, 1, SOURCE, CENTRE, clock.micros()))
    device.send(build.confirm(await device.hears(lambda f: f.type == Type.SYNC_CLOCK), clock.micros()))
    device.send(build.frame(2, 2, SOURCE, CENTRE, clock.micros()))
    await device.confirmed(2)
    return device


async def test_a_device_that_is_not_connected_fails_at_sending(tmp_path: Path, dsn: str) -> None:
    async with desk(tmp_path, dsn) as (_, person, _clock):
        command = await person.asks(Name.SYNC_CLOCK, Nothing())
        assert "not connected" in (await person.sees(command, State.FAILED)).detail


async def test_what_the_standard_has_no_command_for_fails_and_says_so(tmp_path: Path, dsn: str) -> None:
    async with desk(tmp_path, dsn) as (city, person, clock):
        await connected(city, clock)
        for name, arguments in ((Name.SELF_TEST, Nothing()), (Name.SILENCE, Silence(SilenceBasis.VIDEO_CLEAR))):
            command = await person.asks(name, arguments)
            assert "no such command" in (await person.sees(command, State.FAILED)).detail


@pytest.mark.parametrize("obeys", [True, False])
async def test_a_clock_is_confirmed_when_it_is_seen_right(tmp_path: Path, dsn: str, obeys: bool) -> None:
    async with desk(tmp_path, dsn) as (city, person, clock):
        device = await connected(city, clock)
        command = await person.asks(Name.SYNC_CLOCK, Nothing())
        device.send(build.confirm(await device.hears(lambda f: f.type == Type.SYNC_CLOCK), clock.micros()))
        await person.sees(command, State.ACKNOWLEDGED)
        asked = await device.hears(lambda f: f.type == Type.READ_DEVICE_CLOCK)
        its = clock.micros() - (0 if obeys else 3600 * SECOND)
        device.send(build.respond(asked, its, [DeviceClock(its)]))
        await person.sees(command, State.CONFIRMED if obeys else State.FAILED)


async def test_a_component_is_asked_for_its_state(tmp_path: Path, dsn: str) -> None:
    async with desk(tmp_path, dsn) as (city, person, clock):
        device = await connected(city, clock)
        command = await person.asks(Name.QUERY_STATE, Nothing(), f"{SOURCE}/1.1.40.131082")
        asked = await device.hears(lambda f: f.command == Wire.REQUEST)
        assert asked.adu == bytes((62, 1, 1, 1)) + (131082).to_bytes(4, "little")
        said = ComponentStatus(1, 1, 40, 131082, 5, "", clock.micros())
        device.send(build.respond(asked, clock.micros(), [said]))
        await person.sees(command, State.CONFIRMED)
        (signal,) = await city.stored()
        assert signal.conditions == Condition.FAULT and signal.address == f"{SOURCE}/1.1.40.131082"


async def test_an_address_that_names_nothing_fails(tmp_path: Path, dsn: str) -> None:
    async with desk(tmp_path, dsn) as (city, person, clock):
        await connected(city, clock)
        for wrong in (f"{SOURCE}/1.1.999.1", f"{SOURCE}/x", f"{SOURCE}/1.2.3"):
            command = await person.asks(Name.QUERY_STATE, Nothing(), wrong)
            assert "names no system" in (await person.sees(command, State.FAILED)).detail


async def test_a_duty_check_without_minutes_lasts_as_long_as_the_setting_says(tmp_path: Path, dsn: str) -> None:
    async with desk(tmp_path, dsn, duty_minutes=7) as (city, person, clock):
        device = await connected(city, clock)
        command = await person.asks(Name.CHECK_DUTY, CheckDuty())
        asked = await device.hears(lambda f: f.type == Type.CHECK_DUTY)
        assert asked.adu == bytes((91, 1, 7))
        device.send(build.confirm(asked, clock.micros()))
        await person.sees(command, State.ACKNOWLEDGED)


@pytest.mark.parametrize("comes", [True, False])
async def test_a_duty_check_ends_with_the_key_or_with_the_time(tmp_path: Path, dsn: str, comes: bool) -> None:
    async with desk(tmp_path, dsn) as (city, person, clock):
        device = await connected(city, clock)
        command = await person.asks(Name.CHECK_DUTY, CheckDuty(5))
        asked = await device.hears(lambda f: f.type == Type.CHECK_DUTY)
        assert asked.adu == bytes((91, 1, 5))
        device.send(build.confirm(asked, clock.micros()))
        await person.sees(command, State.ACKNOWLEDGED)
        if comes:
            device.send(build.upload(9, SOURCE, CENTRE, clock.micros(), [DeviceOperation(0x20, 1, clock.micros())]))
            await person.sees(command, State.CONFIRMED)
        else:
            clock.advance(400)
            city.server.sweep(clock.micros())
            assert "5 minutes" in (await person.sees(command, State.FAILED)).detail
