"""Passwords and locks by policy, the first password that must be changed, and how long logs are kept."""

import json
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from support.web import PASSWORD, Web
from zhigan.access import keeping
from zhigan.access.keeping import LogFolder
from zhigan.bus import log
from zhigan.runtime import logs
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned

BASE = {"idle_minutes": 720, "life_days": 14, "shortest_password": 8, "factor_roles": []}
OTHER, THIRD = "blue donkey 119", "green kettle 119"


async def decided(web: Web, **more: int) -> httpx.AsyncClient:
    security = await web.person("security", Role.SECURITY)
    answer = await security.put("/security", json={**BASE, **more})
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in more} == more
    return security


async def change(client: httpx.AsyncClient, current: str, password: str) -> int:
    return (await client.post("/me/password", json={"current": current, "password": password})).status_code


async def enter(web: Web, name: str, password: str) -> httpx.Response:
    async with web.client() as client:
        return await client.post("/login", json={"username": name, "password": password})


async def test_former_passwords_do_not_come_back(web: Web) -> None:
    await decided(web, password_history=2)
    anna = await web.person("anna", Role.DUTY)
    assert await change(anna, PASSWORD, PASSWORD) == 400
    web.clock.advance(60)
    assert await change(anna, PASSWORD, OTHER) == 204
    web.clock.advance(60)
    assert await change(anna, OTHER, PASSWORD) == 400, "one of the last two"
    assert await change(anna, OTHER, THIRD) == 204
    web.clock.advance(60)
    assert await change(anna, THIRD, PASSWORD) == 204, "older than that"


async def test_a_first_password_opens_nothing_but_its_change(web: Web) -> None:
    admin = await web.person("admin", Role.ADMIN)
    new = {"name": "bob", "role": "duty", "password": OTHER}
    made = await admin.post("/accounts", json={**new, "must_change": True})
    assert made.status_code == 201 and made.json()["must_change"]
    bob = web.client((await enter(web, "bob", OTHER)).json()["token"])
    refused = await bob.get("/me/sessions")
    assert (refused.status_code, refused.json()["code"]) == (403, "password.owed")
    assert (await bob.get("/me")).json()["must_change"]
    assert await change(bob, OTHER, OTHER) == 400, "not the one that was given"
    assert await change(bob, OTHER, THIRD) == 204
    assert (await bob.get("/me/sessions")).status_code == 200 and not (await bob.get("/me")).json()["must_change"]
    assert not (await admin.post("/accounts", json={**new, "name": "carl"})).json()["must_change"], "chosen, not forced"
    reset = {"password": OTHER, "must_change": True}
    assert (await admin.post(f"/accounts/{made.json()['id']}/password", json=reset)).status_code == 204
    again = web.client((await enter(web, "bob", OTHER)).json()["token"])
    assert (await again.get("/me")).json()["must_change"]


async def test_an_old_password_has_to_be_changed_and_a_machine_s_not(web: Web) -> None:
    await decided(web, password_days=30)
    anna, machine = await web.person("anna", Role.DUTY), await web.person("machine", Role.PARTNER)
    assert (await anna.get("/me")).json()["must_change"] is False
    await web.pool.execute("update access.account set password_at = password_at - interval '29 days'")
    assert (await anna.get("/me")).json()["must_change"] is False
    await web.pool.execute("update access.account set password_at = password_at - interval '1 day'")
    assert (await anna.get("/me")).json()["must_change"] is True
    assert (await machine.get("/me")).json()["must_change"] is False


async def test_who_guesses_is_locked_out_for_as_long_as_was_decided(web: Web) -> None:
    await decided(web, attempts=3, lock_seconds=1800)
    await web.account("anna", Role.DUTY)
    for _ in range(3):
        assert (await enter(web, "anna", "wrong wrong wrong")).status_code == 401
    assert (await enter(web, "anna", PASSWORD)).status_code == 429
    web.clock.advance(1799)
    assert (await enter(web, "anna", PASSWORD)).status_code == 429
    web.clock.advance(2)
    assert (await enter(web, "anna", PASSWORD)).status_code == 200


@pytest.mark.parametrize("field", ["audit_days", "event_days", "log_days"])
async def test_nothing_is_kept_for_less_than_half_a_year(web: Web, field: str) -> None:
    security = await web.person("security", Role.SECURITY)
    assert (await security.put("/security", json={**BASE, field: 179})).status_code == 400
    assert (await security.put("/security", json={**BASE, field: 180})).json()[field] == 180
    assert (await security.put("/security", json=BASE)).json()[field] == 180, "what is not said stays"


async def test_only_security_and_admin_decide(web: Web) -> None:
    for role in Role:
        if role in (Role.SECURITY, Role.ADMIN):
            continue
        client = await web.person(f"x-{role.value}", role)
        assert (await client.put("/security", json=BASE)).status_code == 403
    county = await web.person("county", Role.ADMIN, "area:360802")
    assert (await county.put("/security", json=BASE)).status_code == 403


async def test_what_is_past_its_time_goes_and_the_proof_still_holds(web: Web, tmp_path: Path) -> None:
    security = await decided(web, audit_days=180, event_days=180, log_days=180)
    folder, now = LogFolder(tmp_path / "logs"), web.clock.now()
    folder.path.mkdir()
    for age in (0, 179, 181):
        (folder.path / f"web-{(now - timedelta(days=age)).date()}.jsonl").write_text("{}\n")
    old, young = now - timedelta(days=200), now - timedelta(days=100)
    async with web.pool.acquire() as conn, conn.transaction():
        for at in (old, old, young):
            await log.append(conn, [Draft(EventType.UNIT_CHANGED, "u", to_micros(at), {}, Owned())], to_micros(at))
        note = "select access.note($1, null, 'x', 'duty', '', '', 'unit.changed', 'u', '{}')"
        await conn.execute(note, old)
        await conn.execute(note, young)
    assert await keeping.keep_house(web.db, folder, now) == {"audit": 1, "events": 2, "logs": 1}
    assert await keeping.keep_house(web.db, folder, now) == {}
    async with web.pool.acquire() as conn:
        assert await log.verify(conn) is None
        assert len(await log.read(conn, 0, 10)) == 1
        with pytest.raises(Exception, match="append-only"):
            await conn.execute("delete from access.audit")
        with pytest.raises(Exception, match="180 days"):
            await conn.fetchval("select access.forget_audit($1, $2)", young, now)
    trail = (await security.get("/audit?action=retention")).json()["items"]
    assert [(e["name"], e["detail"]) for e in trail] == [("platform", {"audit": 1, "events": 2, "logs": 1})]
    shown = (await security.get("/security")).json()["kept"]
    assert shown["events"] == 1 and shown["audit_since"].startswith(young.date().isoformat())


def test_logs_stand_in_a_file_a_day_and_a_process(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        logs.configure("info", "json", process="hot", folder=tmp_path / "logs")
        logging.getLogger("zhigan.x").warning("heard", extra={"token": "secret"})
        [(day, path)] = logs.files(tmp_path / "logs")
        [line] = [json.loads(each) for each in path.read_text().splitlines()]
        assert line["event"] == "heard" and line["token"] == "***" and line["process"] == "hot"
        assert day == datetime.fromisoformat(line["timestamp"]).astimezone(UTC).date() and isinstance(day, date)
        record = root.makeRecord("x", logging.INFO, "f", 1, "next day", (), None)
        record.created += 86_400
        root.handlers[-1].handle(record)
        assert len(logs.files(tmp_path / "logs")) == 2
    finally:
        for handler in root.handlers:
            if handler not in before:
                handler.close()
        root.handlers[:] = before
        root.setLevel(level)
