"""Service levels of a month: every figure is counted by hand here, from alarms whose steps were taken by the clock."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from incidents.test_api import happen
from support.happenings import NOON, SECOND, incident_id, opened
from support.web import Web
from webapi.test_workbooks import cells
from zhigan.desks.health import store as health
from zhigan.desks.monthly import service_api, service_load
from zhigan.desks.monthly.service_model import ServiceTargets
from zhigan.incidents import api as incidents_api
from zhigan.incidents.glance_shapes import Served
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.processes.monthly import SERVICE
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import SHANGHAI, to_datetime, to_micros
from zhigan.vocabulary.roles import Role

HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
NONE = "–"
MONTH_END = to_micros(datetime(2026, 12, 1, tzinfo=SHANGHAI))
STEPS = """
update incidents.incident set claimed_at = received_at + $2, claimed_by = 'li', closed_at = received_at + $3,
  state = case when $3::interval is null then 'verifying' else 'closed' end,
  outcome = case when $3::interval is null then null else 'false_alarm' end,
  cause = case when $3::interval is null then null else $4 end
where id = $1::uuid
"""
MENDED = """
update incidents.incident set closed_at = received_at + interval '47 hours', state = 'closed', outcome = 'other'
where id = $1::uuid
"""
TOLD = """
insert into notify.notification (id, incident, origin, step, grade, holder, person, role, channel, address, place_key,
  purpose, state, created_at, due_at, handed_at, at)
select gen_random_uuid(), i.id, i.id, 's', 2, 'h', 'p', 'owner', 'sms', 'a', 'k', 'alarm', 'sent', i.received_at,
  i.received_at, i.received_at + $2, i.received_at
from incidents.incident i where id = $1::uuid
"""


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
    more = {"shelf": Shelf(tmp_path / "files"), "press": Press(), "serving": SERVICE}
    return Web(pool, hand_clock, [*incidents_api.handlers, *service_api.handlers], tmp_path, more)


def table(report: Any, name: str) -> dict[str, list[str]]:
    """By the first cell of each row."""
    (found,) = [t for t in report["tables"] if t["id"] == name]
    return {row[0]: row[1:] for row in found["rows"]}


async def accepted(pool: Pool, number: int, after_s: int, verified_s: int | None, cause: str = "U1") -> None:
    """The steps of an alarm as their times stand in its row; that people's steps write them is told elsewhere."""
    async with pool.acquire() as conn:
        await conn.execute(
            STEPS,
            incident_id(number), timedelta(seconds=after_s),
            None if verified_s is None else timedelta(seconds=verified_s), cause,
        )  # fmt: skip


async def month(pool: Pool) -> None:
    """Ten alarms of 吉州 within ten minutes (a flood), one of 青原, two faults; a day of devices on line."""
    start = NOON - 5 * DAY
    await happen(
        pool, *(opened(n, at=start + n * SECOND) for n in range(1, 11)), opened(11, area="360803", at=start + HOUR)
    )
    for n in range(1, 9):
        await accepted(pool, n, 20 if n < 7 else 31, 120 if n < 5 else 181, "U1" if n < 6 else "E2")
    await accepted(pool, 11, 30, 180)
    await happen(
        pool, *(opened(n, grade=Grade.IV, kind=Kind.FAULT, at=start) for n in (20, 21)),
        opened(22, grade=Grade.IV, kind=Kind.FAULT, at=NOON - HOUR),
    )  # fmt: skip
    async with pool.acquire() as conn:
        await conn.execute(
            MENDED,
            incident_id(20),
        )  # fmt: skip
        await conn.execute("update incidents.incident set firm = 'F1' where area = '360802'")
        for unit, area, alive in (("U1", "360802", 19), ("U2", "360803", 10)):
            await conn.execute(
                "insert into health.tally (unit, type, area, firm, installed, alive, late, offline, never, low_battery,"
                " past_life) values ($1, 'smoke', $2, $3, 20, $4::int, 0, 20 - $4::int, 0, 0, 0)",
                unit, area, "F1" if area == "360802" else "", alive,
            )  # fmt: skip
        await health.sample(conn, to_datetime(NOON - DAY))
        for late in (3, 70):  # told: after 3 s, and after 70
            await conn.execute(
                TOLD,
                incident_id(1 if late == 3 else 2), timedelta(seconds=late),
            )  # fmt: skip


async def test_a_month_counted_by_hand(web: Web, pool: Pool, hand_clock: HandClock) -> None:
    await month(pool)
    lead = await web.person("lead", Role.LEAD)
    asked = {"month": "2026-11", "lang": "zh"}
    report = (await lead.get("/monthly/service", params=asked)).json()
    counties = table(report, "counties")
    # 吉州: 6 of 10 taken in within 30 s (2 late, 2 never); 4 of 10 verified within 180 s; 1 of 10 told within 15 s;
    # 19 of 20 on line; of 2 faults whose time is up 1 was closed
    assert counties["吉州区"] == ["60.0 % ▼", "40.0 % ▼", "10.0 % ▼", "95.0 %", "50.0 % ▼", NONE, NONE]
    assert counties["青原区"] == ["100.0 %", "100.0 %", "0.0 % ▼", "50.0 % ▼", NONE, NONE, NONE]
    assert counties["全部"][0] == "63.6 % ▼" and counties["全部"][3] == "72.5 % ▼"
    assert (counties["时限"][0], counties["目标"][0]) == ("≤ 30 秒", "≥ 95 %")
    load = table(report, "load")
    assert load["时限"][2:5] == ["≤ 1", "> 1, < 10", "≥ 10"]
    assert load["全部"] == ["按受理推算", NONE, "100.0 %", "0", "1", "10.0 · 11-17 12:00"], (
        "ten came to one who took them in"
    )
    assert dict(report["head"])["最忙的十分钟（每名值守）"].startswith("10.0 ·")
    assert table(report, "standing")["II 级(橙色)"][0] == "2", "9 and 10 are open since days"
    assert table(report, "false_causes") == {"U1 油烟": ["6", "66.7 %"], "E2 昆虫": ["3", "33.3 %"]}

    contract = {"name": "吉州维保", "area": "360802", "firm": "F1", "since": "2026-11-01", "until": "2027-10-31"}
    made = (
        await lead.post("/monthly/contracts", json=contract | {"targets": {"accepted_s": 31, "accepted": 80}})
    ).json()
    assert table((await lead.get("/monthly/service", params=asked)).json(), "contracts")["吉州维保"][:2] == [
        "F1",
        "80.0 %",
    ]
    ended = contract | {"until": "2026-11-02"}
    assert (await lead.put(f"/monthly/contracts/{made['id']}", json=ended)).is_success
    over = table((await lead.get("/monthly/service", params=asked)).json(), "contracts")["吉州维保"]
    assert over[1:3] == [NONE, NONE], "no alarm in its two days"

    usual = (await lead.get("/monthly/service/targets")).json()["items"][0]
    assert usual["version"] == 0
    changed = await lead.put("/monthly/service/targets", json=usual["targets"] | {"accepted_s": 10})
    assert changed.json()["version"] == 1
    after = (await lead.get("/monthly/service", params=asked)).json()
    assert table(after, "counties")["吉州区"][0] == "0.0 % ▼" and dict(after["head"])["目标版本"] == "1"

    paper = await lead.get("/monthly/service/report.pdf", params=asked)
    assert paper.content.startswith(b"%PDF-"), paper.text
    book = await lead.get("/monthly/service/export.xlsx", params=asked | {"lang": "en"})
    sheet = cells(book.content, 1)
    assert sheet["A5"] == ("s", "吉州区") and sheet["E5"] == ("n", "0.95") and sheet["G5"] == ("s", NONE)
    trail = [line["action"] for line in (await (await web.person("admin", Role.ADMIN)).get("/audit")).json()["items"]]
    assert {"service.printed", "service.exported", "service.targeted", "service.contracted"} <= set(trail)


UNTOLD = """
insert into notify.notification (id, incident, origin, step, grade, holder, person, role, channel, address, place_key,
  purpose, state, merged_into, created_at, due_at, handed_at, at)
select $2::uuid, i.id, i.id, $3, 2, 'h', 'p', $4, $5, 'a', 'k', 'alarm', $6, $7::uuid, i.received_at, i.received_at,
  case when $7::uuid is null then i.received_at + interval '5 seconds' end, i.received_at
from incidents.incident i where id = $1::uuid
"""


async def test_what_never_happened_counts_as_missed(web: Web, pool: Pool, hand_clock: HandClock) -> None:
    """Alarms of a month's last seconds: nobody was told of them; only a robot, a browser, a desk; a provider refused;
    it went out inside another's message. And a fault that nobody mends."""
    start = MONTH_END - 10 * SECOND
    hand_clock.advance((MONTH_END + HOUR - hand_clock.micros()) / SECOND)
    lead = await web.person("lead", Role.LEAD)
    await happen(pool, *(opened(n, at=start + n) for n in range(1, 9)))
    await happen(pool, opened(20, grade=Grade.IV, kind=Kind.FAULT, at=start))
    told = [
        (2, "I.around", "control_room", "sms", "sent", None), (3, "I.around", "post", "robot", "sent", None),
        (4, "I.around", "manager", "webpush", "delivered", None), (5, "I.desks", "desk", "app", "sent", None),
        (6, "I.around", "manager", "sms", "failed", None), (7, "I.around", "control_room", "sms", "merged", 2),
        (8, "I.own:1", "manager", "app", "sent", None),
    ]  # fmt: skip
    async with pool.acquire() as conn:
        for number, step, role, way, state, inside in told:
            carrier = None if inside is None else incident_id(90 + inside)
            await conn.execute(UNTOLD, incident_id(number), incident_id(90 + number), step, role, way, state, carrier)
        await conn.execute("update incidents.incident set flags = '{test}' where id = $1::uuid", incident_id(1))
    await accepted(pool, 2, 20, 100, "X2")
    await accepted(pool, 3, 20, 100, "U1")
    asked = {"month": "2026-11", "lang": "zh"}
    report = (await lead.get("/monthly/service", params=asked)).json()
    measured = table(report, "measured")
    assert measured["按时通知"][1:] == ["7", "2", "5"], "2, and 7 inside it; a test tells nobody"
    assert measured["按时受理"][1:] == ["8", "2", "6"]
    assert measured["按时核实"][1:] == ["8", "1", "7"], "closed as X2 nothing was verified"
    assert measured["故障按时消除"][1:] == ["0", "0", "0"], "it has its two days, also past the month's end"
    hand_clock.advance(50 * 3600)
    report = (await (await web.person("later", Role.LEAD)).get("/monthly/service", params=asked)).json()
    assert table(report, "measured")["故障按时消除"][1:] == ["1", "0", "1"]


async def test_scopes_and_rights(web: Web, pool: Pool) -> None:
    await month(pool)
    lead = await web.person("lead", Role.LEAD)
    county = await web.person("county", Role.LEAD, "area:360803")
    report = (await county.get("/monthly/service", params={"month": "2026-11"})).json()
    assert "吉州区" not in table(report, "counties") and table(report, "counties")["全部"][0] == "100.0 %"
    contract = {"name": "c", "area": "360802", "firm": "F1", "since": "2026-11-01", "until": "2027-10-31"}
    assert (await county.post("/monthly/contracts", json=contract)).json()["code"] == "account.beyond"
    made = (await lead.post("/monthly/contracts", json=contract)).json()
    assert (await county.get("/monthly/contracts")).json()["items"] == []
    assert (await county.put(f"/monthly/contracts/{made['id']}", json=contract)).status_code == 404
    assert (await county.put("/monthly/service/targets", json={})).json()["code"] == "account.whole_city"
    for wrong, code in (
        ({"org": "O1"}, "service.party"), ({"until": "2026-10-01"}, "service.until"),
        ({"targets": {"accepted": 120}}, "service.targets"), ({"targets": {"speed": 1}}, "service.targets"),
    ):  # fmt: skip
        assert (await lead.post("/monthly/contracts", json=contract | wrong)).json()["code"] == code
    wrong = await lead.put("/monthly/service/targets", json={"load_manageable": 10})
    assert wrong.json()["code"] == "service.flood"


DESK = """
insert into shifts.desk (id, name, scope, terms, hours, starts_minute, grace_minutes, made_at, made_by)
values ($1::uuid, $2, $3, $4::jsonb, 8, 480, 30, $5, '') returning id
"""
ON = """
insert into shifts.duty (id, desk, day, slot, starts_at, ends_at, account, name, part, made_at, made_by)
values (gen_random_uuid(), $1::uuid, $2, 'day', $3, $4, $5::uuid, '', $6, $3, '')
"""
AWAY = """
insert into shifts.absence (id, desk, account, name, from_day, until_day, kind, made_at, made_by)
values (gen_random_uuid(), $1::uuid, $2::uuid, '', $3, $3, 'sick', $4, '')
"""


async def test_the_calendar_says_who_was_on_and_the_rest_is_inferred(web: Web, pool: Pool) -> None:
    """At 吉州's desk two of three sat when its ten alarms came, beside their lead; the city has no calendar."""
    await month(pool)
    began = to_datetime(NOON - 5 * DAY)
    people = [await web.account(name, Role.DUTY, "area:360802") for name in ("a", "b", "c")]
    desk, day = incident_id(700), began.astimezone(SHANGHAI).date()
    shift = (began - timedelta(hours=2), began + timedelta(hours=6))
    async with pool.acquire() as conn:
        await conn.execute(DESK, desk, "吉州区值班台", "area:360802", '{"area": ["360802"]}', began)
        for person in people:
            await conn.execute(ON, desk, day, *shift, person, "duty")
        await conn.execute(ON, desk, day, *shift, await web.account("head", Role.LEAD, "area:360802"), "lead")
        await conn.execute(AWAY, desk, people[2], day, began)
    asked = {"month": "2026-11", "lang": "zh"}
    load = table((await (await web.person("lead", Role.LEAD)).get("/monthly/service", params=asked)).json(), "load")
    assert load["全部"][:2] == ["按受理推算", NONE] and load["全部"][-1].startswith("10.0 ·")
    # 48 windows of 3096 were planned: in them ten alarms came to two, five each
    assert load["吉州区值班台"] == ["排班 1.6 %，其余推算", "2.0", "100.0 %", "1", "0", "5.0 · 11-17 12:00"]
    county = await web.person("county", Role.LEAD, "area:360802")
    report = (await county.get("/monthly/service", params=asked)).json()
    assert list(table(report, "load")) == ["时限", "吉州区值班台"], "its own desk's calendar is enough"
    other = (await (await web.person("other", Role.LEAD, "area:360803")).get("/monthly/service", params=asked)).json()
    assert list(table(other, "load")) == ["时限", "全部"], "whose desk it is not"


def test_load_is_shared_among_those_who_took_alarms_in() -> None:
    since: datetime = to_datetime(NOON)
    rows = [
        Served(
            id=str(n), area="", firm="", org="", received_at=since + timedelta(seconds=n),
            claimed_at=since + timedelta(seconds=n + 9), claimed_by="ab"[n % 2], verified_at=None,
            closed_at=None, tells=True,
        )
        for n in range(12)
    ]  # fmt: skip
    load = service_load.load("", rows, (), (since, since + timedelta(hours=2)), ServiceTargets())
    assert (load.windows, load.manageable, load.over, load.flood, load.peak) == (12, 11, 1, 0, 6.0), "two shared twelve"
