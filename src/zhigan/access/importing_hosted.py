"""Sub-platforms from CSV, and as CSV: `slug,kind,name,scope,short_name,start_page,administrator,administrator_phone`.

Enters: lines as people send them. Leaves: sub-platforms with their first administrators, each bad line with its reason.
A line whose slug exists changes what it names, and never the kind; an administrator who is there stays as he is, so
running a file twice changes nothing. Absent: passwords; an administrator made here waits for one that security sets.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from zhigan.access import accounts, hosted, rules, store
from zhigan.access.accounts import Refused
from zhigan.access.hosted import Hosted
from zhigan.access.passwords import Passwords
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.telephones import masked
from zhigan.webapi import sheets
from zhigan.webapi.audit import audit
from zhigan.webapi.downloads import Cell
from zhigan.webapi.intake import Kind, Took
from zhigan.webapi.principal import COMMAND_LINE, Principal
from zhigan.webapi.sheets import Bad, Entry, Form, Say, Tally

KINDS = ("hosted",)


class HostedLine(msgspec.Struct, kw_only=True):
    slug: str
    kind: str
    name: str
    scope: str
    short_name: str = ""
    start_page: str = "duty"
    administrator: str = ""
    administrator_phone: str = ""


FORM = Form(HostedLine)


async def run(kind: str, path: Path, conn: Connection, clock: Clock, say: Say) -> int:
    """The exit code: 1 when there were bad lines."""
    try:
        found, bad, lines = sheets.entries(path, FORM, say)
    except sheets.SheetError as error:
        say(str(error))
        return 1
    found, doubled = sheets.doubles(found, _key)
    async with conn.transaction():
        took = await _take(conn, Passwords(), found, clock.now(), COMMAND_LINE)
        bad += [*doubled, *took.bad]
        tally = Tally(lines=lines, added=took.added, changed=took.changed, bad=len(bad))
        detail = {"file": path.name, "added": tally.added, "changed": tally.changed, "bad": tally.bad}
        await audit(conn, COMMAND_LINE, clock.now(), "hosted.imported", kind, detail)
    return sheets.told(kind, tally, bad, say)


def _key(line: HostedLine) -> str:
    return line.slug.strip().lower()


def kind(passwords: Passwords) -> Kind:
    """For the import as a job: within the scope of whoever sends it."""

    async def take(conn: Connection, entries: Sequence[Entry[HostedLine]], now: datetime, by: Principal) -> Took:
        return await _take(conn, passwords, entries, now, by)

    return Kind(FORM, _key, take, frozenset({Role.ADMIN}), "hosted.imported")


async def _take(
    conn: Connection, passwords: Passwords, entries: Sequence[Entry[HostedLine]], now: datetime, by: Principal
) -> Took:
    standing = {h.slug: h for h in await hosted.listed(conn)}
    took = Took()
    for entry in entries:
        before = standing.get(_key(entry.record))
        try:
            async with conn.transaction():  # a line is taken whole or not at all
                changed = await _one(conn, passwords, entry, before, now, by)
        except Refused as error:
            took.bad.append(Bad(entry.number, str(error)))
            continue
        took.added += before is None
        took.changed += before is not None and changed
    return took


async def _one(
    conn: Connection,
    passwords: Passwords,
    entry: Entry[HostedLine],
    before: Hosted | None,
    now: datetime,
    by: Principal,
) -> bool:
    line = entry.record
    if before is not None and not rules.within(scopes.parse(before.scope), by.scope):
        raise Refused("slug", "a sub-platform that you do not manage")
    if before is not None and before.closed_at is not None:
        raise Refused("slug", "a sub-platform that is not closed")
    if before is not None and line.kind != before.kind:
        raise Refused("kind", f"as it was opened: {before.kind}")
    made = _draft(line, entry.given, before)
    if not rules.within(made.scope, by.scope):
        raise Refused("scope", "reaches beyond your own")
    if before is None:
        if not line.administrator:
            raise Refused("administrator", "is required")
        id_ = await hosted.add(conn, made, now, by.name)
        if id_ is None:
            raise Refused("slug", f"there is a sub-platform {made.slug!r} already")
    else:
        id_ = before.id
    differs = before is not None and _said(made) != _of(before)
    if before is not None and differs:
        await hosted.change(conn, id_, made, None, now)
    first = await _administrator(conn, passwords, line, made, id_, now)
    return differs or first


def _draft(line: HostedLine, given: frozenset[str], before: Hosted | None) -> hosted.Draft:
    """What the line leaves empty stays."""
    short = line.short_name if before is None or "short_name" in given else before.short_name
    start = line.start_page if before is None or "start_page" in given else before.start_page
    return hosted.draft(line.slug, line.kind, line.name, short, line.scope, start)


def _said(made: hosted.Draft) -> tuple[str, ...]:
    return made.name, made.short_name, scopes.show(made.scope), made.start_page


def _of(before: Hosted) -> tuple[str, ...]:
    return before.name, before.short_name, before.scope, before.start_page


async def _administrator(
    conn: Connection, passwords: Passwords, line: HostedLine, made: hosted.Draft, id_: str, now: datetime
) -> bool:
    """Was one made? Somebody of that name who belongs elsewhere is refused."""
    if not line.administrator:
        return False
    there = await store.by_name(conn, line.administrator.strip())
    if there is not None:
        if there.account.hosted_id != id_:
            raise Refused("administrator", f"there is an account {line.administrator.strip()!r} already")
        return False
    draft = accounts.draft(
        line.administrator, Role.ADMIN, scopes.show(made.scope), phone=line.administrator_phone, password=None
    )
    await accounts.create(conn, passwords, draft, now, hosted=id_, must_change=True)
    return True


async def cells(conn: Connection, listed: Sequence[Hosted]) -> list[list[Cell]]:
    """In the form's columns; a number masked, which the import takes as the one that stands."""
    rows = await conn.fetch(store.SQL.hosted_admins, [h.id for h in listed])
    first = {r["hosted"]: (r["name"], masked(r["phone"])) for r in rows}
    return [[h.slug, h.kind, h.name, h.scope, h.short_name, h.start_page, *first.get(h.id, ("", ""))] for h in listed]
