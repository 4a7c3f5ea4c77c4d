"""China Telecom as the platform sees it: pushes over HTTP, again when they were not answered with 200.

Enters: an address with its secret, homes, what a detector says. Leaves: CTWing's dataReport of a LiAn detector, the
same to the byte when it is sent again; a count. Three repeats, then it is dropped, as the carrier does. Absent: what is
said.
"""

import asyncio
from typing import Final

import httpx
import msgspec

from citysim.clock import micros
from citysim.homes import Home

REPEATS: Final = 3
AGAIN_S: Final = 2.0
ANSWER_S: Final = 15.0
PRODUCT: Final = "15014772"
NORMAL, FIRE, LOW, TEST = 7, 1, 4, 14
LOW_PERCENT: Final = 10.0


class Pushed(msgspec.Struct):
    sent: int = 0
    taken: int = 0
    repeated: int = 0
    dropped: int = 0


class Carrier:
    def __init__(self, address: str, *, again_s: float = AGAIN_S) -> None:
        self.pushed = Pushed()
        self._address = address
        self._again_s = again_s
        self._client = httpx.AsyncClient(timeout=ANSWER_S, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def carries(self, home: Home, status: int, battery: float, temperature: float) -> bool:
        """One report of a detector, to its end."""
        body = report(home, status, battery, temperature, micros() // 1000)
        self.pushed.sent += 1
        for number in range(REPEATS + 1):
            if number:
                self.pushed.repeated += 1
                await asyncio.sleep(self._again_s)
            try:
                answer = await self._client.post(self._address, content=body)
            except httpx.HTTPError:
                continue
            if answer.status_code == 200:
                self.pushed.taken += 1
                return True
        self.pushed.dropped += 1
        return False


def report(home: Home, status: int, battery: float, temperature: float, millis: int) -> bytes:
    said = {
        "TData": round(temperature),
        "SNR": 8,
        "RSRP": -home.rsrp,
        "Battery_Level": round(battery),
        "Alarm_Status": LOW if status == NORMAL and battery < LOW_PERCENT else status,
    }
    push = {
        "upPacketSN": -1,
        "upDataSN": -1,
        "topic": "v1/up/ad19prof",
        "timestamp": millis,
        "tenantId": "119",
        "serviceId": "",
        "protocol": "lwm2m",
        "productId": PRODUCT,
        "payload": {"serviceId": "notification", "serviceData": said},
        "messageType": "dataReport",
        "deviceType": "",
        "deviceId": home.address,
        "assocAssetId": "",
        "IMSI": "undefined",
        "IMEI": "",
    }
    return msgspec.json.encode(push)
