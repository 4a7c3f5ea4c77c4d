"""Windows on real PostgreSQL, filled through the engine: what a rule is given is what the readings say."""

import random
from pathlib import Path

from support.engine import running
from zhigan.history import looking, rolling, windows
from zhigan.history.archive import Archive
from zhigan.history.looking import Wanted
from zhigan.history.rules import city_day
from zhigan.history.windows import Window
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary import metrics
from zhigan.vocabulary.moments import DAY, HOUR, SHANGHAI, to_datetime
from zhigan.vocabulary.signals import Signal, SignalKind

PANEL = "790300000000"
CURRENT, HEAT = metrics.BY_NAME["residual_current"].number, metrics.BY_NAME["temperature"].number


def told(at: int, own: tuple[float, float], points: tuple[float, ...]) -> list[Signal]:
    """A circuit speaks for itself, a panel for two of its."""
    names = tuple(f"{PANEL}/16.1.17.{n}" for n in range(len(points)))
    return [
        Signal("mqtt", "circuit", int(SignalKind.READINGS), 0, at, metrics=(CURRENT, HEAT), values=own),
        Signal(
            "gb26875", PANEL, int(SignalKind.READINGS), 0, at,
            metrics=(CURRENT,) * len(points), values=points, points=names,
        ),
    ]  # fmt: skip


async def test_a_window_of_many_devices_says_what_their_readings_say(
    dsn: str, tmp_path: Path, hand_clock: HandClock
) -> None:
    dice = random.Random(14287)
    archive = Archive(tmp_path / "archive")
    async with running(dsn, tmp_path / "spool", hand_clock) as engine:
        for _ in range(90):
            hand_clock.advance(dice.randrange(600, 3600))
            values = [round(dice.uniform(5, 300), 1) for _ in range(4)]
            await engine.hear(*told(hand_clock.micros(), (values[0], values[1]), (values[2], values[3])))
        conn = await engine.connect()
        now = hand_clock.micros()
        rows = await conn.fetch("select number, parent from registry.device where address <> $1", PANEL)
        devices = {row["number"]: row["parent"] for row in rows}
        assert len(devices) == 3
        for window in (Window.hours((CURRENT, HEAT), 30, now), Window.days((CURRENT, HEAT), 2, now)):
            async with conn.transaction():
                assert await windows.of(conn, archive, devices, window) == {}, "nothing is rolled up yet"
        while (await rolling.roll(conn, now)).more:
            pass
        assert (await rolling.roll_days(conn, now)).computed > 1
        await conn.execute("begin")
        hours = Window.hours((CURRENT, HEAT), 30, now)
        found = await windows.of(conn, archive, devices, hours)
        assert len(found) == 4, "one of them measures both"
        for (device, metric), steps in found.items():
            wanted = Wanted(device, devices[device], metric, hours.begin, hours.end - HOUR)
            singly = await looking.one_by_one(conn, archive, wanted, HOUR)
            assert [s.at for s in singly] == [s.at for s in steps if s.at < wanted.end] and len(steps) > 10
            assert [(s.min, s.max, s.last, s.count) for s in singly] == [
                (s.min, s.max, s.last, s.count) for s in steps if s.at < wanted.end
            ]
        days = Window.days((CURRENT,), 1, now)
        assert days.end == city_day(now) <= now and to_datetime(days.begin).astimezone(SHANGHAI).hour == 0
        for (device, metric), (step,) in (await windows.of(conn, archive, devices, days)).items():
            wanted = Wanted(device, devices[device], metric, step.at, step.at + DAY)
            read = await looking.readings(conn, archive, wanted, 9999)
            assert step.at == days.begin
            assert (step.max, step.min, step.count) == (
                max(r.value for r in read), min(r.value for r in read), len(read),
            )  # fmt: skip
        assert await windows.of(conn, archive, {}, days) == {}
    archive.close()
