"""The desk from outside: lists, the incident page, the steps, and what lies outside a scope."""

import asyncio
from datetime import datetime

import msgspec
import pytest

from support.happenings import NOON, SECOND, alarm_id, incident_id, joined, opened, raised, unit_id
from support.paging import holds_both_ways, walked
from support.taken import unmarked
from zhigan.bus import log
from zhigan.incidents.model import Merged, Reason, Remarked, Why
from zhigan.incidents.proof import verify
from zhigan.incidents.store import apply
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import Role

FIRE = bytes.fromhex(
    "404001000101203A091A090C790300000000385B0100000030000202010101280A0002000200202020202020202020202020"
    "20202020202020202020202020202020202000023A091A090C462323"
)
"""2号10区 感烟探测器 火警: a published frame (tests/vectors/gb26875)."""
CONTRACT = {
    *("id", "version", "grade", "reasons", "kind", "state", "outcome", "unit", "building", "place"),
    *("opened_at", "received_at", "last_signal_at", "alarms", "timeline"),
}


async def happen(pool: Pool, *changes: object) -> None:
    async with pool.acquire() as conn, conn.transaction():
        drafts = await apply(conn, changes, NOON)
        await log.append(conn, drafts, NOON)


async def test_an_incident_has_the_contracts_fields(web, pool):
    await happen(pool, opened(1), joined(1, 1))
    duty = await web.person("duty", Role.DUTY)
    shown = (await duty.get(f"/incidents/{incident_id(1)}")).json()
    assert set(shown) >= CONTRACT
    assert shown["unit"] == {"id": unit_id(1), "code": "U1", "name": "某某单位1"}
    assert (shown["building"], shown["outcome"], shown["state"], shown["grade"]) == (None, None, "open", "II")
    assert shown["place"] == "1号楼 12层 东侧走廊"
    assert shown["opened_at"] == shown["received_at"] == "2026-11-22T04:00:00Z"
    (reason,) = shown["reasons"]
    assert (reason["why"], "尚未核实" in reason["zh"], "not verified" in reason["en"]) == ("first_fire", True, True)
    assert [a["component"] for a in shown["alarms"]] == ["1.1.40.0", "1.1.40.1"]
    assert set(shown["alarms"][0]) >= {
        "id",
        "device",
        "component",
        "kind",
        "condition",
        "raised_at",
        "cleared_at",
        "count",
    }
    assert [line["what"] for line in shown["timeline"]] == ["opened", "joined"]
    assert set(shown["timeline"][0]) >= {"at", "who", "what", "detail", "hash"}
    assert shown["timeline"][0]["detail"]["reasons"][0]["zh"] == reason["zh"]
    assert shown["steps"] == ["accept", "confirm", "dismiss", "note"]
    assert shown["verify_by"] == "2026-11-22T04:01:30Z"


async def test_the_whole_way_from_open_to_closed(web, pool):
    await happen(pool, opened(1))
    duty, lead = await web.person("duty", Role.DUTY), await web.person("lead", Role.LEAD)
    path = f"/incidents/{incident_id(1)}"
    accepted = await duty.post(f"{path}/accept", json={})
    assert (accepted.status_code, accepted.json()["state"], accepted.json()["claimed_by"]["name"]) == (
        200,
        "verifying",
        "duty",
    )
    assert (await duty.post(f"{path}/confirm", json={"basis": "unverifiable"})).status_code == 403
    confirmed = (await lead.post(f"{path}/confirm", json={"basis": "unverifiable", "note": "联系不上现场"})).json()
    assert (confirmed["state"], confirmed["grade"], confirmed["basis"], confirmed["verify_by"]) == (
        "confirmed",
        "I",
        "unverifiable",
        None,
    )
    assert (await duty.post(f"{path}/dispatch", json={})).json()["state"] == "dispatched"
    assert (await duty.post(f"{path}/close", json={"outcome": "false_alarm", "note": "未见火"})).status_code == 403
    closed = (await lead.post(f"{path}/close", json={"outcome": "false_alarm", "note": "未见火", "cause": "U1"})).json()
    assert (closed["state"], closed["outcome"], closed["cause"]) == ("closed", "false_alarm", "U1")
    assert (await duty.post(f"{path}/note", json={"note": "已回访"})).status_code == 200
    assert (await duty.get("/incidents?state=closed")).json()["items"][0]["id"] == incident_id(1)
    async with pool.acquire() as conn:
        assert await verify(conn) is None
        assert await log.verify(conn) is None
        events = await log.read(conn, 0, 100)
        audited = await conn.fetch(
            "select action, name from access.audit where subject = $1 order by id", incident_id(1)
        )
    assert [e.type for e in events] == [
        EventType.INCIDENT_OPENED,
        *[EventType.INCIDENT_CHANGED] * 3,
        EventType.INCIDENT_CLOSED,
        EventType.INCIDENT_CHANGED,
    ]
    assert [e.body["version"] for e in events] == [1, 2, 3, 4, 5, 6]
    assert [tuple(r) for r in audited] == [
        ("incident.accepted", "duty"),
        ("incident.confirmed", "lead"),
        ("incident.dispatched", "duty"),
        ("incident.closed", "lead"),
        ("incident.noted", "duty"),
    ]


async def test_dismissed_straight_from_open(web, pool):
    await happen(pool, opened(1))
    duty = await web.person("duty", Role.DUTY)
    done = await duty.post(f"/incidents/{incident_id(1)}/dismiss", json={"cause": "T3"})
    assert (done.status_code, done.json()["outcome"], done.json()["version"]) == (200, "drill", 2)
    assert [line["what"] for line in done.json()["timeline"]] == ["opened", "accepted", "dismissed"]


@pytest.mark.parametrize(
    ("step", "body", "status"),
    [
        ("accept", None, 200),
        ("accept", {}, 200),
        ("release", {}, 409),
        ("dispatch", {}, 409),
        ("close", {"outcome": "fire"}, 409),
        ("confirm", {}, 400),
        ("confirm", {"basis": "hearsay"}, 400),
        ("dismiss", {}, 400),
        ("dismiss", {"cause": "Z9"}, 400),
        ("dismiss", {"cause": "F1"}, 400),
        ("note", {}, 400),
        ("note", {"note": 7}, 400),
        ("accept", {"seen": "verifying"}, 409),
        ("respond", {}, 400),
        ("fly", {}, 400),
    ],
)
async def test_a_step_on_an_open_incident(web, pool, step, body, status):
    await happen(pool, opened(1))
    duty = await web.person("duty", Role.DUTY)
    answer = await duty.post(f"/incidents/{incident_id(1)}/{step}", **({} if body is None else {"json": body}))
    assert answer.status_code == status, answer.text
    version = (await duty.get(f"/incidents/{incident_id(1)}")).json()["version"]
    assert version == (2 if status == 200 else 1)
    if status != 200:
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_two_who_accept_at_one_instant(web, pool):
    await happen(pool, opened(1))
    people = [await web.person(f"值班{n}", Role.DUTY) for n in range(4)]
    answers = await asyncio.gather(*(p.post(f"/incidents/{incident_id(1)}/accept", json={}) for p in people))
    won = [a for a in answers if a.status_code == 200]
    lost = [a for a in answers if a.status_code == 409]
    assert (len(won), len(lost)) == (1, 3)
    winner = won[0].json()["claimed_by"]["name"]
    for answer in lost:
        told = answer.json()
        assert (told["state"], told["claimed_by"]["name"], winner in told["detail"]) == ("verifying", winner, True)


async def test_two_verdicts_at_one_instant_one_wins_and_the_other_is_told_who_what_and_when(web, pool):
    await happen(pool, opened(1))
    anna, bo = await web.person("anna", Role.DUTY), await web.person("bo", Role.DUTY)
    path = f"/incidents/{incident_id(1)}"
    answers = await asyncio.gather(
        anna.post(f"{path}/confirm", json={"basis": "phone", "seen": "open"}),
        bo.post(f"{path}/dismiss", json={"cause": "U1", "seen": "open"}),
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    late = next(a for a in answers if a.status_code == 409).json()
    first = answers[0].status_code == 200
    who, what, state = ("anna", "confirmed", "confirmed") if first else ("bo", "dismissed", "closed")
    assert late["state"] == state and late["claimed_by"]["name"] == who
    assert (late["last"]["who"], late["last"]["what"]) == (who, what)
    assert who in late["detail"] and what in late["detail"] and late["last"]["at"] in late["detail"]
    lines = (await anna.get(path)).json()["timeline"]
    assert [(line["who"], line["what"]) for line in lines] == [("platform", "opened"), (who, "accepted"), (who, what)]
    assert datetime.fromisoformat(lines[-1]["at"]) == datetime.fromisoformat(late["last"]["at"])


@pytest.mark.parametrize("role", [r for r in Role if r not in {"duty", "lead", "operator", "admin"}])
async def test_a_role_without_the_step_is_refused_but_reads(web, pool, role):
    await happen(pool, opened(1))
    person = await web.person("person", role)
    assert (await person.get(f"/incidents/{incident_id(1)}")).json()["steps"] == []
    assert (await person.post(f"/incidents/{incident_id(1)}/accept", json={})).status_code == 403
    assert len((await person.get("/incidents")).json()["items"]) == 1


async def test_outside_the_scope_nothing_exists(web, pool):
    await happen(
        pool, opened(1), opened(2, grade=Grade.III, kind=Kind.SHIELD), opened(3, grade=Grade.IV, kind=Kind.FAULT)
    )
    for name, scope in (("area", "area:360803"), ("unit", "unit:U9"), ("industry", "area:360802+industry:health")):
        outside = await web.person(name, Role.ADMIN, scope)
        for path in ("incidents", "attention", "tasks"):
            assert (await outside.get(f"/{path}")).json() == {"items": [], "next": None}
            for number in (1, 2, 3):
                one = f"/{path}/{incident_id(number)}"
                assert (await outside.get(one)).status_code == 404
                for step in ("accept", "confirm", "dismiss", "note", "close", "release", "dispatch"):
                    assert (await outside.post(f"{one}/{step}", json={"cause": "U1"})).status_code == 404
        for rest in ("frames", "timeline"):
            assert (await outside.get(f"/incidents/{incident_id(1)}/{rest}")).status_code == 404
        assert (await outside.get(f"/incidents?unit_id={unit_id(1)}")).json()["items"] == []
    stranger = await web.person("stranger", Role.COMMUNITY, "area:360803")
    assert (await stranger.post(f"/incidents/{incident_id(1)}/accept", json={})).status_code == 404
    inside = await web.person("inside", Role.DUTY, "area:360802+industry:education,health")
    assert len((await inside.get("/incidents")).json()["items"]) == 1
    for wrong in ("nothing", born(1, "none")):
        assert (await inside.get(f"/incidents/{wrong}")).status_code == 404
        assert (await inside.post(f"/incidents/{wrong}/accept", json={})).status_code == 404
    async with pool.acquire() as conn:
        assert await conn.fetchval("select count(*) from incidents.incident where version > 1") == 0


async def test_alarms_and_lines_are_guarded_by_the_database_too(pool):
    await happen(pool, opened(1), opened(2, area="360803"))
    async with pool.acquire() as conn, conn.transaction():
        scope = '{"area":["360803"]}'
        await conn.execute(
            "select set_config('zhigan.scope', $1, true), set_config('role', 'zhigan_person', true)", scope
        )
        for table in ("incident", "alarm", "timeline"):
            assert await conn.fetchval(f"select count(*) from incidents.{table}") == 1
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("select set_config('role', 'zhigan_person', true)")
        for table in ("incident", "alarm", "timeline"):
            assert await conn.fetchval(f"select count(*) from incidents.{table}") == 0


async def test_the_lists_hold_their_own_grades_and_filter(web, pool):
    await happen(
        pool,
        opened(1, at=NOON),
        opened(2, at=NOON + SECOND, kind=Kind.GAS),
        opened(3, at=NOON + 2 * SECOND),
        raised(3, Grade.I),
        opened(4, grade=Grade.III, kind=Kind.SHIELD),
        opened(5, grade=Grade.IV, kind=Kind.FAULT),
    )
    duty = await web.person("duty", Role.DUTY)
    await duty.post(f"/incidents/{incident_id(1)}/dismiss", json={"cause": "U1"})

    async def found(query: str) -> list[int]:
        items = (await duty.get(query)).json()["items"]
        return [next(n for n in range(1, 6) if incident_id(n) == i["id"]) for i in items]

    assert await found("/incidents") == [3, 2, 1]
    assert await found("/attention") == [4]
    assert await found("/tasks") == [5]
    assert await found("/incidents?state=open") == [3, 2]
    assert await found("/incidents?state=closed,open") == [3, 2, 1]
    assert await found("/incidents?open=true") == [3, 2]
    assert await found("/incidents?open=false") == [1]
    assert await found("/incidents?grade=I") == [3]
    assert await found("/incidents?grade=III") == []
    assert await found("/incidents?kind=gas,water") == [2]
    assert await found(f"/incidents?unit_id={unit_id(2)}") == [2]
    assert await found("/incidents?since=2026-11-22T12:00:01%2B08:00") == [3, 2]
    assert await found("/incidents?q=某某单位2") == [2]
    assert await found("/incidents?q=100%25") == []
    for wrong in (
        "state=gone",
        "grade=V",
        "kind=x",
        "unit_id=x",
        "since=yesterday",
        "since=2026-11-22T12:00:01",
        "limit=0",
    ):
        assert (await duty.get(f"/incidents?{wrong}")).status_code == 400, wrong


async def test_pages_hold_while_rows_come(web, pool):
    await happen(pool, *(opened(n, at=NOON + n // 3) for n in range(12)))
    duty = await web.person("duty", Role.DUTY)
    seen: list[str] = []
    cursor = ""
    for turn in range(3):
        page = (await duty.get(f"/incidents?limit=5{cursor}")).json()
        seen += [i["id"] for i in page["items"]]
        cursor = f"&cursor={page['next']}"
        if turn == 0:
            await happen(pool, opened(99, at=NOON + SECOND))
    assert page["next"] is None
    assert (len(seen), len(set(seen)), incident_id(99) in seen) == (12, 12, False)
    assert (await duty.get("/incidents?limit=100000")).status_code == 200


async def test_a_list_is_taken_out_as_it_is_narrowed(web, pool):
    await happen(pool, *(opened(n, at=NOON + n * SECOND) for n in range(1, 6)))
    duty = await web.person("duty", Role.DUTY)
    await duty.post(f"/incidents/{incident_id(2)}/dismiss", json={"cause": "U1"})
    for asked, count in (
        ({}, 5), ({"outcome": "false_alarm"}, 1), ({"outcome": "fire"}, 0), ({"cause": "U1"}, 1),
        ({"industry": "post"}, 0),
        ({"until": to_datetime(NOON + 3 * SECOND).isoformat(), "since": to_datetime(NOON).isoformat()}, 2),
    ):  # fmt: skip
        assert len((await duty.get("/incidents", params=asked)).json()["items"]) == count, asked
        answer = await duty.get("/incidents/export.csv", params={**asked, "encoding": "utf-8"})
        head, *rows = unmarked(answer.text)
        assert len(rows) == count and head.startswith("id,grade,kind,state"), asked
    assert "U1" in (await duty.get("/incidents/export.csv?outcome=false_alarm")).text
    outside = await web.person("out", Role.ADMIN, "area:360803")
    assert len(unmarked((await outside.get("/incidents/export.csv")).text)) == 1
    assert (await duty.get("/incidents", params={"until": "2026-01-01T00:00:00"})).status_code == 400


async def test_a_list_is_brief_when_asked(web, pool):
    await happen(pool, opened(1), joined(1, 1))
    duty = await web.person("duty", Role.DUTY)
    full = (await duty.get("/incidents")).json()["items"][0]
    brief = (await duty.get("/incidents?brief=true")).json()["items"][0]
    assert (len(full["alarms"]), len(full["timeline"]), full["alarm_count"]) == (2, 2, 2)
    assert (brief["alarms"], brief["timeline"], brief["alarm_count"]) == ([], [], 2)


async def test_what_merged_stays_readable_through_the_survivor(web, pool):
    spread = Merged(incident=incident_id(1), into=incident_id(2), reason=Reason(Why.SPREAD), at=NOON)
    await happen(pool, opened(1), opened(2), spread)
    duty = await web.person("duty", Role.DUTY)
    survivor = (await duty.get(f"/incidents/{incident_id(2)}")).json()
    assert survivor["merged"] == [incident_id(1)]
    assert {a["id"] for a in survivor["alarms"]} == {alarm_id(1), alarm_id(2)}
    assert sorted(line["what"] for line in survivor["timeline"]) == ["absorbed", "merged", "opened", "opened"]
    assert [i["id"] for i in (await duty.get("/incidents")).json()["items"]] == [incident_id(2)]
    gone = (await duty.get(f"/incidents/{incident_id(1)}")).json()
    assert (gone["merged_into"], gone["steps"]) == (incident_id(2), [])
    answer = await duty.post(f"/incidents/{incident_id(1)}/accept", json={})
    assert (answer.status_code, answer.json()["merged_into"]) == (409, incident_id(2))
    paged: list[str] = []
    cursor = ""
    while True:
        page = (await duty.get(f"/incidents/{incident_id(2)}/timeline?limit=3{cursor}")).json()
        paged += [line["hash"] for line in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert paged == [line["hash"] for line in survivor["timeline"]]


async def test_a_raw_frame_is_explained_in_both_languages(web, pool):
    raw = FIRE
    await happen(pool, opened(1, raw=raw), opened(2, raw=b"@@ no frame"), opened(3))
    duty = await web.person("duty", Role.DUTY)
    (frame,) = (await duty.get(f"/incidents/{incident_id(1)}/frames")).json()["items"]
    assert frame["raw"] == raw.hex().upper()
    assert any("火警" in words["zh"] for words in frame["words"])
    assert any("fire" in words["en"].lower() for words in frame["words"])
    shown = (await duty.get(f"/incidents/{incident_id(1)}")).json()
    assert shown["alarms"][0]["words"] == frame["words"]
    (bad,) = (await duty.get(f"/incidents/{incident_id(2)}/frames")).json()["items"]
    assert len(bad["words"]) == 1
    assert (await duty.get(f"/incidents/{incident_id(3)}/frames")).json()["items"] == []


async def test_an_attention_row_that_became_an_incident_keeps_its_address(web, pool):
    await happen(pool, opened(1, grade=Grade.III, kind=Kind.ELECTRICAL))
    await happen(pool, raised(1, Grade.II, Why.ELECTRICAL_OVER, slot="desk:locus-1"))
    duty = await web.person("duty", Role.DUTY)
    assert (await duty.get(f"/attention/{incident_id(1)}")).json()["queue"] == "desk"
    assert (await duty.get("/attention")).json()["items"] == []
    assert len((await duty.get("/incidents")).json()["items"]) == 1


async def test_a_reset_before_verification_is_flagged(web, pool):
    reset = Remarked(incident=incident_id(1), reason=Reason(Why.RESET_UNVERIFIED), at=NOON, flag="reset_unverified")
    await happen(pool, opened(1), reset)
    duty = await web.person("duty", Role.DUTY)
    shown = (await duty.get(f"/incidents/{incident_id(1)}")).json()
    assert (shown["flags"], shown["state"]) == (["reset_unverified"], "open")


async def test_the_causes_are_listed(web):
    duty = await web.person("duty", Role.DUTY)
    items = (await duty.get("/causes")).json()["items"]
    assert {"code": "U1", "zh": "油烟", "en": "cooking", "outcome": "false_alarm"} in items


async def test_the_document_names_every_step(web):
    text = (await web.client().get("http://city/api/openapi.json")).json()
    for operation in ("listIncidents", "getIncident", "takeIncidentStep", "listAttention", "listTasks", "listCauses"):
        assert operation in msgspec.json.encode(text).decode()


async def test_the_file_is_read_from_either_end(web, pool):
    """Five of twelve came in the same moment as another: the id decides. The export keeps the order asked for."""
    await happen(pool, *(opened(n, at=NOON + n // 2) for n in range(12)))
    duty = await web.person("duty", Role.DUTY)
    oldest = [i["id"] for i in await holds_both_ways(duty, "/incidents", "received_at", 12)]
    assert [i["id"] for i in await walked(duty, "/incidents", limit=5)] == oldest[::-1], "newest first unless asked"
    found = await walked(duty, "/incidents", limit=2, q="某某单位", sort="received_at")
    assert [i["id"] for i in found] == [id_ for id_ in oldest if id_ in {i["id"] for i in found}] and len(found) > 2
    taken = await duty.get("/incidents/export.csv?sort=received_at&encoding=utf-8")
    assert [line.split(",")[0] for line in unmarked(taken.text)[1:]] == oldest


async def test_the_file_is_read_by_grade(web, pool):
    """The gravest first, of a grade the newest; the file that is taken out has the same order and the columns asked."""
    await happen(pool, *(opened(n, at=NOON + n // 2, grade=Grade.I if n % 3 else Grade.II) for n in range(9)))
    duty = await web.person("duty", Role.DUTY)
    found = await walked(duty, "/incidents", limit=2, sort="grade")
    newest = [i["id"] for i in await walked(duty, "/incidents", limit=5)]
    assert [i["grade"] for i in found] == ["I"] * 6 + ["II"] * 3
    assert [i["id"] for i in found] == [i for g in ("I", "II") for i in newest if i in _of_grade(found, g)]
    asked = {"sort": "grade", "columns": "grade,id", "encoding": "utf-8"}
    taken = await duty.get("/incidents/export.csv", params=asked)
    assert unmarked(taken.text) == ["grade,id", *(f"{i['grade']},{i['id']}" for i in found)]
    for wrong in ("colour", "id,id"):
        refused = await duty.get("/incidents/export.csv", params={"columns": wrong})
        assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "columns"
    strange = await duty.get("/incidents", params={"sort": "grade", "cursor": "WyJ4IiwieCJd"})
    assert strange.status_code == 400 and strange.json()["errors"][0]["field"] == "cursor"


def _of_grade(rows, grade):
    return {row["id"] for row in rows if row["grade"] == grade}
