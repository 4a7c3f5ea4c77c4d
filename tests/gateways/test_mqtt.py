"""The MQTT gateway before a real mosquitto: nothing is acknowledged that is not on disk."""

import asyncio
import json
import signal as unix
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateways.ground import Ground, ground
from support.carrier import until
from support.mosquitto import Device, Mosquitto, broker
from zhigan.bus.signals import BusRefused
from zhigan.bus.spool import Spool
from zhigan.gateways.intake import Intake
from zhigan.gateways.mqtt.broker import Broker
from zhigan.gateways.mqtt.model import Terms
from zhigan.gateways.mqtt.taker import Taker
from zhigan.protocols.mqtt import Ack, Profiles, built_in
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.signals import Lane, Signal, SignalKind

UP = "zhigan/v1/{}/up"
FIRE = b'{"type":"smoke","conditions":["fire"]}'


class Silent:
    def __init__(self) -> None:
        self.acks: list[Ack] = []
        self.profiles: dict[str, str] = {}

    def speaks(self, address: str, profile: str) -> None:
        self.profiles[address] = profile

    def answered(self, ack: Ack) -> None:
        self.acks.append(ack)

    def said(self, address: str, operations: int) -> None:
        pass


class Gateway:
    """A gateway as the hot process wires it, over a real spool."""

    def __init__(self, under: Ground, terms: Terms) -> None:
        self.spool = under.bus
        self.clock = under.clock
        self.intake = under.intake
        self.onlooker = Silent()
        known = Profiles(built_in())
        self.taker = Taker(self.intake, self.clock, known, self.onlooker)
        self.broker = Broker(terms, known.filters(), self.taker)
        self.taker.follow(self.broker)
        self._under = under

    async def stored(self) -> list[Signal]:
        return await self._under.stored(*SignalKind)


@asynccontextmanager
async def gateway(
    port: int, folder: Path, *, version: int = 5, storing: bool = True, client: str = "zhigan", share: str = ""
) -> AsyncGenerator[Gateway]:
    async with ground(folder, begun=storing) as under:
        made = Gateway(under, Terms(host="127.0.0.1", port=port, version=version, client_id=client, share=share))
        under.running.append(asyncio.create_task(made.broker.run()))
        await made.broker.connected.wait()
        yield made


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with broker(tmp_path / "mosquitto") as made:
        yield made


@pytest.mark.parametrize("version", [5, 4])
async def test_what_was_not_durable_when_the_platform_died_comes_again(
    mosquitto: Mosquitto, tmp_path: Path, version: int
) -> None:
    async with Device(mosquitto.port, "d1") as device:
        async with gateway(mosquitto.port, tmp_path, version=version, storing=False) as dying:
            await device.publish(UP.format("d1"), FIRE)
            await until(lambda: dying.taker.tally["messages"] == 1)  # heard, and never on disk
        await device.publish(UP.format("d2"), FIRE)  # while nobody is there
        async with gateway(mosquitto.port, tmp_path, version=version) as risen:
            await until(lambda: risen.intake.counts.signals == 2)
            assert {s.address for s in await risen.stored()} == {"d1", "d2"}
        async with gateway(mosquitto.port, tmp_path, version=version) as again:
            await device.publish(UP.format("d3"), FIRE)
            await until(lambda: again.taker.tally["messages"] > 0 and again.intake.counts.signals == 1)
            assert again.taker.tally["messages"] == 1, "what was durable had been acknowledged"


async def test_a_broker_that_dies_is_found_again_and_nothing_is_lost(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with gateway(mosquitto.port, tmp_path) as gate:
        async with Device(mosquitto.port, "d1") as device:
            await device.publish(UP.format("d1"), FIRE)
        await until(lambda: gate.intake.counts.signals == 1)
        await mosquitto.stop(unix.SIGTERM)
        await until(lambda: not gate.broker.connected.is_set())
        await mosquitto.start()
        async with asyncio.timeout(20):
            await gate.broker.connected.wait()
        async with Device(mosquitto.port, "d1") as device:
            await device.publish(UP.format("d1"), FIRE)
        await until(lambda: gate.intake.counts.signals == 2)


class Refusing:
    """A bus that refuses its first batch, as a full disk does."""

    def __init__(self, spool: Spool) -> None:
        self.refusals = 1
        self._spool = spool

    async def publish(self, batches: list[tuple[Lane, list[Signal]]]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise BusRefused("full")
        await self._spool.publish(batches)


async def test_what_storage_refused_is_sent_again_by_the_broker(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with gateway(mosquitto.port, tmp_path, storing=False) as gate:
        bus = Refusing(gate.spool)
        intake = Intake(bus, gate.clock)  # pyright: the part of a bus that intake uses
        taker = Taker(intake, gate.clock, Profiles(built_in()), gate.onlooker)
        taker.follow(gate.broker)
        gate.broker.listen(taker)
        running = asyncio.create_task(intake.run())
        async with Device(mosquitto.port, "d1") as device:
            await device.publish(UP.format("d1"), FIRE)
            await until(lambda: intake.counts.signals == 1)
        assert (bus.refusals, taker.tally["refused"], gate.broker.connections) == (0, 1, 2)
        running.cancel()
        await asyncio.wait([running])


async def test_the_same_words_said_anew_are_a_second_fire_and_old_retained_ones_are_none(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with Device(mosquitto.port, "d1") as device:
        await device.publish(UP.format("old"), FIRE, retain=True)
        async with gateway(mosquitto.port, tmp_path) as gate:
            for _ in range(2):
                await device.publish(UP.format("d1"), FIRE)
            await device.publish("zhigan/v1/d1/link", b"offline")
            await device.publish(UP.format("d1"), b'{"conditions":["fir')
            await device.publish("zhigan/v1/d1/answer", b'{"id":"c1","state":"confirmed"}')
            await until(lambda: gate.intake.counts.signals == 4 and len(gate.onlooker.acks) == 1)
            stored = await gate.stored()
            assert {s.address for s in stored} == {"d1"}
            assert [s.kind for s in stored].count(SignalKind.STATUS) == 2
            (link,) = (s for s in stored if s.kind == SignalKind.LINK)
            assert link.values == (0.0,)
            (unread,) = (s for s in stored if s.kind == SignalKind.INFO)
            assert unread.raw == b'{"conditions":["fir'
            assert gate.onlooker.profiles == {"d1": "zhigan"}


async def test_thousands_come_through_whole_and_in_their_order(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with gateway(mosquitto.port, tmp_path) as gate, Device(mosquitto.port, "many") as device:
        told = [json.dumps({"readings": {"temperature": n}}).encode() for n in range(2000)]
        await asyncio.gather(*(device.publish(UP.format(f"d{n % 7}"), text) for n, text in enumerate(told)))
        await until(lambda: gate.intake.counts.signals == 2000)
        values = [s.values[0] for s in await gate.stored() if s.address == "d3"]
        assert values == sorted(values)
        assert all(not s.conditions & Condition.FIRE for s in await gate.stored())


async def test_two_who_share_lose_nothing_and_double_nothing_while_one_dies_and_comes_back(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """What one had heard and not kept when it died, and what came for it meanwhile, it gets when it is back."""

    async def told(device: Device, begin: int, count: int) -> None:
        texts = [json.dumps({"readings": {"temperature": n}}).encode() for n in range(begin, begin + count)]
        await asyncio.gather(*(device.publish(UP.format(f"d{n % 9}"), text) for n, text in enumerate(texts)))

    def kept(*gates: Gateway) -> int:
        return sum(gate.intake.counts.signals for gate in gates)

    async def everything(*gates: Gateway) -> list[float]:
        return [s.values[0] for gate in gates for s in await gate.stored()]

    one, other = {"client": "one", "share": "city"}, {"client": "other", "share": "city"}
    theirs = tmp_path / "other"
    async with (
        Device(mosquitto.port, "many") as device,
        gateway(mosquitto.port, tmp_path / "one", **one) as stays,
    ):
        async with gateway(mosquitto.port, theirs, **other) as first:
            await told(device, 0, 400)
            await until(lambda: kept(stays, first) == 400)
            assert first.intake.counts.signals > 50 and stays.intake.counts.signals > 50, "both had their share"
        async with gateway(mosquitto.port, theirs, storing=False, **other) as dying:
            await told(device, 400, 200)
            await until(lambda: dying.taker.tally["messages"] > 20)
        await told(device, 600, 100)
        async with gateway(mosquitto.port, theirs, **other) as risen:
            values: list[float] = []
            async with asyncio.timeout(40):
                while len(values) < 700:
                    values = await everything(stays, risen)
    assert sorted(values) == list(range(700)), "each once"
