"""The carriers' door over real HTTP, line, taker, intake and spool: who is let in, what is kept, what is refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest

from support.carrier import KEYS, SECRET, Carrier, ctwing, gas, ocean, pushing, smoke, until
from zhigan.bus.signals import BusRefused
from zhigan.bus.spool import Spool
from zhigan.desks.electrical.watch import NotTold
from zhigan.gateways.carriers.door import Terms
from zhigan.gateways.carriers.wire import Answer
from zhigan.gateways.carriers.wire import Carrier as Door
from zhigan.gateways.intake import Intake
from zhigan.processes.judged import telling
from zhigan.protocols.carriers import onenet
from zhigan.protocols.carriers.model import BODY_MAX
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.signals import Flag, Lane, Signal, SignalKind

POINT = b'{"at":1552274056993,"imei":"8669","type":1,"ds_id":"s","value":"NBSMOKE:1,ALARM","dev_id":518816929}'


class Refusing(Spool):
    """Storage that may be told to refuse."""

    refuses = False

    async def publish(self, batches: Sequence[tuple[Lane, list[Signal]]]) -> dict[Lane, int]:
        if self.refuses:
            raise BusRefused("the disk is full")
        return await super().publish(batches)


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Refusing]:
    opened = await Refusing.open(tmp_path / "spool")
    assert isinstance(opened, Refusing)
    yield opened
    await opened.close()


@pytest.fixture
async def intake(spool: Refusing, hand_clock: HandClock) -> AsyncIterator[Intake]:
    intake = Intake(spool, hand_clock)
    await intake.refill()
    running = asyncio.create_task(intake.run())
    yield intake
    running.cancel()
    await asyncio.wait([running])


@pytest.fixture
async def carrier(intake: Intake, hand_clock: HandClock, tmp_path: Path) -> AsyncIterator[Carrier]:
    async with pushing(intake, hand_clock, tmp_path / "run") as carrier:
        yield carrier


async def stored(spool: Spool) -> list[Signal]:
    return [signal for lane in Lane for batch in await spool.read(lane, 0, 10_000, 0) for signal in batch.signals]


def legacy(message: bytes) -> bytes:
    signed = onenet.signature(KEYS.token, "abcdefgh", message).encode()
    return b'{"msg":' + message + b',"msg_signature":"' + signed + b'","nonce":"abcdefgh"}'


async def test_a_fire_is_on_the_bus_when_200_is_said(carrier: Carrier, spool: Refusing, hand_clock: HandClock) -> None:
    answer = await carrier.push(smoke("d1", hand_clock.micros(), 1))
    assert (answer.status_code, answer.json()) == (200, {"result": "ok"})
    (batch,) = await spool.read(Lane.URGENT, 0, 100, 0)
    fire, readings = batch.signals
    assert (fire.gateway, fire.address, fire.conditions) == ("ctwing", "d1", Condition.FIRE)
    assert readings.address == "d1"
    assert carrier.recognised.models == {("ctwing", "d1"): "lian_smoke"}


async def test_every_carrier_comes_in(carrier: Carrier, spool: Refusing, hand_clock: HandClock) -> None:
    await carrier.says(gas("g1", hand_clock.micros(), 1, 12.0))
    await carrier.says(legacy(POINT), "onenet")
    await carrier.says(ocean("h1", "20261122T040000Z", {"devState": 1, "electricQuantity": 90}), "huawei")
    said = {(s.gateway, s.address): s.conditions for s in await stored(spool) if s.conditions}
    assert said == {
        ("ctwing", "g1"): Condition.GAS_LOW,
        ("onenet", "518816929"): Condition.FIRE,
        ("huawei", "h1"): Condition.FIRE,
    }


@pytest.mark.parametrize("token", ["", "a-long-secreu", SECRET + "x", "%00"])
async def test_a_wrong_secret_is_refused_before_anything_is_read(carrier: Carrier, spool: Refusing, token: str) -> None:
    """The body is announced and never sent: whoever waited for it would not answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", carrier.port)
    writer.write(f"POST /api/v1/ingest/ctwing?token={token} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n".encode())
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401") and b"application/problem+json" in head
    assert json.loads(body)["code"] == "bad_token"
    assert not await stored(spool)


async def test_a_secret_that_is_not_set_refuses_all(
    intake: Intake, hand_clock: HandClock, tmp_path: Path, spool: Refusing
) -> None:
    async with pushing(intake, hand_clock, tmp_path / "run", Terms(tokens={"ctwing": SECRET.encode()})) as carrier:
        for name in ("onenet", "huawei"):
            assert (await carrier.push(b"{}", name, "")).status_code == 401
            assert (await carrier.push(b"{}", name)).status_code == 401
    assert not await stored(spool)


@pytest.mark.parametrize(("networks", "status"), [(("10.0.0.0/8",), 403), (("10.0.0.0/8", "127.0.0.0/8"), 200)])
async def test_only_who_is_on_the_list_may_push(
    intake: Intake, hand_clock: HandClock, tmp_path: Path, networks: tuple[str, ...], status: int
) -> None:
    terms = Terms(tokens={"ctwing": SECRET.encode()}, networks=tuple(ip_network(n) for n in networks))
    async with pushing(intake, hand_clock, tmp_path / "run", terms) as carrier:
        for _ in range(2):
            assert (await carrier.push(smoke("d1", hand_clock.micros(), 7))).status_code == status


@pytest.mark.parametrize("size", [BODY_MAX + 1, 10 << 20])
async def test_too_large_is_refused_and_counted(carrier: Carrier, spool: Refusing, size: int) -> None:
    assert (await carrier.push(b"x" * size)).status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size // 65536 + 1):
            yield b"x" * 65536

    chunked = await carrier.client.post(f"/api/v1/ingest/ctwing?token={SECRET}", content=pieces())
    assert chunked.status_code == 413
    assert carrier.door.tally.numbers["ctwing", "too_large"] == 2
    assert not await stored(spool)


async def test_truncated_and_forged_pushes_are_refused_and_counted(
    carrier: Carrier, spool: Refusing, hand_clock: HandClock
) -> None:
    whole = smoke("d1", hand_clock.micros(), 1)
    cut = await carrier.push(whole[: len(whole) // 2])
    assert (cut.status_code, cut.json()["code"]) == (400, "bad_json")
    forged = await carrier.push(legacy(POINT).replace(b"ALARM", b"FAULT"), "onenet")
    assert (forged.status_code, forged.json()["code"]) == (401, "bad_signature")
    assert (await carrier.push(ctwing("", 0, {}))).json()["code"] == "bad_field"
    assert (await carrier.push(b"", "huawei")).status_code == 400
    assert not await stored(spool)
    assert carrier.door.tally.numbers["ctwing", "bad_json"] == 1
    assert carrier.door.tally.numbers["onenet", "bad_signature"] == 1


async def test_other_addresses_and_methods(carrier: Carrier) -> None:
    assert (await carrier.push(b"{}", "nobody")).status_code == 404
    got = await carrier.client.get("/api/v1/ingest/ctwing", params={"token": SECRET})
    assert got.status_code == 405
    assert (await carrier.client.get("/api/v1/units")).status_code == 299


async def test_onenet_tries_the_address(carrier: Carrier) -> None:
    asked = {"token": SECRET, "msg": "hello+world", "nonce": "abcdefgh"}
    asked["signature"] = onenet.signature(KEYS.token, "abcdefgh", b"hello+world")
    answer = await carrier.client.get("/api/v1/ingest/onenet", params=asked)
    assert (answer.status_code, answer.text) == (200, "hello+world")
    forged = await carrier.client.get("/api/v1/ingest/onenet", params=asked | {"msg": "hello"})
    assert forged.status_code == 401


async def test_many_at_once_are_each_answered_for_their_own(
    carrier: Carrier, spool: Refusing, hand_clock: HandClock
) -> None:
    good = [carrier.push(smoke(f"d{n}", hand_clock.micros(), 7)) for n in range(150)]
    bad = [carrier.push(b"{") for _ in range(50)]
    answers = await asyncio.gather(*good, *bad)
    assert [answer.status_code for answer in answers] == [200] * 150 + [400] * 50
    assert len({signal.address for signal in await stored(spool)}) == 150


async def test_a_repeat_is_answered_alike_and_stored_once(
    carrier: Carrier, spool: Refusing, hand_clock: HandClock, intake: Intake
) -> None:
    body = smoke("d1", hand_clock.micros(), 1)
    answers = await asyncio.gather(*(carrier.push(body) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert [s.conditions for s in await stored(spool) if s.conditions] == [Condition.FIRE]
    assert intake.counts.duplicates == 19


async def test_what_storage_refuses_is_not_confirmed_and_counts_as_new_later(
    carrier: Carrier, spool: Refusing, hand_clock: HandClock
) -> None:
    spool.refuses = True
    body = smoke("d1", hand_clock.micros(), 1)
    assert (await carrier.push(body)).status_code == 503
    assert not await stored(spool)
    spool.refuses = False
    assert (await carrier.push(body)).status_code == 200
    assert await stored(spool)


async def test_a_batch_is_answered_when_all_of_it_is_durable(
    carrier: Carrier, spool: Refusing, hand_clock: HandClock
) -> None:
    parts = [{"serviceId": "n", "serviceData": {"Alarm_Status": status}} for status in (10, 1, 4)]
    await carrier.says(ctwing("d1", hand_clock.micros(), parts, messageType="dataReportTupUnion"))
    assert len([s for s in await stored(spool) if s.conditions]) == 3


async def test_without_the_hot_process_the_carrier_is_asked_to_send_again(carrier: Carrier) -> None:
    await carrier.taker.stop()
    await until(lambda: not carrier.line.connected.is_set())
    answer = await carrier.push(b"{}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_what_our_own_rounds_found_is_on_the_bus_with_its_figures_when_it_is_said_so(
    carrier: Carrier, spool: Refusing, hand_clock: HandClock
) -> None:
    tell, now = telling(carrier.line), hand_clock.micros()
    drift, flags = int(Condition.DRIFT), int(Flag.JUDGED)
    facts = (("days", 5.5), ("slope", "1.60 °C"))
    found = Signal("mqtt", "brk-1", int(SignalKind.STATUS), now, now, drift, drift, flags=flags, facts=facts)
    await tell([found])
    (kept,) = await stored(spool)
    assert (kept.address, kept.conditions, kept.flags, kept.facts) == ("brk-1", drift, flags, facts)
    await tell([])
    spool.refuses = True
    with pytest.raises(NotTold, match="refused"):
        await tell([found])
    broken = await carrier.line.submit(Door.JUDGED, b"no signals")
    assert broken.code == Answer.FAULT
    await carrier.taker.stop()
    await until(lambda: not carrier.line.connected.is_set())
    with pytest.raises(NotTold, match="nobody"):
        await tell([found])


async def test_nobody_without_the_key_speaks_to_the_taker(
    carrier: Carrier, tmp_path: Path, spool: Refusing, hand_clock: HandClock
) -> None:
    note = tmp_path / "run" / "carriers.door"
    assert note.stat().st_mode & 0o077 == 0
    port = json.loads(note.read_bytes())["port"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x00\x00\x00\x05" + bytes(9) + b"wrong")
    assert await reader.read() == b""
    writer.close()
    assert not await stored(spool)


async def test_studio_tells_of_links_by_name_and_of_data_by_id(
    carrier: Carrier, spool: Refusing, hand_clock: HandClock
) -> None:
    def studio(message: dict[str, object]) -> bytes:
        text = json.dumps(message)
        signed = onenet.signature(KEYS.token, "n", text.encode())
        return json.dumps({"msg": text, "signature": signed, "nonce": "n"}).encode()

    named: dict[str, object] = {"deviceName": "n9", "productId": "p"}
    params = {"Alarm_Status": {"value": 7, "time": hand_clock.micros() // 1000}}
    said = {"messageType": "notify", "notifyType": "property", "deviceId": "d9", "data": {"params": params}}
    await carrier.says(studio(said | named), "onenet")
    gone = {"messageType": "lifeCycle", "data": {"status": "offline", "time": hand_clock.micros() // 1000}}
    await carrier.says(studio(gone | named), "onenet")
    assert {signal.address for signal in await stored(spool)} == {"d9"}
