"""`zhigan import`: dirt is told by line, good lines come in, running a file twice changes nothing."""

from pathlib import Path

import pytest

from support.web import PASSWORD, Web
from zhigan.access import importing as access_importing
from zhigan.registry import importing, store
from zhigan.vocabulary.roles import Role

UNITS = """code,name,premises,area_code,lon,lat,industry,community,tags,colour
U1,吉州实验小学,crowded,360802,114.99,27.11,education,360802001001,"key_unit;boarding_school",red
U2,青原医院,castle,360803,114.99,27.11,health,,,
U3,缺经度,other,360802,,27.11,,,,
U4,经度太大,other,360802,911,27.11,,,,
U5,文字经度,other,360802,东,27.11,,,,

U1,同一编号,other,360802,114.99,27.11,,,,
U6,路,road,360881,114.2,26.6,,,,
,无编号,road,360881,114.2,26.6,,,,
U7,多一格,road,360881,114.2,26.6,,,,,,x
U8,别处的社区,other,360803,114.99,27.11,,360802001001,,
"""
DEVICES = """unit_code,name,type,gateway,address,building,floor,place
U1,传输装置,transmission_device,gb26875,7903000000ab,1号楼,1,消防控制室
U1,探测器,smoke,gb26875,7903000000AB/1.1.40.1,1号楼,12,东侧走廊
U1,探测器,smoke,gb26875,7903000000ab/1.1.40.1,1号楼,12,重复
U9,没有单位,smoke,gb26875,7903000000AC,,,
U1,坏地址,smoke,gb26875,7903,,,
U1,坏类型,toaster,ctwing,D-77,,,
U6,独立烟感,smoke,ctwing,D-78,,,客厅
"""


async def run(web: Web, kind: str, text: str, folder: Path, encoding: str = "utf-8") -> tuple[int, list[str]]:
    path = folder / f"{kind}.csv"
    path.write_bytes(text.encode(encoding))
    said: list[str] = []
    module = access_importing if kind in access_importing.KINDS else importing
    async with web.pool.acquire() as conn:
        code = await module.run(kind, path, conn, web.clock, said.append)
    return code, said


def numbers(said: list[str]) -> list[int]:
    return [int(line.split()[1].rstrip(":")) for line in said if line.startswith("line ")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_units_with_dirt(web: Web, tmp_path: Path, encoding: str) -> None:
    code, said = await run(web, "units", UNITS, tmp_path, encoding)
    assert code == 1
    assert "unknown columns, not read: colour" in said
    assert numbers(said) == [3, 4, 5, 6, 8, 10, 11, 12]
    reasons = {int(s.split()[1].rstrip(":")): s for s in said if s.startswith("line ")}
    for number, word in (
        (3, "premises"),
        (4, "lon"),
        (5, "lon"),
        (6, "lon"),
        (8, "line 2"),
        (10, "code"),
        (11, "cells"),
    ):
        assert word in reasons[number], reasons[number]
    assert said[-1] == "units: 10 lines, 2 added, 0 changed, 0 as before, 8 bad"
    admin = await web.person("admin", Role.ADMIN)
    listed = (await admin.get("/units")).json()["items"]
    assert [(u["code"], u["name"], u["class"]) for u in listed] == [("U1", "吉州实验小学", "S1"), ("U6", "路", "S4")]


async def test_twice_changes_nothing_and_a_change_changes_what_it_names(web: Web, tmp_path: Path) -> None:
    await run(web, "units", UNITS, tmp_path)
    admin = await web.person("admin", Role.ADMIN)
    one = (await admin.get("/units?code=U1")).json()["items"][0]
    await admin.patch(f"/units/{one['id']}", json={"phone": "0796-8222119", "class": "S2"})
    before = (await admin.get(f"/units/{one['id']}")).json()
    web.clock.advance(60)
    code, said = await run(web, "units", UNITS, tmp_path)
    assert code == 1 and said[-1] == "units: 10 lines, 0 added, 0 changed, 2 as before, 8 bad"
    assert (await admin.get(f"/units/{one['id']}")).json() == before
    renamed = "code,name,premises,area_code\nU1,吉州小学,crowded,360802\n"
    code, said = await run(web, "units", renamed, tmp_path)
    assert code == 0 and said == ["units: 1 lines, 0 added, 1 changed, 0 as before, 0 bad"]
    after = (await admin.get(f"/units/{one['id']}")).json()
    assert after["name"] == "吉州小学" and after["phone"] == "0796-8222119" and after["class"] == "S2"
    assert after["community"] == "360802001001"


async def test_devices_with_dirt(web: Web, tmp_path: Path) -> None:
    await run(web, "units", UNITS, tmp_path)
    async with web.pool.acquire() as conn:
        at = web.clock.micros()
        seen = await store.discover(conn, [("gb26875", "7903000000AB/1.1.40.1", "smoke", "", at)])
    code, said = await run(web, "devices", DEVICES, tmp_path)
    assert code == 1 and numbers(said) == [4, 5, 6, 7]
    assert said[-1] == "devices: 7 lines, 1 added, 2 changed, 0 as before, 4 bad"
    admin = await web.person("admin", Role.ADMIN)
    listed = {d["address"]: d for d in (await admin.get("/devices")).json()["items"]}
    part = listed["7903000000AB/1.1.40.1"]
    assert part["id"] == seen[0].id and part["state"] == "in_service", "adopted, with its id"
    assert part["place"] == "1号楼 东侧走廊" and part["floor"] == "12"
    assert part["building_id"] == listed["7903000000AB"]["building_id"] is not None
    assert part["parent_id"] == listed["7903000000AB"]["id"]
    web.clock.advance(60)
    code, said = await run(web, "devices", DEVICES, tmp_path)
    assert code == 1 and said[-1] == "devices: 7 lines, 0 added, 0 changed, 3 as before, 4 bad"
    assert {d["address"]: d for d in (await admin.get("/devices")).json()["items"]} == listed


async def test_hydrants(web: Web, tmp_path: Path) -> None:
    text = (
        "code,name,lon,lat,area_code,pressure_mpa,state\n"
        "H1,远,114.9950,27.1100,360802,0.31,\nH2,近,114.9905,27.1100,360802,,\nH3,坏,114.9900,27.1100,360802,0.2,damaged\n"
        "H4,零,0,0,360802,0.2,\nH5,高压,114.99,27.11,360802,35,\n"
    )
    code, said = await run(web, "hydrants", text, tmp_path)
    assert code == 1 and numbers(said) == [5, 6]
    duty = await web.person("duty", Role.DUTY, "area:360802")
    near = (await duty.get("/hydrants", params={"near": "114.99,27.11", "limit": 5})).json()["items"]
    assert [(h["code"], h["pressure_mpa"]) for h in near] == [("H2", None), ("H1", 0.31)]
    assert 45 <= near[0]["distance_m"] <= 55 and 490 <= near[1]["distance_m"] <= 500
    assert [h["code"] for h in (await duty.get("/hydrants")).json()["items"]] == ["H1", "H2", "H3"]
    assert (await duty.get("/hydrants", params={"near": "here"})).status_code == 400
    elsewhere = await web.person("east", Role.DUTY, "area:360803")
    assert (await elsewhere.get("/hydrants", params={"near": "114.99,27.11"})).json()["items"] == []
    assert (await elsewhere.get(f"/hydrants/{near[0]['id']}")).status_code == 404
    code, said = await run(web, "hydrants", text, tmp_path)
    assert said[-1] == "hydrants: 5 lines, 0 added, 0 changed, 3 as before, 2 bad"


async def test_users(web: Web, tmp_path: Path) -> None:
    text = (
        "name,role,scope,phone,password\nanna,duty,area:360802,13800000000,correct horse 119\nbert,king,city,,\n"
        'carl,unit,"unit:U1",,\ndora,duty,planet:earth,,\nemil,duty,city,,short\n'
    )
    code, said = await run(web, "users", text, tmp_path)
    assert code == 1 and numbers(said) == [3, 5, 6]
    assert said[-1] == "users: 5 lines, 2 added, 0 changed, 0 as before, 3 bad"
    anna = web.client()
    assert (await anna.post("/login", json={"username": "anna", "password": PASSWORD})).status_code == 200
    assert (await anna.post("/login", json={"username": "carl", "password": ""})).status_code == 401
    code, said = await run(web, "users", text, tmp_path)
    assert said[-1] == "users: 5 lines, 0 added, 0 changed, 2 as before, 3 bad"


async def test_a_missing_column_or_file_loads_nothing(web: Web, tmp_path: Path) -> None:
    code, said = await run(web, "units", "code,name\nU1,x\n", tmp_path)
    assert code == 1 and said == ["units.csv: the columns premises, area_code are missing"]
    async with web.pool.acquire() as conn:
        assert await importing.run("units", tmp_path / "none.csv", conn, web.clock, said.append) == 1


async def test_a_district_s_nearest_are_its_own_beyond_all_others(web: Web, tmp_path: Path) -> None:
    rows = [f"N{n},,{114.9901 + n / 10_000},27.1100,360803,," for n in range(200)]
    rows += ["F1,,115.1000,27.1100,360802,,", "F2,,115.2000,27.1100,360802,,", "F3,,115.3,27.1,360802,,no_water"]
    await run(web, "hydrants", "\n".join(["code,name,lon,lat,area_code,pressure_mpa,state", *rows]) + "\n", tmp_path)
    asked = {"near": "114.99,27.11", "limit": 3}
    for scope, codes in {
        "area:360802": ["F1", "F2"],
        "area:360802,360803": ["N0", "N1", "N2"],
        "area:3608": ["N0", "N1", "N2"],
        "area:360802+firm:none": [],
    }.items():
        person = await web.person(scope, Role.DUTY, scope)
        assert [h["code"] for h in (await person.get("/hydrants", params=asked)).json()["items"]] == codes, scope
