"""交接班: what is open is filled in, two people sign, what was signed is chained; who comes late is told of."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from desks.site import made, school
from support.web import PASSWORD, Web
from zhigan.desks.shifts import api, api_handover, book, rules, worker
from zhigan.desks.shifts.log import six_months
from zhigan.incidents import api as incidents_api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.processes.open_things import silent
from zhigan.registry import api as registry_api
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

COUNTY = "area:360802"


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
    lent = {"press": Press(), "silent": silent, "importable": {}, "shelf": Shelf(tmp_path / "files")}
    handlers = [*api.handlers, *api_handover.handlers, *registry_api.handlers, *incidents_api.handlers]
    return Web(pool, hand_clock, handlers, tmp_path, lent)


async def rows(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/attention", params={"open": "true"})
    assert answer.status_code == 200, answer.text
    return [i for i in answer.json()["items"] if "handover" in i["flags"]]


async def to_the_shift(web: Web, desk: dict[str, Any]) -> rules.Turn:
    """Moves the clock to one minute after the next shift has begun."""
    pattern = rules.slots(desk["hours"], desk["starts_minute"])
    turn = rules.turn_at(web.clock.now(), pattern)
    web.clock.advance((turn.ends_at - web.clock.now()).total_seconds() + 60)
    return rules.turn_at(web.clock.now(), pattern)


async def test_a_shift_goes_from_hand_to_hand(web: Web) -> None:
    site = await school(web)
    lead = await web.person("chief", Role.LEAD, COUNTY)
    desk = await made(lead, "/shift-desks", {"name": "区监控中心", "scope": COUNTY, "hours": 12})
    base = f"/shift-desks/{desk['id']}"
    anna, bo = await web.account("anna", Role.DUTY, COUNTY), await web.account("bo", Role.DUTY, COUNTY)
    first = web.clock.now().date()
    asked = {"from_day": str(first), "until_day": str(first + timedelta(days=6)), "teams": [[anna], [bo]], "run": 1}
    assert (await lead.post(f"{base}/rotation", json=asked)).status_code == 200
    await worker.look(web.db, web.clock.now())
    assert await rows(lead) == [], "nobody was planned before now"
    await to_the_shift(web, desk)
    await to_the_shift(web, desk)
    lead = await web.person("chief2", Role.LEAD, COUNTY)
    await made(lead, "/tests", {"unit_id": site["unit"], "purpose": "月检", "minutes": 300})
    web.clock.advance(31 * 60)
    await worker.look(web.db, web.clock.now())
    await worker.look(web.db, web.clock.now())
    [late] = await rows(lead)
    assert (late["grade"], late["kind"], late["reasons"][0]["why"]) == ("III", "duty", "not_taken_over")
    seen = (await lead.get(f"{base}/handover")).json()
    assert seen["overdue"] and seen["pending"] is None
    by_name = {g["name"]: g["things"] for g in seen["standing"]}
    assert [t["id"] for t in by_name["attention"]] == [late["id"]] and "月检" in by_name["silent"][0]["text"]
    left = await lead.post(f"{base}/handovers", json={"words": "三楼探测器待修"})
    assert left.json()["pending"]["left_by"] == "chief2", left.text
    himself = await lead.post(f"{base}/handovers/take", json={"words": "没有声音"})
    assert (himself.status_code, himself.json()["code"]) == (403, "handover.himself")
    sign = {"name": "anna", "password": PASSWORD, "sound_at": web.clock.now().isoformat()}
    wrong = await lead.post(f"{base}/handovers/take", json={**sign, "password": "x"})
    assert wrong.status_code == 401
    silent_ = await lead.post(f"{base}/handovers/take", json={"name": "anna", "password": PASSWORD})
    assert silent_.json()["code"] == "handover.why"
    taken = await lead.post(f"{base}/handovers/take", json=sign)
    assert taken.status_code == 201 and taken.json()["pending"] is None, taken.text
    assert await rows(lead) == [], "the row ends with the signature"
    early = await lead.post(f"{base}/handovers", json={})
    assert (early.status_code, early.json()["code"]) == (409, "handover.early")
    [kept] = (await lead.get(f"{base}/handovers")).json()["items"]
    assert (kept["left_by"], kept["taken_by"], kept["by"]) == ("chief2", "anna", "password")
    assert [g["name"] for g in kept["open"] if g["things"]] == ["attention", "silent"], "as it stood when it was left"


async def test_a_month_of_handovers_stands_in_one_chain(web: Web) -> None:
    """Two shifts a day, thirty days: each is taken over but one, whose row opens and ends with the next signature."""
    lead = await web.person("chief", Role.LEAD, COUNTY)
    desk = await made(lead, "/shift-desks", {"name": "区", "scope": COUNTY, "hours": 12})
    base, people = (
        f"/shift-desks/{desk['id']}",
        [await web.account(n, Role.DUTY, COUNTY) for n in ("anna", "bo", "chen")],
    )
    first = web.clock.now().date()
    asked = {"from_day": str(first), "until_day": str(first + timedelta(days=31)), "teams": [[p] for p in people]}
    assert (await lead.post(f"{base}/rotation", json=asked)).status_code == 200
    told: list[int] = []
    for n in range(60):
        await to_the_shift(web, desk)
        one, other = [await web.session(name) for name in (("anna", "bo") if n % 2 else ("bo", "anna"))]
        if n == 40:
            web.clock.advance(40 * 60)
            await worker.look(web.db, web.clock.now())
            told.append(len(await rows(one)))
            continue
        assert (await one.post(f"{base}/handovers", json={"words": f"第{n}班"})).status_code == 201
        taken = await other.post(f"{base}/handovers/take", json={"sound_at": web.clock.now().isoformat()})
        assert taken.status_code == 201, taken.text
    assert told == [1] and await rows(one) == []
    seen: list[str] = []
    cursor = None
    while True:
        page = (await one.get(f"{base}/handovers", params={"cursor": cursor} if cursor else {})).json()
        seen += [h["shift"] for h in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 59 and seen == sorted(seen, reverse=True)
    async with web.pool.acquire() as conn:
        assert await book.verify(conn) is None


async def test_the_book_is_never_changed(web: Web) -> None:
    lead = await web.person("chief", Role.LEAD, COUNTY)
    desk = (await made(lead, "/shift-desks", {"name": "区", "scope": COUNTY}))["id"]
    log = f"/shift-desks/{desk}/log"
    first = await made(lead, log, {"text": "来电询问"})
    await made(lead, log, {"text": "来电为报修", "corrects": first["seq"]})
    assert (await lead.post(log, json={"text": "x", "corrects": 99})).status_code == 400
    assert [(n["seq"], n["corrects"]) for n in (await lead.get(log)).json()["items"]] == [(2, 1), (1, None)]
    async with web.pool.acquire() as conn:
        assert await book.verify(conn) is None
        with pytest.raises(asyncpg.RaiseError):
            await conn.execute("update shifts.line set detail = 'x'")
        with pytest.raises(asyncpg.RaiseError):
            await conn.execute("delete from shifts.line")
        await conn.execute("alter table shifts.line disable trigger append_only")
        await conn.execute("update shifts.line set who = 'mallory' where seq = 1")
        assert "line 1" in str(await book.verify(conn))
        await conn.execute("delete from shifts.line where seq = 1")
        assert "missing" in str(await book.verify(conn))


async def test_recordings_are_kept_for_six_months(web: Web) -> None:
    lead = await web.person("chief", Role.LEAD, COUNTY)
    desk = (await made(lead, "/shift-desks", {"name": "区", "scope": COUNTY}))["id"]
    base, at = f"/shift-desks/{desk}/recordings", web.clock.now() - timedelta(days=100)
    body = {"at": at.isoformat(), "reference": "rec://voice/119-7", "sha256": "ab" * 32}
    short = await lead.post(base, json={**body, "keep_until": (at + timedelta(days=100)).isoformat()})
    assert short.json()["errors"][0]["code"] == "recording.six_months"
    kept = await made(lead, base, body)
    assert datetime.fromisoformat(kept["keep_until"]) == six_months(at) and not kept["older"]
    assert (await lead.delete(f"{base}/{kept['id']}")).json()["code"] == "recording.kept"
    web.clock.advance(90 * 86_400)
    lead = await web.person("later", Role.LEAD, COUNTY)
    assert [r["older"] for r in (await lead.get(base, params={"older": "true"})).json()["items"]] == [True]
    assert (await lead.delete(f"{base}/{kept['id']}")).status_code == 204
    assert (await lead.get(base)).json()["items"] == []


def test_six_months_end_with_the_month() -> None:
    for at, until in (("2026-08-31", "2027-02-28"), ("2027-08-30", "2028-02-29"), ("2026-01-15", "2026-07-15")):
        assert six_months(datetime.fromisoformat(f"{at}T12:00:00+00:00")).date().isoformat() == until
