"""Answers from the site over HTTP: once each, within the scope, and what is refused."""

import asyncio
from datetime import timedelta

import pytest

from support.happenings import NOON, SECOND, incident_id, opened
from zhigan.bus import log
from zhigan.incidents.answers import Response
from zhigan.incidents.model import Actor, Answer, Merged, Reason, Why
from zhigan.incidents.proof import verify
from zhigan.incidents.responses import respond
from zhigan.incidents.store import apply
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import RESPONSE_ROLES, Role

PATH = f"/incidents/{incident_id(1)}/responses"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100)
MOV = b"\x00\x00\x00\x14ftypqt  " + bytes(100)


async def happen(pool: Pool, *changes: object) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await log.append(conn, await apply(conn, changes, NOON), NOON)


async def test_an_answer_sent_five_times_at_once_counts_once(web, pool):
    await happen(pool, opened(1))
    station = await web.person("微站王某", Role.STATION, "unit:U1")
    body = {"kind": "on_the_way", "key": "k-1", "note": " 两分钟到 "}
    got = await asyncio.gather(*(station.post(PATH, json=body) for _ in range(5)))
    assert sorted(a.status_code for a in got) == [200, 200, 200, 200, 201]
    assert len({a.json()["id"] for a in got}) == 1
    (shown,) = (await station.get(PATH)).json()["items"]
    assert (shown["kind"], shown["who"], shown["role"]) == ("on_the_way", "微站王某", "station")
    assert shown["note"] == "两分钟到"
    other = await web.person("other", Role.UNIT, "unit:U1")
    assert (await other.post(PATH, json=body)).status_code == 201  # a key is its owner's
    async with pool.acquire() as conn:
        events = [e for e in await log.read(conn, 0, 100) if e.type.value == "incident.responded"]
        audited = await conn.fetchval("select count(*) from access.audit where action = 'incident.responded'")
        assert await verify(conn) is None
    assert [e.body["response"]["kind"] for e in events] == ["on_the_way"] * 2
    assert (audited, events[0].body["version"], events[0].body["grade"]) == (2, 2, "II")


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_answer(web, pool, role):
    await happen(pool, opened(1))
    person = await web.person("somebody", role)
    answer = await person.post(PATH, json={"kind": "acknowledged"})
    assert answer.status_code == (201 if role in RESPONSE_ROLES else 403)
    if answer.status_code == 403:
        assert answer.json()["code"] == "response.role"


async def test_what_is_refused(web, pool, hand_clock):
    await happen(pool, opened(1))
    unit, duty = await web.person("unit", Role.UNIT, "unit:U1"), await web.person("duty", Role.DUTY)
    outside = await web.person("outside", Role.STATION, "unit:U2")
    assert (await outside.post(PATH, json={"kind": "fire"})).status_code == 404
    assert (await outside.get(PATH)).status_code == 404
    for body in ({"kind": "perhaps"}, {"kind": "fire", "note": "x" * 501}, {"kind": "fire", "key": "k" * 65}, {}):
        assert (await unit.post(PATH, json=body)).status_code == 400
    for kind, cause, code in (("no_fire", "F1", "response.cause"), ("fire", "U1", "response.cause"),
                              ("no_fire", "Z9", "incident.cause"), ("arrived", "U1", "response.cause")):  # fmt: skip
        wrong = await unit.post(PATH, json={"kind": kind, "cause": cause})
        assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, code), (kind, cause)
    assert (await unit.post(PATH, json={"kind": "no_fire", "cause": "U1"})).status_code == 201
    await duty.post(f"/incidents/{incident_id(1)}/dismiss", json={"cause": "U1"})
    late = await unit.post(PATH, json={"kind": "fire"})
    assert (late.status_code, late.json()["code"], late.json()["state"]) == (409, "response.closed", "closed")
    then = to_datetime(hand_clock.micros()) - timedelta(minutes=4)
    told = await unit.post(PATH, json={"kind": "arrived", "said_at": then.isoformat()})
    assert (told.status_code, told.json()["said_at"]) == (201, then.isoformat().replace("+00:00", "Z"))
    stale = to_datetime(hand_clock.micros()) - timedelta(days=3)
    told = (await unit.post(PATH, json={"kind": "arrived", "said_at": stale.isoformat()})).json()
    assert told["said_at"] == told["at"]


async def test_an_old_link_leads_to_the_survivor(web, pool):
    await happen(pool, opened(1), opened(2))
    await happen(pool, Merged(incident=incident_id(1), into=incident_id(2), reason=Reason(Why.SPREAD), at=NOON))
    station = await web.person("station", Role.STATION)
    given = (await station.post(PATH, json={"kind": "arrived", "key": "a"})).json()
    assert given["incident"] == incident_id(2)
    assert (await station.post(PATH, json={"kind": "arrived", "key": "a"})).status_code == 200
    (shown,) = (await station.get(f"/incidents/{incident_id(2)}")).json()["responses"]
    assert shown["kind"] == "arrived"


async def test_a_voice_key_answers_without_a_session(pool):
    await happen(pool, opened(1))
    async with pool.acquire() as conn, conn.transaction():
        said = Response(kind=Answer.FIRE, key="call-7")
        given = await respond(conn, incident_id(1), born(NOON, "a"), said, Actor("p1", "李某"), NOON + SECOND)
        again = await respond(conn, incident_id(1), born(NOON, "b"), said, Actor("p1", "李某"), NOON + SECOND)
    assert (given.row.grade.name, again.draft, again.record["id"]) == ("I", None, given.record["id"])
    assert given.draft is not None and given.draft.body["grade"] == "I"


async def test_whoever_may_answer_may_send_a_picture(web, pool):
    await happen(pool, opened(1))
    owner, industry = await web.person("owner", Role.OWNER, "unit:U1"), await web.person("moe", Role.INDUSTRY)
    path = f"/incidents/{incident_id(1)}/files"
    taken = await owner.post(path, files={"file": ("a.jpg", JPEG)})
    assert (taken.status_code, taken.json()["type"]) == (201, "image/jpeg")
    assert (await owner.post(path, files={"file": ("b.mov", MOV)})).json()["type"] == "video/quicktime"
    assert (await industry.post(path, files={"file": ("a.jpg", JPEG)})).status_code == 403
