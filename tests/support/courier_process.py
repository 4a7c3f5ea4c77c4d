"""The courier as a process of its own, as `zhigan serve` runs it: `DSN URL-OF-THE-PROVIDERS`. Until it is killed."""

import asyncio
import sys

import asyncpg

from outlets.notify.conftest import settings
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.worker import Courier
from zhigan.runtime.clock import SystemClock


async def main(dsn: str, url: str) -> None:
    clock = SystemClock()
    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        desk = Desk(pool, clock, settings(url))
        await Courier(pool, clock, desk.planner, desk.delivery).run(dsn)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
