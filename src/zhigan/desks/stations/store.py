"""Stations and drills in PostgreSQL.

Enters: a bound connection for what people see, the owner's for what is written, `now`. Leaves: views; the event by
which a drill's people are told. A drill touches its own table: no device and no incident knows of it. Absent: HTTP,
roles; the clock of a real alarm (turnout.py).
"""

from collections.abc import Sequence
from datetime import datetime
from math import cos, radians
from uuid import UUID

import msgspec
from asyncpg import Record

from zhigan.desks.stations import rules
from zhigan.desks.stations.model import (
    Crew,
    DrillRank,
    GearItem,
    MicroStation,
    NeighbourStation,
    StationDrill,
    StationFile,
    StationKeeping,
    TurnoutStep,
)
from zhigan.incidents.store import SQL as INCIDENTS
from zhigan.registry.hydrants import metres
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Owned
from zhigan.webapi.audit import by_platform

SQL = sql.load("zhigan.desks.stations")
NOWHERE = str(UUID(int=0))
METRES_A_DEGREE = 111_000
SHOWN = 20
OF_STEP: dict[TurnoutStep, str] = {
    "seen": SQL.step_seen, "left": SQL.step_left, "arrived": SQL.step_arrived, "acting": SQL.step_acting,
}  # fmt: skip


async def listed(
    conn: Connection, area: str | None, after: tuple[str, str], limit: int, now: datetime
) -> list[MicroStation]:
    return [_station(r, now) for r in await conn.fetch(SQL.stations, area, None, *after, limit)]


async def _row(conn: Connection, id_: str) -> Record | None:
    return await conn.fetchrow(SQL.stations, None, id_, "", NOWHERE, 1)


async def one(conn: Connection, id_: str, now: datetime) -> MicroStation | None:
    row = await _row(conn, id_)
    return None if row is None else _station(row, now)


async def file_of(conn: Connection, owner: Connection, id_: str, now: datetime) -> StationFile | None:
    """Neighbours are shown whoever's scope holds them: who stands in for a station must be known to it."""
    row = await _row(conn, id_)
    if row is None:
        return None
    station = _station(row, now)
    crew = [Crew(name=r["name"], post=r["post"], phone=r["phone"]) for r in await conn.fetch(SQL.crew, id_)]
    near = await _neighbours(owner, row, station.keeping.radius_m)
    return StationFile(station=station, crew=crew, neighbours=near, drills=await drills(conn, now, station=id_))


async def _neighbours(owner: Connection, row: Record, radius: int) -> list[NeighbourStation]:
    lon, lat = row["lon"], row["lat"]
    if lon is None or lat is None:
        return []
    up, narrow = radius / METRES_A_DEGREE, max(0.1, cos(radians(lat)))
    found = [
        NeighbourStation(
            id=r["id"], name=r["name"], phone=r["phone"], distance_m=round(metres(lon, lat, r["lon"], r["lat"]))
        )
        for r in await owner.fetch(SQL.around, row["id"], lon, lat, up, 2 * SHOWN, narrow)
    ]
    return sorted((n for n in found if n.distance_m <= radius), key=lambda n: n.distance_m)[:SHOWN]


def _station(r: Record, now: datetime) -> MicroStation:
    gear = msgspec.json.decode(r["gear"], type=list[GearItem]) if r["gear"] else []
    today = rules.today(now)
    return MicroStation(
        id=r["id"], code=r["code"], name=r["name"], area=r["area"], phone=r["phone"], people=r["people"],
        keeping=StationKeeping(radius_m=r["radius_m"] or rules.RADIUS_M, gear=gear),
        expired=sum(g.expires_on is not None and g.expires_on < today for g in gear), drill=r["drill"],
    )  # fmt: skip


async def keep(owner: Connection, id_: str, keeping: StationKeeping, now: datetime) -> None:
    await owner.execute(SQL.keep, id_, keeping.radius_m, msgspec.json.encode(keeping.gear).decode(), now)


async def drills(
    conn: Connection, now: datetime, *, station: str | None = None, drill: str | None = None,
    after: tuple[datetime | None, str] = (None, NOWHERE), running: bool = False, limit: int = SHOWN,
) -> list[StationDrill]:  # fmt: skip
    return [_drill(r, now) for r in await conn.fetch(SQL.drills, station, drill, *after, running, limit)]


def _drill(r: Record, now: datetime) -> StationDrill:
    said: dict[TurnoutStep, datetime | None] = {
        "seen": r["seen_at"], "left": r["left_at"], "arrived": r["arrived_at"], "acting": r["acting_at"],
    }  # fmt: skip
    shown = rules.clock(r["told_at"], said, r["ended_at"], now)
    return StationDrill(
        id=r["id"], station_id=r["organisation_id"], station=r["name"], area=r["area"], place=r["place"],
        started_by=r["started_by"], clock=shown, ended_at=r["ended_at"], ended_why=r["ended_why"],
        incident=r["incident"], passed=rules.passed(shown, r["ended_why"]),
    )  # fmt: skip


def started(drill: StationDrill, code: str) -> Draft:
    """The caller appends it, as the last act: the station's people are told by it, as of an alarm."""
    at = drill.clock.told_at
    if at is None:
        raise ValueError(drill.id)
    body: dict[str, object] = {"name": drill.station, "place": drill.place}
    return Draft(EventType.DRILL_STARTED, drill.id, to_micros(at), body, Owned(area=drill.area, station=code))


async def ranking(conn: Connection, now: datetime) -> list[DrillRank]:
    return rules.ranking(_drill(r, now) for r in await conn.fetch(SQL.ranked, now - rules.RANKED))


async def real(owner: Connection, id_: str) -> str | None:
    """A real I or II that is open within the station's area."""
    row = await _row(owner, id_)
    return None if row is None else _within(row, await owner.fetch(INCIDENTS.grave))


def _within(station: Record, grave: Sequence[Record]) -> str | None:
    radius = station["radius_m"] or rules.RADIUS_M
    for r in grave:
        if r["station"] == station["code"] or _reaches(station, r, radius):
            return r["id"]
    return None


def _reaches(station: Record, incident: Record, radius: int) -> bool:
    at = (station["lon"], station["lat"], incident["lon"], incident["lat"])
    return None not in at and metres(*at) <= radius


async def interrupt(owner: Connection, now: datetime) -> int:
    """Drills ended because it burns there in earnest, or because nobody ended them."""
    running = await owner.fetch(SQL.open, rules.RADIUS_M)
    grave = await owner.fetch(INCIDENTS.grave) if running else []
    ended = 0
    for r in running:
        incident = _within(r, grave)
        why = "alarm" if incident else "time" if now - r["told_at"] >= rules.LONGEST else ""
        if why and await owner.fetchval(SQL.end, r["id"], now, why, incident):
            await by_platform(owner, now, "drill.ended", r["id"], {"why": why, "incident": incident})
            ended += 1
    return ended
