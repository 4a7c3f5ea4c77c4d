"""Device health over 300,000 battery detectors: rounds of the roll-up, and the lists that pages ask for.

A private PostgreSQL with the city of bench_map, its devices made NB detectors that report twice a day. Measured are
the first round (the whole registry), a quiet one and one in which a two-hundredth reported, and the lists as the API's
store reads them on a bound connection (HTTP adds a millisecond or two). One JSON object a line.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_map import CITY, DEVICES
from zhigan.desks.health import store
from zhigan.desks.health.store import Asked
from zhigan.desks.health.worker import Rounds
from zhigan.history import store as history
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.migrate import migrate
from zhigan.runtime.postgres import PrivateServer
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope, parse
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

ASKS = 60
LIMIT_MS = 100
BATTERY = """
update registry.device set class = 'nb_battery', gateway = 'ctwing', made_on = '2013-06-01'::date + number % 4000,
  community = '36080200100' || number % 9;
update registry.device_now n set patience = 172800,
  seen_at = $1::timestamptz - make_interval(secs =>
    case when number % 50 = 0 then 200000 when number % 70 = 0 then 100000 else number % 43200 end)
where number % 200 <> 7;
"""
LISTS = {
    "all": Asked(),
    "offline": Asked(state="offline"),
    "late": Asked(state="late"),
    "past_life": Asked(trouble="past_life"),
    "tamper": Asked(trouble="tamper"),
    "smoke": Asked(type="smoke"),
    "street": Asked(community="360802001", state="offline"),
    "deep": Asked(after=DEVICES // 2),
}


def say(what: str, **figures: object) -> None:
    print(json.dumps({"bench": what, **figures, "load": round(os.getloadavg()[0], 2)}), flush=True)


async def spread(act: Callable[[], Awaitable[object]]) -> dict[str, float]:
    took: list[float] = []
    for _ in range(ASKS):
        began = time.perf_counter()
        await act()
        took.append((time.perf_counter() - began) * 1000)
    parts = statistics.quantiles(took, n=100)
    return {"p50_ms": round(parts[49], 1), "p95_ms": round(parts[94], 1)}


async def run(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    await migrate(conn)
    now = SystemClock().now()
    await conn.execute(CITY)
    for statement in BATTERY.split(";")[:-1]:
        await conn.execute(statement, *([now] if "$1" in statement else []))
    await conn.execute("vacuum analyze")
    await history.prepare(conn, to_micros(now))
    rounds = Rounds()
    for name, heard in (("first", 0), ("quiet", 0), ("a two-hundredth reported", 200)):
        if heard:
            await conn.execute(
                "update registry.device_now set seen_at = $1 where number % $2 = 3", now + timedelta(seconds=30), heard
            )
        began = time.perf_counter()
        await rounds.make(conn, now + timedelta(seconds=60))
        say("health round", round=name, devices=DEVICES, seconds=round(time.perf_counter() - began, 2))
    for table in ("health.device", "health.tally"):
        await conn.execute(f"vacuum analyze {table}")
    pool = await asyncpg.create_pool(dsn, server_settings={"jit": "off"})
    db = Database(pool)
    for scope in ("city", "area:360803", "unit:U1499"):
        await measured(db, scope, parse(scope))
    await pool.close()
    await conn.close()


async def measured(db: Database, name: str, scope: Scope) -> None:
    principal = Principal("", "bench", Role.DUTY, scope, "")
    for what, asked in LISTS.items():

        async def listed(asked: Asked = asked) -> object:
            async with db.bound(principal) as conn:
                return await store.listed(conn, scope, asked, 101)

        say("health list", list=what, scope=name, **await spread(listed), limit_p95_ms=LIMIT_MS)

    async def coverage() -> object:
        async with db.bound(principal) as conn:
            return await store.coverage(conn, scope, "community", None)

    say("health coverage", scope=name, **await spread(coverage), limit_p95_ms=LIMIT_MS)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder) / "postgres")
        await server.acquire()
        try:
            await run(server.dsn)
        finally:
            await server.release()


if __name__ == "__main__":
    asyncio.run(main())
