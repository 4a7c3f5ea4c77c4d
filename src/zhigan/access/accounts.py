"""Making and changing accounts: one set of checks for the interface, the command line and the import.

Enters: texts as people write them. Leaves: accounts, or `Refused` naming the field and what was expected.
"""

from datetime import datetime

import msgspec

from zhigan.access import rules, store
from zhigan.access.passwords import LOCKED, Passwords
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role


class Refused(ValueError):
    """A field is not as it must be."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


class Taken(Refused):
    """The name belongs to another account."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    role: Role
    scope: scopes.Scope
    display_name: str
    phone: str
    password: str | None


def draft(
    name: str, role: str, scope: str = "city", display_name: str = "", phone: str = "", password: str | None = None
) -> Draft:
    """No password: the account exists and nothing opens it until one is set."""
    cleaned = name.strip()
    if not 1 <= len(cleaned) <= 100 or any(c.isspace() or ord(c) < 32 for c in cleaned):
        raise Refused("name", "1 to 100 characters without blanks")
    if password is not None and (weak := rules.weaker(password, cleaned)):
        raise Refused("password", weak)
    return Draft(
        name=cleaned,
        role=a_role(role),
        scope=a_scope(scope),
        display_name=a_line("display_name", display_name),
        phone=a_phone(phone),
        password=password,
    )


def a_role(text: str) -> Role:
    try:
        return Role(text.strip())
    except ValueError:
        raise Refused("role", f"one of {', '.join(Role)}") from None


def a_scope(text: str) -> scopes.Scope:
    try:
        return scopes.parse(text or "city")
    except scopes.ScopeError as error:
        raise Refused("scope", str(error)) from None


def a_line(field: str, text: str) -> str:
    if len(text) > 200 or any(ord(c) < 32 for c in text):
        raise Refused(field, "at most 200 characters in one line")
    return text.strip()


def a_phone(text: str) -> str:
    if "*" in text:
        raise Refused("phone", "a telephone number")  # masked, as it was read: no number
    return a_line("phone", text)


async def weaker(conn: Connection, password: str, name: str) -> str | None:
    """By the length that is decided."""
    return rules.weaker(password, name, (await store.entry(conn)).shortest_password)


async def unworn(conn: Connection, passwords: Passwords, account: str, password: str) -> None:
    """Refuses what is one of the former passwords, of as many as is decided."""
    most = (await store.entry(conn)).password_history
    for hashed in await store.former_passwords(conn, account, most):
        if await passwords.opens(hashed, password):
            raise Refused("password", f"none of the last {most} passwords")


async def create(
    conn: Connection,
    passwords: Passwords,
    made: Draft,
    now: datetime,
    hosted: str | None = None,
    *,
    must_change: bool = False,
) -> str:
    if made.password is not None and (weak := await weaker(conn, made.password, made.name)):
        raise Refused("password", weak)
    hashed = LOCKED if made.password is None else await passwords.hash(made.password)
    account = await store.add(
        conn,
        now,
        name=made.name,
        role=made.role,
        scope=made.scope,
        password_hash=hashed,
        display_name=made.display_name,
        phone=made.phone,
        hosted=hosted,
        must_change=must_change,
    )
    if account is None:
        raise Taken("name", f"there is an account {made.name!r} already")
    return account
