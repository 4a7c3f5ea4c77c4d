"""Sub-platforms hosted here: opened in one call, run by their own administrator, closed from outside."""

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from desks.site import PNG
from support.web import Web
from zhigan.access import importing_hosted
from zhigan.vocabulary.roles import Role

EDUCATION: Mapping[str, object] = {
    "slug": "jiaoyu", "kind": "industry", "name": "吉安市教育消防分平台", "short_name": "教育分平台",
    "scope": "industry:education", "start_page": "units",
    "administrator": {"name": "jiaoyu.admin", "display_name": "刘敏", "phone": "13800000119"},
}  # fmt: skip


async def opened(client: httpx.AsyncClient, **other: object) -> dict[str, dict[str, str] | str]:
    answer = await client.post("/hosted", json={**EDUCATION, **other})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def entered(web: Web, name: str, password: str) -> httpx.AsyncClient:
    client = web.client()
    answer = await client.post("/login", json={"username": name, "password": password})
    assert answer.status_code == 200, answer.text
    return web.client(answer.json()["token"])


async def hosted_id(city: httpx.AsyncClient) -> str:
    return (await city.get("/hosted")).json()["items"][0]["id"]


async def test_an_industry_has_its_own_platform_in_one_call(web: Web) -> None:
    city = await web.person("root", Role.ADMIN)
    made = await opened(city)
    liu = await entered(web, "jiaoyu.admin", str(made["password"]))
    me = (await liu.get("/me")).json()
    assert me["scope"] == "industry:education" and me["role"] == "admin"
    assert me["face"] == {
        "slug": "jiaoyu", "kind": "industry", "name": "吉安市教育消防分平台", "short_name": "教育分平台",
        "start_page": "units", "logo": "",
    }  # fmt: skip
    assert (await web.client().get("/faces/jiaoyu")).json() == me["face"], "the login page knows nobody yet"
    duty = {"name": "jiaoyu.duty", "role": "duty", "scope": "industry:education", "password": "a word of 119"}
    account = (await liu.post("/accounts", json=duty)).json()
    assert account["hosted"] == "教育分平台", "who is made here belongs here"
    listed = (await city.get("/accounts", params={"hosted_id": account["hosted_id"]})).json()["items"]
    assert [a["name"] for a in listed] == ["jiaoyu.admin", "jiaoyu.duty"]
    trail = (await city.get("/audit", params={"action": "account.created"})).json()["items"]
    assert (trail[0]["name"], trail[0]["subject"]) == ("jiaoyu.admin", "jiaoyu.duty"), "the city sees who did"
    assert (await city.get("/me")).json()["face"] is None


async def test_its_face_is_its_own_and_its_scope_is_not(web: Web) -> None:
    city = await web.person("root", Role.ADMIN)
    made = await opened(city)
    liu = await entered(web, "jiaoyu.admin", str(made["password"]))
    where = f"/hosted/{await hosted_id(city)}"
    assert (await liu.patch(where, json={"short_name": "校园消防", "start_page": "map"})).status_code == 200
    for forbidden in ({"scope": "industry:education+area:360802"}, {"closed": True}):
        assert (await liu.patch(where, json=forbidden)).status_code == 403
    assert (await liu.post(f"{where}/logo", files={"file": ("l.svg", b"<svg/>")})).status_code == 400
    assert (await liu.post(f"{where}/logo", files={"file": ("l.png", PNG + bytes(1 << 20))})).status_code == 413
    shown = await liu.post(f"{where}/logo", files={"file": ("l.png", PNG)})
    assert shown.json()["logo_sha256"] == hashlib.sha256(PNG).hexdigest()
    face = (await web.client().get("/faces/jiaoyu")).json()
    assert face["short_name"] == "校园消防" and face["logo"].startswith("/api/v1/faces/jiaoyu/logo")
    logo = await web.client().get("/faces/jiaoyu/logo")
    assert logo.content == PNG and logo.headers["x-content-type-options"] == "nosniff"
    assert (await liu.delete(f"{where}/logo")).status_code == 204
    assert (await web.client().get("/faces/jiaoyu/logo")).status_code == 404


async def test_closing_ends_its_accounts_and_opening_again_brings_none_back(web: Web) -> None:
    city = await web.person("root", Role.ADMIN)
    made = await opened(city)
    liu = await entered(web, "jiaoyu.admin", str(made["password"]))
    id_ = await hosted_id(city)
    closed = await city.patch(f"/hosted/{id_}", json={"closed": True})
    assert closed.json()["closed_at"] and closed.json()["accounts"] == 0
    assert (await liu.get("/me")).status_code == 401
    assert (await web.client().get("/faces/jiaoyu")).status_code == 404
    account = (await city.get("/accounts", params={"hosted_id": id_})).json()["items"][0]
    back = await city.patch(f"/accounts/{account['id']}", json={"disabled": False})
    assert back.status_code == 400, "nobody belongs to what is closed"
    assert (await city.patch(f"/hosted/{id_}", json={"closed": False})).json()["closed_at"] is None
    assert (await liu.get("/me")).status_code == 401
    assert (await city.patch(f"/accounts/{account['id']}", json={"disabled": False})).status_code == 200


async def test_no_account_of_it_is_ever_left_outside(web: Web) -> None:
    city = await web.person("root", Role.ADMIN)
    await opened(city, scope="area:360802,360803", kind="district")
    id_ = await hosted_id(city)
    narrower = await city.patch(f"/hosted/{id_}", json={"scope": "area:360803"})
    assert narrower.status_code == 400 and "jiaoyu.admin" in narrower.text
    outside = {"name": "x", "role": "duty", "scope": "area:360821", "password": "a word of 119", "hosted_id": id_}
    assert (await city.post("/accounts", json=outside)).json()["errors"][0]["field"] == "hosted_id"
    inside = {**outside, "scope": "area:360803"}
    account = (await city.post("/accounts", json=inside)).json()
    wider = await city.patch(f"/accounts/{account['id']}", json={"scope": "area:360821"})
    assert wider.status_code == 400 and wider.json()["errors"][0]["field"] == "scope"


async def test_nobody_opens_more_than_he_has(web: Web) -> None:
    county = await web.person("county", Role.ADMIN, "area:360802")
    answer = await county.post("/hosted", json={**EDUCATION})
    assert answer.status_code == 403
    community = {"kind": "community", "scope": "area:360802+community:360802001001"}
    made = await opened(county, **community)
    assert made["administrator"] == "jiaoyu.admin"
    neighbour = await web.person("neighbour", Role.ADMIN, "area:360803")
    assert (await neighbour.get("/hosted")).json()["items"] == []
    assert (await neighbour.get(f"/hosted/{await hosted_id(county)}")).status_code == 404
    duty = await web.person("duty", Role.DUTY)
    assert (await duty.get("/hosted")).status_code == 403
    assert (await duty.post("/hosted", json={**EDUCATION, "slug": "other"})).status_code == 403
    twice = await county.post("/hosted", json={**EDUCATION, **community})
    assert twice.status_code == 409 and "slug" in twice.text
    taken = await county.post("/hosted", json={**EDUCATION, **community, "slug": "other"})
    assert taken.status_code == 409 and "administrator: there is" in taken.text
    assert len((await county.get("/hosted")).json()["items"]) == 1, "no administrator, no sub-platform"


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "Ä ö"), ("slug", "-a"), ("kind", "village"), ("name", ""), ("short_name", "长" * 17),
     ("scope", "city"), ("scope", "area:360802"), ("scope", "nonsense"), ("start_page", "/evil")],
)  # fmt: skip
async def test_what_will_not_do_is_named(web: Web, field: str, value: str) -> None:
    city = await web.person("root", Role.ADMIN)
    answer = await city.post("/hosted", json={**EDUCATION, field: value})
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field, answer.text


SHEET = """slug,kind,name,scope,short_name,start_page,administrator,administrator_phone
beimen,community,北门社区消防,community:360802001001,北门社区,community,beimen.admin,13800000001
nanmen,community,南门社区消防,industry:education,,,nanmen.admin,
weibao,firm,某维保,firm:F1,,,beimen.admin,
,firm,无地址,firm:F2,,,x,
xiaoyuan,industry,校园,industry:education,,nowhere,xiaoyuan.admin,
"""


async def test_many_come_from_a_sheet_and_twice_changes_nothing(web: Web, tmp_path: Path) -> None:
    async def run(text: str) -> list[str]:
        said: list[str] = []
        (tmp_path / "h.csv").write_text(text, "utf-8")
        async with web.pool.acquire() as conn:
            await importing_hosted.run("hosted", tmp_path / "h.csv", conn, web.clock, said.append)
        return said

    said = await run(SHEET)
    assert said[-1] == "hosted: 5 lines, 1 added, 0 changed, 0 as before, 4 bad"
    words = {line.split()[1].rstrip(":"): line for line in said[:-1]}
    for number, word in (("3", "scope"), ("4", "administrator"), ("5", "slug"), ("6", "start_page")):
        assert word in words[number], words
    assert (await run(SHEET))[-1] == "hosted: 5 lines, 0 added, 0 changed, 1 as before, 4 bad"
    city = await web.person("root", Role.ADMIN)
    [one] = (await city.get("/hosted")).json()["items"]
    assert (one["slug"], one["accounts"], one["start_page"]) == ("beimen", 1, "community")
    sheet = (await city.get("/hosted/export.csv", params={"encoding": "utf-8"})).text
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert (rows[0]["administrator"], rows[0]["administrator_phone"]) == ("beimen.admin", "138****0001")
    assert (await run(sheet))[-1] == "hosted: 1 lines, 0 added, 0 changed, 1 as before, 0 bad", "sent back as it came"
    assert "1 changed" in (await run("slug,kind,name,scope\nbeimen,community,北门,community:360802001001\n"))[-1]
    neighbour = await web.person("neighbour", Role.ADMIN, "area:360803")
    assert "beimen" not in (await neighbour.get("/hosted/export.csv")).text
