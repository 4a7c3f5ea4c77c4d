"""The city's stand-alone detectors before a real door: registered, observed, smoking, silenced; and many at once."""

import asyncio
from pathlib import Path

from citysim import city, detector_load
from citysim.detectors import Detectors
from citysim.homes import DIRECT, LWM2M
from gateways.coap_gate import gate
from zhigan.gateways.lwm2m.exchanges import Answer, Ask, Ending
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.protocols.coap import Code
from zhigan.vocabulary.conditions import Condition

TOWN = city.build(119, 40)
FIRE = int(Condition.FIRE)


def test_every_detector_hangs_in_a_flat_of_its_own() -> None:
    found = TOWN.homes_by(LWM2M)
    assert len({home.address for home in found}) == len({(h.unit, h.building, h.flat) for h in found}) == DIRECT
    assert {home.unit for home in found} <= {unit.code for unit in TOWN.units}
    assert found == city.build(119, 40).homes_by(LWM2M)


async def test_a_detector_smokes_and_is_silenced(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        flats = Detectors(TOWN, door.host, door.port, seed=1, pace=1, say=lambda _: None)
        living = asyncio.create_task(flats.live())
        await door.until(lambda: sum(r.observed for r in door.server.book.by_number.values()) == DIRECT)
        assert flats.lived.observed == 3 * DIRECT
        first = flats.all[0]
        await first.turns(True)
        assert [s.address for s in await door.stored() if s.conditions & FIRE] == [first.home.address]
        told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        registration = door.server.book.by_endpoint[first.home.address]
        ask = Ask(registration, Code.PUT, (3338, 0, 5850), told.set_result, payload=b"0")
        door.server.exchanges.give(ask, door.server.clock.micros())
        answer = await told
        assert (answer.ending, answer.code, first.sounding, first.smoke) == (Ending.ANSWERED, Code.CHANGED, False, True)
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def test_registrants_in_a_hurry(tmp_path: Path) -> None:
    terms = Terms(stranger_burst=10_000)
    async with gate(tmp_path, terms=terms) as door:
        storm = detector_load.Storm(door.host, door.port, devices=300, rate=3000)
        outcome = await asyncio.to_thread(detector_load.run, storm)
        assert (outcome.registered, len(door.server.book)) == (300, 300)
