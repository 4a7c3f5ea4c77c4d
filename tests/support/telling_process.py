"""The courier of one subscription as a process of its own, for stories in which it is killed: `DSN SUBSCRIPTION`."""

import asyncio
import sys
from ipaddress import ip_network

import asyncpg

from zhigan.access.vault import Vault
from zhigan.outlets.subscriptions.delivery import Fate
from zhigan.outlets.subscriptions.desk import Partners
from zhigan.runtime.clock import SystemClock


async def main(dsn: str, subscription: str) -> None:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        partners = Partners(pool, SystemClock(), Vault(b"story"), "http://platform.test", [ip_network("127.0.0.0/8")])
        while (await partners.delivery.step(subscription)) is Fate.MORE:
            pass


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
