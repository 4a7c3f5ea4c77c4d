"""A hundred subscriptions and 50 events a second: what the desk feels of it, and how late partners are told.

`zhigan serve` in a folder of its own with fsync on; partners' receivers on real sockets in a process of their own; a
desk that writes notes to incidents at an even pace over HTTP, each one event. `desk_*`: milliseconds until a note was
answered, first with nobody subscribed, then with all. `lag_*`: seconds from the event's own time to its arrival at a
receiver. Every subscription must have every event once or more, in order. One JSON object a line.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import itertools

from browser.seat import Device
from support.platform import Platform
from zhigan.runtime.clock import SystemClock

SUBSCRIPTIONS, EACH = 100, 10
"""Of so many, ten a partner."""
INCIDENTS = 20
HANDS = 8
BATCH = 100
PATIENCE_S = 120.0
CLOCK = SystemClock()


# -- the receivers, in a process of their own


def kept(out: Path, text: str) -> None:
    """Whole or not at all: somebody reads it meanwhile."""
    written = out.with_suffix(".new")
    written.write_text(text)
    written.replace(out)


async def receive(seconds: float, out: Path) -> None:
    """A line for each event: path, sequence, lag. Prints its port; ends by itself."""
    lines: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                now = CLOCK.micros() / 1e6
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                body = json.loads(await reader.readexactly(int(fields["content-length"])))
                path = head.split(" ", 2)[1]
                for event in body if isinstance(body, list) else [body]:
                    lag = now - datetime.fromisoformat(event["time"]).timestamp()
                    lines.append(f"{path} {event['sequence']} {lag:.4f}")
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(kept, out, "\n".join(lines))


# -- the desk


class Desk:
    def __init__(self, platform: Platform) -> None:
        self._client = httpx.Client(base_url=f"{platform.url}/api/v1", timeout=60)
        name, password = platform.account("admin")
        token = self._client.post("/login", json={"username": name, "password": password}).json()["token"]
        self._client.cookies.clear()
        self._client.headers["authorization"] = f"Bearer {token}"
        self._platform = platform

    def post(self, path: str, body: object) -> dict[str, str]:
        answer = self._client.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    def fires(self) -> list[str]:
        for n in range(INCIDENTS):
            place = {"area_code": "360802", "lon": 114.9 + n / 1000, "lat": 27.1, "premises": "crowded"}
            unit = self.post("/units", {"code": f"B{n}", "name": f"测速单位{n}", **place})
            body = {"unit_id": unit["id"], "name": "装置", "type": "transmission_device", "gateway": "gb26875"}
            self.post("/devices", {**body, "address": f"0B18{n:08X}"})
            Device(f"0B18{n:08X}", self._platform.gb26875_port).say(0x00010A)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = self._client.get("/incidents", params={"limit": 500}).json()["items"]
            if len(found) >= INCIDENTS:
                return [row["id"] for row in found]
            time.sleep(0.1)
        raise AssertionError("no incidents")

    def subscribe(self, url: str) -> None:
        for n in range(SUBSCRIPTIONS):
            if n % EACH == 0:
                partner = self.post("/partners", {"name": f"平台{n}", "kind": "city", "account": f"p{n}"})["id"]
            what = ["incident_opened", "incident_changed", "incident_closed"]
            form = {"name": f"订阅{n}", "form": "cloudevents", "url": f"{url}/{n}", "what": what, "batch": BATCH}
            self.post(f"/partners/{partner}/subscriptions", form)

    def notes(self, incidents: Sequence[str], rate: float, seconds: float) -> list[float]:
        """At an even pace; milliseconds until each was answered."""
        took: list[float] = []
        lock = threading.Lock()

        def note(n: int) -> None:
            begun = time.perf_counter()
            self.post(f"/incidents/{incidents[n % len(incidents)]}/note", {"note": f"第{n}次"})
            with lock:
                took.append(1000 * (time.perf_counter() - begun))

        begin = time.monotonic()
        with ThreadPoolExecutor(HANDS) as hands:
            for n in range(int(rate * seconds)):
                time.sleep(max(0.0, begin + n / rate - time.monotonic()))
                hands.submit(note, n)
        return took


def rank(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 3) if ordered else 0.0


def heard(out: Path) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for line in out.read_text().splitlines():
        path, sequence, lag = line.split()
        found.setdefault(path, []).append((int(sequence), float(lag)))
    return found


def settled(out: Path, events: int) -> dict[str, list[tuple[int, float]]]:
    """Until every subscription has every event."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = heard(out) if out.exists() else {}
        if len(found) == SUBSCRIPTIONS and all(len({s for s, _ in got}) >= events for got in found.values()):
            break
        time.sleep(0.5)
    return heard(out)


def measure(platform: Platform, url: str, out: Path, rate: float, seconds: float) -> None:
    desk = Desk(platform)
    incidents = desk.fires()
    alone = desk.notes(incidents, rate, seconds)
    desk.subscribe(url)
    begun = time.monotonic()
    taken = desk.notes(incidents, rate, seconds)
    spent = time.monotonic() - begun
    found = settled(out, len(taken))
    lags = [lag for got in found.values() for _, lag in got]
    lacking = [max(0, len(taken) - len({s for s, _ in got})) for got in found.values()]
    figures = {
        "subscriptions": len(found), "events": len(taken), "per_second": round(len(taken) / spent, 1),
        "deliveries": len(lags), "lacking": sum(lacking),
        "doubles": sum(len(got) - len({s for s, _ in got}) for got in found.values()),
        "out_of_order": sum(a > b for got in found.values() for (a, _), (b, _) in itertools.pairwise(got)),
        "lag_p50_s": rank(lags, 0.5), "lag_p99_s": rank(lags, 0.99), "lag_worst_s": max(lags, default=0.0),
        "desk_alone_p50_ms": rank(alone, 0.5), "desk_alone_p99_ms": rank(alone, 0.99),
        "desk_p50_ms": rank(taken, 0.5), "desk_p99_ms": rank(taken, 0.99),
    }  # fmt: skip
    print(json.dumps({"bench": "subscriptions", **figures}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--receive", type=Path)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    if given.receive:
        asyncio.run(receive(given.seconds, given.receive))
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "heard"
        lives = str(2 * given.seconds + 2 * PATIENCE_S)
        command = [sys.executable, __file__, "--receive", str(out), "--seconds", lives]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receivers:
            assert receivers.stdout is not None
            port = receivers.stdout.readline().strip()
            platform = Platform(Path(folder) / "data", outward_networks="127.0.0.0/8")
            platform.start()
            try:
                measure(platform, f"http://127.0.0.1:{port}", out, given.rate, given.seconds)
            finally:
                platform.stop()
                receivers.kill()


if __name__ == "__main__":
    main()
