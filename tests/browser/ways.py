"""The far ends of being told: the city's telephone network, a browser's push service. And a platform that knows both.

Enters: what the platform's courier sends, over HTTP, to processes and ports of their own. Leaves: what arrived.
"""

import json
import queue
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from browser.seat import CARRIER
from support.platform import Platform, free_port

PATIENCE_S = 30.0
KEY_ID, KEY = "demo-keys", "the-telephone-networks-secret"


@dataclass
class Phones:
    url: str

    def code_for(self, phone: str, after: int) -> str:
        """The code of the text message that came to this telephone behind the first `after` ones."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            codes = self.codes(phone)
            if len(codes) > after:
                return codes[after]
            threading.Event().wait(0.1)
        raise TimeoutError(f"no text message came to {phone}")

    def codes(self, phone: str) -> list[str]:
        """Oldest first."""
        with urllib.request.urlopen(f"{self.url}/messages.json", timeout=10) as answer:
            items = json.load(answer)
        return [each["values"]["code"] for each in reversed(items) if each["to"] == phone and "code" in each["values"]]


@dataclass(frozen=True)
class Pushed:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """Takes what is sent to a subscription, as a push service does: it cannot read it."""

    url: str = ""
    arrived: "queue.Queue[Pushed]" = field(default_factory=queue.Queue)

    def next(self) -> Pushed:
        return self.arrived.get(timeout=PATIENCE_S)


@contextmanager
def pushing() -> Iterator[PushService]:
    service = PushService()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            service.arrived.put(Pushed(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(201)
            self.send_header("location", f"{service.url}/messages/{secrets.token_hex(4)}")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    service.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def telephones(platform: Platform, port: int) -> Iterator[Phones]:
    environment = {**platform.environment, "CITYSIM_PHONES_ID": KEY_ID, "CITYSIM_PHONES_SECRET": KEY}
    process = subprocess.Popen(
        [sys.executable, "-m", "citysim.phones", "--listen", f"127.0.0.1:{port}",
         "--receipts", f"{platform.url}/api/v1/receipts"],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield Phones(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@dataclass
class Told:
    platform: Platform
    phones: Phones
    push: PushService


@contextmanager
def told(folder: Path) -> Iterator[Told]:
    """A platform whose people are reached by text message and by push."""
    port = free_port()
    with pushing() as push:
        platform = Platform(
            folder, ctwing_token=CARRIER, aliyun_key_id=KEY_ID, aliyun_key_secret=KEY, aliyun_sms_sign="智赣119",
            aliyun_sms_template="SMS_1", aliyun_code_template="SMS_2", aliyun_url=f"http://127.0.0.1:{port}",
            webpush_subject="mailto:duty@example.org", webpush_hosts=push.url,
        )  # fmt: skip
        with telephones(platform, port) as phones:
            platform.start()
            yield Told(platform, phones, push)
            assert platform.stop() == 0
