"""How incidents ended, for who told of them: another room follows what became of its own.

Enters: ids, or addresses of devices. Leaves: outcome, cause, the words of the closing; the incident in which a device
stands. On the owner's connection. Absent: scope, and everything that happened between.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    outcome: str
    cause: str
    closed_at: datetime
    note: str


async def endings(conn: Connection, ids: Sequence[str]) -> list[Ending]:
    """Of those that are closed."""
    return [Ending(**dict(row)) for row in await conn.fetch(SQL.endings, list(ids))]


async def open_at(conn: Connection, gateway: str, addresses: Sequence[str]) -> dict[str, str]:
    """Address → the open incident in which its alarm stands."""
    return {r["address"]: r["incident"] for r in await conn.fetch(SQL.open_at_devices, gateway, list(addresses))}
