"""By road: what is near by line may be far to drive; where no road is known it is said that the line was measured."""

import json
from pathlib import Path

import pytest

from support.web import Web
from zhigan.registry import roads, roads_importing
from zhigan.vocabulary.roles import Role

RIVER = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[114.98, 27.11], [114.98, 27.13]]}},
        {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": [
            [[114.983, 27.11], [114.983, 27.13]], [[114.98, 27.13], [114.983, 27.13]],
        ]}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [114.98, 27.11]}},
    ],
}  # fmt: skip
"""A bank on either side, and a bridge two kilometres up."""


async def loaded(web: Web, folder: Path, name: str, text: str) -> tuple[int, str]:
    path, said = folder / name, list[str]()
    path.write_text(text, encoding="utf-8")
    async with web.pool.acquire() as conn:
        code = await roads_importing.run("roads", path, conn, web.clock, said.append)
    return code, said[-1]


async def test_across_the_river_is_far_by_road(web: Web, tmp_path: Path) -> None:
    admin = await web.person("office", Role.ADMIN)
    for code, lon, lat in (("ACROSS", 114.983, 27.1101), ("ALONG", 114.98, 27.116), ("FIELD", 115.0, 27.11)):
        body = {"code": code, "lon": lon, "lat": lat, "area_code": "360802"}
        assert (await admin.post("/hydrants", json=body)).status_code == 201
    asked = {"near": "114.98,27.11", "limit": 3}

    async def seen() -> list[tuple[str, str, int]]:
        items = (await admin.get("/hydrants", params=asked)).json()["items"]
        return [(h["code"], h["distance_by"], h["distance_m"]) for h in items]

    by_line = await seen()
    assert [row[:2] for row in by_line] == [("ACROSS", "line"), ("ALONG", "line"), ("FIELD", "line")]
    code, said = await loaded(web, tmp_path, "river.geojson", json.dumps(RIVER))
    assert (code, said.partition(":")[0]) == (0, "roads")
    found = await seen()
    assert [row[:2] for row in found] == [("ALONG", "road"), ("ACROSS", "road"), ("FIELD", "line")]
    assert found[0][2] == pytest.approx(667, abs=20) and found[1][2] == pytest.approx(4750, abs=60)
    assert found[2] == by_line[2], "no road leads there: by line, and behind what a road reaches"
    duty = await web.person("duty", Role.DUTY, "area:360802")
    assert (await duty.get("/hydrants", params=asked)).json()["items"][0]["distance_by"] == "road"

    for name, text in (("x.csv", "a,b\n1,2\n"), ("y.geojson", "{"), ("z.csv", "from_lon,from_lat,to_lon,to_lat\n")):
        code, said = await loaded(web, tmp_path, name, text)
        assert code == 2 and said.startswith(name)
    assert await seen() == found, "a file that is wrong leaves the network that stands"
    edges = "from_lon,from_lat,to_lon,to_lat\n114.98,27.11,114.983,27.1101\n"
    assert (await loaded(web, tmp_path, "bridge.csv", edges))[0] == 0
    assert (await seen())[0][:2] == ("ACROSS", "road"), "the new network takes the place of the old one"


def test_pieces_are_short_and_ways_are_the_shortest() -> None:
    text = "from_lon,from_lat,to_lon,to_lat\n0,0,0.01,0\n0.01,0,0.01,0.01\n0,0,0.01,0.01\n"
    pieces = roads.read("x", text.encode())
    assert max(p.metres for p in pieces) <= roads.LONGEST_M
    ways = roads.ways(pieces, (0, 0), {"corner": (0.01, 0.01), "nowhere": (0.5, 0.5)})
    assert ways == {"corner": pytest.approx(roads.apart((0, 0), (0.01, 0.01)), rel=0.001)}
    assert roads.ways([], (0, 0), {"corner": (0.01, 0.01)}) == {}
