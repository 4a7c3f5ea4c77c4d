"""What the doors of reporting upward share: the wired parts, made once a process (processes/).

Enters: pool, clock, vault, the wire. Leaves: planner, sender. Absent: HTTP in, loops.
"""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.access.vault import Vault
from zhigan.outlets.upward.planning import Planner
from zhigan.outlets.upward.sending import Sender
from zhigan.runtime.clock import Clock
from zhigan.runtime.outward import Outward
from zhigan.runtime.pg import Pool


class Upward:
    def __init__(self, pool: Pool, clock: Clock, vault: Vault, wire: Outward) -> None:
        self.vault, self.wire = vault, wire
        self.planner = Planner(clock, vault)
        self.sender = Sender(pool, clock, vault, wire)

    async def close(self) -> None:
        await self.sender.close()


Wired: TypeAlias = NamedDependency[SkipValidation[Upward]]
