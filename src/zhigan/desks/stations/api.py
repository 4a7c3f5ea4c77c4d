"""Micro fire stations over HTTP: what they keep, drills, the 1-3-5-minute clock of an alarm.

What lies outside the scope does not exist (404, decided first). A drill is never an alarm: it is refused while a real I
or II is open within the station's area, and whoever says a step after one came is told so.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from zhigan.bus import log
from zhigan.desks.stations import store, turnout
from zhigan.desks.stations.model import (
    DrillRank,
    Drills,
    DrillStep,
    MicroStation,
    MicroStations,
    NewDrill,
    StationDrill,
    StationFile,
    StationKeeping,
    Turnouts,
)
from zhigan.incidents.addressed import found as alarm
from zhigan.incidents.store import SQL as INCIDENTS
from zhigan.registry.refusals import allow, an_id, found
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import COMMAND_ROLES, MEMBER_ROLES, Role
from zhigan.webapi import downloads, pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

DRILL_ROLES = COMMAND_ROLES | {Role.COMMUNITY}
STEP_ROLES = frozenset({Role.STATION})
USUAL = 50


class Stations(Controller):
    path = "/stations"
    tags = ("stations",)

    @get(operation_id="listMicroStations")
    async def listed(
        self, principal: Caller, db: Db, clock: Time, area: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None, cursor: FromQuery[str | None] = None,
    ) -> MicroStations:  # fmt: skip
        """By name: people, gear that has expired, whether a drill runs."""
        size, after = pages.limit(limit, usual=USUAL, largest=200), pages.decode(cursor, 2)
        last = (str(after[0]), an_id(str(after[1]))) if after else ("", store.NOWHERE)
        async with db.bound(principal) as conn:
            items = await store.listed(conn, area, last, size + 1, clock.now())
        more = pages.encode([items[size - 1].name, items[size - 1].id]) if len(items) > size else None
        return MicroStations(items=items[:size], next=more)

    @get("/{station_id:str}", operation_id="getMicroStation")
    async def one(self, principal: Caller, db: Db, clock: Time, station_id: FromPath[str]) -> StationFile:
        """Its people, gear, the stations that stand in for it (区域联防), its newest drills."""
        async with db.bound(principal) as conn, db.owner() as owner:
            return found(await store.file_of(conn, owner, an_id(station_id), clock.now()))

    @put("/{station_id:str}/keeping", status_code=204, operation_id="putStationKeeping")
    async def keep(
        self, principal: Caller, db: Db, clock: Time, station_id: FromPath[str], data: JSONBody[StationKeeping]
    ) -> None:
        await _seen(db, principal, station_id, clock.now())
        allow(principal, MEMBER_ROLES)
        async with db.owner() as conn:
            await store.keep(conn, station_id, data, clock.now())
            await audit(conn, principal, clock.now(), "station.changed", station_id, data)

    @post("/{station_id:str}/drills", operation_id="startDrill")
    async def start(
        self, principal: Caller, db: Db, clock: Time, station_id: FromPath[str], data: JSONBody[NewDrill]
    ) -> Response[StationDrill]:
        """拉动演练: the clock runs from now. Sent again with the same id it is the same drill (200)."""
        now = clock.now()
        code = (await _seen(db, principal, station_id, now)).code
        allow(principal, DRILL_ROLES)
        an_id(data.id)
        async with db.owner() as conn:
            there = await store.drills(conn, now, drill=data.id)
            if there and there[0].station_id != station_id:
                raise problems.not_found()
            if there:
                return Response(there[0], status_code=200)
            incident = await store.real(conn, station_id)
            if incident is not None:
                raise problems.conflict("A real alarm is open in the area of this station: no drill now.")
            if await conn.fetchval(store.SQL.start, data.id, station_id, data.place, now, principal.name) is None:
                raise problems.conflict("A drill of this station is running already.")
            await audit(conn, principal, now, "drill.started", data.id, {"station": station_id, "place": data.place})
            begun = (await store.drills(conn, now, drill=data.id))[0]
            await log.append(conn, [store.started(begun, code)], to_micros(now))
            return Response(begun, status_code=201)


class StationDrills(Controller):
    path = "/drills"
    tags = ("stations",)

    @get(operation_id="listDrills")
    async def listed(
        self, principal: Caller, db: Db, clock: Time, running: FromQuery[bool] = False,
        limit: FromQuery[int | None] = None, cursor: FromQuery[str | None] = None,
    ) -> Drills:  # fmt: skip
        """Newest first; `running`: only those that are under way, as a station's phone asks."""
        size, after = pages.limit(limit, usual=USUAL, largest=200), pages.decode(cursor, 2)
        last = (datetime.fromisoformat(str(after[0])), an_id(str(after[1]))) if after else (None, store.NOWHERE)
        async with db.bound(principal) as conn:
            items = await store.drills(conn, clock.now(), after=last, running=running, limit=size + 1)
        return Drills(items=items[:size], next=_cursor(items[size - 1]) if len(items) > size else None)

    @get("/ranking", operation_id="rankDrills")
    async def ranking(self, principal: Caller, db: Db, clock: Time) -> list[DrillRank]:
        """Of 90 days, by county, the best first."""
        async with db.bound(principal) as conn:
            return await store.ranking(conn, clock.now())

    @get("/export.csv", operation_id="exportDrills", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self, principal: Caller, db: Db, clock: Time, running: FromQuery[bool] = False,
        encoding: FromQuery[downloads.Encoding] = "utf-8-bom",
    ) -> Stream:  # fmt: skip
        """All that the list shows to the same question."""
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "drill.exported", "drills")
        heads = ["area", "station", "place", "told_at", "seen_s", "left_s", "arrived_s", "acting_s", "result", "passed"]
        lines = _lines(db, principal, clock.now(), running)
        return downloads.download(
            "drills.csv", heads, lines, downloads.marked(number, principal, clock.now()), encoding
        )

    @post("/{drill_id:str}/steps", status_code=200, operation_id="stepDrill")
    async def step(
        self, principal: Caller, db: Db, clock: Time, drill_id: FromPath[str], data: JSONBody[DrillStep]
    ) -> StationDrill:
        """Seen, left, arrived, in action: the phone's steps, in this order; the last one ends the drill."""
        now = clock.now()
        one = await _drill(db, principal, drill_id, now)
        allow(principal, STEP_ROLES)
        async with db.owner() as conn:
            await store.interrupt(conn, now)
        async with db.owner() as conn:
            if one.ended_at is None and await conn.fetchval(store.OF_STEP[data.step], drill_id, now):
                await audit(conn, principal, now, "drill.stepped", drill_id, data)
                return (await store.drills(conn, now, drill=drill_id))[0]
            one = (await store.drills(conn, now, drill=drill_id))[0]
        if one.ended_why == "alarm":
            raise problems.conflict("This is no drill any more: a real alarm has come.")
        if one.ended_at is not None:
            raise problems.conflict("The drill is over.")
        raise problems.conflict("The steps come one after the other: left, arrived, in action.")

    @post("/{drill_id:str}/stop", status_code=200, operation_id="stopDrill")
    async def stop(self, principal: Caller, db: Db, clock: Time, drill_id: FromPath[str]) -> StationDrill:
        now = clock.now()
        await _drill(db, principal, drill_id, now)
        allow(principal, DRILL_ROLES)
        async with db.owner() as conn:
            if await conn.fetchval(store.SQL.end, drill_id, now, "stopped", None):
                await audit(conn, principal, now, "drill.stopped", drill_id)
            return (await store.drills(conn, now, drill=drill_id))[0]


class Turnout(Controller):
    tags = ("stations",)

    @get("/incidents/{incident_id:str}/turnout", operation_id="getTurnout")
    async def clocks(self, principal: Caller, db: Db, clock: Time, incident_id: FromPath[str]) -> Turnouts:
        """The 1-3-5-minute clock of each micro station on this alarm, from the moment it was told."""
        async with db.bound(principal) as conn:
            row = await alarm(conn, incident_id)
            family = [row.id, *(str(r["id"]) for r in await conn.fetch(INCIDENTS.family, [row.id]))]
            closed = await conn.fetchval(INCIDENTS.closed_at, row.id)
        async with db.owner() as conn:
            return Turnouts(items=await turnout.clocks(conn, row.place.owned.station, family, closed, clock.now()))


def _cursor(last: StationDrill) -> str:
    told = last.clock.told_at
    return pages.encode(["" if told is None else told.isoformat(), last.id])


async def _lines(
    db: Database, principal: Principal, now: datetime, running: bool
) -> AsyncIterator[list[list[downloads.Cell]]]:
    last: tuple[datetime | None, str] = (None, store.NOWHERE)
    while True:
        async with db.bound(principal) as conn:
            items = await store.drills(conn, now, after=last, running=running, limit=500)
        if not items:
            return
        yield [_line(each) for each in items]
        last = (items[-1].clock.told_at, items[-1].id)


def _line(d: StationDrill) -> list[downloads.Cell]:
    c = d.clock
    told = "" if c.told_at is None else c.told_at.isoformat()
    return [d.area, d.station, d.place, told, c.seen_s, c.left_s, c.arrived_s, c.acting_s, d.ended_why, d.passed]


async def _seen(db: Database, principal: Principal, station_id: str, now: datetime) -> MicroStation:
    async with db.bound(principal) as conn:
        return found(await store.one(conn, an_id(station_id), now))


async def _drill(db: Database, principal: Principal, drill_id: str, now: datetime) -> StationDrill:
    async with db.bound(principal) as conn:
        there = await store.drills(conn, now, drill=an_id(drill_id))
    return found(there[0] if there else None)


handlers: list[type[Controller]] = [Stations, StationDrills, Turnout]
