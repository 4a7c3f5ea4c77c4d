"""What is kept silent, over HTTP: the list, its count for the header, units for the map, ending by hand.

A test ends as tests do, a suspended device is put in service again; a shield ends at the panel, and so is told only.
Whatever lies outside the scope does not exist (404, decided first).
"""

from collections.abc import AsyncIterator
from typing import Literal

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from zhigan.bus import log
from zhigan.desks.silence import store
from zhigan.desks.silence.model import KINDS, SilenceSummary, SilenceView, SilentPlace
from zhigan.registry import devices, suspending, units
from zhigan.registry.api_units import TEST_ROLES
from zhigan.registry.refusals import allow, an_id, found, one_of
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import INSTALL_ROLES
from zhigan.webapi import downloads, pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

COLUMNS = (
    "kind", "unit", "building", "device", "type", "place", "who", "why", "since", "until", "devices", "warning", "id",
)  # fmt: skip


def _sought(q: str | None) -> str:
    return (q or "").strip()[:200]


async def _cells(rows: list[SilenceView]) -> AsyncIterator[list[list[downloads.Cell]]]:
    yield [[getattr(row, name) for name in COLUMNS] for row in rows]


class Silences(Controller):
    path = "/silences"
    tags = ("silence",)

    @get(operation_id="listSilences")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        kind: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        device_id: FromQuery[str | None] = None,
        q: FromQuery[str | None] = None,
        sort: FromQuery[str] = store.WARNED,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[SilenceView]:
        """`sort=warning`: warnings first, then the oldest. `device_id`: also the tests that cover that device; `q`:
        unit or device."""
        one_of("kind", kind, KINDS)
        one_of("sort", sort, store.SORTS)
        asked = store.Asked(
            kind=kind,
            unit_id=an_id(unit_id) if unit_id else None,
            device_id=an_id(device_id) if device_id else None,
            q=_sought(q),
            sort=sort,
            after=store.after(cursor),
        )
        now = clock.now()
        size = pages.limit(limit, usual=500)
        async with db.bound(principal) as conn:
            rows = await store.listed(conn, principal.scope, asked, now, size + 1)
        return pages.page(rows, size, lambda s: s, lambda s: store.key(s, asked, now))

    @get("/export.csv", operation_id="exportSilences", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        kind: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        device_id: FromQuery[str | None] = None,
        q: FromQuery[str | None] = None,
        sort: FromQuery[str] = store.WARNED,
        encoding: FromQuery[Literal["utf-8-bom", "utf-8", "gb18030"]] = "utf-8-bom",
        columns: FromQuery[str | None] = None,
    ) -> Stream:
        """All that the list shows to the same question, as CSV; that it was taken out is written too."""
        names = downloads.picked(columns, COLUMNS)
        one_of("kind", kind, KINDS)
        one_of("sort", sort, store.SORTS)
        asked = store.Asked(
            kind=kind, unit_id=an_id(unit_id) if unit_id else None, device_id=an_id(device_id) if device_id else None,
            q=_sought(q), sort=sort,
        )  # fmt: skip
        now = clock.now()
        async with db.bound(principal) as conn:
            rows = await store.listed(conn, principal.scope, asked, now, store.MOST)
        async with db.owner() as conn:
            number = await audit(conn, principal, now, "silences.exported", "silences", asked)
        mark = downloads.marked(number, principal, now)
        return downloads.download("silences.csv", names, downloads.cut(_cells(rows), COLUMNS, names), mark, encoding)

    @get("/summary", operation_id="countSilences")
    async def summary(self, principal: Caller, db: Db, clock: Time) -> SilenceSummary:
        async with db.bound(principal) as conn:
            return await store.summary(conn, principal.scope, clock.now())

    @get("/places", operation_id="listSilentPlaces")
    async def places(self, principal: Caller, db: Db, clock: Time) -> Page[SilentPlace]:
        async with db.bound(principal) as conn:
            return Page(await store.places(conn, principal.scope, clock.now()))

    @post("/{kind:str}/{thing_id:str}/end", status_code=204, operation_id="endSilence")
    async def end(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        kind: FromPath[Literal["test", "suspended"]],
        thing_id: FromPath[str],
    ) -> None:
        """A test, or the suspension of a device, ends now."""
        if kind == "test":
            await _end_test(db, principal, clock, thing_id)
        else:
            await _end_suspension(db, principal, clock, thing_id)


async def _end_test(db: Database, principal: Principal, clock: Time, id_: str) -> None:
    now = clock.now()
    async with db.bound(principal) as conn:
        found(await units.test(conn, an_id(id_), now))
    allow(principal, TEST_ROLES)
    async with db.owner() as conn:
        if not await units.end_test(conn, id_, principal.name, now):
            raise problems.conflict("The test is over already.")
        await audit(conn, principal, now, "test.ended", id_)


async def _end_suspension(db: Database, principal: Principal, clock: Time, id_: str) -> None:
    now = clock.now()
    async with db.bound(principal) as conn:
        state = found(await devices.one(conn, an_id(id_))).device.state
    allow(principal, INSTALL_ROLES)
    async with db.owner() as conn:
        draft = await suspending.resume(conn, id_, now)
        if draft is None:
            raise problems.conflict(f"state: what is {state} cannot become in_service")
        await audit(conn, principal, now, "device.resumed", id_)
        await log.append(conn, [draft], to_micros(now))


handlers: list[type[Controller]] = [Silences]
