"""Sub-platforms hosted here, over HTTP: opened with a first administrator, given a face, closed; and the face itself.

The city opens an industry's, a district opens its communities': nobody opens more than he has. A sub-platform's own
administrator changes its name, logo and start page, and makes its accounts at `/accounts`; its scope and its end are
decided from outside. What lies outside one's scope does not exist. Faces are public: they stand on a login page.
"""

import hashlib
from typing import Annotated

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from litestar.response import Stream
from msgspec import UNSET, UnsetType

from zhigan.access import accounts, hosted, importing_hosted, rules, store
from zhigan.access.hosted import Face, Hosted
from zhigan.access.model import Act
from zhigan.access.reach import READERS, Hasher, checked, holds_hosted, hosted_in_reach, manages
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.webapi import downloads, pictures, problems
from zhigan.webapi.armour import of_bytes_brought
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import PUBLIC, UNCOMPRESSED
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

MOST_BYTES = 1024 * 1024
ENVELOPE = 64 * 1024
Line = Annotated[str, msgspec.Meta(max_length=200)]


class FirstAdministrator(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    display_name: Line = ""
    phone: Line = ""


class NewHosted(msgspec.Struct, frozen=True, kw_only=True):
    """`scope` in the contract's form. The administrator sees that scope and no more."""

    slug: Line
    kind: Line
    name: Line
    scope: Line
    short_name: Line = ""
    start_page: Line = "duty"
    administrator: FirstAdministrator
    must_change: bool = False
    """Its administrator has to choose an own password at the first login."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """`password` stands here this once."""

    hosted: Hosted
    administrator: str
    password: str


class HostedChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is absent stays. Closing ends its accounts and their sessions; opening again brings none of them back."""

    name: Line | UnsetType = UNSET
    short_name: Line | UnsetType = UNSET
    start_page: Line | UnsetType = UNSET
    scope: Line | UnsetType = UNSET
    closed: bool | UnsetType = UNSET


class LogoForm(msgspec.Struct, frozen=True):
    file: UploadFile


class HostedPlatforms(Controller):
    path = "/hosted"
    tags = ("access",)

    @get(operation_id="listHosted")
    async def listed(
        self, principal: Caller, db: Db, q: FromQuery[str | None] = None, kind: FromQuery[str | None] = None
    ) -> Page[Hosted]:
        """Those within one's scope, closed ones last: one page, there are a few dozen."""
        _reads(principal)
        async with db.owner() as conn:
            return Page(await _held(conn, principal, q, kind))

    @post(operation_id="openHosted")
    async def open(
        self, principal: Caller, db: Db, clock: Time, passwords: Hasher, data: JSONBody[NewHosted]
    ) -> Opened:
        """A sub-platform and its first administrator, in one step: it is there at once, at `/p/SLUG`."""
        _opens(principal)
        made = checked(
            lambda: hosted.draft(data.slug, data.kind, data.name, data.short_name, data.scope, data.start_page)
        )
        _within(principal, made.scope)
        password = hosted.first_password()
        first = checked(
            lambda: accounts.draft(
                data.administrator.name, Role.ADMIN, scopes.show(made.scope), data.administrator.display_name,
                data.administrator.phone, password,
            )
        )  # fmt: skip
        now = clock.now()
        async with db.owner() as conn:
            id_ = await hosted.add(conn, made, now, principal.name)
            if id_ is None:
                raise problems.conflict(f"slug: there is a sub-platform {made.slug!r} already")
            try:
                await accounts.create(conn, passwords, first, now, hosted=id_, must_change=data.must_change)
            except accounts.Taken as error:
                raise problems.conflict(f"administrator: there is an account {first.name!r} already") from error
            standing = await hosted_in_reach(conn, principal, id_)
            detail = {"administrator": first.name, "kind": made.kind, "scope": standing.scope}
            await audit(conn, principal, now, "hosted.opened", made.slug, detail)
        return Opened(hosted=standing, administrator=first.name, password=password)

    @get("/export.csv", operation_id="exportHosted", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self, principal: Caller, db: Db, clock: Time, q: FromQuery[str | None] = None,
        kind: FromQuery[str | None] = None, encoding: FromQuery[downloads.Encoding] = "utf-8-bom",
    ) -> Stream:  # fmt: skip
        """The open ones within one's scope in the columns of their import; that they were taken out is written."""
        _reads(principal)
        async with db.owner() as conn:
            held = [h for h in await _held(conn, principal, q, kind) if h.closed_at is None]
            rows = await importing_hosted.cells(conn, held)
            number = await audit(conn, principal, clock.now(), "hosted.exported", "hosted", {"rows": len(rows)})
        mark = downloads.marked(number, principal, clock.now())
        return downloads.download("hosted.csv", importing_hosted.FORM.columns, downloads.at_once(rows), mark, encoding)

    @get("/{hosted_id:str}", operation_id="getHosted")
    async def one(self, principal: Caller, db: Db, hosted_id: FromPath[str]) -> Hosted:
        async with db.owner() as conn:
            standing = await hosted_in_reach(conn, principal, hosted_id)
        _reads(principal)
        return standing

    @patch("/{hosted_id:str}", operation_id="changeHosted")
    async def change(
        self, principal: Caller, db: Db, clock: Time, hosted_id: FromPath[str], data: JSONBody[HostedChange]
    ) -> Hosted:
        now = clock.now()
        async with db.owner() as conn:
            before = await hosted_in_reach(conn, principal, hosted_id)
            manages(principal)
            if data.scope is not UNSET or data.closed is not UNSET:
                await _from_outside(conn, principal, before)
            made = checked(lambda: _changed(before, data))
            _within(principal, made.scope)
            closed = before.closed_at is not None if data.closed is UNSET else data.closed
            closed_at = (before.closed_at or now) if closed else None
            try:
                await hosted.change(conn, before.id, made, closed_at, now)
            except accounts.Refused as error:
                raise problems.invalid(error.field, error.expected) from None
            if closed and before.closed_at is None:
                await hosted.disable(conn, before.id, now)
            after = await hosted_in_reach(conn, principal, hosted_id)
            await audit(conn, principal, now, "hosted.changed", before.slug, data)
        return after

    @post(
        "/{hosted_id:str}/logo",
        status_code=200,
        operation_id="setHostedLogo",
        request_max_body_size=MOST_BYTES + ENVELOPE,
    )
    async def set_logo(
        self, principal: Caller, db: Db, clock: Time, hosted_id: FromPath[str], data: MultipartBody[LogoForm]
    ) -> Hosted:
        """A picture in the part `file`."""
        content = await data.file.read()
        now = clock.now()
        async with db.owner() as conn:
            standing = await hosted_in_reach(conn, principal, hosted_id)
            manages(principal)
            picture = pictures.checked(content, MOST_BYTES)
            digest = hashlib.sha256(content).hexdigest()
            await hosted.put_logo(conn, standing.id, (content, picture.type, digest), now)
            await audit(conn, principal, now, "hosted.logo", standing.slug, {"sha256": digest})
            return await hosted_in_reach(conn, principal, hosted_id)

    @delete("/{hosted_id:str}/logo", status_code=204, operation_id="removeHostedLogo")
    async def remove_logo(self, principal: Caller, db: Db, clock: Time, hosted_id: FromPath[str]) -> None:
        async with db.owner() as conn:
            standing = await hosted_in_reach(conn, principal, hosted_id)
            manages(principal)
            await hosted.put_logo(conn, standing.id, None, clock.now())
            await audit(conn, principal, clock.now(), "hosted.logo", standing.slug, {"sha256": ""})


class Faces(Controller):
    path = "/faces/{slug:str}"
    tags = ("access",)

    @get(opt=PUBLIC, operation_id="getFace")
    async def face(self, db: Db, slug: FromPath[str]) -> Face:
        """What stands on the login page of an open sub-platform."""
        async with db.owner() as conn:
            found = await hosted.face(conn, slug[:60])
        if found is None:
            raise problems.not_found()
        return found

    @get("/logo", opt={**PUBLIC, UNCOMPRESSED: True}, operation_id="getFaceLogo")
    async def logo(self, db: Db, slug: FromPath[str]) -> Response[bytes]:
        """The bytes as they were sent."""
        async with db.owner() as conn:
            found = await hosted.logo(conn, slug[:60])
        if found is None:
            raise problems.not_found()
        content, type_, digest = found
        return Response(
            content,
            media_type=type_,
            headers=of_bytes_brought("public, max-age=86400", digest=digest),
        )


async def _held(conn: Connection, principal: Principal, q: str | None, kind: str | None) -> list[Hosted]:
    words = (q or "").strip().lower()
    return [
        h
        for h in await hosted.listed(conn)
        if holds_hosted(principal, h) and (not kind or kind == h.kind)
        if words in f"{h.name} {h.short_name} {h.slug}".lower()
    ]


def _reads(principal: Principal) -> None:
    if principal.role not in READERS:
        raise problems.forbidden()


def _opens(principal: Principal) -> None:
    """Whoever may give the role of administrator."""
    if not (rules.may(principal.role, Act.MANAGE_ACCOUNTS) and rules.gives(principal.role, Role.ADMIN)):
        raise problems.forbidden()


def _within(principal: Principal, scope: scopes.Scope) -> None:
    if not rules.within(scope, principal.scope):
        raise problems.forbidden("scope: reaches beyond your own")


async def _from_outside(conn: Connection, principal: Principal, standing: Hosted) -> None:
    own = await store.by_id(conn, principal.id)
    if own is None or own.account.hosted_id == standing.id:
        raise problems.forbidden("Scope and end of a sub-platform are decided from outside it.")


def _changed(before: Hosted, data: HostedChange) -> hosted.Draft:
    def of(given: str | UnsetType, standing: str) -> str:
        return standing if isinstance(given, UnsetType) else given

    return hosted.draft(
        before.slug, before.kind, of(data.name, before.name), of(data.short_name, before.short_name),
        of(data.scope, before.scope), of(data.start_page, before.start_page),
    )  # fmt: skip


handlers: list[type[Controller]] = [HostedPlatforms, Faces]
