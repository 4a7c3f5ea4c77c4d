"""Event log: appends a second on a private PostgreSQL with fsync on, one a transaction and a thousand a transaction.

Eight writers, because that is what a commit shares its fsync with. Prints one JSON object a line.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path

import asyncpg

from zhigan.bus import log
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.logs import configure
from zhigan.runtime.migrate import migrate
from zhigan.runtime.pg import Pool
from zhigan.runtime.postgres import PrivateServer
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.scopes import Owned

WRITERS = 8
SECONDS = 5.0


async def measure(pool: Pool, size: int) -> dict[str, object]:
    clock = SystemClock()
    owned = Owned("360802", "360802001001", "education", "G1", "U1", "S1", "F1", "O1")
    body: dict[str, object] = {"version": 3, "grade": "II", "kind": "fire", "state": "open", "alarms": 4}
    drafts = [Draft(EventType.INCIDENT_CHANGED, "0198c0de-0000-7000-8000-000000000000", clock.micros(), body, owned)]
    waits: list[float] = []
    ends = time.perf_counter() + SECONDS

    async def writer() -> None:
        while time.perf_counter() < ends:
            began = time.perf_counter()
            async with pool.acquire() as connection, connection.transaction():
                await log.append(connection, drafts * size, clock.micros())
            waits.append(time.perf_counter() - began)

    await asyncio.gather(*(writer() for _ in range(WRITERS)))
    waits.sort()
    return {
        "benchmark": "eventlog",
        "batch": size,
        "writers": WRITERS,
        "events_per_second": round(len(waits) * size / SECONDS),
        "transaction_p50_ms": round(waits[len(waits) // 2] * 1000, 1),
        "transaction_p99_ms": round(waits[len(waits) * 99 // 100] * 1000, 1),
    }


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder))
        await server.acquire()
        try:
            await migrate(server.dsn)
            async with asyncpg.create_pool(server.dsn, min_size=WRITERS, max_size=WRITERS) as pool:
                for size in (1, 1_000):
                    print(json.dumps(await measure(pool, size)))
                async with pool.acquire() as connection:
                    began = time.perf_counter()
                    broken = await log.verify(connection)
                    took = time.perf_counter() - began
                    count = await log.last(connection)
                print(json.dumps({"benchmark": "eventlog_verify", "events_per_second": round(count / took)}))
                if broken is not None:
                    raise SystemExit(f"the chain is broken: {broken}")
        finally:
            await server.release()


if __name__ == "__main__":
    configure("warning", "console")
    asyncio.run(main())
