"""What the hand-over asks of other rooms; wired in processes/.

Enters: nothing. Leaves: protocols. Absent: who answers.
"""

from typing import Protocol

import msgspec

from zhigan.runtime.pg import Connection


class PlanFile(msgspec.Struct, frozen=True, kw_only=True):
    """A floor plan; its bytes lie on the shelf under their hash."""

    id: str
    name: str
    type: str
    sha256: str


class Plans(Protocol):
    async def of_floor(self, conn: Connection, building_id: str, floor: str) -> PlanFile | None: ...

    async def one(self, conn: Connection, plan_id: str) -> PlanFile | None: ...
