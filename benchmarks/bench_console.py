"""The console as people meet it, over 300,000 devices and 100,000 past incidents: one JSON object a line.

`zhigan serve` runs in a folder of its own; lists and tiles are asked over HTTP, pages are opened in headless Chromium
with an empty cache each time. `map` is the first picture as people see it (outlines, counts, open incidents),
`map_whole` the same as the map's own machine draws it, sharp and at rest. Main-thread work is processor time of the
page's main thread, from Chromium's own trace, shared out over the frames drawn; `task_*_wall` is the clock's time, in
which a main thread without a graphics card waits for the picture to be read back. `load` is the machine's load at the
moment. Arguments name parts: lists tiles pages pan; none means all. `--keep FOLDER` builds the database there once
and works on copies of it.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg
import httpx
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_map import CITY, DEVICES, tile
from browser.seat import FLAGS
from support.platform import Platform
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.migrate import migrate
from zhigan.runtime.postgres import PrivateServer

ASKS = 60
OPENINGS = 5
DESK_LIMIT_MS, MAP_LIMIT_MS, LIST_LIMIT_MS, FRAME_LIMIT_MS = 1500, 2000, 100, 8
PEOPLE = (("duty", "city"), ("duty", "area:360803"))
LISTS = {
    "incidents_open": "/incidents?open=true&brief=true&limit=500",
    "incidents": "/incidents?limit=100&brief=true",
    "incidents_full": "/incidents?limit=100",
    "incidents_closed_I": "/incidents?state=closed&grade=I&limit=100&brief=true",
    "incidents_gas": "/incidents?kind=gas&limit=100&brief=true",
    "incidents_q_unit": "/incidents?q=单位1499&limit=100&brief=true",
    "incidents_q_two": "/incidents?q=单位 东侧走廊&limit=100&brief=true",
    "incidents_q_rare": "/incidents?q=17层39号&limit=100&brief=true",
    "incidents_q_none": "/incidents?q=没有这样的地方&limit=100&brief=true",
    "attention": "/attention?open=true&brief=true&limit=500",
    "attention_closed": "/attention?state=closed&limit=100&brief=true",
    "tasks": "/tasks?open=true&brief=true&limit=500",
    "tasks_link": "/tasks?kind=link&limit=100&brief=true",
    "units": "/units?limit=100",
    "units_q": "/units?q=单位149&limit=100",
    "units_industry": "/units?industry=health&limit=100",
    "devices": "/devices?limit=100",
    "devices_q": "/devices?q=探测器1499&limit=100",
    "devices_fault": "/devices?condition=fault&limit=100",
    "devices_type": "/devices?type=smoke&limit=100",
    "map_incidents": "/map/incidents",
    "tasks_full": "/tasks?open=true&limit=500",
    "devices_q_two": "/devices?q=探 14&limit=100",
    "silences": "/silences",
    "silent_places": "/silences/places",
    "silences_count": "/silences/summary",
    "incidents_oldest": "/incidents?sort=received_at&limit=100&brief=true",
    "incidents_gas_oldest": "/incidents?kind=gas&sort=received_at&limit=100&brief=true",
    "tasks_oldest": "/tasks?state=closed&sort=received_at&limit=100&brief=true",
    "units_by_name": "/units?sort=name&limit=100",
    "units_by_name_down": "/units?industry=health&sort=-name&limit=100",
    "devices_newest": "/devices?type=smoke&sort=-number&limit=100",
}
DEEP = {
    name: LISTS[name] for name in (
        "incidents", "incidents_gas", "attention_closed", "tasks_link", "units", "devices", "incidents_oldest",
        "units_by_name", "devices_newest",
    )
}  # fmt: skip
DEPTH = 40
"""Pages turned before the measured one."""


def say(**figures: object) -> None:
    print(json.dumps({**figures, "load": round(os.getloadavg()[0], 2)}, ensure_ascii=False), flush=True)


async def build(folder: Path) -> None:
    """The database of a platform that has not been started yet."""
    began = time.perf_counter()
    server = PrivateServer(folder / "postgres")
    await server.acquire()
    try:
        conn = await asyncpg.connect(server.dsn)
        await migrate(conn)
        await conn.execute(CITY)
        past = Path(__file__).with_name("console_city_tables.sql").read_text(encoding="utf-8")
        await conn.execute(past.replace("$NOW$", SystemClock().now().isoformat()))
        await conn.execute("vacuum analyze")
        count = await conn.fetchval("select count(*) from incidents.incident where state = 'closed' and desk")
        await conn.close()
    finally:
        await server.release()
    say(bench="console_build", devices=DEVICES, past=count, seconds=round(time.perf_counter() - began, 1))


def spread(took: list[float]) -> dict[str, float]:
    parts = statistics.quantiles(took, n=100)
    return {"p50_ms": round(parts[49], 1), "p95_ms": round(parts[94], 1), "max_ms": round(max(took), 1)}


def timed(client: httpx.Client, path: str, asks: int = ASKS) -> tuple[dict[str, float], httpx.Response]:
    took: list[float] = []
    gc.disable()  # a collection here, of this program's own modules, would be told as 40 ms of the platform's
    for _ in range(asks):
        began = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
    gc.enable()
    return {"first_ms": round(took[0], 1), **spread(took[1:])}, answer


def person(city: Platform, role: str, scope: str) -> httpx.Client:
    name, password = city.account(role, scope)
    client = httpx.Client(base_url=f"{city.url}/api/v1", timeout=60)
    token = client.post("/login", json={"username": name, "password": password}).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def lists(city: Platform) -> None:
    for role, scope in PEOPLE:
        with closing(person(city, role, scope)) as client:
            for name, path in LISTS.items():
                figures, answer = timed(client, path)
                rows = len(answer.json().get("items", []))
                say(bench=f"console_list_{name}", scope=scope, rows=rows, **figures, limit_p95_ms=LIST_LIMIT_MS)
            for name in DEEP:
                path = LISTS[name]
                cursor = ""
                for _ in range(DEPTH):
                    cursor = client.get(f"{path}{cursor}").json()["next"] or ""
                    if not cursor:
                        break
                    cursor = f"&cursor={cursor}"
                figures, _ = timed(client, f"{path}{cursor}")
                say(bench=f"console_deep_{name}", scope=scope, **figures, limit_p95_ms=LIST_LIMIT_MS)


def tiles(city: Platform) -> None:
    """Far tiles are asked while counts grow old: a reading anew falls among the measured."""
    for role, scope in PEOPLE:
        with closing(person(city, role, scope)) as client:
            for name, zooms, asks in (("far", range(6, 15), 300), ("near", range(15, 19), 200)):
                chance = random.Random(119)
                took: list[float] = []
                ends = time.perf_counter() + 25
                while len(took) < asks or (name == "far" and time.perf_counter() < ends):
                    path = tile(chance.choice(zooms), chance)
                    began = time.perf_counter()
                    assert client.get(path).status_code == 200
                    took.append((time.perf_counter() - began) * 1000)
                    time.sleep(0.01)
                first = round(took[0], 1)
                say(bench=f"console_tiles_{name}", scope=scope, asks=len(took), first_ms=first, **spread(took),
                    limit_p95_ms=LIST_LIMIT_MS)  # fmt: skip


class Opened:
    """A page in a browser context of its own: nothing is cached, the session is there already."""

    def __init__(self, browser: Browser, city: Platform, scope: str) -> None:
        name, password = city.account("duty", scope)
        self.context = browser.new_context(base_url=city.url, viewport={"width": 1920, "height": 1080})
        self.page = self.context.new_page()
        entered = self.context.request.post("/api/v1/login", data={"username": name, "password": password})
        assert entered.ok

    def until(self, address: str, selector: str) -> float:
        """Milliseconds of the page's own clock from asking for the address until `selector` stands there."""
        self.page.goto(address, wait_until="commit")
        there = "s => document.querySelector(s) !== null && performance.now()"
        return float(self.page.wait_for_function(there, arg=selector, polling="raf", timeout=60_000).json_value())

    def transferred(self) -> int:
        script = "performance.getEntriesByType('resource').reduce((sum, each) => sum + each.transferSize, 0)"
        return round(self.page.evaluate(script) / 1024)


WAYS = {
    "desk": ("/duty", ".link.live ~ *, [data-queue] [data-incident]", DESK_LIMIT_MS),
    "map": ("/map", "[data-pictured]", MAP_LIMIT_MS),
    "map_whole": ("/map", "[data-drawn]", None),
}


def pages(city: Platform, browser: Browser) -> None:
    for _, scope in PEOPLE:
        for name, (address, selector, limit) in WAYS.items():
            took: list[float] = []
            kilobytes = 0
            for _ in range(OPENINGS):
                opened = Opened(browser, city, scope)
                took.append(opened.until(address, selector))
                kilobytes = opened.transferred()
                opened.context.close()
            say(bench=f"console_first_{name}", scope=scope, ms=[round(each) for each in took],
                worst_ms=round(max(took)), kilobytes=kilobytes, limit_ms=limit)  # fmt: skip


TRACED = ("devtools.timeline", "disabled-by-default-devtools.timeline")
EYES = {"city": "10/27.1/114.98", "town": "13/27.1/114.98", "street": "16.5/27.1/114.98"}


def drag(page: Page) -> None:
    """A hand that drags to and fro."""
    for way in (1, -1, 1, -1):
        page.mouse.move(700 - way * 300, 500)
        page.mouse.down()
        for step in range(30):
            page.mouse.move(700 - way * 300 + way * step * 19, 500 + (step % 9) * 4)
            page.wait_for_timeout(12)
        page.mouse.up()


def turn(page: Page) -> None:
    """A wheel that turns in and out."""
    page.mouse.move(700, 500)
    for way in (-1, 1):
        for _ in range(12):
            page.mouse.wheel(0, way * 120)
            page.wait_for_timeout(40)


def work(trace: bytes) -> dict[str, object]:
    """Processor time of the main thread, shared out over the frames in which something was drawn."""
    events = json.loads(trace)["traceEvents"]
    mains = {(e["pid"], e["tid"]) for e in events if e.get("args", {}).get("name") == "CrRendererMain"}
    tasks = sorted(
        (e["ts"], e.get("tdur", 0) / 1000, e.get("dur", 0) / 1000)
        for e in events
        if e["name"] == "RunTask" and (e["pid"], e["tid"]) in mains and e["ph"] == "X"
    )
    frames = sorted(e["ts"] for e in events if e["name"] == "FireAnimationFrame" and (e["pid"], e["tid"]) in mains)
    starts = [at for n, at in enumerate(frames) if n == 0 or at - frames[n - 1] > 2000]
    each = list(_by_frame(starts, tasks))
    quantile = statistics.quantiles(each, n=20)
    return {
        "frames": len(starts), "frame_ms_mean": round(statistics.mean(each), 2), "frame_ms_p50": round(quantile[9], 2),
        "frame_ms_p95": round(quantile[18], 2), "task_ms_most": round(max(t[1] for t in tasks), 1),
        "task_ms_most_wall": round(max(t[2] for t in tasks), 1), "tasks_over_50_wall": sum(t[2] > 50 for t in tasks),
    }  # fmt: skip


def _by_frame(starts: list[int], tasks: list[tuple[int, float, float]]) -> Iterator[float]:
    at = 0
    for begins, ends in zip(starts, [*starts[1:], starts[-1] + 50_000], strict=True):
        held = 0.0
        while at < len(tasks) and tasks[at][0] < ends:
            held += tasks[at][1] if tasks[at][0] >= begins - 4000 else 0
            at += 1
        yield held


HANDS = {"pan": drag, "zoom": turn}


def pan(city: Platform, browser: Browser) -> None:
    for name, eye in EYES.items():
        opened = Opened(browser, city, "city")
        opened.until(f"/map?at={eye}", "[data-drawn]")
        for hand, moves in HANDS.items():
            moves(opened.page)  # what is drawn for the first time is compiled
            opened.page.wait_for_timeout(500)
            browser.start_tracing(page=opened.page, categories=list(TRACED))
            moves(opened.page)
            trace = browser.stop_tracing()
            say(bench=f"console_{hand}_{name}", **work(trace), limit_frame_ms=FRAME_LIMIT_MS, limit_task_ms=50)
        opened.context.close()


def measure(city: Platform, parts: set[str]) -> None:
    if parts & {"pages", "pan"}:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
            if "pages" in parts:
                pages(city, browser)
            if "pan" in parts:
                pan(city, browser)
            browser.close()
    if "tiles" in parts:
        tiles(city)
    if "lists" in parts:
        lists(city)


@contextmanager
def standing(keep: Path | None) -> Iterator[Platform]:
    """The city of 300,000 devices, up and running; built in `keep` once, else anew, and worked on as a copy."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "city"
        built = keep or folder
        if not built.exists():
            built.mkdir(parents=True)
            asyncio.run(build(built))
        if built != folder:
            shutil.copytree(built, folder)
        city = Platform(folder)
        city.start()
        try:
            yield city
        finally:
            city.stop()


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("parts", nargs="*")
    asked.add_argument("--keep", type=Path)
    given = asked.parse_args()
    with standing(given.keep) as city:
        measure(city, set(given.parts) or {"lists", "tiles", "pages", "pan"})


if __name__ == "__main__":
    main()
