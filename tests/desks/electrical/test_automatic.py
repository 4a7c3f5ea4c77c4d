"""Automatic cut-off from its rehearsal to a proved cut, over HTTP with real rows and a clock that is moved."""

import asyncio
from datetime import timedelta

import pytest

from desks.site import OUTSIDE
from zhigan.commands.model import State
from zhigan.desks.electrical import following
from zhigan.history import store as history
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import Role

LIMITS = {"limits": [{"metric": "residual_current", "limit": 500}], "hold_s": 120}
DAY_S = 86_400


class Automatic:
    def __init__(self, ground):
        self.ground = ground
        self.path = f"/circuits/{ground.circuit}/automatic"

    async def sees(self, client=None):
        return (await (client or self.ground.unit).get(self.path)).json()

    async def leaks(self, *values):
        """A reading a minute; the load flows on."""
        for value in values:
            self.ground.web.clock.advance(60)
            await self.ground.measures({"": value}, "residual_current")
            await self.ground.measures({"a": 12.0, "b": 11.0, "c": 9.0})

    async def followed(self):
        return await following.follow(self.ground.web.db, self.ground.interlock, self.ground.web.clock)

    async def weeks_pass(self, days=15):
        self.ground.web.clock.advance(days * DAY_S)
        async with self.ground.web.pool.acquire() as conn:
            await history.prepare(conn, self.ground.web.clock.micros())
        self.ground.unit = await self.ground.web.person("unit-later", Role.UNIT, "unit:U1")
        self.ground.lead = await self.ground.web.person("lead-later", Role.LEAD)
        self.ground.operator = await self.ground.web.person("operator-later", Role.OPERATOR)

    async def asks(self, client=None):
        until = (self.ground.web.clock.now() + timedelta(days=30)).isoformat()
        return await (client or self.ground.unit).post(f"{self.path}/ask", json={"why": "演练无误动", "until": until})

    async def lives(self):
        assert (await self.ground.unit.put(self.path, json=LIMITS)).status_code == 200
        await self.weeks_pass()
        await self.ground.consents(hours=24 * 90, automatic=True)
        assert (await self.asks()).status_code == 200
        assert (await self.ground.lead.post(f"{self.path}/approve")).status_code == 200

    async def cut(self):
        async with self.ground.web.pool.acquire() as conn:
            return await conn.fetchval("select id::text from commands.command where circuit = $1::uuid "
                                       "order by requested_at desc limit 1", self.ground.circuit)  # fmt: skip

    async def audited(self):
        async with self.ground.web.pool.acquire() as conn:
            rows = await conn.fetch(
                "select action from access.audit where subject = $1 and action like 'automatic.%' order by id",
                self.ground.circuit,
            )
        return [r[0].removeprefix("automatic.") for r in rows]


@pytest.fixture
async def automatic(ground):
    return Automatic(ground)


async def test_it_rehearses_for_weeks_and_becomes_live_by_two_people_only(automatic):
    ground = automatic.ground
    assert (await automatic.sees())["mode"] == "off"
    await automatic.leaks(600, 600, 600)
    assert await automatic.followed() == 0
    low = {**LIMITS, "limits": [{"metric": "residual_current", "limit": 200}]}
    refused = await ground.unit.put(automatic.path, json=low)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "automatic.limit")
    begun = (await ground.unit.put(automatic.path, json=LIMITS)).json()
    assert (begun["mode"], begun["steps"], begun["hold_s"]) == ("rehearsal", ["rehearse", "end"], 120)
    assert (await automatic.asks()).json()["code"] == "automatic.rehearse"
    await automatic.leaks(600, 600, 600)
    assert await automatic.followed() == 1
    assert await automatic.followed() == 0, "told once"
    assert await ground.taken() == [] and await automatic.cut() is None
    (trip,) = (await automatic.sees())["trips"]
    assert (trip["value"], trip["limit"], trip["live"], trip["against"]) == (600.0, 500.0, False, "")
    await automatic.weeks_pass()
    assert (await automatic.sees())["steps"] == ["rehearse", "ask", "end"]
    await ground.consents(hours=24 * 90)
    assert (await automatic.asks()).json()["code"] == "automatic.consent", "the paper speaks of cuts by people only"
    await ground.consents(hours=24 * 90, automatic=True)
    assert (await automatic.asks()).json()["mode"] == "asked"
    alone = await ground.unit.post(f"{automatic.path}/approve")
    assert (alone.status_code, alone.json()["code"]) == (403, "command.second_person")
    assert (await ground.lead.post(f"{automatic.path}/approve")).json()["mode"] == "live"
    assert (await ground.lead.post(f"{automatic.path}/approve")).status_code == 409
    assert await automatic.audited() == ["rehearsed", "tripped", "asked", "approved"]


async def test_what_was_only_rehearsed_a_moment_ago_holds_nothing_up_once_it_is_live(automatic):
    ground = automatic.ground
    assert (await ground.unit.put(automatic.path, json=LIMITS)).status_code == 200
    await automatic.weeks_pass()
    await ground.consents(hours=24 * 90, automatic=True)
    await automatic.leaks(600, 600, 600)
    assert await automatic.followed() == 1 and await automatic.cut() is None
    assert (await automatic.asks()).status_code == 200
    assert (await ground.lead.post(f"{automatic.path}/approve")).status_code == 200
    await automatic.leaks(600, 600)
    assert await automatic.followed() == 1 and await automatic.cut() is not None
    assert await automatic.followed() == 0


async def test_live_it_cuts_once_and_is_proved(automatic):
    ground = automatic.ground
    await automatic.lives()
    await automatic.leaks(600, 610, 620)
    made = await asyncio.gather(*(automatic.followed() for _ in range(3)))
    assert sorted(made) == [0, 0, 1], "three processes follow"
    command = await automatic.cut()
    seen = (await ground.lead.get(f"/commands/{command}")).json()
    assert (seen["state"], seen["requested_by"]["name"], "cancel" in seen["steps"]) == ("pending", "automatic", True)
    assert seen["arguments"]["reason"].startswith("automatic: residual_current 620.0 mA >= 500 mA, 3 readings")
    assert await ground.taken() == []
    assert await ground.counts_down() == 1
    assert await ground.taken() == [command]
    await ground.marks(command, State.SENT, State.CONFIRMED)
    ground.web.clock.advance(5)
    await ground.measures({"a": 0.0, "b": 0.0, "c": 0.0})
    assert await ground.proved() == 1
    assert (await ground.state(command))[0] == "confirmed"
    ground.web.clock.advance(1800)
    await ground.measures({"a": 0.0, "b": 0.0, "c": 0.0})
    for _ in range(3):
        ground.web.clock.advance(60)
        await ground.measures({"": 700.0}, "residual_current")
    assert await automatic.followed() == 0, "nothing flows: there is nothing to cut"
    trip = (await automatic.sees())["trips"][0]
    assert (trip["live"], trip["command"]) == (True, command)


@pytest.mark.parametrize("what", ["ended", "stopped", "fire", "sensor", "consent"])
async def test_what_changes_in_the_countdown_keeps_it_from_cutting(automatic, what):
    ground = automatic.ground
    await automatic.lives()
    await automatic.leaks(600, 610, 620)
    assert await automatic.followed() == 1
    command = await automatic.cut()
    grid = await ground.web.person("grid", Role.GRID, "unit:U1")
    match what:
        case "ended":
            assert (await grid.post(f"{automatic.path}/end", json={"why": "检修"})).json()["mode"] == "off"
        case "stopped":
            assert (await grid.post(f"/commands/{command}/cancel", json={})).status_code == 200
        case "fire":
            await ground.operator.put(f"/circuits/{ground.circuit}", json=ground.new(panel_cuts=False))
            await ground.burns()
        case "sensor":
            async with ground.web.pool.acquire() as conn:
                await conn.execute(
                    "update registry.device_now n set conditions = $2 from registry.device d "
                    "where d.number = n.number and d.id = $1::uuid", ground.breaker, int(Condition.IMPLAUSIBLE),
                )  # fmt: skip
        case _:
            for one in (await ground.sees())["consents"]:
                path = f"/circuits/{ground.circuit}/consents/{one['id']}/revoke"
                assert (await ground.unit.post(path, json={"why": "收回"})).status_code == 200
    assert await ground.counts_down() == 0
    assert await ground.taken() == []
    assert (await ground.state(command))[0] == "cancelled"


async def test_in_a_fire_it_says_why_it_did_not_cut(automatic):
    await automatic.lives()
    await automatic.ground.burns()
    await automatic.leaks(600, 610, 620)
    assert await automatic.followed() == 1
    assert await automatic.cut() is None
    assert "open fire" in (await automatic.sees())["trips"][0]["against"]


async def test_other_limits_rehearse_anew_and_outside_there_is_none(automatic):
    ground = automatic.ground
    await automatic.lives()
    again = await ground.lead.put(automatic.path, json={**LIMITS, "hold_s": 60})
    assert (again.json()["mode"], again.json()["approved_at"]) == ("rehearsal", None)
    for n, scope in enumerate(OUTSIDE):
        outside = await ground.web.person(f"out{n}", Role.OPERATOR, scope)
        bodies = (("GET", "", None), ("PUT", "", LIMITS), ("POST", "/approve", None), ("POST", "/end", {"why": "x"}),
                  ("POST", "/ask", {"why": "x", "until": "2027-01-01T00:00:00Z"}))  # fmt: skip
        for method, tail, body in bodies:
            answer = await outside.request(method, automatic.path + tail, json=body)
            assert answer.status_code == 404, (scope, method, tail, answer.text)
    duty = await ground.web.person("duty", Role.DUTY)
    assert (await duty.put(automatic.path, json=LIMITS)).status_code == 403
    await ground.operator.put(f"/circuits/{ground.circuit}", json=ground.new(load_class="second"))
    assert (await ground.unit.put(automatic.path, json=LIMITS)).json()["code"] == "automatic.third"
