"""A residual current relay at a Modbus port: registered, asked over a real socket, and one day over its limit."""

import asyncio

import asyncpg

from support.carrier import until
from support.city import City
from support.meters import meters
from support.site import fit
from zhigan.gateways.modbus import store
from zhigan.gateways.modbus.model import Terms
from zhigan.gateways.modbus.poller import Poller
from zhigan.processes import modbus
from zhigan.registry.shapes import NewDevice
from zhigan.runtime.guard import Guard
from zhigan.runtime.settings import Settings


async def asked_again(poller: Poller) -> None:
    """A round that began after this has come through."""
    rounds = poller.tally["rounds"]
    await until(lambda: poller.tally["rounds"] > rounds + 1)


async def test_from_a_register_to_a_row_in_words(city: City, dsn: str) -> None:
    settings = Settings.load({"ZHIGAN_MODBUS_NETWORKS": "127.0.0.1"})
    house = await city.unit("滨江商场", premises="crowded", floors=5)
    conn = await asyncpg.connect(dsn)
    async with meters({1: {0: 41, 27: 0}, 2: {0: 900, 27: 2}}) as line:
        relay = NewDevice(
            unit_id=house.id, building_id=house.building_id, name="一层总进线剩余电流", type="electrical_monitor",
            gateway="modbus", address=line.address(1), profile="acrel_asj:1", floor="1",
        )  # fmt: skip
        await fit(city, [relay])
        poller = Poller(
            city.platform.intake, city.clock, modbus.maps(settings), Guard(settings.modbus_networks), Terms()
        )
        poller.ask(await store.devices(conn))
        asking = asyncio.create_task(poller.run())
        try:
            await until(lambda: poller.tally["rounds"] >= 1)
            await city.settles()
            client = await city.person()
            (device,) = (
                await client.get("/devices", params={"unit_id": house.id, "type": "electrical_monitor"})
            ).json()["items"]
            assert (device["condition"], device["address"]) == ("normal", line.address(1))
            assert (await client.get("/attention?state=open")).json()["items"] == []
            await line.turns(1, 0, 342)
            await asked_again(poller)
            await city.settles()
            (row,) = (await client.get("/attention?state=open")).json()["items"]
            assert (row["grade"], row["kind"]) == ("III", "electrical")
            told = str(row["reasons"])
            for part in ("一层总进线剩余电流", "剩余电流超限", "剩余电流 342 mA，限值 300 mA"):
                assert part in told, told
            everybody = (await client.get("/devices")).json()["items"]
            assert line.address(2) not in {each["address"] for each in everybody}, "nobody registered it"
            await line.turns(1, 0, 40)
            await asked_again(poller)
            await city.settles()
            assert (await client.get("/attention?state=open")).json()["items"] == []
        finally:
            asking.cancel()
            await asyncio.wait([asking])
            await conn.close()
