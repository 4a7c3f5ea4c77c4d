"""The platform dies while a fire is being handed over: 119 has it once, and the receipt stands when it lives again."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import httpx

from support.centre_process import CentreProcess
from support.platform import Platform
from support.processes import until
from support.transmitter import Transmitter
from zhigan.protocols.gb26875 import ComponentStatus
from zhigan.runtime.clock import SystemClock

CLOCK = SystemClock()
ADDRESS = "0119000000AD"


class Desk:
    def __init__(self, platform: Platform) -> None:
        self._client = httpx.Client(base_url=f"{platform.url}/api/v1", timeout=60)
        name, password = platform.account("admin")
        token = self._client.post("/login", json={"username": name, "password": password}).json()["token"]
        self._client.cookies.clear()
        self._client.headers["authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._client.close()

    def get(self, path: str) -> Any:
        return self._client.get(path).json()

    def post(self, path: str, body: object) -> Any:
        answer = self._client.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()


async def _burns(platform: Platform, desk: Desk) -> str:
    place = {"area_code": "360802", "lon": 114.98, "lat": 27.11}
    unit = desk.post("/units", {"code": "K-1", "name": "吉州一中", "premises": "crowded", **place})
    device = {"unit_id": unit["id"], "name": "装置", "type": "transmission_device", "gateway": "gb26875"}
    desk.post("/devices", {**device, "address": ADDRESS})
    line = Transmitter(ADDRESS, CLOCK, lambda: ("127.0.0.1", platform.gb26875_port))
    await line.says(ComponentStatus(1, 1, 40, 1, 0x0003, "三层走廊", CLOCK.micros()))
    found: list[Any] = []

    async def stands() -> bool:
        found[:] = (await asyncio.to_thread(desk.get, "/incidents"))["items"]
        return bool(found)

    await until(stands)
    await line.hang_up()
    return str(found[0]["id"])


async def test_a_fire_being_handed_over_outlives_the_platform(tmp_path: Path) -> None:
    centre = CentreProcess(secrets.token_urlsafe(18), secrets.token_urlsafe(18))
    platform = Platform(tmp_path / "data")
    with centre.running():
        platform.start()
        desk = await asyncio.to_thread(Desk, platform)
        target = {"name": "119", "adapter": "json", "url": centre.url, "proof": "bearer", "secret": centre.token}
        desk.post("/dispatch/targets", {**target, "answer_s": 20})
        incident = await _burns(platform, desk)
        centre.becomes("late")  # it takes the message, and its answer comes to nobody
        desk.post(f"/incidents/{incident}/confirm", {"basis": "on_site"})

        async def taken() -> bool:
            return bool(await asyncio.to_thread(centre.got))

        await until(taken)
        desk.close()
        platform.kill()
        centre.becomes("well")
        platform.start()
        desk = await asyncio.to_thread(Desk, platform)
        panel: dict[str, Any] = {}

        async def acknowledged() -> bool:
            panel.update(await asyncio.to_thread(desk.get, f"/incidents/{incident}/hand-over"))
            return [h["state"] for h in panel["hand_overs"]] == ["acknowledged"]

        await until(acknowledged)
        [got] = centre.got()
        assert got["times"] == 2, "it was sent again under its id, and known again"
        assert panel["hand_overs"][0]["number"] == got["number"]
        told = [line["what"] for line in desk.get(f"/incidents/{incident}")["timeline"]]
        assert told.count("handed_over") == told.count("acknowledged") == 1
        desk.close()
        assert platform.stop() == 0
