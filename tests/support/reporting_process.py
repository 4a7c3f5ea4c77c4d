"""The sender of one platform above as a process of its own, for stories in which it is killed: `DSN TARGET`."""

import asyncio
import sys

import asyncpg

from zhigan.access.vault import Vault
from zhigan.outlets.upward.desk import Upward
from zhigan.outlets.upward.sending import Fate
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.guard import NEAR, Guard
from zhigan.runtime.outward import Outward


async def main(dsn: str, target: str) -> None:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        upward = Upward(pool, SystemClock(), Vault(b"story"), Outward(guard=Guard(NEAR)))
        while (await upward.sender.step(target)) is Fate.MORE:
            pass


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
