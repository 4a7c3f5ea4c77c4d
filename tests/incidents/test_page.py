"""The incident's page from outside: its detectors' past, merging by hand, photos and files, the printed report."""

import asyncio
import hashlib
import random
from datetime import timedelta

import msgspec
import pytest

from support.happenings import NOON, SECOND, incident_id, joined, opened, place
from support.web import Web
from zhigan.bus import log
from zhigan.incidents import api
from zhigan.incidents.press import Press, Unprinted
from zhigan.incidents.proof import verify
from zhigan.incidents.report import document
from zhigan.incidents.shelf import MOST_BYTES, Shelf, plain_name, type_of
from zhigan.incidents.store import apply
from zhigan.incidents.views import IncidentView
from zhigan.registry import api as registry_api
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import Role

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
OUTSIDE = "area:360803"


async def happen(pool: Pool, *changes: object) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await log.append(conn, await apply(conn, changes, NOON), NOON)


def of_unit(number: int, unit: int = 1, **more: object):
    """Another incident of that unit's case."""
    return msgspec.structs.replace(opened(number, **more), place=place(unit), case_key=f"case-{unit}")


async def sound(pool: Pool) -> None:
    async with pool.acquire() as conn:
        assert await verify(conn) is None


# ---------------------------------------------------------------- the detectors' past


async def again(pool: Pool, number: int, days: int, device: str, cause: str | None, outcome: str | None) -> None:
    """A closed incident of that device, so many days ago."""
    at = NOON - days * 86_400 * SECOND
    change = opened(number, at=at)
    await happen(pool, msgspec.structs.replace(change, alarms=(_of(change.alarms[0], device),)))
    async with pool.acquire() as conn:
        await conn.execute(
            "update incidents.incident set state = 'closed', closed_at = $2, outcome = $3, cause = $4 "
            "where id = $1::uuid",
            incident_id(number), to_datetime(at), outcome, cause,
        )  # fmt: skip


def _of(alarm, device: str):
    return msgspec.structs.replace(alarm, device_id=device)


async def test_a_detectors_past_counts_what_was_false(web, pool):
    await happen(pool, opened(1))
    device = opened(1).alarms[0].device_id
    assert device is not None
    await again(pool, 2, 3, device, "U1", "false_alarm")
    await again(pool, 3, 20, device, "D1", "fault")
    await again(pool, 4, 40, device, "F2", "fire")
    await again(pool, 5, 90, device, "T1", "test")
    await again(pool, 6, 500, device, "E1", "false_alarm")
    duty = await web.person("duty", Role.DUTY)
    (past,) = (await duty.get(f"/incidents/{incident_id(1)}/devices")).json()["items"]
    assert past["month"] == {"incidents": 2, "false_alarms": 2}
    assert past["year"] == {"incidents": 4, "false_alarms": 2}
    assert [e["cause"] for e in past["latest"]] == ["U1", "D1", "F2", "T1", "E1"]
    assert past["latest"][0]["id"] == incident_id(2)
    assert (past["name"], past["last_test_seen"]) == ("1号楼感烟0", None)


async def test_a_place_remembers_what_its_former_device_did(pool, hand_clock, tmp_path):
    handlers = [*api.handlers, *registry_api.handlers]
    web = Web(pool, hand_clock, handlers, tmp_path, {"shelf": Shelf(tmp_path), "press": Press(), "importable": {}})
    operator = await web.person("op", Role.OPERATOR)
    unit = {"code": "U9", "name": "九", "premises": "crowded", "area_code": "360802", "lon": 114.99, "lat": 27.11}
    made = (await operator.post("/units", json=unit)).json()
    body = {"unit_id": made["id"], "name": "走廊烟感", "type": "smoke", "gateway": "ctwing", "address": "D-1"}
    old = (await operator.post("/devices", json=body)).json()["id"]
    await again(pool, 2, 3, old, "U1", "false_alarm")
    await again(pool, 3, 4, old, "F1", "fire")
    new = (await operator.post(f"/devices/{old}/replace", json={"address": "D-2"})).json()["id"]
    await again(pool, 4, 1, new, "E1", "false_alarm")
    for asked, own in ((new, 1), (old, 2)):
        past = (await operator.get(f"/devices/{asked}/past")).json()
        assert past["year"] == {"incidents": 3, "false_alarms": 2}, "of the place"
        assert (past["own"]["incidents"], past["before"]) == (own, 1)
    assert [(e["cause"], e["own"]) for e in past["latest"]] == [("E1", False), ("U1", True), ("F1", True)]
    building = (await operator.post(f"/units/{made['id']}/buildings", json={"code": "1", "name": "1号楼"})).json()
    await operator.post(f"/buildings/{building['id']}/floors", json={"name": "三层"})
    for said, shown in (("1", "1F"), ("-1", "B1"), ("东侧夹层", "东侧夹层"), ("3", "三层")):
        await operator.patch(f"/devices/{new}", json={"building_id": building["id"], "floor": said})
        assert (await operator.get(f"/devices/{new}/past")).json()["floor"] == shown
    outside = await web.person("out", Role.ADMIN, OUTSIDE)
    assert (await outside.get(f"/devices/{new}/past")).status_code == 404


async def test_the_past_outside_the_scope_is_not_told(web, pool):
    await happen(pool, opened(1))
    device = opened(1).alarms[0].device_id
    assert device is not None
    await again(pool, 2, 3, device, "U1", "false_alarm")
    async with pool.acquire() as conn:
        await conn.execute("update incidents.incident set area = '360803' where id = $1::uuid", incident_id(2))
    here, there = await web.person("here", Role.DUTY, "area:360802"), await web.person("there", Role.DUTY, OUTSIDE)
    (past,) = (await here.get(f"/incidents/{incident_id(1)}/devices")).json()["items"]
    assert (past["year"], past["latest"]) == ({"incidents": 0, "false_alarms": 0}, [])
    assert (await there.get(f"/incidents/{incident_id(1)}/devices")).status_code == 404


async def test_the_past_is_quick_among_a_hundred_thousand(web, pool):
    await happen(pool, opened(1))
    device = opened(1).alarms[0].device_id
    async with pool.acquire() as conn:
        await conn.execute(MANY, to_datetime(NOON), device, bytes(32))
        await conn.execute("analyze incidents.incident")
        await conn.execute("analyze incidents.alarm")
    duty = await web.person("duty", Role.DUTY, "area:360802")
    loop, took = asyncio.get_running_loop(), []
    for _ in range(7):
        began = loop.time()
        answer = await duty.get(f"/incidents/{incident_id(1)}/devices")
        took.append(loop.time() - began)
    (past,) = answer.json()["items"]
    assert past["year"]["incidents"] == 400
    assert min(took) < 0.05, took


MANY = """
with made as (
  select gen_random_uuid() as id, $1::timestamptz - n * interval '300 seconds' as at, n
  from generate_series(1, 100000) n
), incident as (
  insert into incidents.incident
    (id, version, grade, kind, state, outcome, cause, slot, case_key, locus, opened_at, received_at, last_signal_at,
     closed_at, desk, seq, hash, area, unit)
  select id, 1, 2, 'fire', 'closed', 'false_alarm', 'U1', 's' || n, 'c' || n, 'l' || n, at, at, at, at, true, 0,
         $3::bytea, '360802', 'U' || n % 500
  from made
)
insert into incidents.alarm
  (id, incident, device_id, address, device, kind, condition, raised_at, received_at, last_at, count)
select gen_random_uuid(), id, case when n <= 400 then $2::uuid else md5((n % 3000)::text)::uuid end, 'a', 'd', 'fire',
       'fire', at, at, at, 1
from made
"""


# ---------------------------------------------------------------- merging by hand


async def test_two_incidents_of_one_unit_become_one(web, pool):
    await happen(pool, of_unit(1, grade=Grade.II), of_unit(2, grade=Grade.I))
    duty = await web.person("duty", Role.DUTY)
    answer = await duty.post(f"/incidents/{incident_id(2)}/merge", json={"into": incident_id(1), "note": "同一场火"})
    assert answer.status_code == 200, answer.text
    whole = answer.json()
    assert (whole["id"], whole["grade"], whole["merged"]) == (incident_id(1), "I", [incident_id(2)])
    assert len(whole["alarms"]) == whole["alarm_count"] == 2
    lines = {(line["incident"], line["what"]): line for line in whole["timeline"]}
    told = lines[incident_id(2), "merged"]
    assert (told["who"], told["detail"]["into"], told["detail"]["note"]) == ("duty", incident_id(1), "同一场火")
    assert lines[incident_id(1), "absorbed"]["detail"]["incident"] == incident_id(2)
    gone = (await duty.get(f"/incidents/{incident_id(2)}")).json()
    assert (gone["merged_into"], gone["steps"]) == (incident_id(1), [])
    listed = (await duty.get("/incidents?open=true")).json()["items"]
    assert [row["id"] for row in listed] == [incident_id(1)]
    assert (await duty.post(f"/incidents/{incident_id(2)}/accept", json={})).status_code == 409
    async with pool.acquire() as conn:
        events = await log.read(conn, 0, 100)
    assert [e.type.value for e in events][-2:] == ["incident.merged", "incident.changed"]
    await sound(pool)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (opened(2), "unit"),
        (of_unit(2, grade=Grade.III, kind=Kind.FAULT), "desk"),
        (msgspec.structs.replace(of_unit(2), case_key="case-9"), "unit"),
    ],
)
async def test_what_does_not_belong_together_is_refused(web, pool, other, why):
    await happen(pool, opened(1), other)
    duty = await web.person("duty", Role.DUTY)
    answer = await duty.post(f"/incidents/{incident_id(2)}/merge", json={"into": incident_id(1)})
    assert answer.status_code == 409 and why in answer.json()["detail"]
    assert (await duty.get(f"/incidents/{incident_id(2)}")).json()["version"] == 1


async def test_two_buildings_or_itself_or_a_closed_one_are_refused(web, pool):
    one, two = (
        msgspec.structs.replace(
            of_unit(n), place=msgspec.structs.replace(place(1), building_id=born(NOON, "building", n))
        )
        for n in (1, 2)
    )
    await happen(pool, one, two, of_unit(3))
    duty = await web.person("duty", Role.DUTY)
    path = f"/incidents/{incident_id(2)}/merge"
    assert "building" in (await duty.post(path, json={"into": incident_id(1)})).json()["detail"]
    assert (await duty.post(path, json={"into": incident_id(2)})).status_code == 409
    await duty.post(f"/incidents/{incident_id(3)}/dismiss", json={"cause": "U1"})
    assert "closed" in (await duty.post(path, json={"into": incident_id(3)})).json()["detail"]
    assert (await duty.post(path, json={"into": "nothing"})).status_code == 404
    assert (await duty.post(path, json={})).status_code == 400


async def test_merging_from_outside_is_404_and_by_a_reader_403(web, pool):
    await happen(pool, of_unit(1), of_unit(2))
    stranger, reader = await web.person("stranger", Role.DUTY, OUTSIDE), await web.person("reader", Role.SUPERVISOR)
    path, body = f"/incidents/{incident_id(2)}/merge", {"into": incident_id(1)}
    assert (await stranger.post(path, json=body)).status_code == 404
    assert (await reader.post(path, json=body)).status_code == 403


async def test_merged_both_ways_at_one_instant_one_wins(web, pool):
    await happen(pool, of_unit(1), of_unit(2))
    anna, bo = await web.person("anna", Role.DUTY), await web.person("bo", Role.DUTY)
    answers = await asyncio.gather(
        anna.post(f"/incidents/{incident_id(1)}/merge", json={"into": incident_id(2)}),
        bo.post(f"/incidents/{incident_id(2)}/merge", json={"into": incident_id(1)}),
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert len((await anna.get("/incidents?open=true")).json()["items"]) == 1
    await sound(pool)


async def test_the_engine_is_told_of_a_merge(web, pool):
    await happen(pool, of_unit(1), of_unit(2))
    duty = await web.person("duty", Role.DUTY)
    heard: asyncio.Queue[object] = asyncio.Queue()
    async with pool.acquire() as conn:
        await conn.add_listener("zhigan_case", lambda *given: heard.put_nowait(given[-1]))
        await duty.post(f"/incidents/{incident_id(2)}/merge", json={"into": incident_id(1)})
        assert await asyncio.wait_for(heard.get(), 30) == "case-1"
        await conn.reset()


async def test_what_went_into_the_loser_follows_to_the_survivor(web, pool):
    await happen(pool, of_unit(1), of_unit(2), of_unit(3), joined(3, 1))
    duty = await web.person("duty", Role.DUTY)
    for gone, into in ((3, 2), (2, 1)):
        await duty.post(f"/incidents/{incident_id(gone)}/merge", json={"into": incident_id(into)})
    whole = (await duty.get(f"/incidents/{incident_id(1)}")).json()
    assert (set(whole["merged"]), len(whole["alarms"])) == ({incident_id(2), incident_id(3)}, 4)
    await sound(pool)


# ---------------------------------------------------------------- photos and files


async def test_a_photo_hangs_on_the_incident_with_its_hash_in_the_timeline(web, pool):
    await happen(pool, opened(1))
    duty = await web.person("duty", Role.DUTY)
    path = f"/incidents/{incident_id(1)}/files"
    answer = await duty.post(path, files={"file": ("现场 走廊.png", PNG, "text/html")})
    assert answer.status_code == 201, answer.text
    file = answer.json()
    sha256 = hashlib.sha256(PNG).hexdigest()
    assert (file["name"], file["type"], file["size"], file["sha256"], file["who"]) == (
        "现场 走廊.png", "image/png", len(PNG), sha256, "duty",
    )  # fmt: skip
    line = (await duty.get(f"/incidents/{incident_id(1)}")).json()["timeline"][-1]
    assert (line["what"], line["detail"]["name"], line["detail"]["sha256"]) == ("attached", "现场 走廊.png", sha256)
    assert [f["id"] for f in (await duty.get(path)).json()["items"]] == [file["id"]]
    content = await duty.get(f"{path}/{file['id']}")
    assert content.content == PNG
    assert content.headers["content-type"] == "image/png"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E7%8E%B0")
    await sound(pool)


async def test_the_same_photo_again_is_one_photo_also_at_one_instant(web, pool):
    await happen(pool, opened(1))
    duty = await web.person("duty", Role.DUTY)
    path = f"/incidents/{incident_id(1)}/files"
    answers = await asyncio.gather(*(duty.post(path, files={"file": ("a.png", PNG)}) for _ in range(4)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    lines = (await duty.get(f"/incidents/{incident_id(1)}")).json()["timeline"]
    assert [line["what"] for line in lines] == ["opened", "attached"]


@pytest.mark.parametrize(
    "content", [b"", b"<html><script>", b"GIF89a" + bytes(20), b"\0\0\0\x18ftypheic", b"PK\3\4", b"<svg xmlns=''/>"]
)
async def test_what_is_no_picture_is_refused_whatever_it_says(web, pool, content):
    await happen(pool, opened(1))
    duty = await web.person("duty", Role.DUTY)
    answer = await duty.post(f"/incidents/{incident_id(1)}/files", files={"file": ("a.png", content, "image/png")})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")
    assert (await duty.get(f"/incidents/{incident_id(1)}/files")).json()["items"] == []


async def test_too_large_a_file_is_refused(web, pool):
    await happen(pool, opened(1))
    duty = await web.person("duty", Role.DUTY)
    path = f"/incidents/{incident_id(1)}/files"
    most = await duty.post(path, files={"file": ("a.pdf", PDF + bytes(MOST_BYTES - len(PDF)))})
    assert most.status_code == 201
    over = await duty.post(path, files={"file": ("b.pdf", PDF + bytes(MOST_BYTES - len(PDF) + 1))})
    assert over.status_code == 413


async def test_files_outside_the_scope_do_not_exist(web, pool):
    await happen(pool, opened(1), opened(2))
    duty, stranger = await web.person("duty", Role.DUTY), await web.person("stranger", Role.DUTY, OUTSIDE)
    reader = await web.person("reader", Role.SUPERVISOR)
    path = f"/incidents/{incident_id(1)}/files"
    file = (await duty.post(path, files={"file": ("a.png", PNG)})).json()["id"]
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.get(f"{path}/{file}")).status_code == 404
    assert (await stranger.post(path, files={"file": ("a.png", PNG)})).status_code == 404
    assert (await reader.post(path, files={"file": ("a.png", PNG)})).status_code == 403
    assert (await reader.get(f"{path}/{file}")).status_code == 200
    assert (await duty.get(f"/incidents/{incident_id(2)}/files/{file}")).status_code == 404


def test_types_are_told_by_first_bytes_and_names_made_plain():
    assert type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert type_of(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert type_of(b"\0\0\0\x20ftypisom") == "video/mp4"
    assert type_of(PDF) == "application/pdf"
    assert type_of(b"RIFF\0\0\0\0WAVE") is None
    assert plain_name("../../etc/pass\0wd") == "passwd"
    assert plain_name('C:\\照片\\"a".jpg') == "a.jpg"
    assert plain_name("..") == "file"
    assert len(plain_name("长" * 300 + ".jpeg")) <= 120 and plain_name("长" * 300 + ".jpeg").endswith(".jpeg")


def test_a_content_lies_once_and_whole(tmp_path):
    shelf, content = Shelf(tmp_path / "files"), random.Random(1).randbytes(5000)
    sha256 = shelf.keep(content)
    assert shelf.keep(content) == sha256 == hashlib.sha256(content).digest()
    shelf.path(sha256).write_bytes(b"torn")
    shelf.keep(content)
    assert [p.read_bytes() for p in (tmp_path / "files").rglob("*") if p.is_file()] == [content]


# ---------------------------------------------------------------- the printed report


async def test_the_report_is_a_pdf_of_the_incident(web, pool):
    await happen(pool, opened(1), joined(1, 1))
    duty, stranger = await web.person("duty", Role.DUTY), await web.person("stranger", Role.DUTY, OUTSIDE)
    path = f"/incidents/{incident_id(1)}"
    await duty.post(f"{path}/dismiss", json={"cause": "U1", "note": "厨房油烟 #[1+1] *不是* $标记$"})
    answer = await duty.get(f"{path}/report.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.content.startswith(b"%PDF-") and len(answer.content) > 10_000
    assert (await duty.get(f"{path}/report.pdf?lang=en")).status_code == 200
    assert (await stranger.get(f"{path}/report.pdf")).status_code == 404


async def test_what_stands_in_the_report(web, pool):
    await happen(pool, opened(1), joined(1, 1))
    duty = await web.person("duty", Role.DUTY)
    path = f"/incidents/{incident_id(1)}"
    view = (await duty.post(f"{path}/dismiss", json={"cause": "U1", "note": "厨房"})).json()
    made = document(msgspec.convert(view, IncidentView, strict=False), [], "李某", to_datetime(NOON), "zh")
    assert ("结论", "误报") in made.verdict and ("原因", "U1 油烟") in made.verdict
    assert made.subject == "某某单位1 · 1号楼 12层 东侧走廊"
    assert [line[2].split(" · ")[0] for line in made.timeline] == ["警情产生", "新增报警点", "受理", "按误报结束"]
    assert "厨房" in made.timeline[-1][2] and "感烟1" in made.timeline[0][2]
    assert [line[3] for line in made.timeline] == [line["hash"] for line in view["timeline"]]
    assert made.printed == "打印 李某 · 2026-11-22 12:00:00"
    assert made.alarms[0][:2] == ("1号楼感烟0 · 1.1.40.0", "火警")


async def test_a_press_that_takes_too_long_is_stopped(web, pool):
    await happen(pool, opened(1))
    duty = await web.person("duty", Role.DUTY)
    view = (await duty.get(f"/incidents/{incident_id(1)}")).json()
    made = document(msgspec.convert(view, IncidentView, strict=False), [], "李某", to_datetime(NOON), "zh")
    with pytest.raises(Unprinted):
        await Press(patience_s=0.01).pdf(made)


async def test_a_long_incident_is_printed_whole(web, pool):
    await happen(pool, opened(1), *(joined(1, n) for n in range(1, 300)))
    duty = await web.person("duty", Role.DUTY)
    for n in range(20):
        await duty.post(f"/incidents/{incident_id(1)}/note", json={"note": f"第{n}次回访,现场无异常。" * 20})
    began = asyncio.get_running_loop().time()
    answer = await duty.get(f"/incidents/{incident_id(1)}/report.pdf")
    took = timedelta(seconds=asyncio.get_running_loop().time() - began)
    assert answer.status_code == 200 and took < timedelta(seconds=15)
