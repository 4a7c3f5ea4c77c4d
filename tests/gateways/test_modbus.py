"""Devices asked over real sockets: what they say lies on the bus, who is silent is asked more seldom and said once."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateways.ground import Ground, ground
from support.meters import Meters, meters
from zhigan.gateways.modbus.model import Host, Target, Terms, target
from zhigan.gateways.modbus.poller import Poller
from zhigan.protocols.modbus import Maps, built_in
from zhigan.runtime.guard import Guard
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.signals import SignalKind

MAPS = Maps(built_in())
HERE = Guard([ip_network("127.0.0.0/8")])
QUICK = Terms(answer_s=0.3, connect_s=2.0, misses=2, rest_least_s=0.05, rest_most_s=1.0)
METER = {**dict.fromkeys(range(97, 103), 2200), 119: 5000}
RELAY = {0: 120, 27: 0}


@pytest.fixture
async def under(tmp_path: Path) -> AsyncIterator[Ground]:
    async with ground(tmp_path) as made:
        yield made


def polling(under: Ground, *devices: tuple[str, str], guard: Guard = HERE) -> Poller:
    poller = Poller(under.intake, under.clock, MAPS, guard, QUICK)
    poller.ask(devices)
    under.running.append(asyncio.create_task(poller.run()))
    return poller


async def test_what_registers_hold_is_on_the_bus_in_the_citys_words(under: Ground):
    async with meters({1: RELAY, 2: METER}) as line:
        poller = polling(under, (line.address(1), "acrel_asj:1"), (line.address(2), "acrel_adl3000:1"))
        await under.until(lambda: poller.tally["rounds"] >= 2)
        stored = await under.stored()
        leak = [s for s in stored if s.address == line.address(1) and s.kind == SignalKind.READINGS]
        assert (leak[0].gateway, leak[0].values, leak[0].type) == ("modbus", (120.0,), "electrical_monitor")
        assert {s.address for s in stored if s.metrics} == {
            line.address(1), line.address(2), *(f"{line.address(2)}/{phase}" for phase in "abc"),
        }  # fmt: skip
        await line.turns(1, 27, 2)
        await under.until(lambda: poller.tally["rounds"] >= 6)
        states = await under.stored(SignalKind.STATUS)
        assert [s.conditions for s in states] == [0, Condition.RESIDUAL_CURRENT], "told when it changes, not each round"
        links = await under.stored(SignalKind.LINK)
        assert sorted(s.values for s in links) == [(1.0,), (1.0,)], "once each"


async def test_a_silent_unit_delays_no_other_and_is_said_to_be_lost_once(under: Ground):
    async with meters({1: RELAY, 3: {5: 1}}) as line:
        poller = polling(under, *((line.address(unit), "acrel_asj:1") for unit in (1, 2, 3)))
        await under.until(lambda: poller.tally["rounds"] >= 6)
        assert poller.connected == 1
        rounds = {s.address for s in await under.stored(SignalKind.READINGS)}
        assert rounds == {line.address(1)}
        assert poller.tally["exceptions"] > 0, "unit 3 has no such registers, unit 2 is not there"


async def test_a_host_that_goes_and_comes_back(under: Ground):
    async with meters({1: RELAY}) as line:
        poller = polling(under, (line.address(1), "acrel_asj:1"))
        await under.until(lambda: poller.tally["rounds"] >= 1)
        await line.closes()
        await under.until(lambda: poller.tally["unreachable"] >= 3)
        again = Meters(line.port)
        await again.opens({1: {0: 77, 27: 0}})
        before = poller.tally["rounds"]
        await under.until(lambda: poller.tally["rounds"] > before)
        assert [s.values for s in await under.stored(SignalKind.LINK)] == [(1.0,), (0.0,), (1.0,)]
        assert (await under.stored(SignalKind.READINGS))[-1].values == (77.0,)
        await again.closes()


async def test_who_is_no_longer_registered_is_asked_no_more_and_the_others_stay(under: Ground):
    async with meters({1: RELAY, 2: RELAY}) as line:
        poller = polling(under, (line.address(1), "acrel_asj:1"))
        await under.until(lambda: poller.connected == 1)
        poller.ask([])
        await under.until(lambda: poller.connected == 0)
        poller.ask([(line.address(2), "acrel_asj:1")])
        await under.until(lambda: poller.connected == 1)
        await under.until(lambda: poller.tally["rounds"] >= 2)
        assert line.address(2) in {s.address for s in await under.stored()}


async def test_where_the_operator_named_no_network_nobody_goes(under: Ground):
    async with meters({1: RELAY}) as line:
        poller = polling(under, (line.address(1), "acrel_asj:1"), guard=Guard())
        await under.until(lambda: poller.tally["shut"] >= 2)
        assert await under.stored() == []


@pytest.mark.parametrize(
    ("address", "profile", "wrong"),
    [
        ("10.1.2.3:502", "acrel_asj", "HOST:PORT:UNIT"),
        ("10.1.2.3:0:1", "acrel_asj", "HOST:PORT:UNIT"),
        ("10.1.2.3:502:248", "acrel_asj", "HOST:PORT:UNIT"),
        ("10.1.2.3/../:502:1", "acrel_asj", "HOST:PORT:UNIT"),
        ("user@10.1.2.3:502:1", "acrel_asj", "HOST:PORT:UNIT"),
        ("10.1.2.3:502:1", "", "names no map"),
        ("10.1.2.3:502:1", "acrel_asj:0", "seconds"),
        ("10.1.2.3:502:1", "acrel_asj:x", "seconds"),
    ],
)
def test_what_is_registered_wrongly_is_named(address: str, profile: str, wrong: str):
    assert wrong in str(target(address, profile, MAPS))


def test_a_name_and_an_address_of_six():
    named = target("dtu-7.gas.ja:1502:17", "acrel_asj", MAPS)
    assert isinstance(named, Target)
    assert (named.host, named.unit, named.every_s) == (Host("dtu-7.gas.ja", 1502), 17, 30)
    six = target("[fd00::7]:502:1", "acrel_asj:10", MAPS)
    assert isinstance(six, Target)
    assert (six.host.url, six.every_s) == ("http://[fd00::7]:502", 10)


async def test_a_host_takes_so_many_units(under: Ground):
    poller = Poller(under.intake, under.clock, MAPS, HERE, QUICK)
    poller.ask([(f"127.0.0.1:9:{unit}", "acrel_asj") for unit in range(1, 71)])
    assert poller.tally["too_many"] == 6
