"""The code on a device: what anybody reads, what staff read, reports from the street, inspections, stickers."""

import asyncio
import secrets
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from desks.site import JPEG, OUTSIDE, said, school
from support.web import Web
from zhigan.desks.upkeep import api, rules
from zhigan.desks.upkeep.printing import Stickers, matrix, spaced
from zhigan.incidents import api as incidents_api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.registry import api as registry_api
from zhigan.registry import labels, places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import INSPECTION_ROLES, Role

ANNEX_B = "LDXF01240115A0000012300C81A2B"


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
    press = Press()
    given = {"shelf": Shelf(tmp_path / "files"), "press": press, "stickers": Stickers(press), "importable": {}}
    return Web(pool, hand_clock, [*api.handlers, *registry_api.handlers, *incidents_api.handlers], tmp_path, given)


@pytest.fixture
async def site(web: Web) -> dict[str, str]:
    return await school(web)


async def code_of(web: Web, device: str) -> str:
    """As the sheet makes it."""
    async with web.pool.acquire() as conn:
        return (await labels.codes(conn, {device: ""}, web.clock.now(), rules.day(web.clock.now())))[device]


def fresh() -> str:
    return str(UUID(bytes=secrets.token_bytes(16), version=4))


async def report(web: Web, code: str, address: str = "10.0.0.9", **more: object) -> httpx.Response:
    async with web.client(address=address) as street:
        return await street.post(f"/public/devices/{code}/reports", json={"kind": "damaged", **more})


async def tasks(web: Web, name: str = "look", scope: str = "city") -> list[dict[str, Any]]:
    manager = await web.person(name, Role.UNIT, scope)
    return (await manager.get("/tasks")).json()["items"]


async def test_anybody_reads_how_it_is_and_nothing_of_whose_it_is(web: Web, site: dict[str, str]) -> None:
    code = await code_of(web, site["smoke"])
    await said(web, site["smoke"], Condition.FIRE)
    async with web.client() as street:
        answer = await street.get(f"/public/devices/{code.lower()[:5]}-{code[5:]}")
        assert answer.status_code == 200, answer.text
        seen = answer.json()
        assert (seen["type"], seen["condition"], seen["heard"], seen["reportable"]) == ("smoke", "alarm", "today", True)
        for word in ("青原小学", "U1", "1号楼", "114.98", site["smoke"], "三", "admin"):
            assert word not in answer.text
        for wrong in ("0000000000", "x", "%00", ANNEX_B, "a" * 500):
            assert (await street.get(f"/public/devices/{wrong}")).status_code == 404
        assert (await street.get(f"/labels/{code}")).status_code == 401
        assert (await street.get(f"/d/{code}")).status_code == 404, "below the interface there is no such page"
    async with web.client() as street:
        led = await street.get(f"http://city/d/{code}")
    assert (led.status_code, led.headers["location"]) == (302, f"/m/d/{code}")


async def test_a_code_of_annex_b_is_its_own_label(web: Web, site: dict[str, str]) -> None:
    admin = await web.person("office", Role.OPERATOR)
    await admin.patch(f"/devices/{site['button']}", json={"serial": ANNEX_B})
    async with web.client() as street:
        assert (await street.get(f"/public/devices/{ANNEX_B.lower()}")).json()["type"] == "manual_call_point"
    assert (await admin.get(f"/labels/{ANNEX_B}")).json()["code"] == ANNEX_B
    async with web.pool.acquire() as conn:
        assert await labels.codes(conn, {site["button"]: ANNEX_B}, web.clock.now(), rules.day(web.clock.now())) == {
            site["button"]: ANNEX_B
        }
        assert await conn.fetchval("select count(*) from registry.label") == 0


async def test_outside_the_scope_staff_see_what_anybody_sees(web: Web, site: dict[str, str]) -> None:
    code = await code_of(web, site["smoke"])
    body = {"id": fresh(), "passed": True, "good": ["appearance"]}
    for n, scope in enumerate(OUTSIDE):
        stranger = await web.person(f"s{n}", Role.INSPECTOR, scope)
        assert (await stranger.get(f"/labels/{code}")).status_code == 404
        assert (await stranger.get(f"/devices/{site['smoke']}/upkeep")).status_code == 404
        assert (await stranger.post(f"/devices/{site['smoke']}/inspections", json=body)).status_code == 404
        assert (await stranger.get(f"/units/{site['unit']}/labels.pdf")).status_code == 404
    own = await web.person("own", Role.PROPERTY, "unit:U1")
    inside = (await own.get(f"/labels/{code}")).json()
    assert (inside["device_id"], inside["unit"], inside["code"]) == (site["smoke"], "青原小学", code)
    assert inside["checklist"] == list(rules.CHECKLISTS["smoke"])


async def test_a_report_becomes_one_task_with_its_picture(web: Web, site: dict[str, str]) -> None:
    code = await code_of(web, site["smoke"])
    told = await report(web, code, note="外壳碎了", phone="13900000001")
    assert told.status_code == 201, told.text
    id_ = told.json()["id"]
    async with web.client() as street:
        path = f"/public/devices/{code}/reports/{id_}/photo"
        assert (await street.post(path, files={"file": ("a.jpg", b"<svg/>")})).status_code == 400
        assert (await street.post(path, files={"file": ("a.jpg", JPEG)})).status_code == 204
        assert (await street.post(path, files={"file": ("b.jpg", JPEG)})).status_code == 404, "one picture a report"
        other = await code_of(web, site["button"])
        assert (await street.post(path.replace(code, other), files={"file": ("a.jpg", JPEG)})).status_code == 404
    [task] = await tasks(web, scope="unit:U1")
    assert (task["grade"], task["kind"], task["unit"]["code"]) == ("IV", "tamper", "U1")
    assert [r["zh"] for r in task["reasons"]] == ["扫码报告：smoke损坏（外壳碎了）"]
    desk = await web.person("desk", Role.DUTY)
    assert len((await desk.get(f"/incidents/{task['id']}/files")).json()["items"]) == 1
    seen = (await desk.get(f"/labels/{code}")).json()["reports"]
    assert [(r["kind"], r["phone"], r["photo"], r["incident_id"]) for r in seen] == [
        ("damaged", "139****0001", True, task["id"])
    ]
    picture = await desk.get(f"/devices/{site['smoke']}/reports/{id_}/photo")
    assert picture.content == JPEG and picture.headers["content-type"] == "image/jpeg"
    assert (await report(web, code, kind="missing", address="10.0.0.8")).status_code == 201
    again = await tasks(web, "look2", "unit:U1")
    assert [t["id"] for t in again] == [task["id"]], "one open task a device"
    assert (await desk.get("/devices/" + site["smoke"])).json()["condition"] == "never_seen", "a report changes nothing"


async def test_strangers_are_counted(web: Web, site: dict[str, str]) -> None:
    codes = [await code_of(web, site[name]) for name in ("smoke", "button")]
    answers = await asyncio.gather(*(report(web, codes[0], address=f"10.0.1.{n}") for n in range(6)))
    assert sorted(a.status_code for a in answers) == [201] * 4 + [429] * 2, "of one device"
    assert answers[-1].status_code == 201 or answers[-1].headers["retry-after"] == "3600"
    web.clock.advance(3601)
    both = [await report(web, codes[n % 2], address="10.0.2.1") for n in range(6)]
    assert [b.status_code for b in both] == [201] * 5 + [429], "from one address"
    assert both[-1].json()["code"] == "login.wait"
    web.clock.advance(86_500)
    await report(web, codes[0], address="10.0.2.2")
    kept = await web.pool.fetch("select distinct address from upkeep.report")
    assert {r["address"] for r in kept} == {"", "10.0.2.2"}, "addresses are forgotten after a day"


async def test_what_is_out_of_use_takes_no_report(web: Web, site: dict[str, str]) -> None:
    code = await code_of(web, site["elsewhere"])
    admin = await web.person("office", Role.OPERATOR)
    gone = await admin.patch(f"/devices/{site['elsewhere']}", json={"state": "retired"})
    assert gone.status_code == 200, gone.text
    async with web.client() as street:
        seen = (await street.get(f"/public/devices/{code}")).json()
    assert (seen["state"], seen["reportable"]) == ("retired", False)
    refused = await report(web, code)
    assert (refused.status_code, refused.json()["code"]) == (409, "upkeep.closed")


async def test_an_inspection_is_recorded_once_and_what_failed_becomes_work(web: Web, site: dict[str, str]) -> None:
    code = await code_of(web, site["smoke"])
    inspector = await web.person("巡检员甲", Role.INSPECTOR, "area:360802")
    path = f"/devices/{site['smoke']}/inspections"
    at = web.clock.now().isoformat()
    web.clock.advance(600)
    good = {"id": fresh(), "passed": True, "good": ["appearance", "test"], "at": at}
    answers = await asyncio.gather(*(inspector.post(path, json=good) for _ in range(3)))
    assert sorted(a.status_code for a in answers) == [200, 200, 201]
    assert await tasks(web, scope="unit:U1") == []
    bad = {"id": fresh(), "passed": False, "good": ["appearance"], "bad": ["fixed", "test"], "note": "底座松"}
    assert (await inspector.post(path, json=bad)).status_code == 201
    shot = await inspector.post(f"{path}/{bad['id']}/photo", files={"file": ("a.jpg", JPEG)})
    assert shot.status_code == 201, shot.text
    [task] = await tasks(web, "look2", "unit:U1")
    assert task["reasons"][0]["zh"] == "巡检发现问题：smoke 安装、测试报警（底座松）"
    assert task["reasons"][0]["en"] == "Found at an inspection: smoke: fixing, test alarm (底座松)"
    assert len((await inspector.get(f"/incidents/{task['id']}/files")).json()["items"]) == 1
    seen = shot.json()["inspections"]
    assert [(i["passed"], i["who"], i["photo"], i["bad"]) for i in seen] == [
        (False, "巡检员甲", True, ["fixed", "test"]), (True, "巡检员甲", False, []),
    ]  # fmt: skip
    assert seen[1]["at"].startswith(at[:19]), "when it was made, not when it was told"
    async with web.client() as street:
        public = (await street.get(f"/public/devices/{code}")).json()["inspections"]
    assert [p["passed"] for p in public] == [False, True] and set(public[0]) == {"on", "passed"}
    thief = await web.person("乙", Role.INSPECTOR, "area:360802")
    assert (await thief.post(path, json=bad)).status_code == 404, "an id is its maker's"
    assert (await thief.post(f"{path}/{bad['id']}/photo", files={"file": ("a.jpg", JPEG)})).status_code == 404
    for wrong in (
        {"bad": ["x"]},
        {"passed": True, "bad": ["test"]},
        {"passed": False},
        {"id": "1"},
        {"note": "x" * 501},
    ):
        refused = await inspector.post(path, json={"id": fresh(), "passed": True, "good": ["test"], **wrong})
        assert refused.status_code in (400, 404), (wrong, refused.text)


@pytest.mark.parametrize("role", sorted(set(Role) - INSPECTION_ROLES - {Role.PARTNER}))
async def test_who_does_not_inspect(web: Web, site: dict[str, str], role: Role) -> None:
    person = await web.person("x", role)
    body = {"id": fresh(), "passed": True, "good": ["appearance"]}
    assert (await person.post(f"/devices/{site['smoke']}/inspections", json=body)).status_code == 403


async def test_a_sheet_of_stickers_is_printed(web: Web, site: dict[str, str], tmp_path: Path) -> None:
    own = await web.person("own", Role.PROPERTY, "unit:U1")
    for lang in ("zh", "en"):
        printed = await own.get(f"/units/{site['unit']}/labels.pdf", params={"lang": lang})
        assert printed.status_code == 200, printed.text
        assert printed.content.startswith(b"%PDF-")
    codes = await web.pool.fetch("select device::text, code from registry.label")
    assert {r["device"] for r in codes} == {site[n] for n in ("root", "smoke", "button", "elsewhere")}
    assert sorted(r["code"] for r in codes) == sorted(
        r["code"] for r in await web.pool.fetch("select code from registry.label")
    ), "the second print has the codes of the first"


def test_a_sticker_is_read_back() -> None:
    """The matrix is that of a QR code: three finder patterns, and the size its text needs."""
    rows = matrix(f"https://city.example/d/{ANNEX_B}")
    finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    assert [r[:7] for r in rows[:7]] == finder and [r[-7:] for r in rows[:7]] == finder
    assert [r[:7] for r in rows[-7:]] == finder and {len(r) for r in rows} == {len(rows)}
    assert spaced(ANNEX_B) == "LDXF 01 240115 A00000123 00C8 1A2B"
    assert labels.read("k7q2m-il0o9".upper()) == "K7Q2M11009"
