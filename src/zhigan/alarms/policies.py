"""Versions of the policy: the one in force, drafts, and those that were.

Enters: documents that `policy_checks.read` took; who writes, the moment. Leaves: rows; the change of what is in force
in one transaction with its event. Absent: editing what is in force, or what was: a change is a new version.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec
import structlog

from zhigan.alarms.engine.policy import Policy, PolicyError, write
from zhigan.alarms.engine.policy_checks import read
from zhigan.alarms.engine.policy_tables import POLICY_V1
from zhigan.bus import log
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_datetime

SHIPPED_BY = "zhigan"
"""Who made the versions that came with the program."""
MOST_DRAFTS = 20
CHANNEL = "zhigan_policy"

_SQL = load("zhigan.alarms", "policies.sql")
_log = structlog.get_logger("alarms.policies")


class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """`editors`: ids of those who wrote in it, who therefore never activate it. `areas`: the districts whose own people
    began it, and of which alone it speaks; none: the city's."""

    version: int
    document: str
    state: str
    based_on: int | None
    note: str
    revision: int
    editors: list[str]
    made_at: datetime
    made_by: str
    changed_at: datetime | None
    changed_by: str
    activated_at: datetime | None
    activated_by: str | None
    retired_at: datetime | None
    areas: list[str] = []


class Moved(Exception):
    """Another version was put in force since a district's draft was made: it would take that back."""


class Stale(Exception):
    """Somebody else wrote in the draft meanwhile, or it is no draft any more."""


async def in_force(conn: Connection, now: int) -> Policy:
    """For the engine's start. The first installation gets version 1; where nobody has changed what was shipped, what is
    shipped now takes its place. A document that this program cannot read never keeps the engine from judging."""
    async with conn.transaction():
        await conn.execute(_SQL.lock)
        return await _kept(conn, now)


async def _kept(conn: Connection, now: int) -> Policy:
    row = await active(conn)
    if row is None:
        return await _put(conn, 1, now)
    try:
        policy = read(row.document)
    except PolicyError as error:
        _log.error(
            "the policy in force cannot be read; what was shipped is used", version=row.version, error=str(error)
        )
        return POLICY_V1
    if row.made_by == SHIPPED_BY and msgspec.structs.replace(policy, version=1) != POLICY_V1:
        version = await conn.fetchval(_SQL.next_version)
        await conn.execute(_SQL.retire, to_datetime(now))
        return await _put(conn, version, now)
    return policy


async def _put(conn: Connection, version: int, now: int) -> Policy:
    policy = msgspec.structs.replace(POLICY_V1, version=version)
    await conn.execute(_SQL.shipped, version, write(policy), to_datetime(now), SHIPPED_BY)
    await log.append(conn, [activated(version, SHIPPED_BY, now)], now)
    return policy


def activated(version: int, who: str, now: int) -> Draft:
    return Draft(EventType.POLICY_ACTIVATED, str(version), now, {"version": version, "who": who})


async def active(conn: Connection) -> PolicyRow | None:
    row = await conn.fetchrow(_SQL.active)
    return None if row is None else _row(row)


async def listed(conn: Connection, before: int | None, limit: int) -> list[PolicyRow]:
    """Newest first, without their documents."""
    return [_row(r) for r in await conn.fetch(_SQL.listed, before, limit)]


async def one(conn: Connection, version: int) -> PolicyRow | None:
    row = await conn.fetchrow(_SQL.one, version)
    return None if row is None else _row(row)


async def drafts(conn: Connection) -> int:
    return await conn.fetchval(_SQL.drafts)


async def draft(
    conn: Connection,
    policy: Policy,
    based_on: int | None,
    note: str,
    who: tuple[str, str],
    now: int,
    areas: Sequence[str] = (),
) -> int:
    """A new draft's version. `who`: id and name."""
    await conn.execute(_SQL.lock)
    version = await conn.fetchval(_SQL.next_version)
    document = write(msgspec.structs.replace(policy, version=version))
    written = (document, based_on, note, to_datetime(now), who[1], [who[0]], list(areas))
    await conn.execute(_SQL.draft, version, *written)
    return version


async def change(
    conn: Connection, version: int, revision: int, policy: Policy, note: str, who: tuple[str, str], now: int
) -> None:
    document = write(msgspec.structs.replace(policy, version=version))
    done = await conn.fetchval(_SQL.change, version, revision, document, note, to_datetime(now), who[1], who[0])
    if done is None:
        raise Stale


async def discard(conn: Connection, version: int) -> None:
    if await conn.fetchval(_SQL.discard, version) is None:
        raise Stale


async def activate(conn: Connection, row: PolicyRow, revision: int, who: str, now: int) -> None:
    """It is in force with this transaction's end; the engine is told by the channel."""
    version = row.version
    await conn.execute(_SQL.lock)
    standing = await active(conn)
    if row.areas and standing is not None and standing.version != row.based_on:
        raise Moved
    await conn.execute(_SQL.retire, to_datetime(now))
    if await conn.fetchval(_SQL.activate, version, revision, to_datetime(now), who) is None:
        raise Stale
    await conn.execute(_SQL.tell, CHANNEL, str(version))
    await log.append(conn, [activated(version, who, now)], now)


def _row(row: asyncpg.Record) -> PolicyRow:
    return msgspec.convert(dict(row), PolicyRow)
