"""History: the hourly maxima of residual current of 5,000 circuits over a year, asked over HTTP as a page asks.

A private PostgreSQL holds the registry's 5,000 circuits and the roll-ups of the last days; the days before are written
by the archive's own writer from the CSV that PostgreSQL would give: 43.8 million rows of an hour, a device and a metric
in all, whole milliamperes with the day's swing. Then the platform's own application answers `GET /readings`, for the
whole city and within an area, by hours and by days. One JSON object a line.
"""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import duckdb
import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.web import Web
from zhigan.history import api
from zhigan.history.archive import Archive
from zhigan.history.rules import HOURS_DAYS, hourly_ddl
from zhigan.runtime.clock import HandClock
from zhigan.runtime.logs import configure
from zhigan.runtime.migrate import migrate
from zhigan.runtime.pg import Connection
from zhigan.runtime.postgres import PrivateServer
from zhigan.vocabulary import metrics
from zhigan.vocabulary.moments import DAY, to_datetime
from zhigan.vocabulary.roles import Role

FIRST = 20_400
"""The first day, since 1970."""
YEAR = 365
METRIC = metrics.BY_NAME["residual_current"].number
ROUNDS = 5
CITY = """
with made as (
    insert into registry.device (id, gateway, address, type, class, state, name, area, created_at,
                                 changed_at)
    select gen_random_uuid(), 'mqtt', 'c-' || n, 'electrical_monitor', 'P', 'in_service', '回路' || n,
           case when n % 4 = 0 then '360803' else '360802' end, now(), now()
    from generate_series(1, $1) n returning number)
insert into registry.device_now (number, metrics) select number, array[$2::smallint] from made returning number
"""
RECENT = """
insert into history.hourly (hour, source, device, metric, count, low, high, total, last)
select h, d, d, $3, 12, v, v + floor(random() * 20), (v + 8) * 12, v + floor(random() * 10)
from generate_series($1::int, $2::int - 1) h, unnest($4::int[]) d,
     lateral (select round((30 + 15 * sin(h / 24.0 * 6.28 + d) + random() * 6)::numeric)::float8 as v) x
"""
PAST = """
copy (select {day} * 24 + h as hour, d as source, d as device, '\\N' as id, {metric} as metric, 12 as count, v as low,
             v + floor(random() * 20) as high, (v + 8) * 12 as total, v + floor(random() * 10) as last
      from (select h, d, round(30 + 15 * sin(h / 24.0 * 6.28 + d) + random() * 6) as v
            from range(24) t(h), (select unnest({devices}) as d)))
to '{csv}' (header false, quote '')
"""


async def past(conn: Connection, archive: Archive, devices: list[int], days: range) -> int:
    """Days in the archive; how many bytes."""
    csv = archive.scratch("past.csv")
    size = 0
    with archive.open() as duck, duckdb.connect() as maker:
        maker.execute("set preserve_insertion_order = false; set threads = 2")
        for day in days:
            maker.execute(PAST.format(day=day, metric=METRIC, devices=devices, csv=csv))
            file = await asyncio.to_thread(archive.write, duck, "hourly", day, 0, secrets.token_hex(4), csv)
            await conn.execute(
                "insert into history.moved values ($1, 'hourly', $2, 0, $3, $4, $5, $6, $6)",
                file.file, day, file.rows, file.bytes, to_datetime(file.first_at), to_datetime(file.last_at),
            )  # fmt: skip
            size += file.bytes
    csv.unlink()
    return size


async def recent(conn: Connection, devices: list[int], days: range) -> None:
    for day in days:
        await conn.execute(hourly_ddl(day))
    await conn.execute(RECENT, days.start * 24, days.stop * 24, METRIC, devices)
    await conn.execute("analyze history.hourly")


async def asked(who: httpx.AsyncClient, name: str, step: int, days: int) -> dict[str, object]:
    span = {
        "from": to_datetime((FIRST + YEAR - days) * DAY).isoformat(),
        "to": to_datetime((FIRST + YEAR) * DAY).isoformat(),
    }
    took: list[float] = []
    answer = httpx.Response(500)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = await who.get("/readings", params=span | {"metric": "residual_current", "step": step})
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
    seen = answer.json()
    readings = sum(s["count"] for s in seen["steps"])
    return {
        "benchmark": "history_fleet", "who": name, "days": days, "step_s": step, "devices": seen["devices"],
        "points": len(seen["steps"]), "hour_rows": readings // 12, "first_ms": round(took[0] * 1000),
        "median_ms": round(sorted(took[1:])[2] * 1000), "worst_ms": round(max(took) * 1000),
        "answer_kib": len(answer.content) // 1024,
    }  # fmt: skip


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder) / "pg")
        archive = Archive(Path(folder) / "archive")
        await server.acquire()
        try:
            await migrate(server.dsn)
            async with asyncpg.create_pool(server.dsn, min_size=1, max_size=4) as pool, pool.acquire() as conn:
                await conn.execute("alter table registry.device disable trigger user")  # areas as they are written here
                devices = [row["number"] for row in await conn.fetch(CITY, count, METRIC)]
                await conn.execute("alter table registry.device enable trigger user")
                seam = FIRST + YEAR - HOURS_DAYS
                began = time.perf_counter()
                size = await past(conn, archive, devices, range(FIRST, seam))
                await recent(conn, devices, range(seam, FIRST + YEAR))
                print(json.dumps({
                    "benchmark": "history_fleet_made", "devices": count, "seconds": round(time.perf_counter() - began),
                    "archive_mb": round(size / 1e6),
                    "bytes_an_hour": round(size / (count * 24 * (YEAR - HOURS_DAYS)), 2),
                }), flush=True)  # fmt: skip
                clock = HandClock((FIRST + YEAR) * DAY)
                web = Web(pool, clock, api.handlers, Path(folder), {"archive": archive})
                people = {"city": "city", "area": "area:360802"}
                for name, scope in people.items():
                    async with await web.person(name, Role.DUTY, scope) as who:
                        for days, step in ((YEAR, 3600), (YEAR, 86_400), (HOURS_DAYS, 3600)):
                            print(json.dumps(await asked(who, name, step, days)), flush=True)
            archive.close()
        finally:
            await server.release()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=5000)
    options = parser.parse_args()
    configure("warning", "console", process="benchmark")
    asyncio.run(main(options.devices))
