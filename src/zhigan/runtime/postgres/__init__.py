"""PostgreSQL: the operator's by URL, or a private server in the data folder. design.md, decision 1; deps.md §1.

Enters: settings. Leaves: a DSN that works while the context is open. See README.md beside `runtime`.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from zhigan.runtime.postgres.errors import DatabaseError
from zhigan.runtime.postgres.server import PrivateServer
from zhigan.runtime.settings import Settings

__all__ = ["DatabaseError", "PrivateServer", "database"]


@contextlib.asynccontextmanager
async def database(settings: Settings, *, keep: bool = False) -> AsyncGenerator[str]:
    """`keep` is for `serve`: a private server that dies is started again, and nobody's command holds up the end."""
    if settings.database_url is not None:
        yield settings.database_url.reveal()
        return
    server = PrivateServer(settings.data / "postgres", chosen=settings.pg_bin)
    await server.acquire()
    keeper = asyncio.create_task(server.keep(), name="keep-postgres") if keep else None
    try:
        yield server.dsn
    finally:
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        await server.release(patient=not keep)
