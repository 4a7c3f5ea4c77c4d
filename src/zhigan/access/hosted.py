"""Sub-platforms hosted here (分平台、子平台): part of the city under a name, a face and a start page of its own.

Enters: what people write, a connection in the caller's transaction. Leaves: structs, or `Refused` naming the field. A
sub-platform is a scope with accounts: what its people see is decided by their accounts' scopes, which stay within its
own. Absent: rows of its own in any other room; it is the same installation.
"""

import os
import re
import secrets
from collections.abc import Mapping
from datetime import datetime

import asyncpg
import msgspec

from zhigan.access import accounts, rules, store
from zhigan.access.accounts import Refused
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.ids import uuid7
from zhigan.vocabulary.moments import to_micros

SQL = store.SQL
TERM: Mapping[str, str] = {"industry": "industry", "district": "area", "community": "community", "firm": "firm"}
"""Kind → the dimension by which its scope must be limited."""
START_PAGES = ("duty", "map", "incidents", "units", "devices", "hydrants", "health", "community")
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is read wrongly from paper."""


class Hosted(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    slug: str
    kind: str
    name: str
    short_name: str
    scope: str
    start_page: str
    logo_sha256: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    closed_at: datetime | None
    accounts: int


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """What its login page and its header show. `logo`: an address, or empty."""

    slug: str
    kind: str
    name: str
    short_name: str
    start_page: str
    logo: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Checked."""

    slug: str
    kind: str
    name: str
    short_name: str
    scope: scopes.Scope
    start_page: str


def draft(slug: str, kind: str, name: str, short_name: str, scope: str, start_page: str) -> Draft:
    cleaned = a_slug(slug)
    if kind not in TERM:
        raise Refused("kind", f"one of {', '.join(TERM)}")
    if start_page not in START_PAGES:
        raise Refused("start_page", f"one of {', '.join(START_PAGES)}")
    held = accounts.a_scope(scope)
    if TERM[kind] not in held.terms:
        raise Refused("scope", f"limited by {TERM[kind]}, as a sub-platform of that kind is")
    named = a_name("name", name, 60)
    brief = a_name("short_name", short_name or named[:16], 16)
    return Draft(slug=cleaned, kind=kind, name=named, short_name=brief, scope=held, start_page=start_page)


def a_slug(text: str) -> str:
    cleaned = text.strip().lower()
    if _SLUG.fullmatch(cleaned) is None:
        raise Refused("slug", "1 to 40 of a-z, 0-9 and hyphens, no hyphen at its ends")
    return cleaned


def a_name(field: str, text: str, most: int) -> str:
    cleaned = accounts.a_line(field, text)
    if not 1 <= len(cleaned) <= most:
        raise Refused(field, f"1 to {most} characters")
    return cleaned


async def listed(conn: Connection) -> list[Hosted]:
    """All of them, closed ones last: the few dozen of a city."""
    return [Hosted(**row) for row in await conn.fetch(SQL.hosted_all)]


async def one(conn: Connection, id_: str) -> Hosted | None:
    row = await conn.fetchrow(SQL.hosted, id_)
    return None if row is None else Hosted(**row)


async def add(conn: Connection, made: Draft, now: datetime, by: str) -> str | None:
    """The new one's id; None where the slug is taken."""
    scope = scopes.show(made.scope)
    id_ = uuid7(to_micros(now), os.urandom(10))
    return await conn.fetchval(
        SQL.add_hosted, id_, made.slug, made.kind, made.name, made.short_name, scope, made.start_page, now, by
    )


async def change(conn: Connection, id_: str, made: Draft, closed_at: datetime | None, now: datetime) -> None:
    """Refused where an account would be left outside. The row is locked first: who is added meanwhile waits."""
    await conn.execute(SQL.hosted_for_update, id_)
    for row in await conn.fetch(SQL.hosted_scopes, id_):
        if not rules.within(scopes.parse(row["scope"]), made.scope):
            raise Refused("scope", f"holds its account {row['name']!r}, which would be left outside")
    scope = scopes.show(made.scope)
    await conn.execute(SQL.change_hosted, id_, made.name, made.short_name, scope, made.start_page, closed_at, now)


async def disable(conn: Connection, id_: str, now: datetime) -> int:
    """Its accounts open nothing any more, their sessions end. How many they were."""
    return int(await conn.fetchval(SQL.disable_hosted, id_, now))


async def put_logo(conn: Connection, id_: str, logo: tuple[bytes, str, str] | None, now: datetime) -> None:
    """Bytes, type and SHA-256; None takes it away."""
    content, type_, digest = logo or (None, "", "")
    await conn.execute(SQL.hosted_logo, id_, content, type_, digest, now)


async def holds(conn: Connection, id_: str, scope: scopes.Scope) -> bool:
    """May an account of that scope belong to it? A closed one takes nobody; while this is asked it does not change."""
    if await conn.fetchval(SQL.hosted_for_share, id_) is None:
        return False
    standing = await one(conn, id_)
    return standing is not None and rules.within(scope, scopes.parse(standing.scope))


async def face(conn: Connection, slug: str) -> Face | None:
    return _face(await conn.fetchrow(SQL.face, slug))


async def face_of(conn: Connection, account: str) -> Face | None:
    return _face(await conn.fetchrow(SQL.face_of, account))


async def logo(conn: Connection, slug: str) -> tuple[bytes, str, str] | None:
    row = await conn.fetchrow(SQL.face_logo, slug)
    return None if row is None else (row["logo"], row["logo_type"], row["logo_sha256"])


def _face(row: asyncpg.Record | None) -> Face | None:
    if row is None:
        return None
    digest = row["logo_sha256"]
    return Face(
        slug=row["slug"], kind=row["kind"], name=row["name"], short_name=row["short_name"],
        start_page=row["start_page"], logo=f"/api/v1/faces/{row['slug']}/logo?v={digest[:16]}" if digest else "",
    )  # fmt: skip


def first_password() -> str:
    """For paper: four groups of five, 98 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
