"""The map over HTTP: what stands where, filters, and that nothing of it exists outside one's scope."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from desks.map.test_mvt import decode
from support.happenings import incident_id, opened
from support.web import Web
from zhigan.desks.map import api, rules, store
from zhigan.desks.map.counting import FRESH_S, SETTLED_S, STALE_S, Base, Counting, Picture, Pyramid
from zhigan.desks.map.ground import Choice, outlines
from zhigan.desks.map.model import Asked, Box, Counts, Show
from zhigan.desks.map.mvt import Value
from zhigan.incidents.store import apply
from zhigan.registry import api as registry_api
from zhigan.registry import places
from zhigan.registry.importing import CHOICE
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.app import BASE
from zhigan.webapi.principal import COMMAND_LINE
from zhigan.webapi.sheets import Entry, Line

LON, LAT = 114.98, 27.11
CITY = Box(113, 25, 117, 29)
OUTSIDE = [
    "area:360803", "area:3609", "industry:health", "community:360802001002", "grid:G2", "unit:U2", "station:S2",
    "firm:F2", "org:O2", "area:360802+industry:health",
]  # fmt: skip
INSIDE = ["city", "area:360802", "area:3608", "industry:education", "grid:G1", "unit:U1", "firm:F1", "station:S1"]


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
    choice = Choice("https://tiles.example/{z}/{x}/{y}", "GS(2026)0001号")
    return Web(pool, hand_clock, [*api.handlers, *registry_api.handlers], tmp_path, api.provided(choice))


@pytest.fixture
async def site(web: Web, hand_clock: HandClock) -> dict[str, str]:
    """A school and its building 300 m away, a device at each and one elsewhere, a hydrant, an incident."""
    admin = await web.person("admin", Role.ADMIN)

    async def made(path: str, body: dict[str, object]) -> str:
        answer = await admin.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    unit = await made("/units", {
        "code": "U1", "name": "第一中学", "premises": "crowded", "area_code": "360802", "lon": LON, "lat": LAT,
        "industry": "education", "community": "360802001001", "grid": "G1", "station": "S1", "firm": "F1", "org": "O1",
    })  # fmt: skip
    building = await made(f"/units/{unit}/buildings", {"code": "1", "name": "1号楼", "lon": LON + 0.003, "lat": LAT})
    part = {"unit_id": unit, "gateway": "ctwing"}
    ids = {
        "unit": unit,
        "at_unit": await made("/devices", {**part, "name": "甲", "type": "smoke", "address": "A"}),
        "at_building": await made(
            "/devices", {**part, "name": "乙", "type": "smoke", "address": "B", "building_id": building}
        ),
        "own": await made(
            "/devices", {**part, "name": "丙", "type": "heat", "address": "C", "lon": LON + 0.05, "lat": LAT}
        ),
    }
    header = ["code", "lon", "lat", "area_code", "community"]
    entry = CHOICE["hydrants"].form.fill(header, Line(2, ("H1", "114.981", "27.11", "360802", "360802001001")))
    assert isinstance(entry, Entry)
    async with web.pool.acquire() as conn, conn.transaction():
        await CHOICE["hydrants"].take(conn, [entry], hand_clock.now(), COMMAND_LINE)
        await apply(conn, [opened(1)], hand_clock.micros())
    return ids


def over(lon: float, lat: float, z: int) -> str:
    east, down = rules.project(lon, lat)
    return f"/map/tiles/{z}/{int(east * 2**z)}/{int(down * 2**z)}"


async def seen(client: httpx.AsyncClient, path: str, **question: str) -> list[dict[str, Value]]:
    answer = await client.get(path, params=question)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == api.TILE
    return [dict(point.tags) for _, points in decode(answer.content) for point in points]


async def put_in(web: Web, device: str, condition: Condition) -> None:
    async with web.pool.acquire() as conn:
        await conn.execute(
            "update registry.device_now set conditions = $2 "
            "where number = (select number from registry.device where id = $1::uuid)",
            device, int(condition),
        )  # fmt: skip


async def test_far_away_everything_is_counted_once(web: Web, site: dict[str, str]) -> None:
    anna = await web.person("anna", Role.DUTY)
    for z in range(rules.POINTS_FROM):
        counts = [tags["n"] for tags in await seen(anna, over(LON, LAT, z))]
        here = [lon for lon in (LON, LON + 0.003, LON + 0.05) if over(lon, LAT, z) == over(LON, LAT, z)]
        assert sum(int(n) for n in counts) == len(here), z
    assert await seen(anna, over(LON, LAT, 8), show="units") == [{"n": 1}]
    assert await seen(anna, over(LON, LAT, 8), show="hydrants") == [{"n": 1}]


async def test_near_each_thing_stands_where_it_is_and_leads_to_its_page(web: Web, site: dict[str, str]) -> None:
    anna = await web.person("anna", Role.DUTY)
    common = {"n": 1, "unit_id": site["unit"], "unit": "第一中学"}
    at_unit = await seen(anna, over(LON, LAT, 18))
    assert at_unit == [{**common, "id": site["at_unit"], "name": "甲"}]
    assert await seen(anna, over(LON + 0.003, LAT, 18)) == [{**common, "id": site["at_building"], "name": "乙"}]
    assert await seen(anna, over(LON + 0.05, LAT, 18)) == [{**common, "id": site["own"], "name": "丙"}]
    [unit] = await seen(anna, over(LON, LAT, 18), show="units")
    assert (unit["id"], unit["name"]) == (site["unit"], "第一中学")
    [hydrant] = await seen(anna, over(114.981, LAT, 18), show="hydrants")
    assert hydrant["name"] == "H1"


async def test_things_at_one_place_are_one_mark_with_their_unit(web: Web, site: dict[str, str]) -> None:
    admin = await web.person("again", Role.ADMIN)
    body = {"unit_id": site["unit"], "gateway": "ctwing", "name": "丁", "type": "smoke", "address": "D"}
    assert (await admin.post("/devices", json=body)).status_code == 201
    await put_in(web, site["at_unit"], Condition.FIRE)
    assert await seen(admin, over(LON, LAT, 18)) == [{"n": 2, "alarm": 1, "unit_id": site["unit"], "unit": "第一中学"}]


@pytest.mark.parametrize(
    ("condition", "word"),
    [
        (Condition.FIRE, "alarm"), (Condition.OFFLINE, "offline"), (Condition.FAULT, "fault"),
        (Condition.SHIELD, "shielded"), (Condition.FIRE | Condition.FAULT, "alarm"),
    ],
)  # fmt: skip
async def test_what_a_device_is_in(web: Web, site: dict[str, str], condition: Condition, word: str) -> None:
    await put_in(web, site["own"], condition)
    anna = await web.person("anna", Role.DUTY)
    [far] = await seen(anna, over(LON + 0.05, LAT, 14))
    [near] = await seen(anna, over(LON + 0.05, LAT, 18))
    assert far == {"n": 1, word: 1}
    assert near[word] == 1
    for path in (over(LON, LAT, 8), over(LON + 0.05, LAT, 18)):
        assert len(await seen(anna, path, condition=word)) == 1
    assert sum(int(t["n"]) for t in await seen(anna, over(LON, LAT, 8), condition="normal")) == 2
    assert await seen(anna, over(LON + 0.05, LAT, 18), condition="normal") == []


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"type": "heat"}, 1), ({"type": "flame"}, 0), ({"area": "360802"}, 3), ({"area": "360803"}, 0),
        ({"industry": "education"}, 3), ({"industry": "health"}, 0), ({"show": "hydrants", "state": "usable"}, 1),
        ({"show": "hydrants", "state": "no_water"}, 0), ({"show": "units", "industry": "education"}, 1),
        ({"show": "units", "area": "360881"}, 0),
    ],
)  # fmt: skip
async def test_filters(web: Web, site: dict[str, str], question: dict[str, str], count: int) -> None:
    anna = await web.person("anna", Role.DUTY)
    assert sum(int(t["n"]) for t in await seen(anna, over(LON, LAT, 8), **question)) == count
    near = [t for lon in (LON, LON + 0.003, LON + 0.05) for t in await seen(anna, over(lon, LAT, 15), **question)]
    assert len({t["id"] for t in near}) == count


@pytest.mark.parametrize("question", [{"show": "people"}, {"condition": "x"}, {"type": "x"}, {"state": "x"}])
async def test_a_question_that_is_none(web: Web, question: dict[str, str]) -> None:
    anna = await web.person("anna", Role.DUTY)
    assert (await anna.get("/map/tiles/8/209/108", params=question)).status_code == 400
    assert (await anna.get("/map/tiles/3/8/0")).status_code == 404


async def test_the_database_counts_on_the_same_paper(web: Web, site: dict[str, str]) -> None:
    async with web.pool.acquire() as conn:
        cells = await store.standing(conn, Scope(), Asked())
    size = 2**rules.BASE
    expected = {tuple(int(part * size) for part in rules.project(lon, LAT)) for lon in (LON, LON + 0.003, LON + 0.05)}
    assert set(cells) == expected


async def test_a_picture_is_a_breath_old_and_never_much_older(
    web: Web, site: dict[str, str], hand_clock: HandClock
) -> None:
    anna = await web.person("anna", Role.DUTY)
    path = over(LON + 0.05, LAT, 14)
    assert await seen(anna, path) == [{"n": 1}]
    await put_in(web, site["own"], Condition.FIRE)
    hand_clock.advance(FRESH_S - 1)
    assert await seen(anna, path) == [{"n": 1}]
    hand_clock.advance(STALE_S - FRESH_S + 1)
    assert await seen(anna, path) == [{"n": 1, "alarm": 1}]


def picture(n: int, now: int) -> Picture:
    return Picture(Base(Pyramid({(0, 0): Counts(n)}), 1, now, now), Pyramid({}), None, now)


async def test_counts_are_read_once_for_all_who_ask_meanwhile() -> None:
    counting = Counting()
    may_end = asyncio.Event()
    readings = 0

    async def read(_: Base | None, now: int) -> Picture:
        nonlocal readings
        readings += 1
        await may_end.wait()
        return picture(readings, now)

    async def asked(now_s: int) -> int:
        kept = await counting.picture(("city", Asked()), now_s * SECOND, read)
        return kept.tile(0, 0, 0)[0][1].n

    first = [asyncio.create_task(asked(0)) for _ in range(3)]
    await asyncio.sleep(0)
    first[0].cancel()
    may_end.set()
    assert await asyncio.gather(*first[1:]) == [1, 1]
    assert await asked(FRESH_S) == 1, "given as it was, while it is read anew"
    assert await asked(FRESH_S + STALE_S) == 2, "too old: whoever asks waits for the reading under way"
    assert readings == 2


async def test_a_failed_reading_is_read_again() -> None:
    counting = Counting()

    async def fails(_: Base | None, now: int) -> Picture:
        raise OSError("gone")

    async def reads(_: Base | None, now: int) -> Picture:
        return picture(7, now)

    with pytest.raises(OSError, match="gone"):
        await counting.picture(("city", Asked()), 0, fails)
    kept = await counting.picture(("city", Asked()), 0, reads)
    assert kept.tile(0, 0, 0)[0][1].n == 7


async def test_what_stands_where_is_counted_again_only_when_something_was_placed_anew(
    web: Web, site: dict[str, str]
) -> None:
    """Else a city of 300,000 devices would be counted every ten seconds."""
    city, now = Scope(), web.clock.micros()

    async def after(seconds: int, before: Base | None) -> Base:
        async with web.pool.acquire() as conn, conn.transaction():
            return (await api.counted(conn, city, Asked(), before, now + seconds * SECOND)).base

    first = await after(0, None)
    once_more = await after(SETTLED_S, first)
    assert once_more is not first, "the change may have been committed only after it was counted"
    assert await after(SETTLED_S + 60, once_more) is once_more
    async with web.pool.acquire() as conn:
        await conn.execute("update registry.building set lon = lon + 0.02")
    moved = await after(SETTLED_S + 70, once_more)
    assert moved.pyramid.level(rules.BASE).keys() != once_more.pyramid.level(rules.BASE).keys()
    for statement in (
        "update registry.device set state = 'retired' where address = 'C'",
        "update registry.unit set lon = lon + 0.02",
        "delete from registry.device where address = 'B'",
    ):
        async with web.pool.acquire() as conn:
            before = await store.placing(conn)
            await conn.execute("update registry.device set name = 'x'")
            await conn.execute("update registry.device_now set conditions = 1")
            assert await store.placing(conn) == before
            await conn.execute(statement)
            assert await store.placing(conn) != before, statement


async def test_outside_the_scope_nothing_exists(web: Web, site: dict[str, str]) -> None:
    """Also where somebody of the whole city has just asked the same, so that the counts are kept."""
    await seen(await web.person("whole", Role.OPERATOR), over(LON, LAT, 8))
    for n, scope in enumerate(OUTSIDE):
        client = await web.person(f"p{n}", Role.OPERATOR, scope)
        for show in Show:
            for z in (0, 8, 14, 15, 18):
                for lon in (LON, LON + 0.003, LON + 0.05, 114.981):
                    assert await seen(client, over(lon, LAT, z), show=show) == [], (scope, show, z)
        assert (await client.get("/map/incidents", params={"incident": incident_id(1)})).json()["items"] == [], scope


async def test_inside_the_scope_everything_is_there(web: Web, site: dict[str, str]) -> None:
    for n, scope in enumerate(INSIDE):
        client = await web.person(f"p{n}", Role.AUDITOR, scope)
        assert sum(int(t["n"]) for t in await seen(client, over(LON, LAT, 8))) == 3, scope
        assert len(await seen(client, over(LON, LAT, 18))) == 1, scope
        assert len(await seen(client, over(LON, LAT, 18), show="units")) == 1, scope


async def test_without_the_compiled_predicate_row_security_hides_all_the_same(web: Web, site: dict[str, str]) -> None:
    await put_in(web, site["own"], Condition.FAULT)
    for scope, count in (("area:360802", 1), ("area:360803", 0), ("industry:health", 0)):
        header = (await web.person(f"n{scope}", Role.DUTY, scope)).headers["authorization"]
        principal = await web.door.authenticate(header.removeprefix("Bearer "), "")
        assert principal is not None
        async with web.db.bound(principal) as conn:
            for show in Show:
                cells = await store.standing(conn, Scope(), Asked(show=show))
                assert bool(cells) == bool(count), (scope, show)
                troubled = await store.troubled(conn, Scope(), Asked(show=show))
                assert bool(troubled) == (bool(count) and show is Show.DEVICES), (scope, show)
                assert bool(await store.dots(conn, Scope(), Asked(show=show), CITY)) == bool(count), (scope, show)


async def test_without_a_session_there_is_no_map(web: Web) -> None:
    stranger = web.client()
    for path in ("/map/ground", "/map/incidents", "/map/tiles/8/209/108"):
        assert (await stranger.get(path)).status_code == 401


async def test_the_list_of_addresses_here_is_whole(web: Web) -> None:
    routes = {
        re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path.removeprefix(BASE))
        for route in web.app.routes
        if route.path.startswith(f"{BASE}/map")
    }
    assert routes == {"/map/ground", "/map/incidents", "/map/tiles/{z}/{x}/{y}"}


async def test_open_incidents_stand_on_the_map(web: Web, site: dict[str, str]) -> None:
    anna = await web.person("anna", Role.DUTY, "area:360802")
    answer = (await anna.get("/map/incidents")).json()
    [spot] = answer["items"]
    assert answer["more"] is False
    assert (spot["id"], spot["grade"], spot["kind"]) == (incident_id(1), "II", "fire")
    assert (spot["lon"], spot["lat"]) == (114.98, 27.11)
    again = (await anna.get("/map/incidents", params={"incident": incident_id(1)})).json()["items"]
    assert [each["id"] for each in again] == [incident_id(1)]


async def test_a_closed_incident_is_there_when_asked_for(web: Web, site: dict[str, str]) -> None:
    async with web.pool.acquire() as conn:
        await conn.execute("update incidents.incident set state = 'closed', closed_at = opened_at")
    anna = await web.person("anna", Role.DUTY)
    assert (await anna.get("/map/incidents")).json()["items"] == []
    [spot] = (await anna.get("/map/incidents", params={"incident": incident_id(1)})).json()["items"]
    assert spot["state"] == "closed"
    assert (await anna.get("/map/incidents", params={"incident": "no id"})).json()["items"] == []


async def test_the_ground_says_what_the_operator_set(web: Web) -> None:
    ground = (await (await web.person("anna", Role.DUTY)).get("/map/ground")).json()
    assert ground["tiles"] == "https://tiles.example/{z}/{x}/{y}"
    assert ground["approval"] == "GS(2026)0001号"
    assert len(ground["boundaries"]["features"]) == 13


async def test_each_county_has_its_outline(pool: Pool) -> None:
    async with pool.acquire() as conn:
        counties = {
            r["code"]: r["name"] for r in await conn.fetch("select code, name from registry.area where kind = 'county'")
        }
    assert {f.properties.code: f.properties.name for f in outlines().features} == counties
    for feature in outlines().features:
        for polygon in feature.geometry.coordinates:
            for ring in polygon:
                assert ring[0] == ring[-1]
                assert all(CITY.west < lon < CITY.east and CITY.south < lat < CITY.north for lon, lat in ring)
