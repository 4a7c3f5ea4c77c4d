"""The CAP feed over HTTP: an Atom page of alerts within the caller's scope, and each as a CAP 1.2 document.

For a partner's machine account (`Authorization: Bearer`), and for anybody else with an account. A page that did not
change costs a look: ETag and If-None-Match. Absent: how messages come into being (feed.py).
"""

import hashlib
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, Response, get
from litestar.params import FromPath, FromQuery

from zhigan.outlets.subscriptions.composing import CAP
from zhigan.outlets.subscriptions.desk import Wired
from zhigan.outlets.subscriptions.feed import ATOM, atom
from zhigan.outlets.subscriptions.store import SQL
from zhigan.webapi import pages, problems
from zhigan.webapi.app import BASE
from zhigan.webapi.given import Caller, Db

FIRST = 2**63 - 1
MOST = 200
LONGEST = 80


class CapFeed(Controller):
    path = "/cap"
    tags = ("cap",)

    @get(operation_id="readCapFeed", media_type="application/atom+xml")
    async def feed(
        self,
        request: Request[Any, Any, Any],
        principal: Caller,
        db: Db,
        partners: Wired,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        """Newest first; the link `next` leads to what is older."""
        size, key = pages.limit(limit, MOST, 50), pages.decode(cursor, 1)
        before = FIRST if key is None else key[0]
        if not isinstance(before, int):
            raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.alerts, before, size + 1)
        base = f"{partners.base or str(request.base_url).rstrip('/')}{BASE}/cap"
        kept, more = rows[:size], len(rows) > size
        here = _page(base, limit, cursor)
        beyond = _page(base, limit, pages.encode([kept[-1]["event"]])) if more else None
        return _answer(request, atom(kept, base, here, beyond), ATOM)

    @get("/{identifier:str}", operation_id="readCapAlert", media_type="application/cap+xml")
    async def alert(
        self, request: Request[Any, Any, Any], principal: Caller, db: Db, identifier: FromPath[str]
    ) -> Response[bytes]:
        """One message, as it stays."""
        async with db.bound(principal) as conn:
            row = await conn.fetchrow(SQL.alert, identifier[:LONGEST].replace("\x00", ""))
        if row is None:
            raise problems.not_found()
        return _answer(request, row["document"].encode(), CAP)


handlers: list[type[Controller]] = [CapFeed]


def _page(base: str, limit: int | None, cursor: str | None) -> str:
    asked = {name: value for name, value in (("limit", limit), ("cursor", cursor)) if value is not None}
    return f"{base}?{urlencode(asked)}" if asked else base


def _answer(request: Request[Any, Any, Any], body: bytes, kind: str) -> Response[bytes]:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    asked = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if tag in asked or "*" in asked:
        return Response(b"", status_code=304, headers=headers, media_type=kind)
    return Response(body, headers=headers, media_type=kind)
