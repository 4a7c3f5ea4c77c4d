"""Device health over HTTP: totals, coverage by place, the list with its filters, one device; the list as CSV.

Everything is read on a connection bound to the principal; what lies outside the scope does not exist. Figures are those
of the last round, at most a minute old; a device's last sign of life is the present one.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from litestar import Controller, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from zhigan.desks.health import store
from zhigan.desks.health.model import BYS, STATES, TROUBLES, By, Coverage, HealthRow, HealthSummary, HealthView
from zhigan.registry.refusals import an_id, found, one_of
from zhigan.vocabulary.devices import BY_NAME as TYPES
from zhigan.webapi import downloads, pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Encoding = Literal["utf-8-bom", "utf-8", "gb18030"]
MOST_EXPORTED = 50_000
COLUMNS = (
    "name", "type", "gateway", "unit", "place", "state", "troubles", "seen_at", "battery", "days_left", "days_least",
    "days_most", "signal", "tested_at", "life_until", "id",
)  # fmt: skip

COVERAGE_COLUMNS = (
    "area", "name", "code", "installed", "alive", "late", "offline", "never", "low_battery", "past_life",
)  # fmt: skip


def _asked(
    state: str | None, trouble: str | None, type_: str | None, area: str | None, community: str | None,
    unit_id: str | None, cursor: str | None,
) -> store.Asked:  # fmt: skip
    one_of("state", state, STATES)
    one_of("trouble", trouble, tuple(TROUBLES))
    one_of("type", type_, tuple(TYPES))
    key = pages.decode(cursor, 1)
    if key is not None and not isinstance(key[0], int):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer")
    return store.Asked(
        state=state or None, trouble=trouble or None, type=type_ or None, area=area or None,
        community=community or None, unit_id=an_id(unit_id) if unit_id else None,
        after=int(key[0] or 0) if key is not None else None,
    )  # fmt: skip


def _by(word: str) -> By:
    one_of("by", word, BYS)
    return "area" if word == "area" else "community" if word == "community" else "street"


async def _covered(rows: list[Coverage]) -> AsyncIterator[list[list[downloads.Cell]]]:
    yield [[getattr(row, name) for name in COVERAGE_COLUMNS] for row in rows]


async def _cells(rows: list[HealthRow]) -> AsyncIterator[list[list[downloads.Cell]]]:
    yield [[" ".join(row.troubles) if name == "troubles" else getattr(row, name) for name in COLUMNS] for row in rows]


class DeviceHealth(Controller):
    path = "/device-health"
    tags = ("health",)

    @get(operation_id="listDeviceHealth")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        in_state: Annotated[str | None, QueryParameter(name="state")] = None,
        trouble: FromQuery[str | None] = None,
        type: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        community: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[HealthRow]:
        """`community`: the code of a community, or the first nine digits of it for a street."""
        asked = _asked(in_state, trouble, type, area, community, unit_id, cursor)
        size = pages.limit(limit)
        async with db.bound(principal) as conn:
            rows = await store.listed(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda row: row[1], lambda row: [row[0]])

    @get("/export.csv", operation_id="exportDeviceHealth", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        in_state: Annotated[str | None, QueryParameter(name="state")] = None,
        trouble: FromQuery[str | None] = None,
        type: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        community: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        encoding: FromQuery[Encoding] = "utf-8-bom",
        columns: FromQuery[str | None] = None,
    ) -> Stream:
        """What the list shows to the same question, as CSV, at most 50,000 rows; that it was taken out is written."""
        names = downloads.picked(columns, COLUMNS)
        asked = _asked(in_state, trouble, type, area, community, unit_id, None)
        async with db.bound(principal) as conn:
            rows = [row for _, row in await store.listed(conn, principal.scope, asked, MOST_EXPORTED)]
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "device_health.exported", "device-health", asked)
        mark = downloads.marked(number, principal, clock.now())
        return downloads.download(
            "device-health.csv", names, downloads.cut(_cells(rows), COLUMNS, names), mark, encoding
        )

    @get("/summary", operation_id="sumDeviceHealth")
    async def summary(self, principal: Caller, db: Db) -> HealthSummary:
        async with db.bound(principal) as conn:
            return await store.summary(conn, principal.scope)

    @get("/coverage", operation_id="coverDeviceHealth")
    async def coverage(
        self, principal: Caller, db: Db, by: FromQuery[str] = "street", type: FromQuery[str | None] = None
    ) -> Page[Coverage]:
        """By area, street or community; where most is silent first, at most 2,000 of them."""
        chosen = _by(by)
        one_of("type", type, tuple(TYPES))
        async with db.bound(principal) as conn:
            return Page(await store.coverage(conn, principal.scope, chosen, type or None))

    @get("/coverage.csv", operation_id="exportDeviceCoverage", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def coverage_export(
        self, principal: Caller, db: Db, clock: Time, by: FromQuery[str] = "street",
        type: FromQuery[str | None] = None, encoding: FromQuery[Encoding] = "utf-8-bom",
        columns: FromQuery[str | None] = None,
    ) -> Stream:  # fmt: skip
        """The same figures as CSV; that they were taken out is written."""
        names = downloads.picked(columns, COVERAGE_COLUMNS)
        chosen = _by(by)
        one_of("type", type, tuple(TYPES))
        async with db.bound(principal) as conn:
            rows = await store.coverage(conn, principal.scope, chosen, type or None)
        async with db.owner() as conn:
            asked = {"by": chosen, "type": type or ""}
            number = await audit(conn, principal, clock.now(), "device_health.exported", "device-coverage", asked)
        cells = downloads.cut(_covered(rows), COVERAGE_COLUMNS, names)
        mark = downloads.marked(number, principal, clock.now())
        return downloads.download("device-coverage.csv", names, cells, mark, encoding)


class OneDevicesHealth(Controller):
    tags = ("health",)

    @get("/devices/{device_id:str}/health", operation_id="getDeviceHealth")
    async def one(self, principal: Caller, db: Db, device_id: FromPath[str]) -> HealthView:
        return await _one(db, principal, device_id)


async def _one(db: Db, principal: Principal, device_id: str) -> HealthView:
    async with db.bound(principal) as conn:
        return found(await store.one(conn, an_id(device_id)))


handlers: list[type[Controller]] = [DeviceHealth, OneDevicesHealth]
