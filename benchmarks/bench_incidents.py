"""A storm of incidents into PostgreSQL with fsync on: one JSON object a line.

Ten thousand new incidents in batches of 500 changes, each batch a transaction of its own as the engine makes it, then
repeats of all of them, then lists read from a past of 100,000 incidents.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.happenings import NOON, counted, opened
from zhigan.incidents.store import apply
from zhigan.runtime.migrate import migrate
from zhigan.runtime.pg import Connection
from zhigan.runtime.postgres import PrivateServer

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


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder) / "postgres")
        await server.acquire()
        try:
            conn = await asyncpg.connect(server.dsn)
            await migrate(conn)
            for measure in (storm, repeats):
                print(json.dumps(await measure(conn)), flush=True)
            await conn.close()
        finally:
            await server.release()


def elapsed(began: float) -> float:
    return round(time.perf_counter() - began, 3)


if __name__ == "__main__":
    asyncio.run(main())
