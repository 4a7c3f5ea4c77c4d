"""The guard's port: from a request to a principal. Every handler is closed unless it says `opt={"public": True}`.

Enters: the session cookie or `Authorization: Bearer`. Leaves: `Principal` in the request's state. A browser sends its
cookie by itself, so a request that changes something by cookie must come from our own pages (Fetch Metadata, Origin).
Absent: how a token is checked (access gives `Authenticate`).
"""

from typing import Any, Protocol
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from zhigan.webapi import problems
from zhigan.webapi.principal import Principal

COOKIE = "zhigan_session"
PUBLIC: dict[str, Any] = {"public": True}
UNCOMPRESSED = "uncompressed"
"""`opt={UNCOMPRESSED: True}` on handlers that stream (compression would hold events back) or compress themselves."""
OWING: dict[str, Any] = {"owing": True}
"""`opt=OWING` on what somebody may do whose password is still to be changed."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY = "zhigan_principal"

Connected = ASGIConnection[Any, Any, Any, Any]


class Authenticate(Protocol):
    """A token's principal; None where the token opens nothing (unknown, ended, disabled)."""

    async def __call__(self, token: str, address: str) -> Principal | None: ...


class Gate:
    """The application's one guard."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate

    async def __call__(self, connection: Connected, handler: BaseRouteHandler) -> None:
        if handler.opt.get("public"):
            return
        token = bearer(connection)
        if token is None:
            token = connection.cookies.get(COOKIE)
            if token is not None and not from_our_pages(connection):
                raise problems.forbidden("A change by session cookie must come from this site's own pages.")
        principal = await self._authenticate(token, address(connection)) if token else None
        if principal is None:
            raise problems.unauthorised()
        if principal.owes_password and not handler.opt.get("owing"):
            raise problems.forbidden("Choose a password of your own first.")
        connection.state[_KEY] = principal


async def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    principal = request.state.get(_KEY)
    if not isinstance(principal, Principal):
        raise problems.unauthorised()
    return principal


def bearer(connection: Connected) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def address(connection: Connected) -> str:
    return connection.client.host if connection.client else ""


def from_our_pages(connection: Connected) -> bool:
    """Fetch Metadata where the browser sends it, else Origin; a client that sends neither is no browser."""
    if connection.scope["type"] != "http" or connection.scope["method"] in SAFE:
        return True
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host", "")


def session_cookie(token: str, *, secure: bool, seconds: int) -> Cookie:
    """`seconds` 0 takes it back."""
    return Cookie(key=COOKIE, value=token, path="/", httponly=True, samesite="lax", secure=secure, max_age=seconds)
