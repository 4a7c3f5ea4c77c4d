"""A storm of incidents into PostgreSQL with fsync on: one JSON object a line.

Ten thousand new incidents in batches of 500 changes, each batch a transaction of its own as the engine makes it, then
repeats of all of them, then lists read from a past of 100,000 incidents.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.happenings import NOON, counted, opened, unit_id
from zhigan.incidents import reading
from zhigan.incidents.model import State
from zhigan.incidents.reading import Filters
from zhigan.incidents.rules import Queue
from zhigan.incidents.store import apply
from zhigan.runtime.migrate import migrate
from zhigan.runtime.pg import Connection
from zhigan.runtime.postgres import PrivateServer
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import parse
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

STORM = 10_000
PAST = 100_000
BATCH = 500


async def storm(conn: Connection) -> dict[str, float | str]:
    changes = [opened(n) for n in range(STORM)]
    began = time.perf_counter()
    for start in range(0, STORM, BATCH):
        async with conn.transaction():
            await apply(conn, changes[start : start + BATCH], NOON)
    return {"bench": "incidents_storm", "incidents": STORM, "batch": BATCH, "seconds": elapsed(began), "limit": 1.5}


async def repeats(conn: Connection) -> dict[str, float | str]:
    changes = [counted(n, 2, NOON + 1) for n in range(STORM)]
    began = time.perf_counter()
    for start in range(0, STORM, BATCH):
        async with conn.transaction():
            await apply(conn, changes[start : start + BATCH], NOON)
    return {"bench": "incidents_repeats", "changes": STORM, "batch": BATCH, "seconds": elapsed(began)}


async def past(conn: Connection) -> None:
    """A hundred thousand incidents of two years, closed, over 2,000 units in ten areas; then the planner's figures."""
    for start in range(STORM, STORM + PAST, 5_000):
        changes = [opened(n, at=NOON - n * 600_000_000, area=f"3608{n % 10:02d}") for n in range(start, start + 5_000)]
        async with conn.transaction():
            await apply(conn, changes, NOON)
    await conn.execute(
        "update incidents.incident set state = 'closed', outcome = 'false_alarm', closed_at = received_at "
        "where received_at < $1",
        to_datetime(NOON),
    )
    await conn.execute("vacuum analyze incidents.incident")


async def lists(pool: asyncpg.Pool) -> AsyncIterator[dict[str, object]]:
    """Each list twenty times as a person of one area and as one of the whole city; the middle and the worst."""
    asked = {
        "newest": Filters(),
        "open": Filters(open=True),
        "closed_grade_1": Filters(states=[State.CLOSED], grades=[Grade.I]),
        "kind_gas": Filters(kinds=[Kind.GAS]),
        "search": Filters(q="单位59999"),
        "unit": Filters(unit_id=unit_id(50_000)),
    }
    db = Database(pool)
    for scope in ("city", "area:360803"):
        principal = Principal("1", "bench", Role.DUTY, parse(scope), "")
        for name, filters in asked.items():
            taken: list[float] = []
            for _ in range(20):
                began = time.perf_counter()
                async with db.bound(principal) as conn:
                    rows = await reading.listed(conn, principal, Queue.DESK, filters, 100)
                    await reading.gathered(conn, rows[:100], principal, brief=False)
                taken.append((time.perf_counter() - began) * 1000)
            middle, worst = round(statistics.median(taken), 1), round(max(taken), 1)
            yield {
                "bench": f"incidents_list_{name}",
                "scope": scope,
                "rows": len(rows),
                "ms": middle,
                "worst_ms": worst,
            }


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder) / "postgres")
        await server.acquire()
        try:
            conn = await asyncpg.connect(server.dsn)
            await migrate(conn)
            for measure in (storm, repeats):
                print(json.dumps(await measure(conn)), flush=True)
            await past(conn)
            await conn.close()
            async with asyncpg.create_pool(server.dsn, server_settings={"jit": "off"}) as pool:
                async for line in lists(pool):
                    print(json.dumps(line), flush=True)
        finally:
            await server.release()


def elapsed(began: float) -> float:
    return round(time.perf_counter() - began, 3)


if __name__ == "__main__":
    asyncio.run(main())
