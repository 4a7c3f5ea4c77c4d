"""The lists of the registry in every order they offer: whole, nothing twice, equals told apart by id."""

import httpx
import pytest

from support.paging import holds_both_ways, walked
from support.web import Web
from zhigan.vocabulary.roles import Role

HYDRANT = {"lon": 114.99, "lat": 27.11, "area_code": "360802", "state": "usable"}
NAMES = ("丁", "甲", "丙", "甲", "乙")


@pytest.fixture
async def admin(web: Web) -> httpx.AsyncClient:
    return await web.person("admin", Role.ADMIN)


async def made(client: httpx.AsyncClient, path: str, **body: object) -> dict:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_hydrants(web: Web, admin: httpx.AsyncClient) -> None:
    for n, (name, pressure) in enumerate(zip(NAMES, (0.3, None, 0.1, None, 0.2), strict=True)):
        web.clock.advance(1)
        await made(admin, "/hydrants", **HYDRANT, code=f"H{n}", name=name, pressure_mpa=pressure)
    for word in ("code", "name", "created_at"):
        rows = await holds_both_ways(admin, "/hydrants", word, 5)
        values = [r[word] for r in rows]
        assert len(values) == 5 and (word == "name" or values == sorted(values))
    up = [h["pressure_mpa"] for h in await walked(admin, "/hydrants", sort="pressure_mpa", limit=2)]
    down = [h["pressure_mpa"] for h in await walked(admin, "/hydrants", sort="-pressure_mpa", limit=2)]
    assert (up, down) == ([0.1, 0.2, 0.3, None, None], [0.3, 0.2, 0.1, None, None]), "the unknown come last"
    assert [h["code"] for h in await walked(admin, "/hydrants", limit=2)] == [f"H{n}" for n in range(5)]


async def test_organisations(admin: httpx.AsyncClient) -> None:
    for n, name in enumerate(NAMES):
        kind = "firm" if n % 2 else "station"
        await made(admin, "/organisations", kind=kind, code=f"O{4 - n}", name=name)
    by_code = await holds_both_ways(admin, "/organisations", "code", 5)
    assert [o["code"] for o in by_code] == [f"O{n}" for n in range(5)]
    by_name = await holds_both_ways(admin, "/organisations", "name", 5)
    assert [o["id"] for o in by_name] == [o["id"] for o in await walked(admin, "/organisations", limit=2)]
    mixed = await admin.get("/organisations", params={"limit": 2, "sort": "code"})
    assert (
        await admin.get("/hydrants", params={"sort": "created_at", "cursor": mixed.json()["next"]})
    ).status_code == 400


async def test_contacts_and_key_parts(admin: httpx.AsyncClient) -> None:
    unit = await made(
        admin, "/units", code="U1", name="单位", premises="crowded", area_code="360802", lon=115.0, lat=27.1
    )
    for name in NAMES:
        await made(admin, f"/units/{unit['id']}/contacts", role="owner", name=name, phone="13800000000")
        await made(admin, f"/units/{unit['id']}/key-parts", name=name, hazard="easy_ignition")
    for path in ("/contacts", "/key-parts"):
        rows = await holds_both_ways(admin, path, "name", 5)
        assert [r["id"] for r in rows] == [r["id"] for r in await walked(admin, path, limit=2)]
