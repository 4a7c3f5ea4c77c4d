"""Partners, grid workers and the desk report; what becomes of it, and how its sender learns of it."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks.site import PNG
from support.carrier import pushing
from support.city import HANDLERS, City, living
from support.rows import Row
from zhigan.desks.numbers import api as numbers_api
from zhigan.gateways.reports import api as reports_api
from zhigan.gateways.reports.sending import Carry, NotCarried
from zhigan.gateways.reports.worker import Worker
from zhigan.processes import platforms, reports
from zhigan.processes.numbers import lent
from zhigan.protocols.carriers.relayed import Word
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.roles import Role
from zhigan.webapi.database import Database

CAMERA = "36080200001320000001"


class Way:
    """The way to the process that judges, which may be away."""

    def __init__(self) -> None:
        self.away = False
        self.carry: Carry | None = None

    async def __call__(self, words: Sequence[Word]) -> None:
        if self.away or self.carry is None:
            raise NotCarried("nobody can take it now")
        await self.carry(words)


class Town:
    def __init__(self, city: City, worker: Worker, line: Way, partner: httpx.AsyncClient) -> None:
        self.city, self.worker, self.line, self.partner = city, worker, line, partner

    async def says(self, body: dict[str, object], status: int = 201, who: httpx.AsyncClient | None = None) -> Any:
        answer = await (who or self.partner).post("/reports", json=body)
        assert answer.status_code == status, answer.text
        await self.follows()
        return answer.json()

    async def follows(self) -> None:
        """What was said is judged, and the reports follow."""
        for _ in range(3):
            await self.city.settles()
            self.city.clock.advance(2)
            while await self.worker.read():
                pass

    async def asks(self, report: str, who: httpx.AsyncClient | None = None) -> Any:
        answer = await (who or self.partner).get(f"/reports/{report}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def closes(self, row: Row, queue: str, cause: str, note: str = "") -> None:
        await self.city.asks(f"/{queue}/{row.id}/close", {"cause": cause, "note": note}, Role.ADMIN, 200)
        await self.follows()


@pytest.fixture
async def town(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Town]:
    line = Way()
    worker = Worker(Database(pool), hand_clock, line)
    handlers = [*HANDLERS, *reports_api.handlers, *numbers_api.handlers]
    more = {"reports": worker.sending, "numbers": lent()}
    async with (
        living(dsn, pool, tmp_path, hand_clock, handlers, more) as city,
        pushing(city.platform.intake, city.clock, tmp_path / "run") as carrier,
    ):
        line.carry = reports.carrying(platforms.doorway(carrier.line))
        partner = await city.web.person("jizhou.grid", Role.PARTNER, "area:360802")
        await worker.begin()
        yield Town(city, worker, line, partner)


def hazard(number: str = "ZZ-1", **more: object) -> dict[str, object]:
    return {"kind": "hazard", "external_id": number, "category": "wiring", "words": "楼道飞线充电", **more}


async def test_a_partners_hazard_is_work_and_its_closing_is_the_answer(town: Town) -> None:
    tower = await town.city.unit("滨江小区3栋", premises="high_rise_residential", floors=18)
    code = str((await (await town.city.person(Role.ADMIN)).get(f"/units/{tower.id}")).json()["code"])
    made = await town.says(hazard(unit=code, place="2单元5层", reporter={"name": "王网格", "phone": "13800001234"}))
    assert (made["state"], made["unit"], made["phone"]) == ("assigned", "滨江小区3栋", "138****1234")
    (row,) = await town.city.tasks()
    assert (row.kind, row.view.reasons[0].zh) == (
        "electrical", "jizhou.grid上报隐患：私拉乱接电线、用电隐患（楼道飞线充电）",
    )  # fmt: skip
    photo = await town.partner.post(f"/reports/{made['id']}/photos", files={"file": ("p.png", PNG)})
    assert photo.status_code == 201 and len(photo.json()["photos"]) == 1
    again = await town.says(
        hazard(unit=code, place="2单元5层", reporter={"name": "王网格", "phone": "13800001234"}), 200
    )
    assert (again["id"], again["version"]) == (made["id"], 1)
    changed = await town.says(hazard(unit=code, place="2单元6层", words="是6层"), 200)
    assert (changed["id"], changed["version"], changed["words"]) == (made["id"], 2, "是6层")
    (row,) = await town.city.tasks()
    assert any("更新了上报内容" in json.dumps(line, ensure_ascii=False) for line in (await _timeline(town, row)))
    await town.closes(row, "tasks", "H5", "已清理，电话 13900005678")
    told = await town.asks(made["id"])
    assert told["report"]["state"] == "done" and told["report"]["answer"] == "已清理，电话 139****5678"
    assert [line["what"] for line in told["history"]] == ["received", "assigned", "photographed", "changed", "done"]
    assert "13800001234" not in json.dumps(told)
    other = await town.says(hazard("ZZ-2", unit=code))
    await town.closes((await town.city.tasks())[0], "tasks", "X1")
    told = (await town.asks(other["id"]))["report"]
    assert (told["state"], told["reason"]) == ("rejected", "X1")


async def _timeline(town: Town, row: Row) -> Any:
    return (await (await town.city.person()).get(f"/tasks/{row.id}")).json()["timeline"]


async def test_a_blocked_exit_is_graver_where_people_sleep(town: Town) -> None:
    home = await town.city.unit("夕阳红养老院", premises="crowded", tags=["elderly_care"])
    await town.says(hazard(unit_id=home.id, category="exit_blocked"))
    (row,) = await town.city.attention()
    assert (row.grade, row.kind) == ("III", "exit")
    await town.says(hazard("ZZ-2", category="exit_blocked", grid="G7", place="文山路口"))
    (row,) = await town.city.tasks()
    assert (row.unit, row.view.place) == ("", "文山路口")


async def test_a_call_is_an_incident_corroborates_and_comes_back_with_its_outcome(town: Town) -> None:
    tower = await town.city.unit("滨江小区3栋", premises="high_rise_residential", floors=18, heads=1)
    call: dict[str, object] = {
        "kind": "call", "external_id": "110-1", "unit_id": tower.id, "floor": "5", "place": "5层走廊",
        "words": "冒烟，我电话13800001234", "reporter": {"name": "李女士", "phone": "13800001234"},
    }  # fmt: skip
    made = await town.says(call)
    (row,) = await town.city.desk()
    assert (row.grade, row.kind, row.unit) == ("II", "fire", "滨江小区3栋")
    assert row.view.reasons[0].zh.startswith("有人报告起火：人员报警")
    told = await town.asks(made["id"])
    assert (told["report"]["state"], told["incident"]["id"]) == ("linked", row.id)
    seen = (await (await town.city.person()).get(f"/incidents/{row.id}")).text
    assert "138****1234" in seen and "13800001234" not in seen
    # the number whole: for the desk, by its own act, written down
    shown = await (await town.city.person()).post(
        "/numbers", json={"kind": "inbound", "id": made["id"], "incident_id": row.id}
    )
    assert shown.json()["number"] == "13800001234"
    # the same once more is the same; a second caller of the same floor joins; a detector beside it corroborates
    assert (await town.says(call, 200))["version"] == 1
    second = await town.says({**call, "external_id": "110-2", "reporter": {}})
    assert (await town.asks(second["id"]))["incident"]["id"] == row.id
    (row,) = await town.city.desk()
    assert row.grade == "II"
    await tower.head(5, 1).smokes()
    (row,) = await town.city.desk()
    assert row.grade == "I" and "second_device" in row.whys
    await town.city.step(row, "confirm", basis="phone")
    await town.city.step(row, "close", outcome="fire", note="已扑灭")
    await town.follows()
    for each in (made, second):
        said = (await town.asks(each["id"]))["report"]
        assert (said["state"], said["outcome"], said["answer"]) == ("done", "fire", "已扑灭")
    # the next call of that floor is a new incident
    third = await town.says({**call, "external_id": "110-3"})
    (new,) = [r for r in await town.city.desk() if r.id != row.id]
    assert (await town.asks(third["id"]))["incident"]["id"] == new.id


async def test_a_call_waits_while_nobody_can_take_it_and_is_sent_once(town: Town) -> None:
    tower = await town.city.unit("滨江小区3栋")
    town.line.away = True
    made = await town.says({"kind": "call", "external_id": "c1", "unit_id": tower.id, "words": "着火了"})
    assert made["state"] == "received" and await town.city.desk() == []
    town.line.away = False
    await town.follows()
    (row,) = await town.city.desk()
    assert (await town.asks(made["id"]))["report"]["state"] == "linked"
    # as if the process had died between sending and saying so
    async with town.city.web.pool.acquire() as conn:
        await conn.execute("update reports.report set sent_at = null, state = 'received', incident = null")
    await town.follows()
    (again,) = await town.city.desk()
    assert again.id == row.id and (await town.city.reads(again)).alarms[0].count == 1
    assert (await town.asks(made["id"]))["report"]["incident_id"] == row.id
    # of a place that nobody knows it is heard all the same
    await town.says({"kind": "call", "external_id": "c2", "place": "文山路与井冈山大道路口", "words": "垃圾箱着火"})
    (street,) = [r for r in await town.city.desk() if r.id != row.id]
    assert street.unit == "" and "文山路与井冈山大道路口" in street.view.place


async def test_a_call_without_a_unit_is_heard_by_the_desk_of_its_area(town: Town) -> None:
    near = await town.city.unit("文山路小学")
    stands = await (await town.city.person(Role.ADMIN)).patch(f"/units/{near.id}", json={"lon": 114.98, "lat": 27.11})
    assert stands.status_code == 200, stands.text
    duty = await town.city.web.person("city.duty", Role.DUTY)
    call = {"kind": "call", "place": "文山路口", "words": "路边着火", "lon": 114.983, "lat": 27.11}
    made = await town.says(call, 201, duty)
    assert made["area"] == "360802", "of the units around it"
    far = await town.says({**call, "lon": 116.9, "place": "很远"}, 201, duty)
    assert far["area"] == ""
    assert len(await town.city.desk()) == 2
    async with town.city.web.pool.acquire() as conn:
        await conn.execute(
            "insert into registry.organisation (id, kind, dimension, code, name, area, community, shape, created_at,"
            " changed_at) values (gen_random_uuid(), 'grid', 'grid', 'G9', '九网格', '360803', '360803001001',"
            " '((116.8,27.0),(117.0,27.0),(117.0,27.2),(116.8,27.2))', $1, $1)", town.city.clock.now(),
        )  # fmt: skip
    drawn = await town.says({**call, "lon": 116.9, "place": "网格内"}, 201, duty)
    assert (drawn["area"], drawn["grid"]) == ("360803", "G9"), "by the boundary that was drawn"
    for name, scope, rows in (("jizhou", "area:360802", 1), ("qingyuan", "area:360803", 1)):
        person = await town.city.web.person(f"{name}.duty", Role.DUTY, scope)
        listed = (await person.get("/incidents")).json()["items"]
        assert len(listed) == rows, name
        assert all(row["unit"] is None and row["place"] for row in listed)


async def test_whoever_told_of_a_hazard_closes_it(town: Town) -> None:
    worker = await town.city.web.person("grid.wang", Role.GRID, "grid:G7")
    other = await town.city.web.person("grid.li", Role.GRID, "grid:G7")
    mine = await town.says(hazard("", place="巷口"), 201, worker)
    theirs = await town.says(hazard("", place="河边"), 201, other)
    said = {"mended": True, "note": "已清理，电线已拆"}
    assert (await worker.post(f"/reports/{theirs['id']}/close", json=said)).status_code == 403
    row = next(r for r in await town.city.tasks() if r.id == mine["incident_id"])
    assert (await worker.post(f"/tasks/{row.id}/close", json={"cause": "H5"})).status_code == 403, "the row is not his"
    closed = await worker.post(f"/reports/{mine['id']}/close", json=said)
    assert closed.status_code == 200, closed.text
    await town.follows()
    told = (await town.asks(mine["id"], worker))["report"]
    assert (told["state"], told["answer"], told["cause"]) == ("done", "已清理，电线已拆", "H5")
    again = await worker.post(f"/reports/{mine['id']}/close", json={"mended": False, "note": "?"})
    assert (again.status_code, again.json()["report"]["answer"]) == (200, "已清理，电线已拆"), "what is over stays"
    wrong = await other.post(f"/reports/{theirs['id']}/close", json={"mended": False, "note": "看错了"})
    assert wrong.status_code == 200, wrong.text
    await town.follows()
    assert (await town.asks(theirs["id"], other))["report"]["state"] == "rejected"


async def test_an_inspectors_hazard_has_a_deadline_and_goes_through_the_units_hands(town: Town) -> None:
    shop = await town.city.unit("井冈山大道超市", premises="crowded")
    code = str((await (await town.city.person(Role.ADMIN)).get(f"/units/{shop.id}")).json()["code"])
    seer = await town.city.web.person("inspector.hu", Role.INSPECTOR, "area:360802")
    property_ = await town.city.web.person("property.he", Role.PROPERTY, f"unit:{code}")
    last = (town.city.clock.now() + timedelta(days=3)).astimezone(SHANGHAI).date()
    said = hazard("", unit=code, severity="serious", deadline=last.isoformat())
    made = await town.says(said, 201, seer)
    (row,) = await town.city.attention()
    assert row.flags == {"hazard", "serious"} and row.view.work is not None
    care = row.view.work
    assert (care.due_agreed, care.due_at) == (True, datetime.combine(last + timedelta(days=1), time.min, SHANGHAI))
    for wrong in ({"deadline": "2020-01-01"}, {"severity": "dire"}):
        assert (await seer.post("/reports", json={**said, **wrong})).status_code == 400, wrong
    refused = await property_.post("/reports", json=said)
    assert refused.json()["errors"][0]["field"] == "deadline", "who has to mend it does not say by when"
    own = await town.says(hazard("", unit=code, words="灭火器过期", category="facility"), 201, property_)
    call = {"kind": "call", "words": "着火", "unit": code}
    assert (await property_.post("/reports", json=call)).status_code == 403
    path = f"/attention/{row.id}"
    assert (await property_.post(f"/incidents/{row.id}/files", files={"file": ("p.png", PNG)})).status_code == 201
    assert (await property_.post(f"{path}/finish", json={"note": "线路已拆除"})).json()["state"] == "done"
    seen = await seer.post(f"{path}/approve", json={"note": "复查合格"})
    assert seen.json()["state"] == "closed", seen.text
    await town.follows()
    told = (await town.asks(made["id"], seer))["report"]
    assert (told["state"], told["answer"]) == ("done", "线路已拆除")
    mine = own["incident_id"]
    assert (await property_.post(f"/incidents/{mine}/files", files={"file": ("p.png", PNG)})).status_code == 201
    assert (await property_.post(f"/tasks/{mine}/finish", json={"note": "已更换"})).status_code == 200
    closing = await property_.post(f"/reports/{own['id']}/close", json={"mended": True, "note": "好了"})
    assert (closing.status_code, closing.json()["code"]) == (409, "work.own"), "its reporter mended it himself"


async def test_a_list_of_cameras_twice_changes_nothing(town: Town) -> None:
    await town.city.unit("文山路", premises="road")
    code = (await (await town.city.person(Role.ADMIN)).get("/units")).json()["items"][0]["code"]
    cameras = [
        {"code": CAMERA, "name": "文山路口东", "place": "灯杆12", "lon": 114.98, "lat": 27.11},
        {"code": "12345", "name": "短码"}, {"code": CAMERA[:-1] + "2", "name": "别处", "unit": "NOWHERE"},
    ]  # fmt: skip
    body: dict[str, object] = {"kind": "camera_list", "external_id": "tw-1", "unit": code, "cameras": cameras}
    sent = await town.says(body)
    first = sent["result"]
    assert (first["added"], first["known"], first["differences"]) == (1, 0, [])
    assert [(bad["index"], bad["errors"][0]["field"]) for bad in first["refused"]] == [(1, "code"), (2, "unit")]
    cameras[0]["name"] = "文山路口东侧"
    second = (await town.says({**body, "external_id": "tw-2"}))["result"]
    assert (second["added"], second["known"]) == (0, 1)
    assert [(d["field"], d["ours"], d["theirs"]) for d in second["differences"]] == [
        ("name", "文山路口东", "文山路口东侧")
    ]
    listed = await (await town.city.person(Role.ADMIN)).get("/devices", params={"type": "camera"})
    assert [d["name"] for d in listed.json()["items"]] == ["文山路口东"]
    # as if the process had died in the middle of the first
    async with town.city.web.pool.acquire() as conn:
        await conn.execute("update reports.report set state = 'received', result = null where id = $1", sent["id"])
    town.city.clock.advance(150)
    await town.follows()
    again = (await town.asks(sent["id"]))["report"]
    assert (again["state"], again["result"]["added"], again["result"]["known"]) == ("done", 0, 1)


async def test_bad_ones_are_named_good_ones_taken_and_nobody_else_sees_them(town: Town) -> None:
    batch: dict[str, Any] = {
        "reports": [
            hazard(place="一"), hazard("", place="二"), hazard("ZZ-3", category="dragons", place="三"),
            {"kind": "call", "external_id": "c1", "words": 5}, hazard("ZZ-4", unit="NOWHERE"),
            hazard("ZZ-5", place="五", lon=114.9), {"kind": "camera_list", "external_id": "t", "cameras": []},
        ]
    }  # fmt: skip
    answer = (await town.partner.post("/reports/batch", json=batch)).json()
    assert [(t["index"], t["fate"]) for t in answer["taken"]] == [(0, "new")]
    assert [(r["index"], r["errors"][0]["field"]) for r in answer["refused"]] == [
        (1, "external_id"), (2, "category"), (3, "words"), (4, "unit"), (5, "lat"), (6, "cameras"),
    ]  # fmt: skip
    kept = (await town.partner.get("/reports/refusals")).json()["items"]
    assert len(kept) == 6 and kept[0]["external_id"] == "t"
    # one by itself is refused and kept in the same way, also where its form is wrong
    alone: list[dict[str, object]] = [
        hazard("ZZ-6", unit="NOWHERE"), hazard("ZZ-7", at="yesterday"), hazard("ZZ-8", colour="red"), {"words": "?"}
    ]  # fmt: skip
    said = [(await town.partner.post("/reports", json=body)).json()["errors"][0] for body in alone]
    kept = (await town.partner.get("/reports/refusals")).json()["items"][:4]
    assert [r["errors"][0] for r in reversed(kept)] == said
    assert [e["field"] for e in said] == ["unit", "at", "body", "kind"]
    too_many = await town.partner.post("/reports/batch", json={"reports": [hazard()] * 201})
    assert too_many.status_code == 413
    mine = answer["taken"][0]["id"]
    outside = await town.city.web.person("qingyuan.grid", Role.PARTNER, "area:360803")
    beside = await town.city.web.person("jizhou.police", Role.PARTNER, "area:360802")
    for who in (outside, beside):
        assert (await who.get(f"/reports/{mine}")).status_code == 404
        assert (await who.get("/reports")).json()["items"] == []
        assert (await who.get("/reports/refusals")).json()["items"] == []
        assert (await who.get("/reports/words")).json()["senders"] == []
        assert (await who.post(f"/reports/{mine}/photos", files={"file": ("p.png", PNG)})).status_code == 404
    # its number is the sender's own: another's of the same is another report
    assert (await town.says(hazard(place="一"), 201, beside))["id"] != mine
    owner = await town.city.web.person("home", Role.OWNER, "area:360802")
    assert (await owner.post("/reports", json=hazard(place="一"))).status_code == 403
    duty = await town.city.person()
    found = (await duty.get("/reports", params={"q": "飞线", "kind": "hazard"})).json()["items"]
    assert {r["partner"] for r in found} == {"jizhou.grid", "jizhou.police"}
    sheet = await duty.get("/reports/export.csv")
    assert sheet.status_code == 200 and "飞线" in sheet.text
    assert (
        await town.partner.post("/reports", json=hazard("ZZ-9", area_code="360803", place="别处"))
    ).status_code == 400
    worker = await town.city.web.person("grid.wang", Role.GRID, "grid:G7")
    told = await town.says(hazard("", place="巷口"), 201, worker)
    assert told["grid"] == "G7"
