"""Accounts from CSV: `name,role,scope,display_name,phone,password`. Without a password the account waits for one.

A line whose account exists changes role, scope, display name and phone as far as it names them; never the password.
"""

from datetime import datetime
from pathlib import Path

import msgspec

from zhigan.access import accounts, store
from zhigan.access.model import Account
from zhigan.access.passwords import Passwords
from zhigan.access.shapes import NewAccount
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.webapi import sheets
from zhigan.webapi.audit import audit
from zhigan.webapi.principal import COMMAND_LINE
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


async def _take(conn: Connection, passwords: Passwords, entry: Entry[NewAccount], now: datetime, tally: Tally) -> None:
    new = entry.record
    made = accounts.draft(new.name, new.role, new.scope, new.display_name, new.phone, new.password)
    standing = await store.by_name(conn, made.name)
    if standing is None:
        await accounts.create(conn, passwords, made, now)
        tally.added += 1
        return
    after = _laid_over(standing.account, made, entry.given)
    if after != standing.account:
        await store.change(conn, after, now)
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
