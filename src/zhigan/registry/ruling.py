"""The policy in force, as far as desks read it: its limits, and which version they are of. Wired in processes.

Enters: a connection as table owner. Leaves: limits as they hold in a district. Absent: rules, and changing any of it.
"""

from collections.abc import Mapping
from typing import Protocol, Self

from zhigan.runtime.pg import Connection
from zhigan.vocabulary.handling import TakeOver
from zhigan.vocabulary.limits import Limit


class InForce(Protocol):
    @property
    def version(self) -> int: ...

    @property
    def limits(self) -> tuple[Limit, ...]: ...

    @property
    def first_handler(self) -> Mapping[str, TakeOver]: ...

    def of(self, area: str) -> Self:
        """As it holds in this district."""
        ...


class Standing(Protocol):
    async def __call__(self, conn: Connection) -> InForce: ...
