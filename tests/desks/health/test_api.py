"""Health from what devices said to what pages show: rolled up in rounds, read within one's scope."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks.site import OUTSIDE, UNIT, made
from support.taken import unmarked
from support.web import Web
from zhigan.desks.health import api, rules, store, worker
from zhigan.desks.health.worker import Rounds
from zhigan.history import store as history
from zhigan.registry import api as registry_api
from zhigan.registry import models as registry_models
from zhigan.registry import places
from zhigan.registry.models import ModelRow
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.roles import Role

BATTERY, SIGNAL = BY_NAME["battery"].number, BY_NAME["signal_strength"].number


class Site:
    def __init__(self, web: Web, rounds: Rounds, client: httpx.AsyncClient, unit: str) -> None:
        self.web = web
        self.rounds = rounds
        self.client = client
        self.unit = unit
        self.ids: dict[str, str] = {}
        self.readers = 0

    async def fit(self, name: str, **more: object) -> None:
        body = {"unit_id": self.unit, "name": name, "type": "smoke", "gateway": "ctwing", "address": name, **more}
        self.ids[name] = (await made(self.client, "/devices", body))["id"]

    async def says(self, name: str, *, battery: float | None = None, signal: float = -90, test: bool = False) -> None:
        """What the engine leaves behind: rows of history, and when the device was seen."""
        now = self.web.clock.now()
        async with self.web.pool.acquire() as conn:
            await history.prepare(conn, self.web.clock.micros())
            number = await conn.fetchval("select number from registry.device where id = $1::uuid", self.ids[name])
            metrics = [SIGNAL] if battery is None else [BATTERY, SIGNAL]
            values = [signal] if battery is None else [battery, signal]
            await _signal(conn, now, number, 2, metrics=metrics, values=values)
            if test:
                await _signal(conn, now, number, 3, operations=int(Operation.TEST))
            await conn.execute("update registry.device_now set seen_at = $2 where number = $1", number, now)

    async def is_in(self, name: str, conditions: Condition) -> None:
        async with self.web.pool.acquire() as conn:
            await conn.execute(
                "update registry.device_now n set conditions = $2 from registry.device d"
                " where d.id = $1::uuid and n.number = d.number", self.ids[name], int(conditions),
            )  # fmt: skip

    async def round(self) -> None:
        async with self.web.pool.acquire() as conn:
            await self.rounds.make(conn, self.web.clock.now())

    async def get(self, path: str, **asked: str) -> Any:
        self.readers += 1  # a session does not last the days of these tests
        reader = await self.web.person(f"reader{self.readers}", Role.SUPERVISOR)
        answer = await reader.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def names(self, **asked: str) -> list[str]:
        return [row["name"] for row in (await self.get("/device-health", **asked))["items"]]


async def _signal(conn: Connection, at: object, device: int, kind: int, **more: object) -> None:
    await conn.execute(
        "insert into history.signal"
        ' (received_at, at, device, kind, flags, conditions, known, operations, metrics, "values")'
        " values ($1, $1, $2, $3, 0, 0, 0, $4, $5, $6)",
        at, device, kind, more.get("operations", 0), more.get("metrics"), more.get("values"),
    )  # fmt: skip


@pytest.fixture
async def site(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Site:
    async with pool.acquire() as conn:
        await places.settle(conn)
    web = Web(pool, hand_clock, [*api.handlers, *registry_api.handlers], tmp_path, {"importable": {}})
    admin = await web.person("admin", Role.ADMIN)
    unit = await made(admin, "/units", UNIT)
    return Site(web, Rounds(), admin, unit["id"])


async def test_a_round_that_is_broken_off_ends_at_once(site: Site) -> None:
    await site.fit("held")
    await site.round()
    async with site.web.pool.acquire() as other, other.transaction():
        await other.execute("lock table health.device in access exclusive mode")
        rounds = asyncio.create_task(worker.run(site.web.db, site.web.clock))
        waiting = (
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%health.device%'"
        )
        while not await site.web.pool.fetchval(waiting):
            assert not rounds.done()
        rounds.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(rounds, 30)
    await site.round()


async def test_a_detector_is_shown_late_within_a_day_and_is_work_two_hours_behind_a_daily_report(site: Site) -> None:
    await site.fit("twice")
    await site.fit("never")
    for _ in range(6):
        await site.says("twice")
        await site.round()
        site.web.clock.advance(12 * 3600)
    view = await site.get(f"/devices/{site.ids['twice']}/health")
    assert (view["state"], view["period_s"], view["late_s"]) == ("alive", 12 * 3600, 24 * 3600)
    site.web.clock.advance(12 * 3600 + 60)
    await site.round()
    assert await site.names(state="late") == ["twice"]
    assert await site.names(state="never") == ["never"]
    site.web.clock.advance(2 * 3600)
    await site.round()
    assert await site.names(state="offline") == ["twice"]
    await site.says("twice")
    await site.round()
    assert await site.names(state="alive") == ["twice"]
    assert (await site.get("/device-health/summary"))["installed"] == 2


async def test_the_city_says_how_long_a_detector_may_be_silent(site: Site) -> None:
    async def patience() -> dict[str, int]:
        asked = "select d.address, n.patience from registry.device d join registry.device_now n using (number)"
        return {row["address"]: row["patience"] for row in await conn.fetch(asked)}

    async with site.web.pool.acquire() as conn:
        await registry_models.settle(conn, [ModelRow("twice", "", "", "smoke", "nb_battery", 12 * 3600)])
    await site.fit("smoke")
    await site.fit("gas", type="gas")
    await site.fit("often", model="twice")
    await site.fit("hydrant", type="hydrant")
    async with site.web.pool.acquire() as conn:
        for hours, expected in (
            (24, (26, 24, 24, 48)),
            (48, (48, 24, 24, 48)),
            (12, (26, 24, 14, 48)),
            (24, (26, 24, 24, 48)),
        ):
            await registry_models.bound(conn, hours * 3600)
            found = await patience()
            assert tuple(found[name] // 3600 for name in ("smoke", "gas", "often", "hydrant")) == expected, hours


async def test_a_battery_is_foreseen_with_its_bounds_and_tests_and_signal_are_kept(site: Site) -> None:
    await site.fit("worn")
    for day in range(20):
        await site.says("worn", battery=40 - day, signal=-118, test=day == 3)
        await site.round()
        site.web.clock.advance(24 * 3600 - 60)
    tested = site.web.clock.now() - timedelta(seconds=17 * (24 * 3600 - 60))
    view = await site.get(f"/devices/{site.ids['worn']}/health")
    assert (view["battery"], view["signal"]) == (21, -118)
    assert 0.9 < view["battery_loss"] < 1.1
    assert 9 <= view["days_left"] <= 13
    assert view["days_least"] <= view["days_left"] <= view["days_most"]
    assert len(view["batteries"]) == 20
    assert view["tested_at"] == tested.isoformat().replace("+00:00", "Z") or view["tested_at"] == tested.isoformat()
    await site.round()
    assert await site.names(trouble="battery_soon") == ["worn"]
    assert await site.names(trouble="weak_signal") == ["worn"]
    assert await site.names(trouble="low_battery") == []


async def test_conditions_lives_and_missing_tests_are_troubles_and_end(site: Site) -> None:
    today = site.web.clock.now().date()
    await site.fit("old", made_on=f"{today.year - 13}-01-01")
    await site.fit("ending", life_until=(today + timedelta(days=40)).isoformat())
    await site.fit("gas", type="gas", made_on=f"{today.year - 6}-01-01")
    await site.fit("untried", installed_on=f"{today.year - 2}-01-01")
    await site.fit("open")
    await site.is_in("open", Condition.TAMPER | Condition.LOW_BATTERY | Condition.ALARM_FAULT)
    await site.round()
    assert await site.names(trouble="past_life") == ["old", "gas"]
    assert await site.names(trouble="life_soon") == ["ending"]
    assert await site.names(trouble="untested") == ["untried"]
    for trouble in ("tamper", "low_battery", "fault"):
        assert await site.names(trouble=trouble) == ["open"]
    await site.is_in("open", Condition.NONE)
    await site.says("untried", test=True)
    await site.round()
    assert await site.names(trouble="tamper") == await site.names(trouble="untested") == []
    patched = await site.client.patch(f"/devices/{site.ids['old']}", json={"state": "retired"})
    assert patched.status_code == 200, patched.text
    site.web.clock.advance(61)
    await site.round()
    assert await site.names(trouble="past_life") == ["gas"]


async def test_lives_are_reckoned_alike_in_sql_and_in_words(site: Site) -> None:
    for name, type_, made_on in (
        ("s", "smoke", "2016-02-29"),
        ("g", "gas", "2019-05-31"),
        ("w", "hydrant", "2010-01-01"),
    ):
        await site.fit(name, type=type_, made_on=made_on)
    await site.round()
    async with site.web.pool.acquire() as conn:
        rows = await conn.fetch(
            "select d.type, d.made_on, d.life_until as mark, h.life_until"
            " from registry.device d join health.device h using (number)"
        )
    assert len(rows) == 3
    for row in rows:
        assert row["life_until"] == rules.life_ends(row["type"], row["made_on"], row["mark"])


async def test_coverage_by_area_street_and_community(site: Site) -> None:
    for name in ("a", "b"):
        await site.fit(name)
    await site.says("a")
    await site.round()
    (area,) = (await site.get("/device-health/coverage", by="area"))["items"]
    assert (area["code"], area["name"], area["installed"], area["alive"], area["never"]) == (
        "360802",
        "吉州区",
        2,
        1,
        1,
    )
    for by, code in (("street", "360802001"), ("community", "360802001001")):
        (row,) = (await site.get("/device-health/coverage", by=by))["items"]
        assert (row["code"], row["installed"]) == (code, 2)
    assert (await site.get("/device-health/coverage", by="area", type="gas"))["items"] == []
    answer = await site.client.get("/device-health/coverage.csv", params={"by": "community"})
    sheet = unmarked(answer.text)
    assert (len(sheet), sheet[0].split(",")[2:5]) == (2, ["code", "installed", "alive"])
    assert "360802001001,2," in sheet[1]
    assert await site.names(community="360802001") == ["a", "b"]
    for path in ("coverage", "coverage.csv"):
        assert (await site.client.get(f"/device-health/{path}", params={"by": "moon"})).status_code == 400


async def test_pages_follow_one_another_and_the_sheet_holds_all(site: Site) -> None:
    for number in range(5):
        await site.fit(f"d{number}")
    await site.round()
    first = await site.get("/device-health", limit="3")
    second = await site.get("/device-health", limit="3", cursor=first["next"])
    assert [row["name"] for row in first["items"] + second["items"]] == [f"d{n}" for n in range(5)]
    assert second["next"] is None
    sheet = unmarked((await site.client.get("/device-health/export.csv")).text)
    assert len(sheet) == 6 and "days_left" in sheet[0]


@pytest.mark.parametrize("scope", OUTSIDE)
async def test_outside_ones_scope_nothing_is_there(site: Site, scope: str) -> None:
    await site.fit("a")
    await site.round()
    stranger = await site.web.person("stranger", Role.SUPERVISOR, scope)
    assert (await stranger.get("/device-health")).json()["items"] == []
    assert (await stranger.get("/device-health/coverage")).json()["items"] == []
    assert (await stranger.get("/device-health/summary")).json()["installed"] == 0
    assert (await stranger.get(f"/devices/{site.ids['a']}/health")).status_code == 404


def test_rounds_begin_with_the_whole_registry() -> None:
    assert store.beginning().year == 1970
