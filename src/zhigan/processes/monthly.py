"""The share of devices online, which the desk of health keeps, lent to the desk that writes a month's report."""

from collections.abc import Sequence
from datetime import date

from zhigan.desks.health import store as health
from zhigan.desks.monthly.model import Online
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Scope


async def onlines(conn: Connection, scope: Scope, first: date, today: date | None) -> Sequence[Online]:
    return [Online(each.type, each.devices, each.online) for each in await health.month(conn, scope, first, today)]
