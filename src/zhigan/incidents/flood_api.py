"""The desk's overview over HTTP: exact counts of what is open, and the flood view of attention and tasks."""

from typing import Literal

import msgspec
from litestar import Controller, get
from litestar.params import FromQuery

from zhigan.incidents import flooding, reading, views
from zhigan.incidents.flooding import Group, OpenCounts
from zhigan.incidents.owning import Lent
from zhigan.incidents.rules import Queue
from zhigan.webapi import pages
from zhigan.webapi.given import Caller, Db


class Flood(msgspec.Struct, frozen=True, kw_only=True):
    """`open`: how many rows are open in all. `items` are those that stand in no group; `more`: not all of them."""

    open: int
    groups: list[Group]
    items: list[views.IncidentView]
    more: bool


class Overview(Controller):
    path = "/incidents"
    tags = ("incidents",)

    @get("/counts", operation_id="countOpenIncidents")
    async def counted(self, principal: Caller, db: Db) -> OpenCounts:
        """How many rows are open: incidents of the desk, attention rows, tasks."""
        async with db.bound(principal) as conn:
            return await flooding.counts(conn, principal)

    @get("/flood", operation_id="getIncidentFlood")
    async def flood(
        self,
        principal: Caller,
        db: Db,
        terms: Lent,
        queue: FromQuery[Literal["attention", "task"]],
        limit: FromQuery[int | None] = None,
    ) -> Flood:
        """What is open, many rows of one cause at one place as one group (the lists open it: `area` or `building_id`,
        `kind`, `why`). A fire never stands inside a group."""
        size, lent = pages.limit(limit), await terms()
        async with db.bound(principal) as conn:
            groups = await flooding.groups(conn, principal, Queue(queue))
            rows = await flooding.apart(conn, principal, Queue(queue), size)
            counts = await flooding.counts(conn, principal)
            items = await reading.gathered(conn, rows[:size], principal, brief=True, terms=lent)
        whole = counts.attention if queue == "attention" else counts.task
        return Flood(open=whole, groups=groups, items=items, more=len(rows) > size)


handlers: list[type[Controller]] = [Overview]
