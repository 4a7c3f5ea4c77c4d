"""Walls over HTTP: links made and revoked by who leads, and what a link opens: one page, one stream, nothing else.

A link's secret travels in `Authorization: Wall …`, which no other address takes; it makes no session and no cookie. It
opens from the networks that stand in it, until it ends or is revoked; a revoked one loses its open screens at once.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, Final, TypeAlias

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from litestar.types import ASGIApp

from zhigan.access.accounts import a_scope
from zhigan.access.reach import checked
from zhigan.access.rules import within
from zhigan.desks.wall import rules, store
from zhigan.desks.wall.board import Board, Walls, WallScreen
from zhigan.desks.wall.model import NewWall, WallLink, WallMade, WallView
from zhigan.registry.refusals import allow, an_id, found
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import LEAD_ROLES
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import PUBLIC, UNCOMPRESSED, address
from zhigan.webapi.database import Database
from zhigan.webapi.eventstream import MEDIA, OPENING, EventStream, heartbeat
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page

SCHEME: Final = "wall"
PAGE: Final = "/wall.html#"
BEAT_S: Final = 5.0
Asking: TypeAlias = Request[Any, Any, Any]
Shown: TypeAlias = NamedDependency[SkipValidation[Walls]]


class WallLinks(Controller):
    path = "/walls"
    tags = ("wall",)

    @get(operation_id="listWalls")
    async def listed(self, principal: Caller, db: Db, clock: Time) -> Page[WallLink]:
        """Links within one's scope, the newest first; ended ones for ninety days."""
        allow(principal, LEAD_ROLES)
        async with db.owner() as conn:
            links = await store.listed(conn, clock.now())
        return Page([link for link in links if within(scopes.parse(link.scope), principal.scope)])

    @post(operation_id="createWall")
    async def made(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewWall]) -> WallMade:
        """The secret is told in this answer and never again."""
        allow(principal, LEAD_ROLES)
        scope = checked(lambda: a_scope(data.scope))
        if not rules.shows(scope):
            raise problems.invalid("scope", "the city, or counties of it")
        if not within(scope, principal.scope):
            raise problems.forbidden("scope: reaches beyond your own")
        networks = [rules.network(each) for each in data.networks]
        if None in networks:
            raise problems.invalid("networks", "addresses or networks, such as 10.1.2.3 or 10.1.2.0/24; at least /16")
        now, token = clock.now(), secrets.token_urlsafe(32)
        link = WallLink(
            id=mint(clock), name=data.name.strip(), scope=scopes.show(scope), networks=[str(each) for each in networks],
            made_at=now, made_by=principal.name, expires_at=now + timedelta(days=data.days), revoked_at=None,
            revoked_by="", used_at=None, used_from="", uses=0,
        )  # fmt: skip
        async with db.owner() as conn:
            await store.add(conn, link, token, principal.id)
            told = {"name": link.name, "scope": link.scope, "networks": link.networks, "expires_at": link.expires_at}
            await audit(conn, principal, now, "wall.made", link.id, told)
        return WallMade(link=link, path=f"{PAGE}{token}")

    @post("/{wall_id:str}/revoke", status_code=200, operation_id="revokeWall")
    async def revoke(self, principal: Caller, db: Db, clock: Time, walls: Shown, wall_id: FromPath[str]) -> WallLink:
        """Its screens go dark at once. Revoked twice is revoked once."""
        now = clock.now()
        async with db.owner() as conn:
            link = found(await store.one(conn, an_id(wall_id)))
            if not within(scopes.parse(link.scope), principal.scope):
                raise problems.not_found()
            allow(principal, LEAD_ROLES)
            if link.revoked_at is None:
                await store.revoke(conn, link.id, now, principal.name)
                await audit(conn, principal, now, "wall.revoked", link.id, {"name": link.name})
            link = found(await store.one(conn, link.id))
        walls.end(link.id)
        return link


class WallPages(Controller):
    path = "/public/wall"
    tags = ("public",)
    opt = PUBLIC

    @get(operation_id="getWall")
    async def shown(self, request: Asking, db: Db, clock: Time, walls: Shown) -> WallView:
        """What stands on the wall, for the bearer of a link."""
        link = await _opened(request, db, clock)
        scope = scopes.parse(link.scope)
        codes = scope.terms.get("area")
        outlines = [o for o in walls.lent.outlines() if codes is None or o.code.startswith(codes)]
        state = await walls.board(scope).state()
        return WallView(
            name=link.name, expires_at=link.expires_at, now=clock.now(), outlines=outlines, state=state
        )  # fmt: skip

    @get("/live", operation_id="followWall", media_type=MEDIA, opt={UNCOMPRESSED: True})
    async def follow(self, request: Asking, db: Db, clock: Time, walls: Shown) -> ASGIApp:
        """Server-sent events: `state` whenever the city's state is another one, else a heartbeat."""
        link = await _opened(request, db, clock)
        async with db.owner() as conn:
            await store.used(conn, link, clock.now(), address(request))
        return _Following(db, clock, walls, link, address(request))


class _Following:
    """A screen joins when its stream really begins, and leaves whichever way it ends."""

    def __init__(self, db: Database, clock: Clock, walls: Walls, link: WallLink, where: str) -> None:
        self._db, self._clock, self._walls, self._link, self._where = db, clock, walls, link, where

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        board = self._walls.board(scopes.parse(self._link.scope))
        screen = board.join(self._link.id)
        try:
            await EventStream(self._chunks(screen, board), screen.end)(scope, receive, send)
        finally:
            board.leave(screen)

    async def _chunks(self, screen: WallScreen, board: Board) -> AsyncGenerator[bytes]:
        yield OPENING + self._beat()
        looked = asyncio.get_running_loop().time()
        while not screen.ended:
            picture = await screen.wait(BEAT_S)
            if screen.ended or (self._due(looked) and not await self._holds()):
                return
            if self._due(looked):
                looked = asyncio.get_running_loop().time()
            if picture is not None:
                yield b"event: state\ndata: " + picture + b"\n\n" + self._beat()
            elif self._walls.lent.fresh:
                yield self._beat()

    def _due(self, looked: float) -> bool:
        return asyncio.get_running_loop().time() - looked >= BEAT_S

    async def _holds(self) -> bool:
        """Has it been revoked elsewhere, or come to its end? While that cannot be asked, the stream goes on."""
        try:
            async with self._db.owner() as conn:
                link = await store.one(conn, self._link.id)
        except UNAVAILABLE:
            return True
        return rules.refusal(link, self._where, self._clock.now()) is None

    def _beat(self) -> bytes:
        return heartbeat(self._clock.now().isoformat())


async def _opened(request: Asking, db: Database, clock: Clock) -> WallLink:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    where, now = address(request), clock.now()
    if scheme.lower() != SCHEME or not token.strip():
        raise _refused("unknown")
    async with db.owner() as conn:
        link = await store.by_token(conn, token.strip())
        why = rules.refusal(link, where, now)
        if link is not None and why is not None:
            await store.refused(conn, link, now, where, why)
    if link is None or why is not None:
        raise _refused(why or "unknown")
    return link


def _refused(why: str) -> problems.Problem:
    match why:
        case "elsewhere":
            return problems.forbidden("This wall is not shown at this address.")
        case "revoked":
            return problems.forbidden("This wall's link has been revoked.")
        case "expired":
            return problems.forbidden("This wall's link has expired.")
        case _:
            return problems.unauthorised("There is no such wall.")


handlers: list[type[Controller]] = [WallLinks, WallPages]
