"""The watch over circuits: a round, the first round of a night, and the daily one, over 5,000 circuits of three phases.

A private PostgreSQL with 15,000 devices: a minute's readings of the last five minutes, two weeks of hourly and thirty
days of daily roll-ups. Measured are the product's own rounds, with a teller that only counts. One JSON object a line.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from zhigan.desks.electrical.watch import Watch
from zhigan.history import store as history
from zhigan.history.archive import Archive
from zhigan.history.rules import city_day, daily_ddl, hourly_ddl
from zhigan.processes.standing import in_force
from zhigan.runtime.migrate import migrate
from zhigan.runtime.postgres import PrivateServer
from zhigan.vocabulary.moments import DAY, HOUR, SHANGHAI, to_datetime, to_micros
from zhigan.vocabulary.signals import Signal
from zhigan.webapi.database import Database

CIRCUITS = 5000
CITY = f"""
insert into registry.unit (id, code, name, premises, class, area_code, area, lon, lat, created_at, changed_at)
select gen_random_uuid(), 'U' || n, '单位' || n, 'other', 4, '360802', '360802', 114.98, 27.1, 'epoch', 'epoch'
from generate_series(1, {CIRCUITS // 5}) n;
insert into registry.device (id, gateway, address, unit_id, name, type, class, state, created_at, changed_at)
select gen_random_uuid(), 'mqtt', 'c' || n || '/' || p, u.id, p || '相', 'breaker', 'electrical_4g', 'in_service',
       'epoch', 'epoch'
from generate_series(1, {CIRCUITS}) n
join (select id, row_number() over (order by code) k from registry.unit) u on u.k = 1 + n % {CIRCUITS // 5}
cross join unnest(array['a', 'b', 'c']) p;
insert into electrical.circuit (id, unit_id, code, name, phases, rating_a, load_class, feeds, panel_cuts, created_at,
                                changed_at)
select gen_random_uuid(), d.unit_id, split_part(d.address, '/', 1), '回路', 3, 40, 'third', '{{sockets}}', true,
       'epoch', 'epoch'
from registry.device d where d.address like '%/a';
insert into electrical.channel (circuit, metric, phase, place)
select c.id, m, split_part(d.address, '/', 2), d.number
from registry.device d join electrical.circuit c on c.code = split_part(d.address, '/', 1)
cross join unnest(array[1, 7]) m;
"""
READINGS = """
insert into history.signal (received_at, at, device, kind, flags, conditions, known, operations, metrics, "values")
select t, t, d.number, 2, 0, 0, 0, 0, array[1, 7]::smallint[],
       array[30 + d.number % 7, case when d.number % 300 = 0 then 4 else 18 + d.number % 3 end]::float8[]
from registry.device d
cross join generate_series($1::timestamptz - interval '295 seconds', $1::timestamptz - interval '1 second',
                           '1 minute') t
"""
HOURS = """
insert into history.hourly (hour, source, device, metric, count, low, high, total, last)
select h, d.number, d.number, 7, 60, 4, 6, 300, 5
from registry.device d cross join generate_series($1::integer, $2::integer) h
"""
DAYS = """
insert into history.daily (day, source, device, metric, count, low, high, total, last)
select day, d.number, d.number, 1, 1440, 25, 40 + (day - $1) * (d.number % 3) * 0.1 + d.number % 5, 1440 * 30.0, 30
from registry.device d cross join generate_series($1::integer, $2::integer) day
"""


async def seeded(conn: asyncpg.Connection, now: int) -> None:
    await conn.execute(CITY)
    await history.prepare(conn, now)
    await conn.execute(READINGS, to_datetime(now))
    hour, day = now // HOUR, (city_day(now) + 8 * HOUR) // DAY
    for each in range(hour // 24 - 15, hour // 24 + 1):
        await conn.execute(hourly_ddl(each))
    await conn.execute(HOURS, hour - 14 * 24 - 12, hour - 1)
    for each in range(day - 31, day + 1):
        await conn.execute(daily_ddl(each))
    await conn.execute(DAYS, day - 30, day - 1)
    await conn.execute("vacuum analyze")


async def run(dsn: str, folder: Path) -> None:
    night = to_micros(to_datetime(1_795_320_000_000_000).astimezone(SHANGHAI).replace(hour=23, minute=2))
    conn = await asyncpg.connect(dsn)
    await migrate(conn)
    told: list[int] = []

    async def tell(signals: Sequence[Signal]) -> None:
        told.append(len(signals))

    pool = await asyncpg.create_pool(dsn, min_size=2, max_size=4)
    watch = Watch(Database(pool), Archive(folder / "archive"), in_force, tell)
    await seeded(conn, night)
    for what, at in (("first round of a day and a night", night), ("round at night", night), ("round at night", night)):
        told.clear()
        began, worked = time.perf_counter(), time.process_time()
        await watch.round(at)
        took, busy = time.perf_counter() - began, time.process_time() - worked
        figures = {"circuits": CIRCUITS, "s": round(took, 2), "own_cpu_s": round(busy, 2), "told": sum(told)}
        print(json.dumps({"what": what, **figures}), flush=True)
    began = time.perf_counter()
    await watch.daily(night)
    print(json.dumps({"what": "daily round alone", "circuits": CIRCUITS, "s": round(time.perf_counter() - began, 2)}))
    await pool.close()
    await conn.close()


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder) / "postgres")
        await server.acquire()
        try:
            await run(server.dsn, Path(folder))
        finally:
            await server.release()


if __name__ == "__main__":
    asyncio.run(main())
