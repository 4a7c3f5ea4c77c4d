"""What is kept silent stays visible: what, who, why, since, until; warned of, ended by hand and by time."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks.site import OUTSIDE, ROOT, made, routes, said, school
from support.paging import walked
from support.taken import unmarked
from support.web import Web
from zhigan.desks.silence import api, worker
from zhigan.registry import api as registry_api
from zhigan.registry import model, places, rules
from zhigan.registry.store import contexts
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import Role


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
    return Web(pool, hand_clock, [*api.handlers, *registry_api.handlers], tmp_path, {"importable": {}})


@pytest.fixture
async def site(web: Web) -> dict[str, str]:
    return await school(web)


@pytest.fixture
async def operator(web: Web, site: dict[str, str]) -> httpx.AsyncClient:
    return await web.person("op", Role.OPERATOR, "area:360802")


async def listed(client: httpx.AsyncClient, **asked: str) -> list[dict[str, Any]]:
    answer = await client.get("/silences", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def suspend(web: Web, client: httpx.AsyncClient, device: str, hours: float | None) -> None:
    until = None if hours is None else (web.clock.now() + timedelta(hours=hours)).isoformat()
    body = {"state": "suspended", "why": "装修", "until": until}
    answer = await client.patch(f"/devices/{device}", json=body)
    assert answer.status_code == 200, answer.text


async def test_each_kind_with_who_why_since_and_until(
    web: Web, operator: httpx.AsyncClient, site: dict[str, str]
) -> None:
    assert await listed(operator) == []
    begun = web.clock.now()
    test = await made(operator, "/tests", {"unit_id": site["unit"], "purpose": "月检", "minutes": 30})
    await suspend(web, operator, site["smoke"], 2)
    await said(web, site["button"], Condition.SHIELD | Condition.FAULT)
    await said(web, site["root"], Condition.TEST_MODE)
    found = {s["kind"]: s for s in await listed(operator)}
    assert set(found) == {"test", "suspended", "shielded", "device_test"}
    assert (found["test"]["id"], found["test"]["who"], found["test"]["why"]) == (test["id"], "op", "月检")
    assert found["test"]["devices"] is None and found["test"]["until"] is not None
    assert (found["suspended"]["who"], found["suspended"]["why"]) == ("op", "装修")
    assert (found["shielded"]["device"], found["shielded"]["endable"]) == ("button", False)
    assert all(s["since"] == begun.isoformat().replace("+00:00", "Z") for s in found.values()), found
    assert [s["warning"] for s in found.values()] == [None] * 4
    counted = (await operator.get("/silences/summary")).json()
    assert (counted["total"], counted["warnings"], counted["shielded"]) == (4, 0, 1)
    web.clock.advance(25 * 3600)
    operator = await web.person("nextday", Role.OPERATOR, "area:360802")
    found = {s["kind"]: s["warning"] for s in await listed(operator)}
    assert found == {"suspended": "overdue", "shielded": "long", "device_test": "long"}, "the test ended by itself"
    counted = (await operator.get("/silences/summary")).json()
    assert (counted["total"], counted["warnings"], counted["tests"], counted["suspended"]) == (3, 3, 0, 1)
    place = (await operator.get("/silences/places")).json()["items"]
    assert [(p["unit"], p["count"], p["test"]) for p in place] == [("青原小学", 3, False)]
    await said(web, site["button"], Condition.NONE)
    assert [s["kind"] for s in await listed(operator, kind="shielded")] == []


async def test_what_stands_is_ended_by_hand(web: Web, operator: httpx.AsyncClient, site: dict[str, str]) -> None:
    test = await made(operator, "/tests", {"unit_id": site["unit"], "purpose": "p", "minutes": 30})
    await suspend(web, operator, site["smoke"], None)
    assert (await operator.post(f"/silences/test/{test['id']}/end")).status_code == 204
    assert (await operator.post(f"/silences/suspended/{site['smoke']}/end")).status_code == 204
    assert await listed(operator) == []
    assert (await operator.get(f"/devices/{site['smoke']}")).json()["state"] == "in_service"
    for path in (f"test/{test['id']}", f"suspended/{site['smoke']}"):
        assert (await operator.post(f"/silences/{path}/end")).status_code == 409
    refused = await operator.post(f"/silences/shielded/{site['button']}/end")
    assert refused.status_code in (400, 404), "a shield ends at the panel"


async def test_a_suspension_ends_by_its_time(web: Web, operator: httpx.AsyncClient, site: dict[str, str]) -> None:
    await suspend(web, operator, site["smoke"], 1)
    await suspend(web, operator, site["button"], None)
    assert await worker.settle(web.db, web.clock.now()) == []
    web.clock.advance(3600)
    assert await worker.settle(web.db, web.clock.now()) == [site["smoke"]]
    assert [(s["device"], s["warning"]) for s in await listed(operator)] == [("button", None)]
    device = (await operator.get(f"/devices/{site['smoke']}")).json()
    assert (device["state"], device["suspended"]) == ("in_service", None)
    trail = (await (await web.person("aud", Role.AUDITOR)).get("/audit")).json()["items"]
    assert [e["action"] for e in trail][:1] == ["device.resumed"]


async def test_a_device_shows_the_tests_that_cover_it_as_the_engine_judges(
    web: Web, operator: httpx.AsyncClient, site: dict[str, str]
) -> None:
    scopes: list[dict[str, object]] = [
        {}, {"building_id": site["building"]}, {"devices": [site["smoke"]]}, {"systems": [ROOT]},
        {"systems": [f"{ROOT}/1.1"]}, {"systems": [f"{ROOT}/1.11"]}, {"devices": [site["button"]]},
    ]  # fmt: skip
    keys = {name: ("gb26875", address) for name, address in
            (("root", ROOT), ("smoke", f"{ROOT}/1.1.40.1"), ("button", f"{ROOT}/1.1.40.2"))}  # fmt: skip
    async with web.pool.acquire() as conn:
        known = {c.address: c for c in await contexts(conn, list(keys.values()))}
    for scope in scopes:
        test = await made(operator, "/tests", {"unit_id": site["unit"], "purpose": "p", "minutes": 5, **scope})
        mode = model.TestMode(
            id=test["id"], building_id=test["building_id"], devices=tuple(test["devices"]),
            systems=tuple(test["systems"]), purpose="", person="", starts_at=0, ends_at=2,
        )  # fmt: skip
        for name, key in keys.items():
            covered = rules.in_test(mode, known[key[1]], 1)
            shown = [s["id"] for s in await listed(operator, device_id=site[name], kind="test")]
            assert (shown == [test["id"]]) is covered, (scope, name)
        await operator.post(f"/silences/test/{test['id']}/end")


async def test_outside_the_scope_nothing_is_silent_and_nothing_ends(
    web: Web, operator: httpx.AsyncClient, site: dict[str, str]
) -> None:
    test = await made(operator, "/tests", {"unit_id": site["unit"], "purpose": "p", "minutes": 30})
    await suspend(web, operator, site["smoke"], 1)
    await said(web, site["button"], Condition.SHIELD)
    ends = (f"/silences/test/{test['id']}/end", f"/silences/suspended/{site['smoke']}/end")
    for n, scope in enumerate(OUTSIDE):
        client = await web.person(f"o{n}", Role.ADMIN, scope)
        assert await listed(client) == [], scope
        assert (await client.get("/silences/summary")).json()["total"] == 0
        assert (await client.get("/silences/places")).json()["items"] == []
        for path in ends:
            assert (await client.post(path)).status_code == 404, (scope, path)
    for role in (Role.AUDITOR, Role.OWNER):
        client = await web.person(f"r{role.value}", role, "unit:U1")
        assert len(await listed(client)) == 3
        for path in ends:
            assert (await client.post(path)).status_code == 403, (role, path)


async def test_the_list_is_searched_and_taken_out_as_a_file(
    web: Web, operator: httpx.AsyncClient, site: dict[str, str]
) -> None:
    await suspend(web, operator, site["smoke"], 2)
    await made(operator, "/tests", {"unit_id": site["unit"], "purpose": "=月检", "minutes": 30})
    assert [s["kind"] for s in await listed(operator, q="smok")] == ["suspended"]
    assert len(await listed(operator, q="青原")) == 2 and await listed(operator, q="100%") == []
    file = await operator.get("/silences/export.csv", params={"encoding": "utf-8"})
    head, *rows = unmarked(file.text)
    assert head.startswith("kind,unit,") and len(rows) == 2
    assert "'=月检" in file.text, "no spreadsheet runs it"
    for scope in OUTSIDE:
        outside = await web.person(f"x-{scope}", Role.AUDITOR, scope)
        assert len(unmarked((await outside.get("/silences/export.csv")).text)) == 1


def test_all_of_the_desk_is_asked_here(web: Web) -> None:
    assert routes(web, "/silences") == {
        ("GET", "/silences"), ("GET", "/silences/summary"), ("GET", "/silences/places"),
        ("GET", "/silences/export.csv"),
        ("POST", "/silences/{kind:str}/{thing_id:str}/end"),
    }  # fmt: skip


async def test_pages_in_every_order(web: Web, operator: httpx.AsyncClient, site: dict[str, str]) -> None:
    """A device that is silent in two ways stands there twice; what nobody knows the beginning of stands last."""
    for device in ("button", "smoke", "root"):
        await said(web, site[device], Condition.SHIELD)
        await suspend(web, operator, site[device], 1 if device == "smoke" else None)
        web.clock.advance(600)
    await made(operator, "/tests", {"unit_id": site["unit"], "purpose": "月检", "minutes": 480})
    web.clock.advance(3 * 3600)

    async def rows(sort: str, **asked: str) -> list[tuple[str, str]]:
        return [(s["kind"], s["id"]) for s in await walked(operator, "/silences", sort=sort, limit=2, **asked)]

    oldest, warned = await rows("since"), await rows("warning")
    assert len(set(oldest)) == len(oldest) == 7
    assert await rows("-since") == oldest[::-1]
    assert warned == [("suspended", site["smoke"]), *(r for r in oldest if r != ("suspended", site["smoke"]))]
    assert await rows("since", kind="shielded") == [r for r in oldest if r[0] == "shielded"]
    first = (await operator.get("/silences", params={"limit": 2})).json()
    web.clock.advance(3 * 3600)
    operator = await web.person("later", Role.OPERATOR, "area:360802")
    rest = await walked(operator, "/silences", limit=2, cursor=first["next"])
    assert [(s["kind"], s["id"]) for s in [*first["items"], *rest]] == warned
    for wrong in ({"sort": "colour"}, {"cursor": "WyJ4IiwieCJd"}):
        assert (await operator.get("/silences", params=wrong)).status_code == 400
