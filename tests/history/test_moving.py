"""Days on their way to the archive: whatever happens, every reading is there exactly once, and answered the same."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from support.engine import Engine, running
from support.processes import until
from zhigan.history import looking, moving, rolling, store, windows
from zhigan.history.archive import Archive, Written
from zhigan.history.looking import Wanted
from zhigan.history.moving import GivesWay
from zhigan.history.rules import Reading, Step, city_day, day_of, partition_name
from zhigan.history.windows import Window
from zhigan.incidents.binding import binding
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary import metrics
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import DAY, HOUR, MINUTE, to_micros
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

PANEL = "790300000000"
CURRENT, HEAT = metrics.BY_NAME["residual_current"].number, metrics.BY_NAME["temperature"].number
KEEP, FORGET = 30, 400


@pytest.fixture
async def engine(dsn: str, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Engine]:
    async with running(dsn, tmp_path / "spool", hand_clock) as engine:
        yield engine


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = Archive(tmp_path / "archive")
    yield archive
    archive.close()


def own(at: int, current: float, heat: float, flags: int = 0) -> Signal:
    return Signal(
        "mqtt", "circuit", int(SignalKind.READINGS), 0, at,
        metrics=(CURRENT, HEAT), values=(current, heat), flags=flags, raw=b"\x01\x02",
    )  # fmt: skip


def told(at: int, values: tuple[float, ...]) -> Signal:
    points = tuple(f"{PANEL}/16.1.17.{n}" for n in range(len(values)))
    return Signal(
        "gb26875", PANEL, int(SignalKind.READINGS), 0, at,
        metrics=(CURRENT,) * len(values), values=values, points=points,
    )  # fmt: skip


def fault(at: int, text: str) -> Signal:
    known = int(Condition.FIRE | Condition.FAULT)
    return Signal(
        "mqtt", "circuit", int(SignalKind.STATUS), 0, at, int(Condition.FAULT), known, text=text, raw=b"\x00\xff"
    )  # fmt: skip


async def number(engine: Engine, address: str) -> int:
    (row,) = await engine.rows("select number from registry.device where address = $1", address)
    return row["number"]


async def city(engine: Engine, clock: HandClock) -> list[Wanted]:
    """Two days of readings, some of them older than what was said before; then a month goes by."""
    dice = random.Random(26875)
    begin = clock.micros()
    for turn in range(70):
        clock.advance(dice.randrange(600, 3600))
        now = clock.micros()
        values = [dice.choice((dice.uniform(0, 900), float(dice.randrange(300)))) for _ in range(2)]
        await engine.hear(own(now - dice.randrange(90) * MINUTE, *values), told(now, (1.5, float(turn), -0.1)))
    await engine.hear(fault(clock.micros(), '回路, "坏"\n\\N'))
    clock.advance(32 * 86_400)
    await engine.hear(own(begin + 5 * HOUR, 77.7, 20.0, int(Flag.LATE)))  # late, into the midst of a moved day
    end = clock.micros() + DAY
    circuit, panel = await number(engine, "circuit"), await number(engine, PANEL)
    behind = await number(engine, f"{PANEL}/16.1.17.1")
    return [
        Wanted(circuit, None, CURRENT, begin - DAY, end), Wanted(circuit, None, HEAT, begin + 7 * HOUR, end),
        Wanted(behind, panel, CURRENT, begin + 3 * HOUR, begin + DAY), Wanted(circuit, None, None, begin, end),
    ]  # fmt: skip


async def seen(
    engine: Engine, archive: Archive, asked: list[Wanted]
) -> tuple[list[list[Reading]], list[list[tuple[float, ...]]]]:
    conn = await engine.connect()
    now = engine.clock.micros()
    async with conn.transaction():
        plain = [await looking.readings(conn, archive, wanted, 10_000) for wanted in asked]
        steps = [
            await looking.steps(conn, archive, wanted, step, now)
            for wanted in asked
            for step in (10 * MINUTE, HOUR, DAY)
        ]
    return plain, [[rounded(step) for step in line] for line in steps]


def rounded(step: Step) -> tuple[float, ...]:
    return step.at, step.min, step.max, round(step.mean, 6), step.last, step.count


async def kept(engine: Engine) -> int:
    (row,) = await engine.rows("select count(*) from history.signal")
    return row[0]


async def test_after_the_move_every_answer_is_what_it_was(
    engine: Engine, archive: Archive, hand_clock: HandClock, tmp_path: Path
) -> None:
    asked = await city(engine, hand_clock)
    before = await seen(engine, archive, asked)
    assert all(len(line) > 20 for line in before[0])
    conn = await engine.connect()
    moved = await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET)
    assert len(moved.days) >= 3 and await kept(engine) == 1
    after = await seen(engine, archive, asked)
    for was, is_ in zip(before[0], after[0], strict=True):
        assert was == is_
    assert after == before
    # …also when roll-ups have seen what came late into a moved day
    hand_clock.advance(3 * 3600)
    assert await rolling.waiting(conn, hand_clock.micros()) == 1
    assert (await rolling.roll(conn, hand_clock.micros())).computed == 0, "PostgreSQL has only a part of that hour"
    await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET)
    assert await rolling.waiting(conn, hand_clock.micros()) == 0
    assert await seen(engine, archive, asked) == before
    circuit, until = asked[0].device, hand_clock.micros()
    async with conn.transaction():
        (said,) = [k for k in await looking.signals(conn, archive, circuit, until, until - 60 * DAY, 10) if k.kind == 1]
    assert (said.raw, said.conditions, said.claimed_at) == (b"\x00\xff", int(Condition.FAULT), None)
    with archive.open() as duck:  # open to any engine: plain columns, and who it was by its id
        (row,) = duck.execute(
            f"select text, raw, id::uuid is not null from '{tmp_path}/archive/signals/*/*.parquet' where kind = 1"
        ).fetchall()
    assert row == ('回路, "坏"\n\\N', b"\x00\xff", True)


async def window(engine: Engine, archive: Archive, step: int) -> dict[tuple[int, int], list[tuple[float, ...]]]:
    conn = await engine.connect()
    now = engine.clock.micros()
    rows = await conn.fetch("select number, parent from registry.device")
    last = Window.hours if step == HOUR else Window.days
    async with conn.transaction():
        asked = last((CURRENT, HEAT), 40 * DAY // step, now)
        found = await windows.of(conn, archive, dict(map(tuple, rows)), asked)
    return {key: [rounded(each) for each in steps] for key, steps in found.items()}


async def test_windows_reach_over_the_seam_and_what_is_late_changes_them(
    engine: Engine, archive: Archive, hand_clock: HandClock
) -> None:
    (circuit, *_) = await city(engine, hand_clock)
    late = circuit.begin + DAY + 5 * HOUR  # into this hour of a day that has moved by then
    conn = await engine.connect()
    hand_clock.advance(3 * 3600)
    now = hand_clock.micros()
    while (await rolling.roll(conn, now)).more:
        pass
    await rolling.roll_days(conn, now)
    before = [await window(engine, archive, step) for step in (HOUR, DAY)]
    assert [len(found) for found in before] == [5, 5]
    await moving.move(conn, archive, now, KEEP, FORGET)
    await engine.hear(own(late, 88.8, 20.0, int(Flag.LATE)))
    assert [await window(engine, archive, step) for step in (HOUR, DAY)] == before
    hand_clock.advance(3 * 3600)
    assert await moving.due(conn, hand_clock.micros(), KEEP, FORGET)
    await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET)
    assert await engine.rows("select 1 from history.hourly where hour < $1", day_of(now) * 24 - KEEP * 24 - 24) == []
    after = [await window(engine, archive, step) for step in (HOUR, DAY)]
    mine = circuit.device, CURRENT
    for was, is_, step in zip(before, after, (HOUR, DAY), strict=True):
        assert was.keys() == is_.keys()
        assert {key: steps for key, steps in was.items() if key[0] != circuit.device} == {
            key: steps for key, steps in is_.items() if key[0] != circuit.device
        }
        changed = [b for b in is_[mine] if b not in was[mine]]
        begin = late - late % HOUR if step == HOUR else city_day(late)
        assert [at for at, *_ in changed] == [begin], "one of them, which the late one belongs to"
        async with conn.transaction():
            wanted = Wanted(circuit.device, None, CURRENT, begin, begin + step)
            read = [r.value for r in await looking.readings(conn, archive, wanted, 999)]
        ((_, least, most, _, _, count),) = changed
        assert (count, least, most) == (len(read), min(read), max(read))


class Dies(Archive):
    """An archive whose disk is full when a file of this kind comes."""

    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__(folder)
        self.kind = kind

    def write(
        self, conn: DuckDBPyConnection, kind: str, day: int, block: int, run: str, csv: Path, old: Sequence[str] = ()
    ) -> Written:
        if kind == self.kind:
            raise OSError("no space left on device")
        return super().write(conn, kind, day, block, run, csv, old)


async def test_a_move_that_dies_changes_nothing_and_leaves_nothing(
    engine: Engine, hand_clock: HandClock, tmp_path: Path
) -> None:
    asked = await city(engine, hand_clock)
    whole = Archive(tmp_path / "archive")
    before = await seen(engine, whole, asked)
    conn = await engine.connect()
    for kind in ("readings", "signals", "hourly"):
        dying = Dies(tmp_path / "archive", kind)
        with pytest.raises(OSError, match="no space"):
            await moving.move(conn, dying, hand_clock.micros(), KEEP, FORGET)
        assert await seen(engine, whole, asked) == before, kind
    await moving.move(conn, whole, hand_clock.micros(), KEEP, FORGET)
    assert await seen(engine, whole, asked) == before
    counted = {row["file"] for row in await engine.rows("select file from history.moved")}
    lying = {p.relative_to(tmp_path / "archive").as_posix() for p in (tmp_path / "archive").rglob("*.parquet")}
    assert lying == counted
    whole.close()


class Waits(Archive):
    """An archive that has a writer come while it writes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.begun = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.go_on = asyncio.Event()

    def write(
        self, conn: DuckDBPyConnection, kind: str, day: int, block: int, run: str, csv: Path, old: Sequence[str] = ()
    ) -> Written:
        self.loop.call_soon_threadsafe(self.begun.set)
        asyncio.run_coroutine_threadsafe(self.go_on.wait(), self.loop).result()
        return super().write(conn, kind, day, block, run, csv, old)


async def test_a_move_gives_way_to_a_writer(engine: Engine, hand_clock: HandClock, tmp_path: Path) -> None:
    await city(engine, hand_clock)
    archive = Waits(tmp_path / "archive")
    conn, writer, watcher = [await engine.connect() for _ in range(3)]
    table = f"history.{(await store.partitions(conn))[1]}"
    day = next(d for d in range(day_of(hand_clock.micros())) if f"history.{partition_name(d)}" == table)
    moving_it = asyncio.create_task(moving.move_day(conn, archive, day, hand_clock.micros()))
    await archive.begun.wait()
    writing = asyncio.create_task(writer.execute(f"insert into {table} select * from {table} limit 0"))
    await until(lambda: watcher.fetchval("select exists (select 1 from pg_locks where not granted)"))
    archive.go_on.set()
    with pytest.raises(GivesWay):
        await moving_it
    await writing
    assert await engine.rows("select 1 from history.moved") == []
    archive.close()


async def test_the_archive_forgets_what_is_older_than_it_keeps(
    engine: Engine, archive: Archive, hand_clock: HandClock, tmp_path: Path
) -> None:
    asked = await city(engine, hand_clock)
    conn = await engine.connect()
    await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET)
    assert not await moving.due(conn, hand_clock.micros(), KEEP, FORGET)
    hand_clock.advance(400 * 86_400)
    assert await moving.due(conn, hand_clock.micros(), KEEP, FORGET)
    moved = await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET)
    assert moved.forgotten > 0
    plain, _ = await seen(engine, archive, asked)
    assert [len(line) for line in plain] == [1, 0, 0, 2], "the late one came a month later"
    days = await engine.rows("select day from history.moved where kind = 'hourly' order by 1")
    assert days[0]["day"] == day_of(asked[0].begin + DAY + 5 * HOUR), "of the late one, which is kept still"
    hand_clock.advance(32 * 86_400)
    await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET)
    assert await engine.rows("select 1 from history.moved where kind = 'hourly'") == []
    assert await engine.rows("select 1 from history.hourly") == []
    hand_clock.advance(32 * 86_400)
    await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET)
    assert await engine.rows("select 1 from history.daily") == []
    plain, _ = await seen(engine, archive, asked)
    assert [len(line) for line in plain] == [0, 0, 0, 0]
    assert len(list((tmp_path / "archive").rglob("*.parquet"))) == len(await engine.rows("select 1 from history.moved"))


async def test_what_is_bound_to_an_incident_outlives_its_day(
    engine: Engine, archive: Archive, hand_clock: HandClock, tmp_path: Path
) -> None:
    begin = hand_clock.micros()
    for hour in range(30):
        hand_clock.advance(3600)
        await store.prepare(await engine.connect(), hand_clock.micros())
        now = hand_clock.micros()
        await engine.hear(own(now, float(hour), 20.0), told(now, (1.0, 2.0)))
        if hour == 9:
            fire = Condition.FIRE
            await engine.hear(
                Signal("mqtt", "circuit", int(SignalKind.STATUS), 0, now, int(fire), int(fire), raw=b"\x09")
            )
    conn = await engine.connect()
    ((opened, last),) = await engine.rows("select opened_at, last_signal_at from incidents.incident")
    circuit, panel = await number(engine, "circuit"), await number(engine, PANEL)
    wanted = Wanted(circuit, None, CURRENT, begin, begin + 3 * DAY)
    other = Wanted(await number(engine, f"{PANEL}/16.1.17.1"), panel, CURRENT, begin, begin + 3 * DAY)
    hours = 3
    hand_clock.advance(32 * 86_400)
    bound = binding(hours)
    await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET, bound)
    plain, (_, by_hour, _, *_) = await seen(engine, archive, [wanted, other])
    assert [len(line) for line in plain] == [30, 30]
    hand_clock.advance(400 * 86_400)
    moved = await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET, bound)
    assert moved.forgotten > 0
    kept, (_, kept_by_hour, _, *_) = await seen(engine, archive, [wanted, other])
    near = to_micros(opened) - hours * HOUR, to_micros(last) + hours * HOUR
    assert kept[0] == [reading for reading in plain[0] if near[0] <= reading.at < near[1]]
    assert 2 * hours <= len(kept[0]) <= 2 * hours + 1 and kept[1] == []
    assert kept_by_hour == [
        line for line in by_hour if near[0] <= line[0] + HOUR and line[0] in {r.at // HOUR * HOUR for r in kept[0]}
    ]
    async with conn.transaction():
        (said,) = await looking.signals(conn, archive, circuit, begin + 3 * DAY, begin, 10)
    assert said.raw == b"\x09"
    assert not await moving.due(conn, hand_clock.micros(), KEEP, FORGET), "what is kept is not old"
    hand_clock.advance(400 * 86_400)
    await moving.move(conn, archive, hand_clock.micros(), KEEP, FORGET, bound)
    assert (await seen(engine, archive, [wanted]))[0] == [kept[0]]
    lying = {p.relative_to(tmp_path / "archive").as_posix() for p in (tmp_path / "archive").rglob("*.parquet")}
    assert lying == {row["file"] for row in await engine.rows("select file from history.moved")}
