"""Areas, streets, communities: loaded from the package, then edited by people.

Enters: the CSV files of `divisions/` (SOURCE says where they come from). Leaves: rows; what somebody has changed (the
area to which a community reports) stays as changed. Absent: polygons.
"""

import csv
import io
from collections.abc import Sequence
from importlib import resources

import asyncpg
import msgspec

from zhigan.registry.store import SQL, tell
from zhigan.runtime.pg import Connection


class Area(msgspec.Struct, frozen=True):
    code: str
    name: str
    kind: str
    communities: int


class Community(msgspec.Struct, frozen=True):
    """`area` is the reporting area: the county, or the zone that the community was given to."""

    code: str
    name: str
    street: str
    street_name: str
    county: str
    area: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    area: str | None = None
    county: str | None = None
    street: str | None = None
    q: str | None = None
    after: str | None = None


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("zhigan.registry").joinpath("divisions").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


async def settle(conn: Connection) -> int:
    """Brings in streets and communities that are not there yet; harmless when run again. Answers how many came."""
    streets, communities, zones = _rows("streets.csv"), _rows("communities.csv"), _rows("zones.csv")

    def reports_to(code: str, county: str) -> str:
        return next((z["zone"] for z in zones if code.startswith(z["prefix"])), county)

    async with conn.transaction():
        await conn.execute(SQL.add_streets, *_columns(streets, "code", "name", "county"))
        came = await conn.fetchval(
            SQL.add_communities,
            *_columns(communities, "code", "name", "street", "county"),
            [reports_to(c["code"], c["county"]) for c in communities],
        )
    return int(came)


def _columns(rows: Sequence[dict[str, str]], *names: str) -> list[list[str]]:
    return [[row[name] for row in rows] for name in names]


async def areas(conn: Connection) -> list[Area]:
    return [Area(r["code"], r["name"], r["kind"], r["communities"]) for r in await conn.fetch(SQL.areas)]


async def communities(conn: Connection, asked: Asked, limit: int) -> list[Community]:
    rows = await conn.fetch(SQL.communities, asked.area, asked.county, asked.street, asked.q, asked.after, limit)
    return [_community(r) for r in rows]


async def community(conn: Connection, code: str) -> Community | None:
    rows = await conn.fetch(SQL.communities_by_code, [code])
    return _community(rows[0]) if rows else None


async def communities_by_code(conn: Connection, codes: Sequence[str]) -> dict[str, Community]:
    return {r["code"]: _community(r) for r in await conn.fetch(SQL.communities_by_code, list(codes))}


def _community(r: asyncpg.Record) -> Community:
    return Community(r["code"], r["name"], r["street"], r["street_name"], r["county"], r["area"])


async def give_many(conn: Connection, area: str, given: Sequence[str], back: Sequence[str]) -> int:
    """How many communities report elsewhere from now on."""
    moved = [
        await conn.execute(SQL.give_communities, list(given), area),
        await conn.execute(SQL.return_communities, list(back), area),
    ]
    await tell(conn, None)
    return sum(int(status.rpartition(" ")[2]) for status in moved)


async def give(conn: Connection, code: str, area: str) -> None:
    """The community reports to another area from now on, and its units with it."""
    await conn.execute(SQL.give_community, code, area)
    await tell(conn, None)
