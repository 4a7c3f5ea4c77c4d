"""The roll call in PostgreSQL: candidates by their scope's words, positions, the water near a place.

Enters: the owner's connection, after the incident was found within the asker's scope. Leaves: `Around`. Water is shown
whoever's scope holds it: who stands before a fire needs the nearest hydrant, not the nearest of his own.
"""

from datetime import datetime

from asyncpg import Record

from zhigan.desks.rollcall import rules
from zhigan.desks.rollcall.model import Around, Water
from zhigan.desks.rollcall.rules import Candidate, Word
from zhigan.incidents import responses
from zhigan.incidents.model import Answer
from zhigan.incidents.rows import Row
from zhigan.registry import hydrants
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Scope

SQL = sql.load("zhigan.desks.rollcall")
MOST_WATER = 3


async def around(conn: Connection, row: Row, family: list[str], now: datetime) -> Around:
    place = row.place
    at = None if place.lon is None or place.lat is None else (place.lon, place.lat)
    asked = (rules.ROLES, rules.words(place.owned), rules.MOST_PEOPLE + 1, now - rules.FRESH)
    candidates = [_candidate(r, at) for r in await conn.fetch(SQL.candidates, *asked)]
    said = [
        Word(r["account"], r["who"], r["role"], Answer(r["kind"]), r["at"])
        for r in await responses.listed(conn, [row.id, *family])
    ]
    found = [] if at is None else await hydrants.nearest(conn, Scope(), *at, MOST_WATER)
    return Around(
        people=rules.people(place.owned, candidates[: rules.MOST_PEOPLE], said),
        hydrants=[
            Water(
                id=h.id, name=h.name or h.code, address=h.address, lon=h.lon, lat=h.lat, pressure_mpa=h.pressure_mpa,
                able_lps=h.able_lps, distance_m=h.distance_m, distance_by=h.distance_by,
            )
            for h in found
        ],
        more=len(candidates) > rules.MOST_PEOPLE,
    )  # fmt: skip


def _candidate(r: Record, at: tuple[float, float] | None) -> Candidate:
    known = at is not None and r["lon"] is not None
    return Candidate(
        id=r["id"],
        name=r["display_name"] or r["name"],
        role=r["role"],
        scope=r["scope"],
        phone=r["phone"],
        distance_m=round(hydrants.metres(*at, r["lon"], r["lat"])) if at is not None and known else None,
        position_at=r["at"] if known else None,
    )


async def put_position(conn: Connection, account: str, now: datetime, lon: float, lat: float, accuracy: float) -> None:
    await conn.execute(SQL.put_position, account, now, lon, lat, accuracy)


async def drop_position(conn: Connection, account: str, now: datetime) -> None:
    """Mine; and what is too old to be used by anybody goes with it."""
    await conn.execute(SQL.drop_position, account, now - rules.FRESH)
