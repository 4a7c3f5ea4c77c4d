"""Hydrants: where they are, whether they can be used, and the nearest ones to a place."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec

from zhigan.registry import roads
from zhigan.registry.checks import Gauge, HydrantRecord
from zhigan.registry.listing import Question
from zhigan.registry.pinyin import searchable
from zhigan.registry.roads import Piece
from zhigan.registry.shapes import DoubledHydrants, Hydrant, NewHydrant
from zhigan.registry.sorting import After, Column, Sorts, moment, number
from zhigan.registry.store import SQL
from zhigan.registry.word_tables import GAUGES, USABLE_HYDRANTS
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.predicates import AREA_DIGITS
from zhigan.vocabulary.scopes import Owned, Scope

EARTH_M = 6_371_008.8
SHRINK = 0.8902
"""cos 27.1°, as in the index: the city's middle latitude."""
NOW = "registry.hydrant_now(h.state, n.conditions)"
ENOUGH_MPA = 0.10
"""What must be left while water is taken (GB 55036)."""
FARTHEST_WAY, LEAST_WAY_M, MOST_WAY_M = 1.5, 500.0, 5000.0
"""How much longer than the line a way is looked for, and within what bounds."""
MOST_ROADS = 60_000
SPARE = 4
"""The index ranks on flat paper; among so many times the wanted number the great circle decides."""


def metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Along the great circle (haversine)."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def able(static: float | None, residual: float | None, flow: float | None, left: float = ENOUGH_MPA) -> float | None:
    """L/s that can be taken with `left` MPa remaining, by a flow test: the pressure lost grows with the square of the
    flow. None without a test."""
    if static is None or residual is None or flow is None or residual >= static:
        return None
    return round(flow * math.sqrt(max(0.0, static - left) / (static - residual)), 1)


async def nearest(conn: Connection, scope: Scope, lon: float, lat: float, limit: int) -> list[Hydrant]:
    """Usable ones (unknown pressure counts as usable), nearest first."""
    near, parameters = _by_area(scope, lon, lat) or _by_place(scope, lon, lat)
    looked = limit * SPARE
    while True:
        rows = await conn.fetch(f"{SQL.hydrants} where h.id = any (array({near}))", *parameters, looked)
        found = [_hydrant(r, lon, lat) for r in rows if r["now"] in USABLE_HYDRANTS]
        if len(found) >= limit or len(rows) < looked:
            near_ones = sorted(found, key=lambda h: h.distance_m or 0)[: limit * SPARE]
            return (await _by_road(conn, near_ones, lon, lat))[:limit]
        looked *= SPARE


async def _by_road(conn: Connection, found: list[Hydrant], lon: float, lat: float) -> list[Hydrant]:
    """In the order of the ways where a road network is loaded; what no road reaches comes behind, by line."""
    if not found:
        return found
    farthest = min(max(FARTHEST_WAY * (h.distance_m or 0) for h in found), MOST_WAY_M)
    wide = math.degrees(max(farthest, LEAST_WAY_M) / EARTH_M)
    here = (lon - wide / SHRINK, lat - wide, lon + wide / SHRINK, lat + wide)
    rows = await conn.fetch(SQL.roads_here, *here, MOST_ROADS)
    if not rows:
        return found
    pieces = [Piece(*row.values()) for row in rows]
    ways = await asyncio.to_thread(roads.ways, pieces, (lon, lat), {h.id: (h.lon, h.lat) for h in found})
    told = [
        msgspec.structs.replace(h, distance_m=round(ways[h.id]), distance_by="road") if h.id in ways else h
        for h in found
    ]
    return sorted(told, key=lambda h: (h.distance_by != "road", h.distance_m or 0))


def _by_area(scope: Scope, lon: float, lat: float) -> tuple[str, list[object]] | None:
    """Where a scope is whole areas and nothing else: each has its sheet of the index (0059)."""
    areas = scope.terms.get("area", ())
    if len(scope.terms) != 1 or not areas or any(len(code) != AREA_DIGITS for code in areas):
        return None
    return "select registry.hydrants_near($1, $2, $3::text[], $4)", [lon, lat, list(areas)]


def _by_place(scope: Scope, lon: float, lat: float) -> tuple[str, list[object]]:
    question = Question(scope, "h")
    question.where("h.state = any ({}::text[])", list(USABLE_HYDRANTS))
    question.parameters += [lon * SHRINK, lat]
    order = f"point(h.lon * {SHRINK}, h.lat) <-> point(${len(question.parameters) - 1}, ${len(question.parameters)})"
    # The index alone finds who is near: joined with their gauges the planner sorts the whole city.
    near = question.text("select h.id from registry.hydrant h", order, 0)
    return near, question.parameters[:-1]


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
    question.given(f"{NOW} = {{}}", asked.state)
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
        kind=r["kind"],
        main_mm=r["main_mm"],
        outlets=r["outlets"],
        owner=r["owner"],
        zone=r["zone"],
        tested_on=r["tested_on"],
        static_mpa=r["static_mpa"],
        residual_mpa=r["residual_mpa"],
        flow_lps=r["flow_lps"],
        gauge=r["gauge"],
        now=r["now"],
        device_id=r["device_id"],
        seen_at=r["seen_at"],
        able_lps=able(r["static_mpa"], r["residual_mpa"], r["flow_lps"]),
        distance_m=distance,
        distance_by=None if distance is None else "line",
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


async def gauges(conn: Connection, addresses: Sequence[str]) -> dict[str, list[Gauge]]:
    """By address. On the owner's connection: a gauge that somebody cannot see is taken all the same."""
    found: dict[str, list[Gauge]] = {}
    named = sorted({address.strip() for address in addresses} - {""})
    for r in await conn.fetch(SQL.gauges, named, list(GAUGES)) if named else ():
        found.setdefault(r["address"], []).append(Gauge(r["number"], r["of"]))
    return found


class Gauged(msgspec.Struct, frozen=True):
    """A hydrant whose gauge has been heard since its pressure was put down: `device`, `parent` are numbers."""

    id: str
    device: int
    parent: int | None


async def gauged(conn: Connection, since: datetime, limit: int) -> list[Gauged]:
    rows = await conn.fetch(SQL.gauged_hydrants, since, limit)
    return [Gauged(r["id"], r["device"], r["parent"]) for r in rows]


async def put_pressures(conn: Connection, told: Mapping[str, tuple[float, datetime]]) -> int:
    """By id: MPa, and when it was measured. Never over a later one. How many were put down."""
    values = list(told.values())
    rows = await conn.fetch(SQL.put_pressures, list(told), [mpa for mpa, _ in values], [at for _, at in values])
    return len(rows)


async def found_so(conn: Connection, id_: str, state: str, now: datetime) -> bool:
    """Somebody stood before it. False: it was known to be so."""
    return bool(await conn.fetchval(SQL.found_hydrant_so, id_, state, now))


async def move(conn: Connection, id_: str, lon: float, lat: float, now: datetime) -> tuple[float, float] | None:
    """Where it was thought to stand before."""
    row = await conn.fetchrow(SQL.move_hydrant, id_, lon, lat, now)
    return None if row is None else (row["was_lon"], row["was_lat"])


async def doubled(
    conn: Connection, scope: Scope, metres_: int, after: tuple[str, str], limit: int
) -> list[DoubledHydrants]:
    """Pairs so near to each other that they may be one, in the order of their codes."""
    question = Question(scope, "a")
    question.where("(a.code, b.code) > ({}, {})", *after)
    parameters = [*question.parameters, math.degrees(metres_ / EARTH_M), limit]
    statement = SQL.doubled_hydrants.format(
        where=" and ".join(question.conditions), apart=f"${len(parameters) - 1}", limit=f"${len(parameters)}"
    )
    pairs = await conn.fetch(statement, *parameters)
    ids = sorted({r[side] for r in pairs for side in ("one", "other")})
    rows = await conn.fetch(f"{SQL.hydrants} where h.id = any ($1::uuid[])", ids) if ids else []
    known = {r["id"]: _hydrant(r) for r in rows}
    both = ((known[r["one"]], known[r["other"]]) for r in pairs)
    return [DoubledHydrants(a, b, round(metres(a.lon, a.lat, b.lon, b.lat))) for a, b in both]


def as_new(hydrant: Hydrant) -> NewHydrant:
    return NewHydrant(**{f: getattr(hydrant, f) for f in NewHydrant.__struct_fields__})


def owned(hydrant: Hydrant) -> Owned:
    return Owned(hydrant.reporting_area, hydrant.community)
