"""Grids of a community, the units in each, and the telephones of those who look after them."""

from pathlib import Path

from registry.test_importing import numbers, run
from support.web import Web
from zhigan.vocabulary.roles import Role

HERE = "360802001001"
UNIT = {"premises": "other", "area_code": "360802", "lon": 114.99, "lat": 27.11, "community": HERE}
GRIDS = f"""code,name,community,bounds,person,phone
G1,一网格,{HERE},东至井冈山大道,王网格,13900000001
G2,二网格,{HERE},,,
G3,别处,360802999999,,,
,无编码,{HERE},,,
"""
WORKERS = """grid_code,name,phone,post,order
G1,李一,13900000002,网格员,1
G1,李二,13900000003,,2
G9,无网格,13900000004,,
G1,坏号码,不是号码,,
"""


async def test_a_community_manager_looks_after_the_grids_and_nobody_else_s(web: Web) -> None:
    """Grids, units in bulk, people, numbers verified; the neighbouring community sees nothing of it."""
    admin = await web.person("admin", Role.ADMIN)
    houses = [(await admin.post("/units", json={"code": f"H{n}", "name": f"{n}栋", **UNIT})).json() for n in (1, 2, 3)]
    mine = await web.person("mine", Role.COMMUNITY, f"community:{HERE}")
    other = await web.person("other", Role.COMMUNITY, "community:360802001002")
    new = {"code": "G1", "name": "一网格", "community": HERE, "bounds": "东至井冈山大道", "person": "王网格"}
    assert (await other.post("/grids", json=new)).status_code == 404
    made = await mine.post("/grids", json=new)
    assert made.status_code == 201, made.text
    grid = made.json()["id"]
    assert (made.json()["area_code"], made.json()["community_name"] != "") == ("360802", True)
    moved = await mine.post(f"/grids/{grid}/units", json={"add": [houses[0]["id"], houses[1]["id"]]})
    assert (moved.json()["changed"], moved.json()["grid"]["units"]) == (2, 2)
    again = await mine.post(f"/grids/{grid}/units", json={"add": [houses[0]["id"]], "remove": [houses[1]["id"]]})
    assert (again.json()["changed"], again.json()["grid"]["units"]) == (1, 1)
    assert [u["code"] for u in (await mine.get(f"/grids/{grid}/units")).json()["items"]] == ["H1"]
    worker = await web.person("worker", Role.GRID, "grid:G1")
    assert [u["code"] for u in (await worker.get("/units")).json()["items"]] == ["H1"], "and it is his at once"

    last = await mine.post(f"/organisations/{grid}/members", json={"name": "李一", "phone": "13900000002"})
    assert last.json()["phone"] == "139****0002"
    one = last.json()["id"]
    assert (await mine.delete(f"/members/{one}")).status_code == 409, "somebody must be called"
    seen = (await mine.post(f"/members/{one}/verify")).json()
    assert seen["verified_by"] == "mine"
    changed = (await mine.patch(f"/members/{one}", json={"phone": "139****0002", "order": 2})).json()
    assert changed["verified_at"] is not None, "the same number, as it was read"
    changed = (await mine.patch(f"/members/{one}", json={"phone": "13900000005"})).json()
    assert changed["verified_at"] is None
    for method, path in (("GET", f"/grids/{grid}"), ("POST", f"/members/{one}/verify"), ("DELETE", f"/members/{one}")):
        assert (await other.request(method, path)).status_code == 404
    assert (await other.post(f"/grids/{grid}/units", json={"add": []})).status_code == 404
    assert (await other.get("/grids")).json()["items"] == []
    assert (await mine.patch(f"/grids/{grid}", json={"retired": True})).status_code == 409
    assert (await mine.post(f"/grids/{grid}/units", json={"remove": [houses[0]["id"]]})).json()["changed"] == 1
    assert (await mine.patch(f"/grids/{grid}", json={"retired": True})).status_code == 200


async def test_grids_and_workers_from_a_sheet(web: Web, tmp_path: Path) -> None:
    code, said = await run(web, "grids", GRIDS, tmp_path)
    assert (code, numbers(said), said[-1]) == (1, [4, 5], "grids: 4 lines, 2 added, 0 changed, 0 as before, 2 bad")
    code, said = await run(web, "grid_workers", WORKERS, tmp_path)
    assert (numbers(said), said[-1]) == ([4, 5], "grid_workers: 4 lines, 2 added, 0 changed, 0 as before, 2 bad")
    for kind, text in (("grids", GRIDS), ("grid_workers", WORKERS)):
        _, said = await run(web, kind, text, tmp_path)
        assert said[-1] == f"{kind}: 4 lines, 0 added, 0 changed, 2 as before, 2 bad", "twice changes nothing"
    _, said = await run(web, "grid_workers", "grid_code,name,phone\nG1,李一,13900000009\n", tmp_path)
    assert "1 changed" in said[-1]


SQUARE = [[114.98, 27.10], [115.00, 27.10], [115.00, 27.12], [114.98, 27.12], [114.98, 27.10]]


async def test_a_place_lies_in_the_grid_whose_boundary_holds_it(web: Web) -> None:
    mine = await web.person("mine", Role.COMMUNITY, f"community:{HERE}")
    new = {"code": "G1", "name": "一网格", "community": HERE, "shape": {"type": "Polygon", "coordinates": [SQUARE]}}
    made = await mine.post("/grids", json=new)
    assert made.status_code == 201, made.text
    grid = made.json()
    assert grid["shape"]["coordinates"] == [SQUARE]
    inner = [[114.985, 27.105], [114.99, 27.105], [114.99, 27.11]]
    small = {**new, "code": "G2", "name": "二网格", "shape": {"type": "Polygon", "coordinates": [inner]}}
    assert (await mine.post("/grids", json=small)).status_code == 201
    for lon, lat, code in ((114.995, 27.115, "G1"), (114.989, 27.107, "G2")):
        assert (await mine.get("/grids/at", params={"lon": lon, "lat": lat})).json()["code"] == code
    assert (await mine.get("/grids/at", params={"lon": 115.2, "lat": 27.11})).status_code == 404
    other = await web.person("other", Role.COMMUNITY, "community:360802001002")
    assert (await other.get("/grids/at", params={"lon": 114.995, "lat": 27.115})).status_code == 404
    bow = [[0.0, 0.0], [0.01, 0.01], [0.01, 0.0], [0.0, 0.01]]
    line = [[0.0, 0.0], [0.01, 0.01], [0.02, 0.02]]
    for coordinates, code in (
        ([bow], "crossing"), ([line], "crossing"), ([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]], "span"),
        ([SQUARE, SQUARE], "ring"), ([[[200.0, 0.0], *SQUARE]], "ring"), ([SQUARE[:2]], "ring"),
    ):  # fmt: skip
        shape = {"type": "Polygon", "coordinates": coordinates}
        answer = await mine.patch(f"/grids/{grid['id']}", json={"shape": shape})
        assert (answer.status_code, answer.json()["code"]) == (400, f"grid.{code}"), coordinates
    assert (await mine.patch(f"/grids/{grid['id']}", json={"shape": None})).json()["shape"] is None
    assert (await mine.get("/grids/at", params={"lon": 114.995, "lat": 27.115})).status_code == 404
