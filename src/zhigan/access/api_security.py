"""What the security administrator decides about entering: how long a session lasts, how short a password may be, which
roles need a second factor.

One page, one act: all of it is written together and stands in the audit trail as what it was and what it is. It binds
the whole city, so only who is given the whole city decides. Absent: a second factor's own life (api_factor.py).
"""

from litestar import Controller, get, put
from litestar.params import JSONBody

from zhigan.access import factor, rules, store
from zhigan.access.model import Act, Entry
from zhigan.access.shapes import Enrolled, Security, SecurityChange
from zhigan.runtime.pg import Connection
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal


class SecurityRules(Controller):
    path = "/security"
    tags = ("access",)

    @get(operation_id="getSecurity")
    async def one(self, principal: Caller, db: Db) -> Security:
        """For those who manage accounts, and for auditors."""
        if not (rules.may(principal.role, Act.MANAGE_ACCOUNTS) or rules.may(principal.role, Act.READ_AUDIT)):
            raise problems.forbidden()
        async with db.owner() as conn:
            return await _shown(conn)

    @put(operation_id="setSecurity")
    async def decide(self, principal: Caller, db: Db, clock: Time, data: JSONBody[SecurityChange]) -> Security:
        """Sessions older or longer unused than allowed end at once; a second factor is asked from the next login on."""
        decides(principal)
        wanted = Entry(
            idle_minutes=data.idle_minutes, life_days=data.life_days, shortest_password=data.shortest_password
        )
        async with db.owner() as conn:
            before = await _shown(conn)
            await store.decide(conn, wanted, principal.name, clock.now())
            await factor.require(conn, data.factor_roles, principal.name, clock.now())
            after = await _shown(conn)
            changes = {
                name: [getattr(before, name), getattr(after, name)]
                for name in ("idle_minutes", "life_days", "shortest_password", "factor_roles")
                if getattr(before, name) != getattr(after, name)
            }
            await audit(conn, principal, clock.now(), "security.changed", "security", changes)
        return after


def decides(principal: Principal) -> None:
    if not rules.may(principal.role, Act.MANAGE_ACCOUNTS):
        raise problems.forbidden()
    if not principal.scope.whole_city:
        raise problems.forbidden("What binds the whole city is decided by an account of the whole city.")


async def _shown(conn: Connection) -> Security:
    entry = await store.entry(conn)
    return Security(
        idle_minutes=entry.idle_minutes,
        life_days=entry.life_days,
        shortest_password=entry.shortest_password,
        factor_roles=await factor.roles(conn),
        changed_at=entry.changed_at,
        changed_by=entry.changed_by,
        enrolled=[Enrolled(r["role"], r["accounts"], r["with_factor"]) for r in await conn.fetch(store.SQL.enrolled)],
    )


handlers: list[type[Controller]] = [SecurityRules]
