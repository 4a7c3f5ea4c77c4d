"""What a platform above costs an import below: 100,000 devices taken by `/imports/devices`, alone and joined.

Two installations with real processes and fsync on, the same file into each, one after the other, turn about: one is
alone, the other is joined to a third, which is stopped (`cut`: only the notes and the backlog cost anything) or runs
and takes it all meanwhile on the same machine (`live`). One JSON object a line.
"""

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.platform import Platform

DEVICES, TURNS, UNITS = 100_000, 3, 200
WAYS = ("cut", "live")


class Office:
    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.client = httpx.Client(base_url=f"{platform.url}/api/v1", timeout=120)
        name, password = platform.account("admin")
        token = self.client.post("/login", json={"username": name, "password": password}).json()["token"]
        self.client.cookies.clear()
        self.client.headers["authorization"] = f"Bearer {token}"

    def asks(self, method: str, path: str, **more: Any) -> Any:
        answer = self.client.request(method, path, **more)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    def takes(self, kind: str, text: str) -> float:
        """Checked first; seconds from the start to the end."""
        made = self.asks("POST", f"/imports/{kind}", files={"file": (f"{kind}.csv", text.encode(), "text/csv")})
        while self.asks("GET", f"/imports/{made['id']}")["state"] == "checking":
            time.sleep(0.1)
        began = time.monotonic()
        self.asks("POST", f"/imports/{made['id']}/start")
        while True:
            stands = self.asks("GET", f"/imports/{made['id']}")
            if stands["ended_at"] is not None:
                assert stands["bad"] == 0 and not stands["failure"], stands
                return time.monotonic() - began
            time.sleep(0.1)


def units() -> str:
    rows = [f"U-{n},单位{n},crowded,360802,114.98,27.11" for n in range(UNITS)]
    return "\n".join(["code,name,premises,area_code,lon,lat", *rows])


def devices(turn: int, many: int) -> str:
    rows = [f"U-{n % UNITS},感烟{n},smoke,mqtt,D{turn}-{n},SN-{turn}-{n:08d}" for n in range(many)]
    return "\n".join(["unit_code,name,type,gateway,address,serial", *rows])


@contextlib.contextmanager
def three() -> Iterator[list[Platform]]:
    with tempfile.TemporaryDirectory() as folder:
        made = [Platform(Path(folder) / name) for name in ("alone", "joined", "upper")]
        for each in made:
            each.start()
        try:
            yield made
        finally:
            for each in made:
                with contextlib.suppress(AssertionError, ProcessLookupError):
                    each.kill()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--quick", action="store_true", help="a tenth, once")
    parser.add_argument("--upper", choices=WAYS, help="only with the platform above cut off, or only with it alive")
    options = parser.parse_args()
    many, turns = (options.devices // 10, 1) if options.quick else (options.devices, options.turns)
    with three() as (alone, joined, upper):
        below = {"alone": Office(alone), "joined": Office(joined)}
        code = Office(upper).asks("POST", "/federation/invitations", json={"slug": "b", "name": "平台"})["code"]
        below["joined"].asks("POST", "/federation/upper", json={"url": upper.url, "code": code})
        for office in below.values():
            office.takes("units", units())
        upper.kill()
        for way in WAYS if options.upper is None else (options.upper,):
            if way == "live":
                upper.start()
                while below["joined"].asks("GET", "/federation/upper")["upper"]["behind"]:
                    time.sleep(0.5)
            took: dict[str, list[float]] = {name: [] for name in below}
            for turn in range(turns):
                for name in sorted(below, reverse=turn % 2 == 1):
                    took[name].append(below[name].takes("devices", devices(turn + 100 * (way == "live"), many)))
            median = {name: statistics.median(each) for name, each in took.items()}
            print(
                json.dumps({
                    "benchmark": "federation_imports", "upper": way, "devices": many, "turns": turns,
                    **{f"{name}_s": [round(s, 2) for s in each] for name, each in took.items()},
                    "more_percent": round(100 * (median["joined"] / median["alone"] - 1), 1),
                }), flush=True,
            )  # fmt: skip


if __name__ == "__main__":
    main()
