"""What the security administrator decides about entering: how long a session lasts, how short a password may be, which
roles need a second factor.

One page, one act: all of it is written together and stands in the audit trail as what it was and what it is. It binds
the whole city, so only who is given the whole city decides. Absent: a second factor's own life (api_factor.py).
"""

import msgspec
from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from zhigan.access import factor, keeping, rules, store
from zhigan.access.keeping import LogFolder
from zhigan.access.model import Act, Entry
from zhigan.access.shapes import Enrolled, Security, SecurityChange
from zhigan.runtime.pg import Connection
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

Folder = NamedDependency[SkipValidation[LogFolder]]
DECIDED = (
    "idle_minutes", "life_days", "shortest_password", "password_history", "password_days", "attempts", "lock_seconds",
    "audit_days", "event_days", "log_days",
)  # fmt: skip


class SecurityRules(Controller):
    path = "/security"
    tags = ("access",)

    @get(operation_id="getSecurity")
    async def one(self, principal: Caller, db: Db, folder: Folder) -> Security:
        """For those who manage accounts, and for auditors."""
        if not (rules.may(principal.role, Act.MANAGE_ACCOUNTS) or rules.may(principal.role, Act.READ_AUDIT)):
            raise problems.forbidden()
        async with db.owner() as conn:
            return await _shown(conn, folder)

    @put(operation_id="setSecurity")
    async def decide(
        self, principal: Caller, db: Db, clock: Time, folder: Folder, data: JSONBody[SecurityChange]
    ) -> Security:
        """Sessions older or longer unused than allowed end at once; a second factor is asked from the next login on."""
        decides(principal)
        if data.password_days in range(1, 30):
            raise problems.invalid("password_days", "0, or 30 to 365")
        async with db.owner() as conn:
            before = await _shown(conn, folder)
            await store.decide(conn, _wanted(await store.entry(conn), data), principal.name, clock.now())
            await factor.require(conn, data.factor_roles, principal.name, clock.now())
            after = await _shown(conn, folder)
            changes = {
                name: [getattr(before, name), getattr(after, name)]
                for name in (*DECIDED, "factor_roles")
                if getattr(before, name) != getattr(after, name)
            }
            await audit(conn, principal, clock.now(), "security.changed", "security", changes)
        return after


def decides(principal: Principal) -> None:
    if not rules.may(principal.role, Act.MANAGE_ACCOUNTS):
        raise problems.forbidden()
    if not principal.scope.whole_city:
        raise problems.forbidden("What binds the whole city is decided by an account of the whole city.")


def _wanted(standing: Entry, data: SecurityChange) -> Entry:
    said = {name: getattr(data, name) for name in DECIDED}
    return msgspec.structs.replace(standing, **{n: v for n, v in said.items() if v is not msgspec.UNSET})


async def _shown(conn: Connection, folder: LogFolder) -> Security:
    entry = await store.entry(conn)
    return Security(
        **{name: getattr(entry, name) for name in DECIDED},
        factor_roles=await factor.roles(conn),
        changed_at=entry.changed_at,
        changed_by=entry.changed_by,
        enrolled=[Enrolled(r["role"], r["accounts"], r["with_factor"]) for r in await conn.fetch(store.SQL.enrolled)],
        kept=await keeping.kept(conn, folder),
    )


handlers: list[type[Controller]] = [SecurityRules]
