"""What scope costs on list pages, over 300,000 devices: the same page asked with and without it, side by side.

Without: an account of the whole city, for whom no predicate is compiled and the net of row-level security lets all
pass. With: accounts whose scope is an area, an industry, a community. `area:3608` holds the whole city, so its pages
hold the very same rows as the city's: that is what scope itself costs, and what the limit is for. Narrower scopes
choose other rows; they are shown beside it. The two are asked in turn, so that whatever else the machine does falls
on both alike; the cost is that of the medians. Free-text search stands apart and is not asked here. One JSON object a
page. `--keep FOLDER` builds the database there once and works on a copy.
"""

import argparse
import gc
import statistics
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_console import LISTS, person, say, standing
from support.platform import Platform

ROUNDS, WARM = 40, 3
LIMIT = 0.15
WHOLE = "area:3608"
NARROW = ("area:360803", "industry:health", "area:360802,360803+industry:education")
PAGES = {name: path for name, path in LISTS.items() if "?q=" not in path and "&q=" not in path}


def asked(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.text
    return took


def beside(without: httpx.Client, within: httpx.Client, path: str) -> tuple[float, float, int]:
    """(median without, median with, rows with), asked in turn and each as often first as second."""
    took: tuple[list[float], list[float]] = ([], [])
    for round_ in range(ROUNDS + WARM):
        order = ((0, without), (1, within)) if round_ % 2 else ((1, within), (0, without))
        for place, client in order:
            ms = asked(client, path)
            if round_ >= WARM:
                took[place].append(ms)
    found = within.get(path).json()
    rows = len(found["items"]) if isinstance(found, dict) and "items" in found else 0
    return statistics.median(took[0]), statistics.median(took[1]), rows


def measure(city: Platform) -> None:
    with ExitStack() as stack:
        people = {
            scope: stack.enter_context(closing(person(city, "duty", scope))) for scope in ("city", WHOLE, *NARROW)
        }
        gc.disable()
        costs: list[float] = []
        for name, path in PAGES.items():
            bare, scoped, rows = beside(people["city"], people[WHOLE], path)
            costs.append(scoped / bare - 1)
            say(
                bench=f"scope_{name}", scope=WHOLE, rows=rows, without_ms=round(bare, 2), with_ms=round(scoped, 2),
                cost=round(costs[-1], 3), limit=LIMIT,
            )  # fmt: skip
        for scope in NARROW:
            for name in ("devices", "units", "incidents", "tasks"):
                bare, scoped, rows = beside(people["city"], people[scope], PAGES[name])
                say(
                    bench=f"scope_{name}", scope=scope, rows=rows, without_ms=round(bare, 2),
                    with_ms=round(scoped, 2), cost=round(scoped / bare - 1, 3),
                )  # fmt: skip
        gc.enable()
        say(
            bench="scope", pages=len(costs), median_cost=round(statistics.median(costs), 3),
            worst_cost=round(max(costs), 3), over_limit=sum(cost > LIMIT for cost in costs), limit=LIMIT,
        )  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--keep", type=Path)
    with standing(options.parse_args().keep) as city:
        measure(city)


if __name__ == "__main__":
    main()
