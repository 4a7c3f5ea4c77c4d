"""From confirmation to 119's acknowledgement, with real processes and fsync on. One JSON object a line.

`zhigan serve` in a folder of its own, the city's command centre as a process, fires over the devices' port, confirmed
over HTTP as a desk does. `alone`: one after the other on a quiet platform. `storm`: the same while thousands of devices
alarm within a second. `platform_*`: as the incident page shows it (confirmed → acknowledged); `outside_*`: from the
desk's request to the centre's having the message, by the centre's own clock.
"""

import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from browser.seat import Device
from support.centre_process import CentreProcess
from support.platform import Platform
from zhigan.runtime.clock import SystemClock

CLOCK = SystemClock()
ALONE, STORMY = 100, 60
STORM = 3_000
PATIENCE_S = 90.0
PAUSE_S = 0.2
"""Between two confirmations, so that they lie over the whole of the storm."""


class Desk:
    def __init__(self, platform: Platform) -> None:
        self._client = httpx.Client(base_url=f"{platform.url}/api/v1", timeout=60)
        name, password = platform.account("admin")
        token = self._client.post("/login", json={"username": name, "password": password}).json()["token"]
        self._client.cookies.clear()
        self._client.headers["authorization"] = f"Bearer {token}"
        self._platform = platform

    def post(self, path: str, body: object) -> dict[str, object]:
        answer = self._client.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    def fires(self, count: int, first: int) -> list[str]:
        """So many units burn; their incidents."""
        units = []
        for n in range(first, first + count):
            place = {"area_code": "360802", "lon": 114.9 + n / 10_000, "lat": 27.1}
            unit = self.post("/units", {"code": f"B{n}", "name": f"测速单位{n}", "premises": "crowded", **place})
            self.post(f"/units/{unit['id']}/contacts", {"role": "control_room", "name": "值班", "phone": "07968220119"})
            self.post("/hydrants", {"code": f"B{n}", "name": f"栓{n}", "pressure_mpa": 0.3, **place})
            address = f"0B19{n:08X}"
            body = {"unit_id": unit["id"], "name": "装置", "type": "transmission_device", "gateway": "gb26875"}
            self.post("/devices", {**body, "address": address})
            units.append(unit["id"])
            Device(address, self._platform.gb26875_port).say(0x00010A)
        return [self._incident(str(unit)) for unit in units]

    def _incident(self, unit: str) -> str:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = self._client.get("/incidents", params={"unit_id": unit}).json()["items"]
            if found:
                return found[0]["id"]
            time.sleep(0.05)
        raise AssertionError("no incident")

    def confirm(self, incident: str) -> tuple[float, float]:
        """When it was asked for, and how many milliseconds until the acknowledgement, as the page shows them."""
        asked = CLOCK.micros() / 1e6
        self.post(f"/incidents/{incident}/confirm", {"basis": "on_site"})
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            [*handed] = self._client.get(f"/incidents/{incident}/hand-over").json()["hand_overs"]
            if handed and handed[0]["ms"] is not None:
                return asked, handed[0]["ms"]
            time.sleep(0.02)
        raise AssertionError("not acknowledged")


def rank(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 1)


def told(what: str, centre: CentreProcess, taken: dict[str, tuple[float, float]], **more: object) -> None:
    got = {g["incident"]: datetime.fromisoformat(g["at"]).timestamp() for g in centre.got()}
    arrived = sorted(got.values())[-len(taken) :]
    outside = [1000 * (at - asked) for at, (asked, _) in zip(arrived, sorted(taken.values()), strict=True)]
    shown = [ms for _, ms in taken.values()]
    figures = {
        "hand_overs": len(taken), "within_3_s": sum(ms <= 3000 for ms in shown),
        "platform_p50_ms": rank(shown, 0.5), "platform_p99_ms": rank(shown, 0.99), "platform_worst_ms": max(shown),
        "outside_p50_ms": rank(outside, 0.5), "outside_p99_ms": rank(outside, 0.99), **more,
    }  # fmt: skip
    print(json.dumps({"bench": f"dispatch {what}", **figures}), flush=True)


def main() -> None:
    centre = CentreProcess(secrets.token_urlsafe(18), secrets.token_urlsafe(18))
    with tempfile.TemporaryDirectory() as folder, centre.running():
        platform = Platform(Path(folder) / "data")
        platform.start()
        try:
            desk = Desk(platform)
            target = {"name": "119", "adapter": "json", "url": centre.url, "proof": "bearer", "secret": centre.token}
            desk.post("/dispatch/targets", target)
            incidents = desk.fires(ALONE + STORMY, 1)
            told("alone", centre, {i: desk.confirm(i) for i in incidents[:ALONE]})
            arguments = ("--target", f"127.0.0.1:{platform.gb26875_port}", "--load", "storm", "--seconds", "20")
            command = [sys.executable, "-m", "citysim", *arguments, "--connections", str(STORM)]
            with subprocess.Popen(command, env=platform.environment, stdout=subprocess.DEVNULL) as storm:
                taken = {}
                for incident in incidents[ALONE:]:
                    time.sleep(PAUSE_S)
                    taken[incident] = desk.confirm(incident)
                told("storm", centre, taken, devices=STORM)
                storm.terminate()
        finally:
            platform.stop()


if __name__ == "__main__":
    main()
