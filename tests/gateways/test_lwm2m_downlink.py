"""Commands wait for the device's window, go to where it last spoke from, once, and are believed when read back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from gateways.coap_gate import Gate, Smoke, gate
from zhigan.commands import store
from zhigan.commands.model import (
    Arguments,
    CloseValve,
    Command,
    Name,
    Nothing,
    Past,
    SetParameters,
    Silence,
    SilenceBasis,
    State,
    Target,
)
from zhigan.gateways.lwm2m.downlink import Downlink
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.protocols.coap import Code, Message, Option, Type
from zhigan.runtime.clock import HandClock
from zhigan.runtime.ids import mint
from zhigan.vocabulary.moments import SECOND

START = 1_780_000_000 * SECOND
NAME = "urn:imei:860000000000002"
LINKS = b"</3338/0>,</3418/0>"


class Desk:
    def __init__(self, conn: asyncpg.Connection, clock: HandClock, door: Gate) -> None:
        self._conn = conn
        self._clock = clock
        self._door = door

    async def asks(self, name: Name, arguments: Arguments, gateway: str = "lwm2m") -> str:
        id_ = mint(self._clock)
        target = Target(id=mint(self._clock), gateway=gateway, address=NAME, label="门厅", type="smoke")
        who = Past(self._clock.micros(), State.PENDING, "张三")
        async with self._conn.transaction():
            await store.ask(self._conn, id_, target, name, arguments, State.PENDING, who, "desk")
        if gateway == "lwm2m":
            await self._door.until(lambda: NAME in self._door.server.wanted)
        return id_

    async def sees(self, command: str, state: State) -> Command:
        async with asyncio.timeout(20):
            while True:
                found = await store.one(self._conn, command)
                assert found
                if found.state is state:
                    return found
                await asyncio.sleep(0.01)


@asynccontextmanager
async def desk(folder: Path, dsn: str) -> AsyncIterator[tuple[Gate, Desk, HandClock]]:
    clock = HandClock(START)
    async with gate(folder, clock=clock, terms=Terms(ack_seconds=1)) as door:
        downlink = Downlink(door.server, clock, dsn, lambda: asyncpg.connect(dsn))
        running = asyncio.create_task(downlink.run())
        conn = await asyncpg.connect(dsn)
        try:
            yield door, Desk(conn, clock, door), clock
        finally:
            running.cancel()
            await asyncio.wait([running])
            await downlink.close()
            await conn.close()


async def asleep(door: Gate, clock: HandClock) -> Smoke:
    """Registered, and beyond its window."""
    device = await Smoke.dial(door)
    await device.registers(NAME, links=LINKS)
    asked = await device.hears(lambda m: m.code == Code.GET)
    device.send(Message(Type.ACK, Code.NOT_FOUND, asked.mid, asked.token))
    await door.until(lambda: door.server.book.by_endpoint[NAME].observed)
    clock.advance(94)
    return device


async def obeys(device: Smoke, *, reads: bytes) -> Message:
    """Takes what is written; reading gives `reads`."""
    put = await device.hears(lambda m: m.code == Code.PUT)
    device.send(Message(Type.ACK, Code.CHANGED, put.mid, put.token))
    get = await device.hears(lambda m: m.code == Code.GET)
    device.send(Message(Type.ACK, Code.CONTENT, get.mid, get.token, ((int(Option.CONTENT_FORMAT), b""),), reads))
    return put


async def test_a_command_waits_for_the_window_and_follows_the_device(tmp_path: Path, dsn: str) -> None:
    async with desk(tmp_path, dsn) as (door, person, clock):
        device = await asleep(door, clock)
        silence = Silence(SilenceBasis.PERSON_CONFIRMS)
        first = await person.asks(Name.SILENCE, silence)
        clock.advance(1)
        second = await person.asks(Name.SILENCE, silence)
        assert (await person.sees(first, State.PENDING)).history[-1].state is State.PENDING
        assert not [m for m in device.inbox if m.code == Code.PUT]
        moved = await Smoke.dial(door)  # its NAT forgot it
        assert (await moved.asks(Code.POST, device.place)).code == Code.CHANGED
        put = await obeys(moved, reads=b"0")
        assert [v for n, v in put.options if n == Option.URI_PATH] == [b"3338", b"0", b"5850"]
        assert put.payload == b"0"
        done = await person.sees(first, State.CONFIRMED)
        assert [past.state for past in done.history][-3:] == [State.SENT, State.ACKNOWLEDGED, State.CONFIRMED]
        await obeys(moved, reads=b"1")  # it says that it does, and does not
        assert "still reads" in (await person.sees(second, State.FAILED)).detail


async def test_what_cannot_be_done_is_said(tmp_path: Path, dsn: str) -> None:
    async with desk(tmp_path, dsn) as (door, person, clock):
        device = await asleep(door, clock)
        commands = [
            await person.asks(Name.SELF_TEST, Nothing()),
            await person.asks(Name.CLOSE_VALVE, CloseValve()),
            await person.asks(Name.SET_PARAMETERS, SetParameters({"/3338/0/5850": True})),
            await person.asks(Name.SET_PARAMETERS, SetParameters({"high current threshold": "much"})),
        ]
        plain = await person.asks(Name.SYNC_CLOCK, Nothing(), gateway="coap")
        assert "takes no commands" in (await person.sees(plain, State.FAILED)).detail
        await device.asks(Code.POST, device.place)
        for command in commands:
            assert (await person.sees(command, State.FAILED)).detail


async def test_a_parameter_a_clock_and_a_device_that_refuses(tmp_path: Path, dsn: str) -> None:
    async with desk(tmp_path, dsn) as (door, person, clock):
        device = await asleep(door, clock)
        parameter = await person.asks(Name.SET_PARAMETERS, SetParameters({"high current threshold": 16}))
        await device.asks(Code.POST, device.place)
        put = await obeys(device, reads=b"16.0")
        assert put.payload == b"16.0"
        await person.sees(parameter, State.CONFIRMED)
        time = await person.asks(Name.SYNC_CLOCK, Nothing())
        await obeys(device, reads=str(clock.micros() // SECOND).encode())
        await person.sees(time, State.CONFIRMED)
        refused = await person.asks(Name.SYNC_CLOCK, Nothing())
        put = await device.hears(lambda m: m.code == Code.PUT)
        device.send(Message(Type.ACK, Code.METHOD_NOT_ALLOWED, put.mid, put.token))
        assert "4.05" in (await person.sees(refused, State.FAILED)).detail
