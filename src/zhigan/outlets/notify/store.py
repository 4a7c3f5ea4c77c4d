"""Chains and notifications written and read. All in the caller's transaction.

Enters: a connection, what was decided. Leaves: rows. Absent: deciding (rules.py, planning.py) and providers.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from asyncpg import Record

from zhigan.outlets.notify.escalation_tables import NOT_THE_SITE
from zhigan.outlets.notify.model import Chain, Draft, Notice, Purpose, Row, Way, Who
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade, Kind

SQL = sql.load("zhigan.outlets.notify")
TURNS_KEPT = 40


async def chains(conn: Connection, ids: Iterable[str]) -> dict[str, Chain]:
    """Under lock, in the order of ids."""
    return {str(r["incident"]): _chain(r) for r in await conn.fetch(SQL.chains, sorted(set(ids)))}


def _chain(r: Record) -> Chain:
    values = dict(r)
    for name in ("incident", "unit_id", "merged_into"):
        values[name] = None if values[name] is None else str(values[name])
    values["grade"], values["kind"] = Grade(values["grade"]), Kind(values["kind"])
    values["flags"], values["done"] = tuple(values["flags"]), tuple(values["done"])
    values["class_"] = values.pop("class")
    return Chain(**values)


async def keep(conn: Connection, kept: Sequence[Chain]) -> None:
    if kept:
        await conn.executemany(SQL.keep_chain, [_values(c) for c in kept])


def _values(c: Chain) -> tuple[object, ...]:
    return (
        c.incident, int(c.grade), c.kind.value, list(c.flags), c.state, c.unit_id, c.unit_name, c.place, c.class_,
        c.opened_at, c.started_at, c.verify_by, c.accepted_at, c.answered_at, c.answered_by, c.answered_how, c.help_at,
        c.confirmed, c.unanswered_at, list(c.done), c.next_at, c.closed_at, c.merged_into,
    )  # fmt: skip


async def put_down(conn: Connection, drafts: Sequence[Draft], now: datetime) -> None:
    if not drafts:
        return
    columns = zip(*(_columns(d) for d in drafts), strict=True)
    await conn.execute(SQL.put_down, *map(list, columns), now)


def _columns(d: Draft) -> tuple[object, ...]:
    return (
        d.id, d.incident, d.step, int(d.grade), d.holder, d.person, d.role.value, d.channel.value, d.address,
        d.place_key, d.purpose.value, d.state.value, d.detail, ",".join(d.tried), d.fallback_of, d.due_at,
    )  # fmt: skip


def notice(r: Record) -> Notice:
    return Notice(
        id=str(r["id"]),
        incident=str(r["incident"]),
        step=r["step"],
        grade=Grade(r["grade"]),
        holder=r["holder"],
        person=r["person"],
        role=Who(r["role"]),
        channel=Way(r["channel"]),
        address=r["address"],
        place_key=r["place_key"],
        purpose=Purpose(r["purpose"]),
        due_at=r["due_at"],
        tried=tuple(r["tried"]),
        attempts=r["attempts"],
        kind=Kind(r["kind"]),
        flags=tuple(r["flags"]),
        unit_name=r["unit_name"],
        place=r["place"],
        opened_at=r["opened_at"],
    )


Escalation = dict[Grade, tuple[Row, ...]]
_tables = msgspec.json.Decoder(dict[Literal["I", "II", "III", "IV"], tuple[Row, ...]])


async def newer_table(conn: Connection, known: int) -> tuple[int, Escalation] | None:
    """The newest escalation table, where there is one that is newer."""
    r = await conn.fetchrow(SQL.newer_escalation, known)
    return None if r is None else (r["version"], table_of(r["rows"]))


def table_of(rows: str) -> Escalation:
    read = _tables.decode(rows)
    return {grade: read.get(grade.name, ()) for grade in Grade}


def pruned(done: Iterable[str]) -> tuple[str, ...]:
    """Of rows that come again and again only the last turns are remembered."""
    keys = list(done)
    turns = [k for k in keys if k.count(".") == 2]
    gone = set(turns[:-TURNS_KEPT])
    return tuple(k for k in keys if k not in gone)


async def first_handed(conn: Connection, ids: Sequence[str]) -> dict[str, datetime]:
    """When the first of those around the place was told by a provider that took it; who was not told of is not here."""
    rows = await conn.fetch(SQL.first_handed, list(ids), sorted(who.value for who in NOT_THE_SITE))
    return {r["incident"]: r["at"] for r in rows}
