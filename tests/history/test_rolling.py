"""Roll-ups on real PostgreSQL, filled through the engine: what they say is what the readings say, late ones too."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.engine import Engine, running
from zhigan.history import looking, rolling
from zhigan.history.archive import Archive
from zhigan.history.looking import Wanted
from zhigan.history.rules import Step
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary import metrics
from zhigan.vocabulary.moments import DAY, HOUR, MINUTE, SECOND
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

NOTHING_MOVED = Archive(Path("/nowhere"))
PANEL = "790300000000"
CURRENT, HEAT = metrics.BY_NAME["residual_current"].number, metrics.BY_NAME["temperature"].number


@pytest.fixture
async def engine(dsn: str, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Engine]:
    async with running(dsn, tmp_path / "spool", hand_clock) as engine:
        yield engine


def own(at: int, *values: tuple[int, float], flags: int = 0) -> Signal:
    """A circuit speaks for itself."""
    names, figures = tuple(m for m, _ in values), tuple(v for _, v in values)
    return Signal("mqtt", "circuit", int(SignalKind.READINGS), 0, at, metrics=names, values=figures, flags=flags)


def told(at: int, values: dict[int, float]) -> Signal:
    """A panel speaks for its circuits."""
    points = tuple(f"{PANEL}/16.1.17.{number}" for number in values)
    return Signal(
        "gb26875", PANEL, int(SignalKind.READINGS), 0, at,
        metrics=(CURRENT,) * len(values), values=tuple(values.values()), points=points,
    )  # fmt: skip


async def number(engine: Engine, address: str) -> int:
    (row,) = await engine.rows("select number from registry.device where address = $1", address)
    return row["number"]


async def both_ways(engine: Engine, wanted: Wanted, step: int) -> tuple[list[Step], list[Step]]:
    """From roll-ups where they are, and reading by reading."""
    conn = await engine.connect()
    now = engine.clock.micros()
    async with conn.transaction():
        rolled = await looking.steps(conn, NOTHING_MOVED, wanted, step, now)
        everything = await looking.one_by_one(conn, NOTHING_MOVED, wanted, step)
    return rolled, everything


def same(found: tuple[list[Step], list[Step]]) -> list[Step]:
    rolled, everything = found
    assert [(s.at, s.min, s.max, s.last, s.count) for s in rolled] == [
        (s.at, s.min, s.max, s.last, s.count) for s in everything
    ]
    assert [s.mean for s in rolled] == pytest.approx([s.mean for s in everything])
    return rolled


async def test_steps_from_roll_ups_are_those_of_the_readings(engine: Engine, hand_clock: HandClock) -> None:
    dice = random.Random(119)
    begin = hand_clock.micros()
    for _ in range(60):
        hand_clock.advance(dice.randrange(60, 900))
        now = hand_clock.micros()
        heard = [own(now - dice.randrange(0, 20) * MINUTE, (CURRENT, dice.uniform(5, 900)), (HEAT, 31.5))]
        if dice.random() < 0.5:
            heard.append(told(now, {n: dice.uniform(5, 900) for n in (1, 2, 3)}))
        await engine.hear(*heard)
    conn = await engine.connect()
    circuit = await number(engine, "circuit")
    panel, behind = await number(engine, PANEL), await number(engine, f"{PANEL}/16.1.17.2")
    assert (await rolling.roll(conn, hand_clock.micros())).computed > 0
    end = hand_clock.micros()
    for device, parent in ((circuit, None), (behind, panel)):
        for step in (HOUR, 3 * HOUR, DAY, 10 * MINUTE):
            for cut in (0, 17 * MINUTE):  # the span need not begin or end with an hour
                wanted = Wanted(device, parent, CURRENT, begin - HOUR + cut, end - cut)
                assert same(await both_ways(engine, wanted, step))
    assert await engine.rows("select 1 from history.hourly where device = $1 and source = $2", behind, panel)


async def test_what_comes_late_is_shown_at_once_and_changes_its_hour(engine: Engine, hand_clock: HandClock) -> None:
    then = hand_clock.micros()
    await engine.hear(own(then, (CURRENT, 20.0)))
    hand_clock.advance(2 * 3600)
    conn = await engine.connect()
    wanted = Wanted(await number(engine, "circuit"), None, CURRENT, then - HOUR, then + 30 * HOUR)
    assert (await rolling.roll(conn, hand_clock.micros())).computed == 1
    assert await rolling.waiting(conn, hand_clock.micros()) == 0
    hand_clock.advance(30 * 3600)  # a hub that was off for a day tells with its own time
    await engine.hear(own(then + 5 * SECOND, (CURRENT, 300.0), flags=int(Flag.LATE)))
    (step,) = same(await both_ways(engine, wanted, HOUR))
    assert (step.max, step.count) == (300.0, 2), "before any roll-up has seen it"
    assert (await rolling.roll(conn, hand_clock.micros())).computed == 0, "somebody may be writing under this mark"
    hand_clock.advance(11 * 60)
    assert (await rolling.roll(conn, hand_clock.micros())).computed == 1
    (row,) = await engine.rows("select count, high, last from history.hourly")
    assert tuple(row) == (2, 300.0, 300.0)
    same(await both_ways(engine, wanted, HOUR))


async def test_an_hour_is_marked_once_in_two_minutes(engine: Engine, hand_clock: HandClock) -> None:
    now = hand_clock.micros()
    for second in range(150):
        hand_clock.advance(1)
        await engine.hear(own(now + second * SECOND, (CURRENT, 20.0)))
    marks = await engine.rows("select marked_at from history.mark order by marked_at")
    assert len(marks) == 2
    assert (marks[1][0] - marks[0][0]).total_seconds() == 120


async def test_while_a_writer_is_at_it_for_long_nothing_is_computed(engine: Engine, hand_clock: HandClock) -> None:
    await engine.hear(own(hand_clock.micros(), (CURRENT, 20.0)))
    hand_clock.advance(7200)
    conn, other = await engine.connect(), await engine.connect()
    async with other.transaction():
        await other.execute("select 1")
        assert (await rolling.roll(conn, hand_clock.micros(), longest=0)).computed == 0
    assert (await rolling.roll(conn, hand_clock.micros(), longest=0)).computed == 1
