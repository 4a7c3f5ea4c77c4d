"""Proof of notification over HTTP, the app's inbox.

Whoever sees an incident sees who was told of it; numbers are masked. Whatever lies outside the scope does not exist
(404, decided first).
"""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from zhigan.incidents.addressed import found, known
from zhigan.outlets.notify import api_office, api_own, api_proof, api_push, api_receipts, api_wishes, views
from zhigan.outlets.notify.model import Way
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.ids import mint
from zhigan.vocabulary.grades import Grade
from zhigan.webapi import pages, problems
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page

FIRST = (datetime(1970, 1, 1, tzinfo=UTC), str(UUID(int=0)))
LAST = (datetime(9999, 1, 1, tzinfo=UTC), str(UUID(int=2**128 - 1)))
MOST_WAYS = 20


class NewWay(msgspec.Struct, frozen=True, kw_only=True):
    """`address`: an openid, or an e-mail address. Devices are registered at `/me/push`."""

    channel: Literal["wechat", "email"]
    address: Annotated[str, msgspec.Meta(min_length=3, max_length=2000)]


class Proof(Controller):
    path = "/incidents/{incident_id:str}"
    tags = ("notification",)

    @get("/notifications", operation_id="listIncidentNotifications")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        incident_id: FromPath[str],
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[views.NotificationView]:
        """Who was told, how, when, and what came back; oldest first."""
        size = pages.limit(limit, usual=500)
        key = pages.decode(cursor, 2)
        after = FIRST if key is None else (_instant(key[0]), known(str(key[1])))
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            ids = [row.id] if row.merged_into is None else [row.id, row.merged_into]
            rows = await conn.fetch(SQL.of_incident, ids, *after, size + 1)
        return pages.page(rows, size, views.notification, lambda r: [r["created_at"].isoformat(), str(r["id"])])

    @get("/escalation", operation_id="getIncidentEscalation")
    async def escalation(self, principal: Caller, db: Db, incident_id: FromPath[str]) -> views.EscalationView:
        """How far telling has come: who answered, what comes next."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            r = await conn.fetchrow(SQL.chain_of, row.merged_into or row.id)
        if r is None:
            return views.EscalationView(state="none")
        values = dict(r)
        values.pop("grade")
        return views.EscalationView(**values)


class Inbox(Controller):
    path = "/notifications"
    tags = ("notification",)

    @get("/inbox", operation_id="listInbox")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[views.InboxView]:
        """One's own, newest first."""
        size = pages.limit(limit)
        key = pages.decode(cursor, 2)
        before = LAST if key is None else (_instant(key[0]), known(str(key[1])))
        async with db.owner() as conn:
            rows = await conn.fetch(SQL.inbox, principal.id, *before, size + 1)
        return pages.page(
            rows,
            size,
            lambda r: views.InboxView(
                id=str(r["id"]),
                incident=str(r["incident"]),
                grade=Grade(r["grade"]).name,
                purpose=r["purpose"],
                text=r["body"],
                read=r["state"] == "answered",
                over=r["chain"] == "closed",
                created_at=r["created_at"],
            ),
            lambda r: [r["created_at"].isoformat(), str(r["id"])],
        )

    @post("/{notification_id:str}/read", status_code=204, operation_id="readNotification")
    async def read(self, principal: Caller, db: Db, clock: Time, notification_id: FromPath[str]) -> None:
        """One's own was read; that is proof, but no answer."""
        async with db.owner() as conn:
            done = await conn.fetchval(SQL.app_read, known(notification_id), principal.id, clock.now())
        if done is None:
            raise problems.not_found()

    @get("/ways", operation_id="listOwnWays")
    async def ways(self, principal: Caller, db: Db) -> Page[views.WayView]:
        """By what one can be told besides telephone and app."""
        async with db.owner() as conn:
            rows = await conn.fetch(SQL.ways_of, principal.id)
        return Page(
            [
                views.WayView(
                    id=str(r["id"]), channel=r["channel"], address=views.masked(r["channel"], r["address"]), at=r["at"]
                )
                for r in rows
            ]
        )

    @post("/ways", operation_id="addOwnWay")
    async def add(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewWay]) -> views.WayView:
        async with db.owner() as conn:
            if len(await conn.fetch(SQL.ways_of, principal.id)) >= MOST_WAYS:
                raise problems.conflict(f"There are {MOST_WAYS} ways to this account already.")
            id_ = await conn.fetchval(
                SQL.add_way, mint(clock), principal.id, data.channel, data.address, "", clock.now()
            )
        shown = views.masked(data.channel, data.address)
        return views.WayView(id=str(id_), channel=Way(data.channel), address=shown, at=clock.now())

    @delete("/ways/{way_id:str}", status_code=204, operation_id="removeOwnWay")
    async def remove(self, principal: Caller, db: Db, way_id: FromPath[str]) -> None:
        async with db.owner() as conn:
            if await conn.fetchval(SQL.remove_way, known(way_id), principal.id) is None:
                raise problems.not_found()


handlers: list[type[Controller]] = [
    Proof,
    *api_receipts.handlers,
    *api_proof.handlers,
    Inbox,
    *api_office.handlers,
    *api_own.handlers,
    *api_push.handlers,
    *api_wishes.handlers,
]


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return instant
