"""Imports as jobs: checked without a trace, then taken once, within the scope; lists that come back unchanged."""

import asyncio

import httpx
import pytest

from registry.conftest import KINDS
from support.taken import unmarked
from support.web import Web
from zhigan.registry import imports, spelling, store
from zhigan.vocabulary.roles import Role

HEAD = "code,name,premises,area_code,lon,lat,floor_area_m2,need_detectors\n"
UNITS = HEAD + "U1,吉州实验小学,crowded,360802,114.99,27.11,5200,40\nU2,坏类别,castle,360802,114.99,27.11,,\n"


def worker(web: Web) -> imports.Worker:
    return imports.Worker(web.pool, web.clock, KINDS)


async def put_down(client: httpx.AsyncClient, kind: str, text: str, encoding: str = "utf-8") -> dict:
    answer = await client.post(f"/imports/{kind}", files={"file": (f"{kind}.csv", text.encode(encoding), "text/csv")})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def taken(web: Web, client: httpx.AsyncClient, kind: str, text: str) -> dict:
    """Put down, checked, started, taken."""
    job = await put_down(client, kind, text)
    await worker(web).work()
    assert (await client.post(f"/imports/{job['id']}/start")).status_code == 200
    await worker(web).work()
    return (await client.get(f"/imports/{job['id']}")).json()


def told(job: dict) -> tuple[str, int, int, int]:
    return job["state"], job["added"], job["changed"], job["bad"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
async def test_a_file_is_checked_without_a_trace_and_then_taken(web: Web, encoding: str) -> None:
    anna = await web.person("anna", Role.OPERATOR, "area:360802")
    job = await put_down(anna, "units", UNITS.replace("lat,", "lat,colour,").replace("27.11,", "27.11,red,"), encoding)
    assert job["state"] == "checking" and job["columns"]["unknown"] == ["colour"] and job["lines"] == 2
    assert job["columns"]["sample"][1][1] == "吉州实验小学"
    await worker(web).work()
    checked = (await anna.get(f"/imports/{job['id']}")).json()
    assert told(checked) == ("checked", 1, 0, 1) and checked["done"] == checked["entries"] == 2
    assert (await anna.get("/units")).json()["items"] == [], "nothing was changed by looking"
    bad = (await anna.get(f"/imports/{job['id']}/bad")).json()["items"]
    assert [b["line"] for b in bad] == [3] and bad[0]["reason"].startswith("premises: one of")
    assert (await anna.post(f"/imports/{job['id']}/start")).json()["state"] == "importing"
    assert (await anna.post(f"/imports/{job['id']}/start")).status_code == 409, "once"
    await worker(web).work()
    assert told((await anna.get(f"/imports/{job['id']}")).json()) == ("done", 1, 0, 1)
    [unit] = (await anna.get("/units")).json()["items"]
    assert unit["floor_area_m2"] == 5200 and unit["need_detectors"] == 40 and unit["need_water"] is None
    sheet = (await anna.get(f"/imports/{job['id']}/bad.csv")).content.decode("utf-8-sig").splitlines()
    assert sheet[0].startswith("line,reason,code,name") and sheet[1].startswith("3,") and "坏类别" in sheet[1]
    auditor = await web.person("carl", Role.AUDITOR)
    trail = (await auditor.get("/audit?action=units.imported")).json()["items"]
    assert [(t["name"], t["detail"]["added"]) for t in trail] == [("anna", 1)]


async def test_a_restart_neither_loses_nor_repeats_a_line(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 2)
    anna = await web.person("anna", Role.OPERATOR)
    lines = "".join(f"N{n},单位{n},other,360802,114.9,27.1,,\n" for n in range(7))
    job = await put_down(anna, "units", HEAD + lines + "N0,重复,other,360802,,,,\n")
    await worker(web).work()
    await anna.post(f"/imports/{job['id']}/start")

    class Dies(imports.Worker):
        batches = 0

        async def _batch(self, job, kind, entries, at) -> None:
            if self.batches == 2:
                raise asyncio.CancelledError
            self.batches += 1
            await super()._batch(job, kind, entries, at)

    with pytest.raises(asyncio.CancelledError):
        await Dies(web.pool, web.clock, KINDS).work()
    half = (await anna.get(f"/imports/{job['id']}")).json()
    assert (half["state"], half["done"], half["entries"], half["added"]) == ("importing", 4, 7, 4)
    await worker(web).work()
    assert told((await anna.get(f"/imports/{job['id']}")).json()) == ("done", 7, 0, 1)
    async with web.pool.acquire() as conn:
        created = await conn.fetchval("select count(*) from registry.unit")
    assert created == 7


async def test_what_lies_outside_the_scope_is_a_bad_line(web: Web) -> None:
    admin = await web.person("admin", Role.ADMIN)
    east = await web.person("east", Role.OPERATOR, "area:360803")
    assert told(await taken(web, admin, "units", UNITS))[:2] == ("done", 1)
    mine = HEAD + "U1,改名,crowded,360803,114.99,27.11,,\nE1,青原,other,360803,,,,\nW1,吉州,other,360802,,,,\n"
    job = await taken(web, east, "units", mine)
    assert told(job) == ("done", 1, 0, 2)
    reasons = {b["line"]: b["reason"] for b in (await east.get(f"/imports/{job['id']}/bad")).json()["items"]}
    assert reasons[2].startswith("code: ") and reasons[4].startswith("area_code: ")
    devices = "unit_code,name,type,gateway,address\nU1,烟感,smoke,ctwing,D-1\nE1,烟感,smoke,ctwing,D-2\n"
    assert told(await taken(web, east, "devices", devices)) == ("done", 1, 0, 1)
    contacts = "unit_code,role,name,phone\nU1,owner,甲,13800000000\nE1,owner,乙,13800000001\nE1,king,丙,1\n"
    assert told(await taken(web, east, "contacts", contacts)) == ("done", 1, 0, 2)
    hydrants = "code,lon,lat,area_code\nH1,114.9,27.1,360802\nH2,114.9,27.1,360803\n"
    assert told(await taken(web, east, "hydrants", hydrants)) == ("done", 1, 0, 1)
    assert (await admin.get("/units?code=U1")).json()["items"][0]["name"] == "吉州实验小学"


async def test_whose_import_it_is_and_who_may(web: Web) -> None:
    anna = await web.person("anna", Role.OPERATOR)
    bert = await web.person("bert", Role.OPERATOR)
    duty = await web.person("duty", Role.DUTY)
    sheet = {"file": ("u.csv", UNITS.encode(), "text/csv")}
    assert (await duty.post("/imports/units", files=sheet)).status_code == 403
    assert (await anna.post("/imports/users", files=sheet)).status_code == 403
    assert (await anna.post("/imports/tigers", files=sheet)).status_code == 404
    refused = await anna.post("/imports/units", files={"file": ("u.csv", b"code,name\nU1,x\n", "text/csv")})
    assert refused.status_code == 400 and "premises" in refused.json()["errors"][0]["expected"]
    job = await put_down(anna, "units", UNITS)
    for method, path in (("GET", ""), ("POST", "/start"), ("GET", "/bad"), ("GET", "/bad.csv"), ("DELETE", "")):
        assert (await bert.request(method, f"/imports/{job['id']}{path}")).status_code == 404, path
    assert (await bert.get("/imports")).json()["items"] == []
    assert [j["id"] for j in (await anna.get("/imports")).json()["items"]] == [job["id"]]
    assert (await anna.delete(f"/imports/{job['id']}")).status_code == 204
    assert (await anna.get(f"/imports/{job['id']}")).json()["state"] == "cancelled"
    await worker(web).work()
    assert (await anna.post(f"/imports/{job['id']}/start")).status_code == 409
    kinds = [k["kind"] for k in (await anna.get("/imports/kinds")).json()["items"]]
    assert kinds == ["units", "devices", "hydrants", "contacts", "grids", "grid_workers"]


async def test_an_account_that_loses_its_role_loses_its_import(web: Web) -> None:
    anna = await web.person("anna", Role.OPERATOR)
    job = await put_down(anna, "units", UNITS)
    await worker(web).work()
    await anna.post(f"/imports/{job['id']}/start")
    async with web.pool.acquire() as conn:
        await conn.execute("update access.account set role = 'duty' where name = 'anna'")
    await worker(web).work()
    admin = await web.person("admin", Role.ADMIN)
    standing = (await admin.get(f"/imports/{job['id']}")).json()
    assert standing["state"] == "failed" and standing["failure"] and standing["added"] == 0
    assert (await admin.get("/units")).json()["items"] == []


async def test_accounts_come_within_what_the_giver_may_give(web: Web) -> None:
    admin = await web.person("admin", Role.ADMIN, "area:360802")
    text = (
        "name,role,scope,password\nanna,duty,area:360802,correct horse 119\nbert,duty,city,\n"
        "carl,auditor,area:360802,\nadmin,duty,area:360802,\n"
    )
    job = await taken(web, admin, "users", text)
    assert told(job) == ("done", 1, 0, 3)
    assert (await admin.get(f"/imports/{job['id']}/bad.csv")).status_code == 404, "it held passwords: it is gone"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-bom", "gb18030"])
async def test_a_list_that_comes_back_changes_nothing(web: Web, encoding: str) -> None:
    admin = await web.person("admin", Role.ADMIN)
    new = {"code": "U1", "name": "=老店", "premises": "crowded", "area_code": "360802", "lon": 114.9, "lat": 27.1}
    more = {"tags": ["heritage", "key_unit"], "class": "S2", "circuits": 12, "surveyed_on": "2020-05-01"}
    unit = (await admin.post("/units", json={**new, **more})).json()
    building = await admin.post(f"/units/{unit['id']}/buildings", json={"code": "1", "name": "1号楼"})
    where = {"unit_id": unit["id"], "building_id": building.json()["id"], "floor": "3", "place": "东 侧", "maker": "甲"}
    part = {"name": "烟感", "type": "smoke", "gateway": "ctwing", "address": "D-1", **where}
    device = (await admin.post("/devices", json=part)).json()
    await admin.patch(f"/devices/{device['id']}", json={"state": "suspended", "why": "装修"})
    async with web.pool.acquire() as conn:
        await store.discover(conn, [("ctwing", "D-2", "smoke", "走廊", web.clock.micros())])
    await admin.post(f"/units/{unit['id']}/contacts", json={"role": "owner", "name": "甲", "phone": "+86 796 8222119"})
    await admin.post("/hydrants", json={"code": "H1", "lon": 114.9, "lat": 27.1, "area_code": "360802"})
    lists = {kind: (await admin.get(f"/{kind}")).json() for kind in ("units", "devices", "hydrants", "contacts")}
    web.clock.advance(60)
    for kind, before in lists.items():
        sheet = await admin.get(f"/export/{kind}?encoding={encoding}")
        text = sheet.content.decode(encoding.removesuffix("-bom")).removeprefix("\ufeff")
        assert len(unmarked(text)) == len(before["items"]) + 1
        assert told(await taken(web, admin, kind, text)) == ("done", 0, 0, 0), kind
        assert (await admin.get(f"/{kind}")).json() == before, kind


async def test_a_list_holds_what_the_scope_and_the_filters_hold(web: Web) -> None:
    admin = await web.person("admin", Role.ADMIN)
    lines = "".join(f"N{n},单位{n},other,{area},,,,\n" for n, area in enumerate(("360802", "360802", "360803")))
    await taken(web, admin, "units", HEAD + lines)
    east = await web.person("east", Role.UNIT, "area:360803")
    assert len(unmarked((await east.get("/export/units")).text)) == 2
    assert len(unmarked((await admin.get("/export/units?q=danwei1")).text)) == 2
    assert len(unmarked((await admin.get("/export/units?area=360802")).text)) == 3
    assert (await admin.get("/export/tigers")).status_code == 404
    assert (await admin.get("/export/units?encoding=ebcdic")).status_code == 400


async def test_a_file_keeps_the_order_and_the_columns_of_the_list(web: Web) -> None:
    admin = await web.person("admin", Role.ADMIN)
    lines = "".join(f"N{n},单位{9 - n},other,360802,,,,\n" for n in range(5))
    await taken(web, admin, "units", HEAD + lines)
    unit = (await admin.get("/units?q=N0")).json()["items"][0]
    for n in range(3):
        part = {"unit_id": unit["id"], "name": f"烟感{n}", "type": "smoke", "gateway": "ctwing", "address": f"D{n}"}
        made = (await admin.post("/devices", json=part)).json()
    await admin.patch(f"/devices/{made['id']}", json={"state": "retired", "why": "拆除"})

    async def file(question: str) -> list[str]:
        answer = await admin.get(f"/export/{question}&encoding=utf-8")
        assert answer.status_code == 200, answer.text
        return unmarked(answer.text)

    assert await file("units?sort=-name&columns=code,grading_class") == ["code,grading_class"] + [
        f"N{n},S4" for n in range(5)
    ]
    assert [line[:2] for line in await file("units?sort=name&columns=code")][1:] == [f"N{n}" for n in (4, 3, 2, 1, 0)]
    seen = await file("devices?sort=-number&columns=name,unit_name,state,conditions")
    listed = (await admin.get("/devices?sort=-number")).json()["items"]
    assert seen[1:] == [f"{d['name']},{d['unit_name']},{d['state']},{d['condition']}" for d in listed]
    assert len(seen) == 4, "what is retired stands on the page, so it stands in the file as seen"
    assert len(await file("devices?sort=number")) == 3, "the form of the import holds what lives"
    for kind in ("units", "devices", "hydrants", "contacts", "organisations", "key-parts"):
        for asked, field in (("sort=colour", "sort"), ("columns=colour", "columns")):
            refused = await admin.get(f"/export/{kind}?{asked}")
            assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == field


async def test_names_from_before_pinyin_are_spelled(web: Web) -> None:
    admin = await web.person("admin", Role.ADMIN)
    unit = await admin.post("/units", json={"code": "U", "name": "x", "premises": "other", "area_code": "360802"})
    where = {"unit_id": unit.json()["id"], "type": "smoke", "gateway": "ctwing"}
    for n in range(3):
        await admin.post("/devices", json={**where, "name": f"仓库烟感{n}", "address": f"D-{n}"})
    async with web.pool.acquire() as conn:
        await conn.execute("update registry.device set pinyin = null")
    assert (await admin.get("/devices?q=ckyg1")).json()["items"] == []
    assert await spelling.spell(web.pool) == 3 and await spelling.spell(web.pool) == 0
    for q in ("ckyg1", "cangku", "仓库烟感1", "D-1"):
        assert "D-1" in [d["address"] for d in (await admin.get("/devices", params={"q": q})).json()["items"]], q


async def test_every_reason_of_a_bad_line_has_a_code(web: Web) -> None:
    """The page says them in the reader's language."""
    admin = await web.person("admin", Role.ADMIN)
    text = (
        "code,name,premises,area_code,lon,lat,occupants,tags\nA,a,castle,1,1,,x,cat\nA,b,other,360802,,,,\n"
        'A,c,other,360802,,,,,,,,x\nB,"d,other,360802\nC,e,other,360802,914,95,-1,\nD d,f,other,360802,0,0,,\n'
    )
    job = await put_down(admin, "units", text)
    await worker(web).work()
    devices = "unit_code,name,type,gateway,address\nX,a,smoke,ctwing,D-1\nX,a,cat,gb26875,zz\n"
    other = await put_down(admin, "devices", devices)
    await worker(web).work()
    for each in (job, other):
        lines = (await admin.get(f"/imports/{each['id']}/bad")).json()["items"]
        assert lines
        for line in lines:
            for error in line["errors"]:
                assert error["code"], (line["line"], error)


async def test_what_appeared_by_itself_is_adopted_with_all_behind_it(web: Web) -> None:
    operator = await web.person("anna", Role.OPERATOR)
    west = await web.person("west", Role.INSTALLER, "area:360802")
    unit = (
        await operator.post("/units", json={"code": "U", "name": "校", "premises": "other", "area_code": "360802"})
    ).json()
    async with web.pool.acquire() as conn:
        root = "790300000001"
        at = web.clock.micros()
        await store.discover(conn, [("gb26875", f"{root}/1.1.40.{n}", "smoke", f"{n}层", at) for n in range(3)])
        await store.discover(conn, [("ctwing", "D-9", "smoke", "", at)])
    assert (await west.get("/devices/discovered")).json()["items"] == [], "without a unit nobody but the city sees it"
    listed = (await operator.get("/devices/discovered?alone=true")).json()["items"]
    assert [(d["address"], d["parts"]) for d in listed] == [("D-9", 0), (root, 3)]
    none = await operator.post("/devices/adopt", json={"items": [{"id": listed[0]["id"]}]})
    assert none.json()["adopted"] == [] and none.json()["refused"][0]["errors"][0]["code"] == "device.unit_first"
    body = {"items": [{"id": listed[1]["id"], "unit_id": unit["id"], "name": "控制室装置"}], "parts": True}
    done = (await operator.post("/devices/adopt", json=body)).json()
    assert len(done["adopted"]) == 4 and done["refused"] == []
    mine = {d["address"]: d for d in (await west.get("/devices")).json()["items"]}
    assert {d["unit_id"] for d in mine.values()} == {unit["id"]} and {d["state"] for d in mine.values()} == {
        "in_service"
    }
    assert mine[root]["name"] == "控制室装置" and mine[f"{root}/1.1.40.2"]["name"] == "2层"
    again = (await operator.post("/devices/adopt", json=body)).json()
    assert again["adopted"] == [] and again["refused"][0]["errors"][0]["code"] == "sheet.adopted"
