"""What was sent to a partner over HTTP: every attempt, what came back, why it failed; as pages, one by one, as a file.

Absent: sending (delivery.py).
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from litestar import Controller, get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from zhigan.incidents.addressed import known, uuid_text
from zhigan.outlets.subscriptions import seen, views
from zhigan.outlets.subscriptions.store import SQL
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.downloads import BATCH, download, marked, picked
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

LAST = (datetime(9999, 1, 1, tzinfo=UTC), str(UUID(int=2**128 - 1)))
COLUMNS = (
    "at", "name", "act", "type", "ok", "status", "said", "ms", "attempt", "events", "words", "incident", "message",
    "id",
)  # fmt: skip
Act = Literal["event", "test"]


class DeliveriesAsked(msgspec.Struct, frozen=True, kw_only=True):
    partner: str
    subscription: str | None = None
    ok: bool | None = None
    act: str | None = None
    since: datetime | None = None
    words: list[str] | None = None


class Deliveries(Controller):
    path = "/partners/{partner_id:str}/deliveries"
    tags = ("partners",)

    @get(operation_id="listPartnerDeliveries")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        partner_id: FromPath[str],
        subscription_id: FromQuery[str | None] = None,
        ok: FromQuery[bool | None] = None,
        act: FromQuery[Act | None] = None,
        since: FromQuery[datetime | None] = None,
        q: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[views.PartnerDelivery]:
        """Newest first. `q`: words of the place, the incident, the message or the answer."""
        found = await seen.partner(db, principal, clock, partner_id)
        seen.looks(principal)
        asked = _asked(found.id, subscription_id, ok, act, since, q)
        size, key = pages.limit(limit), pages.decode(cursor, 2)
        before = LAST if key is None else (_instant(key[0]), uuid_text("cursor", str(key[1])))
        rows = await _rows(db, principal, asked, before, size + 1)
        return pages.page(rows, size, views.delivery, lambda r: [r["at"].isoformat(), str(r["id"])])

    @get("/export", operation_id="exportPartnerDeliveries", media_type="text/csv")
    async def export(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        partner_id: FromPath[str],
        subscription_id: FromQuery[str | None] = None,
        ok: FromQuery[bool | None] = None,
        act: FromQuery[Act | None] = None,
        since: FromQuery[datetime | None] = None,
        q: FromQuery[str | None] = None,
        encoding: FromQuery[Literal["utf-8", "utf-8-bom", "gb18030"]] = "utf-8-bom",
        columns: FromQuery[str | None] = None,
    ) -> Stream:
        """The same as a CSV file."""
        found = await seen.partner(db, principal, clock, partner_id)
        seen.looks(principal)
        names = picked(columns, COLUMNS)
        asked = _asked(found.id, subscription_id, ok, act, since, q)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "partner.exported", found.id, asked)

        async def batches() -> AsyncIterator[Sequence[Sequence[Any]]]:
            before = LAST
            while rows := await _rows(db, principal, asked, before, BATCH):
                yield [[r[name] for name in names] for r in rows]
                before = (rows[-1]["at"], rows[-1]["id"])

        return download("partner-deliveries.csv", names, batches(), marked(number, principal, clock.now()), encoding)

    @get("/{delivery_id:str}", operation_id="getPartnerDelivery")
    async def one(
        self, principal: Caller, db: Db, clock: Time, partner_id: FromPath[str], delivery_id: FromPath[str]
    ) -> views.PartnerDeliveryDetail:
        """With what stood on the wire."""
        await seen.partner(db, principal, clock, partner_id)
        async with db.bound(principal) as conn:
            row = await conn.fetchrow(SQL.delivery, known(delivery_id))
        if row is None:
            raise problems.not_found()
        seen.looks(principal)
        return views.delivery_detail(row)


handlers: list[type[Controller]] = [Deliveries]


async def _rows(
    db: Database, principal: Principal, a: DeliveriesAsked, before: tuple[datetime, str], limit: int
) -> list[asyncpg.Record]:
    async with db.bound(principal) as conn:
        return await conn.fetch(
            SQL.deliveries, a.partner, *before, a.subscription, a.ok, a.act, a.since, a.words, limit
        )


def _asked(
    partner: str, subscription: str | None, ok: bool | None, act: str | None, since: datetime | None, q: str | None
) -> DeliveriesAsked:
    if since is not None and since.tzinfo is None:
        raise problems.invalid("since", "a time with its offset")
    if q is not None and len(q) > 200:
        raise problems.invalid("q", "at most 200 characters")
    words = [
        w.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        for w in (q or "").replace("\x00", " ").lower().split()
    ]
    return DeliveriesAsked(
        partner=partner,
        subscription=None if subscription is None else uuid_text("subscription_id", subscription),
        ok=ok,
        act=act,
        since=since,
        words=[f"%{w}%" for w in words] or None,
    )


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return instant
