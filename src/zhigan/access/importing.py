"""Accounts from CSV: `name,role,scope,display_name,phone,password`. Without a password the account waits for one.

A line whose account exists changes role, scope, display name and phone as far as it names them; never the password.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from zhigan.access import accounts, rules, store
from zhigan.access.model import Account
from zhigan.access.passwords import Passwords
from zhigan.access.shapes import NewAccount
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import ACCOUNT_ROLES, Role
from zhigan.vocabulary.telephones import kept
from zhigan.webapi import sheets
from zhigan.webapi.audit import audit
from zhigan.webapi.intake import Kind, Took
from zhigan.webapi.principal import COMMAND_LINE, Principal
from zhigan.webapi.sheets import Bad, Entry, Form, Say, Tally

KINDS = ("users",)
FORM = Form(NewAccount)


async def run(kind: str, path: Path, conn: Connection, clock: Clock, say: Say) -> int:
    """The exit code: 1 when there were bad lines."""
    try:
        found, bad, lines = sheets.entries(path, FORM, say)
    except sheets.SheetError as error:
        say(str(error))
        return 1
    found, doubled = sheets.doubles(found, lambda a: a.name.strip().lower())
    bad += doubled
    tally = Tally(lines=lines)
    passwords = Passwords()
    for entry in found:
        try:
            async with conn.transaction():
                await _take(conn, passwords, entry, clock.now(), tally)
        except accounts.Refused as error:
            bad.append(Bad(entry.number, str(error)))
    tally.bad = len(bad)
    async with conn.transaction():
        detail = {"file": path.name, "added": tally.added, "changed": tally.changed, "bad": tally.bad}
        await audit(conn, COMMAND_LINE, clock.now(), "account.imported", kind, detail)
    return sheets.told(kind, tally, bad, say)


def kind(passwords: Passwords) -> Kind:
    """For the import as a job: within what the account may give, and never its own rights."""

    async def take(conn: Connection, entries: Sequence[Entry[NewAccount]], now: datetime, by: Principal) -> Took:
        took = Took()
        tally = Tally()
        for entry in entries:
            try:
                await _within(conn, entry.record, by)
                await _take(conn, passwords, entry, now, tally)
            except accounts.Refused as error:
                took.bad.append(Bad(entry.number, str(error)))
        took.added, took.changed = tally.added, tally.changed
        return took

    return Kind(FORM, lambda a: a.name.strip().lower(), take, ACCOUNT_ROLES, "account.imported")


async def _within(conn: Connection, new: NewAccount, by: Principal) -> None:
    standing = await store.by_name(conn, new.name.strip())
    made = _draft(new, standing)
    if not rules.gives(by.role, made.role):
        raise accounts.Refused("role", f"your role cannot give the role {made.role}")
    if not rules.within(made.scope, by.scope):
        raise accounts.Refused("scope", "reaches beyond your own")
    if standing is None:
        return
    before = standing.account
    if not rules.within(scopes.parse(before.scope), by.scope) or not rules.gives(by.role, Role(before.role)):
        raise accounts.Refused("name", "an account that you do not manage")
    if before.id == by.id and _laid_over(before, made, frozenset({"role", "scope"})) != before:
        raise accounts.Refused("name", "nobody changes the rights of his own account")


def _draft(new: NewAccount, standing: store.Found | None) -> accounts.Draft:
    """A number that comes back masked, as the export gave it, is the one that stands."""
    phone = new.phone if standing is None else kept(new.phone, standing.account.phone)
    return accounts.draft(new.name, new.role, new.scope, new.display_name, phone, new.password)


async def _take(conn: Connection, passwords: Passwords, entry: Entry[NewAccount], now: datetime, tally: Tally) -> None:
    new = entry.record
    standing = await store.by_name(conn, new.name.strip())
    made = _draft(new, standing)
    if standing is None:
        await accounts.create(conn, passwords, made, now)
        tally.added += 1
        return
    after = _laid_over(standing.account, made, entry.given)
    if after != standing.account:
        await store.change(conn, after, now)
        if (after.role, after.scope) != (standing.account.role, standing.account.scope):
            await store.end_sessions(conn, after.id)
        tally.changed += 1


def _laid_over(standing: Account, made: accounts.Draft, given: frozenset[str]) -> Account:
    after = msgspec.structs.replace(standing, role=made.role.value)
    if "scope" in given:
        after = msgspec.structs.replace(after, scope=scopes.show(made.scope))
    if "display_name" in given:
        after = msgspec.structs.replace(after, display_name=made.display_name)
    if "phone" in given:
        after = msgspec.structs.replace(after, phone=made.phone)
    return after
