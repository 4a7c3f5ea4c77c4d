"""Who is asked, from the registry. Only what is registered there is ever connected to."""

from typing import Final

from zhigan.gateways.modbus.model import HOSTS_MAX, UNITS_MAX
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load

SQL: Final = load("zhigan.gateways.modbus")
MOST: Final = HOSTS_MAX * UNITS_MAX


async def devices(conn: Connection) -> list[tuple[str, str]]:
    """(address, profile)."""
    return [(r["address"], r["profile"]) for r in await conn.fetch(SQL.devices, MOST)]
