"""What the command line asks of access."""

from zhigan.access import accounts, factor, store
from zhigan.access.accounts import Refused
from zhigan.access.passwords import Passwords
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.webapi.audit import audit
from zhigan.webapi.principal import COMMAND_LINE

__all__ = ["Refused", "add_user", "reset_factor"]


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
        await audit(conn, COMMAND_LINE, clock.now(), "account.created", made.name, {"role": role, "scope": scope})
    return account


async def reset_factor(conn: Connection, clock: Clock, name: str) -> bool:
    """Removes an account's second factor; False where there was none. For when nobody of security enters."""
    async with conn.transaction():
        found = await store.by_name(conn, name)
        if found is None:
            raise Refused("name", "there is no such account")
        removed = await factor.remove(conn, found.account.id)
        if removed:
            await audit(conn, COMMAND_LINE, clock.now(), "factor.reset", found.account.name)
    return removed
