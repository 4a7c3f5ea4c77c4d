"""The port through which cutting learns what hangs on a breaker; the desk of electrical safety stands behind it.

Enters: a breaker. Leaves: the same with its circuit's load class, what the circuit feeds, the owner's consent that
stands for it, whether its building burns, whether its current is measured. Absent: judging any of it (rules).
"""

from typing import Protocol

from zhigan.commands.model import Target
from zhigan.runtime.pg import Connection


class Interlock(Protocol):
    async def ground(self, conn: Connection, target: Target) -> Target:
        """On the owner's connection. A breaker of no circuit comes back with what its own entry says."""
        ...
