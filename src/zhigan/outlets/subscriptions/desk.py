"""What the doors and the courier of partners share, made once a process (processes/).

Enters: pool, clock, vault, the platform's public address, networks that outward requests may enter. Leaves: delivery,
feed, the way out. Absent: HTTP in, loops.
"""

from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.access.vault import Vault
from zhigan.outlets.subscriptions.capping import SENDER
from zhigan.outlets.subscriptions.delivery import Delivery
from zhigan.outlets.subscriptions.feed import Feed
from zhigan.runtime.clock import Clock
from zhigan.runtime.guard import Guard, Network
from zhigan.runtime.outward import Outward
from zhigan.runtime.pg import Pool


class Partners:
    def __init__(
        self, pool: Pool, clock: Clock, vault: Vault, base: str = "", networks: Sequence[Network] = ()
    ) -> None:
        self.vault, self.base = vault, base.rstrip("/")
        host = urlsplit(base).netloc
        sender = f"{SENDER}@{host}" if host else SENDER
        self.wire = Outward(guard=Guard(networks))
        self.delivery = Delivery(pool, clock, vault, self.wire, source=self.base or "urn:zhigan119", sender=sender)
        self.feed = Feed(sender)

    async def close(self) -> None:
        await self.wire.close()


Wired: TypeAlias = NamedDependency[SkipValidation[Partners]]
