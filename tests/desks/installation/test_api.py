"""扫码安装 over HTTP: from a code into service, each step safe to send again; wrong and taken codes are refused."""

import asyncio
import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from desks.site import JPEG, OUTSIDE, made, school
from support.web import Web
from zhigan.desks.installation import api, rules
from zhigan.history import store as history
from zhigan.incidents.findings import told_at
from zhigan.incidents.shelf import Shelf
from zhigan.registry import api as registry_api
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import INSTALL_ROLES, Role

IMEI = "490154203237518"


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
        await history.prepare(conn, hand_clock.micros())
    given = {"shelf": Shelf(tmp_path / "files"), "importable": {}}
    return Web(pool, hand_clock, [*api.handlers, *registry_api.handlers], tmp_path, given)


@pytest.fixture
async def site(web: Web) -> dict[str, str]:
    return await school(web)


@pytest.fixture
async def installer(web: Web, site: dict[str, str]) -> httpx.AsyncClient:
    return await web.person("安装员甲", Role.INSTALLER, "unit:U1")


def fresh() -> str:
    """As a phone makes an id."""
    return str(UUID(bytes=secrets.token_bytes(16), version=4))


def job(site: dict[str, str], code: str = IMEI, **more: object) -> dict[str, object]:
    return {"code": code, "unit_id": site["unit"], "type": "smoke", "gateway": "ctwing", **more}


def whole(site: dict[str, str], web: Web, **more: object) -> dict[str, object]:
    return job(site, place="厨房", lon=114.98, lat=27.11, pressed_at=web.clock.now().isoformat(), **more)


async def put(client: httpx.AsyncClient, id_: object, body: dict[str, object], status: int = 200) -> dict[str, Any]:
    answer = await client.put(f"/installation/jobs/{id_}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def heard(web: Web, device: str) -> None:
    async with web.pool.acquire() as conn:
        await conn.execute(
            "insert into history.signal (received_at, at, device, kind, flags, conditions, known, operations) "
            "select $2, $2, number, 1, 0, $3, -1, 0 from registry.device where id = $1::uuid",
            device, web.clock.now(), int(Condition.FIRE),
        )  # fmt: skip


async def test_from_the_box_into_service(web: Web, installer: httpx.AsyncClient, site: dict[str, str]) -> None:
    admin = await web.person("office", Role.OPERATOR)
    project = await made(admin, "/installation/projects", {
        "name": "青原小学感烟", "unit_id": site["unit"], "gateway": "ctwing", "type": "smoke", "planned": 2,
    })  # fmt: skip
    meant = (await installer.get("/installation/codes", params={"code": IMEI, "gateway": "ctwing"})).json()
    assert (meant["standing"], meant["code"]) == ("new", IMEI)
    id_, begun = fresh(), web.clock.now().isoformat()
    first = await put(installer, id_, job(site, project_id=project["id"], scanned_at=begun))
    assert first["missing"] == ["place", "position", "photo", "test"]
    again = await asyncio.gather(*(put(installer, id_, job(site, project_id=project["id"])) for _ in range(4)))
    assert {a["device_id"] for a in again} == {first["device_id"]}
    web.clock.advance(20)
    body = whole(site, web, project_id=project["id"], floor="3")
    pressed = await put(installer, id_, body)
    assert pressed["missing"] == ["photo", "signal"] and pressed["test_until"]
    tests = (await admin.get("/tests", params={"unit_id": site["unit"]})).json()["items"]
    assert [t["devices"] for t in tests] == [[first["device_id"]]]
    shot = await installer.post(f"/installation/jobs/{id_}/photo", files={"file": ("a.jpg", JPEG)})
    assert (shot.status_code, shot.json()["missing"]) == (201, ["signal"])
    web.clock.advance(8)
    await heard(web, first["device_id"])
    web.clock.advance(2)
    done = (await installer.post(f"/installation/jobs/{id_}/look")).json()
    assert (done["missing"], done["took_s"]) == ([], 30)
    device = (await admin.get(f"/devices/{first['device_id']}")).json()
    assert (device["state"], device["serial"], device["installer"], device["floor"]) == (
        "in_service", IMEI, "安装员甲", "3",
    )  # fmt: skip
    assert device["last_test_seen"] is not None
    assert await put(installer, id_, body) == done, "sent again, nothing happens"
    seen = (await installer.get(f"/installation/projects/{project['id']}")).json()
    assert (seen["done"], seen["begun"], seen["planned"]) == (1, 1, 2)
    assert [(i["name"], i["done"], i["today"], i["median_s"]) for i in seen["installers"]] == [("安装员甲", 1, 1, 30.0)]


async def test_work_kept_in_a_cellar_comes_in_one_piece(
    web: Web, installer: httpx.AsyncClient, site: dict[str, str]
) -> None:
    """The device was pressed, and heard, before the phone could tell."""
    admin = await web.person("office", Role.OPERATOR)
    device = await made(admin, "/devices", {
        "unit_id": site["unit"], "name": "待装", "type": "smoke", "gateway": "ctwing", "address": "deadbeef01",
        "serial": IMEI, "state": "delivered",
    })  # fmt: skip
    pressed = web.clock.now()
    await heard(web, device["id"])
    web.clock.advance(1800)
    id_ = fresh()
    body = job(
        site, place="配电间", lon=114.98, lat=27.11, scanned_at=pressed.isoformat(), pressed_at=pressed.isoformat()
    )
    told = await put(installer, id_, body)
    assert (told["device_id"], told["missing"]) == (device["id"], ["photo"]) and told["seen_at"]
    await installer.post(f"/installation/jobs/{id_}/photo", files={"file": ("a.jpg", JPEG)})
    after = (await admin.get(f"/devices/{device['id']}")).json()
    assert (after["state"], after["address"], after["name"]) == ("in_service", "deadbeef01", "待装")


async def test_wrong_and_taken_codes_are_refused_with_the_reason(
    web: Web, installer: httpx.AsyncClient, site: dict[str, str]
) -> None:
    admin = await web.person("office", Role.OPERATOR)
    for code, said in (
        ("12", "installation.code"), ("4901542 323751", "installation.code"),
        ("490154203237519", "installation.imei"),
        ("ABCD09260601ABCDEFGHI00101F", "installation.network"),
        ("ABCD01261301ABCDEFGHI00101F", "installation.date"),
    ):  # fmt: skip
        for answer in (
            await installer.get("/installation/codes", params={"code": code, "gateway": "ctwing"}),
            await installer.put(f"/installation/jobs/{fresh()}", json=job(site, code)),
        ):
            assert answer.status_code == 400, code
            assert answer.json()["errors"][0]["code"] == said, (code, answer.text)
    await put(installer, fresh(), job(site, place="三楼走廊"))
    taken = await installer.get("/installation/codes", params={"code": IMEI, "gateway": "ctwing"})
    assert (taken.status_code, taken.json()["code"]) == (409, "installation.there")
    assert taken.json()["params"] == {"where": "青原小学 三楼走廊"}
    other = await made(admin, "/units", {"code": "U9", "name": "别处", "premises": "other", "area_code": "360803"})
    elsewhere = {"name": "x", "type": "smoke", "gateway": "ctwing", "address": "abcdef99", "unit_id": other["id"]}
    await made(admin, "/devices", elsewhere)
    hidden = await installer.get("/installation/codes", params={"code": "abcdef99", "gateway": "ctwing"})
    assert (hidden.status_code, hidden.json()["code"]) == (409, "installation.outside")
    assert "别处" not in hidden.text


async def test_whose_work_it_is(web: Web, installer: httpx.AsyncClient, site: dict[str, str]) -> None:
    id_ = fresh()
    await put(installer, id_, job(site))
    other = await web.person("安装员乙", Role.INSTALLER, "unit:U1")
    assert (await put(other, id_, job(site), 409))["code"] == "installation.other"
    assert (await other.post(f"/installation/jobs/{id_}/look")).status_code == 404
    assert (await other.post(f"/installation/jobs/{id_}/photo", files={"file": ("a.jpg", JPEG)})).status_code == 404
    assert (await other.get("/installation/jobs")).json()["items"] == []
    for scope in OUTSIDE[:2]:
        outside = await web.person(f"o{secrets.token_hex(3)}", Role.INSTALLER, scope)
        assert (await outside.put(f"/installation/jobs/{fresh()}", json=job(site))).status_code == 404
        assert (await outside.get("/installation/projects")).json()["items"] == []
    for role in set(Role) - INSTALL_ROLES:
        person = await web.person(f"r-{role}", role)
        assert (await person.put(f"/installation/jobs/{fresh()}", json=job(site))).status_code == 403, role
    bad = await installer.post(f"/installation/jobs/{id_}/photo", files={"file": ("a.jpg", b"%PDF-1.7 x")})
    assert bad.status_code == 400


def test_a_code_is_read_from_what_boxes_carry() -> None:
    annex, today = "ABCD01260601ABCDEFGHI00101F", date(2026, 11, 30)
    assert rules.read_code(f" {annex}\nS/N 7", today) == annex
    assert str(rules.made_on(annex, today)) == "2026-06-01" and rules.made_on(IMEI, today) is None
    assert rules.read_code("https://119.example/d/abC-12345", today) == "abC-12345"
    assert rules.read_code(f"IMEI:{IMEI}", today) == IMEI
    for wrong, says in (("ABCD01261201ABCDEFGHI00101F", "date"), ("ABCD01260601ABCDEFGHI00101Z", "character 24")):
        with pytest.raises(rules.Refused, match=says):
            rules.read_code(wrong, today)


def test_a_phone_s_clock_is_believed_while_it_can_be(hand_clock: HandClock) -> None:
    now = hand_clock.now()
    given = [None, now - timedelta(hours=3), now - timedelta(days=8), now + timedelta(minutes=1)]
    assert [told_at(g, now) for g in given] == [now, given[1], now, now]
