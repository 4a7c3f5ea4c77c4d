"""Who may look at a platform below: whoever's scope holds the platform's scope. Outside it does not exist.

Enters: a principal, a platform's id. Leaves: its row, or the refusal. Absent: what is done with it.
"""

from asyncpg import Record

from zhigan.access import rules as access
from zhigan.federation.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import DESK_ROLES, Role
from zhigan.webapi import pages, problems
from zhigan.webapi.principal import Principal

LOOKERS = DESK_ROLES | {Role.SUPERVISOR, Role.AUDITOR, Role.SECURITY, Role.ADMIN}


def reads(principal: Principal) -> None:
    if principal.role not in LOOKERS:
        raise problems.forbidden()


def inside(principal: Principal, scope: str) -> bool:
    return access.within(scopes.parse(scope), principal.scope)


async def in_reach(conn: Connection, principal: Principal, id_: str) -> Record:
    row = await conn.fetchrow(SQL.lowers, id_) if pages.is_id(id_) else None
    if row is None or not inside(principal, row["scope"]):
        raise problems.not_found()
    return row
