"""A carrier that pushes: the platform's own door, line and taker over a given intake, and somebody outside who posts.

Enters: what devices say. Leaves: HTTP answers. Nothing of the product is replaced; the server is uvicorn, as always.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import httpx
import uvicorn

from zhigan.gateways.carriers.door import Application, Door, Message, Receive, Scope, Send, Terms
from zhigan.gateways.carriers.downlink import Downlink
from zhigan.gateways.carriers.line import Line
from zhigan.gateways.carriers.taker import Taker
from zhigan.gateways.intake import Intake
from zhigan.protocols.carriers import Report, onenet
from zhigan.runtime.clock import Clock

SECRET = "a-long-secret"
KEYS = onenet.Keys("abcdefghijkmlnopqrstuvwxyz")


def ctwing(device: str, at: int, payload: object, **more: object) -> bytes:
    """A dataReport; `at` in µs."""
    head = {
        "upPacketSN": -1, "upDataSN": -1, "topic": "v1/up/ad19prof", "timestamp": at // 1000, "tenantId": "2000033629",
        "serviceId": "", "protocol": "lwm2m", "productId": "15014772", "messageType": "dataReport", "deviceType": "",
        "deviceId": device, "assocAssetId": "", "IMSI": "undefined", "IMEI": "860374000000000",
    }  # fmt: skip
    return json.dumps(head | {"payload": payload} | more).encode()


def smoke(device: str, at: int, status: int, **more: object) -> bytes:
    """The LiAn detector: 1 alarm, 7 normal …"""
    data = {"Alarm_Status": status, "TData": 24, "SNR": 1, "RSRP": 101, "Battery_Level": 92, **more}
    return ctwing(device, at, {"serviceId": "notification", "serviceData": data})


def gas(device: str, at: int, state: int, lel: float, **more: object) -> bytes:
    said = {"valve_state": 2, "gas_value": lel, "gas_sensor_state": state, "battery_voltage": 3.6, "battery_value": 97}
    return ctwing(device, at, {**said, "error_code": 0, **more}, topic="v1/up/ad19", serviceId=10)


def ocean(device: str, when: str, data: object, service: str = "Report") -> bytes:
    said = {"serviceId": service, "serviceType": service, "data": data, "eventTime": when}
    head = {"notifyType": "deviceDataChanged", "deviceId": device, "gatewayId": device, "requestId": None}
    return json.dumps(head | {"service": said}).encode()


class Recognised:
    """What the registry and the downlink would be told."""

    def __init__(self) -> None:
        self.models: dict[tuple[str, str], str] = {}
        self.names: dict[tuple[str, str], tuple[str, str]] = {}
        self.downlink: Downlink | None = None

    def recognised(self, gateway: str, address: str, model: str) -> None:
        self.models[gateway, address] = model

    def carried(self, gateway: str, address: str, product: str, name: str) -> None:
        self.names[gateway, address] = (product, name)

    def answered(self, gateway: str, report: Report) -> None:
        if self.downlink is not None:
            self.downlink.answered(gateway, report)

    def said(self, gateway: str, address: str, operations: int) -> None:
        if self.downlink is not None:
            self.downlink.said(gateway, address, operations)


class Carrier:
    def __init__(self, door: Door, taker: Taker, line: Line, port: int, recognised: Recognised) -> None:
        self.door = door
        self.taker = taker
        self.line = line
        self.port = port
        self.recognised = recognised
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20)

    async def push(self, body: bytes, carrier: str = "ctwing", token: str = SECRET) -> httpx.Response:
        return await self.client.post(f"/api/v1/ingest/{carrier}", params={"token": token}, content=body)

    async def says(self, body: bytes, carrier: str = "ctwing") -> None:
        answer = await self.push(body, carrier)
        assert answer.status_code == 200, answer.text


async def until(true: Callable[[], bool]) -> None:
    """Turns of the loop until it is true."""
    async with asyncio.timeout(20):
        while True:
            if true():
                return
            await asyncio.sleep(0.005)


async def _behind(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind the door."""
    message: Message = {"type": "http.response.start", "status": 299, "headers": []}
    await send(message)
    await send({"type": "http.response.body", "body": b"behind"})


@asynccontextmanager
async def pushing(intake: Intake, clock: Clock, folder: Path, terms: Terms | None = None) -> AsyncGenerator[Carrier]:
    recognised = Recognised()
    taker = Taker(intake, clock, KEYS, recognised)
    await taker.start(folder)
    line = Line(folder)
    secrets = {name: SECRET.encode() for name in ("ctwing", "onenet", "huawei")}
    door = Door(cast("Application", _behind), line, terms or Terms(tokens=secrets, onenet_keys=KEYS))
    server = uvicorn.Server(
        uvicorn.Config(door, host="127.0.0.1", port=0, loop="none", log_config=None, lifespan="off", access_log=False)
    )
    running = [asyncio.create_task(line.run()), asyncio.create_task(server.serve())]
    await line.connected.wait()
    await until(lambda: server.started)
    port = int(server.servers[0].sockets[0].getsockname()[1])
    carrier = Carrier(door, taker, line, port, recognised)
    try:
        yield carrier
    finally:
        await carrier.client.aclose()
        server.should_exit = True
        await running[1]
        running[0].cancel()
        await asyncio.wait(running)
        await taker.stop()
