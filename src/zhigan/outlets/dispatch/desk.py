"""What the doors of the hand-over share: the wired parts, made once a process (processes/).

Enters: pool, clock, vault, the way out, the ports, the platform's public address. Leaves: planner, casing, delivery,
links, plans.
Absent: HTTP in, loops.
"""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.access.vault import Vault
from zhigan.outlets.dispatch.casing import Casing
from zhigan.outlets.dispatch.delivery import Delivery
from zhigan.outlets.dispatch.links import Links
from zhigan.outlets.dispatch.planning import Planner
from zhigan.outlets.dispatch.ports import Plans
from zhigan.runtime.clock import Clock
from zhigan.runtime.outward import Outward
from zhigan.runtime.pg import Pool

REPORTER = "城市消防物联网监控中心"


class Dispatch:
    def __init__(
        self, pool: Pool, clock: Clock, vault: Vault, wire: Outward, plans: Plans, base: str, phone: str = ""
    ) -> None:
        self.pool, self.vault, self.plans, self.wire = pool, vault, plans, wire
        self.links = Links(vault, base)
        self.casing = Casing(plans, self.links, REPORTER, phone)
        self.planner = Planner(clock, vault)
        self.delivery = Delivery(pool, clock, vault, self.casing, wire)

    async def close(self) -> None:
        await self.delivery.close()


Wired: TypeAlias = NamedDependency[SkipValidation[Dispatch]]
