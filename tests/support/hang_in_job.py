"""A worker that takes a job of kind `slow`, says so, and hangs until it is killed."""

import asyncio
import json
import sys
from datetime import timedelta

import asyncpg

from zhigan.runtime.jobs import Job, Worker


async def hang(job: Job) -> None:
    print(json.dumps({"job": job.id}), flush=True)
    await asyncio.Event().wait()


async def main(dsn: str) -> None:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        worker = Worker(pool, heartbeat=timedelta(seconds=1))
        worker.handle("slow", hang)
        await worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
