"""The worker on real PostgreSQL and a real spool: exactly once, whatever the data and the world do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from support.engine import Engine, running
from support.processes import until
from zhigan.alarms.engine import POLICY_V1
from zhigan.alarms.worker import Line, Worker
from zhigan.bus import log
from zhigan.bus.positions import PositionLost
from zhigan.incidents import proof
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.signals import Lane, Signal, SignalKind

DEVICE = "790300000000"


@pytest.fixture
async def engine(dsn: str, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Engine]:
    async with running(dsn, tmp_path / "spool", hand_clock) as engine:
        yield engine


def status(point: int, conditions: int, text: str = "", **more: object) -> Signal:
    address = f"{DEVICE}/1.1.40.{point}"
    known = int(Condition.FIRE | Condition.FAULT | Condition.SHIELD | Condition.SUPERVISORY)
    signal = Signal("gb26875", address, int(SignalKind.STATUS), 0, 0, int(conditions), known, type="smoke", text=text)
    for name, value in more.items():
        setattr(signal, name, value)
    signal.at = signal.at or 1_795_320_000_000_000
    return signal


def reading(point: int, value: float) -> Signal:
    address = f"{DEVICE}/1.1.30.{point}"
    return Signal(
        "gb26875",
        address,
        int(SignalKind.READINGS),
        0,
        1_795_320_000_000_000,
        metrics=(1,),
        values=(value,),
        type="heat",
    )


async def test_a_fire_opens_one_incident_and_its_repeats_none(engine: Engine) -> None:
    await engine.hear(status(1, Condition.FIRE))
    await engine.hear(status(1, Condition.FIRE), status(1, Condition.FIRE))
    (incident,) = await engine.rows("select * from incidents.incident")
    assert (incident["grade"], incident["kind"], incident["state"]) == (2, "fire", "open")
    assert incident["flags"] == ["unregistered"]
    assert len(await engine.rows("select 1 from history.signal")) == 3
    assert await engine.rows("select 1 from incidents.alarm where cleared_at is not null") == []


async def test_of_a_thousand_signals_the_poisonous_one_goes_to_quarantine_and_999_are_stored(engine: Engine) -> None:
    signals: list[Signal] = [reading(n % 50, 21.0 + n / 1000) for n in range(1000)]
    signals[617] = status(99, Condition.FAULT, text="a\x00b")
    await engine.hear(*signals)
    assert len(await engine.rows("select 1 from history.signal")) == 999
    (kept,) = await engine.rows("select address, reason from history.quarantine")
    assert kept["address"] == f"{DEVICE}/1.1.40.99"
    assert "NUL" in kept["reason"]
    types = [row["type"] for row in await engine.rows("select type from bus.event order by id")]
    assert types.count("signal.quarantined") == 1
    await engine.hear(reading(1, 22.0))
    assert len(await engine.rows("select 1 from history.signal")) == 1000


async def test_a_number_that_no_column_holds_is_poison_too(engine: Engine) -> None:
    too_large = reading(7, 20.0)
    too_large.metrics = (70_000,)
    await engine.hear(reading(1, 20.0), too_large, reading(2, 20.0))
    assert len(await engine.rows("select 1 from history.signal")) == 2
    assert len(await engine.rows("select 1 from history.quarantine")) == 1


async def test_what_was_committed_before_a_crash_is_not_judged_again(
    dsn: str, tmp_path: Path, hand_clock: HandClock
) -> None:
    async with running(dsn, tmp_path / "spool", hand_clock) as first:
        await first.hear(status(1, Condition.FIRE), reading(2, 20.0))
        await first.tell(status(3, Condition.FAULT), reading(2, 21.0))  # on the bus, not judged
    async with running(dsn, tmp_path / "spool", hand_clock) as second:
        await second.settle()
        await second.settle()
        assert len(await second.rows("select 1 from history.signal")) == 4
        kinds = await second.rows("select kind, count(*) as n from incidents.incident group by kind order by kind")
        assert [(r["kind"], r["n"]) for r in kinds] == [("fault", 1), ("fire", 1)]


async def test_of_two_engines_on_one_lane_the_second_fails_instead_of_writing_twice(engine: Engine) -> None:
    await engine.tell(status(1, Condition.FIRE))
    rival = Engine(engine.dsn, engine.spool, engine.clock)
    line = Line(rival.connect)
    await engine.settle()
    with pytest.raises(PositionLost):
        await rival.worker.advance(line, Lane.URGENT, 0, 0, timeout=0)
    line.drop()
    assert len(await engine.rows("select 1 from history.signal")) == 1
    assert len(await engine.rows("select 1 from incidents.incident")) == 1


async def test_a_lost_connection_costs_nothing_but_time(engine: Engine) -> None:
    await engine.hear(status(1, Condition.FAULT))
    await engine.tell(status(1, Condition.FIRE), reading(2, 20.0))
    for conn in engine.connections[1:]:
        await engine.rows("select pg_terminate_backend($1)", conn.get_server_pid())
    await engine.settle()
    assert len(await engine.rows("select 1 from history.signal")) == 3
    assert len(await engine.rows("select 1 from incidents.incident where kind = 'fire'")) == 1


async def test_a_server_that_goes_in_the_middle_of_a_question_is_waited_for(engine: Engine) -> None:
    """asyncpg then speaks of an internal error of its own; the engine died of it."""
    broken = [asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")]

    async def connect() -> Connection:
        if broken:
            raise broken.pop()
        return await engine.connect()

    await engine.tell(status(1, Condition.FIRE))
    worker = Worker(engine.spool, connect, engine.clock, POLICY_V1)
    judging = asyncio.create_task(worker.follow(Lane.URGENT))

    async def judged() -> bool:
        return bool(await engine.rows("select 1 from incidents.incident"))

    await until(judged)
    judging.cancel()
    await asyncio.wait([judging])
    assert not broken


async def test_timers_survive_a_restart(dsn: str, tmp_path: Path, hand_clock: HandClock) -> None:
    async with running(dsn, tmp_path / "spool", hand_clock) as first:
        await first.hear(status(1, Condition.FIRE))
    async with running(dsn, tmp_path / "spool", hand_clock) as second:
        await second.passes(200)
        (incident,) = await second.rows("select grade, reasons from incidents.incident")
        assert incident["grade"] == 1
        assert "no_answer" in incident["reasons"]


async def test_every_chain_holds_after_all_of_it(engine: Engine) -> None:
    await engine.hear(*[status(n, Condition.FIRE) for n in range(40)])
    await engine.passes(240)
    await engine.hear(*[status(n, 0) for n in range(40)])
    conn: asyncpg.Connection = engine.connections[0]
    assert await log.verify(conn) is None
    assert await proof.verify(conn) is None
    events = await engine.rows("select id from bus.event order by id")
    assert [row["id"] for row in events] == list(range(1, len(events) + 1))


async def test_a_fire_and_its_end_in_one_slice_are_both_judged(engine: Engine) -> None:
    """The end says nothing new beside what was known before the slice; it does beside the fire in it."""
    await engine.hear(status(1, Condition.FIRE), status(1, 0), status(2, Condition.FAULT), status(2, 0))
    alarms = await engine.rows("select condition from incidents.alarm where cleared_at is null")
    assert alarms == []
    assert await engine.rows("select 1 from registry.device_now where conditions <> 0") == []
    await engine.hear(status(1, Condition.FIRE))
    (alarm,) = await engine.rows("select count from incidents.alarm where condition = 'fire'")
    assert alarm["count"] == 2


@pytest.mark.parametrize(("name", "first"), [("resolve", False), ("introduce", True), ("introduce", False)])
async def test_the_registry_may_speak_at_any_moment_and_no_fire_is_lost(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str, first: bool
) -> None:
    """Between reading a slice and judging it, before or behind an await, everything that is known is forgotten."""
    subjects = engine.worker.subjects
    behind, left = getattr(subjects, name), [True]

    def speaks() -> None:
        if left and left.pop():
            engine.worker.registry_changed(frozenset("*"))

    async def between(*given: object) -> object:
        if first:
            speaks()
        answer = await behind(*given)
        speaks()
        return answer

    monkeypatch.setattr(subjects, name, between)
    await engine.hear(status(1, Condition.FIRE))
    assert not left
    assert await engine.rows("select 1 from history.quarantine") == []
    assert len(await engine.rows("select 1 from incidents.alarm")) == 1
