"""Work of grades III and IV: who answers for it, by when, done with a picture, accepted by another person."""

from datetime import datetime, timedelta

from desks.site import PNG
from incidents.test_api import happen
from support.happenings import incident_id, opened
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.roles import Role


async def test_work_is_done_by_the_unit(web, pool):
    await happen(pool, opened(1, grade=Grade.IV, kind=Kind.FAULT), opened(2, grade=Grade.III, kind=Kind.SHIELD))
    unit = await web.person("unit", Role.UNIT, "unit:U1,U2")
    task, row = f"/tasks/{incident_id(1)}", f"/attention/{incident_id(2)}"
    assert (await unit.get(task)).json()["steps"] == ["accept", "note", "finish"]
    assert (await unit.post(f"{task}/accept", json={})).json()["state"] == "verifying"
    assert (await unit.post(f"{task}/accept", json={})).json()["timeline_count"] == 2, "said twice, taken once"
    assert (await unit.post(f"{task}/close", json={"cause": "D2"})).status_code == 403, "nobody ends his own work"
    words = {"cause": "D2", "note": "已换电池"}
    bare = await unit.post(f"{task}/finish", json=words)
    assert (bare.status_code, bare.json()["code"]) == (400, "work.photo")
    await pictured(unit, incident_id(1))
    assert (await unit.post(f"{task}/finish", json={"cause": "D2"})).status_code == 400, "no words"
    for _ in range(2):
        done = (await unit.post(f"{task}/finish", json=words)).json()
        assert (done["state"], done["steps"], done["closed_at"]) == ("done", ["note", "approve", "send_back"], None)
    own = await unit.post(f"{task}/approve", json={})
    assert (own.status_code, own.json()["code"]) == (409, "work.own")
    inspector = await web.person("inspector", Role.INSPECTOR)
    web.clock.advance(60)
    back = (await inspector.post(f"{task}/send_back", json={"note": "仍报低电压"})).json()
    assert (back["state"], back["flags"], back["claimed_by"]["name"]) == ("verifying", ["sent_back"], "unit")
    assert (await unit.post(f"{task}/finish", json=words)).status_code == 400, "the old picture shows the old work"
    web.clock.advance(60)
    await pictured(unit, incident_id(1), b"2")
    again = (await unit.post(f"{task}/finish", json=words)).json()
    assert (again["state"], again["flags"]) == ("done", [])
    over = (await inspector.post(f"{task}/approve", json={"note": "正常"})).json()
    assert (over["state"], over["outcome"], over["cause"]) == ("closed", "fault", "D2")
    lead = await web.person("lead", Role.LEAD)
    assert (await lead.post(f"{row}/close", json={"cause": "H4"})).json()["state"] == "closed"
    assert (await unit.post(f"{row}/confirm", json={"basis": "video"})).status_code == 403
    assert (await (await web.person("grid", Role.GRID)).post(f"{task}/note", json={"note": "x"})).status_code == 403


async def pictured(client, incident, more=b""):
    answer = await client.post(f"/incidents/{incident}/files", files={"file": ("photo.png", PNG + more)})
    assert answer.status_code == 201, answer.text


async def test_work_has_an_owner_and_a_time_and_is_handed_over(web, pool):
    await happen(
        pool, opened(1, grade=Grade.IV, kind=Kind.FAULT), opened(2, grade=Grade.III, kind=Kind.SHIELD),
        opened(3, grade=Grade.IV, kind=Kind.LINK),
    )  # fmt: skip
    lead, firm = await web.person("lead", Role.LEAD), await web.person("firm", Role.MAINTAINER)
    other = await web.person("other", Role.UNIT, "unit:ELSEWHERE")
    [one] = (await lead.get("/attention")).json()["items"]
    assert (one["work"]["owner"]["kind"], one["work"]["due_agreed"]) == ("unit", False)
    came = datetime.fromisoformat(one["received_at"])
    assert datetime.fromisoformat(one["work"]["due_at"]) - came == timedelta(minutes=30)
    assert [told["whom"] for told in one["work"]["told"]] == [
        ["property", "maintainer"], ["supervisor", "industry"], ["brigade"],
    ]  # fmt: skip
    first, second = (each["id"] for each in (await lead.get("/tasks")).json()["items"])
    unit = (await lead.get(f"/tasks/{first}")).json()["unit"]["code"]
    hands = (await firm.get(f"/orders/{first}/hands")).json()["items"]
    assert {(h["kind"], h["role"]) for h in hands} == {("unit", "unit"), ("account", "maintainer")}
    me = next(h["key"] for h in hands if h["name"] == "firm")
    until = (web.clock.now() + timedelta(days=1)).isoformat()
    given = await lead.post(
        "/orders/assign", json={"ids": [first, second], "owner": me, "due_at": until, "note": "限期"}
    )
    assert [item["done"] for item in given.json()["items"]] == [True, True]
    mine = (await firm.get("/tasks", params={"mine": True, "sort": "due"})).json()["items"]
    assert [each["work"]["owner"]["name"] for each in mine] == ["firm", "firm"]
    assert len((await firm.get("/tasks", params={"owner": me})).json()["items"]) == 2
    later = (web.clock.now() + timedelta(days=3)).isoformat()
    assert (await firm.post("/orders/assign", json={"ids": [first], "due_at": later})).status_code == 403
    await firm.post(f"/tasks/{first}/accept", json={})
    handed = await firm.post("/orders/assign", json={"ids": [first], "owner": f"unit:{unit}"})
    assert handed.json()["items"] == [{"id": first, "done": True, "code": "", "params": {}}], handed.text
    row = (await lead.get(f"/tasks/{first}")).json()
    assert (row["state"], row["claimed_by"], row["work"]["owner"]["key"]) == ("open", None, f"unit:{unit}")
    assert (await other.post("/orders/assign", json={"ids": [first], "owner": ""})).status_code == 404
    assert (await other.get(f"/orders/{first}/hands")).status_code == 404
    foreign = next(iter((await lead.get(f"/orders/{first}/hands")).json()["items"]))["key"][:-1] + "0"
    assert (await lead.post("/orders/assign", json={"ids": [first], "owner": foreign})).status_code == 400
    both = await lead.post("/orders/steps", json={"ids": [first, one["id"]], "step": "send_back", "note": "?"})
    assert [(i["done"], i["code"]) for i in both.json()["items"]] == [(False, "incident.step_state")] * 2
    web.clock.advance(2 * 86400)
    lead = await web.person("lead-of-the-day", Role.LEAD)
    late = (await lead.get("/tasks", params={"overdue": True})).json()["items"]
    assert {each["id"] for each in late} == {first, second}
    sheet = (await lead.get("/tasks/export.csv", params={"columns": "id,owner,due_at,overdue"})).text
    assert sheet.count(",true") == 2 and ",firm," in sheet
