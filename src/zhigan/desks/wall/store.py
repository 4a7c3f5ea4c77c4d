"""Links in the database: made, found by their secret's digest, used, revoked. All as the table's owner.

Enters: a connection as owner, checked values. Leaves: `WallLink`. Absent: who may make one, what it shows.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from zhigan.desks.wall import rules
from zhigan.desks.wall.model import WallLink
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.webapi.audit import by_platform

SQL = sql.load("zhigan.desks.wall")
KEPT: Final = timedelta(days=90)
"""So long an ended link stays in the list."""


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def add(conn: Connection, link: WallLink, token: str, account: str) -> None:
    await conn.execute(
        SQL.add, link.id, digest(token), link.name, link.scope, link.networks, link.made_at, link.made_by,
        account or None, link.expires_at,
    )  # fmt: skip


async def listed(conn: Connection, now: datetime) -> list[WallLink]:
    return [msgspec.convert(dict(r), WallLink) for r in await conn.fetch(SQL.listed, now - KEPT)]


async def one(conn: Connection, id_: str) -> WallLink | None:
    row = await conn.fetchrow(SQL.one, id_)
    return None if row is None else msgspec.convert(dict(row), WallLink)


async def by_token(conn: Connection, token: str) -> WallLink | None:
    row = await conn.fetchrow(SQL.by_digest, digest(token))
    return None if row is None else msgspec.convert(dict(row), WallLink)


async def revoke(conn: Connection, id_: str, now: datetime, by: str) -> None:
    await conn.execute(SQL.revoke, id_, now, by)


async def used(conn: Connection, link: WallLink, now: datetime, address: str) -> None:
    """A screen was opened; written in the audit trail when it was not a moment ago from the same place."""
    before = await conn.fetchrow(SQL.used, link.id, now, address)
    if before is not None and rules.again(before["used_at"], before["used_from"], now, address):
        await by_platform(conn, now, "wall.opened", link.id, {"name": link.name, "address": address}, "wall")


async def refused(conn: Connection, link: WallLink, now: datetime, address: str, why: str) -> None:
    """Somebody holds the secret where, or when, it does not open: written, but not without end."""
    if await conn.fetchval(SQL.refused, link.id, now, address, rules.USED_AGAIN):
        told = {"name": link.name, "address": address, "why": why}
        await by_platform(conn, now, "wall.refused", link.id, told, "wall")


async def area_names(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    return {r["code"]: r["name"] for r in await conn.fetch(SQL.area_names, list(codes))}
