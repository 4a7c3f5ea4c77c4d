"""What is sent again, forged, cut off or far too large is refused or kept once at every door, and the platform says so.

The whole platform with a real broker beside it; senders from outside. Its own page and its metrics are the witnesses.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from gateways.coap_gate import Caller, Gate
from support.carrier import KEYS, SECRET, ocean, smoke
from support.mosquitto import Device, Mosquitto, broker
from support.platform import Platform
from support.processes import until
from support.udp import free_udp_port
from zhigan.protocols.carriers import onenet
from zhigan.protocols.coap import Code, Option, encode
from zhigan.runtime.clock import SystemClock

pytestmark = pytest.mark.timeout(180)
NOW = SystemClock().micros
HUGE = b"x" * (10 << 20)
BLOCK = 1024
GUESSES = 60
POINT = b'{"at":1552274056993,"imei":"8669","type":1,"ds_id":"s","value":"NBSMOKE:1,NORMAL","dev_id":518816929}'


def _signed(message: bytes) -> bytes:
    signature = onenet.signature(KEYS.token, "abcdefgh", message).encode()
    return b'{"msg":' + message + b',"msg_signature":"' + signature + b'","nonce":"abcdefgh"}'


@contextlib.asynccontextmanager
async def _standing(folder: Path) -> AsyncIterator[tuple[Platform, Mosquitto, Caller]]:
    port = free_udp_port()
    async with broker(folder / "mosquitto") as mosquitto:
        platform = Platform(
            folder / "data", ctwing_token=SECRET, onenet_token=SECRET, huawei_token=SECRET,
            onenet_signing_token=KEYS.token, pushes_per_second="2", coap=f"127.0.0.1:{port}", mqtt=f"mqtt://127.0.0.1:{mosquitto.port}",
        )  # fmt: skip
        await asyncio.to_thread(platform.start)
        where = SimpleNamespace(host="127.0.0.1", port=port, callers=[])
        caller = await Caller.dial(cast("Gate", where))
        try:
            yield platform, mosquitto, caller
        finally:
            caller.close()
            await asyncio.to_thread(platform.stop)


async def _pushed(outside: httpx.AsyncClient, carrier: str, body: bytes, token: str = SECRET) -> tuple[int, str]:
    answer = await outside.post(f"/api/v1/ingest/{carrier}", params={"token": token}, content=body)
    return answer.status_code, answer.json().get("code", "")


async def _carriers(outside: httpx.AsyncClient) -> None:
    bodies = {
        "ctwing": smoke("d1", NOW(), 7),
        "onenet": _signed(POINT),
        "huawei": ocean("h1", "20261122T040000Z", {"devState": 0, "electricQuantity": 90}),
    }
    for carrier, body in bodies.items():
        for _ in range(2):
            assert await _pushed(outside, carrier, body) == (200, "")
        assert await _pushed(outside, carrier, body, "a-guessed-secret") == (401, "bad_token")
        assert await _pushed(outside, carrier, body[: len(body) // 2]) == (400, "bad_json")
        assert await _pushed(outside, carrier, HUGE) == (413, "too_large")
    forged = bodies["onenet"].replace(b"NORMAL", b"KEYTEST")
    assert await _pushed(outside, "onenet", forged) == (401, "bad_signature")


async def _too_often(outside: httpx.AsyncClient) -> int:
    """Who pushes without end is told when to come again, on the same connection and whatever he pushes; nobody else is.
    How often he was."""
    limited = 0
    for size in (*(1,) * (GUESSES - 2), len(HUGE), 1):
        answer = await outside.post("/api/v1/ingest/ctwing", params={"token": "a-guess"}, content=HUGE[:size])
        assert answer.status_code in (401, 429), answer.text
        if answer.status_code == 429:
            assert (answer.headers["retry-after"], answer.json()["code"]) == ("1", "throttled")
            limited += 1
    assert 0 < limited < GUESSES
    assert await _pushed(outside, "ctwing", smoke("d2", NOW(), 7)) == (200, "")
    return limited


async def _coap(caller: Caller) -> None:
    said = caller.request(Code.POST, "t/c1", b"NBSMOKE:12345,NORMAL", format_=0)
    for _ in range(2):
        caller.send(said)
        assert (await caller.answer(said)).code == Code.CHANGED
    caller.raw(encode(said)[:3])
    caller.raw(b"\xff" * 40)
    assert (await caller.asks(Code.POST, "dp", b"[]", format_=110)).code == Code.NOT_FOUND, "in nobody's name"
    assert (await caller.asks(Code.POST, "rd/0badc0de", queries=("lt=60",))).code == Code.NOT_FOUND
    for path in ("t/c1", "dp"):
        await _endless(caller, path)


async def _endless(caller: Caller, path: str) -> None:
    """10 MiB in blocks: it is told that this is too much long before."""
    for number in range(len(HUGE) // BLOCK):
        block = ((int(Option.BLOCK1), (number << 4 | 8 | 6).to_bytes(3, "big").lstrip(b"\0")),)
        answer = await caller.asks(Code.POST, path, b"x" * BLOCK, format_=0, more=block)
        if answer.code != Code.CONTINUE:
            break
    assert (answer.code, number < 64) == (Code.TOO_LARGE, True)


async def _mqtt(device: Device) -> None:
    await device.publish("zhigan/v1/m1/up", b'{"readings":{"temperature":21}}')
    await device.publish("zhigan/v1/m1/up", b'{"readings":{"temp')
    await device.publish("zhigan/v1/m1/up", HUGE)
    await device.publish(
        "zhigan/v1/m1/answer",
        json.dumps({"id": "01a20169-2e00-7f0b-bfb6-" + token_hex(6), "state": "confirmed"}).encode(),
    )


def _seen(view: dict[str, Any]) -> dict[str, Any]:
    return {
        each["door"]: {no["why"]: no["times"] for no in each["refused"]}
        | {"taken": each["taken"], "repeated": each["repeated"]}
        for each in view["doors"]
    }


async def test_every_door_refuses_what_is_wrong_and_the_platform_shows_it(tmp_path: Path) -> None:
    async with (
        _standing(tmp_path) as (platform, mosquitto, caller),
        httpx.AsyncClient(base_url=platform.url, timeout=60) as outside,
        Device(mosquitto.port, "m1") as device,
    ):
        name, password = await asyncio.to_thread(platform.account, "admin", "city")
        token = (await outside.post("/api/v1/login", json={"username": name, "password": password})).json()["token"]
        outside.cookies.clear()
        await _carriers(outside)
        limited = await _too_often(outside)
        await _coap(caller)
        await _mqtt(device)
        doors: dict[str, Any] = {}

        async def told() -> bool:
            shown = await outside.get("/api/v1/platform", headers={"Authorization": f"Bearer {token}"})
            doors.update(_seen(shown.json()))
            return doors.get("mqtt", {}).get("foreign_answers", 0) == 1 and "huawei" in doors and "coap" in doors

        await until(told)
        for carrier in ("ctwing", "onenet", "huawei"):
            counted = doors[carrier]
            assert (counted["taken"], counted["repeated"]) == (2 + (carrier == "ctwing"), 1), carrier
            assert (counted["bad_json"], counted["too_large"]) == (1, 1), carrier
        assert doors["onenet"]["bad_signature"] == 1
        assert (doors["coap"]["repeated"], doors["coap"]["no_413"], doors["coap"]["no_404"]) == (1, 2, 2)
        assert sum(times for why, times in doors["coap"].items() if why.startswith("fault_")) == 2
        assert doors["mqtt"]["broken_payloads"] == 2
        guessed = {carrier: doors[carrier]["bad_token"] for carrier in ("ctwing", "onenet", "huawei")}
        assert guessed == {"ctwing": 1 + GUESSES - limited, "onenet": 1, "huawei": 1}
        metrics = (await outside.get("/metrics")).text
        assert f'zhigan_pushes_limited_total{{door="carriers",process="web"}} {limited}.0' in metrics
        assert 'zhigan_carrier_pushes_total{carrier="ctwing",outcome="too_large",process="web"} 1.0' in metrics
        assert 'zhigan_intake_repeats_total{gateway="ctwing",process="hot"} 1.0' in metrics
        assert 'zhigan_coap_no_413_total{process="hot"} 2.0' in metrics
        assert 'zhigan_mqtt_messages_total{outcome="broken_payloads",process="hot"} 2.0' in metrics
