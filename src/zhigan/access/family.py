"""Family sharing (家人共享): an owner lets relatives see his own devices, be told, and quiet or test them.

Enters: an owner who invites by a telephone number or by a code, a relative who takes or leaves it. Leaves: shares, and
accounts of the role `owner` whose scope the database reckons from them (migration 0036): nothing here writes a scope.
Only what is one's own is shared, never what one was given. A number is proved by its text message before anything is
shared with it; a code opens once, within a week. The answer to an invitation by number does not tell whether there is
an account of that number. Absent: HTTP.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from asyncpg import Record

from zhigan.access import store
from zhigan.access.codes import number
from zhigan.access.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.telephones import masked
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import conflict, invalid, not_found

LASTS = timedelta(days=7)
MOST = 10
"""Relatives of one owner, those invited and not come yet among them."""
NOTHING = "area:00"
"""The scope of an account with which nothing is shared: no place lies in it."""
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
"""Of a code: 39 bits, for a week, guessed at the pace of passwords."""


Digest = Callable[..., bytes]
"""A keyed digest of some texts: `Vault.digest` of them joined."""


class Made(msgspec.Struct, frozen=True):
    """What an invitation is made of by its door: an id, the instant, the hash of a password that nobody knows."""

    id: str
    now: datetime
    password_hash: str


class Ended(msgspec.Struct, frozen=True):
    label: str
    relative: str | None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A relative, or an invitation that waits. `phone` is masked; `code` is shown this once."""

    id: str
    label: str
    name: str
    phone: str
    units: list[str]
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    code: str = ""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody shares with me, or offers to."""

    id: str
    owner: str
    units: list[str]
    expires_at: datetime
    accepted_at: datetime | None


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """`units`: what I may share, by name."""

    units: list[str]
    members: list[Member]
    shares: list[Share]
    most: int = MOST


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a code opens, told to whoever holds it."""

    owner: str
    units: list[str]
    expires_at: datetime


def own_units(scope: str) -> list[str]:
    """Only a scope that is nothing but units is a home's."""
    terms = scopes.parse(scope).terms
    return sorted(terms["unit"]) if set(terms) == {"unit"} else []


def fresh_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def tidy(typed: str) -> str:
    return "".join(c for c in typed.upper() if c.isalnum())[:40]


async def whole(conn: Connection, principal: Principal, now: datetime) -> Family:
    units = own_units(await conn.fetchval(SQL.own_scope, principal.id))
    found = await store.by_id(conn, principal.id)
    phone = (number(found.account.phone) if found else None) or ""
    given = await conn.fetch(SQL.shares_given, principal.id, now)
    taken = await conn.fetch(SQL.shares_taken, principal.id, now, phone)
    names = await _names(conn, {*units, *(u for r in [*given, *taken] for u in r["units"])})
    return Family(
        units=_told(names, units),
        members=[
            Member(
                id=r["id"], label=r["label"], name=r["name"], phone=masked(r["phone"]),
                units=_told(names, r["units"]), created_at=r["created_at"], expires_at=r["expires_at"],
                accepted_at=r["accepted_at"],
            )
            for r in given
        ],
        shares=[
            Share(
                id=r["id"], owner=r["owner"], units=_told(names, r["units"]),
                expires_at=r["expires_at"], accepted_at=r["accepted_at"],
            )
            for r in taken
        ],
    )  # fmt: skip


def _told(names: Mapping[str, str], units: Sequence[str]) -> list[str]:
    return [names.get(unit, unit) for unit in units]


async def _names(conn: Connection, codes: set[str]) -> dict[str, str]:
    return {r["code"]: r["name"] for r in await conn.fetch(SQL.unit_names, sorted(codes))}


class Invited(msgspec.Struct, frozen=True):
    id: str
    code: str


async def invite(conn: Connection, principal: Principal, label: str, typed: str, digest: Digest, made: Made) -> Invited:
    """By number where one is given, else by a code."""
    await conn.execute(SQL.one_at_a_time, f"family {principal.id}")
    await _city_wide(conn, principal.id)
    units = own_units(await conn.fetchval(SQL.own_scope, principal.id))
    if not units:
        raise conflict("There is nothing of your own to share.")
    if len(await conn.fetch(SQL.shares_given, principal.id, made.now)) >= MOST:
        raise conflict(f"At most {MOST} relatives; end one share first.")
    phone, code = "", ""
    if typed.strip():
        phone = number(typed) or ""
        if not phone:
            raise invalid("phone", "a telephone number")
        await _account_of(conn, phone, label, made)
    else:
        code = fresh_code()
    kept = digest("family", code) if code else None
    await conn.execute(SQL.add_share, made.id, principal.id, label, phone, kept, units, made.now, made.now + LASTS)
    return Invited(made.id, code)


async def _account_of(conn: Connection, phone: str, label: str, made: Made) -> None:
    """So that whoever holds the number can sign in by a text message and find the invitation: an account that sees
    nothing, where there is none."""
    await conn.execute(SQL.one_at_a_time, f"number {phone}")
    rows = await conn.fetch(SQL.accounts_ever_of_number, phone)
    if any(r["usable"] for r in rows):
        return
    closed = next((r["id"] for r in rows if r["invited"]), None)
    if closed is not None:
        await conn.execute(SQL.reopen, closed, made.now)
        return
    await add_account(conn, f"home-{secrets.token_hex(4)}", made.password_hash, label, phone, made.now)


async def add_account(conn: Connection, name: str, password_hash: str, label: str, phone: str, now: datetime) -> str:
    account = await store.add(
        conn, now, name=name, role=Role.OWNER, scope=scopes.parse(NOTHING), password_hash=password_hash,
        display_name=label, phone=phone,
    )  # fmt: skip
    if account is None:
        raise conflict(f"name: there is an account {name!r} already")
    await conn.execute(SQL.make_relative, account, True, NOTHING)
    return account


async def offered(conn: Connection, code: str, digest: Digest, now: datetime) -> Offer:
    row = await _open(conn, code, digest, now)
    names = await _names(conn, set(row["units"]))
    return Offer(owner=row["owner_name"], units=_told(names, row["units"]), expires_at=row["expires_at"])


async def _open(conn: Connection, code: str, digest: Digest, now: datetime) -> Record:
    row = await conn.fetchrow(SQL.share, None, digest("family", tidy(code)))
    if row is None or row["accepted_at"] is not None or row["expires_at"] <= now:
        raise not_found("There is no such invitation, or it has run out.")
    return row


async def take(conn: Connection, account: str, code: str, digest: Digest, now: datetime) -> str:
    """The code's holder is the relative."""
    row = await _open(conn, code, digest, now)
    await _accept(conn, row, account, now)
    return row["id"]


async def accept(conn: Connection, principal: Principal, share: str, now: datetime) -> None:
    """Invited by number: whoever has signed in and holds it."""
    row = await conn.fetchrow(SQL.share, share, None)
    found = await store.by_id(conn, principal.id)
    phone = number(found.account.phone) if found else None
    waits = row is not None and row["accepted_at"] is None and row["expires_at"] > now
    if row is None or not waits or not phone or row["phone"] != phone:
        raise not_found()
    await _accept(conn, row, principal.id, now)


async def _city_wide(conn: Connection, account: str) -> None:
    """An account of a sub-platform stays within that one's scope: it gives and takes nothing across its border."""
    found = await store.by_id(conn, account)
    if found is not None and found.account.hosted_id is not None:
        raise conflict("Accounts of a sub-platform do not share.")


async def _accept(conn: Connection, row: Record, account: str, now: datetime) -> None:
    await _city_wide(conn, account)
    if row["owner"] == account:
        raise conflict("What is your own need not be shared with you.")
    if await conn.fetchval(SQL.other_share, row["owner"], account):
        raise conflict("This is shared with you already.")
    await conn.execute(SQL.make_relative, account, False, NOTHING)
    await conn.execute(SQL.accept_share, row["id"], account, now)
    await conn.execute(SQL.settle_relative, account)


async def end(conn: Connection, principal: Principal, share: str, now: datetime) -> Ended:
    """By the owner, or by the relative. In force at once: the relative signs in anew, or never again."""
    row = await conn.fetchrow(SQL.share, share, None)
    found = await store.by_id(conn, principal.id)
    phone = (number(found.account.phone) if found else None) or ""
    mine = row is not None and (
        principal.id in (row["owner"], row["relative"]) or (row["relative"] is None and phone and row["phone"] == phone)
    )
    if row is None or not mine:
        raise not_found()
    await conn.execute(SQL.end_share, share, now)
    relative = row["relative"]
    if relative is not None:
        await conn.execute(SQL.settle_relative, relative)
        if await conn.fetchval(SQL.left_over, relative):
            await conn.execute(SQL.close_account, relative, now)
        await store.end_sessions(conn, relative, principal.session if relative == principal.id else None)
    return Ended(row["label"], relative)
