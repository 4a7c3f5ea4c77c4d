"""Walk tests over HTTP: started, walked, ended by hand or by time, printed; nothing of it outside one's scope."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from desks.site import OUTSIDE, made, routes, said, school
from support.paging import holds_both_ways, walked
from support.web import Web
from zhigan.desks.walktest import api, sheet, store
from zhigan.desks.walktest.model import Walk
from zhigan.history import store as history
from zhigan.incidents.press import Press
from zhigan.registry import api as registry_api
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.signals import Flag


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
        await history.prepare(conn, hand_clock.micros())
    handlers = [*api.handlers, *registry_api.handlers]
    return Web(pool, hand_clock, handlers, tmp_path, {"press": Press(), "importable": {}})


@pytest.fixture
async def site(web: Web) -> dict[str, str]:
    return await school(web)


@pytest.fixture
async def tester(web: Web, site: dict[str, str]) -> httpx.AsyncClient:
    return await web.person("tester", Role.MAINTAINER, "firm:F1")


def new(site: dict[str, str], **more: object) -> dict[str, object]:
    return {"unit_id": site["unit"], "minutes": 30, "purpose": "季度走查", **more}


async def spoke(web: Web, device: str, conditions: Condition, behind: float = 0, flags: int = 0) -> None:
    """A status of the device, as the engine stores it; its own clock may be `behind` (s)."""
    await said(web, device, conditions)
    async with web.pool.acquire() as conn:
        await conn.execute(
            "insert into history.signal (received_at, at, device, kind, flags, conditions, known, operations) "
            "select $2, $4, number, 1, $5, $3, -1, 0 from registry.device where id = $1::uuid",
            device, web.clock.now(), int(conditions), web.clock.now() - timedelta(seconds=behind), flags,
        )  # fmt: skip


def told(walk: dict[str, Any]) -> dict[str, str]:
    return {p["name"]: p["result"] for p in walk["points"]}


async def test_a_floor_is_walked_and_its_sheet_is_kept(
    web: Web, tester: httpx.AsyncClient, site: dict[str, str]
) -> None:
    walk = await made(tester, "/walk-tests", new(site, building_id=site["building"], floor="3"))
    assert told(walk) == {"smoke": "outstanding", "button": "outstanding"} and walk["active"]
    test = (await tester.get(f"/tests/{walk['id']}")).json()
    assert sorted(test["devices"]) == sorted([site["smoke"], site["button"]]), "the engine's scope is the floor's"
    here = f"/walk-tests/{walk['id']}"
    await tester.post(f"{here}/notes", json={"device_id": site["button"], "act": "pointed"})
    web.clock.advance(8)
    await spoke(web, site["smoke"], Condition.FIRE)
    await spoke(web, site["elsewhere"], Condition.FIRE)
    web.clock.advance(1)
    walk = (await tester.get(here)).json()
    assert told(walk) == {"smoke": "wrong_place", "button": "outstanding"}
    assert walk["pointed"] == site["button"] and walk["points"][0]["instead"] == "button"
    assert [p["alarming"] for p in walk["points"]] == [True, False], "what alarms at the end becomes real"
    assert [s["name"] for s in walk["strangers"]] == ["elsewhere"], "a fire outside is told and stays real"
    walk = (await tester.post(f"{here}/notes", json={"device_id": site["smoke"], "act": "ok", "note": "已核对"})).json()
    assert told(walk)["smoke"] == "answered" and (walk["answered"], walk["wrong"], walk["total"]) == (1, 0, 2)
    ended = (await tester.post(f"{here}/end")).json()
    assert not ended["active"] and ended["ended_by"] == "tester"
    assert (await tester.post(f"{here}/end")).status_code == 409
    late = await tester.post(f"{here}/notes", json={"device_id": site["smoke"], "act": "no_answer"})
    assert late.status_code == 409
    await spoke(web, site["button"], Condition.FIRE)
    assert told((await tester.get(here)).json())["button"] == "outstanding", "the sheet never changes"
    listed = (await tester.get("/walk-tests")).json()["items"]
    assert [(w["id"], w["answered"], w["total"]) for w in listed] == [(walk["id"], 1, 2)]
    seen = (await tester.get(f"/devices/{site['smoke']}")).json()["last_test_seen"]
    assert seen is not None
    assert (await tester.get(f"/devices/{site['button']}")).json()["last_test_seen"] is None


async def test_a_test_that_ends_by_time_gets_its_sheet(
    web: Web, tester: httpx.AsyncClient, site: dict[str, str]
) -> None:
    walk = await made(tester, "/walk-tests", new(site, minutes=10))
    assert set(told(walk)) == {"smoke", "button", "elsewhere"}, "the unit's detectors, not its transmission device"
    web.clock.advance(60)
    await spoke(web, site["button"], Condition.MANUAL_ALARM)
    web.clock.advance(600)
    await spoke(web, site["smoke"], Condition.FIRE)
    async with web.db.owner() as conn:
        assert await store.settle(conn, web.clock.now()) == [walk["id"]]
        assert await store.settle(conn, web.clock.now()) == [], "once"
    after = (await tester.get(f"/walk-tests/{walk['id']}")).json()
    assert not after["active"] and after["ended_by"] == ""
    assert told(after) == {"smoke": "outstanding", "button": "answered", "elsewhere": "outstanding"}


async def test_a_slow_clock_answers_and_a_stored_tale_does_not(
    web: Web, tester: httpx.AsyncClient, site: dict[str, str]
) -> None:
    walk = await made(tester, "/walk-tests", new(site))
    await spoke(web, site["smoke"], Condition.FIRE, behind=90)
    await spoke(web, site["button"], Condition.FIRE, behind=90, flags=int(Flag.LATE))
    web.clock.advance(1)
    results = told((await tester.get(f"/walk-tests/{walk['id']}")).json())
    assert (results["smoke"], results["button"]) == ("answered", "outstanding")


async def test_chosen_devices_and_what_is_no_scope(web: Web, tester: httpx.AsyncClient, site: dict[str, str]) -> None:
    walk = await made(tester, "/walk-tests", new(site, devices=[site["elsewhere"]]))
    assert set(told(walk)) == {"elsewhere"}
    wrongs: Sequence[dict[str, object]] = (
        {"floor": "3"}, {"building_id": site["building"], "floor": "9"}, {"minutes": 481}, {"minutes": 0},
        {"devices": ["x"]}, {"building_id": site["unit"]}, {"purpose": " "},
    )  # fmt: skip
    for wrong in wrongs:
        refused = await tester.post("/walk-tests", json=new(site, **wrong))
        assert refused.status_code == 400, (wrong, refused.text)
    strange = {"device_id": site["smoke"], "act": "ok"}
    assert (await tester.post(f"/walk-tests/{walk['id']}/notes", json=strange)).status_code == 400


async def test_each_detector_that_answered_names_the_tester(
    web: Web, tester: httpx.AsyncClient, site: dict[str, str]
) -> None:
    walk = await made(tester, "/walk-tests", new(site, person="李师傅"))
    await spoke(web, site["smoke"], Condition.FIRE)
    web.clock.advance(1)
    now = msgspec.convert((await tester.get(f"/walk-tests/{walk['id']}")).json(), Walk)
    rows = {row[0].partition(" ")[0]: row for row in sheet.document(now, "p", web.clock.now(), "zh").points}
    assert (rows["smoke"][2], rows["smoke"][5]) == ("正常", "李师傅")
    assert (rows["button"][2], rows["button"][5]) == ("未测", "")


async def test_the_sheet_is_printed_in_both_languages(tester: httpx.AsyncClient, site: dict[str, str]) -> None:
    walk = await made(tester, "/walk-tests", new(site))
    for lang in ("zh", "en"):
        printed = await tester.get(f"/walk-tests/{walk['id']}/sheet.pdf", params={"lang": lang})
        assert printed.status_code == 200, printed.text
        assert printed.content.startswith(b"%PDF-") and b"NotoSans" in printed.content


THINGS: list[tuple[str, str, dict[str, object] | None]] = [
    ("GET", "/walk-tests/{walk}", None),
    ("POST", "/walk-tests", {}),
    ("POST", "/walk-tests/{walk}/notes", {"act": "pointed"}),
    ("GET", "/walk-tests/{walk}/sheet.pdf", None),
    ("POST", "/walk-tests/{walk}/end", None),
]


async def test_outside_the_scope_nothing_exists_and_roles_are_the_tests(
    web: Web, tester: httpx.AsyncClient, site: dict[str, str]
) -> None:
    walk = await made(tester, "/walk-tests", new(site))
    place = {**site, "walk": walk["id"]}

    async def ask(client: httpx.AsyncClient, method: str, path: str, body: dict[str, object] | None) -> int:
        if path == "/walk-tests":
            body = new(site)
        elif body is not None:
            body = {**body, "device_id": site["smoke"]}
        return (await client.request(method, path.format(**place), json=body)).status_code

    for n, scope in enumerate(OUTSIDE):
        client = await web.person(f"o{n}", Role.ADMIN, scope)
        for method, path, body in THINGS:
            assert await ask(client, method, path, body) == 404, (scope, method, path)
        assert (await client.get("/walk-tests")).json()["items"] == [], scope
    for role, may in ((Role.AUDITOR, False), (Role.OWNER, False), (Role.INSPECTOR, True), (Role.DUTY, True)):
        client = await web.person(f"r-{role.value}", role, "unit:U1")
        assert len((await client.get("/walk-tests")).json()["items"]) >= 1
        for method, path, body in THINGS[1:3]:
            assert (await ask(client, method, path, body) == 403) is not may, (role, path)
        assert (await client.post(f"/walk-tests/{walk['id']}/end")).status_code in ({200, 409} if may else {403})


def test_the_list_of_things_is_all_of_the_desk(web: Web) -> None:
    own = {(m, p) for m, p, _ in THINGS} | {("GET", "/walk-tests")}
    assert own == {(m, p.replace("{test_id:str}", "{walk}")) for m, p in routes(web, "/walk-tests")}


async def test_the_list_is_read_from_either_end(web: Web, tester: httpx.AsyncClient, site: dict[str, str]) -> None:
    begun: list[str] = []
    for n in range(5):
        begun.append((await made(tester, "/walk-tests", new(site, purpose=f"第{n}次")))["id"])
        web.clock.advance(60)
    assert [w["id"] for w in await holds_both_ways(tester, "/walk-tests", "starts_at", 5)] == begun
    assert [w["id"] for w in await walked(tester, "/walk-tests", limit=2)] == begun[::-1]
