"""The map over HTTP: the ground, tiles of counts and points, open incidents.

Everything is read on a connection bound to the principal. A tile far away is a part of a pyramid of counts that
belongs to the principal's scope and question (counting.py); a near one is read by its box.
"""

from typing import Annotated, TypeAlias

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from zhigan.desks.map import mvt, rules, store
from zhigan.desks.map.counting import Base, Counting, Picture, Pyramid
from zhigan.desks.map.ground import Choice, Outlines, outlines
from zhigan.desks.map.model import Asked, Show
from zhigan.incidents import reading
from zhigan.incidents.reading import Filters
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Queue
from zhigan.registry.refusals import one_of
from zhigan.registry.word_tables import HYDRANTS_NOW
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.scopes import Scope
from zhigan.vocabulary.scopes import show as shown
from zhigan.webapi import pages, problems
from zhigan.webapi.given import Caller, Db, Time

TILE = "application/vnd.mapbox-vector-tile"
MOST_INCIDENTS = 2000
KEEP = {"Cache-Control": "private, max-age=5"}

MapCounting: TypeAlias = NamedDependency[SkipValidation[Counting]]
MapChoice: TypeAlias = NamedDependency[SkipValidation[Choice]]


class GroundView(msgspec.Struct, frozen=True, kw_only=True):
    tiles: str
    approval: str
    boundaries: Outlines


class IncidentSpot(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    version: int
    grade: str
    kind: str
    state: str
    queue: str
    unit: str
    place: str
    lon: float | None
    lat: float | None
    area: str
    industry: str


class IncidentSpots(msgspec.Struct, frozen=True, kw_only=True):
    """`more`: there are more open ones than are shown here; the desk has them all."""

    items: list[IncidentSpot]
    more: bool


class Map(Controller):
    path = "/map"
    tags = ("map",)

    @get("/ground", operation_id="getMapGround")
    async def ground(self, principal: Caller, map_choice: MapChoice) -> GroundView:
        """Outlines of the counties, the tile source and the approval number that the operator set."""
        return GroundView(tiles=map_choice.tiles, approval=map_choice.approval, boundaries=outlines())

    @get("/tiles/{z:int}/{x:int}/{y:int}", operation_id="getMapTile", media_type=TILE)
    async def tile(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        map_counting: MapCounting,
        z: FromPath[int],
        x: FromPath[int],
        y: FromPath[int],
        sort: Annotated[str | None, QueryParameter(name="show")] = None,
        condition: FromQuery[str | None] = None,
        type: FromQuery[str | None] = None,
        usable: Annotated[str | None, QueryParameter(name="state")] = None,
        industry: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        """A Mapbox Vector Tile. To zoom 14 layer `cells` with counts, from 15 on layer `points` with the things."""
        if not rules.exists(z, x, y):
            raise problems.not_found("There is no such tile.")
        one_of("show", sort, tuple(Show))
        one_of("condition", condition, store.CONDITIONS)
        one_of("type", type, tuple(BY_NAME))
        one_of("state", usable, tuple(HYDRANTS_NOW))
        asked = Asked(
            show=Show(sort or Show.DEVICES), condition=condition or None, type=type or None,
            state=usable or None, industry=industry or None, area=area or None,
        )  # fmt: skip
        if z >= rules.POINTS_FROM:
            async with db.bound(principal) as conn:
                dots = await store.dots(conn, principal.scope, asked, rules.bounds(z, x, y))
            layer = rules.dot_layer(dots, z, x, y)
        else:

            async def read(before: Base | None, now: int) -> Picture:
                async with db.bound(principal) as conn:
                    return await counted(conn, principal.scope, asked, before, now)

            picture = await map_counting.picture((shown(principal.scope), asked), clock.micros(), read)
            layer = rules.cell_layer(picture.tile(z, x, y))
        return Response(mvt.encode([layer]), media_type=TILE, headers=KEEP)

    @get("/incidents", operation_id="listMapIncidents")
    async def incidents(self, principal: Caller, db: Db, incident: FromQuery[str | None] = None) -> IncidentSpots:
        """Open ones of the desk and the attention queue, gravest list first; `incident` adds one whatever its state."""
        async with db.bound(principal) as conn:
            rows: list[Row] = []
            for queue in (Queue.DESK, Queue.ATTENTION):
                left = MOST_INCIDENTS + 1 - len(rows)
                if left > 0:
                    rows += await reading.listed(conn, principal, queue, Filters(open=True), left)
            more = len(rows) > MOST_INCIDENTS
            rows = rows[:MOST_INCIDENTS]
            if incident is not None and pages.is_id(incident) and all(row.id != incident for row in rows):
                wanted = await reading.one(conn, incident)
                rows += [] if wanted is None else [wanted]
        return IncidentSpots(items=[_spot(row) for row in rows], more=more)


async def counted(conn: Connection, scope: Scope, asked: Asked, before: Base | None, now: int) -> Picture:
    """What things are in is asked each time; what stands where only when something was placed anew."""
    placing = await store.placing(conn) if asked.show is not Show.HYDRANTS else -1
    troubles = Pyramid(await store.troubled(conn, scope, asked))
    base = before
    if base is None or not base.holds(placing, now) or placing < 0:
        first_seen = before.first_seen if before is not None and before.placing == placing else now
        trouble_only = asked.condition not in (None, store.NORMAL)
        cells = {} if trouble_only else await store.standing(conn, scope, asked)
        base = Base(Pyramid(cells), placing, first_seen, now)
    return Picture(base, troubles, asked.condition, now)


def _spot(row: Row) -> IncidentSpot:
    place = row.place
    return IncidentSpot(
        id=row.id, version=row.version, grade=row.grade.name, kind=row.kind.value, state=row.state.value,
        queue=row.queue.value, unit=place.unit_name, place=place.text, lon=place.lon, lat=place.lat,
        area=place.owned.area, industry=place.owned.industry,
    )  # fmt: skip


def provided(choice: Choice) -> dict[str, object]:
    """What the handlers ask for by name."""
    return {"map_counting": Counting(), "map_choice": choice}


handlers: list[type[Controller]] = [Map]
