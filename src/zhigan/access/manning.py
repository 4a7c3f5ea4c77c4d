"""Duty desks, manned or not: accounts of the desk by their scope, and how many of them have a page open now.

Enters: a connection as owner, since when a session's last use counts. Leaves: a row a scope. Absent: names of people.
"""

from datetime import datetime

import msgspec

from zhigan.access.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import Role


class Manned(msgspec.Struct, frozen=True, kw_only=True):
    """`hosted`: the short name of the sub-platform whose desk it is; empty: the city's own."""

    scope: str
    hosted: str
    people: int


async def desks(conn: Connection, since: datetime) -> list[Manned]:
    rows = await conn.fetch(SQL.manned, [Role.DUTY.value, Role.LEAD.value], since)
    return [msgspec.convert(dict(row), Manned) for row in rows]
