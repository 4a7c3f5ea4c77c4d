"""Whose a number is, in PostgreSQL, and in the rooms that lend theirs.

Enters: the principal, a kind and an id. Leaves: the holder within his scope, or None. Absent: the verdict and the line
in the audit trail (api.py).
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeAlias

import msgspec

from zhigan.access import store as accounts
from zhigan.access.reach import holds
from zhigan.desks.numbers.model import Holder, Kind, Shown
from zhigan.desks.numbers.rules import ACCOUNT_READERS, HOUR
from zhigan.incidents.rows import Row
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

SQL = sql.load("zhigan.desks.numbers")
STATEMENTS: Mapping[str, str] = {
    "contact": SQL.contact,
    "organisation": SQL.organisation,
    "unit": SQL.unit,
    "key_part": SQL.key_part,
    "test": SQL.test,
    "member": SQL.member,
}
Reader: TypeAlias = Callable[[Database, Principal, str], Awaitable[Holder | None]]
People: TypeAlias = Callable[[Connection, Row, datetime], Awaitable[list[Shown]]]


class Numbers(msgspec.Struct, frozen=True):
    """The port: kinds of number that other rooms keep, and the people who are called to an alarm."""

    readers: Mapping[str, Reader]
    around: People


async def holder(db: Database, principal: Principal, numbers: Numbers, kind: Kind, id_: str) -> Holder | None:
    if kind == "account":
        return await _account(db, principal, id_)
    if kind in numbers.readers:
        return await numbers.readers[kind](db, principal, id_)
    async with db.bound(principal) as conn:
        row = await conn.fetchrow(STATEMENTS[kind], id_)
    return None if row is None else Holder(**dict(row))


async def _account(db: Database, principal: Principal, id_: str) -> Holder | None:
    """Those that one may look up, and one's own; what somebody may not look up does not exist for him here."""
    async with db.owner() as conn:
        found = await accounts.by_id(conn, id_)
    if found is None or not holds(principal, found.account):
        return None
    if found.account.id != principal.id and principal.role not in ACCOUNT_READERS:
        return None
    account = found.account
    return Holder(name=account.display_name or account.name, place=account.name, number=account.phone)


async def of_unit(conn: Connection, unit: str | None) -> list[Shown]:
    """On a connection that is bound: contacts within the scope."""
    rows = [] if unit is None else await conn.fetch(SQL.contacts_of, unit)
    return [Shown(kind="contact", id=r["id"], name=r["name"], number=r["number"]) for r in rows]


async def shown_lately(conn: Connection, principal: Principal, now: datetime) -> int:
    return await conn.fetchval(SQL.shown_lately, principal.id, now - HOUR)
