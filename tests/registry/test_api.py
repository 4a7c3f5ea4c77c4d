"""The registry as one meets it over HTTP, inside one's scope."""

import httpx
import pytest

from support.web import Web
from zhigan.bus import log
from zhigan.registry import store
from zhigan.registry.model import NowRow
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import Role

UNIT = {
    "code": "JZ-001", "name": "吉州实验小学", "premises": "crowded", "area_code": "360802", "lon": 114.99, "lat": 27.11,
    "industry": "education", "community": "360802001001", "tags": ["key_unit"], "address": "井冈山大道12号",
}  # fmt: skip
ROOT = "7903000000AB"


def body(answer: httpx.Response, status: int = 200) -> dict:
    assert answer.status_code == status, answer.text
    return answer.json()


def fields(answer: httpx.Response, status: int = 400) -> dict[str, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return {e["field"]: e["expected"] for e in body(answer, status)["errors"]}


async def unit(client: httpx.AsyncClient, **more: object) -> dict:
    return body(await client.post("/units", json={**UNIT, **more}), 201)


async def device(client: httpx.AsyncClient, unit_id: str, **more: object) -> dict:
    new = {"unit_id": unit_id, "name": "装置", "type": "transmission_device", "gateway": "gb26875", "address": ROOT}
    return body(await client.post("/devices", json={**new, **more}), 201)


@pytest.fixture
async def admin(web: Web) -> httpx.AsyncClient:
    return await web.person("admin", Role.ADMIN)


async def test_a_unit_is_made_read_found_and_changed(admin: httpx.AsyncClient) -> None:
    made = await unit(admin)
    assert made["class"] == "S2" and made["reporting_area"] == "360802" and made["class_given"] is False
    read = body(await admin.get(f"/units/{made['id']}"))
    assert read["name"] == UNIT["name"] and read["buildings"] == [] and read["contacts"] == []
    for q in ("实验", "小学", "吉州实验小学", "jzsyxx", "jizhoushiyan", "jz-001", "井冈山大道", "小学 吉州", "学"):
        assert [u["code"] for u in body(await admin.get("/units", params={"q": q}))["items"]] == ["JZ-001"], q
    assert body(await admin.get("/units", params={"q": "中学"}))["items"] == []
    changed = body(await admin.patch(f"/units/{made['id']}", json={"tags": ["hospital"], "phone": "0796-8222119"}))
    assert changed["class"] == "S1" and changed["phone"] == "0796-8222119" and changed["industry"] == "education"
    given = body(await admin.patch(f"/units/{made['id']}", json={"class": "S3"}))
    assert given["class"] == "S3" and given["class_given"] is True
    assert body(await admin.patch(f"/units/{made['id']}", json={"class": None}))["class"] == "S1"


WRONG_UNITS: list[tuple[dict, str]] = [
    ({"premises": "castle"}, "premises"),
    ({"area_code": "360899"}, "area_code"),
    ({"area_code": "3608"}, "area_code"),
    ({"community": "360802001999"}, "community"),
    ({"community": "360803001001"}, "community"),
    ({"lon": 200}, "lon"),
    ({"lat": None}, "lat"),
    ({"lon": 0, "lat": 0}, "lon"),
    ({"name": " "}, "name"),
    ({"code": "a,b"}, "code"),
    ({"industry": "farming"}, "industry"),
    ({"tags": ["haunted"]}, "tags"),
    ({"ownership": "x"}, "ownership"),
    ({"closed_hours": "at night"}, "closed_hours"),
    ({"phone": "call me"}, "phone"),
    ({"name": "a\x00b"}, "name"),
]


async def test_a_wrong_field_is_named(admin: httpx.AsyncClient) -> None:
    for wrong, field in WRONG_UNITS:
        assert field in fields(await admin.post("/units", json={**UNIT, **wrong})), wrong


async def test_all_wrong_fields_are_named_at_once(admin: httpx.AsyncClient) -> None:
    named = fields(await admin.post("/units", json={**UNIT, "premises": "x", "lon": 500, "industry": "y"}))
    assert set(named) == {"premises", "lon", "industry"}


async def test_words_may_be_written_as_the_plan_writes_them(admin: httpx.AsyncClient) -> None:
    chinese = {
        "premises": "居民住宅 · 单、多层住宅",
        "industry": "教体",
        "tags": ["“三合一”场所", "养老（社会福利）机构", "market"],
    }
    made = await unit(admin, code="JZ-002", **chinese)
    assert (made["premises"], made["industry"]) == ("low_rise_residential", "education")
    assert made["tags"] == ["elderly_care", "market", "three_in_one"]
    assert "tags" in fields(await admin.post("/units", json={**UNIT, "tags": ["大商场"]}))
    assert (await device(admin, made["id"], type="用户信息传输装置"))["type"] == "transmission_device"


async def test_several_wrong_fields_keep_their_own_words(admin: httpx.AsyncClient) -> None:
    refused = body(await admin.post("/units", json={**UNIT, "premises": "x", "lon": 500}), 400)
    assert refused["code"] == "value.one_of" and refused["params"]["field"] == "premises"
    assert "lon" not in refused["params"]["choices"] and "lon" in refused["detail"]


async def test_a_code_belongs_to_one_unit(admin: httpx.AsyncClient) -> None:
    await unit(admin)
    assert (await admin.post("/units", json=UNIT)).status_code == 409


async def test_lists_filter_sort_and_lead_on(admin: httpx.AsyncClient) -> None:
    for n in range(7):
        await unit(
            admin, code=f"U{n}", name=f"单位{6 - n}", industry="health" if n % 2 else "education",
            area_code="360803" if n == 3 else "360802", community=None, tags=["market"] if n == 5 else [],
        )  # fmt: skip

    async def codes(**asked: object) -> list[str]:
        return [u["code"] for u in body(await admin.get("/units", params=asked))["items"]]

    assert await codes() == [f"U{n}" for n in range(7)]
    assert await codes(industry="health") == ["U1", "U3", "U5"]
    assert await codes(area="360803") == ["U3"]
    assert await codes(tag="market") == ["U5"]
    assert await codes(**{"class": "S2"}, sort="-code") == [f"U{n}" for n in reversed(range(7))]
    for sort, expected in (("name", list(reversed(range(7)))), ("-name", list(range(7))), ("-created_at", None)):
        seen: list[str] = []
        asked: dict[str, object] = {"sort": sort, "limit": 3}
        while True:
            page = body(await admin.get("/units", params=asked))
            seen += [u["code"] for u in page["items"]]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
        assert sorted(seen) == [f"U{n}" for n in range(7)]
        assert expected is None or seen == [f"U{n}" for n in expected]
    assert (await admin.get("/units", params={"sort": "colour"})).status_code == 400


async def test_a_zone_is_a_set_of_communities(admin: httpx.AsyncClient, web: Web) -> None:
    """Units of a community that is given to a zone report to the zone, their devices too; its people see them then."""
    zone = await web.person("zone", Role.OPERATOR, "area:360871")
    county = await web.person("county", Role.OPERATOR, "area:360802")
    made = await unit(admin)
    there = await device(admin, made["id"])
    assert (await zone.get(f"/units/{made['id']}")).status_code == 404
    given = body(await admin.patch("/communities/360802001001", json={"area": "360871"}))
    assert given["area"] == "360871" and given["county"] == "360802"
    assert body(await zone.get(f"/units/{made['id']}"))["reporting_area"] == "360871"
    assert body(await zone.get(f"/devices/{there['id']}"))["reporting_area"] == "360871"
    assert (await county.get(f"/devices/{there['id']}")).status_code == 404
    assert (await county.patch("/communities/360802001002", json={"area": "360871"})).status_code == 403
    assert (await admin.patch("/communities/360802001002", json={"area": "360803"})).status_code == 400
    begun = body(await admin.get("/communities", params={"area": "360872"}))["items"]
    assert [c["code"] for c in begun] == ["360821401498"]
    areas = body(await admin.get("/areas"))["items"]
    assert len(areas) == 15 and sum(a["communities"] for a in areas) == 2967


async def test_a_moving_unit_takes_everything_with_it(admin: httpx.AsyncClient, web: Web) -> None:
    made = await unit(admin)
    there = await device(admin, made["id"])
    building = body(await admin.post(f"/units/{made['id']}/buildings", json={"code": "1", "name": "1号楼"}), 201)
    contact = {"role": "control_room", "name": "王值班", "phone": "0796-8222119"}
    called = body(await admin.post(f"/units/{made['id']}/contacts", json=contact), 201)
    east = await web.person("east", Role.SUPERVISOR, "area:360803")
    asked = (f"/units/{made['id']}", f"/devices/{there['id']}", f"/buildings/{building['id']}")
    assert [(await east.get(p)).status_code for p in asked] == [404, 404, 404]
    await admin.patch(f"/units/{made['id']}", json={"area_code": "360803", "community": None})
    assert [(await east.get(p)).status_code for p in asked] == [200, 200, 200]
    assert (await east.patch(f"/contacts/{called['id']}", json={"order": 2})).status_code == 200
    # Nobody moves a unit to where he does not see.
    assert (await east.patch(f"/units/{made['id']}", json={"area_code": "360802"})).status_code == 404


async def test_buildings_and_contacts(admin: httpx.AsyncClient) -> None:
    made = await unit(admin)
    where = f"/units/{made['id']}"
    new = {"code": "3", "name": "3号楼", "floors_above": 18, "floors_below": 2}
    building = body(await admin.post(f"{where}/buildings", json=new), 201)
    assert building["floors_above"] == 18 and building["floors_below"] == 2
    assert (await admin.post(f"{where}/buildings", json=new)).status_code == 409
    assert "floors_above" in fields(await admin.patch(f"/buildings/{building['id']}", json={"floors_above": 900}))
    assert body(await admin.patch(f"/buildings/{building['id']}", json={"floors_above": 20}))["floors_below"] == 2
    for order, name in ((2, "李"), (1, "张")):
        contact = {"role": "property", "name": name, "phone": "13800000000", "order": order}
        body(await admin.post(f"{where}/contacts", json=contact), 201)
    listed = body(await admin.get(f"{where}/contacts"))["items"]
    assert [c["name"] for c in listed] == ["张", "李"]
    assert "role" in fields(await admin.post(f"{where}/contacts", json={"role": "king", "name": "x", "phone": "119"}))
    assert (await admin.delete(f"/contacts/{listed[0]['id']}")).status_code == 204
    assert [c["name"] for c in body(await admin.get(where))["contacts"]] == ["李"]


async def test_devices_are_registered_listed_and_shown(admin: httpx.AsyncClient, web: Web) -> None:
    made = await unit(admin)
    building = body(
        await admin.post(f"/units/{made['id']}/buildings", json={"code": "3", "name": "3号楼", "floors_above": 18}), 201
    )
    root = await device(admin, made["id"])
    part = await device(
        admin, made["id"], name="12层探测器", type="smoke", address=f"{ROOT}/1.1.40.131082", floor=12,
        compartment="东侧走廊", building_id=building["id"],
    )  # fmt: skip
    assert root["state"] == "in_service" and root["condition"] == "never_seen" and root["offline_after_s"] == 180
    assert part["parent_id"] == root["id"] and part["class"] == "component" and part["offline_after_s"] is None
    assert part["place"] == "3号楼 12层 东侧走廊"
    async with web.pool.acquire() as conn:
        (context,) = await store.contexts(conn, [("gb26875", f"{ROOT}/1.1.40.131082")])
        now = web.clock.micros()
        bits = int(Condition.FIRE | Condition.FAULT)
        await store.update_now(conn, [NowRow(context.number, bits, now, (1, 3))])
    assert context.locus == f"b:{building['id']}|comp:12:东侧走廊" and context.owned.industry == "education"
    shown = body(await admin.get(f"/devices/{part['id']}"))
    assert shown["condition"] == "alarm" and shown["conditions"] == ["fire", "fault"] and shown["last_seen_at"]
    assert {"name": "temperature", "unit": "°C", "zh": "温度", "reported": True} in shown["metrics"]
    assert {m["name"] for m in shown["metrics"]} == {"temperature", "smoke", "battery", "signal_strength"}

    async def ids(**asked: object) -> list[str]:
        return [d["id"] for d in body(await admin.get("/devices", params=asked))["items"]]

    assert await ids() == [root["id"], part["id"]]
    assert await ids(type="smoke") == [part["id"]]
    assert await ids(condition="alarm") == [part["id"]]
    assert await ids(condition="fault") == []
    assert await ids(condition="never_seen") == [root["id"]]
    assert await ids(unit_id=made["id"], state="in_service") == [root["id"], part["id"]]
    assert await ids(parent_id=root["id"]) == [part["id"]]
    assert await ids(q="东侧") == [part["id"]] and await ids(q="探测器") == [part["id"]]
    assert await ids(q=ROOT) == await ids(q=ROOT.lower()) == [root["id"], part["id"]]
    page = body(await admin.get("/devices", params={"limit": 1}))
    rest = body(await admin.get("/devices", params={"limit": 1, "cursor": page["next"]}))
    assert [rest["items"][0]["id"], rest["next"]] == [part["id"], None]
    for wrong in ({"type": "toaster"}, {"state": "gone"}, {"condition": "odd"}):
        assert (await admin.get("/devices", params=wrong)).status_code == 400


WRONG_DEVICES: list[tuple[dict, str]] = [
    ({"type": "toaster"}, "type"),
    ({"gateway": "pigeon"}, "gateway"),
    ({"address": "79"}, "address"),
    ({"address": f"{ROOT}/x"}, "address"),
    ({"address": ""}, "address"),
    ({"state": "discovered"}, "state"),
    ({"load_class": "general"}, "load_class"),
    ({"type": "breaker", "load_class": "tv"}, "load_class"),
    ({"cut_authorisation": {"by": "x", "until": "2027-01-01T00:00:00Z"}}, "cut_authorisation"),
    ({"building_id": "0190aaaa-0000-7000-8000-000000000001"}, "building_id"),
    ({"unit_id": None}, "unit_id"),
]


async def test_a_wrong_field_of_a_device_is_named(admin: httpx.AsyncClient) -> None:
    made = await unit(admin)
    new = {"unit_id": made["id"], "name": "x", "type": "smoke", "gateway": "gb26875", "address": ROOT}
    for wrong, field in WRONG_DEVICES:
        assert field in fields(await admin.post("/devices", json={**new, **wrong})), wrong


async def test_what_appeared_by_itself_is_adopted_with_its_id(admin: httpx.AsyncClient, web: Web) -> None:
    made = await unit(admin)
    at = web.clock.micros()
    async with web.pool.acquire() as conn:
        seen = await store.discover(
            conn, [("gb26875", f"{ROOT}/1.1.40.{n}", "smoke", f"{n}号探测器", at) for n in (1, 2)]
        )
    parts = sorted(c.id for c in seen)
    listed = body(await admin.get("/devices", params={"state": "discovered"}))["items"]
    assert len(listed) == 3 and {d["unit_id"] for d in listed} == {None}
    local = await web.person("local", Role.OPERATOR, "area:360802")
    assert body(await local.get("/devices"))["items"] == []
    # The transmission device is adopted: what stands behind it comes into the unit by itself.
    root = await device(admin, made["id"], address=ROOT.lower())
    assert root["id"] == next(d["id"] for d in listed if d["address"] == ROOT)
    inherited = body(await local.get("/devices", params={"state": "discovered"}))["items"]
    assert sorted(d["id"] for d in inherited) == parts and {d["unit_id"] for d in inherited} == {made["id"]}
    part = await device(local, made["id"], type="smoke", address=f"{ROOT}/1.1.40.1", name="走廊")
    assert part["id"] in parts and part["state"] == "in_service"
    again = {"unit_id": made["id"], "name": "x", "type": "smoke", "gateway": "gb26875", "address": f"{ROOT}/1.1.40.1"}
    assert (await admin.post("/devices", json=again)).status_code == 409
    # A part registered without a unit takes the one of its transmission device.
    third = body(
        await admin.post(
            "/devices", json={"name": "c", "type": "smoke", "gateway": "gb26875", "address": f"{ROOT}/1.1.40.3"}
        ),
        201,
    )
    assert third["unit_id"] == made["id"] and third["parent_id"] == root["id"]


async def test_the_life_cycle_is_a_table(admin: httpx.AsyncClient) -> None:
    made = await unit(admin)
    one = await device(admin, made["id"], state="installed")
    where = f"/devices/{one['id']}"
    assert (await admin.patch(where, json={"state": "suspended", "why": "x"})).status_code == 409
    assert body(await admin.patch(where, json={"state": "in_service"}))["state"] == "in_service"
    assert "why" in fields(await admin.patch(where, json={"state": "suspended"}))
    suspended = body(
        await admin.patch(where, json={"state": "suspended", "why": "装修", "until": "2026-12-01T00:00:00+08:00"})
    )
    assert suspended["suspended"]["by"] == "admin" and suspended["suspended"]["why"] == "装修"
    assert suspended["offline_after_s"] is None, "a suspended device's silence means nothing"
    named = body(await admin.patch(where, json={"name": "新名"}))
    assert named["suspended"]["why"] == "装修" and named["name"] == "新名"
    assert body(await admin.patch(where, json={"state": "in_service"}))["suspended"] is None
    assert body(await admin.patch(where, json={"state": "replaced"}))["state"] == "replaced"
    assert (await admin.patch(where, json={"state": "in_service"})).status_code == 409
    # Its address is free for the device that replaces it; the old one stays with its history.
    new = await device(admin, made["id"])
    assert new["id"] != one["id"] and body(await admin.get(where))["state"] == "replaced"


async def test_a_breaker_has_a_load_and_a_consent(admin: httpx.AsyncClient) -> None:
    made = await unit(admin)
    consent = {"by": "业主王某", "until": "2027-01-01T00:00:00+08:00"}
    breaker = await device(
        admin,
        made["id"],
        type="breaker",
        gateway="mqtt",
        address="brk-1",
        load_class="general",
        cut_authorisation=consent,
    )
    assert breaker["load_class"] == "general" and breaker["cut_authorisation"]["by"] == "业主王某"
    where = f"/devices/{breaker['id']}"
    assert body(await admin.patch(where, json={"name": "b"}))["cut_authorisation"]["by"] == "业主王某"
    assert body(await admin.patch(where, json={"cut_authorisation": None}))["cut_authorisation"] is None
    assert body(await admin.patch(where, json={"load_class": None}))["load_class"] == ""


async def test_a_test_mode_ends_by_itself_or_by_hand(admin: httpx.AsyncClient, web: Web) -> None:
    made = await unit(admin)
    root = await device(admin, made["id"])
    new = {"unit_id": made["id"], "purpose": "季度维保", "minutes": 60, "systems": [f"{ROOT}/1.1"]}
    test = body(await admin.post("/tests", json=new), 201)
    assert test["active"] is True and test["person"] == "admin"
    async with web.pool.acquire() as conn:
        known = await store.unit_context(conn, [made["id"]], web.clock.micros())
        assert [t.id for t in known[made["id"]].tests] == [test["id"]] and known[made["id"]].devices == 1
        web.clock.advance(3600)
        known = await store.unit_context(conn, [made["id"]], web.clock.micros())
        assert known[made["id"]].tests == ()
    assert body(await admin.get(f"/tests/{test['id']}"))["active"] is False
    assert (await admin.post(f"/tests/{test['id']}/end")).status_code == 409
    second = body(await admin.post("/tests", json={**new, "systems": None, "devices": [root["id"]]}), 201)
    listed = body(await admin.get("/tests", params={"active": "true"}))["items"]
    assert [t["id"] for t in listed] == [second["id"]]
    assert len(body(await admin.get("/tests", params={"unit_id": made["id"]}))["items"]) == 2
    ended = body(await admin.post(f"/tests/{second['id']}/end"))
    assert ended["active"] is False and ended["ended_by"] == "admin"
    for wrong, field in (
        ({"minutes": 481}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"purpose": ""}, "purpose"),
        ({"systems": ["AAAAAAAAAAAA"]}, "systems"),
        ({"devices": ["x"]}, "devices"),
        ({"building_id": "x"}, "building_id"),
    ):
        assert field in fields(await admin.post("/tests", json={**new, **wrong}))


async def test_every_change_is_in_the_trail_and_in_the_event_log(admin: httpx.AsyncClient, web: Web) -> None:
    made = await unit(admin)
    one = await device(admin, made["id"])
    await admin.patch(f"/devices/{one['id']}", json={"name": "n"})
    trail = body(await admin.get("/audit", params={"subject": one["id"]}))["items"]
    assert [e["action"] for e in trail] == ["device.changed", "device.created"]
    assert trail[0]["name"] == "admin" and trail[0]["detail"] == {"name": "n"} and trail[0]["address"] == "10.0.0.9"
    async with web.pool.acquire() as conn:
        events = await log.read(conn, 0, 100)
        assert await log.verify(conn) is None
    assert [e.type.value for e in events] == ["unit.changed", "device.changed", "device.changed"]
    assert {e.owned.area for e in events} == {"360802"}


async def test_engines_are_told_of_changes(admin: httpx.AsyncClient, web: Web) -> None:
    told: list[str] = []
    async with web.pool.acquire() as conn:
        await conn.add_listener("zhigan_registry", lambda *a: told.append(str(a[3])))
        made = await unit(admin)
        await device(admin, made["id"])
        await conn.execute("select 1")
        assert told == [made["id"], made["id"]]
        await conn.reset()


async def test_words_for_the_forms(admin: httpx.AsyncClient) -> None:
    words = body(await admin.get("/premises"))
    assert len(words["premises"]) == 7 and len(words["industries"]) == 12 and len(words["load_classes"]) == 12
