"""Accounts, sessions, failures and the audit trail in PostgreSQL.

Enters: a connection in the caller's transaction (owner) and the instant. Leaves: structs. Tokens are random, 256 bits;
only their digest is stored. Absent: verdicts (rules.py) and HTTP.
"""

import hashlib
import os
import secrets
from datetime import datetime, timedelta
from typing import cast

import asyncpg
import msgspec

from zhigan.access.model import Account, AuditEntry, Entry, Failures, Session
from zhigan.access.rules import FORGET
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.ids import uuid7
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.telephones import masked_tree
from zhigan.webapi.audit import audit
from zhigan.webapi.principal import Principal

__all__ = ["audit"]

SQL = sql.load(__package__ or "zhigan.access")

SEEN_GRAIN = timedelta(minutes=1)
"""A session's last use is written once a minute, not on each request."""
FAMILIAR = timedelta(days=60)

_detail = msgspec.json.Decoder(dict[str, object])


class Found(msgspec.Struct, frozen=True):
    """An account with its password's hash: never leaves this room."""

    account: Account
    password: str


def _found(row: asyncpg.Record | None) -> Found | None:
    if row is None:
        return None
    shown = {name: value for name, value in row.items() if name != "password"}
    return Found(Account(**shown), row["password"])


async def by_name(conn: Connection, name: str) -> Found | None:
    return _found(await conn.fetchrow(SQL.account_by_name, name))


async def by_id(conn: Connection, account: str) -> Found | None:
    return _found(await conn.fetchrow(SQL.account, account))


async def by_number(conn: Connection, number: str) -> list[Found]:
    """Accounts in use with that telephone; two at most, which is one too many."""
    return [found for found in map(_found, await conn.fetch(SQL.accounts_of_number, number)) if found is not None]


class AccountQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts, by name up or `down`; `after` is the name of the last one seen."""

    after: str | None = None
    role: str | None = None
    q: str | None = None
    disabled: bool | None = None
    hosted: str | None = None
    down: bool = False


async def listed(conn: Connection, asked: AccountQuestion, limit: int) -> list[Account]:
    statement = SQL.accounts_down if asked.down else SQL.accounts
    rows = await conn.fetch(statement, asked.after, asked.role, asked.q, limit, asked.disabled, asked.hosted)
    return [found.account for found in map(_found, rows) if found is not None]


async def add(
    conn: Connection,
    now: datetime,
    *,
    name: str,
    role: Role,
    scope: scopes.Scope,
    password_hash: str,
    display_name: str = "",
    phone: str = "",
    hosted: str | None = None,
    must_change: bool = False,
) -> str | None:
    """The new account's id; None where the name is taken."""
    account = uuid7(to_micros(now), os.urandom(10))
    return await conn.fetchval(
        SQL.add_account, account, name, role.value, scopes.show(scope), display_name, phone, password_hash, now, hosted,
        must_change,
    )  # fmt: skip


async def change(conn: Connection, account: Account, now: datetime) -> None:
    await conn.execute(
        SQL.change_account,
        account.id,
        account.role,
        account.scope,
        account.display_name,
        account.phone,
        account.disabled_at,
        now,
    )


async def set_password(
    conn: Connection, account: str, password_hash: str, now: datetime, *, must_change: bool = False
) -> None:
    """The one before is kept, to be told from the next."""
    await conn.execute(SQL.set_password, account, password_hash, now, must_change)
    await conn.execute(SQL.forget_former_passwords, account)


async def former_passwords(conn: Connection, account: str, most: int) -> list[str]:
    """Hashes, the standing one first."""
    return [r["hash"] for r in await conn.fetch(SQL.former_passwords, account, most)] if most else []


# ------------------------------------------------------------ sessions


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def entry(conn: Connection) -> Entry:
    """What is decided about entering."""
    return Entry(**dict(await conn.fetchrow(SQL.setting) or {}))


async def decide(conn: Connection, wanted: Entry, by: str, now: datetime) -> None:
    await conn.execute(
        SQL.change_setting, wanted.idle_minutes, wanted.life_days, wanted.shortest_password, wanted.password_history,
        wanted.password_days, wanted.attempts, wanted.lock_seconds, wanted.audit_days, wanted.event_days,
        wanted.log_days, now, by,
    )  # fmt: skip


async def open_session(conn: Connection, account: str, now: datetime, address: str, agent: str) -> tuple[str, str]:
    """(token, session id): the only moment at which the token exists here."""
    ends = now + timedelta(days=(await entry(conn)).life_days)
    token = secrets.token_urlsafe(32)
    session = uuid7(to_micros(now), os.urandom(10))
    await conn.execute(SQL.open_session, digest(token), session, account, now, ends, address, agent[:200])
    return token, session


async def principal(conn: Connection, token: str, now: datetime, address: str) -> Principal | None:
    row = await conn.fetchrow(SQL.session, digest(token), now)
    if row is None:
        return None
    if now - row["seen_at"] > SEEN_GRAIN:
        await conn.execute(SQL.session_seen, digest(token), now)
    scope = scopes.parse(row["scope"])
    return Principal(row["id"], row["name"], Role(row["role"]), scope, row["session"], address, row["owes"])


async def end_session(conn: Connection, session: str) -> None:
    await conn.execute(SQL.end_session, session)


async def end_sessions(conn: Connection, account: str, but: str | None = None) -> None:
    await conn.execute(SQL.end_sessions, account, but)


async def sessions(conn: Connection, account: str, now: datetime) -> list[Session]:
    return [Session(**dict(r)) for r in await conn.fetch(SQL.sessions, account, now)]


async def tidy(conn: Connection, now: datetime) -> None:
    """What has ended or is forgotten goes; called now and then."""
    await conn.execute(SQL.forget_sessions, now)
    await conn.execute(SQL.forget_attempts, now - timedelta(days=1))
    await conn.execute(SQL.forget_asked, now - timedelta(days=1))


# ------------------------------------------------------------ failures


class Keys(msgspec.Struct, frozen=True):
    """Where a failed login counts: against the name from everywhere, the address, and the two together."""

    account: str
    address: str
    pair: str


def keys(name: str, address: str) -> Keys:
    folded = name.lower()[:200]
    return Keys(f"account:{folded}", f"address:{address}", f"pair:{folded} {address}")


async def failures(conn: Connection, of: Keys) -> dict[str, Failures]:
    """Read under a lock on the name: a hundred guesses at once are counted one after another."""
    await conn.execute(SQL.one_at_a_time, of.account)
    rows = await conn.fetch(SQL.attempts, [of.account, of.address, of.pair])
    return {r["key"]: Failures(r["failures"], to_micros(r["last_at"])) for r in rows}


async def failed(conn: Connection, of: Keys, now: datetime) -> None:
    await conn.execute(SQL.failed, [of.account, of.address, of.pair], now, now - timedelta(microseconds=FORGET))


async def succeeded(conn: Connection, account: str, of: Keys, address: str, now: datetime) -> None:
    """The name is forgiven; the address only this one attempt, or an own account would wash it clean."""
    await conn.execute(SQL.forgive, [of.account, of.pair])
    await conn.execute(SQL.take_back, of.address)
    await conn.execute(SQL.make_familiar, account, address, now)


async def take_back(conn: Connection, of: Keys) -> None:
    """The attempt was no guess."""
    await conn.execute(SQL.take_back_all, [of.account, of.address, of.pair])


async def is_familiar(conn: Connection, account: str, address: str, now: datetime) -> bool:
    return await conn.fetchval(SQL.is_familiar, account, address, now - FAMILIAR)


# ------------------------------------------------------------ audit trail


class AuditQuestion(msgspec.Struct, frozen=True, kw_only=True):
    before: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    name: str | None = None
    action: str | None = None
    subject: str | None = None
    area: str | None = None


class Acted(msgspec.Struct, frozen=True):
    """An entry and the present scope of who acted; None where that was no account."""

    entry: AuditEntry
    scope: str | None


async def audit_trail(conn: Connection, asked: AuditQuestion, limit: int) -> list[Acted]:
    """Newest first."""
    rows = await conn.fetch(
        SQL.audit, asked.before, asked.since, asked.until, asked.name, asked.action, asked.subject, limit
    )
    return [Acted(_entry(r), r["scope"]) for r in rows]


def _entry(r: asyncpg.Record) -> AuditEntry:
    return AuditEntry(
        id=r["id"],
        at=r["at"],
        account=r["account"],
        name=r["name"],
        role=r["role"],
        address=r["address"],
        action=r["action"],
        subject=r["subject"],
        detail=cast("dict[str, object]", masked_tree(_detail.decode(r["detail"]))),
    )
