"""A gauge speaks for its hydrant: what it measures stands on it, and who looks for water is not sent to a dry one."""

from datetime import timedelta

import httpx
import pytest

from support.city import City
from support.site import Point, Unit
from zhigan.desks.hydrants import worker
from zhigan.protocols.gb26875 import Analog
from zhigan.registry import hydrants
from zhigan.vocabulary.roles import Role
from zhigan.webapi.database import Database

HERE = {"lon": 114.99, "lat": 27.11, "area_code": "360802"}
MPA = 4
"""The standard's analog type: pressure in tenths of a MPa."""


async def measures(point: Point, tenths: int) -> None:
    unit = point.unit
    await unit.says(Analog(1, 1, 0, point.number, MPA, tenths, unit.device.believes()))
    await unit.city.passes(seconds=5)


async def known(who: httpx.AsyncClient, code: str) -> dict:
    return next(h for h in (await who.get("/hydrants")).json()["items"] if h["code"] == code)


@pytest.fixture
async def gauge(city: City) -> Point:
    unit: Unit = await city.unit("城区供水")
    return await unit.has("water_pressure", "人民路消火栓水压")


async def test_what_a_gauge_says_stands_on_the_hydrant(city: City, gauge: Point) -> None:
    await city.asks("/hydrants", {**HERE, "code": "H1", "gauge": gauge.address, "kind": "地上式"})
    await city.asks("/hydrants", {**HERE, "code": "H2", "lat": 27.12})
    who, db = await city.person(), Database(city.web.pool)
    near = {"near": "114.99,27.11"}

    await measures(gauge, 3)
    assert await worker.settle(db, city.clock, timedelta(hours=1)) == 1
    first = await known(who, "H1")
    assert (first["now"], first["pressure_mpa"], first["kind"]) == ("usable", 0.3, "above")
    assert await worker.settle(db, city.clock, timedelta(hours=1)) == 0, "nothing was heard since"

    await measures(gauge, 0)
    dry = await known(who, "H1")
    assert (dry["state"], dry["now"]) == ("usable", "no_water")
    assert [h["code"] for h in (await who.get("/hydrants", params=near)).json()["items"]] == ["H2"]
    assert [h["code"] for h in (await who.get("/hydrants", params={"state": "no_water"})).json()["items"]] == ["H1"]

    await city.passes(minutes=1)
    await measures(gauge, 4)
    assert await worker.settle(db, city.clock, timedelta(hours=1)) == 1
    again = await known(who, "H1")
    assert (again["now"], again["pressure_mpa"]) == ("usable", 0.4)
    assert [h["code"] for h in (await who.get("/hydrants", params=near)).json()["items"]] == ["H1", "H2"]


async def test_which_gauge_and_whose(city: City, gauge: Point) -> None:
    made = await city.asks("/hydrants", {**HERE, "code": "H1", "gauge": gauge.address})
    refused = await city.asks("/hydrants", {**HERE, "code": "H2", "gauge": gauge.address}, status=400)
    assert "H1" in str(refused)
    await city.asks("/hydrants", {**HERE, "code": "H2", "gauge": "nobody"}, status=400)
    admin = await city.person(Role.ADMIN)
    moved = await admin.patch(f"/hydrants/{made['id']}", json={"lat": 27.111})
    assert (moved.json()["gauge"], moved.json()["lat"]) == (gauge.address, 27.111)
    freed = await admin.patch(f"/hydrants/{made['id']}", json={"gauge": None})
    assert (freed.json()["gauge"], freed.json()["device_id"]) == ("", None)
    await city.asks("/hydrants", {**HERE, "code": "H2", "gauge": gauge.address})


async def test_two_that_may_be_one_are_found(city: City) -> None:
    for code, lat in (("A", 27.11), ("B", 27.1101), ("C", 27.12), ("D", 27.11009)):
        await city.asks("/hydrants", {**HERE, "code": code, "lat": lat})
    who = await city.person()
    found = []
    cursor = None
    while True:
        page = (
            await who.get("/hydrants/doubled", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        found += [(p["one"]["code"], p["other"]["code"], p["metres"]) for p in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert found == [("A", "B", 11), ("A", "D", 10), ("B", "D", 1)]
    assert (await who.get("/hydrants/doubled", params={"within": 1000})).status_code == 400
    elsewhere = await city.web.person("elsewhere", Role.DUTY, "area:360803")
    assert (await elsewhere.get("/hydrants/doubled")).json()["items"] == []


def test_what_a_hydrant_gives_follows_from_its_flow_test() -> None:
    assert hydrants.able(0.6, 0.4, 20.0) == 31.6  # 20 · √((0.6 - 0.1) / (0.6 - 0.4))
    assert hydrants.able(0.09, 0.05, 5.0) == 0.0
    assert hydrants.able(None, 0.4, 20.0) is None
    assert hydrants.able(0.4, 0.4, 20.0) is None


@pytest.mark.parametrize(
    ("test", "field"),
    [
        ({"static_mpa": 0.4}, "flow_lps"),
        ({"static_mpa": 0.3, "residual_mpa": 0.4, "flow_lps": 10}, "residual_mpa"),
        ({"static_mpa": 9, "residual_mpa": 0.4, "flow_lps": 10}, "static_mpa"),
    ],
)
async def test_a_flow_test_that_cannot_be_is_refused(city: City, test: dict[str, float], field: str) -> None:
    said = await city.asks("/hydrants", {**HERE, "code": "H1", **test}, status=400)
    assert field in str(said)


async def test_a_gauge_that_still_measures_the_same_after_a_restart_is_not_normal(city: City, gauge: Point) -> None:
    await city.asks("/hydrants", {**HERE, "code": "H1", "gauge": gauge.address})
    who = await city.person()
    await measures(gauge, 0)
    assert (await known(who, "H1"))["now"] == "no_water"
    await city.restarts()
    await measures(gauge, 0)
    assert (await known(who, "H1"))["now"] == "no_water"
