"""Family sharing over HTTP: who shares what with whom, inviting, taking an invitation, ending a share.

Only accounts of the role `owner` share and are shared with. What an invitation's code opens is told, and taken, without
an account: guesses are counted and slowed as those of passwords are. Absent: what a share gives (the database).
"""

import secrets
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from zhigan.access import accounts, family, store
from zhigan.access.api_code import DAY_S
from zhigan.access.family import Family, Member, Offer
from zhigan.access.login import Doorkeeper
from zhigan.access.passwords import Passwords
from zhigan.access.reach import Door
from zhigan.access.shapes import Token
from zhigan.runtime.ids import mint
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import PUBLIC, address, session_cookie
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

Hashing = NamedDependency[SkipValidation[Passwords]]
Asking = Request[Any, Any, Any]


class NewMember(msgspec.Struct, frozen=True, kw_only=True):
    """By `phone`, where one is given: its holder signs in by a text message and accepts. Else by a code."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    phone: Annotated[str, msgspec.Meta(max_length=24)] = ""


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """An account of one's own, with the invitation's code."""

    code: Annotated[str, msgspec.Meta(max_length=40)]
    username: str
    password: str


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    code: Annotated[str, msgspec.Meta(max_length=40)]


class Families(Controller):
    path = "/family"
    tags = ("family",)

    @get(operation_id="getFamily")
    async def whole(self, principal: Caller, db: Db, clock: Time) -> Family:
        """My relatives and invitations; what others share with me, or offer to."""
        _owner(principal)
        async with db.owner() as conn:
            return await family.whole(conn, principal, clock.now())

    @post(operation_id="inviteRelative")
    async def invite(
        self, principal: Caller, db: Db, clock: Time, door: Door, passwords: Hashing, data: JSONBody[NewMember]
    ) -> Member:
        """All that is one's own. A code is shown this once."""
        _owner(principal)
        label = data.label.strip()
        if not label:
            raise problems.invalid("label", "is required")
        made = family.Made(mint(clock), clock.now(), await passwords.hash(secrets.token_urlsafe(32)))
        async with db.owner() as conn:
            invited = await family.invite(conn, principal, label, data.phone, _digest(door), made)
            how = {"by": "phone" if data.phone.strip() else "code"}
            await audit(conn, principal, clock.now(), "family.invited", invited.id, how)
            member = next(m for m in (await family.whole(conn, principal, clock.now())).members if m.id == invited.id)
        return msgspec.structs.replace(member, code=invited.code)

    @post("/{share_id:str}/accept", status_code=200, operation_id="acceptShare")
    async def accept(self, principal: Caller, db: Db, clock: Time, share_id: FromPath[str]) -> Family:
        """An invitation to my number."""
        _owner(principal)
        async with db.owner() as conn:
            await family.accept(conn, principal, _id(share_id), clock.now())
            await audit(conn, principal, clock.now(), "family.accepted", share_id)
            return await family.whole(conn, principal, clock.now())

    @delete("/{share_id:str}", operation_id="endShare")
    async def end(self, principal: Caller, db: Db, clock: Time, share_id: FromPath[str]) -> None:
        """The owner takes it back, or the relative leaves; in force at once."""
        _owner(principal)
        async with db.owner() as conn:
            ended = await family.end(conn, principal, _id(share_id), clock.now())
            await audit(conn, principal, clock.now(), "family.ended", share_id, {"relative": ended.relative})

    @post("/invitations/offer", status_code=200, opt=PUBLIC, operation_id="readInvitation")
    async def offer(self, request: Asking, db: Db, clock: Time, door: Door, data: JSONBody[Taking]) -> Offer:
        """Who shares what, by the invitation's code."""
        keys = store.keys(f"family {address(request)}", address(request))
        await door.counted(keys)
        async with db.owner() as conn:
            found = await family.offered(conn, data.code, _digest(door), clock.now())
            await store.take_back(conn, keys)
        return found

    @post("/invitations/take", status_code=200, operation_id="takeInvitation")
    async def take(self, principal: Caller, db: Db, clock: Time, door: Door, data: JSONBody[Taking]) -> Family:
        """With the account that I have."""
        _owner(principal)
        keys = store.keys(f"family {principal.address}", principal.address)
        await door.counted(keys)
        async with db.owner() as conn:
            share = await family.take(conn, principal.id, data.code, _digest(door), clock.now())
            await store.take_back(conn, keys)
            await audit(conn, principal, clock.now(), "family.accepted", share)
            return await family.whole(conn, principal, clock.now())

    @post("/invitations/join", status_code=200, opt=PUBLIC, operation_id="joinFamily")
    async def join(
        self, request: Asking, db: Db, clock: Time, door: Door, passwords: Hashing, data: JSONBody[Joining]
    ) -> Response[Token]:
        """An account is made, and a session as `POST /login` gives it."""
        keys = store.keys(f"family {address(request)}", address(request))
        await door.counted(keys)
        try:
            draft = accounts.draft(data.username, Role.OWNER.value, password=data.password)
        except accounts.Refused as error:
            raise problems.invalid(error.field, error.expected) from None
        hashed = await passwords.hash(data.password)
        now = clock.now()
        async with db.owner() as conn:
            if weak := await accounts.weaker(conn, data.password, draft.name):
                raise problems.invalid("password", weak)
            account = await family.add_account(conn, draft.name, hashed, draft.name, "", now)
            share = await family.take(conn, account, data.code, _digest(door), now)
            await store.take_back(conn, keys)
            who = Principal(account, draft.name, Role.OWNER, scopes.parse(family.NOTHING), "", address(request))
            await audit(conn, who, now, "family.joined", share)
        entered = await door.enter(draft.name, data.password, address(request), request.headers.get("user-agent", ""))
        secure = request.url.scheme == "https"
        cookie = session_cookie(entered.token, secure=secure, seconds=entered.life_days * DAY_S)
        return Response(Token(entered.token), cookies=[cookie])


def _owner(principal: Principal) -> None:
    if principal.role is not Role.OWNER:
        raise problems.forbidden()


def _digest(door: Doorkeeper) -> family.Digest:
    return lambda *parts: door.vault.digest("\0".join(parts))


def _id(share: str) -> str:
    if not pages.is_id(share):
        raise problems.not_found()
    return share


handlers: list[type[Controller]] = [Families]
