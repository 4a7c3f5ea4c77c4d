"""A wall through a storm: does its page's heap stay flat? A real platform, real frames at its port, Chromium.

A transmission device says fire, component after component, `--rate` a second; a lead closes what opened, so that rows
come and go. Every `--every` seconds the page's heap is read after a forced collection (CDP). One JSON object a reading
and one at the end; exit code 1 where the last quarter's median lies over 10 % above the second quarter's.
"""

import argparse
import json
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from browser.seat import FLAGS, Device
from support.platform import Platform

FLAT = 1.1


def client(city: Platform, role: str) -> httpx.Client:
    name, password = city.account(role)
    made = httpx.Client(base_url=f"{city.url}/api/v1", timeout=30)
    token = made.post("/login", json={"username": name, "password": password}).json()["token"]
    made.cookies.clear()
    made.headers["Authorization"] = f"Bearer {token}"
    return made


def storm(city: Platform, lead: httpx.Client, until: float, rate: float, number: int) -> int:
    """Frames until then; each second what is open is closed. The number of the last component."""
    address = f"7903{secrets.token_hex(4).upper()}"
    unit = {"code": address, "name": "大屏", "premises": "crowded", "area_code": "360802", "lon": 114.98, "lat": 27.11}
    id_ = lead.post("/units", json=unit).json().get("id")
    device = {"unit_id": id_, "name": "装置", "type": "transmission_device", "gateway": "gb26875", "address": address}
    lead.post("/devices", json=device)
    line, closed = Device(address, city.gb26875_port), time.monotonic()
    while time.monotonic() < until:
        number += 1
        line.say(number % 250 + 1)
        if time.monotonic() - closed > 1:
            closed = time.monotonic()
            for row in lead.get("/incidents", params={"open": "true"}).json()["items"]:
                lead.post(f"/incidents/{row['id']}/dismiss", json={"cause": "U1"})
        time.sleep(1 / rate)
    return number


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=120)
    asked.add_argument("--rate", type=float, default=5)
    asked.add_argument("--every", type=float, default=60)
    given = asked.parse_args()
    heaps: list[float] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        city = Platform(Path(folder) / "data")
        city.start()
        lead = client(city, "admin")
        wall = {"name": "soak", "scope": "city", "networks": ["127.0.0.1"], "days": 7}
        path = lead.post("/walls", json=wall).json()["path"]
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        page = chromium.new_page(viewport={"width": 3840, "height": 2160})
        page.goto(city.url + path)
        page.wait_for_selector("[data-grades]")
        tools, number, began = page.context.new_cdp_session(page), 0, time.monotonic()
        while time.monotonic() - began < given.minutes * 60:
            number = storm(city, lead, time.monotonic() + given.every, given.rate, number)
            page.wait_for_timeout(100)
            tools.send("HeapProfiler.collectGarbage")
            used = tools.send("Runtime.getHeapUsage")["usedSize"] / 1e6
            heaps.append(used)
            counts = tools.send("Memory.getDOMCounters")
            said = {"minute": round((time.monotonic() - began) / 60, 1), "frames": number, "heap_mb": round(used, 2)}
            print(json.dumps(said | {"nodes": counts["nodes"], "listeners": counts["jsEventListeners"]}), flush=True)
        chromium.close()
        city.stop()
    quarter = max(1, len(heaps) // 4)
    early, late = statistics.median(heaps[quarter : 2 * quarter] or heaps), statistics.median(heaps[-quarter:])
    told = {"bench": "soak_wall", "minutes": given.minutes, "frames": number, "readings": len(heaps)}
    flat = late <= FLAT * early
    print(json.dumps(told | {"early_mb": round(early, 2), "late_mb": round(late, 2), "flat": flat}))
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
