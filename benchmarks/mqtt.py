"""MQTT into the whole platform, fsync on: durable messages a second through a real mosquitto, and fires among them.

`zhigan serve` in a folder of its own, mosquitto beside it, `--devices` publishers at quality 1 that keep `--window`
messages under way. A message counts when the broker has been acknowledged, that is when it is on disk. The generator
and the broker share the machine, so `cpu_hot` (seconds) and `per_core` say what the platform's own process spent. One
JSON object a line; `--check` refuses figures below the limit.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import httpx
import uvloop
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from support.carrier import until
from support.mosquitto import broker
from support.platform import Platform
from support.wreck import family

WANTED = 2000
TICKS = os.sysconf("SC_CLK_TCK")
FIRES_EVERY = 500
MORE = "allow_anonymous true\nmax_queued_messages 0\nautosave_on_changes false\nautosave_interval 60"
"""As an operator has it: a broker that writes its whole memory at every message measures itself."""


def say(what: str, **figures: object) -> None:
    print(json.dumps({"bench": what, **figures}), flush=True)


def spent(platform: Platform) -> float:
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in family(platform, "hot")]
    return sum(int(field[11]) + int(field[12]) for field in fields) / TICKS


class Publisher:
    """One connection that speaks for many devices, in its own thread, a window of messages under way."""

    def __init__(self, port: int, number: int, devices: int, window: int, fires: bool) -> None:
        self.sent = self.taken = 0
        self.over = False
        self._number = number
        self._devices = devices
        self._fires = fires
        self._client = Client(CallbackAPIVersion.VERSION2, f"bench-{number}", protocol=MQTTProtocolVersion.MQTTv5)
        self._client.max_inflight_messages_set(window)
        self._client.on_publish = self._published
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        for _ in range(window):
            self._publish()

    def stop(self) -> None:
        self.over = True

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self) -> None:
        self.sent += 1
        said: dict[str, object] = {"readings": {"temperature": self.sent % 400 / 10, "battery": 90}, "n": self.sent}
        if self._fires and self.sent % FIRES_EVERY == 0:
            said = {"type": "smoke", "conditions": ["fire"], "n": self.sent}
        address = f"b{self._number}-{self.sent % self._devices}"
        self._client.publish(f"zhigan/v1/{address}/up", json.dumps(said).encode(), qos=1)

    def _published(self, *_: Any) -> None:
        self.taken += 1
        if not self.over:
            self._publish()


def figure(platform: Platform, name: str, **labels: str) -> float:
    """One number of the platform's own metrics."""
    text = httpx.get(f"{platform.url}/metrics").text
    wanted = "".join(f'{key}="{value}"' for key, value in labels.items())
    for line in text.splitlines():
        if line.startswith(name) and wanted in line:
            return float(line.rpartition(" ")[2])
    return 0.0


async def measure(platform: Platform, port: int, what: str, asked: argparse.Namespace, fires: bool) -> float:
    before, kept = spent(platform), figure(platform, "zhigan_intake_signals_total")
    began = time.perf_counter()
    publishers = [
        await asyncio.to_thread(Publisher, port, n, asked.devices, asked.window, fires) for n in range(asked.publishers)
    ]
    await asyncio.sleep(asked.seconds)
    for publisher in publishers:
        publisher.stop()
    sent = 0
    durable = 0.0
    while time.perf_counter() - began < asked.seconds + 60:
        sent = sum(publisher.sent for publisher in publishers)
        durable = figure(platform, "zhigan_intake_signals_total") - kept
        if durable >= sent:
            break
        await asyncio.sleep(0.2)
    took = time.perf_counter() - began
    cpu = spent(platform) - before
    for publisher in publishers:
        await asyncio.to_thread(publisher.close)
    per_second = durable / took
    say(
        what, sent=sent, durable=int(durable), seconds=round(took, 1), per_second=round(per_second),
        cpu_hot=round(cpu, 2), per_core=round(durable / max(cpu, 0.01)), load=round(os.getloadavg()[0], 2),
    )  # fmt: skip
    return per_second if durable >= sent else 0.0


async def run(asked: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        async with broker(Path(folder) / "mosquitto", MORE) as mosquitto:
            platform = Platform(
                Path(folder) / "data", mqtt=f"mqtt://127.0.0.1:{mosquitto.port}", database_url=""
            )  # fmt: skip
            platform.start()
            try:
                await until(lambda: figure(platform, "zhigan_mqtt_connected") > 0)
                worst = await measure(platform, mosquitto.port, "mqtt telemetry", asked, False)
                worst = min(worst, await measure(platform, mosquitto.port, "mqtt with fires", asked, True))
            finally:
                platform.stop()
    return 1 if asked.check and worst < WANTED else 0


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--seconds", type=float, default=8)
    asking.add_argument("--publishers", type=int, default=4)
    asking.add_argument("--window", type=int, default=500)
    asking.add_argument("--devices", type=int, default=500)
    asking.add_argument("--check", action="store_true")
    return uvloop.run(run(asking.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
