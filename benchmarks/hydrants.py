"""Hydrants by the hundred thousand: their import, the nearest usable ones, the map. Over HTTP, as people ask.

A city with 100,000 hydrants in its area, one in five hundred of them dry by its gauge's word or by what was entered.
One JSON object a figure: the import as a job from upload to its end, with every bad line named; the 20 nearest usable
to places anywhere in the city, by an account of the whole city and by one of a district; what may be doubled; which
are dry; every tile of the map's first view; the map in headless Chromium, with an empty cache, then as whoever works
with it opens it (`pictured`: the hydrants stand on the first picture; `drawn`: the map's own machine has drawn them,
without a graphics card). `--count` for fewer.
"""

import argparse
import csv
import random
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from playwright.sync_api import sync_playwright

from bench_console import Opened, person, say
from browser.seat import FLAGS
from support.platform import Platform

COUNT, BAD, ASKED, OPENINGS = 100_000, 50, 400, 3
WEST, EAST, SOUTH, NORTH = 114.2, 115.7, 26.4, 27.8
STATES = ("usable",) * 497 + ("no_water", "damaged", "low_pressure")
PLACES = [f"36{county}" for county in ("0802", "0803", "0821", "0822", "0826")]


def sheet(path: Path, count: int) -> None:
    chance = random.Random(119)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("code", "name", "lon", "lat", "area_code", "address", "state", "pressure_mpa", "diameter_mm"))
        for n in range(count):
            lon = "" if n % (count // BAD) == 7 else round(chance.uniform(WEST, EAST), 6)  # a line that is bad
            lat = round(chance.uniform(SOUTH, NORTH), 6)
            pressure = round(chance.uniform(0.1, 0.5), 2)
            rows.writerow(
                (f"XHS{n:06d}", f"第{n}号", lon, lat, PLACES[n % 5], f"滨江大道{n}号", STATES[n % 500], pressure, 100)
            )  # fmt: skip


def waited(client: httpx.Client, id_: str, state: str) -> dict[str, Any]:
    while True:
        job = client.get(f"/imports/{id_}").json()
        assert job["state"] != "failed", job
        if job["state"] == state:
            return job
        time.sleep(0.1)


def taken(client: httpx.Client, path: Path, count: int) -> None:
    began = time.perf_counter()
    job = client.post("/imports/hydrants", files={"file": ("hydrants.csv", path.read_bytes(), "text/csv")}).json()
    job = waited(client, job["id"], "checked")
    client.post(f"/imports/{job['id']}/start").raise_for_status()
    job = waited(client, job["id"], "done")
    took = time.perf_counter() - began
    say(bench="hydrants_import", rows=count, seconds=round(took, 1), added=job["added"], bad=job["bad"])


def asked(client: httpx.Client, scope: str) -> None:
    chance = random.Random(3)
    took: list[float] = []
    for _ in range(ASKED):
        near = f"{chance.uniform(WEST, EAST):.5f},{chance.uniform(SOUTH, NORTH):.5f}"
        began = time.perf_counter()
        answer = client.get("/hydrants", params={"near": near, "limit": 20})
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200 and len(answer.json()["items"]) == 20, answer.text
    took.sort()
    say(
        bench="hydrants_nearest", scope=scope, asked=ASKED, p50_ms=round(statistics.median(took), 1),
        p95_ms=round(took[int(ASKED * 0.95)], 1), max_ms=round(took[-1], 1),
    )  # fmt: skip


def view(client: httpx.Client) -> None:
    """The city at zoom 9, as a wide screen asks for it: tiles one after another."""
    began = time.perf_counter()
    tiles = [(9, x, y) for x in range(417, 421) for y in range(215, 219)]
    for z, x, y in tiles:
        answer = client.get(f"/map/tiles/{z}/{x}/{y}", params={"show": "hydrants"})
        assert answer.status_code in (200, 204), answer.text
    say(bench="hydrants_map", tiles=len(tiles), ms=round((time.perf_counter() - began) * 1000, 1))


def drawn(city: Platform, count: int) -> None:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        for _ in range(OPENINGS):
            opened = Opened(chromium, city, "city")
            for cache in ("empty", "kept"):
                took = {
                    sign: round(opened.until("/map?show=hydrants", f"[data-{sign}]")) for sign in ("pictured", "drawn")
                }
                say(bench="hydrants_browser", count=count, cache=cache, limit_ms=1000, **took)
            opened.context.close()
        chromium.close()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=COUNT)
    count = options.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hydrants.csv"
        sheet(path, count)
        city = Platform(Path(folder) / "city")
        city.start()
        try:
            with closing(person(city, "admin", "city")) as admin:
                taken(admin, path, count)
                asked(admin, "city")
                began = time.perf_counter()
                pairs = admin.get("/hydrants/doubled", params={"within": 15, "limit": 100}).json()["items"]
                say(bench="hydrants_doubled", found=len(pairs), ms=round((time.perf_counter() - began) * 1000, 1))
                began = time.perf_counter()
                dry = admin.get("/hydrants", params={"state": "no_water", "limit": 100}).json()["items"]
                say(bench="hydrants_dry", found=len(dry), ms=round((time.perf_counter() - began) * 1000, 1))
                view(admin)
            drawn(city, count)
            with closing(person(city, "duty", "area:360802")) as duty:
                asked(duty, "area:360802")
        finally:
            city.stop()


if __name__ == "__main__":
    main()
