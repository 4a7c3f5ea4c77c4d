"""A platform below as the city sees it: it redeems a code, signs its batches, and may be made to say anything."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

import httpx

from zhigan.federation import keys
from zhigan.federation.joining import Asking
from zhigan.federation.model import Joined, Self
from zhigan.federation.wire import encode, read
from zhigan.runtime.clock import Clock, SystemClock
from zhigan.runtime.ids import mint

SOURCE = "/platforms/"


class Peer:
    """`position` is where its next batch begins; `secret` what both sides agreed on."""

    def __init__(self, url: str, code: str, *, name: str = "对方", clock: Clock | None = None) -> None:
        self.url, self.clock = url, clock or SystemClock()
        self.platform = mint(self.clock)
        self.client = httpx.Client(timeout=60)
        asking = Asking(Self(self.platform, name), code, 0, "0.1.0")
        plain = {"content-type": "application/json"}
        answer = self.client.post(f"{url}/api/v1/federation/join", content=encode(asking.ask), headers=plain)
        assert answer.status_code == 200, answer.text
        joined = read(answer.content, Joined)
        self.id, self.position = joined.id, joined.position
        self.secret = asking.secret(joined)

    def event(self, data: object, *, type_: str = "state.told", step: int = 1, **more: Any) -> dict[str, Any]:
        """The next event of the log; `more` replaces attributes."""
        made = {
            "specversion": "1.0", "id": str(self.position + step), "source": SOURCE + self.platform,
            "type": f"cn.zhigan119.{type_}.v1", "time": "2026-11-30T12:00:00+08:00",
            "sequence": str(self.position + step), "previous": str(self.position + step - 1), "data": data,
        }  # fmt: skip
        return {**made, **more}

    def send(self, events: Sequence[Any], **how: Any) -> httpx.Response:
        """A batch; where it was taken, the position moves."""
        return self.post(json.dumps(list(events)).encode(), **how)

    def post(
        self, body: bytes, *, secret: bytes | None = None, at: int | None = None, way: str = "events", forged: str = ""
    ) -> httpx.Response:
        id_ = mint(self.clock)
        seconds = int(self.clock.now().timestamp()) if at is None else at
        content = f"{id_}.{seconds}.".encode() + body
        key = base64.b64decode((secret or self.secret).decode().removeprefix("whsec_"))
        signed = forged or "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
        headers = {
            "webhook-id": id_, "webhook-timestamp": str(seconds), "webhook-signature": signed,
            "content-type": "application/cloudevents-batch+json",
        }  # fmt: skip
        answer = self.client.post(f"{self.url}/api/v1/federation/peers/{self.id}/{way}", content=body, headers=headers)
        if answer.status_code == 200 and way == "events":
            self.position = int(answer.json()["position"])
        return answer

    def close(self) -> None:
        self.client.close()


def stranger() -> bytes:
    """A secret that nobody agreed on."""
    return b"whsec_" + base64.b64encode(keys.digest("nobody"))
