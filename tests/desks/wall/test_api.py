"""A wall: sums of the city for whoever holds its link, from where the link says, and as long as it holds."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks.site import routes
from incidents.test_api import happen
from support.happenings import SECOND, incident_id, opened
from support.processes import until
from support.web import Web, on_a_socket
from zhigan.desks.wall import api, rules
from zhigan.desks.wall.board import Walls
from zhigan.incidents import api as incidents_api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.outlets.live import api as live_api
from zhigan.outlets.live.tailer import Tailer
from zhigan.processes.wall import Borrowed
from zhigan.processes.wall import path as path_of
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.metrics import Family, Figures, Sample
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.roles import Role
from zhigan.webapi.database import Database

HALL, HERE = "10.1.2.3", "127.0.0.1"
NEW: dict[str, object] = {"name": "指挥大厅", "scope": "city", "networks": ["10.1.2.7/24", HERE], "days": 30}
PRIVATE = ("某某单位", "感烟", "东侧走廊", incident_id(1), "U1", "李")
"""What stands in the rows behind the sums and must not come out."""


class Hall(Web):
    """The wired walls over the test's database, with the real feed as their bell."""

    walls: Walls
    tailer: Tailer


@pytest.fixture
async def web(pool: Pool, dsn: str, hand_clock: HandClock, tmp_path: Path) -> AsyncIterator[Hall]:
    async with pool.acquire() as conn:
        await places.settle(conn)
    tailer = Tailer(dsn, pool)
    walls = Walls(Database(pool), hand_clock, Borrowed(tailer, tmp_path, hand_clock))
    made = Hall(
        pool, hand_clock, [*incidents_api.handlers, *live_api.handlers, *api.handlers], tmp_path,
        {"shelf": Shelf(tmp_path / "f"), "press": Press(), "walls": walls, "tailer": tailer},
    )  # fmt: skip
    made.walls, made.tailer = walls, tailer
    following = asyncio.create_task(tailer.run())
    await until(lambda: tailer.fresh)
    yield made
    walls.close()
    following.cancel()
    await asyncio.wait([following])


def bearing(web: Web, made: Any, address: str = HALL) -> httpx.AsyncClient:
    client = web.client(address=address)
    client.headers["Authorization"] = f"Wall {token(made)}"
    return client


def token(made: Any) -> str:
    return str(made["path"].partition("#")[2])


async def test_the_city_at_a_glance_and_nobody_in_it(web: Hall, pool: Pool, hand_clock: HandClock) -> None:
    start = hand_clock.micros()
    await happen(
        pool, opened(1, grade=Grade.I, at=start - 60 * SECOND), opened(2, at=start), opened(3, area="360803", at=start),
        opened(4, grade=Grade.III, at=start),
    )  # fmt: skip
    duty, lead = await web.person("李某", Role.DUTY), await web.person("lead", Role.LEAD)
    hand_clock.advance(20)
    assert (await duty.post(f"/incidents/{incident_id(2)}/accept")).is_success
    made = (await lead.post("/walls", json=NEW)).json()
    assert made["link"]["networks"] == ["10.1.2.0/24", f"{HERE}/32"]
    answer = await bearing(web, made).get("/public/wall")
    shown = answer.json()
    state = shown["state"]
    assert [(g["grade"], g["open"], g["unverified"]) for g in state["grades"]] == [
        ("I", 1, 1), ("II", 2, 2), ("III", 1, 1), ("IV", 0, 0),
    ]  # fmt: skip
    assert [(s["lon"], s["lat"], s["grade"], s["n"]) for s in state["spots"]] == [(114.98, 27.11, "I", 4)]
    assert [n["grade"] for n in state["newest"]] == ["II", "II", "I"], "the desk's, the newest first"
    assert [(g["kind"], g["area"], g["alarms"]) for g in state["gravest"]] == [("fire", "吉州区", 1)]
    paths = {p["code"]: (p["limit_s"], p["p95_s"], p["n"]) for p in state["paths"]}
    assert paths["accepted"] == (30, 20.0, 1) and paths["notified"] == (15, None, 0) and paths["screen"][1] is None
    assert [(d["name"], d["people"]) for d in state["desks"]] == [("", 2)], "the city's desk: a duty and a lead"
    assert len(shown["outlines"]) == 13 and shown["name"] == "指挥大厅"
    assert not any(word in answer.text for word in PRIVATE), "sums only"

    county = (await lead.post("/walls", json=NEW | {"scope": "area:360803"})).json()
    theirs = (await bearing(web, county).get("/public/wall")).json()
    assert [o["code"] for o in theirs["outlines"]] == ["360803"]
    assert [g["open"] for g in theirs["state"]["grades"]] == [0, 1, 0, 0] and theirs["state"]["desks"] == []


async def test_a_link_is_bound_ends_and_is_revoked(web: Hall, hand_clock: HandClock) -> None:
    lead = await web.person("lead", Role.LEAD)
    county = await web.person("county", Role.ADMIN, "area:360803")
    for wrong, code in (
        ({"networks": ["10.0.0.0/8"]}, "wall.networks"), ({"networks": ["hall.example"]}, "wall.networks"),
        ({"scope": "unit:U1"}, "wall.scope"), ({"scope": "area:360802001"}, "wall.scope"),
    ):  # fmt: skip
        refused = await lead.post("/walls", json=NEW | wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert (await county.post("/walls", json=NEW)).json()["code"] == "account.beyond"
    assert (await (await web.person("duty", Role.DUTY)).get("/walls")).status_code == 403
    made = (await lead.post("/walls", json=NEW)).json()
    async with web.pool.acquire() as conn:
        kept = str(dict(await conn.fetchrow("select * from wall.link")))
    assert token(made) not in kept and token(made) not in (await lead.get("/walls")).text
    assert (await county.get("/walls")).json()["items"] == []
    assert (await county.post(f"/walls/{made['link']['id']}/revoke")).status_code == 404

    async def code(client: httpx.AsyncClient) -> tuple[int, str]:
        answer = await client.get("/public/wall")
        assert "set-cookie" not in answer.headers
        return answer.status_code, answer.json().get("code", "")

    assert (await code(bearing(web, made)))[0] == 200 and (await code(bearing(web, made, "::ffff:10.1.2.9")))[0] == 200
    for _ in range(3):
        assert await code(bearing(web, made, "10.1.3.3")) == (403, "wall.elsewhere")
    assert await code(bearing(web, made | {"path": "#" + "x" * 43})) == (401, "wall.unknown")
    assert await code(web.client(address=HALL)) == (401, "wall.unknown")
    short = (await lead.post("/walls", json=NEW | {"days": 1})).json()
    hand_clock.advance(86_400)
    assert await code(bearing(web, short)) == (403, "wall.expired")
    admin = await web.person("admin", Role.ADMIN)
    assert (await admin.post(f"/walls/{made['link']['id']}/revoke")).json()["revoked_by"] == "admin"
    assert await code(bearing(web, made)) == (403, "wall.revoked")
    trail = [line["action"] for line in (await admin.get("/audit", params={"limit": 50})).json()["items"]]
    assert [trail.count(f"wall.{act}") for act in ("made", "revoked", "refused")] == [2, 1, 3], "refused once an hour"


async def test_a_walls_secret_opens_nothing_else(web: Hall) -> None:
    made = (await (await web.person("lead", Role.LEAD)).post("/walls", json=NEW)).json()
    others = sorted(
        each for each in routes(web, "/") if not each[1].startswith(("/public/wall", "/healthz", "/readyz", "/metrics"))
    )
    assert len(others) > 40
    for header in (f"Wall {token(made)}", f"Bearer {token(made)}"):
        client = web.client(address=HALL)
        client.headers["Authorization"] = header
        client.cookies["zhigan_session"] = token(made)
        for method, where in others:
            path = where.replace("{", "").replace("}", "")
            answer, other = [await each.request(method, path) for each in (client, web.client(address=HALL))]
            assert answer.status_code == other.status_code, (method, where, "as to anybody from the street")
            assert not answer.is_success or where in ("/login/ways", "/logout"), (method, where, answer.status_code)


async def _states(url: str, made: Any, told: list[Any]) -> None:
    """What a screen hears, until its stream ends."""
    headers = {"Authorization": f"Wall {token(made)}"}
    async with (
        httpx.AsyncClient(timeout=30) as client,
        client.stream("GET", f"{url}/api/v1/public/wall/live", headers=headers) as stream,
    ):
        assert stream.status_code == 200
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                told.append(json.loads(line[6:]))


async def test_screens_share_one_picture_and_go_dark_at_once(web: Hall, pool: Pool, hand_clock: HandClock) -> None:
    lead = await web.person("lead", Role.LEAD)
    made = (await lead.post("/walls", json=NEW)).json()
    async with on_a_socket(web.app) as url:
        heard: list[list[Any]] = [[] for _ in range(5)]
        screens = [asyncio.create_task(_states(url, made, told)) for told in heard]
        await until(lambda: all(heard))
        board = web.walls.board(api.scopes.parse("city"))
        assert board.readings == 1 and len(board.screens) == 5
        await happen(pool, opened(1, at=hand_clock.micros()))
        await until(lambda: all(len(told) == 2 for told in heard))
        assert heard[0][1]["grades"][1]["open"] == 1 and all(told == heard[0] for told in heard)
        assert board.readings == 2, "five screens, one reading"
        assert (await lead.post(f"/walls/{made['link']['id']}/revoke")).is_success
        await asyncio.wait_for(asyncio.gather(*screens), 3)
        assert not web.walls.board(api.scopes.parse("city")).screens and web.tailer.screens == 0
    admin = await web.person("admin", Role.ADMIN)
    lines = (await admin.get("/audit", params={"action": "wall.opened"})).json()["items"]
    assert len(lines) == 1 and lines[0]["detail"]["address"] == HERE, "of five at once one line"
    assert (await lead.get("/walls")).json()["items"][0]["uses"] == 5


def test_small_rules(hand_clock: HandClock) -> None:
    assert rules.p95([]) is None and rules.p95([float(n) for n in range(1, 101)]) == 95.0 and rules.p95([3.0]) == 3.0
    now = hand_clock.now()
    assert not rules.again(now, HALL, now + timedelta(minutes=59), HALL) and rules.again(now, HALL, now, HERE)
    marks = [("0.1", 90.0), ("1.0", 94.0), ("10.0", 97.0), ("+Inf", 100.0)]
    name = "zhigan_alarm_path_seconds"
    family = Family(name, "", "histogram", [Sample(f"{name}_bucket", {"le": le}, so_far) for le, so_far in marks])
    found = path_of(Figures("hot", 0, [family]))
    assert (found.p95_s, found.n, found.limit_s) == (10.0, 100, 10) and path_of(None).p95_s is None
