"""Floor plans over HTTP: versions, places by hand, roles, and that nothing of it exists outside one's scope."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks.site import OUTSIDE, PNG, made, routes, said, school
from support.web import Web
from zhigan.desks.plans import api
from zhigan.incidents.shelf import Shelf
from zhigan.registry import api as registry_api
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import INSTALL_ROLES, POSITION_ROLES, Role


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
    handlers = [*api.handlers, *registry_api.handlers]
    return Web(pool, hand_clock, handlers, tmp_path, {"shelf": Shelf(tmp_path / "files"), "importable": {}})


@pytest.fixture
async def site(web: Web) -> dict[str, str]:
    return await school(web)


@pytest.fixture
async def operator(web: Web, site: dict[str, str]) -> httpx.AsyncClient:
    return await web.person("op", Role.OPERATOR, "area:360802")


async def upload(client: httpx.AsyncClient, site: dict[str, str], content: bytes = PNG, floor: str = "3") -> Any:
    files = {"file": ("三层.png", content, "image/png")}
    return await client.post(f"/buildings/{site['building']}/plans", params={"floor": floor}, files=files)


async def floor_of(client: httpx.AsyncClient, site: dict[str, str], floor: str = "3") -> dict[str, Any]:
    answer = await client.get(f"/buildings/{site['building']}/floor", params={"floor": floor})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_versions_stay_and_the_newest_is_shown(operator: httpx.AsyncClient, site: dict[str, str]) -> None:
    first = (await upload(operator, site)).json()
    assert (first["version"], first["width"], first["height"], first["type"]) == (1, 800, 600, "image/png")
    second = (await upload(operator, site, PNG.replace((800).to_bytes(4), (801).to_bytes(4)))).json()
    assert second["version"] == 2
    assert (await floor_of(operator, site))["plan"]["id"] == second["id"]
    all_of_them = await operator.get(f"/buildings/{site['building']}/plans", params={"floor": "3"})
    assert [p["id"] for p in all_of_them.json()["items"]] == [second["id"], first["id"]]
    picture = await operator.get(f"/plans/{first['id']}/picture")
    assert picture.content == PNG and picture.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in picture.headers["content-security-policy"]


async def test_what_is_no_picture_is_refused(operator: httpx.AsyncClient, site: dict[str, str]) -> None:
    for content in (b"<svg onload='alert(1)'/>", b"", PNG.replace((800).to_bytes(4), (40_000).to_bytes(4))):
        refused = await upload(operator, site, content)
        assert refused.status_code == 400 and "file" in refused.text, refused.text
    assert (await upload(operator, site, floor=" ")).status_code == 400
    assert (await floor_of(operator, site))["plan"] is None


async def test_devices_are_placed_moved_and_taken_off(
    web: Web, operator: httpx.AsyncClient, site: dict[str, str]
) -> None:
    before = await floor_of(operator, site)
    assert before["placed"] == []
    assert [d["name"] for d in before["unplaced"]] == ["smoke", "button", "root"], "what has no floor comes last"
    assert (await operator.put(f"/devices/{site['smoke']}/spot", json={"x": 0.25, "y": 0.5})).status_code == 200
    await operator.put(f"/devices/{site['smoke']}/spot", json={"x": 0.3, "y": 0.5})
    await said(web, site["smoke"], Condition.FIRE)
    after = await floor_of(operator, site)
    assert [(d["name"], d["x"], d["y"], d["condition"]) for d in after["placed"]] == [("smoke", 0.3, 0.5, "alarm")]
    floors = (await operator.get(f"/buildings/{site['building']}/floors")).json()["items"]
    assert [(f["floor"], f["devices"], f["placed"], f["alarms"]) for f in floors] == [
        ("4F", 1, 0, 0), ("3F", 2, 1, 1), ("2F", 0, 0, 0), ("1F", 0, 0, 0),
    ]  # fmt: skip
    for wrong in ({"x": 1.2, "y": 0}, {"x": 0.1}, {"x": -0.1, "y": 0.2}):
        assert (await operator.put(f"/devices/{site['smoke']}/spot", json=wrong)).status_code == 400
    assert (await operator.delete(f"/devices/{site['smoke']}/spot")).status_code == 204
    assert (await floor_of(operator, site))["placed"] == []


async def test_a_device_without_a_floor_gets_it_and_a_successor_stands_where_it_stood(
    operator: httpx.AsyncClient, site: dict[str, str]
) -> None:
    assert (await operator.put(f"/devices/{site['root']}/spot", json={"x": 0, "y": 0})).status_code == 400
    placed = await operator.put(f"/devices/{site['root']}/spot", json={"x": 0, "y": 0, "floor": "1"})
    assert placed.status_code == 200, placed.text
    assert (await operator.get(f"/devices/{site['root']}")).json()["floor"] == "1"
    await operator.put(f"/devices/{site['smoke']}/spot", json={"x": 0.3, "y": 0.5})
    new = await made(operator, f"/devices/{site['smoke']}/replace", {"address": "790300000000/1.1.40.9"})
    assert [(d["id"], d["x"]) for d in (await floor_of(operator, site))["placed"]] == [(new["id"], 0.3)]


async def test_a_floor_is_one_however_it_is_spelled_and_its_plan_goes_with_its_name(
    web: Web, operator: httpx.AsyncClient, site: dict[str, str]
) -> None:
    plan = (await upload(operator, site, floor="三层")).json()
    assert plan["floor"] == "3F" and (await floor_of(operator, site, "3F"))["plan"]["id"] == plan["id"]
    await operator.put(f"/devices/{site['smoke']}/spot", json={"x": 0.3, "y": 0.5, "floor": "3F"})
    assert (await operator.get(f"/devices/{site['smoke']}")).json()["floor"] == "3", "no device is written anew"
    third = next(
        f for f in (await operator.get(f"/buildings/{site['building']}/floors")).json()["items"] if f["placed"]
    )
    taken = await operator.patch(f"/floors/{third['id']}", json={"name": "4"})
    assert taken.status_code == 409 and "4" in taken.text
    change = {"name": "避难层", "compartments": ["东区", " 西区 ", "东区"]}
    renamed = await operator.patch(f"/floors/{third['id']}", json=change)
    assert renamed.json()["compartments"] == ["东区", "西区"], renamed.text
    here = await floor_of(operator, site, "避难层")
    assert here["plan"]["id"] == plan["id"] and [d["x"] for d in here["placed"]] == [0.3]
    assert (await operator.get(f"/devices/{site['smoke']}")).json()["floor"] == "避难层"
    assert (await operator.delete(f"/floors/{third['id']}")).status_code == 409, "devices stand on it"


async def test_floors_are_written_down_and_taken_away(operator: httpx.AsyncClient, site: dict[str, str]) -> None:
    path = f"/buildings/{site['building']}/floors"
    made_ = await made(operator, path, {"name": "B1", "compartments": ["车库一区"]})
    assert (await operator.post(path, json={"name": "负一层"})).status_code == 409
    assert (await operator.post(path, json={"name": " "})).status_code == 400
    names = [f["floor"] for f in (await operator.get(path)).json()["items"]]
    assert names == ["4F", "3F", "2F", "1F", "B1"]
    await upload(operator, site, floor="B1")
    assert (await operator.delete(f"/floors/{made_['id']}")).status_code == 409, "a plan belongs to it"
    other = await made(operator, path, {"name": "屋面"})
    assert (await operator.delete(f"/floors/{other['id']}")).status_code == 204


THINGS: list[tuple[str, str, dict[str, object] | None]] = [
    ("GET", "/buildings/{building}/floors", None),
    ("POST", "/buildings/{building}/floors", {"name": "5F"}),
    ("GET", "/buildings/{building}/floor?floor=3", None),
    ("GET", "/buildings/{building}/plans?floor=3", None),
    ("POST", "/buildings/{building}/plans?floor=3", None),
    ("GET", "/plans/{plan}/picture", None),
    ("PUT", "/devices/{smoke}/spot", {"x": 0.1, "y": 0.1}),
    ("DELETE", "/devices/{smoke}/spot", None),
]


async def ask(client: httpx.AsyncClient, site: dict[str, str], method: str, path: str, body: Any) -> httpx.Response:
    files = {"file": ("a.png", PNG, "image/png")} if "/plans" in path and method == "POST" else None
    return await client.request(method, path.format(**site), json=body, files=files)


async def test_outside_the_scope_nothing_exists_whatever_the_role(
    web: Web, operator: httpx.AsyncClient, site: dict[str, str]
) -> None:
    site = {**site, "plan": (await upload(operator, site)).json()["id"]}
    for n, scope in enumerate(OUTSIDE):
        for role in (Role.ADMIN, Role.AUDITOR):
            client = await web.person(f"p{n}{role.value}", role, scope)
            for method, path, body in THINGS:
                answer = await ask(client, site, method, path, body)
                assert answer.status_code == 404, (scope, method, path, answer.text)


async def test_the_list_of_things_is_all_of_the_desk(web: Web) -> None:
    own = {(m, p.partition("?")[0].replace("{", "").replace("}", "")) for m, p, _ in THINGS}
    heads = ("/buildings/{building_id:str}/floor", "/buildings/{building_id:str}/plans", "/plans")
    found = routes(web, *heads, "/devices/{device_id:str}/spot")
    short = {(m, re.sub(r"\{(\w+)_id:str\}", r"\1", p).replace("/device/", "/smoke/")) for m, p in found}
    assert own == short


async def test_who_places_and_who_uploads(web: Web, operator: httpx.AsyncClient, site: dict[str, str]) -> None:
    site = {**site, "plan": (await upload(operator, site)).json()["id"]}
    for role in Role:
        client = await web.person(f"r-{role.value}", role, "unit:U1")
        assert (await floor_of(client, site))["plan"] is not None
        assert ((await upload(client, site)).status_code == 201) is (role in INSTALL_ROLES), role
        placed = await client.put(f"/devices/{site['smoke']}/spot", json={"x": 0.1, "y": 0.1})
        assert placed.status_code == (200 if role in POSITION_ROLES else 403), role
        moved = await client.put(f"/devices/{site['smoke']}/spot", json={"x": 0.1, "y": 0.1, "floor": "3"})
        assert moved.status_code == (200 if role in POSITION_ROLES else 403), role
        elsewhere = await client.put(f"/devices/{site['elsewhere']}/spot", json={"x": 0.1, "y": 0.1, "floor": "2"})
        assert elsewhere.status_code == (200 if role in INSTALL_ROLES else 403), "the floor is the device's own"
        await operator.patch(f"/devices/{site['elsewhere']}", json={"floor": "4"})
        taken = await client.delete(f"/devices/{site['smoke']}/spot")
        assert taken.status_code == (204 if role in POSITION_ROLES else 403), role
