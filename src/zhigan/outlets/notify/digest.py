"""The daily digest of grade IV: what is open in a person's own scope, once a day, in one message.

Enters: a connection in a transaction, `now`, which ways are open. Leaves: a notification for each task, put down to go
out as one message and to stand in each task's proof; a row a day and person, so that a day is served once, also where
there was nothing to say. Absent: the hour, which each person sets (preferences), and sending (delivery.py).
"""

from collections.abc import Mapping
from datetime import datetime

from asyncpg import Record

from zhigan.incidents import reading
from zhigan.incidents.reading import Filters
from zhigan.incidents.rules import Queue
from zhigan.outlets.notify import rules, store
from zhigan.outlets.notify.audience import reachable
from zhigan.outlets.notify.model import Draft, Person, Purpose, Way, Who
from zhigan.outlets.notify.preferences import DIGEST_ROLES, USUAL_MINUTE
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import SHANGHAI, to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import ScopeError, parse
from zhigan.webapi.principal import Principal

BY = (Way.APP, Way.WECHAT, Way.PUSH, Way.EMAIL, Way.SMS)
LATE_MINUTES = 360
"""A platform that was down at the hour still tells within six; later it is yesterday's news."""
AT_ONCE, MOST_TASKS = 20, 200
WHO: Mapping[Role, Who] = {
    Role.UNIT: Who.MANAGER, Role.OWNER: Who.HOUSEHOLD, Role.PROPERTY: Who.PROPERTY, Role.MAINTAINER: Who.MAINTAINER,
}  # fmt: skip


async def due(conn: Connection, now: datetime, open_ways: frozenset[Way]) -> int:
    """How many persons were served."""
    local = now.astimezone(SHANGHAI)
    minute, day = local.hour * 60 + local.minute, local.date()
    roles = [role.value for role in DIGEST_ROLES]
    since = max(0, minute - LATE_MINUTES)
    people = await conn.fetch(SQL.digest_due, roles, USUAL_MINUTE, since, minute, day, AT_ONCE)
    ways = await _ways(conn, people)
    for r in people:
        drafts = await _tasks(conn, r, _person(r, ways.get(str(r["id"]), ())), now, open_ways)
        await store.put_down(conn, drafts, now)
        await conn.execute(SQL.keep_digest, r["id"], day, now, len(drafts))
    return len(people)


async def _ways(conn: Connection, people: list[Record]) -> dict[str, tuple[tuple[Way, str], ...]]:
    found: dict[str, tuple[tuple[Way, str], ...]] = {}
    for w in await conn.fetch(SQL.ways, [r["id"] for r in people]):
        found[str(w["account"])] = (*found.get(str(w["account"]), ()), (Way(w["channel"]), w["address"]))
    return found


def _person(r: Record, more: tuple[tuple[Way, str], ...]) -> Person:
    account = str(r["id"])
    known = reachable(r["display_name"] or r["name"], r["phone"], WHO[Role(r["role"])], 0, account)
    return Person(
        holder=known.holder, name=known.name, who=known.who, ways=(*known.ways, (Way.APP, account), *more),
        order=tuple(Way(w) for w in r["ways"] or ()), off=frozenset(Way(w) for w in r["off"] or ()),
    )  # fmt: skip


async def _tasks(conn: Connection, r: Record, person: Person, now: datetime, open_ways: frozenset[Way]) -> list[Draft]:
    try:
        principal = Principal(str(r["id"]), r["name"], Role(r["role"]), parse(r["scope"]), "")
    except ScopeError:
        return []
    by = next(iter(rules.ways(BY, person, open_ways, insist=False)), None)
    if by is None:
        return []
    rows = await reading.listed(conn, principal, Queue.TASK, Filters(open=True), MOST_TASKS)
    followed = {str(c["incident"]) for c in await conn.fetch(SQL.told_of, [row.id for row in rows])}
    return [
        Draft(
            id=born(to_micros(now), row.id, "digest", person.holder, by, address), incident=row.id, step="IV.digest",
            grade=Grade.IV, holder=person.holder, person=person.name, role=person.who, channel=by, address=address,
            place_key=f"digest:{r['id']}", purpose=Purpose.DIGEST, due_at=now,
        )
        for row in rows[:MOST_TASKS] if row.id in followed
        for address in person.addresses(by)
    ]  # fmt: skip
