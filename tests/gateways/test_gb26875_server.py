"""The gateway on real sockets: confirmed only when durable, counted once, and never held up by strangers."""

from pathlib import Path

from gateways.gate import Caller, address, fire, gate
from zhigan.runtime.clock import SystemClock
from zhigan.vocabulary.conditions import Condition

NOW = SystemClock().micros


async def test_a_fire_is_durable_when_it_is_confirmed(tmp_path: Path) -> None:
    async with gate(tmp_path) as city:
        device = await Caller.dial(city)
        device.send(fire(7, address(1), NOW()))
        confirmation = await device.confirmed(7)
        assert confirmation.source == "640000000000" and confirmation.destination == address(1)
        stored = await city.stored()
        assert [s.address for s in stored] == [address(1) + "/1.1.40.131082"]
        assert stored[0].conditions & Condition.FIRE and stored[0].type == "smoke" and stored[0].text == "三层走廊"
        await device.close()
    async with gate(tmp_path) as city:
        assert len(await city.stored()) == 1
