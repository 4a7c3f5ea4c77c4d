"""A month's report: the same figures on page, paper and sheet, within one's scope and under one's own name."""

import zlib
from pathlib import Path
from typing import Any

import pytest

from incidents.test_api import happen
from support.happenings import SECOND, incident_id, opened
from support.taken import unmarked
from support.web import Web
from zhigan.desks.health import store as health
from zhigan.desks.monthly import api, rules
from zhigan.desks.monthly.model import CircuitsOfMonth
from zhigan.incidents import api as incidents_api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.processes.monthly import onlines
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import Role

DAY = 86_400 * SECOND


def png(width: int, height: int) -> bytes:
    """A picture that can be set: grey."""

    def part(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + name + content + zlib.crc32(name + content).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x00\x00\x00\x00"
    lines = (b"\x00" + b"\x80" * width) * height
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")


LOGO = png(60, 60)
ORANGE = "II 级(橙色)"


async def nobody(*_: object) -> CircuitsOfMonth:
    """No unit here has circuits; those are told of in tests/desks/electrical."""
    return CircuitsOfMonth(circuits=[], alarms=0, rising=[], cuts=[])


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
    more = {"shelf": Shelf(tmp_path / "files"), "press": Press(), "onlines": onlines, "circuits": nobody}
    return Web(pool, hand_clock, [*incidents_api.handlers, *api.handlers], tmp_path, more)


def row(report: Any, table: str, first: str) -> dict[str, str]:
    (found,) = [t for t in report["tables"] if t["id"] == table]
    (line,) = [r for r in found["rows"] if r[0] == first]
    return dict(zip(found["heads"], line, strict=True))


async def online(pool: Pool, unit: str, area: str, installed: int, alive: int) -> None:
    async with pool.acquire() as conn:
        await conn.execute(
            "insert into health.tally (unit, type, area, installed, alive, late, offline, never, low_battery,"
            " past_life) values ($1, 'smoke', $2, $3::int, $4::int, 0, $3::int - $4::int, 0, 0, 0)"
            " on conflict (unit, type) do update set alive = excluded.alive, offline = excluded.offline",
            unit, area, installed, alive,
        )  # fmt: skip


async def test_a_month_of_a_hosted_platform_on_page_paper_and_sheet(
    web: Web, pool: Pool, hand_clock: HandClock
) -> None:
    start = hand_clock.micros()
    await happen(
        pool, *(opened(n, at=start) for n in (1, 2, 3)), opened(4, area="360803", at=start),
        opened(5, grade=Grade.IV, kind=Kind.FAULT, at=start - 10 * DAY), opened(6, at=start - 25 * DAY),
    )  # fmt: skip
    for alive in (8, 6):  # two days: the second is today, and not sampled yet
        await online(pool, "U1", "360802", 10, alive)
        await online(pool, "U4", "360803", 10, 0)
        async with pool.acquire() as conn:
            await health.sample(conn, to_datetime(start - DAY))
            await health.sample(conn, to_datetime(start - DAY + 60 * SECOND))
    city, duty, lead = [await web.person(r.value, r) for r in (Role.ADMIN, Role.DUTY, Role.LEAD)]
    hand_clock.advance(60)
    assert (await duty.post(f"/incidents/{incident_id(1)}/dismiss", json={"cause": "U1"})).status_code == 200
    assert (await duty.post(f"/incidents/{incident_id(2)}/confirm", json={"basis": "on_site"})).status_code == 200
    hand_clock.advance(240)
    assert (await lead.post(f"/incidents/{incident_id(2)}/close", json={"outcome": "fire"})).status_code == 200
    first = {"slug": "jizhou", "kind": "district", "name": "吉州区分平台", "scope": "area:360802", "start_page": "map"}
    made = (await city.post("/hosted", json={**first, "administrator": {"name": "jizhou.admin"}})).json()
    logo = await city.post(f"/hosted/{made['hosted']['id']}/logo", files={"file": ("l.png", LOGO)})
    assert logo.status_code == 200, logo.text
    own = await web.client().post("/login", json={"username": "jizhou.admin", "password": made["password"]})
    theirs = web.client(own.json()["token"])

    report = (await theirs.get("/monthly", params={"month": "2026-11"})).json()
    assert (report["name"], report["over"]) == ("吉州区分平台", False) and report["logo"].startswith("/api/v1/faces/")
    orange, red = row(report, "grades", ORANGE), row(report, "grades", "I 级(红色)")
    assert [orange[head] for head in ("合计", "上月", "实警", "误报", "未闭环")] == ["2", "1", "0", "1", "1"]
    assert (red["合计"], red["实警"], red["核实"]) == ("1", "1", "60 秒"), "a confirmed fire is red"
    assert dict(report["head"])["误报率"] == "50.0 %"
    fault = row(report, "work", "故障")
    assert (fault["新增"], fault["未闭环"], fault["最久"]) == ("1", "1", "10 天")
    assert row(report, "devices", "1号楼感烟0")["误报"] == "1"
    assert row(report, "online", BY_NAME["smoke"].zh)["设备在线率"] == "70.0 %", "of 8 of 10 and of 6 of 10"
    assert "areas" not in [t["id"] for t in report["tables"]], "one area needs no table"
    before = (await theirs.get("/monthly", params={"month": "2026-10", "lang": "en"})).json()
    assert row(before, "grades", "II (orange)")["All"] == "1" and before["over"]
    assert [t["rows"] for t in before["tables"] if t["id"] == "online"] == [[]], "nothing was measured then"

    sheet = unmarked((await theirs.get("/monthly/export.csv", params={"month": "2026-11", "encoding": "utf-8"})).text)
    assert "警情与处置结果（按预警等级）,II 级(橙色),误报率,100.0 %" in sheet
    papers: list[bytes] = []
    for lang in ("zh", "en"):
        paper = await theirs.get("/monthly/report.pdf", params={"month": "2026-11", "lang": lang})
        assert paper.status_code == 200 and paper.content.startswith(b"%PDF-"), paper.text
        papers.append(paper.content)
    assert all(b"/Subtype/Image" in each.replace(b"Subtype /Image", b"Subtype/Image") for each in papers)
    trail = (await city.get("/audit", params={"action": "monthly.printed"})).json()["items"]
    assert [line["name"] for line in trail] == ["jizhou.admin"] * 2
    broken = LOGO[:-30] + LOGO[-12:]  # whole by its first and last bytes, and not in between
    assert (await city.post(f"/hosted/{made['hosted']['id']}/logo", files={"file": ("l.png", broken)})).is_success
    paper = await theirs.get("/monthly/report.pdf", params={"month": "2026-11"})
    assert paper.content.startswith(b"%PDF-"), "a logo that cannot be read costs the logo, not the report"
    assert (await city.post(f"/hosted/{made['hosted']['id']}/logo", files={"file": ("l.png", LOGO)})).is_success

    whole = (await city.get("/monthly", params={"month": "2026-11"})).json()
    assert whole["name"] == "" and row(whole, "areas", "青原区")["合计"] == "1"
    asked = {"month": "2026-11", "hosted_id": made["hosted"]["id"]}
    assert (await city.get("/monthly", params=asked)).json() == report, "the city reads theirs as they do"
    outside = await web.person("out", Role.ADMIN, "area:360803")
    assert (await outside.get("/monthly", params=asked)).status_code == 404
    assert row((await outside.get("/monthly", params={"month": "2026-11"})).json(), "grades", ORANGE)["合计"] == "1"


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "november", "1999-01"])
async def test_what_is_no_month_is_said(web: Web, month: str) -> None:
    answer = await (await web.person("duty", Role.DUTY)).get("/monthly", params={"month": month})
    assert (answer.status_code, answer.json()["code"]) == (400, "value.month")


def test_a_month_is_that_of_the_wall_clock_here(hand_clock: HandClock) -> None:
    usual = rules.month(None, hand_clock.now())
    assert usual is not None and usual.over and usual.since.isoformat() == "2026-10-01T00:00:00+08:00"
    assert usual.until.isoformat() == "2026-11-01T00:00:00+08:00" and usual.before.isoformat().startswith("2026-09-01")
    assert [rules.span(s, "en") for s in (None, 0, 119, 120, 7200, 172_800)] == [
        "–",
        "0 s",
        "119 s",
        "2 min",
        "2 h",
        "2 d",
    ]
