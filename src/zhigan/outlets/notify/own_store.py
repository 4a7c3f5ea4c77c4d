"""Own rules of sub-platforms and the people whom they choose, read and written. In the caller's transaction.

Enters: a connection, rules. Leaves: rules in force, persons of accounts within whose scope the incident lies. Absent:
whom a rule means (own.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.outlets.notify import audience
from zhigan.outlets.notify.model import Hours, Person, Way, Who
from zhigan.outlets.notify.own import WHO_LOOKS_AFTER, OwnRule
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned, Scope, ScopeError, holds, parse


async def in_force(conn: Connection) -> list[OwnRule]:
    """Of all open sub-platforms; one whose scope cannot be read tells nobody."""
    found: list[OwnRule] = []
    for r in await conn.fetch(SQL.own_in_force):
        scope = _scope(r["scope"])
        if scope is not None:
            found.append(rule(r, scope))
    return found


def _scope(text: str) -> Scope | None:
    try:
        return parse(text)
    except ScopeError:
        return None


def rule(r: Record, scope: Scope) -> OwnRule:
    return OwnRule(
        id=str(r["id"]), hosted=str(r["hosted"]), name=r["name"], kinds=tuple(Kind(k) for k in r["kinds"]),
        grades=tuple(Grade(g) for g in r["grades"]),
        hours=None if r["from_minute"] is None else Hours(r["from_minute"], r["until_minute"]),
        parts=tuple(Who(p) for p in r["parts"]), accounts=tuple(str(a) for a in r["accounts"]),
        ways=tuple(Way(w) for w in r["ways"]), after=r["after"], since=r["since"], scope=scope, kind=r["kind"],
    )  # fmt: skip


class Chosen(msgspec.Struct, frozen=True):
    """Sub-platform and account → person and scope; incident → where it lies."""

    people: dict[tuple[str, str], tuple[Person, Scope]]
    places: dict[str, Owned]

    def of(self, rule_: OwnRule, incident: str) -> list[Person]:
        """The rule's own people who may know of it: accounts of its sub-platform in whose scope it lies."""
        place = self.places[incident]
        found = [self.people[rule_.hosted, a] for a in rule_.accounts if (rule_.hosted, a) in self.people]
        return [person for person, scope in found if holds(scope, place)]


async def chosen(conn: Connection, wanted: Mapping[str, Owned], standing: Iterable[OwnRule]) -> Chosen:
    """The accounts that rules choose, ready to be asked for an incident."""
    rules_ = list(standing)
    ids = sorted({account for r in rules_ for account in r.accounts}) if wanted else []
    rows = await conn.fetch(SQL.own_accounts, ids) if ids else []
    ways: dict[str, list[tuple[Way, str]]] = {}
    wishes: dict[str, Record] = {}
    if rows:
        for r in await conn.fetch(SQL.ways, ids):
            ways.setdefault(str(r["account"]), []).append((Way(r["channel"]), r["address"]))
        wishes = {str(r["account"]): r for r in await conn.fetch(SQL.preferences, ids)}
    people: dict[tuple[str, str], tuple[Person, Scope]] = {}
    for r in rows:
        scope = _scope(r["scope"])
        account = str(r["id"])
        if scope is None:
            continue
        who = audience.ACCOUNTS.get(Role(r["role"]), WHO_LOOKS_AFTER[r["kind"]])
        person = audience.of_account(r, who, ways.get(account, ()), wishes.get(account))
        people[str(r["hosted"]), account] = person, scope
    return Chosen(people=people, places=dict(wanted))


# ------------------------------------------------------------ the console's side


async def listed(conn: Connection, hosted: str) -> Sequence[Record]:
    return await conn.fetch(SQL.own_rules, hosted)


async def keep(conn: Connection, kept: OwnRule, enabled: bool, now: datetime, by: str) -> None:
    hours = kept.hours or (None, None)
    await conn.execute(
        SQL.keep_own_rule, kept.id, kept.hosted, kept.name, [k.value for k in kept.kinds],
        [int(g) for g in kept.grades], hours[0], hours[1], [p.value for p in kept.parts], list(kept.accounts),
        [w.value for w in kept.ways], kept.after, enabled, kept.since, now, by,
    )  # fmt: skip


async def remove(conn: Connection, hosted: str, id_: str) -> bool:
    return await conn.fetchval(SQL.remove_own_rule, id_, hosted) is not None
