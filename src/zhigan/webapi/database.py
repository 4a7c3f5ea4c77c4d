"""The database as a request sees it.

Enters: a pool and a principal. Leaves: a connection in a transaction that is either bound to the principal's scope
(role `zhigan_person`, read only, row-level security applies) or the owner's (for writes, after the check that the
target is visible and the role may). Absent: SQL.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec

from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.principal import Principal

# One round trip. `role` as a setting is SET LOCAL ROLE; all of it ends with the transaction. No page takes
# several cores: they are the alarms', and where the planner guesses a scope too small it starts helpers for a page of a
# hundred rows, which then took 19 ms instead of 1.2.
BIND = """
select set_config('zhigan.scope', $1, true), set_config('zhigan.principal', $2, true),
       set_config('statement_timeout', $3, true), set_config('max_parallel_workers_per_gather', '0', true),
       set_config('role', 'zhigan_person', true)
"""

PATIENCE_MS = 15_000
"""A page that takes longer is wrong; it must not hold the pool."""


class Database:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def bound(self, principal: Principal) -> AsyncGenerator[Connection]:
        """What the principal may read, and nothing else."""
        async with self.pool.acquire() as conn, conn.transaction(readonly=True):
            await bind(conn, principal.scope, principal.id)
            yield conn

    @asynccontextmanager
    async def owner(self) -> AsyncGenerator[Connection]:
        """For writes, and for access's own tables. Whoever opens this has checked scope and role."""
        async with self.pool.acquire() as conn, conn.transaction():
            yield conn


async def bind(conn: Connection, scope: Scope, principal: str) -> None:
    """Binds the running transaction; `{}` is the whole city."""
    await conn.execute(BIND, msgspec.json.encode(scope.terms).decode(), principal, str(PATIENCE_MS))
