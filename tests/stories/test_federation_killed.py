"""Three platforms as operators run them, province over city over school, killed and cut apart while it burns below:
what each upper one holds in the end is what the lower one has, each thing once and in order, with the way it came.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.networks import Networks, networks
from support.platform import Platform
from support.processes import until
from support.transmitter import Transmitter
from zhigan.protocols.gb26875 import ComponentStatus
from zhigan.runtime.clock import SystemClock

ROUNDS = int(os.environ.get("ZHIGAN_SOAK_ROUNDS", "3"))
"""More of them: `make soak-federation`."""
pytestmark = pytest.mark.timeout(100 + 60 * ROUNDS)
CLOCK = SystemClock()
PLACE = {"area_code": "360802", "premises": "crowded", "lon": 114.98, "lat": 27.11}
LEVELS = ("province", "city", "school")
SITES, HEADS = 4, 3


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


class Row:
    """The three, the networks between them, and who sits at each."""

    def __init__(self, nets: Networks, platforms: dict[str, Platform], desks: dict[str, Desk]) -> None:
        self.nets, self.platforms, self.desks = nets, platforms, desks
        self.province, self.city, self.school = (desks[name] for name in LEVELS)

    async def dies(self, name: str) -> None:
        await asyncio.to_thread(self.platforms[name].kill)

    async def lives(self, name: str) -> None:
        await asyncio.to_thread(self.platforms[name].start)


@pytest.fixture
async def row(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Row]:
    async with networks(*LEVELS) as nets:
        says(request, f"three levels over {nets.how}")
        platforms = {name: nets.platform(name, tmp_path / name) for name in LEVELS}
        await at_once(*(platform.start for platform in platforms.values()))
        desks = dict(zip(LEVELS, await at_once(*(partial(Desk, one) for one in platforms.values())), strict=True))
        yield Row(nets, platforms, desks)
        for desk in desks.values():
            desk.close()
        assert await at_once(*(platform.stop for platform in platforms.values())) == [0, 0, 0]


def says(request: pytest.FixtureRequest, words: str) -> None:
    """On the run's own output: which of the two it was is never left to guess."""
    reporter, capture = (request.config.pluginmanager.get_plugin(n) for n in ("terminalreporter", "capturemanager"))
    if reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(words)


async def at_once(*work: Callable[[], Any]) -> list[Any]:
    return list(await asyncio.gather(*(asyncio.to_thread(each) for each in work)))


def address(site: int) -> str:
    return f"0119{site:08X}"


async def fire(platform: Platform, site: int, head: int) -> None:
    """A detector's fire, said again until a platform that may be dying has confirmed it."""
    for _ in range(200):
        device = Transmitter(address(site), CLOCK, lambda: (platform.host, platform.gb26875_port))
        try:
            async with asyncio.timeout(3):
                await device.says(ComponentStatus(1, 1, 40, head, 0x0002, f"{site}号点{head}", CLOCK.micros()))
            return
        except (OSError, TimeoutError, AssertionError):
            await asyncio.sleep(0.2)
        finally:
            await device.hang_up()
    raise AssertionError("the platform never took it")


async def burns(row: Row, turn: int) -> None:
    """At the school's sites, and at one of the city's own."""
    for head in range(turn * HEADS + 1, turn * HEADS + HEADS + 1):
        for site in range(1, SITES + 1):
            await fire(row.platforms["school"], site, head)
        await fire(row.platforms["city"], SITES + 1, head)


async def disaster(row: Row, turn: int, rolled: random.Random) -> None:
    """At a random moment of the burning: who dies, and which lines are cut meanwhile. Every pair of them comes by."""
    dead = LEVELS[(turn + 1) % 3]
    cut = (("city",), ("school",), ("city", "school"), ())[turn % 4]
    await asyncio.sleep(rolled.uniform(0.05, 0.5))
    for name in cut:
        await row.nets.cut(name)
    await asyncio.sleep(rolled.uniform(0.0, 0.5))
    await row.dies(dead)
    await row.lives(dead)
    for name in cut:
        await row.nets.mend(name)
        await asyncio.sleep(rolled.uniform(0.0, 0.5))


async def join(row: Row, name: str, upper: str, slug: str, called: str) -> None:
    code = row.desks[upper].post("/federation/invitations", {"slug": slug, "name": called})["code"]
    joined = await asyncio.to_thread(row.platforms[name].run, "federation", "join", row.nets.above(name), code)
    assert joined.returncode == 0, joined.stderr


def sites(desk: Desk, first: int, last: int) -> None:
    for site in range(first, last + 1):
        unit = desk.post("/units", {"code": f"S-{site}", "name": f"单位{site}", **PLACE})
        device = {"name": "装置", "type": "transmission_device", "gateway": "gb26875", "unit_id": unit["id"]}
        desk.post("/devices", {**device, "address": address(site)})


def told(desk: Desk, incident: str, birth: str) -> tuple[list[str], list[str]]:
    """Its alarms, and the lines that the platform wrote in whose house it burns."""
    whole = desk.get(f"/incidents/{incident}")
    ours = {"platform": birth}
    lines = [line for line in whole["timeline"] if line["detail"].get("origin", ours)["platform"] == birth]
    return sorted(a["id"] for a in whole["alarms"]), [f"{one['what']} {one['at']}" for one in lines]


def alike(lower: Desk, upper: Desk, birth: str, ids: dict[str, Any], way: list[str]) -> None:
    """What arose below stands above once, as it stands there, its lines in order, and says by which way it came."""
    there = {one["id"]: one for one in upper.all("/incidents") if one["came_from"] == way}
    assert set(ids) == set(there)
    for id_, mine in ids.items():
        copy = there[id_]
        assert (copy["grade"], copy["alarm_count"]) == (mine["grade"], mine["alarm_count"])
        assert (copy["state"], copy["outcome"]) == (mine["state"], mine["outcome"])
        assert told(upper, id_, birth) == told(lower, id_, birth)


def level(row: Row) -> bool:
    """Nothing is under way any more, and every alarm that was confirmed to a device is an alarm."""
    behind = [row.desks[name].get("/federation/upper")["upper"]["behind"] for name in ("city", "school")]
    alarms = sum(one["alarm_count"] for one in row.school.all("/incidents"))
    return behind == [0, 0] and alarms == ROUNDS * SITES * HEADS


def closes(row: Row) -> None:
    """The school's desk ends one; what burns there next is a new row on every level."""
    open_ = [one["id"] for one in row.school.all("/incidents") if one["state"] == "open"]
    if open_:
        row.school.post(f"/incidents/{open_[0]}/dismiss", {"cause": "U1"})


async def test_no_level_loses_doubles_or_moves_anything(row: Row) -> None:
    await asyncio.to_thread(sites, row.school, 1, SITES)
    await asyncio.to_thread(sites, row.city, SITES + 1, SITES + 1)
    await join(row, "city", "province", "jian", "吉安市")
    await join(row, "school", "city", "school", "学校")
    rolled = random.Random(119)
    for turn in range(ROUNDS):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(burns(row, turn))
            tasks.create_task(disaster(row, turn, rolled))
        await asyncio.to_thread(closes, row)
    await until(lambda: asyncio.to_thread(level, row), 90)

    school = {one["id"]: one for one in row.school.all("/incidents")}
    city = {one["id"]: one for one in row.city.all("/incidents") if not one["came_from"]}
    assert not any(one["came_from"] for one in school.values())  # nobody told the school what is its own
    assert sum(one["alarm_count"] for one in city.values()) == ROUNDS * HEADS
    alike(row.school, row.city, "学校", school, ["学校"])
    alike(row.school, row.province, "学校", school, ["学校", "吉安市"])
    alike(row.city, row.province, "吉安市", city, ["吉安市"])
    here = [unit for unit in row.city.all("/units") if unit["code"] == f"S-{SITES + 1}"]
    every = sorted((unit["code"], unit["id"]) for unit in [*row.school.all("/units"), *here])
    assert sorted((unit["code"], unit["id"]) for unit in row.province.all("/units")) == every
    await word_goes_down(row, next(iter(school)))
    for proved in await at_once(*(partial(each.run, "audit", "verify") for each in row.platforms.values())):
        assert proved.returncode == 0, proved.stdout + proved.stderr


async def word_goes_down(row: Row, incident: str) -> None:
    """Said at the province, heard at the school, once; and what came through is told back to nobody."""
    row.province.post(f"/incidents/{incident}/note", {"note": "省里关注"})

    def lines(desk: Desk) -> list[str]:
        whole = desk.get(f"/incidents/{incident}")["timeline"]
        return [line["what"] for line in whole if line["detail"].get("note") == "省里关注"]

    await until(lambda: asyncio.to_thread(lambda: lines(row.school) == ["upper_said"]))
    await until(lambda: asyncio.to_thread(level, row))
    assert lines(row.city) == ["upper_said"] and lines(row.province) == ["noted"]
