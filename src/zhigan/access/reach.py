"""Whose accounts one may see and change, as refusals over HTTP. What lies outside one's scope does not exist.

Enters: the principal, an account's id, a role or scope to be given. Leaves: the account, or a problem. Absent: rules.
"""

from collections.abc import Callable
from typing import TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.access import accounts, hosted, rules, store
from zhigan.access.login import Doorkeeper
from zhigan.access.model import Account, Act
from zhigan.access.passwords import Passwords
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.webapi import pages, problems
from zhigan.webapi.principal import Principal

T = TypeVar("T")
Door = NamedDependency[SkipValidation[Doorkeeper]]
Hasher = NamedDependency[SkipValidation[Passwords]]
READERS = frozenset({*rules.MAY[Act.MANAGE_ACCOUNTS], Role.AUDITOR})


def checked(make: Callable[[], T]) -> T:
    """What `make` gives; what it refuses, as a problem of its field."""
    try:
        return make()
    except accounts.Refused as error:
        raise problems.invalid(error.field, error.expected) from None


def holds(principal: Principal, account: Account) -> bool:
    return account.id == principal.id or rules.within(scopes.parse(account.scope), principal.scope)


def holds_hosted(principal: Principal, standing: hosted.Hosted) -> bool:
    return rules.within(scopes.parse(standing.scope), principal.scope)


async def hosted_in_reach(conn: Connection, principal: Principal, id_: str) -> hosted.Hosted:
    """The sub-platform, one's own or one within one's scope."""
    standing = await hosted.one(conn, id_) if pages.is_id(id_) else None
    if standing is None or not holds_hosted(principal, standing):
        raise problems.not_found()
    return standing


async def account_in_reach(conn: Connection, principal: Principal, account: str) -> Account:
    found = await store.by_id(conn, account) if pages.is_id(account) else None
    if found is None or not holds(principal, found.account):
        raise problems.not_found()
    return found.account


def manages(principal: Principal) -> None:
    if not rules.may(principal.role, Act.MANAGE_ACCOUNTS):
        raise problems.forbidden()


def may_change(principal: Principal, account: Account) -> None:
    if account.id == principal.id:
        raise problems.forbidden("Nobody changes the rights of his own account.")
    if not rules.gives(principal.role, Role(account.role)):
        raise problems.forbidden("Accounts of security and auditors are changed by security.")


def may_give(principal: Principal, role: Role, scope: scopes.Scope) -> None:
    if not rules.gives(principal.role, role):
        raise problems.forbidden(f"Your role cannot give the role {role}.")
    if not rules.within(scope, principal.scope):
        raise problems.forbidden("scope: reaches beyond your own")


async def belongs(conn: Connection, principal: Principal, asked: str | None, scope: scopes.Scope) -> str | None:
    """The sub-platform of an account to be made: the maker's own; the one asked for where the maker has none."""
    maker = await store.by_id(conn, principal.id)
    own = maker.account.hosted_id if maker else None
    wanted = asked or own
    if wanted is None:
        return None
    if own not in (None, wanted) or not pages.is_id(wanted) or not await hosted.holds(conn, wanted, scope):
        raise problems.invalid("hosted_id", "an open sub-platform of yours whose scope holds the account's")
    return wanted
