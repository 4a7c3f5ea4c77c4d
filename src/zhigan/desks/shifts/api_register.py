"""接处警登记 over HTTP: the alarms of a day or a shift as a book, with the same question for page, CSV, XLSX and paper.

What lies outside the scope does not exist. Taking it out is written in the audit trail, whose number stands on it.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from zhigan.desks.shifts import paper
from zhigan.desks.shifts.api import Pressed
from zhigan.desks.shifts.words_tables import word
from zhigan.incidents import reading, register
from zhigan.incidents.api import FILTERED, Narrowed, key_of
from zhigan.incidents.printing import TABLES, printed
from zhigan.incidents.reading import Filters
from zhigan.incidents.register import RegisterEntry
from zhigan.webapi import downloads, pages, workbooks
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Encoding = downloads.Encoding
COLUMNS = tuple(field for field in RegisterEntry.__struct_fields__)
MOST_PAPER, MOST_BOOK = 1000, 20_000
Lang = Literal["zh", "en"]


class AlarmRegister(Controller):
    path = "/alarm-register"
    tags = ("shifts",)

    @get(operation_id="listAlarmRegister", dependencies=FILTERED)
    async def listed(
        self, principal: Caller, db: Db, filters: Narrowed, limit: FromQuery[int | None] = None
    ) -> Page[RegisterEntry]:
        """By the time of receipt; the same filters as the list of incidents."""
        size = pages.limit(limit)
        async with db.bound(principal) as conn:
            found, rows = await register.entries(conn, principal, filters, size)
        last = key_of(rows[size - 1], filters) if len(rows) > size else None
        return Page(found[:size], None if last is None else pages.encode(last))

    @get(
        "/export.csv", operation_id="exportAlarmRegister", media_type="text/csv", opt={UNCOMPRESSED: True},
        dependencies=FILTERED,
    )  # fmt: skip
    async def sheet(
        self, principal: Caller, db: Db, clock: Time, filters: Narrowed,
        encoding: FromQuery[Encoding] = "utf-8-bom", columns: FromQuery[str | None] = None,
    ) -> Stream:  # fmt: skip
        """All that the page shows to the same question."""
        names = downloads.picked(columns, COLUMNS)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "register.exported", "register", _said(filters))
        mark = downloads.marked(number, principal, clock.now())
        rows = downloads.cut(_batches(db, principal, filters), COLUMNS, names)
        return downloads.download("alarm-register.csv", names, rows, mark, encoding)

    @get(
        "/export.xlsx", operation_id="exportAlarmRegisterBook", media_type=workbooks.MEDIA, opt={UNCOMPRESSED: True},
        dependencies=FILTERED,
    )  # fmt: skip
    async def book(
        self, principal: Caller, db: Db, clock: Time, filters: Narrowed, lang: FromQuery[Lang] = "zh"
    ) -> Response[bytes]:
        """The same as a workbook, in words."""
        found = await _first(db, principal, filters, MOST_BOOK)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "register.exported", "register", _said(filters))
        heads, rows = paper.of_entries(found[:MOST_BOOK], lang)
        note = word("register.more", lang) if len(found) > MOST_BOOK else ""
        sheet = workbooks.Sheet(word("register", lang), heads, rows, note)
        return await workbooks.answer("alarm-register.xlsx", [sheet], downloads.marked(number, principal, clock.now()))

    @get(
        "/report.pdf", operation_id="printAlarmRegister", media_type="application/pdf", opt={UNCOMPRESSED: True},
        dependencies=FILTERED,
    )  # fmt: skip
    async def paper(
        self, principal: Caller, db: Db, clock: Time, press: Pressed, filters: Narrowed,
        lang: Annotated[Lang, QueryParameter(name="lang")] = "zh",
    ) -> Response[bytes]:  # fmt: skip
        """The book on lying A4; a long one says how far it goes."""
        found = await _first(db, principal, filters, MOST_PAPER)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "register.printed", "register", _said(filters))
        mark = downloads.marked(number, principal, clock.now())
        made = paper.of_register(
            found[:MOST_PAPER], len(found) > MOST_PAPER, (filters.since, filters.until), mark, lang
        )
        pdf = await printed(press, made, TABLES)
        name = f'inline; filename="alarm-register-E{number}.pdf"'
        return Response(pdf, media_type="application/pdf", headers={"content-disposition": name})


def _said(filters: Filters) -> object:
    return {name: value for name in filters.__struct_fields__ if (value := getattr(filters, name))}


async def _batches(db: Database, principal: Principal, filters: Filters) -> AsyncIterator[list[list[downloads.Cell]]]:
    """No connection is held while a slow reader takes a page."""
    while True:
        async with db.bound(principal) as conn:
            found, rows = await register.entries(conn, principal, filters, downloads.BATCH)
        yield [[getattr(entry, name) for name in COLUMNS] for entry in found[: downloads.BATCH]]
        if len(rows) <= downloads.BATCH:
            return
        filters = msgspec.structs.replace(filters, after=reading.place(rows[downloads.BATCH - 1], filters))


async def _first(db: Database, principal: Principal, filters: Filters, most: int) -> list[RegisterEntry]:
    """One more than `most` where there is one."""
    async with db.bound(principal) as conn:
        found, _ = await register.entries(conn, principal, filters, most)
    return found


handlers: list[type[Controller]] = [AlarmRegister]
