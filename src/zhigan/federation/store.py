"""Rows of who is joined to whom, and of how far each has come.

Enters: connections, in the caller's transaction. Leaves: structs and records. Secrets come out opened, by the vault;
where the vault has another key by now they do not open, and whoever asks is told so. Absent: what is done with them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec
from asyncpg import Record

from zhigan.access.vault import Vault
from zhigan.federation import keys
from zhigan.federation.model import Lower, Self, Upper
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes

SQL = sql.load("zhigan.federation")
CHANNEL = "zhigan_federation"
NAME = "zhigan119"


class Link(msgspec.Struct, kw_only=True):
    """`path`: the platforms that it came through, birth place first."""

    kind: str
    there: str
    here: str
    path: list[str]
    mine: bool = False
    version: int = 0
    state: str = ""
    grade: int = 0
    lines: int = 0


class Tally(msgspec.Struct):
    """What became of the events of one batch."""

    events: int = 0
    applied: int = 0
    skipped: int = 0
    unread: int = 0
    refused: int = 0
    error: str = ""


async def own(conn: Connection, fresh: str, now: datetime) -> Self:
    """What this installation is to others; made when first asked for."""
    row = await conn.fetchrow(SQL.own)
    if row is None:
        await conn.execute(SQL.make_own, fresh, NAME, now)
        row = await conn.fetchrow(SQL.own)
    return Self(fresh, NAME) if row is None else Self(row["id"], row["name"])


def lower(row: Record, vault: Vault) -> Lower | None:
    secret = vault.open(row["secret"], keys.purpose(row["id"]))
    if secret is None:
        return None
    return Lower(
        id=row["id"], platform=row["platform"], slug=row["slug"], name=row["name"], scope=scopes.parse(row["scope"]),
        secret=secret, protocol=row["protocol"], position=row["position"], down=row["down"],
        revoked_at=row["revoked_at"],
    )  # fmt: skip


async def upper(conn: Connection, vault: Vault) -> Upper | None:
    """The platform above, if there is one and its secret opens."""
    row = await conn.fetchrow(SQL.upper)
    secret = None if row is None else vault.open(row["secret"], keys.purpose(row["id"]))
    if row is None or secret is None:
        return None
    return Upper(
        id=row["id"], platform=row["platform"], name=row["name"], called=row["called"], url=row["url"],
        scope=scopes.parse(row["scope"]), secret=secret, permits=tuple(row["permits"]), protocol=row["protocol"],
        position=row["position"], down=row["down"], lost=row["lost"],
    )  # fmt: skip


async def hold(conn: Connection, lowers: Iterable[str]) -> None:
    """Whoever writes what is a platform's (its links, its copies, words for it) holds its row first, before anything
    else of it, and names all he will need at once: so taking, telling and pairing wait for one another in a row."""
    if ids := sorted(set(lowers)):
        await conn.fetch(SQL.hold_lowers, ids)


async def links(conn: Connection, lower_id: str, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Link]:
    """By kind and the id there."""
    if not wanted:
        return {}
    found = await conn.fetch(SQL.links, lower_id, [w[0] for w in wanted], [w[1] for w in wanted])
    return {(row["kind"], row["there"]): Link(**row) for row in found}


async def put_links(conn: Connection, lower_id: str, made: Sequence[Link]) -> None:
    if made:
        await conn.execute(
            SQL.put_links, lower_id, [k.kind for k in made], [k.there for k in made], [k.here for k in made],
            [",".join(k.path) for k in made], [k.mine for k in made], [k.version for k in made],
            [k.state for k in made], [k.grade for k in made], [k.lines for k in made],
        )  # fmt: skip


async def paths(conn: Connection, ids: Sequence[str], kinds: Sequence[str]) -> dict[str, list[str]]:
    """Id → the platforms it came through; our own are left out."""
    found = await conn.fetch(SQL.paths, list(ids), list(kinds)) if ids else []
    return {row["here"]: list(row["path"]) for row in found}


async def count(conn: Connection, lower_id: str, day: date, tally: Tally) -> None:
    await conn.execute(
        SQL.count_day, lower_id, day, tally.events, tally.applied, tally.skipped, tally.unread, tally.refused
    )


def told(text: str) -> Mapping[str, int]:
    try:
        return msgspec.json.decode(text, type=dict[str, int])
    except msgspec.DecodeError:
        return {}
