"""Partners over HTTP: made with a machine account whose scope says what they may be told; paused, resumed, ended.

A partner is seen by whoever's scope holds its account's; outside it does not exist (404, decided first). Made by an
administrator or operator; a new account by whoever manages accounts, and never with more than the giver has. Absent:
subscriptions (api_subscriptions.py), what went out (api_deliveries.py), the feed (api_cap.py).
"""

from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from zhigan.access import accounts
from zhigan.access.reach import Hasher, account_in_reach, belongs, checked, manages, may_give
from zhigan.incidents.addressed import uuid_text
from zhigan.outlets.subscriptions import api_cap, api_deliveries, api_subscriptions, seen, views
from zhigan.outlets.subscriptions.model import PartnerKind, PartnerState
from zhigan.outlets.subscriptions.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

MOST = 200
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Notes = Annotated[str, msgspec.Meta(max_length=1000)]


class NewPartner(msgspec.Struct, frozen=True, kw_only=True):
    """`account`: the name of a machine account of role `partner`. One that does not exist is made, with `scope`;
    without a password nothing opens it, which webhooks do not need and the CAP feed does."""

    name: Name
    kind: PartnerKind
    notes: Notes = ""
    account: Name
    scope: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    password: Annotated[str, msgspec.Meta(max_length=256)] | None = None


class PartnerChange(msgspec.Struct, frozen=True, kw_only=True):
    """The whole record as it shall be; `version` says which one was on the page. The scope is the account's."""

    name: Name
    kind: PartnerKind
    notes: Notes = ""
    version: int


class PartnersDesk(Controller):
    path = "/partners"
    tags = ("partners",)

    @get(operation_id="listPartners")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        q: FromQuery[str | None] = None,
        kind: FromQuery[PartnerKind | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[views.PartnerView]:
        """By name."""
        seen.looks(principal)
        size, key = pages.limit(limit, 200), pages.decode(cursor, 2)
        name, id_ = (None, seen.NONE) if key is None else (str(key[0]), uuid_text("cursor", str(key[1])))
        asked = (None, None if kind is None else kind.value, _pattern(q), name, id_)
        rows, found = await seen.partners(db, principal, clock, asked, size + 1)
        both = list(zip(rows, found, strict=True))
        return pages.page(both, size, lambda b: b[1], lambda b: [b[1].name, b[1].id])

    @post(operation_id="addPartner")
    async def add(
        self, principal: Caller, db: Db, clock: Time, passwords: Hasher, data: JSONBody[NewPartner]
    ) -> views.PartnerView:
        seen.makes(principal)
        id_, now, name = mint(clock), clock.now(), _plain("name", data.name)
        notes, called = _lines("notes", data.notes), _plain("account", data.account)
        async with db.owner() as conn:
            if await conn.fetchval(SQL.count_partners) >= MOST:
                raise problems.conflict(f"There are {MOST} partners already.")
            await _free_name(conn, name, id_)
            account = await conn.fetchval(SQL.account_named, called)
            if account is None:
                account = await _new_account(conn, principal, clock, passwords, data, name)
            else:
                await _existing(conn, principal, account, data)
            await conn.execute(SQL.add_partner, id_, name, data.kind.value, account, notes, now, principal.name)
            told = {"name": name, "kind": data.kind, "account": called}
            await audit(conn, principal, now, "partner.made", id_, told)
        return await seen.partner(db, principal, clock, id_)

    @get("/{partner_id:str}", operation_id="getPartner")
    async def one(self, principal: Caller, db: Db, clock: Time, partner_id: FromPath[str]) -> views.PartnerView:
        found = await seen.partner(db, principal, clock, partner_id)
        seen.looks(principal)
        return found

    @put("/{partner_id:str}", operation_id="changePartner")
    async def change(
        self, principal: Caller, db: Db, clock: Time, partner_id: FromPath[str], data: JSONBody[PartnerChange]
    ) -> views.PartnerView:
        found = await seen.partner(db, principal, clock, partner_id)
        seen.makes(principal)
        now, name, notes = clock.now(), _plain("name", data.name), _lines("notes", data.notes)
        async with db.owner() as conn:
            await _free_name(conn, name, found.id)
            kept = await conn.fetchval(
                SQL.change_partner, found.id, name, data.kind.value, notes, now, principal.name, data.version
            )
            if kept is None:
                raise problems.conflict("Somebody else changed it meanwhile: look at it again.")
            await audit(conn, principal, now, "partner.changed", found.id, {"name": name, "kind": data.kind})
        return await seen.partner(db, principal, clock, found.id)

    @post("/{partner_id:str}/pause", status_code=200, operation_id="pausePartner")
    async def pause(self, principal: Caller, db: Db, clock: Time, partner_id: FromPath[str]) -> views.PartnerView:
        """Nothing is sent to it until it is resumed; nothing is lost meanwhile."""
        found = await seen.partner(db, principal, clock, partner_id)
        seen.makes(principal)
        async with db.owner() as conn:
            await _set(conn, principal, clock, found, PartnerState.PAUSED)
        return await seen.partner(db, principal, clock, found.id)

    @post("/{partner_id:str}/resume", status_code=200, operation_id="resumePartner")
    async def resume(self, principal: Caller, db: Db, clock: Time, partner_id: FromPath[str]) -> views.PartnerView:
        found = await seen.partner(db, principal, clock, partner_id)
        seen.makes(principal)
        async with db.owner() as conn:
            await _set(conn, principal, clock, found, PartnerState.ACTIVE)
        return await seen.partner(db, principal, clock, found.id)

    @delete("/{partner_id:str}", operation_id="retirePartner")
    async def retire(self, principal: Caller, db: Db, clock: Time, partner_id: FromPath[str]) -> None:
        """It and its subscriptions end; its account stays, and is disabled at the accounts."""
        found = await seen.partner(db, principal, clock, partner_id)
        seen.makes(principal)
        now = clock.now()
        async with db.owner() as conn:
            await conn.execute(SQL.retire_partner, found.id, now, principal.name)
            await audit(conn, principal, now, "partner.retired", found.id, {"name": found.name})
            await conn.execute(SQL.tell)


handlers: list[type[Controller]] = [
    PartnersDesk, *api_subscriptions.handlers, *api_deliveries.handlers, *api_cap.handlers
]  # fmt: skip


def _pattern(q: str | None) -> str | None:
    if q is not None and len(q) > 200:
        raise problems.invalid("q", "at most 200 characters")
    word = (q or "").replace("\x00", "").strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{word}%" if word else None


def _plain(field: str, text: str) -> str:
    line = text.strip()
    if not line or any(ord(c) < 32 for c in line):
        raise problems.invalid(field, "one line without control characters")
    return line


def _lines(field: str, text: str) -> str:
    if any(ord(c) < 32 and c not in "\n\r\t" for c in text):
        raise problems.invalid(field, "lines without control characters")
    return text.strip()


async def _free_name(conn: Connection, name: str, id_: str) -> None:
    if await conn.fetchval(SQL.name_taken, name, id_):
        raise problems.conflict("There is a partner of that name already.")


async def _new_account(
    conn: Connection, principal: Principal, clock: Clock, passwords: Hasher, data: NewPartner, name: str
) -> str:
    manages(principal)
    made = checked(
        lambda: accounts.draft(data.account, Role.PARTNER.value, data.scope or "city", name, "", data.password or None)
    )
    may_give(principal, made.role, made.scope)
    member = await belongs(conn, principal, None, made.scope)
    try:
        account = await accounts.create(conn, passwords, made, clock.now(), hosted=member)
    except accounts.Refused as error:
        raise problems.invalid(error.field.replace("name", "account"), error.expected) from None
    detail = {"role": made.role, "scope": scopes.show(made.scope)}
    await audit(conn, principal, clock.now(), "account.created", made.name, detail)
    return account


async def _existing(conn: Connection, principal: Principal, account: str, data: NewPartner) -> None:
    try:
        found = await account_in_reach(conn, principal, account)
    except problems.Problem:  # that an account of that name exists elsewhere is nobody's business here
        raise problems.invalid("account", "another name: this one is taken") from None
    if found.role != Role.PARTNER or found.disabled_at is not None:
        raise problems.invalid("account", "a machine account of role partner that is in use")
    if data.password or (
        data.scope and scopes.show(checked(lambda: accounts.a_scope(data.scope or ""))) != found.scope
    ):
        raise problems.invalid("account", "a new name, or an account as it stands, with its own scope and password")
    if await conn.fetchval(SQL.partner_of, account) is not None:
        raise problems.conflict("That account belongs to another partner.")


async def _set(
    conn: Connection, principal: Principal, clock: Clock, found: views.PartnerView, state: PartnerState
) -> None:
    now, act = clock.now(), "paused" if state is PartnerState.PAUSED else "resumed"
    await conn.execute(SQL.set_partner, found.id, state.value, now, principal.name)
    await audit(conn, principal, now, f"partner.{act}", found.id, {"name": found.name})
    await conn.execute(SQL.tell)
