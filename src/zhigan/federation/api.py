"""The federation's page over HTTP: invitations, the platforms below with how far they have come, the one above.

Whoever's scope holds a platform's scope sees it; outside it does not exist (404, decided first). Invitations and the
way up are an administrator's of the whole installation; each act is audited. Codes are shown once, secrets never.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import asyncpg
import msgspec
from asyncpg import Record
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from zhigan.access import accounts, hosted
from zhigan.access import rules as access
from zhigan.access.accounts import Refused
from zhigan.bus import log
from zhigan.federation import api_twins, api_words, joining, reach, rules, store
from zhigan.federation.desk import Joint
from zhigan.federation.rules import Liveness
from zhigan.federation.store import SQL
from zhigan.incidents import reading, uniting
from zhigan.incidents.model import Actor
from zhigan.incidents.relayed import Word, relay
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import DESK_ROLES, Role
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

DAYS = 14
LONGEST_HOURS = 24 * 30
Line = Annotated[str, msgspec.Meta(max_length=200)]
PERMITTED = ("query_state", "check_duty", "silence", "self_test")
"""What may be permitted to a platform above: nothing that closes, cuts or sets."""


class OwnView(msgspec.Struct, frozen=True):
    """What this installation is to others."""

    id: str
    name: str


class OwnChange(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """`scope` in the contract's form: what the platform below may bring. `hours`: how long the code holds."""

    slug: Line
    name: Line
    scope: Line = "city"
    hours: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_HOURS)] = 72


class InvitationView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    slug: str
    name: str
    scope: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None
    withdrawn_at: datetime | None


class Invited(msgspec.Struct, frozen=True):
    """`code` stands here this once."""

    invitation: InvitationView
    code: str


class DayView(msgspec.Struct, frozen=True):
    day: date
    events: int
    applied: int
    skipped: int
    unread: int
    refused: int


class LowerView(msgspec.Struct, frozen=True, kw_only=True):
    """`behind`: events that it still has to tell, as it said last; `lost`: those that it can tell no more. `told` is
    what it counts itself, `held` what of it is here; `whole` says that the two agree."""

    id: str
    platform: str
    slug: str
    name: str
    scope: str
    state: Liveness
    protocol: str
    version: str
    joined_at: datetime
    joined_by: str
    revoked_at: datetime | None
    revoked_by: str
    position: int
    head: int
    behind: int
    lost: int
    oldest_at: datetime | None
    lag_s: float | None
    clock_s: float | None
    seen_at: datetime | None
    taken_at: datetime | None
    told: dict[str, int]
    held: dict[str, int]
    whole: bool | None
    waiting_down: int
    error: str
    error_at: datetime | None
    days: list[DayView] = []


class UpperView(msgspec.Struct, frozen=True, kw_only=True):
    """The platform above. `called`: the name that it gave us; `behind`: events that it does not have yet."""

    id: str
    platform: str
    name: str
    called: str
    url: str
    scope: str
    permits: list[str]
    protocol: str
    version: str
    joined_at: datetime
    joined_by: str
    left_at: datetime | None
    left_by: str
    position: int
    head: int
    behind: int
    lost: int
    heard_at: datetime | None
    acknowledged_at: datetime | None
    error: str
    error_at: datetime | None


class Above(msgspec.Struct, frozen=True):
    own: OwnView
    upper: UpperView | None


class NewUpper(msgspec.Struct, frozen=True, kw_only=True):
    url: Line
    code: Annotated[str, msgspec.Meta(max_length=100)]


class UpperChange(msgspec.Struct, frozen=True):
    """The commands that the platform above may give to our devices."""

    permits: Annotated[list[str], msgspec.Meta(max_length=20)]


class NewAsk(msgspec.Struct, frozen=True, kw_only=True):
    ask: Literal["verify", "report"] = "verify"
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class WordsDown(msgspec.Struct, frozen=True):
    """Whom it goes to."""

    platform: str


class Invitations(Controller):
    path = "/federation/invitations"
    tags = ("federation",)

    @get(operation_id="listFederationInvitations")
    async def listed(self, principal: Caller, db: Db) -> Page[InvitationView]:
        reach.reads(principal)
        async with db.owner() as conn:
            found = [InvitationView(**row) for row in await conn.fetch(SQL.invitations)]
        return Page([each for each in found if reach.inside(principal, each.scope)])

    @post(operation_id="inviteToFederation")
    async def open(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewInvitation]) -> Invited:
        """An invitation for one platform below. The code is shown now and never again."""
        _manages(principal)
        slug, name, scope = _checked(data)
        if not access.within(scope, principal.scope):
            raise problems.forbidden("scope: reaches beyond your own")
        now = clock.now()
        try:
            async with db.owner() as conn:
                made = await joining.invite(conn, clock, slug, name, scope, timedelta(hours=data.hours), principal.name)
                row = await conn.fetchrow(SQL.invitation, made.id)
                detail = {"slug": slug, "scope": scopes.show(scope), "hours": data.hours}
                await audit(conn, principal, now, "federation.invited", made.id, detail)
        except asyncpg.UniqueViolationError:
            raise problems.conflict(f"slug: an invitation for {slug!r} is open already") from None
        if row is None:
            raise problems.not_found()
        return Invited(InvitationView(**row), made.code)

    @delete("/{invitation_id:str}", status_code=204, operation_id="withdrawFederationInvitation")
    async def withdraw(self, principal: Caller, db: Db, clock: Time, invitation_id: FromPath[str]) -> None:
        now = clock.now()
        async with db.owner() as conn:
            row = await conn.fetchrow(SQL.invitation, invitation_id) if pages.is_id(invitation_id) else None
            if row is None or not reach.inside(principal, row["scope"]):
                raise problems.not_found()
            _manages(principal)
            if await conn.fetchval(SQL.withdraw_invitation, invitation_id, now) is None:
                raise problems.conflict("The invitation was used or withdrawn already.")
            await audit(conn, principal, now, "federation.withdrawn", invitation_id, {"slug": row["slug"]})


class Platforms(Controller):
    path = "/federation/platforms"
    tags = ("federation",)

    @get(operation_id="listFederationPlatforms")
    async def listed(self, principal: Caller, db: Db, clock: Time) -> Page[LowerView]:
        """The platforms below within one's scope, revoked ones last: one page, there are a few dozen."""
        reach.reads(principal)
        async with db.owner() as conn:
            rows = [r for r in await conn.fetch(SQL.lowers, None) if reach.inside(principal, r["scope"])]
            return Page([await _platform(conn, row, clock.now()) for row in rows])

    @get("/{platform_id:str}", operation_id="getFederationPlatform")
    async def one(self, principal: Caller, db: Db, clock: Time, platform_id: FromPath[str]) -> LowerView:
        """With its counts of the last two weeks."""
        async with db.owner() as conn:
            row = await reach.in_reach(conn, principal, platform_id)
            reach.reads(principal)
            since = clock.now().date() - timedelta(days=DAYS)
            days = [DayView(**each) for each in await conn.fetch(SQL.days, row["id"], since)]
            return msgspec.structs.replace(await _platform(conn, row, clock.now()), days=days)

    @post("/{platform_id:str}/revoke", status_code=200, operation_id="revokeFederationPlatform")
    async def revoke(self, principal: Caller, db: Db, clock: Time, platform_id: FromPath[str]) -> LowerView:
        """Its secret opens nothing any more. What it told stays here."""
        now = clock.now()
        async with db.owner() as conn:
            row = await reach.in_reach(conn, principal, platform_id)
            _manages(principal)
            if await conn.fetchval(SQL.revoke_lower, row["id"], now, principal.name) is None:
                raise problems.conflict("The platform was revoked already.")
            await audit(conn, principal, now, "federation.revoked", row["id"], {"slug": row["slug"]})
            return await _platform(conn, await reach.in_reach(conn, principal, platform_id), now)


class Asked(Controller):
    path = "/federation/asks/{incident_id:str}"
    tags = ("federation",)

    @post(status_code=200, operation_id="askBelow")
    async def ask(
        self, principal: Caller, db: Db, clock: Time, incident_id: FromPath[str], data: JSONBody[NewAsk]
    ) -> WordsDown:
        """Asks the platform whose incident it is: to verify it, or to say how it stands. Nothing is changed there."""
        async with db.bound(principal) as conn:
            row = await reading.one(conn, incident_id) if pages.is_id(incident_id) else None
        if row is None:
            raise problems.not_found()
        if principal.role not in DESK_ROLES:
            raise problems.forbidden()
        detail: dict[str, object] = {"ask": data.ask, "account": principal.id, "role": principal.role.value}
        word = Word(what="asked_below", detail=detail | ({"note": data.note} if data.note else {}), flag="asked_below")
        now = clock.micros()
        async with db.owner() as conn:
            asked = row.came_from or await uniting.told_by(conn, row.id)
            if not asked:
                raise problems.conflict("The incident arose here; there is nobody below to ask.")
            told = await relay(conn, row.id, word, Actor(principal.id, principal.name), now)
            await audit(conn, principal, clock.now(), "federation.asked", row.id, {"ask": data.ask})
            await log.append(conn, [told.draft], now)
        return WordsDown(asked[-1])


class Uppers(Controller):
    path = "/federation/upper"
    tags = ("federation",)

    @get(operation_id="getFederationUpper")
    async def one(self, principal: Caller, db: Db, clock: Time) -> Above:
        reach.reads(principal)
        if not principal.scope.whole_city:
            raise problems.not_found()
        async with db.owner() as conn:
            return await _above(conn, clock)

    @post(operation_id="joinFederationUpper", status_code=200)
    async def join(self, principal: Caller, db: Db, clock: Time, federation: Joint, data: JSONBody[NewUpper]) -> Above:
        """Redeems an invitation of the platform above."""
        _binds(principal)
        try:
            made = await federation.join(data.url, data.code, principal.name)
        except joining.NotJoined as error:
            raise problems.conflict(str(error)) from error
        async with db.owner() as conn:
            await audit(conn, principal, clock.now(), "federation.joined_up", made.id, {"url": made.url})
            return await _above(conn, clock)

    @patch(operation_id="changeFederationUpper")
    async def change(self, principal: Caller, db: Db, clock: Time, data: JSONBody[UpperChange]) -> Above:
        _binds(principal)
        permits = [name for name in PERMITTED if name in data.permits]
        if set(data.permits) - set(PERMITTED):
            raise problems.invalid("permits", f"of {', '.join(PERMITTED)}; several with commas between")
        async with db.owner() as conn:
            await conn.execute(SQL.permit, permits)
            await audit(conn, principal, clock.now(), "federation.permitted", "", {"permits": permits})
            return await _above(conn, clock)

    @delete(operation_id="leaveFederationUpper", status_code=200)
    async def leave(self, principal: Caller, db: Db, clock: Time, federation: Joint) -> Above:
        """At once; the platform above is told if it can be reached."""
        _binds(principal)
        async with db.owner() as conn:
            upper = await store.upper(conn, federation.vault)
            if not await federation.leave(conn, principal.name):
                raise problems.conflict("This platform is joined to none.")
            await audit(conn, principal, clock.now(), "federation.left_up", upper.id if upper else "", {})
        if upper is not None:
            await federation.say_goodbye(upper)
        async with db.owner() as conn:
            return await _above(conn, clock)


class Own(Controller):
    path = "/federation/own"
    tags = ("federation",)

    @patch(operation_id="nameFederationOwn")
    async def rename(self, principal: Caller, db: Db, clock: Time, data: JSONBody[OwnChange]) -> OwnView:
        """The name by which other platforms know this one."""
        _binds(principal)
        name = data.name.strip()
        if not name:
            raise problems.invalid("name", "not empty")
        async with db.owner() as conn:
            await joining.own(conn, clock)
            await conn.execute(SQL.name_own, name)
            await audit(conn, principal, clock.now(), "federation.named", name, {})
            me = await joining.own(conn, clock)
        return OwnView(me.id, me.name)


handlers: list[type[Controller]] = [
    Invitations, Platforms, Asked, Uppers, Own, *api_twins.handlers, *api_words.handlers,
]  # fmt: skip


def _checked(data: NewInvitation) -> tuple[str, str, scopes.Scope]:
    if not data.scope.strip():
        raise problems.invalid("scope", "is required")  # left open by mistake it would be the whole city
    try:
        return hosted.a_slug(data.slug), hosted.a_name("name", data.name, 60), accounts.a_scope(data.scope)
    except Refused as error:
        raise problems.invalid(error.field, error.expected) from None


def _manages(principal: Principal) -> None:
    if principal.role is not Role.ADMIN:
        raise problems.forbidden()


def _binds(principal: Principal) -> None:
    """The way up is the whole installation's."""
    _manages(principal)
    if not principal.scope.whole_city:
        raise problems.forbidden("What binds the whole city is decided by an account of the whole city.")


async def _platform(conn: Connection, row: Record, now: datetime) -> LowerView:
    told = dict(store.told(row["told"]))
    held = {
        "units": await conn.fetchval(SQL.unit_links, row["id"]),
        "devices": await conn.fetchval(SQL.device_links, row["id"]),
    }
    quiet = None if row["seen_at"] is None else (now - row["seen_at"]).total_seconds()
    # What is on its way is not missing: the two are compared when nothing is.
    whole = None if not told or row["waiting"] else row["lost"] == 0 and all(held[k] == told.get(k) for k in held)
    return LowerView(
        id=row["id"], platform=row["platform"], slug=row["slug"], name=row["name"], scope=row["scope"],
        state=rules.liveness(quiet, row["revoked_at"] is not None), protocol=row["protocol"], version=row["version"],
        joined_at=row["joined_at"], joined_by=row["joined_by"], revoked_at=row["revoked_at"],
        revoked_by=row["revoked_by"], position=row["position"], head=row["head"], behind=row["waiting"],
        lost=row["lost"], oldest_at=row["oldest_at"], lag_s=row["lag_s"], clock_s=row["ahead_s"],
        seen_at=row["seen_at"], taken_at=row["taken_at"], told=told, held=held, whole=whole,
        waiting_down=max(0, row["said"] - row["down"]), error=row["error"], error_at=row["error_at"],
    )  # fmt: skip


async def _above(conn: Connection, clock: Clock) -> Above:
    me = await joining.own(conn, clock)
    row = await conn.fetchrow(SQL.upper_page)
    if row is None:
        return Above(OwnView(me.id, me.name), None)
    head = await log.last(conn)
    behind = 0 if row["left_at"] else max(0, head - row["position"])
    view = msgspec.convert({**row, "head": head, "behind": behind}, UpperView)
    return Above(OwnView(me.id, me.name), view)
