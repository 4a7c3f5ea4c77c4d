"""What the command line asks of access. Whoever may run it owns the platform: there is no scope above his."""

from zhigan.access import accounts
from zhigan.access.accounts import Refused
from zhigan.access.passwords import Passwords
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.audit import audit
from zhigan.webapi.principal import Principal

__all__ = ["OPERATING_SYSTEM", "Refused", "add_user"]

OPERATING_SYSTEM = Principal("", "command line", Role.ADMIN, Scope(), "")


async def add_user(
    conn: Connection,
    clock: Clock,
    *,
    name: str,
    role: str,
    scope: str = "city",
    password: str,
    display_name: str = "",
    phone: str = "",
) -> str:
    """The new account's id; raises `Refused` with a sentence for the person at the keyboard."""
    made = accounts.draft(name, role, scope, display_name, phone, password)
    async with conn.transaction():
        account = await accounts.create(conn, Passwords(), made, clock.now())
        await audit(conn, OPERATING_SYSTEM, clock.now(), "account.created", made.name, {"role": role, "scope": scope})
    return account
