"""A smoke detector that speaks LwM2M, against the whole platform: it burns, the desk sees it, silence reaches it.

The peers are others' work: aiocoap plays the detector, libcoap's client the devices without LwM2M.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import aiocoap
import asyncpg
import httpx
import pytest
from aiocoap import resource

from support.platform import Platform
from support.udp import free_udp_port
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings

NAME = "urn:imei:860000000000777"
LIBCOAP = shutil.which("coap-client-openssl") or shutil.which("coap-client-gnutls") or shutil.which("coap-client")
SENML_JSON = 110
T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T | None]], within: float = 40) -> T:
    async with asyncio.timeout(within):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.05)


class Object(resource.ObservableResource):
    """One object instance that is read and observed in SenML-JSON."""

    def __init__(self, values: list[dict[str, object]]) -> None:
        super().__init__()
        self.values = values

    def becomes(self, values: list[dict[str, object]]) -> None:
        self.values = values
        self.updated_state()

    async def render_get(self, request: aiocoap.Message) -> aiocoap.Message:
        return aiocoap.Message(payload=json.dumps(self.values).encode(), content_format=SENML_JSON)


class Switch(resource.Resource):
    def __init__(self, on: bool) -> None:
        super().__init__()
        self.on = on
        self.written: list[bytes] = []

    async def render_get(self, request: aiocoap.Message) -> aiocoap.Message:
        return aiocoap.Message(payload=b"1" if self.on else b"0", content_format=0)

    async def render_put(self, request: aiocoap.Message) -> aiocoap.Message:
        self.written.append(request.payload)
        self.on = request.payload == b"1"
        return aiocoap.Message(code=aiocoap.CHANGED)


class Detector:
    """What a maker would build on aiocoap."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.smoke = Object([{"bn": "/3407/0/", "n": "6046", "vb": False}, {"n": "6044", "v": 96}])
        self.sounder = Switch(False)
        self.place: tuple[str, ...] = ()
        self.site = resource.Site()
        self.site.add_resource(["3407", "0"], self.smoke)
        self.site.add_resource(["3338", "0", "5850"], self.sounder)
        self._context: aiocoap.Context | None = None

    async def lives(self) -> None:
        self._context = await aiocoap.Context.create_server_context(
            self.site, bind=("127.0.0.1", free_udp_port()), transports=["simple6", "udp6"]
        )

    async def dies(self) -> None:
        if self._context is not None:
            await self._context.shutdown()

    async def asks(self, code: aiocoap.numbers.codes.Code, path: str, payload: bytes = b"", format_: int = 40) -> str:
        assert self._context is not None
        uri = f"coap://127.0.0.1:{self.port}/{path}"
        asked = aiocoap.Message(code=code, uri=uri, payload=payload)
        if payload:
            asked.opt.content_format = format_
        answer = await self._context.request(asked).response
        self.place = answer.opt.location_path or self.place
        return str(answer.code).partition(" ")[0]

    async def registers(self) -> str:
        links = b'</>;rt="oma.lwm2m",</3407/0>,</3338/0>'
        return await self.asks(aiocoap.POST, f"rd?ep={NAME}&lt=600&lwm2m=1.1&b=U&Q", links)

    async def updates(self) -> str:
        return await self.asks(aiocoap.POST, "/".join(self.place))


class Ground:
    def __init__(self, platform: Platform, port: int, secure: int) -> None:
        self.platform = platform
        self.port = port
        self.secure = secure
        self.web = httpx.AsyncClient(base_url=f"{platform.url}/api/v1", timeout=20)

    async def enters(self) -> None:
        name, password = self.platform.account("admin")
        token = (await self.web.post("/login", json={"username": name, "password": password})).json()["token"]
        self.web.headers["authorization"] = f"Bearer {token}"

    async def device(self, gateway: str, address: str) -> str:
        unit = {"code": address[-8:], "name": f"单位{address[-3:]}", "premises": "other", "area_code": "360802"}
        made = await self.web.post("/units", json={**unit, "lon": 114.98, "lat": 27.11})
        assert made.status_code == 201, made.text
        new = {"unit_id": made.json()["id"], "name": "门厅", "type": "smoke", "gateway": gateway, "address": address}
        made = await self.web.post("/devices", json=new)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def incident(self) -> dict[str, object] | None:
        items = (await self.web.get("/incidents", params={"kind": "fire"})).json()["items"]
        return items[0] if items else None

    async def command(self, id_: str) -> str:
        return str((await self.web.get(f"/commands/{id_}")).json()["state"])

    def post(self, device: str, payload: str, *more: str) -> str:
        """libcoap's client; what it printed."""
        assert LIBCOAP is not None, "libcoap's client is missing: make test installs it"
        said = subprocess.run(
            [LIBCOAP, "-m", "post", "-B", "10", "-v", "6", *more, "-e", payload,
             f"coaps://127.0.0.1:{self.secure}/t/{device}" if "-k" in more else f"coap://127.0.0.1:{self.port}/t/{device}"],
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        return said.stdout + said.stderr

    async def kept(self, gateway: str) -> list[str]:
        async with database(Settings.load(self.platform.environment)) as dsn:
            conn = await asyncpg.connect(dsn)
            try:
                rows = await conn.fetch(
                    "select d.address from history.signal s join registry.device d on d.number = s.device"
                    " where d.gateway = $1 and s.conditions & 1 <> 0",
                    gateway,
                )
                return [row["address"] for row in rows]
            finally:
                await conn.close()


@asynccontextmanager
async def _ground(folder: Path) -> AsyncIterator[Ground]:
    port = free_udp_port()
    secure = free_udp_port()
    platform = Platform(folder, coap=f"127.0.0.1:{port}", coaps=f"127.0.0.1:{secure}")
    platform.start()
    ground = Ground(platform, port, secure)
    try:
        await ground.enters()
        yield ground
    finally:
        await ground.web.aclose()
        platform.stop()


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    async with _ground(tmp_path / "data") as ground:
        yield ground


async def test_a_detector_burns_and_is_silenced_and_a_kill_loses_nothing(ground: Ground) -> None:
    device = await ground.device("lwm2m", NAME)
    detector = Detector(ground.port)
    await detector.lives()
    try:
        assert await detector.registers() == "2.01"

        async def observed() -> bool:
            return len(detector.smoke._observations) == 1

        await until(observed)
        async with ground.web.stream("GET", "/live", headers={"accept": "text/event-stream"}, timeout=60) as live:
            lines = live.aiter_lines()
            detector.sounder.on = True
            detector.smoke.becomes([{"bn": "/3407/0/", "n": "6046", "vb": True}])
            async with asyncio.timeout(30):
                async for line in lines:
                    if line.startswith("data:") and '"kind":"fire"' in line.replace(" ", ""):
                        break
        incident = await until(ground.incident)
        assert incident["grade"] == "II"

        asked = await ground.web.post(
            f"/devices/{device}/commands", json={"command": "silence", "arguments": {"basis": "person_confirms"}}
        )
        assert asked.status_code == 202, asked.text

        async def confirmed() -> bool:
            return await ground.command(asked.json()["id"]) == "confirmed"

        await until(confirmed)
        assert detector.sounder.written == [b"0"]
        assert await ground.incident() is not None  # the sounder is quiet, the incident stands

        ground.platform.kill()
        ground.platform.start()
        assert await ground.kept("lwm2m") == [NAME]  # it was acknowledged, so it is there; once
        assert await detector.updates() == "2.04"  # it does not know that anything happened
        detector.smoke.becomes([{"bn": "/3407/0/", "n": "6046", "vb": True}, {"n": "6044", "v": 95}])

        async def burns_again() -> bool:
            return await ground.kept("lwm2m") == [NAME, NAME]

        await until(burns_again)
    finally:
        await detector.dies()


async def test_libcoaps_client_posts_makers_words_and_resources(ground: Ground) -> None:
    for number in range(3):
        said = ground.post(f"86000{number}", f"NBSMOKE:1234{number},ALARM", "-t", "0")
        assert "c:2.04" in said, said
    ground.platform.kill()
    ground.platform.start()
    assert ground.platform.run("device-key", "set", "sealed1", "--key-stdin", words="secretkey1").returncode == 0

    async def let_in() -> bool:
        said = await asyncio.to_thread(ground.post, "sealed1", "hello", "-u", "sealed1", "-k", "secretkey1", "-t", "0")
        return "c:2.04" in said

    await until(let_in)

    async def all_there() -> bool:
        return sorted(await ground.kept("coap")) == ["860000", "860001", "860002"]

    await until(all_there)  # acknowledged, so there; once
    discovered = (await ground.web.get("/devices", params={"state": "discovered"})).json()["items"]
    assert {d["address"] for d in discovered} >= {"860000", "860001", "860002"}
    assert (await until(ground.incident))["kind"] == "fire"
