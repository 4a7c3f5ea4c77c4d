"""Commands to detectors behind carriers: from the desk's request to the device's word, whatever the carrier does."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from support import carrier_interface as outside
from support.carrier import KEYS, Carrier, ctwing, gas, ocean, pushing, smoke, until
from support.carrier_interface import Interface, Mood, serving
from support.city import City
from support.site import fit
from zhigan.gateways.carriers.clients import Api, Ctwing, Iotda, Ocean, Onenet, OnenetLegacy, Onenets, Wire
from zhigan.gateways.carriers.downlink import Downlink
from zhigan.gateways.carriers.models import Models
from zhigan.gateways.carriers.orders import Wording
from zhigan.processes import prepare
from zhigan.protocols.carriers import onenet as onenet_pushes
from zhigan.protocols.carriers.calls import ctwing as ctwing_calls
from zhigan.protocols.carriers.calls import huawei as huawei_calls
from zhigan.protocols.carriers.calls import onenet as onenet_calls
from zhigan.registry import models as registry_models
from zhigan.registry.shapes import NewDevice
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.roles import Role

FIRE, MUTED_BY_ORDER, NORMAL = 1, 8, 7
BASIS = {"basis": "person_confirms", "note": "户主确认"}
ANSWER_S = 0.4


class Town:
    """A flat with a detector, its carrier's pushes, and the carrier's interface."""

    def __init__(self, city: City, carrier: Carrier, interface: Interface, pool: Pool, dsn: str) -> None:
        self.city = city
        self.carrier = carrier
        self.interface = interface
        self.pool = pool
        self._dsn = dsn
        self._running: asyncio.Task[None] | None = None
        self.downlink = self._made({"ctwing": self.ctwing()}, {})

    def ctwing(self) -> Api:
        keys = ctwing_calls.Keys(outside.APP_KEY, outside.APP_SECRET, {outside.PRODUCT: outside.MASTER})
        return Ctwing(keys, self._wire(), self.city.clock)

    def onenet(self) -> Api:
        keys = onenet_calls.Keys({outside.ONENET_PRODUCT: outside.ONENET_KEY})
        older = OnenetLegacy(outside.LEGACY_KEY, self._wire(), self.city.clock)
        return Onenets(Onenet(keys, self._wire(), self.city.clock), older)

    def ocean(self) -> Api:
        return Ocean(huawei_calls.OceanKeys(outside.OCEAN_APP, outside.OCEAN_SECRET), self._wire(), self.city.clock)

    def iotda(self) -> Api:
        keys = huawei_calls.IotdaKeys("", outside.PROJECT, outside.DOMAIN, outside.USER, outside.PASSWORD)
        return Iotda(keys, self._wire(), self._wire(), self.city.clock)

    def _wire(self) -> Wire:
        return Wire(self.interface.base, answer_s=ANSWER_S)

    def _made(self, apis: dict[str, Api], book: dict[str, dict[str, Wording]]) -> Downlink:
        async def connect() -> Connection:
            return await asyncpg.connect(self._dsn)

        downlink = Downlink(apis, book, self.city.clock, self._dsn, connect)
        self.carrier.recognised.downlink = downlink
        self._running = asyncio.create_task(downlink.run())
        return downlink

    async def speaks(self, apis: dict[str, Api], book: dict[str, dict[str, Wording]] | None = None) -> None:
        """The platform starts anew, with these accesses."""
        await self.falls_silent()
        self.downlink = self._made(apis, book or {})

    async def falls_silent(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            await self.downlink.close()

    async def lives(self, address: str = "d1203", gateway: str = "ctwing", type_: str = "smoke") -> str:
        """A detector in a flat; its id."""
        tower = await self.city.unit("滨江小区3栋", premises="high_rise_residential", floors=18)
        news = NewDevice(
            unit_id=tower.id, building_id=tower.building_id, name="1203室", type=type_, gateway=gateway,
            address=address, floor="12", flat="1203",
        )  # fmt: skip
        await fit(self.city, [news])
        client = await self.city.person()
        found = (await client.get("/devices", params={"unit_id": tower.id})).json()["items"]
        (device,) = (one for one in found if one["address"] == address)
        return device["id"]

    async def hears(self, *bodies: bytes, carrier: str = "ctwing") -> None:
        """Pushes; and what the hot process does every few seconds: names and models go to the registry."""
        for body in bodies:
            await self.carrier.says(body, carrier)
        await self.city.settles()
        async with self.pool.acquire() as conn:

            async def connect() -> Connection:
                return conn

            models, told = Models(connect), self.carrier.recognised
            for (gateway, address), model in told.models.items():
                models.recognised(gateway, address, model)
            for (gateway, address), names in told.names.items():
                models.carried(gateway, address, *names)
            await registry_models.settle(conn, prepare.device_models())
            await models.tell(conn)

    async def asks(self, device: str, command: str, arguments: dict[str, object] | None = None) -> str:
        body = {"command": command, "arguments": arguments or {}}
        return str((await self.city.asks(f"/devices/{device}/commands", body, Role.DUTY, 202))["id"])

    async def reads(self, command: str) -> dict[str, Any]:
        return (await (await self.city.person()).get(f"/commands/{command}")).json()

    async def becomes(
        self, command: str, state: str, act: Callable[[], Awaitable[object]] | None = None
    ) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                read = await self.reads(command)
                if read["state"] == state:
                    return read
                await (act() if act is not None else asyncio.sleep(0.01))


@pytest.fixture
async def town(city: City, pool: Pool, dsn: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with (
        serving(lambda: city.clock.micros() // 1000) as interface,
        pushing(city.platform.intake, city.clock, tmp_path / "run") as carrier,
    ):
        town = Town(city, carrier, interface, pool, dsn)
        try:
            yield town
        finally:
            await town.falls_silent()


async def test_a_silence_is_sent_once_acknowledged_and_proved_by_the_device_itself(town: Town) -> None:
    device = await town.lives()
    await town.hears(smoke("d1203", town.city.clock.micros(), FIRE))
    command = await town.asks(device, "silence", BASIS)
    await town.becomes(command, "sent")
    (kept,) = town.interface.kept
    assert kept["content"] == {"serviceIdentifier": "silence", "params": {}}
    assert 500 < kept["ttl"] <= 600, "a silence is for this alarm, not for one in hours"
    await town.carrier.says(town.interface.result(kept["id"], "DELIVERED"))
    await town.becomes(command, "acknowledged")
    await town.downlink.ask()
    await town.hears(smoke("d1203", town.city.clock.micros() + SECOND, MUTED_BY_ORDER))
    read = await town.becomes(command, "confirmed")
    assert read["detail"] == "the device says so"
    assert [step["state"] for step in read["history"]] == ["pending", "sent", "acknowledged", "confirmed"]
    (incident,) = await town.city.desk()
    assert incident.alarms[0].cleared_at is None, "silence quiets the sounder, never the incident"


@pytest.mark.parametrize("mood", [Mood.KEEPS_AND_BREAKS, Mood.KEEPS_AND_FAILS])
async def test_what_the_carrier_kept_without_saying_so_is_found_and_never_sent_twice(town: Town, mood: Mood) -> None:
    device = await town.lives()
    await town.hears(smoke("d1203", town.city.clock.micros(), NORMAL))
    town.interface.mood = mood
    command = await town.asks(device, "self_test")
    await until(lambda: town.downlink.tally.numbers["ctwing", "hand_unknown"] > 0)
    assert len(town.interface.kept) == 1
    assert (await town.reads(command))["state"] == "pending"
    refused = await (await town.city.person()).post(f"/commands/{command}/cancel", json={})
    assert refused.status_code == 409, "the carrier may have it"
    town.interface.mood = Mood.KIND
    town.city.clock.advance(31)
    read = await town.becomes(command, "sent", town.downlink.round)
    assert len(town.interface.kept) == 1
    assert read["state"] == "sent"
    await town.carrier.says(town.interface.result("9000", "SUCCESSFUL"))
    await town.becomes(command, "confirmed")


async def test_what_the_carrier_never_got_is_sent_again_after_its_list_was_seen_twice_without_it(town: Town) -> None:
    device = await town.lives()
    await town.hears(smoke("d1203", town.city.clock.micros(), NORMAL))
    town.interface.mood = Mood.BREAKS
    command = await town.asks(device, "self_test")
    await until(lambda: town.downlink.tally.numbers["ctwing", "hand_unknown"] > 0)
    town.interface.mood = Mood.KIND
    town.city.clock.advance(31)
    await town.downlink.round()
    assert town.interface.kept == [], "one look at a list is not enough"
    town.city.clock.advance(31)
    await town.downlink.round()
    await town.becomes(command, "sent", town.downlink.round)
    assert len(town.interface.kept) == 1


async def test_a_refusal_fails_with_the_carriers_words_and_a_busy_carrier_is_tried_again(town: Town) -> None:
    device = await town.lives()
    await town.hears(smoke("d1203", town.city.clock.micros(), NORMAL))
    town.interface.mood = Mood.REFUSES
    failed = await town.becomes(await town.asks(device, "self_test"), "failed")
    assert "device is not of this product" in failed["detail"]
    town.interface.mood = Mood.BUSY
    command = await town.asks(device, "query_state")
    await until(lambda: town.downlink.tally.numbers["ctwing", "hand_not_taken"] > 0)
    town.interface.mood = Mood.KIND
    town.city.clock.advance(11)
    await town.becomes(command, "sent", town.downlink.round)
    await town.downlink.ask()
    await town.hears(smoke("d1203", town.city.clock.micros() + SECOND, NORMAL))
    assert (await town.becomes(command, "confirmed"))["detail"] == "the device reported"


async def test_answers_may_come_before_after_or_not_at_all(town: Town) -> None:
    device = await town.lives()
    await town.hears(smoke("d1203", town.city.clock.micros(), NORMAL))
    command = await town.asks(device, "self_test")
    await town.becomes(command, "sent")
    for late, state in (("TIMEOUT", "expired"), ("SUCCESSFUL", "confirmed")):
        await town.carrier.says(town.interface.result("9000", late))
        await town.becomes(command, state)
    await town.carrier.says(town.interface.result("9000", "DELIVERED"))
    second = await town.asks(device, "self_test")
    await town.becomes(second, "sent")
    town.interface.kept[1]["status"] = "指令已送达"  # and no push told it
    town.city.clock.advance(301)
    await town.becomes(second, "acknowledged", town.downlink.ask)
    assert (await town.reads(command))["state"] == "confirmed"
    await town.downlink.hear("ctwing", "9002", "SUCCESSFUL")  # before the answer that names this id
    third = await town.asks(device, "self_test")
    await town.becomes(third, "confirmed")


async def test_without_a_way_to_say_it_nothing_is_sent_and_the_reason_is_said(town: Town) -> None:
    device = await town.lives()
    assert "model is not known" in (await town.becomes(await town.asks(device, "self_test"), "failed"))["detail"]
    await town.hears(ctwing("d1203", town.city.clock.micros(), "NBSMOKE:12345,NORMAL"))
    unknown = await town.becomes(await town.asks(device, "silence", BASIS), "failed")
    assert "not known to take this command" in unknown["detail"]
    elsewhere = await town.lives("h1", "huawei")
    assert "no access" in (await town.becomes(await town.asks(elsewhere, "self_test"), "failed"))["detail"]
    assert town.interface.kept == []


async def test_the_operators_own_words_for_a_product_come_first(town: Town) -> None:
    device = await town.lives()
    await town.hears(ctwing("d1203", town.city.clock.micros(), "NBSMOKE:12345,NORMAL", productId=outside.PRODUCT))
    book = {
        outside.PRODUCT: {
            "silence": Wording(service="cmd", params={"muffling": 1}),
            "self_test": Wording(hex="aa55"),
            "set_parameters": Wording(service="set", arguments=["*"]),
        }
    }
    await town.speaks({"ctwing": town.ctwing()}, book)
    for command, arguments in (("silence", BASIS), ("self_test", {}), ("set_parameters", {"parameters": {"limit": 3}})):
        asked = await town.asks(device, command, dict(arguments))
        await town.becomes(asked, "sent")
    assert [kept["content"] for kept in town.interface.kept] == [
        {"serviceIdentifier": "cmd", "params": {"muffling": 1}},
        {"payload": "AA55", "dataType": 2},
        {"serviceIdentifier": "set", "params": {"limit": 3}},
    ]


async def test_a_valve_is_closed_and_the_carriers_clock_is_heeded(town: Town) -> None:
    town.interface.ahead_ms = 400_000  # it would refuse whom it believes to be minutes off
    device = await town.lives("g1", type_="gas")
    await town.hears(gas("g1", town.city.clock.micros(), 2, 40.0, productId=outside.PRODUCT))
    command = await town.asks(device, "close_valve", {"reason": "泄漏"})
    await town.becomes(command, "sent")
    assert town.interface.kept[0]["content"]["serviceIdentifier"] == "close_valve"
    town.interface.signs = False
    denied = await town.becomes(await town.asks(device, "self_test"), "failed")
    assert "signature" in denied["detail"]
    assert outside.APP_SECRET not in json.dumps(denied)


async def test_a_silence_for_a_reading_below_its_threshold_rests_on_that_reading(town: Town) -> None:
    device = await town.lives("g1", type_="gas")
    below = {"command": "silence", "arguments": {"basis": "below_threshold"}}

    async def refused() -> str:
        answer = await town.city.asks(f"/devices/{device}/commands", below, Role.DUTY, 409)
        return str(answer["code"])

    assert await refused() == "command.no_reading"
    await town.hears(gas("g1", town.city.clock.micros(), 2, 40.0, productId=outside.PRODUCT))
    assert await refused() == "command.alarm_since"
    town.city.clock.advance(20)
    await town.hears(gas("g1", town.city.clock.micros(), 0, 7.0, productId=outside.PRODUCT))
    assert await refused() == "command.not_below"
    town.city.clock.advance(20)
    await town.hears(gas("g1", town.city.clock.micros(), 0, 2.5, productId=outside.PRODUCT))
    town.city.clock.advance(15)
    command = await town.asks(device, "silence", {"basis": "below_threshold"})
    read = await town.becomes(command, "sent")
    assert read["history"][0]["detail"].startswith("gas 2.5 %LEL < 5 %LEL, ")
    async with town.pool.acquire() as conn:
        audited = await conn.fetchval(
            "select detail from access.audit where action = 'command.pending' and subject = $1", command
        )
    assert "gas 2.5 %LEL" in str(audited)
    town.city.clock.advance(300)
    assert await refused() == "command.no_reading", "too old for the alarm of this moment"


async def test_oceanconnect_and_iotda_by_their_tokens_which_may_run_out(town: Town) -> None:
    device = await town.lives("h1", "huawei")
    await town.hears(ocean("h1", "20261122T035959Z", {"devState": 0, "electricQuantity": 80}), carrier="huawei")
    for api in (town.ocean(), town.iotda()):
        await town.speaks({"huawei": api})
        before = len(town.interface.kept)
        await town.becomes(await town.asks(device, "self_test"), "sent")
        town.interface.revoke()
        town.interface.mood = Mood.KEEPS_AND_BREAKS
        command = await town.asks(device, "query_state")
        await until(lambda: town.downlink.tally.numbers["huawei", "hand_unknown"] > 0)
        town.interface.mood = Mood.KIND
        town.city.clock.advance(31)
        await town.becomes(command, "sent", town.downlink.round)
        assert len(town.interface.kept) == before + 2
        town.interface.kept[-1]["status"] = "SUCCESSFUL"
        town.city.clock.advance(301)
        await town.becomes(command, "confirmed", town.downlink.ask)


async def test_onenet_calls_a_service_and_its_reply_proves_it(town: Town) -> None:
    device = await town.lives("o1", "onenet")
    said = {"Alarm_Status": {"value": NORMAL, "time": town.city.clock.micros() // 1000}}
    notice = {
        "messageType": "notify", "notifyType": "property", "deviceId": "o1", "deviceName": "smoke-1",
        "productId": outside.ONENET_PRODUCT, "data": {"id": "1", "params": said},
    }  # fmt: skip
    await town.hears(_studio(notice), carrier="onenet")
    await town.speaks({"onenet": town.onenet()})
    command = await town.asks(device, "silence", BASIS)
    await town.becomes(command, "sent")
    (kept,) = town.interface.kept
    assert (kept["device"], kept["content"]["service"]) == ("smoke-1", "silence")
    reply = {
        "messageType": "reply", "deviceId": "o1", "deviceName": "smoke-1", "productId": outside.ONENET_PRODUCT,
        "data": {"id": kept["id"], "code": 200},
    }  # fmt: skip
    await town.carrier.says(_studio(reply), "onenet")
    await town.becomes(command, "confirmed")


LEGACY_BOOK = {
    "legacy": {
        "silence": Wording(service="3338_0", params={"5850": False}),
        "self_test": Wording(service="3200_0_5523", params={"args": "ping"}),
        "set_parameters": Wording(service="3300_0", arguments=["*"]),
        "query_state": Wording(hex="aa55"),
    }
}


async def test_onenets_older_console_keeps_writes_for_an_imei_and_is_asked_after_a_time_out(town: Town) -> None:
    device = await town.lives("518816929", "onenet")
    await town.hears(_point(518816929, "NBSMOKE:12345,NORMAL", outside.IMEI), carrier="onenet")
    await town.speaks({"onenet": town.onenet()}, LEGACY_BOOK)
    command = await town.asks(device, "silence", BASIS)
    await town.becomes(command, "sent")
    (kept,) = town.interface.kept
    assert kept["device"] == outside.IMEI
    assert kept["content"]["content"] == {"data": [{"res_id": 5850, "val": False}]}
    assert (kept["content"]["args"]["obj_id"], kept["content"]["args"]["mode"]) == ("3338", "2")
    assert 500 < kept["ttl"] <= 600, "a silence is for this alarm, not for one in hours"
    for kind, state in ((1, "acknowledged"), (2, "confirmed")):
        await town.carrier.says(_answer(518816929, kept["id"], kind), "onenet")
        await town.becomes(command, state)
    town.interface.mood = Mood.KEEPS_AND_BREAKS
    tested = await town.asks(device, "self_test")
    await until(lambda: town.downlink.tally.numbers["onenet", "hand_unknown"] > 0)
    town.interface.mood = Mood.KIND
    town.city.clock.advance(31)
    await town.becomes(tested, "sent", town.downlink.round)
    assert len(town.interface.kept) == 2, "found in its details, not handed again"
    assert town.interface.kept[1]["content"]["content"] == {"args": "ping"}
    town.interface.kept[1]["status"] = "5/TIME_OUT"
    town.city.clock.advance(301)
    assert "did not answer in time" in (await town.becomes(tested, "expired", town.downlink.ask))["detail"]
    opaque = await town.asks(device, "set_parameters", {"parameters": {"5900": "hex:aa55"}})
    await town.becomes(opaque, "sent")
    assert town.interface.kept[2]["content"]["content"] == {"data": [{"res_id": 5900, "type": 1, "val": "AA55"}]}
    wrong = await town.asks(device, "set_parameters", {"parameters": {"limit": 3}})
    assert "'limit' is no resource" in (await town.becomes(wrong, "failed"))["detail"]
    raw = await town.becomes(await town.asks(device, "query_state"), "failed")
    assert "OBJECT_INSTANCE" in raw["detail"]


async def test_a_device_without_an_imei_gets_its_bytes_from_onenets_older_console(town: Town) -> None:
    device = await town.lives("99", "onenet")
    await town.hears(_point(99, "NBSMOKE:12345,NORMAL"), carrier="onenet")
    await town.speaks({"onenet": town.onenet()}, LEGACY_BOOK)
    town.interface.mood = Mood.KEEPS_AND_BREAKS
    command = await town.asks(device, "query_state")
    await until(lambda: town.downlink.tally.numbers["onenet", "hand_unknown"] > 0)
    town.interface.mood = Mood.KIND
    town.city.clock.advance(31)
    await town.becomes(command, "sent", town.downlink.round)
    (kept,) = town.interface.kept
    assert (kept["device"], kept["content"]) == ("99", "aa55")
    kept["status"] = 4
    town.city.clock.advance(301)
    await town.becomes(command, "confirmed", town.downlink.ask)
    worded = await town.becomes(await town.asks(device, "silence", BASIS), "failed")
    assert "reads bytes" in worded["detail"]
    await town.speaks({"onenet": Onenets(None, None)}, LEGACY_BOOK)
    unset = await town.becomes(await town.asks(device, "query_state"), "failed")
    assert "ZHIGAN_ONENET_MASTER_KEY" in unset["detail"]


def _point(device: int, value: str, imei: str = "") -> bytes:
    said = {"at": 1552274056993, "type": 1, "ds_id": "3200_0_5750", "value": value, "dev_id": device}
    return _signed(said | ({"imei": imei} if imei else {}))


def _answer(device: int, command: str, kind: int) -> bytes:
    return _signed({"type": 7, "dev_id": device, "cmd_type": kind, "cmd_id": command, "at": 1552274056993})


def _signed(message: dict[str, object]) -> bytes:
    text, nonce = json.dumps(message).encode(), "abcdefgh"
    sign = onenet_pushes.signature(KEYS.token, nonce, text).encode()
    return b'{"msg":' + text + b',"msg_signature":"' + sign + b'","nonce":"abcdefgh"}'


def _studio(notice: dict[str, object]) -> bytes:
    message, nonce = json.dumps(notice), "abcdefgh"
    sign = onenet_pushes.signature(KEYS.token, nonce, message.encode())
    return json.dumps({"msg": message, "nonce": nonce, "signature": sign, "time": 1, "id": "x"}).encode()
