"""The platform is killed between sending a cut and knowing of it: it is sent once, and nobody says that it was done.

The breaker is others' work: aiocoap plays it, over the real CoAP port. First it is cut in peace, and that is proved by
the current that it measures.
"""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiocoap
import httpx
from aiocoap import resource

from support.platform import Platform
from support.processes import until
from support.udp import free_udp_port
from zhigan.runtime.clock import SystemClock

NAME = "urn:imei:860000000000911"
SENML_JSON = 110


class Meter(resource.ObservableResource):
    def __init__(self) -> None:
        super().__init__()
        self.amperes = 12.5
        self.watched = 0

    async def add_observation(self, request: aiocoap.Message, serverobservation: Any) -> None:
        self.watched += 1
        await super().add_observation(request, serverobservation)

    async def render_get(self, request: aiocoap.Message) -> aiocoap.Message:
        said = [{"bn": "/3317/0/", "n": "5700", "v": self.amperes}]
        return aiocoap.Message(payload=json.dumps(said).encode(), content_format=SENML_JSON)


class About(resource.ObservableResource):
    """Object 3312: what kind of switch it is."""

    async def render_get(self, request: aiocoap.Message) -> aiocoap.Message:
        said = [{"bn": "/3312/0/", "n": "5750", "vs": "breaker"}]
        return aiocoap.Message(payload=json.dumps(said).encode(), content_format=SENML_JSON)


class Switch(resource.Resource):
    """Opens when it is told; `heard` is set before it answers, and it waits for `answers`."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self.meter = meter
        self.written: list[bytes] = []
        self.heard = asyncio.Event()
        self.answers = asyncio.Event()

    def closed_by_hand(self) -> None:
        self.written.clear()
        self.heard.clear()
        self.answers.clear()
        self.meter.amperes = 12.5

    async def render_get(self, request: aiocoap.Message) -> aiocoap.Message:
        return aiocoap.Message(payload=b"0" if self.written else b"1", content_format=0)

    async def render_put(self, request: aiocoap.Message) -> aiocoap.Message:
        self.written.append(request.payload)
        self.heard.set()
        await self.answers.wait()
        self.meter.amperes = 0.0
        return aiocoap.Message(code=aiocoap.CHANGED)


class Breaker:
    def __init__(self, port: int) -> None:
        self.port = port
        self.meter = Meter()
        self.switch = Switch(self.meter)
        self._site = resource.Site()
        for path, what in ((["3317", "0"], self.meter), (["3312", "0"], About()), (["3312", "0", "5850"], self.switch)):
            self._site.add_resource(path, what)
        self._context: aiocoap.Context | None = None

    async def registers(self) -> None:
        if self._context is None:
            self._context = await aiocoap.Context.create_server_context(
                self._site, bind=("127.0.0.1", free_udp_port()), transports=["simple6", "udp6"]
            )
        uri = f"coap://127.0.0.1:{self.port}/rd?ep={NAME}&lt=600&lwm2m=1.1&b=U"
        links = b'</>;rt="oma.lwm2m",</3312/0>,</3317/0>'
        asked = aiocoap.Message(code=aiocoap.POST, uri=uri, payload=links)
        asked.opt.content_format = 40
        answer = await self._context.request(asked).response
        assert str(answer.code).startswith("2.01"), answer.code

    async def dies(self) -> None:
        if self._context is not None:
            await self._context.shutdown()


class Desk:
    def __init__(self, platform: Platform, role: str) -> None:
        self._client = httpx.AsyncClient(base_url=f"{platform.url}/api/v1", timeout=60)
        self._name, self._password = platform.account(role)

    async def enters(self) -> None:
        answer = await self._client.post("/login", json={"username": self._name, "password": self._password})
        self._client.cookies.clear()
        self._client.headers["authorization"] = f"Bearer {answer.json()['token']}"

    async def get(self, path: str) -> Any:
        return (await self._client.get(path)).json()

    async def post(self, path: str, body: object) -> Any:
        answer = await self._client.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    async def close(self) -> None:
        await self._client.aclose()


async def _circuit(operator: Desk) -> str:
    place = {"area_code": "360802", "lon": 114.98, "lat": 27.11}
    unit = await operator.post("/units", {"code": "CUT-1", "name": "吉州市场", "premises": "crowded", **place})
    device = {"unit_id": unit["id"], "name": "空开", "type": "breaker", "gateway": "lwm2m", "address": NAME}
    breaker = (await operator.post("/devices", device))["id"]
    circuit = {
        "unit_id": unit["id"], "code": "AL1", "name": "摊位插座", "load_class": "third", "feeds": ["sockets"],
        "breaker_id": breaker, "channels": [{"metric": "current", "device_id": breaker}],
    }  # fmt: skip
    id_ = (await operator.post("/circuits", circuit))["id"]
    consent = {
        "given_by": "市场 周某", "signed_on": "2026-11-01", "words": "同意在紧急情况下远程切断本回路电源。",
        "ends_at": (SystemClock().now() + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    await operator.post(f"/circuits/{id_}/consents", consent)
    return breaker


async def _cut(breaker: str, operator: Desk, lead: Desk) -> str:
    body = {"command": "cut_power", "arguments": {"reason": "端子发红"}}
    asked = await operator.post(f"/devices/{breaker}/commands", body)
    await lead.post(f"/commands/{asked['id']}/approve", {})
    return str(asked["id"])


async def _in_peace(breaker: str, peer: Breaker, operator: Desk, lead: Desk) -> None:
    peer.switch.answers.set()
    command = await _cut(breaker, operator, lead)
    await until(lambda: _state(operator, command, "confirmed"), 60)
    seen = await operator.get(f"/commands/{command}")
    states = [line["state"] for line in seen["history"]]
    assert states == ["awaiting_approval", "pending", "sent", "acknowledged", "confirmed"]
    assert seen["detail"].startswith("measured without current: 0.00 A")
    assert peer.switch.written == [b"0"]


async def _killed(breaker: str, peer: Breaker, operator: Desk, lead: Desk, platform: Platform) -> None:
    """Between the order on the wire and the device's word; then another order shows that orders are carried again."""
    peer.switch.closed_by_hand()
    command = await _cut(breaker, operator, lead)
    async with asyncio.timeout(60):
        await peer.switch.heard.wait()
    platform.kill()
    peer.switch.answers.set()
    platform.start()
    watched = peer.meter.watched
    await peer.registers()
    await until(lambda: peer.meter.watched > watched)
    asked = (await operator.post(f"/devices/{breaker}/commands", {"command": "query_state"}))["id"]
    await until(lambda: _state(operator, asked, "confirmed"))
    assert peer.switch.written == [b"0"], "the cut was sent again"
    assert (await operator.get(f"/commands/{command}"))["state"] == "sent"


async def test_a_cut_is_proved_and_is_sent_once_though_the_platform_dies_meanwhile(tmp_path: Path) -> None:
    port = free_udp_port()
    platform = Platform(tmp_path / "data", coap=f"127.0.0.1:{port}")
    platform.start()
    peer = Breaker(port)
    operator, lead = Desk(platform, "operator"), Desk(platform, "lead")
    try:
        await operator.enters()
        await lead.enters()
        breaker = await _circuit(operator)
        await peer.registers()
        await until(lambda: peer.meter.watched == 1)
        await _in_peace(breaker, peer, operator, lead)
        await _killed(breaker, peer, operator, lead, platform)
        assert platform.run("audit", "verify").returncode == 0
    finally:
        await operator.close()
        await lead.close()
        await peer.dies()
        platform.stop()


async def _state(desk: Desk, command: str, state: str) -> bool:
    return bool((await desk.get(f"/commands/{command}"))["state"] == state)
