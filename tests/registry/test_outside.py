"""Outside one's scope a thing does not exist, on every address of the registry; the net holds without the predicate.

The list of addresses is compared with the application's own routes: a new one without its line here fails.
"""

import re
from typing import Any

import httpx
import pytest

from support.web import Web
from zhigan.registry import devices, hydrants, units
from zhigan.registry.importing import CHOICE
from zhigan.vocabulary.roles import (
    CONTACT_ROLES,
    GRID_ROLES,
    INSTALL_ROLES,
    MEMBER_ROLES,
    POSITION_ROLES,
    REGISTRY_ROLES,
    Role,
)
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.app import BASE
from zhigan.webapi.principal import COMMAND_LINE
from zhigan.webapi.sheets import Entry, Line

JIZHOU = {"premises": "crowded", "area_code": "360802", "lon": 114.99, "lat": 27.11}
CONTACT = {"role": "owner", "name": "甲", "phone": "13800000000"}
PART_OF = {"name": "一号配电房", "hazard": "easy_ignition"}
MEMBER = {"name": "乙", "phone": "13800000001"}
STATION = {"kind": "station", "code": "S1", "name": "一号微型消防站"}
PART = {"name": "p", "type": "smoke", "gateway": "ctwing"}

OUTSIDE_SCOPES = [
    "area:360803", "area:3609", "industry:health", "community:360802001002", "grid:G2", "unit:U2", "station:S2",
    "firm:F2", "org:O2", "area:360802+industry:health",
]  # fmt: skip
INSIDE_SCOPES = [
    "city", "area:360802", "area:3608", "area:360803,360802", "area:360802001", "industry:education",
    "community:360802001001", "grid:G1", "unit:U1", "station:S1", "firm:F1", "org:O1", "area:360802+unit:U1,U2",
]  # fmt: skip


@pytest.fixture
async def place(web: Web) -> dict[str, str]:
    """The ids of one unit with one of everything."""
    admin = await web.person("admin", Role.ADMIN)

    async def made(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await admin.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    more = {"industry": "education", "community": "360802001001", "grid": "G1", "station": "S1"}
    more |= {"firm": "F1", "org": "O1"}
    unit = await made("/units", {"code": "U1", "name": "一", **JIZHOU, **more})
    device = await made("/devices", {**PART, "unit_id": unit["id"], "address": "D-1"})
    building = await made(f"/units/{unit['id']}/buildings", {"code": "1", "name": "1号楼"})
    floor = await made(f"/buildings/{building['id']}/floors", {"name": "1F"})
    contact = await made(f"/units/{unit['id']}/contacts", CONTACT)
    part = await made(f"/units/{unit['id']}/key-parts", PART_OF)
    organisation = await made("/organisations", {**STATION, "area_code": "360802"})
    member = await made(f"/organisations/{organisation['id']}/members", MEMBER)
    grid = await made("/grids", {"code": "G1", "name": "一网格", "community": "360802001001"})
    test = await made("/tests", {"unit_id": unit["id"], "purpose": "p", "minutes": 10})
    async with web.pool.acquire() as conn:
        hydrant = CHOICE["hydrants"].form.fill
        header = ["code", "lon", "lat", "area_code", "community"]
        entry = hydrant(header, Line(2, ("H1", "114.99", "27.11", "360802", "360802001001")))
        assert isinstance(entry, Entry)
        await CHOICE["hydrants"].take(conn, [entry], web.clock.now(), COMMAND_LINE)
    listed = (await admin.get("/hydrants")).json()["items"]
    return {
        "unit_id": unit["id"], "device_id": device["id"], "building_id": building["id"], "contact_id": contact["id"],
        "test_id": test["id"], "hydrant_id": listed[0]["id"], "part_id": part["id"],
        "floor_id": floor["id"],
        "organisation_id": organisation["id"], "member_id": member["id"], "grid_id": grid["id"],
    }  # fmt: skip


def things(place: dict[str, str]) -> list[tuple[str, str, dict[str, Any] | None]]:
    """(method, address, body) of everything that is about one thing."""
    return [
        ("GET", "/units/{unit_id}", None),
        ("PATCH", "/units/{unit_id}", {"name": "x"}),
        ("GET", "/units/{unit_id}/buildings", None),
        ("POST", "/units/{unit_id}/buildings", {"code": "9", "name": "9号楼"}),
        ("GET", "/units/{unit_id}/contacts", None),
        ("POST", "/units/{unit_id}/contacts", CONTACT),
        ("GET", "/buildings/{building_id}", None),
        ("PATCH", "/buildings/{building_id}", {"name": "x"}),
        ("PATCH", "/contacts/{contact_id}", {"order": 3}),
        ("POST", "/contacts/{contact_id}/verify", None),
        ("GET", "/devices/{device_id}", None),
        ("PATCH", "/devices/{device_id}", {"name": "x"}),
        ("GET", "/devices/{device_id}/chain", None),
        ("POST", "/devices/{device_id}/replace", {"address": "D-9"}),
        ("POST", "/devices", {**PART, "unit_id": place["unit_id"], "address": "D-2"}),
        ("GET", "/tests/{test_id}", None),
        ("POST", "/tests", {"unit_id": place["unit_id"], "purpose": "p", "minutes": 10}),
        ("POST", "/tests/{test_id}/end", None),
        ("GET", "/hydrants/{hydrant_id}", None),
        ("PATCH", "/hydrants/{hydrant_id}", {"name": "x"}),
        ("GET", "/organisations/{organisation_id}", None),
        ("PATCH", "/organisations/{organisation_id}", {"name": "x"}),
        ("GET", "/organisations/{organisation_id}/members", None),
        ("POST", "/organisations/{organisation_id}/members", MEMBER),
        ("PATCH", "/members/{member_id}", {"order": 2}),
        ("POST", "/members/{member_id}/verify", None),
        ("DELETE", "/members/{member_id}", None),
        ("GET", "/grids/{grid_id}", None),
        ("PATCH", "/grids/{grid_id}", {"name": "x"}),
        ("GET", "/grids/{grid_id}/units", None),
        ("POST", "/grids/{grid_id}/units", {"add": [place["unit_id"]]}),
        ("POST", "/units/{unit_id}/key-parts", PART_OF),
        ("GET", "/key-parts/{part_id}", None),
        ("PATCH", "/key-parts/{part_id}", {"name": "x"}),
        ("POST", "/devices/adopt", {"items": [{"id": place["unit_id"]}], "unit_id": place["unit_id"]}),
        ("DELETE", "/key-parts/{part_id}", None),
        ("POST", "/buildings/{building_id}/floors", {"name": "5F"}),
        ("PATCH", "/floors/{floor_id}", {"name": "6F"}),
        ("DELETE", "/floors/{floor_id}", None),
        ("DELETE", "/buildings/{building_id}", None),
        ("DELETE", "/contacts/{contact_id}", None),
    ]


LISTS = ["/units", "/devices", "/tests", "/hydrants", "/hydrants?near=114.99,27.11", "/units?q=一", "/devices?q=D-1",
         "/organisations?kind=station", "/organisations?q=yhwxxfz", "/grids", "/grids?q=yiwangge",
         "/key-parts", "/key-parts?q=peidianfang", "/contacts",
         "/contacts?q=13800000000"]  # fmt: skip
OF_NO_PLACE = {
    ("GET", "/areas"), ("GET", "/communities"), ("PATCH", "/communities/{code}"), ("GET", "/premises"),
    ("POST", "/units"), ("POST", "/organisations"), ("POST", "/grids"), ("POST", "/hydrants"),
    ("POST", "/areas/{code}/communities"),
    ("GET", "/grids/at"), ("GET", "/devices/discovered"), ("GET", "/imports/kinds"), ("GET", "/export/{kind}"),
}  # fmt: skip
IMPORTS = {
    ("GET", "/imports"), ("POST", "/imports/{kind}"), ("POST", "/imports/hydrants/look"),
    ("GET", "/imports/{import_id}"),
    ("POST", "/imports/{import_id}/start"), ("GET", "/imports/{import_id}/bad"),
    ("GET", "/imports/{import_id}/bad.csv"), ("DELETE", "/imports/{import_id}"),
}  # fmt: skip
"""One's own: their outside is everybody else (test_imports.py)."""
PAIRS = {("GET", "/hydrants/doubled")}
"""It takes two: tests/stories/test_hydrants.py."""


def reaches(scope: str, path: str) -> bool:
    """Does a scope that holds the unit hold this too? Hydrants and organisations stand for themselves."""
    if "unit:" in scope:
        return not path.startswith(("/hydrants", "/organisations", "/members", "/grids"))
    by_area = scope.startswith(("city", "area:360802", "area:3608", "area:360803")) and scope != "area:360802001"
    if path.startswith("/hydrants"):
        return by_area or scope.startswith(("community", "area"))
    if path.startswith("/grids"):
        return by_area or scope in ("grid:G1", "community:360802001001", "area:360802001")
    return by_area or scope == "station:S1" if path.startswith(("/organisations", "/members")) else True


async def ask(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
    return await client.request(method, path, json=body)


async def test_the_list_here_is_the_whole_registry(web: Web) -> None:
    routes = {
        (method, re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path.removeprefix(BASE)))
        for route in web.app.routes
        if route.path.startswith(BASE)
        for method in route.methods - {"OPTIONS", "HEAD"}
        if route.path.removeprefix(BASE).split("/")[1]
        not in ("login", "logout", "me", "accounts", "audit", "second-factor", "security", "hosted", "faces", "family")
    }
    here = {(method, path) for method, path, _ in things({"unit_id": "x"})}
    here |= {("GET", path.partition("?")[0]) for path in LISTS} | OF_NO_PLACE | IMPORTS | PAIRS
    assert routes == here


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
async def test_outside_the_scope_nothing_exists_whatever_the_role(web: Web, place: dict[str, str], role: Role) -> None:
    for n, scope in enumerate(OUTSIDE_SCOPES):
        client = await web.person(f"p{n}", role, scope)
        for method, path, body in things(place):
            answer = await ask(client, method, path.format(**place), body)
            assert answer.status_code == 404, (scope, method, path, answer.text)
        for path in LISTS:
            assert (await client.get(path)).json()["items"] == [], (scope, path)
    admin = await web.person("again", Role.ADMIN)
    assert (await admin.get(f"/units/{place['unit_id']}")).json()["name"] == "一", "nothing was changed on the way"


async def test_inside_the_scope_everything_is_there(web: Web, place: dict[str, str]) -> None:
    for n, scope in enumerate(INSIDE_SCOPES):
        client = await web.person(f"p{n}", Role.AUDITOR, scope)
        for method, path, _ in things(place):
            if method == "GET" and reaches(scope, path):
                answer = await client.get(path.format(**place))
                assert answer.status_code == 200, (scope, path, answer.text)
        for path in LISTS:
            if reaches(scope, path):
                assert len((await client.get(path)).json()["items"]) == 1, (scope, path)


ALLOWED: dict[tuple[str, str], frozenset[Role]] = {
    ("PATCH", "/units/{unit_id}"): REGISTRY_ROLES,
    ("POST", "/units/{unit_id}/buildings"): REGISTRY_ROLES | {Role.INSTALLER},
    ("POST", "/units/{unit_id}/contacts"): REGISTRY_ROLES,
    ("PATCH", "/buildings/{building_id}"): REGISTRY_ROLES | {Role.INSTALLER},
    ("PATCH", "/contacts/{contact_id}"): REGISTRY_ROLES,
    ("POST", "/contacts/{contact_id}/verify"): CONTACT_ROLES,
    ("PATCH", "/hydrants/{hydrant_id}"): REGISTRY_ROLES,
    ("PATCH", "/organisations/{organisation_id}"): REGISTRY_ROLES,
    ("POST", "/organisations/{organisation_id}/members"): MEMBER_ROLES,
    ("PATCH", "/members/{member_id}"): MEMBER_ROLES,
    ("POST", "/members/{member_id}/verify"): MEMBER_ROLES,
    ("PATCH", "/grids/{grid_id}"): GRID_ROLES,
    ("POST", "/grids/{grid_id}/units"): GRID_ROLES,
    ("POST", "/units/{unit_id}/key-parts"): REGISTRY_ROLES,
    ("PATCH", "/key-parts/{part_id}"): REGISTRY_ROLES,
    ("POST", "/devices/adopt"): INSTALL_ROLES,
    ("DELETE", "/contacts/{contact_id}"): REGISTRY_ROLES,
    ("PATCH", "/devices/{device_id}"): INSTALL_ROLES,
    ("POST", "/devices"): INSTALL_ROLES,
    ("POST", "/devices/{device_id}/replace"): INSTALL_ROLES,
    ("POST", "/buildings/{building_id}/floors"): INSTALL_ROLES,
    ("PATCH", "/floors/{floor_id}"): INSTALL_ROLES,
}
TESTERS = {
    "duty",
    "lead",
    "operator",
    "supervisor",
    "admin",
    "unit",
    "property",
    "maintainer",
    "installer",
    "inspector",
}


async def test_each_role_may_what_the_contract_says(web: Web, place: dict[str, str]) -> None:
    """Inside the scope: 403 for who may not, never 404; everybody reads."""
    admin = await web.person("again", Role.ADMIN)
    for role in Role:
        client = await web.person(f"r-{role.value}", role, "area:360802")
        for method, path, body in things(place):
            if method == "DELETE":
                continue
            answer = await ask(client, method, path.format(**place), body)
            if method == "GET":
                assert answer.status_code == 200, (role, path)
                continue
            roles = ALLOWED.get((method, path))
            may = role in roles if roles is not None else role.value in TESTERS
            assert (answer.status_code != 403) is may, (role, method, path, answer.text)
            assert answer.status_code != 404, (role, method, path)
        moved = await client.patch(f"/devices/{place['device_id']}", json={"lon": 114.98, "lat": 27.1})
        assert (moved.status_code == 200) is (role in POSITION_ROLES), role
        new = {"code": f"N-{role.value}", "name": "n", **JIZHOU}
        assert ((await client.post("/units", json=new)).status_code == 201) is (role in REGISTRY_ROLES), role
        assert (await client.post("/units", json={**new, "area_code": "360803"})).status_code == 404
        there = (await admin.post(f"/units/{place['unit_id']}/contacts", json=CONTACT)).json()
        removed = await client.delete(f"/contacts/{there['id']}")
        assert removed.status_code == (204 if role in REGISTRY_ROLES else 403), role


async def test_without_the_compiled_predicate_row_security_hides_all_the_same(web: Web, place: dict[str, str]) -> None:
    """The queries are asked with the scope of the whole city on a connection that is bound to less."""
    for scope, count in (("area:360802", 1), ("area:360803", 0), ("unit:U1", 1), ("industry:health", 0)):
        principal = await web.door.authenticate(
            (await web.person(f"n{scope}", Role.DUTY, scope)).headers["authorization"].removeprefix("Bearer "), ""
        )
        assert principal is not None
        async with web.db.bound(principal) as conn:
            assert len(await units.listed(conn, Scope(), units.UnitsAsked(), 10)) == count
            assert len(await units.listed(conn, Scope(), units.UnitsAsked(q="一"), 10)) == count
            assert len(await devices.listed(conn, Scope(), devices.DevicesAsked(), 10)) == count
            assert len(await units.tests(conn, Scope(), units.TestsAsked(now=web.clock.now()), 10)) == count
            for table in ("unit", "building", "contact", "test_mode", "device", "device_now", "key_part", "floor"):
                assert await conn.fetchval(f"select count(*) from registry.{table}") == count, (scope, table)
            if scope != "unit:U1":
                assert len(await hydrants.listed(conn, Scope(), hydrants.HydrantsAsked(), 10)) == count


async def test_nobody_takes_a_device_of_another_unit_by_its_address(web: Web, place: dict[str, str]) -> None:
    east = await web.person("east", Role.OPERATOR, "area:360803")
    new = {"code": "E1", "name": "东", **JIZHOU, "area_code": "360803"}
    unit = (await east.post("/units", json=new)).json()
    taken = await east.post("/devices", json={**PART, "unit_id": unit["id"], "address": "D-1"})
    assert taken.status_code == 409
    admin = await web.person("again", Role.ADMIN)
    assert (await admin.get(f"/devices/{place['device_id']}")).json()["unit_id"] == place["unit_id"]
