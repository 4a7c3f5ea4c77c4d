"""Sheets of other houses: their encodings, units, zeros, doubled points and Chinese maps' coordinates, read as ours."""

import json
from typing import Any

import httpx
import pytest

from registry.conftest import KINDS
from support.web import Web
from zhigan.registry import foreign, imports
from zhigan.registry.foreign import ColumnRule, Mapping
from zhigan.vocabulary import gcj02
from zhigan.vocabulary.roles import Role
from zhigan.webapi import sheets

KOREA = (
    "시설번호,위도,경도,소재지도로명주소,사용가능여부,출수압력,배관지름\n"
    "4-1 014,35.41504115,129.0589521,양산시 상북면,Y,3.3,65\n"
    "4-1-015,35.41504118,129.0589522,양산시 상북면,Y,0,65\n"
    "4-1-016,,,양산시 상북면,N,3.1,65\n"
    "4-1-017,35.5,129.1,양산시 물금읍,N,0,DN100\n"
    "4-1-018,35.6,129.2,양산시 물금읍,?,삼,100\n"
)


def mapped(header: list[str], **more: Any) -> Mapping:
    return Mapping(fields=foreign.guessed(header, []), same={"area_code": "360802"}, **more)


async def settled(admin: httpx.AsyncClient, worker: imports.Worker, id_: str) -> dict[str, Any]:
    await worker.work()
    return (await admin.get(f"/imports/{id_}")).json()


async def test_a_sheet_in_cp949_is_looked_at_mapped_and_taken_with_every_bad_line_named(web: Web) -> None:
    admin = await web.person("office", Role.ADMIN)
    worker = imports.Worker(web.pool, web.clock, KINDS)
    file = {"file": ("경남.csv", KOREA.encode("cp949"), "text/csv")}
    look = (await admin.post("/imports/hydrants/look", files=file, data={"encoding": "cp949"})).json()
    assert look["columns"][0] == "시설번호" and look["sample"][0][3] == "양산시 상북면" and look["lines"] == 5
    assert look["fields"]["pressure_mpa"] == {"columns": ["출수압력"], "unit": "bar"}
    mapping = {
        "encoding": "cp949", "fields": look["fields"], "same": {"area_code": "360802"}, "code_prefix": "YS-",
        "apart_m": 2,
    }  # fmt: skip
    told = await admin.post("/imports/hydrants", files=file, data={"mapping": json.dumps(mapping)})
    assert told.status_code == 201, told.text
    assert told.json()["columns"]["sample"][1][0] == "YS-4-1-014", "the preview shows how it is read"
    job = await settled(admin, worker, told.json()["id"])
    assert (job["state"], job["added"], job["bad"]) == ("checked", 2, 3)
    await admin.post(f"/imports/{job['id']}/start")
    job = await settled(admin, worker, job["id"])
    assert (job["state"], job["added"], job["bad"]) == ("done", 2, 3)
    bad = (await admin.get(f"/imports/{job['id']}/bad")).json()["items"]
    assert [(b["line"], b["errors"][0]["code"]) for b in bad] == [
        (3, "sheet.doubled"), (4, "value.required"), (6, "sheet.got"),
    ]  # fmt: skip
    back = (await admin.get(f"/imports/{job['id']}/bad.csv")).content.decode("utf-8-sig")
    assert "4-1-016" in back and "양산시" in back, "as they came"
    one, other = (await admin.get("/hydrants", params={"sort": "code"})).json()["items"]
    assert (one["code"], one["pressure_mpa"], one["main_mm"], one["state"]) == ("YS-4-1-014", 0.33, 65, "usable")
    assert (other["pressure_mpa"], other["main_mm"], other["state"]) == (None, 100, "damaged"), "zero is unknown"
    feet = {"fields": {"code": {"columns": ["x"], "unit": "foot"}}}
    for wrong in ("{", *map(json.dumps, (feet, {**mapping, "apart_m": -1}, {**mapping, "encoding": "ebcdic"}))):
        assert (await admin.post("/imports/hydrants", files=file, data={"mapping": wrong})).status_code == 400
    assert (await admin.post("/imports/units", files=file, data={"mapping": json.dumps(mapping)})).status_code == 400
    duty = await web.person("duty", Role.DUTY)
    assert (await duty.post("/imports/hydrants/look", files=file)).status_code == 403


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_that_are_told_by_themselves(encoding: str) -> None:
    text = "编号,经度,纬度,水压(kPa)\n一号,114.98,27.11,310\n"
    header, lines = sheets.table("x", text.encode(encoding))
    made = mapped(header)
    names, found = foreign.translated(made, header, lines)
    values = dict(zip(names, found[0].cells, strict=True))
    assert (values["code"], values["pressure_mpa"], values["lon"]) == ("一号", "0.31", "114.98")


@pytest.mark.parametrize(
    ("field", "unit", "cell", "kept"),
    [
        ("pressure_mpa", "psi", "50", 0.3447), ("pressure_mpa", "bar", "3,5", 0.35),
        ("pressure_mpa", "mH2O", "30", 0.2942),
        ("diameter_mm", "inch", "4", 102), ("main_mm", "mm", "DN150", 150), ("flow_lps", "gpm", "1000", 63.0902),
        ("flow_lps", "L/min", "900", 15),
    ],
)  # fmt: skip
def test_units_become_ours(field: str, unit: str, cell: str, kept: float) -> None:
    made = Mapping(fields={field: ColumnRule(["x"], unit)})
    _, [line] = foreign.translated(made, ["x"], [sheets.Line(2, (cell,))])
    assert float(line.cells[0]) == pytest.approx(kept, abs=0.001)


def test_coordinates_of_chinese_maps_are_put_where_they_are() -> None:
    """Three published pairs of both."""
    for lon, lat, there_lon, there_lat in (
        (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
        (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
        (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
    ):
        assert gcj02.from_wgs(lon, lat) == pytest.approx((there_lon, there_lat), abs=1e-9)
        assert gcj02.to_wgs(there_lon, there_lat) == pytest.approx((lon, lat), abs=1e-7)
    assert gcj02.from_wgs(16.83, 47.92) == (16.83, 47.92)
    made = Mapping(fields={"lon": ColumnRule(["x"]), "lat": ColumnRule(["y"])}, coordinates="gcj02")
    _, [line] = foreign.translated(made, ["x", "y"], [sheets.Line(2, ("116.384047", "39.913345"))])
    assert [round(float(cell), 5) for cell in line.cells] == [116.37782, 39.91195]
