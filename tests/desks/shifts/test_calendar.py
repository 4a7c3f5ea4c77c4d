"""The shift calendar: a month laid out, what does not fit, swaps, who is on now, and whom an alarm then rings."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks.site import made
from support.web import Web
from zhigan.desks.shifts import api, rules, store
from zhigan.incidents.press import Press
from zhigan.outlets.notify import audience
from zhigan.outlets.notify import rules as telling
from zhigan.outlets.notify.model import Who
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned

COUNTY = "area:360802"
MONTH = timedelta(days=29)


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    return Web(pool, hand_clock, api.handlers, tmp_path, {"press": Press()})


def today(web: Web) -> date:
    return web.clock.now().astimezone(SHANGHAI).date()


async def month(client: httpx.AsyncClient, desk: str, of: date) -> dict[str, Any]:
    answer = await client.get(f"/shift-desks/{desk}/month", params={"month": f"{of:%Y-%m}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def told_of(web: Web, who: Who) -> list[str]:
    """Whom an alarm in the county would mean now, of that part."""
    async with web.pool.acquire() as conn:
        now = web.clock.now()
        people = (await audience.around(conn, [audience.Place("i", None, Owned(area="360802"))], [], now, store.off))[
            "i"
        ]
    return sorted(p.name for p in telling.in_order(who, people))


async def staffed(web: Web) -> list[list[str]]:
    """Four teams of a lead and a duty officer, each with a telephone."""
    teams: list[list[str]] = []
    for n in range(4):
        teams.append(
            [await web.account(f"lead{n}", Role.LEAD, COUNTY), await web.account(f"duty{n}", Role.DUTY, COUNTY)]
        )
    async with web.pool.acquire() as conn:
        await conn.execute("update access.account set phone = '138' || lpad(right(name, 1), 8, ascii(name)::text)")
    return teams


async def test_a_month_is_laid_out_and_who_is_on_is_told(web: Web) -> None:
    lead = await web.person("chief", Role.LEAD, COUNTY)
    teams = await staffed(web)
    desk = (await made(lead, "/shift-desks", {"name": "吉州区监控中心", "scope": COUNTY, "hours": 8}))["id"]
    assert (await lead.post("/shift-desks", json={"name": "又一个", "scope": COUNTY})).status_code == 409
    everybody = await told_of(web, Who.LEAD)
    assert everybody == ["chief", "lead0", "lead1", "lead2", "lead3"], "without a calendar everybody is told"
    first = today(web)
    asked = {"from_day": str(first), "until_day": str(first + MONTH), "teams": teams, "run": 2}
    laid = await lead.post(f"/shift-desks/{desk}/rotation", json=asked)
    assert laid.status_code == 200, laid.text
    web.clock.advance(86_400)
    lead = await web.person("nextday", Role.LEAD, COUNTY)
    [now] = (await lead.get("/shift-desks/now")).json()["items"]
    assert now["mine"] and [p["part"] for p in now["people"]] == ["lead", "duty"] == [p["part"] for p in now["next"]]
    assert await told_of(web, Who.LEAD) == ["chief", now["people"][0]["name"], "nextday"], (
        "who stands in no calendar is told as ever"
    )
    assert await told_of(web, Who.DESK) == [now["people"][1]["name"]]
    seen = await month(lead, desk, first)
    inside = [c for c in seen["conflicts"] if c["day"] > str(first)]
    assert [c for c in inside if c["kind"] != "empty"] == [], (
        "two days of each shift, then two free days: no rest too short"
    )
    away = {"account_id": teams[0][0], "from_day": str(first), "until_day": str(first + MONTH), "kind": "sick"}
    for team in teams:
        await made(lead, f"/shift-desks/{desk}/absences", {**away, "account_id": team[0]})
    assert await told_of(web, Who.LEAD) == [*everybody, "nextday"], (
        "a shift whose lead is away never means that nobody is told"
    )
    absent = [c for c in (await month(lead, desk, first))["conflicts"] if c["kind"] == "absent"]
    assert absent and {c["name"] for c in absent} == {f"lead{n}" for n in range(4)}


async def test_what_does_not_fit_is_said_and_swaps_keep_the_shifts(web: Web) -> None:
    lead = await web.person("chief", Role.LEAD, "city")
    anna, bo = await web.account("anna", Role.DUTY, "city"), await web.account("bo", Role.LEAD, "city")
    desk = (await made(lead, "/shift-desks", {"name": "市监控中心", "hours": 12}))["id"]
    other = (await made(lead, "/shift-desks", {"name": "区", "scope": COUNTY, "hours": 12}))["id"]
    day = today(web) + timedelta(days=3)

    async def plan(at: date, slot: str, who: str, where: str = desk) -> dict[str, Any]:
        return await made(lead, f"/shift-desks/{where}/duties", {"day": str(at), "slot": slot, "account_id": who})

    mine = await plan(day, "day", anna)
    await plan(day, "night", anna)
    await plan(day, "day", anna, other)
    theirs = await plan(day + timedelta(days=1), "day", bo)
    again = await lead.post(f"/shift-desks/{desk}/duties", json={"day": str(day), "slot": "day", "account_id": anna})
    assert (again.status_code, again.json()["code"]) == (409, "shift.twice")
    early = await lead.post(f"/shift-desks/{desk}/duties", json={"day": str(day), "slot": "early", "account_id": anna})
    assert early.status_code == 400
    found = {
        (c["kind"], c["slot"], c["elsewhere"])
        for c in (await month(lead, desk, day))["conflicts"]
        if c["day"] == str(day)
    }
    assert found == {
        ("double", "day", True),
        ("rest", "night", False),
        ("no_lead", "day", False),
        ("no_lead", "night", False),
    }
    swapped = await lead.post(
        f"/shift-desks/{desk}/duties/{mine['id']}/swap", json={"with_duty": theirs["id"], "note": "家事"}
    )
    assert (swapped.json()["name"], swapped.json()["note"]) == ("bo", "家事"), swapped.text
    stands = {(d["day"], d["slot"]): d["name"] for d in (await month(lead, desk, day))["duties"]}
    assert stands[str(day), "day"] == "bo" and stands[str(day + timedelta(days=1)), "day"] == "anna"
    assert (await lead.put(f"/shift-holidays/{day}", json={"day": str(day), "name": "元旦"})).status_code == 200
    sums = {s["name"]: s for s in (await month(lead, desk, day))["sums"]}
    assert (sums["bo"]["holidays"], sums["anna"]["nights"], sums["anna"]["hours"]) == (1, 1, 24.0)
    sheet = await lead.get(f"/shift-desks/{desk}/month.csv", params={"month": f"{day:%Y-%m}"})
    assert sheet.status_code == 200 and "anna" in sheet.text and "家事" in sheet.text
    paper = await lead.get(f"/shift-desks/{desk}/month.pdf", params={"month": f"{day:%Y-%m}"})
    assert paper.content.startswith(b"%PDF"), paper.text
    changed = await lead.patch(f"/shift-desks/{desk}", json={"hours": 8})
    assert [s["name"] for s in changed.json()["slots"]] == ["early", "middle", "night"]
    assert (await month(lead, desk, day))["duties"] == [], "what no longer fits is taken away"


async def test_a_desk_is_there_for_who_sees_all_of_it(web: Web) -> None:
    chief = await web.person("chief", Role.LEAD, "city")
    county = (await made(chief, "/shift-desks", {"name": "区", "scope": COUNTY}))["id"]
    schools = (await made(chief, "/shift-desks", {"name": "教体", "scope": "industry:education"}))["id"]
    city = (await made(chief, "/shift-desks", {"name": "市"}))["id"]
    for n, (scope, seen) in enumerate((
        ("city", {county, schools, city}), (COUNTY, {county}), ("area:360802,360803", {county}), ("area:360803", set()),
        ("industry:education", {schools}), ("area:360802+industry:education", set()), ("community:360802001001", set()),
    )):  # fmt: skip
        person = await web.person(f"p{n}", Role.LEAD, scope)
        assert {d["id"] for d in (await person.get("/shift-desks")).json()["items"]} == seen, scope
        assert {d["desk_id"] for d in (await person.get("/shift-desks/now")).json()["items"]} == seen, scope
        for desk in {county, schools, city} - seen:
            assert (await person.get(f"/shift-desks/{desk}/month")).status_code == 404
            assert (await person.patch(f"/shift-desks/{desk}", json={"name": "x"})).status_code == 404
    duty = await web.person("duty", Role.DUTY, COUNTY)
    assert (await duty.patch(f"/shift-desks/{county}", json={"name": "x"})).status_code == 403
    assert (await duty.get(f"/shift-desks/{county}/month")).status_code == 200
    outside = await (await web.person("q", Role.LEAD, COUNTY)).post("/shift-desks", json={"name": "x", "scope": "city"})
    assert outside.status_code == 404


def test_turns_fill_the_day() -> None:
    for hours in (8, 12):
        pattern = rules.slots(hours, 500)
        for minute in range(0, 1440, 7):
            at = datetime(2026, 11, 30, tzinfo=SHANGHAI) + timedelta(minutes=minute)
            turn = rules.turn_at(at, pattern)
            assert turn.starts_at <= at < turn.ends_at
