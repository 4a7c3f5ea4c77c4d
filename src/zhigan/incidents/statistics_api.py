"""Statistics over HTTP, as rows and as a file; the last thirty days where no period is named, at most a year."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final, Literal

from litestar import Controller, get
from litestar.params import FromQuery
from litestar.response import Stream

from zhigan.incidents import statistics
from zhigan.incidents.rules import Queue
from zhigan.incidents.statistics import BYS, By, Statistic
from zhigan.runtime.clock import Clock
from zhigan.webapi import downloads, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

USUAL: Final = timedelta(days=30)
MOST: Final = timedelta(days=366)
COLUMNS: Final = (
    "code", "name", "total", "open", "fires", "false_alarms", "others", "accept_s", "verify_s", "handle_s", "late_s",
    "restore_s",
)  # fmt: skip


class Statistics(Controller):
    path = "/statistics/incidents"
    tags = ("incidents",)

    @get(operation_id="countIncidents")
    async def counted(
        self, principal: Caller, db: Db, clock: Time, by: FromQuery[str] = "kind",
        queue: FromQuery[str | None] = None, since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
    ) -> Page[Statistic]:  # fmt: skip
        """By `kind`, `area`, `type` of device, `grade` or `unit`; `queue` one of desk, attention, task."""
        return Page(await _rows(principal, db, clock, (by, queue, since, until)))

    @get("/export.csv", operation_id="exportIncidentStatistics", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self, principal: Caller, db: Db, clock: Time, by: FromQuery[str] = "kind",
        queue: FromQuery[str | None] = None, since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        encoding: FromQuery[Literal["utf-8-bom", "utf-8", "gb18030"]] = "utf-8-bom",
        columns: FromQuery[str | None] = None,
    ) -> Stream:  # fmt: skip
        """The same rows as CSV; that they were taken out is written."""
        names = downloads.picked(columns, COLUMNS)
        rows = await _rows(principal, db, clock, (by, queue, since, until))
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "statistics.exported", by, {"queue": queue or ""})
        mark = downloads.marked(number, principal, clock.now())
        return downloads.download("statistics.csv", names, downloads.cut(_cells(rows), COLUMNS, names), mark, encoding)


handlers: list[type[Controller]] = [Statistics]


async def _rows(
    principal: Principal, db: Database, clock: Clock,
    asked: tuple[str, str | None, datetime | None, datetime | None],
) -> list[Statistic]:  # fmt: skip
    by, queue, since, until = asked
    chosen = _by(by)
    if queue and queue not in list(Queue):
        raise problems.invalid("queue", f"one of {', '.join(Queue)}")
    for field, moment in (("since", since), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            raise problems.invalid(field, "a time with its offset (RFC 3339)")
    end = until or clock.now() + timedelta(minutes=1)
    begin = max(since or end - USUAL, end - MOST)
    async with db.bound(principal) as conn:
        return await statistics.read(conn, principal.scope, chosen, begin, end, queue or None)


def _by(word: str) -> By:
    for by in BYS:
        if by == word:
            return by
    raise problems.invalid("by", f"one of {', '.join(BYS)}")


async def _cells(rows: list[Statistic]) -> AsyncIterator[list[list[downloads.Cell]]]:
    yield [[getattr(row, name) for name in COLUMNS] for row in rows]
