"""A detector behind a broker: fire over mosquitto, incident at the desk, silence back at the detector."""

import asyncio
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from support.carrier import until
from support.city import City
from support.mosquitto import Device, Mosquitto, broker
from support.site import fit
from zhigan.desks.electrical import worker
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.gateways.mqtt.broker import Broker
from zhigan.gateways.mqtt.downlink import Downlink
from zhigan.gateways.mqtt.model import Terms
from zhigan.gateways.mqtt.taker import Taker
from zhigan.processes import mqtt
from zhigan.protocols.mqtt import Profiles, built_in
from zhigan.registry.shapes import CutAuthorisation, NewDevice
from zhigan.runtime.pg import Connection
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.roles import Role

FIRE = b'{"type":"smoke","conditions":["fire"],"readings":{"temperature":58}}'
SILENCED = b'{"operations":["silence"]}'
BASIS = {"basis": "person_confirms"}


class Town:
    def __init__(self, city: City, mosquitto: Mosquitto, dsn: str, terms: Terms) -> None:
        async def connect() -> Connection:
            return await asyncpg.connect(dsn)

        known = Profiles(built_in())
        self.city = city
        self.mosquitto = mosquitto
        self.downlink = Downlink(known, city.clock, dsn, connect)
        self.taker = Taker(city.platform.intake, city.clock, known, self.downlink)
        self.broker = Broker(terms, known.filters(), self.taker)
        self.taker.follow(self.broker)
        self.downlink.follow(self.broker)
        self._running = [asyncio.create_task(self.broker.run()), asyncio.create_task(self.downlink.run())]

    async def ends(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.wait(self._running)
        await self.downlink.close()

    async def settles(self, messages: int) -> None:
        await until(lambda: self.taker.tally["messages"] >= messages)
        await self.city.settles()

    async def lives(self, address: str) -> str:
        tower = await self.city.unit("滨江小区3栋", premises="high_rise_residential", floors=18)
        place = {"name": "1203室", "type": "smoke", "gateway": "mqtt", "floor": "12", "flat": "1203"}
        await fit(self.city, [NewDevice(unit_id=tower.id, building_id=tower.building_id, address=address, **place)])
        client = await self.city.person()
        found = (await client.get("/devices", params={"unit_id": tower.id})).json()["items"]
        return next(one["id"] for one in found if one["address"] == address)

    async def asks(self, device: str, command: str, arguments: dict[str, str]) -> str:
        body = {"command": command, "arguments": arguments}
        return str((await self.city.asks(f"/devices/{device}/commands", body, Role.DUTY, 202))["id"])

    async def becomes(self, command: str, state: str) -> dict[str, object]:
        client = await self.city.person()
        async with asyncio.timeout(20):
            while True:
                read = (await client.get(f"/commands/{command}")).json()
                if read["state"] == state:
                    return read
                await asyncio.sleep(0.01)


@pytest.fixture
async def town(city: City, dsn: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with broker(tmp_path / "mosquitto") as mosquitto:
        town = Town(city, mosquitto, dsn, Terms(host="127.0.0.1", port=mosquitto.port))
        await town.broker.connected.wait()
        try:
            yield town
        finally:
            await town.ends()


async def test_a_fire_over_mqtt_is_at_the_desk_and_its_silence_is_at_the_detector(town: Town) -> None:
    device = await town.lives("s-1203")
    async with Device(town.mosquitto.port, "s-1203") as detector:
        await detector.hears("zhigan/v1/s-1203/down")
        await detector.publish("zhigan/v1/s-1203/up", FIRE)
        await town.settles(1)
        (incident,) = await town.city.desk()
        assert (incident.grade, incident.kind, incident.unit) == ("II", "fire", "滨江小区3栋")
        command = await town.asks(device, "silence", BASIS)
        await until(lambda: bool(detector.heard))
        (topic, text) = detector.heard[0]
        order = json.loads(text)
        assert (topic, order["id"], order["command"]) == ("zhigan/v1/s-1203/down", command, "silence")
        assert order["arguments"] == BASIS
        await town.becomes(command, "sent")
        other = json.dumps({"id": command, "state": "confirmed"}).encode()
        await detector.publish("zhigan/v1/other/answer", other)  # no business of another device
        for state in ("acknowledged", "confirmed"):
            await detector.publish("zhigan/v1/s-1203/answer", json.dumps({"id": command, "state": state}).encode())
            await town.becomes(command, state)
        (incident,) = await town.city.desk()
        assert incident.alarms[0].cleared_at is None, "silence quiets the sounder, never the incident"


async def test_a_device_that_cannot_answer_proves_a_silence_by_what_it_says(town: Town) -> None:
    device = await town.lives("kitchen")
    async with Device(town.mosquitto.port, "kitchen") as detector:
        await detector.hears("zigbee2mqtt/kitchen/set")
        await detector.publish("zigbee2mqtt/kitchen", b'{"smoke":true,"battery":90}')
        await town.settles(1)
        assert len(await town.city.desk()) == 1
        command = await town.asks(device, "self_test", {})
        await until(lambda: bool(detector.heard))
        assert detector.heard[0] == ("zigbee2mqtt/kitchen/set", b'{"self_test":true}')
        await town.becomes(command, "sent")
        await detector.publish("zigbee2mqtt/kitchen", b'{"test":true}')
        assert (await town.becomes(command, "confirmed"))["detail"] == "the device says so"
        refused = await town.becomes(await town.asks(device, "close_valve", {}), "failed")
        assert "take no close_valve" in str(refused["detail"])


async def test_a_breaker_that_refuses_is_shown_with_its_reason(town: Town) -> None:
    """Locked by hand in the board: it was sent once, it answers no, and nothing sends it again."""
    shop = await town.city.unit("临街商铺")
    until_ = town.city.clock.now() + timedelta(days=1)
    consent = CutAuthorisation(by="业主 周某", until=until_)
    shape = {"name": "总空开", "type": "breaker", "gateway": "mqtt", "load_class": "general"}
    await fit(town.city, [NewDevice(unit_id=shop.id, address="b-1", cut_authorisation=consent, **shape)])
    client = await town.city.person()
    found = (await client.get("/devices", params={"unit_id": shop.id})).json()["items"]
    breaker = next(one for one in found if one["address"] == "b-1")
    body = {"command": "cut_power", "arguments": {"reason": "端子发红"}}
    asked = await town.city.asks(f"/devices/{breaker['id']}/commands", body, Role.OPERATOR, 202)
    async with Device(town.mosquitto.port, "b-1") as device:
        await device.hears("zhigan/v1/b-1/down")
        await town.city.asks(f"/commands/{asked['id']}/approve", {}, Role.LEAD, 200)
        town.city.clock.advance(15)
        interlock = CircuitInterlock(town.city.clock)
        assert await worker.release(town.city.web.db, interlock, town.city.clock.micros()) == 1
        await until(lambda: bool(device.heard))
        said = {"id": asked["id"], "state": "failed", "detail": "locked by hand"}
        await town.becomes(str(asked["id"]), "sent")
        await device.publish("zhigan/v1/b-1/answer", json.dumps(said).encode())
        refused = await town.becomes(str(asked["id"]), "failed")
        assert refused["detail"] == "locked by hand"
        town.downlink.wake()
        assert len(device.heard) == 1


async def test_a_command_waits_for_a_broker_that_is_away(town: Town) -> None:
    device = await town.lives("s-1")
    await town.mosquitto.stop()
    await until(lambda: not town.broker.connected.is_set())
    command = await town.asks(device, "query_state", {})
    assert (await town.becomes(command, "pending"))["state"] == "pending"
    await town.mosquitto.start()
    async with asyncio.timeout(20):
        await town.broker.connected.wait()
    async with Device(town.mosquitto.port, "s-1") as detector:
        await detector.hears("zhigan/v1/s-1/down")
        town.city.clock.advance(6)
        town.downlink.wake()
        await until(lambda: bool(detector.heard))
        await town.becomes(command, "sent")


def _certificate(folder: Path) -> tuple[Path, Path]:
    """An authority's own certificate for this machine, by openssl."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(cert),
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


async def test_the_brokers_rules_let_a_device_speak_for_itself_only_over_tls(
    city: City, dsn: str, tmp_path: Path
) -> None:
    tower = await city.unit("滨江小区3栋", premises="high_rise_residential", floors=18)
    place = {"unit_id": tower.id, "type": "smoke", "gateway": "mqtt"}
    await fit(city, [NewDevice(name=address, address=address, **place) for address in ("m1", "m2")])
    settings = Settings.load({"ZHIGAN_DATA": str(tmp_path), "ZHIGAN_MQTT": "mqtts://platform@127.0.0.1"})
    conn = await asyncpg.connect(dsn)
    try:
        printed = {what: await mqtt.print_rights(settings, conn, what) for what in ("acl", "passwd", "passwords")}
    finally:
        await conn.close()
    for what, lines in printed.items():
        (tmp_path / what).write_text("\n".join(lines) + "\n")
    secrets = dict(line.split(",") for line in printed["passwords"][1:])
    assert set(secrets) == {"platform", "m1", "m2"}
    cert, key = _certificate(tmp_path)
    more = (
        f"cafile {cert}\ncertfile {cert}\nkeyfile {key}\nallow_anonymous false\n"
        f"acl_file {tmp_path / 'acl'}\npassword_file {tmp_path / 'passwd'}"
    )
    tls = ssl.create_default_context(cafile=cert)
    async with broker(tmp_path / "mosquitto", more) as mosquitto:
        user = {"user": "platform", "password": secrets["platform"]}
        town = Town(city, mosquitto, dsn, Terms(host="127.0.0.1", port=mosquitto.port, tls=tls, **user))
        await town.broker.connected.wait()
        try:
            async with Device(mosquitto.port, "m1", password=secrets["m1"], ca=cert) as detector:
                await detector.publish("zhigan/v1/m2/up", FIRE)  # in another's name
                await detector.publish("zhigan/v1/m1/up", FIRE)
                await town.settles(1)
            assert [row.alarms[0].device.name for row in await city.desk()] == ["m1"]
            async with Device(mosquitto.port, "m2", password="wrong", ca=cert) as stranger:
                assert "authori" in stranger.refusal.lower()
        finally:
            await town.ends()
