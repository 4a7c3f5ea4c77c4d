"""Command centres and what was handed over to them, written and read. All in the caller's transaction.

Enters: a connection, what was decided. Leaves: rows and structs. Absent: deciding (rules.py), sockets, and reading for
people (views.py).
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.access.vault import Vault
from zhigan.outlets.dispatch.mapping import Map, checked
from zhigan.outlets.dispatch.model import Act, Adapter, HandOver, Proof, State, Target, Told
from zhigan.outlets.dispatch.rules import Wanted
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection

SQL = sql.load("zhigan.outlets.dispatch")
KEPT_TEXT = 48 * 1024


def purpose(target: str, whose: str) -> str:
    """What a secret is sealed for: it opens for nothing else."""
    return f"dispatch {whose} {target}"


async def targets(conn: Connection, vault: Vault, ids: Sequence[str] | None = None) -> list[Target]:
    """With their secrets open."""
    return [_target(r, vault) for r in await conn.fetch(SQL.targets, None if ids is None else list(ids))]


def _target(r: Record, vault: Vault) -> Target:
    sealed: bytes | None = r["secret"]
    secret = None if sealed is None else vault.open(sealed, purpose(r["id"], "ours"))
    return Target(
        id=r["id"],
        name=r["name"],
        areas=tuple(r["areas"]),
        adapter=Adapter(r["adapter"]),
        url=r["url"],
        proof=Proof(r["proof"]),
        secret="" if secret is None else secret.decode(),
        map=r["map"],
        answer_s=r["answer_s"],
        receipt_s=r["receipt_s"],
        phone=r["phone"],
        automatic=r["automatic"],
        enabled=r["enabled"],
        version=r["version"],
    )


def map_of(target: Target) -> Map | None:
    """None: what is stored does not hold any more (a newer version wants more)."""
    made = checked(target.map, target.adapter)
    return made if isinstance(made, Map) else None


def hand_over(r: Record) -> HandOver:
    values = {name: r[name] for name in HandOver.__struct_fields__}
    values["act"], values["state"] = Act(r["act"]), State(r["state"])
    return HandOver(**values)


async def of_incidents(conn: Connection, incidents: Sequence[str]) -> dict[str, list[HandOver]]:
    """Under lock, in the order in which they were put down."""
    found: dict[str, list[HandOver]] = {}
    for r in await conn.fetch(SQL.of_incidents, list(incidents)):
        found.setdefault(r["incident"], []).append(hand_over(r))
    return found


async def put_down(
    conn: Connection,
    id_: str,
    incident: str,
    wanted: Wanted,
    asked_at: datetime,
    now: datetime,
    by: str = "",
    note: str = "",
) -> bool:
    seq = await conn.fetchval(SQL.next_seq, incident)
    answer = await conn.execute(
        SQL.put_down, id_, incident, wanted.target, wanted.act.value, seq, wanted.alert, not by, by, asked_at,
        wanted.due_at, note, wanted.cause, now,
    )  # fmt: skip
    return answer.endswith(" 1")


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What went over the wire."""

    target: str
    direction: str
    act: str
    ok: bool
    hand_over: str | None = None
    incident: str | None = None
    status: int | None = None
    ms: int = 0
    said: str = ""
    request: bytes = b""
    answer: bytes = b""
    words: str = ""


async def keep_exchange(conn: Connection, id_: str, at: datetime, each: Exchange) -> None:
    await conn.execute(
        SQL.keep_exchange, id_, each.target, each.hand_over, each.incident, at, each.direction, each.act, each.ok,
        each.status, each.ms, each.said[:300], kept(each.request), kept(each.answer), each.words[:1000],
    )  # fmt: skip


def kept(body: bytes) -> str:
    """As a text that PostgreSQL holds."""
    return body[:KEPT_TEXT].decode("utf-8", "replace").replace("\x00", "�")


async def add_feedback(
    conn: Connection, id_: str, target: str, incident: str, told: Told, key: str, now: datetime
) -> bool:
    """False: it was said before."""
    row = (id_, target, incident, key, told.stage.value, told.at or now, now, told.text, told.number)
    return await conn.fetchval(SQL.add_feedback, *row, told.vehicles, told.people) is not None


def again(each: HandOver) -> HandOver:
    """As it stands after one more attempt."""
    return msgspec.structs.replace(each, attempts=each.attempts + 1)
