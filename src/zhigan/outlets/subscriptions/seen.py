"""Partners and subscriptions as an address names them, or as a problem. Outside one's scope they do not exist (404).

Enters: the principal, an id, the database. Leaves: views, with what only the owner may read of them (accounts, the
log's head). Absent: changes (api.py, api_subscriptions.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from zhigan.bus import log
from zhigan.incidents.addressed import known
from zhigan.outlets.subscriptions import rules, views
from zhigan.outlets.subscriptions.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import Role
from zhigan.webapi import problems
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

MAKERS = frozenset({Role.ADMIN, Role.OPERATOR})
LOOKERS = MAKERS | {Role.SUPERVISOR, Role.LEAD, Role.AUDITOR, Role.SECURITY}
DAY = timedelta(days=1)
NONE = str(UUID(int=0))
Asked = tuple[str | None, str | None, str | None, str | None, str]


def looks(principal: Principal) -> None:
    if principal.role not in LOOKERS:
        raise problems.forbidden()


def makes(principal: Principal) -> None:
    if principal.role not in MAKERS:
        raise problems.forbidden()


async def partners(
    db: Database, principal: Principal, clock: Clock, asked: Asked, limit: int
) -> tuple[list[Record], list[views.PartnerView]]:
    """Asked: id, kind, words, the name and id after which to go on."""
    now = clock.now()
    async with db.bound(principal) as conn:
        rows = await conn.fetch(SQL.partners, *asked, now - DAY, now - rules.FAILING, limit)
        theirs = await conn.fetch(SQL.subscriptions, [r["id"] for r in rows], None)
    async with db.owner() as conn:
        accounts = await _accounts(conn, rows)
        behind = await _behind(conn, now, theirs)
    return rows, [views.partner(r, accounts.get(r["account"]), behind.get(r["id"], 0.0)) for r in rows]


async def _behind(conn: Connection, now: datetime, subscriptions: Sequence[Record]) -> dict[str, float]:
    """Of each partner, the age in seconds of the oldest event that one of its subscriptions has not passed. Paused ones
    do not count: they are behind of our own will."""
    active = [s for s in subscriptions if s["state"] == "active"]
    since = await log.came_after(conn, [s["position"] for s in active])
    ages: dict[str, float] = {}
    for each in active:
        if each["position"] in since:
            age = (now - since[each["position"]]).total_seconds()
            ages[each["partner"]] = max(age, ages.get(each["partner"], 0.0))
    return ages


async def partner(db: Database, principal: Principal, clock: Clock, id_: str) -> views.PartnerView:
    _, found = await partners(db, principal, clock, (known(id_), None, None, None, NONE), 1)
    if not found:
        raise problems.not_found()
    return found[0]


async def _accounts(conn: Connection, rows: Sequence[Record]) -> dict[str, Record]:
    return {r["id"]: r for r in await conn.fetch(SQL.accounts, [r["account"] for r in rows])}


async def subscriptions(
    db: Database, principal: Principal, clock: Clock, partner_id: str | None, id_: str | None
) -> list[views.PartnerSubscription]:
    now = clock.now()
    async with db.bound(principal) as conn:
        rows = await conn.fetch(SQL.subscriptions, None if partner_id is None else [partner_id], id_)
    async with db.owner() as conn:
        accounts, head = await _accounts(conn, rows), await log.last(conn)
        ages = await log.came_after(conn, [r["position"] for r in rows])
    shut = {r["id"]: r["partner_state"] != "active" or _closed(accounts.get(r["account"])) for r in rows}
    return [
        views.subscription(r, now, head, ages.get(r["position"]), stopped=shut[r["id"]]) for r in rows
    ]  # fmt: skip


def _closed(account: Record | None) -> bool:
    return account is None or bool(account["disabled"])


async def subscription(db: Database, principal: Principal, clock: Clock, id_: str) -> views.PartnerSubscription:
    found = await subscriptions(db, principal, clock, None, known(id_))
    if not found:
        raise problems.not_found()
    return found[0]
