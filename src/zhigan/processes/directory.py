"""The gateways' view of the registry: the dialects of registered devices, kept fresh by its notifications.

Enters: a connection and the channel `zhigan_registry`. Leaves: `dialect(address)`. A device that is not registered is
answered like one without a dialect: nothing is refused at the door for being unknown; the registry bounds what it takes
up (registry.rules.UNKNOWN_ROOTS), and fires beyond that bound still reach the desk.
"""

from collections.abc import Awaitable, Callable

import structlog

from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.runtime.sql import load

_SQL = load("zhigan.processes")
_log = structlog.get_logger("processes.directory")
REFRESH_S = 600.0


class Profiles:
    def __init__(self) -> None:
        self._dialects: dict[str, str] = {}

    def dialect(self, address: str) -> str | None:
        return self._dialects.get(address, "")

    async def follow(self, dsn: str, connect: Callable[[], Awaitable[Connection]], changed: Callable[[], None]) -> None:
        """`changed` is called when dialects are others than before."""
        conn: Connection | None = None
        async with Listener(dsn, "zhigan_registry", name="zhigan profiles") as listener:
            while True:
                await listener.wait(REFRESH_S)
                try:
                    if conn is None or conn.is_closed():
                        conn = await connect()
                    rows = await conn.fetch(_SQL.profiles)
                    fresh = {row["address"]: row["profile"] for row in rows}
                    if fresh != self._dialects:
                        self._dialects = fresh
                        changed()
                except UNAVAILABLE as error:
                    conn = None
                    _log.warning("profiles not refreshed; the known ones stay", error=str(error))
