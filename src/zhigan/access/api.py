"""Access over HTTP: in and out, oneself, accounts, the audit trail.

Accounts outside one's scope do not exist for the caller; none can be given more than the giver has.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from zhigan.access import accounts, api_code, api_factor, api_family, api_hosted, api_security, hosted, rules, store
from zhigan.access.model import Account, Act, AuditEntry, Session
from zhigan.access.reach import (
    READERS,
    Door,
    Hasher,
    account_in_reach,
    belongs,
    checked,
    holds,
    manages,
    may_change,
    may_give,
)
from zhigan.access.shapes import AccountChange, Credentials, Me, NewAccount, NewPassword, OwnPassword, Token
from zhigan.vocabulary import scopes, telephones
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.telephones import veiled
from zhigan.webapi import downloads, pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import OWING, PUBLIC, UNCOMPRESSED, address, session_cookie
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

DAY_S = 86_400


class Sessions(Controller):
    """`app.build(dependencies={"door": Doorkeeper, "passwords": Passwords})`."""

    tags = ("access",)

    @post("/login", opt=PUBLIC, status_code=200, operation_id="logIn")
    async def log_in(self, request: Request[Any, Any, Any], door: Door, data: JSONBody[Credentials]) -> Response[Token]:
        """A session: as a cookie for browsers, as a token for everybody else."""
        agent = request.headers.get("user-agent", "")
        entered = await door.enter(data.username, data.password, address(request), agent, data.code)
        secure = request.url.scheme == "https"
        cookie = session_cookie(entered.token, secure=secure, seconds=entered.life_days * DAY_S)
        return Response(Token(entered.token, entered.recovery_codes), cookies=[cookie])

    @post("/logout", status_code=204, operation_id="logOut", opt=OWING)
    async def log_out(self, request: Request[Any, Any, Any], principal: Caller, db: Db, clock: Time) -> Response[None]:
        async with db.owner() as conn:
            await store.end_session(conn, principal.session)
            await audit(conn, principal, clock.now(), "logout", principal.name)
        gone = session_cookie("", secure=request.url.scheme == "https", seconds=0)
        return Response(None, status_code=204, cookies=[gone])

    @get("/me", operation_id="getMe", opt=OWING)
    async def me(self, principal: Caller, db: Db) -> Me:
        """Who one is, and what one may do."""
        async with db.owner() as conn:
            found = await store.by_id(conn, principal.id)
            entry = await store.entry(conn)
            face = await hosted.face_of(conn, principal.id)
        return Me(
            principal.id,
            principal.name,
            found.account.display_name if found else "",
            principal.role,
            scopes.show(principal.scope),
            [str(act) for act in rules.may_all(principal.role)],
            entry.shortest_password,
            face,
            found.account.phone if found else "",
            principal.owes_password,
        )

    @get("/me/sessions", operation_id="listMySessions")
    async def my_sessions(self, principal: Caller, db: Db, clock: Time) -> list[Session]:
        async with db.owner() as conn:
            return await store.sessions(conn, principal.id, clock.now())

    @delete("/me/sessions", status_code=204, operation_id="endMyOtherSessions")
    async def end_others(self, principal: Caller, db: Db, clock: Time) -> None:
        async with db.owner() as conn:
            await store.end_sessions(conn, principal.id, but=principal.session)
            await audit(conn, principal, clock.now(), "session.others_ended", principal.name)

    @post("/me/password", status_code=204, operation_id="changeMyPassword", opt=OWING)
    async def my_password(
        self, principal: Caller, db: Db, clock: Time, passwords: Hasher, door: Door, data: JSONBody[OwnPassword]
    ) -> None:
        """Ends one's other sessions."""
        await _strong(db, data.password, principal.name)
        if not await door.proves(principal, data.current):
            raise problems.forbidden("current: not the present password")
        await _fresh(db, passwords, principal.id, data.password, of_own=True)
        hashed = await passwords.hash(data.password)
        async with db.owner() as conn:
            await store.set_password(conn, principal.id, hashed, clock.now())
            await store.end_sessions(conn, principal.id, but=principal.session)
            await audit(conn, principal, clock.now(), "account.password_changed", principal.name)


class Accounts(Controller):
    path = "/accounts"
    tags = ("access",)

    @get(operation_id="listAccounts")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        q: FromQuery[str | None] = None,
        role: FromQuery[str | None] = None,
        disabled: FromQuery[bool | None] = None,
        hosted_id: FromQuery[str | None] = None,
        sort: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Account]:
        """By name; `sort=-name` from the end."""
        size = pages.limit(limit)
        key = pages.decode(cursor, 1)
        asked = _which(principal, (q, role, disabled, hosted_id), sort)
        asked = msgspec.structs.replace(asked, after=str(key[0]) if key else None)
        return pages.page(await _held(db, principal, asked, size), size, lambda a: a, lambda a: [a.name])

    @get("/export.csv", operation_id="exportAccounts", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        q: FromQuery[str | None] = None,
        role: FromQuery[str | None] = None,
        disabled: FromQuery[bool | None] = None,
        hosted_id: FromQuery[str | None] = None,
        sort: FromQuery[str | None] = None,
        columns: FromQuery[str | None] = None,
    ) -> Stream:
        """All that `GET /accounts` shows to the same question, as CSV; that it was taken out is written too."""
        names = downloads.picked(columns, ACCOUNT_COLUMNS)
        asked = _which(principal, (q, role, disabled, hosted_id), sort)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "account.exported", "accounts", asked)
        rows = downloads.cut(_account_rows(db, principal, asked), ACCOUNT_COLUMNS, names)
        return downloads.download("accounts.csv", names, rows, downloads.marked(number, principal, clock.now()))

    @post(operation_id="createAccount")
    async def create(
        self, principal: Caller, db: Db, clock: Time, passwords: Hasher, data: JSONBody[NewAccount]
    ) -> Account:
        manages(principal)
        made = checked(
            lambda: accounts.draft(data.name, data.role, data.scope, data.display_name, data.phone, data.password)
        )
        may_give(principal, made.role, made.scope)
        async with db.owner() as conn:
            member = await belongs(conn, principal, data.hosted_id, made.scope)
            try:
                account = await accounts.create(
                    conn, passwords, made, clock.now(), hosted=member, must_change=data.must_change
                )
            except accounts.Taken as error:
                raise problems.conflict(str(error)) from None
            except accounts.Refused as error:
                raise problems.invalid(error.field, error.expected) from None
            detail = {"role": made.role, "scope": scopes.show(made.scope)}
            await audit(conn, principal, clock.now(), "account.created", made.name, detail)
            return await account_in_reach(conn, principal, account)

    @get("/{account_id:str}", operation_id="getAccount")
    async def one(self, principal: Caller, db: Db, account_id: FromPath[str]) -> Account:
        async with db.owner() as conn:
            account = await account_in_reach(conn, principal, account_id)
        if principal.role not in READERS and account.id != principal.id:
            raise problems.forbidden()
        return account

    @patch("/{account_id:str}", operation_id="changeAccount")
    async def change(
        self, principal: Caller, db: Db, clock: Time, account_id: FromPath[str], data: JSONBody[AccountChange]
    ) -> Account:
        """A disabled account's sessions end at once; so do those of one whose role or scope changes."""
        async with db.owner() as conn:
            before = await account_in_reach(conn, principal, account_id)
            manages(principal)
            may_change(principal, before)
            after = checked(lambda: _changed(before, data, clock.now()))
            given = scopes.parse(after.scope)
            may_give(principal, Role(after.role), given)
            stays = before.hosted_id is not None and after.disabled_at is None
            if stays and not await hosted.holds(conn, str(before.hosted_id), given):
                raise problems.invalid("scope", "within that of the account's sub-platform, which is open")
            await store.change(conn, after, clock.now())
            if (after.role, after.scope, after.disabled_at) != (before.role, before.scope, before.disabled_at):
                await store.end_sessions(conn, before.id)
            changes = {
                name: [getattr(before, name), getattr(after, name)]
                for name in ("role", "scope", "display_name", "phone", "disabled_at")
                if getattr(before, name) != getattr(after, name)
            }
            await audit(conn, principal, clock.now(), "account.changed", before.name, changes)
            return await account_in_reach(conn, principal, account_id)

    @post("/{account_id:str}/password", status_code=204, operation_id="resetPassword")
    async def reset_password(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        passwords: Hasher,
        account_id: FromPath[str],
        data: JSONBody[NewPassword],
    ) -> None:
        """Ends all sessions of the account."""
        async with db.owner() as conn:
            account = await account_in_reach(conn, principal, account_id)
        manages(principal)
        may_change(principal, account)
        await _strong(db, data.password, account.name)
        await _fresh(db, passwords, account.id, data.password)
        hashed = await passwords.hash(data.password)
        async with db.owner() as conn:
            await store.set_password(conn, account.id, hashed, clock.now(), must_change=data.must_change)
            await store.end_sessions(conn, account.id)
            await audit(conn, principal, clock.now(), "account.password_reset", account.name)

    @delete("/{account_id:str}/sessions", status_code=204, operation_id="endSessions")
    async def end_sessions(self, principal: Caller, db: Db, clock: Time, account_id: FromPath[str]) -> None:
        """Whoever works under that account has to log in again."""
        async with db.owner() as conn:
            account = await account_in_reach(conn, principal, account_id)
            manages(principal)
            may_change(principal, account)
            await store.end_sessions(conn, account.id)
            await audit(conn, principal, clock.now(), "account.sessions_ended", account.name)


ACCOUNT_COLUMNS = (
    "name",
    "role",
    "scope",
    "display_name",
    "phone",
    "created_at",
    "changed_at",
    "disabled_at",
    "hosted",
)


def _which(
    principal: Principal, which: tuple[str | None, str | None, bool | None, str | None], sort: str | None
) -> store.AccountQuestion:
    q, role, disabled, of = which
    if principal.role not in READERS:
        raise problems.forbidden()
    if sort not in (None, "name", "-name"):
        raise problems.invalid("sort", f"one of {', '.join(('name', '-name'))}")
    if of is not None and not pages.is_id(of):
        raise problems.invalid("hosted_id", "the id of a sub-platform")
    return store.AccountQuestion(role=role, q=q, disabled=disabled, hosted=of, down=sort == "-name")


async def _held(db: Database, principal: Principal, asked: store.AccountQuestion, size: int) -> list[Account]:
    """Up to `size` accounts within the scope, and one more where there are more."""
    kept: list[Account] = []
    async with db.owner() as conn:
        while len(kept) <= size:
            rows = await store.listed(conn, asked, size + 1)
            kept += [a for a in rows if holds(principal, a)]
            if len(rows) <= size:
                break
            asked = msgspec.structs.replace(asked, after=rows[-1].name)
    return kept


async def _account_rows(
    db: Database, principal: Principal, asked: store.AccountQuestion
) -> AsyncIterator[list[list[downloads.Cell]]]:
    while True:
        found = await _held(db, principal, asked, downloads.BATCH)
        kept = found[: downloads.BATCH]
        yield [
            [
                a.name,
                a.role,
                a.scope,
                a.display_name,
                a.phone,
                a.created_at,
                a.changed_at,
                a.disabled_at,
                a.hosted,
            ]
            for a in veiled(kept)
        ]
        if len(found) <= downloads.BATCH:
            return
        asked = msgspec.structs.replace(asked, after=kept[-1].name)


class AuditTrail(Controller):
    path = "/audit"
    tags = ("access",)

    @get(operation_id="readAuditTrail")
    async def read(
        self,
        principal: Caller,
        db: Db,
        since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        name: FromQuery[str | None] = None,
        action: FromQuery[str | None] = None,
        subject: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[AuditEntry]:
        """Who did what, from where, newest first. `action` may be a room ("account") or an act ("account.created").

        A county's auditor reads what accounts of that county did; `area` asks for a district's.
        """
        key = pages.decode(cursor, 1)
        size = pages.limit(limit)
        asked = _asked(principal, since, until, (name, action, subject, area))
        asked = msgspec.structs.replace(asked, before=_whole(key[0]) if key else None)
        return pages.page(await _trail(db, principal, asked, size), size, lambda e: e, lambda e: [e.id])

    @get("/export.csv", operation_id="exportAuditTrail", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        name: FromQuery[str | None] = None,
        action: FromQuery[str | None] = None,
        subject: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        columns: FromQuery[str | None] = None,
    ) -> Stream:
        """All that `GET /audit` shows to the same question, as CSV; that it was taken out is written too."""
        names = downloads.picked(columns, TRAIL_COLUMNS)
        asked = _asked(principal, since, until, (name, action, subject, area))
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "audit.exported", "audit", asked)
        rows = downloads.cut(_trail_rows(db, principal, asked), TRAIL_COLUMNS, names)
        return downloads.download("audit.csv", names, rows, downloads.marked(number, principal, clock.now()))


TRAIL_COLUMNS = ("id", "at", "name", "role", "address", "action", "subject", "detail")


async def _trail_rows(
    db: Database, principal: Principal, asked: store.AuditQuestion
) -> AsyncIterator[list[list[downloads.Cell]]]:
    while True:
        found = await _trail(db, principal, asked, downloads.BATCH)
        kept = found[: downloads.BATCH]
        yield [
            [e.id, e.at, e.name, e.role, e.address, e.action, e.subject, msgspec.json.encode(e.detail).decode()]
            for e in kept
        ]
        if len(found) <= downloads.BATCH:
            return
        asked = msgspec.structs.replace(asked, before=kept[-1].id)


def _asked(
    principal: Principal,
    since: datetime | None,
    until: datetime | None,
    which: tuple[str | None, str | None, str | None, str | None],
) -> store.AuditQuestion:
    name, action, subject, area = which
    if not rules.may(principal.role, Act.READ_AUDIT):
        raise problems.forbidden()
    if area is not None and not (area.isascii() and area.isdigit() and 2 <= len(area) <= 12):
        raise problems.invalid("area", "the code of an area")
    return store.AuditQuestion(
        since=_aware("since", since), until=_aware("until", until), name=name, action=action, subject=subject, area=area
    )


async def _trail(db: Database, principal: Principal, asked: store.AuditQuestion, size: int) -> list[AuditEntry]:
    """Up to `size` entries and one more where there are more."""
    kept: list[AuditEntry] = []
    async with db.owner() as conn:
        while len(kept) <= size:
            rows = await store.audit_trail(conn, asked, size + 1)
            kept += [r.entry for r in rows if _may_know(principal, r) and _of_area(asked.area, r)]
            if len(rows) <= size:
                break
            asked = msgspec.structs.replace(asked, before=rows[-1].entry.id)
    return kept


def _may_know(principal: Principal, acted: store.Acted) -> bool:
    if principal.scope.whole_city:
        return True
    return acted.scope is not None and rules.within(scopes.parse(acted.scope), principal.scope)


def _of_area(area: str | None, acted: store.Acted) -> bool:
    """Done by an account of that district: what its own people did, for the city to read."""
    if area is None:
        return True
    return acted.scope is not None and rules.within(scopes.parse(acted.scope), scopes.parse(f"area:{area}"))


def _whole(part: pages.Part) -> int:
    if not isinstance(part, int):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return part


def _aware(field: str, at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise problems.invalid(field, "a time with its offset, such as 2026-11-22T12:00:00+08:00")
    return at


def _changed(before: Account, change: AccountChange, now: datetime) -> Account:
    after = msgspec.structs.replace(
        before,
        role=before.role if change.role is msgspec.UNSET else accounts.a_role(change.role).value,
        scope=before.scope if change.scope is msgspec.UNSET else scopes.show(accounts.a_scope(change.scope)),
    )
    if change.display_name is not msgspec.UNSET:
        after = msgspec.structs.replace(after, display_name=accounts.a_line("display_name", change.display_name))
    if change.phone is not msgspec.UNSET:
        after = msgspec.structs.replace(after, phone=accounts.a_phone(telephones.kept(change.phone, before.phone)))
    if change.disabled is not msgspec.UNSET:
        disabled_at = (before.disabled_at or now) if change.disabled else None
        after = msgspec.structs.replace(after, disabled_at=disabled_at)
    return after


async def _fresh(db: Database, passwords: Hasher, account: str, password: str, *, of_own: bool = False) -> None:
    """Not one of the former ones; whoever must change his own does not keep it."""
    async with db.owner() as conn:
        found = await store.by_id(conn, account)
        try:
            await accounts.unworn(conn, passwords, account, password)
        except accounts.Refused as error:
            raise problems.invalid(error.field, error.expected) from None
    given = of_own and found is not None and found.account.must_change
    if given and found and await passwords.opens(found.password, password):
        raise problems.invalid("password", "another than the one that was given")


async def _strong(db: Database, password: str, name: str) -> None:
    async with db.owner() as conn:
        weak = await accounts.weaker(conn, password, name)
    if weak:
        raise problems.invalid("password", weak)


handlers: list[type[Controller]] = [
    Sessions,
    Accounts,
    AuditTrail,
    *api_code.handlers,
    *api_family.handlers,
    *api_factor.handlers,
    *api_security.handlers,
    *api_hosted.handlers,
]
