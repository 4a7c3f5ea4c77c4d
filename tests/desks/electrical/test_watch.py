"""From a circuit's register to an incident in words: its own limits, its phases, its nights, its days. Real parts."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from desks.electrical.ground import Ground
from desks.site import school
from support.engine import Engine, running
from support.web import Web
from zhigan.desks.electrical import api, limits_api
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.desks.electrical.watch import Watch
from zhigan.history import rolling
from zhigan.history import store as history
from zhigan.history.archive import Archive
from zhigan.incidents.shelf import Shelf
from zhigan.processes.standing import in_force
from zhigan.registry import api as registry_api
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import DAY, HOUR
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.signals import Signal, SignalKind


class Site(Ground):
    """A school's circuit of three phases, with an engine that hears what the watch says."""

    def __init__(self, web: Web, ids: dict[str, str], engine: Engine, archive: Archive) -> None:
        super().__init__(web, ids)
        self.engine = engine
        self.watch = Watch(web.db, archive, in_force, self.tell)

    async def tell(self, signals: Sequence[Signal]) -> None:
        await self.engine.hear(*signals)

    async def leaks(self, milliamperes: float) -> None:
        at = self.web.clock.micros()
        metric, kind = (BY_NAME["residual_current"].number,), int(SignalKind.READINGS)
        await self.engine.hear(Signal("mqtt", "brk-1", kind, at, at, metrics=metric, values=(milliamperes,)))

    async def reads(self, **amperes: float) -> None:
        at = self.web.clock.micros()
        metric, kind = (BY_NAME["current"].number,), int(SignalKind.READINGS)
        await self.engine.hear(
            *(
                Signal("mqtt", f"brk-1/phase-{phase}", kind, at, at, metrics=metric, values=(value,))
                for phase, value in amperes.items()
            )
        )

    async def looks(self) -> int:
        self.web.clock.advance(1)
        return await self.watch.round(self.web.clock.micros())


@pytest.fixture
async def site(dsn: str, pool: Pool, hand_clock: HandClock, tmp_path: Path) -> AsyncIterator[Site]:
    async with pool.acquire() as conn:
        await places.settle(conn)
    given: dict[str, object] = {
        "importable": {}, "ruling": in_force, "interlock": CircuitInterlock(hand_clock),
        "archive": Archive(tmp_path / "archive"),
        "shelf": Shelf(tmp_path / "files"),
    }  # fmt: skip
    web = Web(pool, hand_clock, [*api.handlers, *limits_api.handlers, *registry_api.handlers], tmp_path, given)
    async with running(dsn, tmp_path / "spool", hand_clock) as engine:
        made = Site(web, await school(web), engine, Archive(tmp_path / "archive"))
        await made.settles()
        yield made


async def rolled(conn: Connection, now: int) -> None:
    """Hours and days that are over."""
    for roll in (rolling.roll, rolling.roll_days):
        while (await roll(conn, now)).more:
            pass


async def reasons(site: Site) -> list[tuple[int, str]]:
    rows = await site.engine.rows("select grade, reasons::text as why from incidents.incident where state = 'open'")
    return [(r["grade"], r["why"]) for r in rows]


async def test_a_short_circuit_is_judged_by_the_rating_that_the_register_says(site):
    await site.reads(a=410.0)
    ((grade, why),) = await reasons(site)
    assert grade == 3
    assert '"limit": 400' in why
    assert "GB 10963.1" in why
    await site.reads(a=20.0)
    assert await reasons(site) == []
    answer = await site.operator.put(f"/circuits/{site.circuit}", json=site.new(rating_a=100))
    assert answer.status_code == 200, answer.text
    site.engine.worker.registry_changed(frozenset({site.ids["unit"]}))
    await site.reads(a=410.0)
    assert await reasons(site) == [], "over its rating, but not for a minute yet"
    await site.engine.passes(60)
    ((_, why),) = await reasons(site)
    assert '"limit": 100' in why
    answer = await site.operator.delete(f"/circuits/{site.circuit}")
    assert answer.status_code == 204
    assert await site.engine.rows("select * from registry.own_limit") == []


async def test_phases_out_of_balance_are_an_early_warning_that_ends_by_itself(site):
    await site.reads(a=20.0, b=21.0, c=6.0)
    assert await site.looks() == 1
    assert await site.looks() == 0, "told once"
    assert await reasons(site) == []
    await site.engine.passes(300)
    ((grade, why),) = await reasons(site)
    assert (grade, '"percent": 61.7' in why, '"c": "6.0 A"' in why) == (4, True, True)
    await site.reads(a=20.0, b=21.0, c=20.0)
    assert await site.looks() == 1
    assert await reasons(site) == []


async def test_a_load_at_night_that_the_circuit_never_took_is_told_and_morning_ends_it(site):
    pool, clock = site.web.pool, site.web.clock
    clock.advance((22 * HOUR - (clock.micros() + 8 * HOUR) % DAY) % DAY / 1_000_000 + 3600)
    for _ in range(9):
        async with pool.acquire() as conn:
            await history.prepare(conn, clock.micros())
        await site.measures({"a": 4.0, "b": 4.2, "c": 3.9})
        clock.advance(86_400)
    async with pool.acquire() as conn:
        await history.prepare(conn, clock.micros())
        await rolled(conn, clock.micros())
    await site.reads(a=4.1, b=4.0, c=4.0)
    assert await site.looks() == 0
    await site.reads(a=4.1, b=15.0, c=4.0)
    assert await site.looks() >= 1
    await site.engine.passes(600)
    assert any(grade == 4 and '"load": "15.0 A"' in why for grade, why in await reasons(site))
    clock.advance(8 * 3600)
    await site.looks()
    assert not any("night_load" in why for _, why in await reasons(site))


async def test_a_rise_warns_by_itself_says_when_and_ends_when_it_no_longer_holds(site):
    pool, clock = site.web.pool, site.web.clock
    for day in range(12):
        async with pool.acquire() as conn:
            await history.prepare(conn, clock.micros())
        await site.measures({"": 150.0 + 10 * day + (3, -2, 1, -4, 0)[day % 5]}, "residual_current")
        clock.advance(86_400)
    async with pool.acquire() as conn:
        await history.prepare(conn, clock.micros())
        await rolled(conn, clock.micros())
    assert await site.looks() == 1
    ((grade, why),) = await reasons(site)
    assert grade == 3, "260 mA, ten more a day: four days are left"
    assert '"slope": "' in why
    assert '"soonest": ' in why
    assert await site.looks() == 0
    for _ in range(6):
        await site.measures({"": 60.0}, "residual_current")
        clock.advance(86_400)
        async with pool.acquire() as conn:
            await history.prepare(conn, clock.micros())
    async with pool.acquire() as conn:
        await rolled(conn, clock.micros())
    assert await site.looks() == 1
    assert await reasons(site) == []


async def test_a_limit_of_the_circuits_own_is_judged_by_names_who_set_it_and_keeps_what_was(site):
    path = f"/circuits/{site.circuit}/limits"
    before = (await site.unit.get(path)).json()
    assert before["policy"] == 1
    (row,) = before["items"]
    shown = (row["metric"], row["limit"], row["policy_limit"], row["least"], row["most"], row["source"], row["clause"])
    assert shown == ("residual_current", 300.0, 300.0, 300.0, 500.0, "GB 50116-2013", "9.2.3")
    put = f"{path}/residual_current"
    wanted = {"limit": 450, "why": "自然漏流较大，经复核"}
    assert (await site.unit.put(put, json=wanted)).status_code == 403
    outside = await site.web.person("outside", Role.OPERATOR, "area:360803")
    assert (await outside.put(put, json=wanted)).status_code == 404
    assert (await outside.get(path)).status_code == 404
    assert (await site.operator.put(put, json={**wanted, "limit": 501})).status_code == 400
    assert (await site.operator.put(f"{path}/voltage", json=wanted)).status_code == 404
    assert (await site.operator.put(put, json={**wanted, "limit": None})).status_code == 409
    answer = await site.operator.put(put, json=wanted)
    assert answer.status_code == 200, answer.text
    site.engine.worker.registry_changed(frozenset({site.ids["unit"]}))
    await site.leaks(350.0)
    assert await reasons(site) == []
    await site.leaks(455.0)
    ((grade, why),) = await reasons(site)
    assert (grade, '"limit": 450' in why, '"source": "operator 20' in why) == (3, True, True)
    await site.leaks(20.0)
    (channel,) = [c for c in (await site.sees())["channels"] if c["metric"] == "residual_current"]
    assert (channel["high"], channel["near"], channel["source"][:8]) == (450.0, 360.0, "operator")
    back = (await site.lead.put(put, json={"limit": None, "why": "整改完成"})).json()["items"][0]
    assert (back["limit"], [(h["limit"], h["set_by"], h["ended_by"], h["ended_why"]) for h in back["history"]]) == (
        300.0, [(450.0, "operator", "lead", "整改完成")],
    )  # fmt: skip
    site.engine.worker.registry_changed(frozenset({site.ids["unit"]}))
    await site.leaks(350.0)
    ((_, why),) = await reasons(site)
    assert '"limit": 300' in why
    lines = await site.engine.rows("select detail from access.audit where action = 'circuit.limited' order by id")
    assert len(lines) == 2
