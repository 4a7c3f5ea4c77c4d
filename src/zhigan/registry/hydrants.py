"""Hydrants: where they are, whether they can be used, and the nearest ones to a place."""

import math
from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from zhigan.registry.checks import HydrantRecord
from zhigan.registry.listing import Question
from zhigan.registry.pinyin import searchable
from zhigan.registry.shapes import Hydrant, NewHydrant
from zhigan.registry.sorting import After, Column, Sorts, moment, number
from zhigan.registry.store import SQL
from zhigan.registry.word_tables import USABLE_HYDRANTS
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Owned, Scope

EARTH_M = 6_371_008.8
SHRINK = 0.8902
"""cos 27.1°, as in the index: the city's middle latitude."""
SPARE = 4
"""The index ranks on flat paper; among so many times the wanted number the great circle decides."""


def metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Along the great circle (haversine)."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


async def nearest(conn: Connection, scope: Scope, lon: float, lat: float, limit: int) -> list[Hydrant]:
    """Usable ones (unknown pressure counts as usable), nearest first."""
    question = Question(scope, "h")
    question.where("h.state = any ({}::text[])", list(USABLE_HYDRANTS))
    question.parameters += [lon * SHRINK, lat]
    order = f"point(h.lon * {SHRINK}, h.lat) <-> point(${len(question.parameters) - 1}, ${len(question.parameters)})"
    text = question.text(SQL.hydrants, order, limit * SPARE)
    found = [_hydrant(r, lon, lat) for r in await conn.fetch(text, *question.parameters)]
    return sorted(found, key=lambda h: h.distance_m or 0)[:limit]


class HydrantsAsked(msgspec.Struct, frozen=True, kw_only=True):
    area: str | None = None
    state: str | None = None
    q: str | None = None
    sort: str = "code"
    after: After | None = None


SORTS: Sorts[Hydrant] = Sorts(
    "h.id",
    {
        "code": Column("h.code"),
        "name": Column("h.name"),
        "created_at": moment("h.created_at"),
        "pressure_mpa": number("h.pressure_mpa"),
    },
)


async def listed(conn: Connection, scope: Scope, asked: HydrantsAsked, limit: int) -> list[Hydrant]:
    question = Question(scope, "h")
    question.given("h.area = {}", asked.area)
    question.given("h.state = {}", asked.state)
    question.given("h.id in (select registry.found_hydrants({}))", (asked.q or "").strip())
    order = SORTS.order(question, asked.sort, asked.after)
    rows = await conn.fetch(question.text(SQL.hydrants, order, limit), *question.parameters)
    return [_hydrant(r) for r in rows]


async def one(conn: Connection, id_: str) -> Hydrant | None:
    row = await conn.fetchrow(f"{SQL.hydrants} where h.id = $1::uuid", id_)
    return None if row is None else _hydrant(row)


def _hydrant(r: asyncpg.Record, lon: float | None = None, lat: float | None = None) -> Hydrant:
    distance = None
    if lon is not None and lat is not None:
        distance = round(metres(lon, lat, r["lon"], r["lat"]))
    return Hydrant(
        id=r["id"],
        code=r["code"],
        name=r["name"],
        lon=r["lon"],
        lat=r["lat"],
        area_code=r["area_code"],
        reporting_area=r["area"],
        community=r["community"],
        address=r["address"],
        state=r["state"],
        pressure_mpa=r["pressure_mpa"],
        pressure_at=r["pressure_at"],
        diameter_mm=r["diameter_mm"],
        distance_m=distance,
        created_at=r["created_at"],
        changed_at=r["changed_at"],
    )


async def put(conn: Connection, records: Sequence[HydrantRecord], now: datetime) -> list[str]:
    """Adds or changes by code; answers the codes of those that are not as they were."""
    spelled: list[dict[str, object]] = msgspec.to_builtins(records)
    for row, record in zip(spelled, records, strict=True):
        row["pinyin"] = searchable(f"{record.name}{record.address}")
    rows = await conn.fetch(SQL.put_hydrants, msgspec.json.encode(spelled).decode(), now)
    return [r["code"] for r in rows]


async def by_codes(conn: Connection, asked: Sequence[str]) -> dict[str, Hydrant]:
    """Those of the codes that are known."""
    rows = await conn.fetch(f"{SQL.hydrants} where h.code = any ($1::text[])", list(asked))
    return {r["code"]: _hydrant(r) for r in rows}


def as_new(hydrant: Hydrant) -> NewHydrant:
    return NewHydrant(**{f: getattr(hydrant, f) for f in NewHydrant.__struct_fields__})


def owned(hydrant: Hydrant) -> Owned:
    return Owned(hydrant.reporting_area, hydrant.community)
