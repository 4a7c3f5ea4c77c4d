"""History: days moved from a private PostgreSQL to the archive, and a device's year drawn from it.

First `--days` days of `--devices` circuits, residual current and temperature every five minutes, are stored as the
engine stores them and moved; then the archive is filled up to a year by the archive's own writer, and one device's
year is asked for as the page asks. One JSON object a line.
"""

import argparse
import asyncio
import json
import math
import random
import tempfile
import time
from pathlib import Path

import asyncpg

from zhigan.history import copyrows, looking, moving, store
from zhigan.history.archive import Archive
from zhigan.history.looking import Wanted
from zhigan.runtime.logs import configure
from zhigan.runtime.migrate import migrate
from zhigan.runtime.pg import Connection
from zhigan.runtime.postgres import PrivateServer
from zhigan.vocabulary import metrics
from zhigan.vocabulary.moments import DAY, HOUR, MINUTE, SECOND, to_datetime
from zhigan.vocabulary.signals import Signal, SignalKind

FIRST = 20_400
"""The first day, since 1970."""
YEAR = 365
BETWEEN = 5 * MINUTE
SIZE = """select sum(pg_total_relation_size(inhrelid))::bigint
from pg_inherits where inhparent = 'history.signal'::regclass"""
METRICS = (metrics.BY_NAME["residual_current"].number, metrics.BY_NAME["temperature"].number)


def measured(dice: random.Random, device: int, at: int) -> tuple[float, float]:
    """As a monitor says it: whole milliamperes, tenths of a degree, the day's swing and some noise."""
    swing = math.sin(at / DAY * 2 * math.pi + device)
    return float(round(40 + 15 * swing + dice.gauss(0, 4))), round(28 + 6 * swing + dice.gauss(0, 0.3), 1)


async def stored(conn: Connection, day: int, devices: int) -> int:
    dice = random.Random(day)
    await store.prepare_day(conn, day)
    rows: list[bytes] = []
    for at in range(day * DAY, (day + 1) * DAY, BETWEEN):
        for device in range(1, devices + 1):
            moment = at + device * 37 % 300 * SECOND
            heard = moment + dice.randrange(50_000, 950_000)
            if heard < (day + 1) * DAY:
                rows.append(copyrows.row(said(dice, device, moment, heard), device))
    await store.put(conn, day, rows)
    return len(rows) * len(METRICS)


def said(dice: random.Random, device: int, moment: int, heard: int) -> Signal:
    values = measured(dice, device, moment)
    return Signal("mqtt", str(device), int(SignalKind.READINGS), heard, moment, metrics=METRICS, values=values)


async def moved(conn: Connection, archive: Archive, days: int, devices: int) -> dict[str, object]:
    values = sum([await stored(conn, FIRST + YEAR - 1 - day, devices) for day in range(days)])
    size = await conn.fetchval(SIZE)
    began = time.perf_counter()
    done = await moving.move(conn, archive, (FIRST + YEAR + 31) * DAY, 30, 400)
    took = time.perf_counter() - began
    assert done.rows == values, (done, values)
    return {
        "benchmark": "history_move", "days": len(done.days), "devices": devices, "values": values,
        "values_per_second": round(values / took), "bytes_a_value": round(done.bytes / values, 2),
        "bytes_a_value_in_postgresql": round(size / values, 1),
    }  # fmt: skip


async def a_year(conn: Connection, archive: Archive, days: int, devices: int) -> None:
    """The rest of the year, by the archive's writer from the CSV that PostgreSQL would give."""
    csv = archive.scratch("year.csv")
    with archive.open() as duck:
        for day in range(FIRST, FIRST + YEAR - days):
            dice = random.Random(day)
            with csv.open("w") as out:
                for device in range(1, devices + 1):
                    for at in range(day * DAY, (day + 1) * DAY, BETWEEN):
                        moment = at + device * 37 % 300 * SECOND
                        heard = moment + dice.randrange(50_000, 950_000)
                        for metric, value in zip(METRICS, measured(dice, device, moment), strict=True):
                            out.write(f"{device},{device},\\N,{metric},{stamp(moment)},{stamp(heard)},{value}\n")
            file = await asyncio.to_thread(archive.write, duck, "readings", day, 0, "bench", csv)
            await conn.execute(
                "insert into history.moved values ($1, 'readings', $2, 0, $3, $4, $5, $6, $6)",
                file.file, day, file.rows, file.bytes, to_datetime(file.first_at), to_datetime(file.last_at),
            )  # fmt: skip
    csv.unlink()


def stamp(at: int) -> str:
    return to_datetime(at).isoformat(sep=" ")


async def drawn(conn: Connection, archive: Archive, devices: int, step: int) -> dict[str, object]:
    begin, end = FIRST * DAY, (FIRST + YEAR) * DAY
    took: list[float] = []
    points = readings = 0
    for device in random.Random(1).sample(range(1, devices + 1), 12):
        wanted = Wanted(device, None, METRICS[0], begin, end)
        began = time.perf_counter()
        async with conn.transaction():
            steps = await looking.one_by_one(conn, archive, wanted, step)
        took.append(time.perf_counter() - began)
        points, readings = len(steps), sum(s.count for s in steps)
    return {
        "benchmark": "history_year", "step_minutes": step // MINUTE, "readings": readings, "points": points,
        "first_ms": round(took[0] * 1000), "median_ms": round(sorted(took[1:])[5] * 1000),
        "worst_ms": round(max(took[1:]) * 1000), "files": YEAR,
    }  # fmt: skip


async def main(days: int, devices: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder) / "pg")
        archive = Archive(Path(folder) / "archive")
        await server.acquire()
        try:
            await migrate(server.dsn)
            conn = await asyncpg.connect(server.dsn)
            print(json.dumps(await moved(conn, archive, days, devices)), flush=True)
            await a_year(conn, archive, days, devices)
            for step in (BETWEEN, 30 * MINUTE, 6 * HOUR):
                print(json.dumps(await drawn(conn, archive, devices, step)), flush=True)
            await conn.close()
            archive.close()
        finally:
            await server.release()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=3, help="days stored in PostgreSQL and moved")
    parser.add_argument("--devices", type=int, default=128)
    options = parser.parse_args()
    configure("warning", "console", process="benchmark")
    asyncio.run(main(options.days, options.devices))
