"""What a test leaves at the devices: when each was last seen to answer one. Owner's connection."""

from collections.abc import Mapping
from datetime import datetime

from zhigan.registry.store import SQL
from zhigan.runtime.pg import Connection


async def seen(conn: Connection, answered: Mapping[str, datetime]) -> None:
    """Device id → when it answered; an earlier time never overwrites a later one."""
    if answered:
        await conn.execute(SQL.tested, list(answered), list(answered.values()))
