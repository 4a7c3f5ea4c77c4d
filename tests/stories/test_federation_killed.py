"""Two platforms as operators run them, one joined to the other, both killed and the line cut while it burns below:
what the upper one holds in the end is what the lower one has, each thing once and in order.
"""

import asyncio
import contextlib
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.cut import Cut, line
from support.platform import Platform
from support.processes import until
from support.transmitter import Transmitter
from zhigan.protocols.gb26875 import ComponentStatus
from zhigan.runtime.clock import SystemClock

ROUNDS = int(os.environ.get("ZHIGAN_SOAK_ROUNDS", "3"))
"""More of them: `make soak-federation`."""
pytestmark = pytest.mark.timeout(100 * ROUNDS)
CLOCK = SystemClock()
PLACE = {"area_code": "360802", "premises": "crowded", "lon": 114.98, "lat": 27.11}
SITES, HEADS = 4, 6


class Desk:
    """One platform's office, over HTTP; what is asked while it is dead is asked again."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.client = httpx.Client(base_url=f"{platform.url}/api/v1", timeout=30)
        name, password = platform.account("admin")
        token = self.client.post("/login", json={"username": name, "password": password}).json()["token"]
        self.client.cookies.clear()
        self.client.headers["authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self.client.close()

    def get(self, path: str, **params: Any) -> Any:
        answer = self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    def all(self, path: str) -> list[Any]:
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = self.get(path, limit=500, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Platform, Platform]]:
    city, school = Platform(tmp_path / "city"), Platform(tmp_path / "school")
    for each in (city, school):
        each.start()
    yield city, school
    for each in (city, school):
        assert each.stop() == 0


def address(site: int) -> str:
    return f"0119{site:08X}"


async def says(platform: Platform, site: int, head: int) -> None:
    """A detector's fire, said again until a platform that may be dying has confirmed it."""
    for _ in range(200):
        device = Transmitter(address(site), CLOCK, lambda: ("127.0.0.1", platform.gb26875_port))
        try:
            async with asyncio.timeout(3):
                await device.says(ComponentStatus(1, 1, 40, head, 0x0002, f"{site}号点{head}", CLOCK.micros()))
            return
        except (OSError, TimeoutError, AssertionError):
            await asyncio.sleep(0.2)
        finally:
            await device.hang_up()
    raise AssertionError("the platform never took it")


async def burns(school: Platform, turn: int) -> None:
    for site in range(1, SITES + 1):
        for head in range(HEADS):
            await says(school, site, turn * HEADS + head + 1)


async def disaster(turn: int, rolled: random.Random, city: Platform, school: Platform, cut: Cut) -> None:
    """At a random moment of the burning, one dies or the line is cut."""
    await asyncio.sleep(rolled.uniform(0.05, 0.6))
    if turn % 3 == 0:
        await asyncio.to_thread(school.kill)
        await asyncio.to_thread(school.start)
    elif turn % 3 == 1:
        await asyncio.to_thread(city.kill)
        await asyncio.to_thread(city.start)
    else:
        await cut.cut()
        await asyncio.sleep(rolled.uniform(0.3, 0.8))
        await cut.mend()


def told(desk: Desk, incident: str) -> tuple[list[str], list[str]]:
    """Its alarms, and the lines that the platform wrote in whose house it burns."""
    whole = desk.get(f"/incidents/{incident}")
    ours = {"platform": "学校"}
    lines = [line for line in whole["timeline"] if line["detail"].get("origin", ours)["platform"] == "学校"]
    return sorted(a["id"] for a in whole["alarms"]), [f"{one['what']} {one['at']}" for one in lines]


async def test_nothing_is_lost_doubled_or_moved_when_both_are_killed(pair: tuple[Platform, Platform]) -> None:
    city, school = pair
    with contextlib.closing(Desk(city)) as upper, contextlib.closing(Desk(school)) as lower:
        await story(city, school, upper, lower)


async def story(city: Platform, school: Platform, upper: Desk, lower: Desk) -> None:
    for site in range(1, SITES + 1):
        unit = lower.post("/units", {"code": f"S-{site}", "name": f"学校{site}", **PLACE})
        device = {"name": "装置", "type": "transmission_device", "gateway": "gb26875", "unit_id": unit["id"]}
        lower.post("/devices", {**device, "address": address(site)})
    code = upper.post("/federation/invitations", {"slug": "school", "name": "学校"})["code"]
    rolled = random.Random(119)
    async with line(city.port) as cut:
        joined = await asyncio.to_thread(school.run, "federation", "join", cut.url, code)
        assert joined.returncode == 0, joined.stderr
        for turn in range(ROUNDS):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(burns(school, turn))
                tasks.create_task(disaster(turn, rolled, city, school, cut))

        def level() -> bool:
            standing = lower.get("/federation/upper")["upper"]
            alarms = sum(row["alarm_count"] for row in lower.all("/incidents"))
            return standing["behind"] == 0 and alarms == ROUNDS * SITES * HEADS

        await until(lambda: asyncio.to_thread(level), 60)
    here, there = lower.all("/incidents"), {row["id"]: row for row in upper.all("/incidents")}
    assert {row["id"] for row in here} == set(there)
    for row in here:
        copy = there[row["id"]]
        assert copy["came_from"] == ["学校"] and (copy["grade"], copy["state"]) == (row["grade"], row["state"])
        assert told(upper, row["id"]) == told(lower, row["id"])
    names = sorted((unit["code"], unit["id"]) for unit in lower.all("/units"))
    assert sorted((unit["code"], unit["id"]) for unit in upper.all("/units")) == names
    for platform in (city, school):
        proved = platform.run("audit", "verify")
        assert proved.returncode == 0, proved.stdout + proved.stderr
