"""Subscriptions as the worker has them, written and read. All in the caller's transaction.

Enters: a connection, what was decided. Leaves: rows and structs. Absent: deciding (rules.py), reading for
people (views.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.access.vault import Vault
from zhigan.outlets.subscriptions.model import Exercises, Filter, Form, Subscription, Thread, What
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.scopes import parse

SQL = sql.load("zhigan.outlets.subscriptions")
CHANNEL = "zhigan_subscriptions"
KEPT_TEXT = 16 * 1024


def purpose(subscription: str) -> str:
    """What a secret is sealed for: it opens for nothing else."""
    return f"subscription {subscription}"


async def loaded(conn: Connection, vault: Vault, id_: str, now: datetime) -> Subscription | None:
    """With its secrets open; those that do not open (another key file) are missing, and nothing is sent unsigned."""
    r = await conn.fetchrow(SQL.loaded, id_, now)
    if r is None:
        return None
    opened = [vault.open(sealed, purpose(id_)) for sealed in (r["secret"], r["old_secret"]) if sealed is not None]
    return Subscription(
        id=r["id"],
        partner=r["partner"],
        name=r["name"],
        form=Form(r["form"]),
        url=r["url"],
        filter=filter_of(r),
        batch=r["batch"] if r["form"] == Form.CLOUDEVENTS else 1,
        secrets=tuple(each.decode() for each in opened if each is not None),
        account=r["account"],
        scope=parse(r["scope"]),
        runs=r["runs"],
        position=r["position"],
        upto=r["upto"],
        failures=r["failures"],
        failing_since=r["failing_since"],
        next_at=r["next_at"],
    )


def filter_of(r: Record) -> Filter:
    return Filter(
        what=frozenset(What(each) for each in r["what"]),
        confirmed=r["confirmed"],
        grades=frozenset(Grade(each) for each in r["grades"]),
        kinds=frozenset(r["kinds"]),
        exercises=Exercises(r["exercises"]),
    )


async def threads(conn: Connection, subscription: str, incidents: Sequence[str]) -> dict[str, Thread]:
    return {r["incident"]: thread(r) for r in await conn.fetch(SQL.threads, subscription, list(incidents))}


def thread(r: Record) -> Thread:
    return Thread(**{name: r[name] for name in Thread.__struct_fields__})


async def put_threads(conn: Connection, subscription: str, moved: Mapping[str, Thread]) -> None:
    columns = [[getattr(t, name) for t in moved.values()] for name in Thread.__struct_fields__]
    await conn.execute(SQL.put_threads, subscription, list(moved), *columns)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What went over the wire, once."""

    act: str = "event"
    ok: bool
    attempt: int
    events: int
    first: int | None
    incident: str | None
    type: str
    message: str
    status: int | None
    ms: int
    said: str
    request: bytes
    answer: bytes
    words: str


async def keep(conn: Connection, id_: str, partner: str, subscription: str, at: datetime, a: Attempt) -> None:
    await conn.execute(
        SQL.keep_delivery, id_, partner, subscription, at, a.act, a.ok, a.attempt, a.events, a.first, a.incident,
        a.type, a.message, a.status, a.ms, a.said[:300], kept(a.request), kept(a.answer), a.words[:1000],
    )  # fmt: skip


def kept(body: bytes) -> str:
    """As a text that PostgreSQL holds."""
    return body[:KEPT_TEXT].decode("utf-8", "replace").replace("\x00", "�")
