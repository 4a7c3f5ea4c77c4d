"""Field work at hydrants over HTTP: rounds, visits with a picture, places put right, repairs accepted.

Outside one's scope a hydrant and a round do not exist (404, decided first). A visit comes with an id made on the phone:
what is sent again is the same one (200). A place put right, and a repair accepted, hold from the moment the picture is
there; who has closed the repair cannot accept it.
"""

from typing import Annotated, Literal

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter
from litestar.response import File

from zhigan.bus import log
from zhigan.desks.hydrants import rules, store
from zhigan.desks.hydrants.model import (
    HydrantRound,
    HydrantRoundDetail,
    HydrantUpkeep,
    NewHydrantRound,
    NewHydrantVisit,
)
from zhigan.incidents import photos, work
from zhigan.incidents.model import Actor, State
from zhigan.incidents.photos import ENVELOPE, MOST_PHOTO, PhotoForm, Picture, Shelved, shown
from zhigan.incidents.rules import ACCEPTANCE_ROLES
from zhigan.registry import hydrants
from zhigan.registry.refusals import allow, an_id, beyond, found, one_of
from zhigan.registry.shapes import Hydrant
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.moments import SHANGHAI, to_micros
from zhigan.vocabulary.roles import INSPECTION_ROLES, POSITION_ROLES, REGISTRY_ROLES
from zhigan.vocabulary.scopes import Owned
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Standing = Literal["open", "overdue", "done", "ended"]


class Rounds(Controller):
    path = "/hydrant-rounds"
    tags = ("hydrants",)

    @get(operation_id="listHydrantRounds")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        area: FromQuery[str | None] = None,
        standing: Annotated[Standing | None, QueryParameter(name="state")] = None,
        sort: FromQuery[str] = "-due_on",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[HydrantRound]:
        """Rounds with their progress; `overdue`: the day is over and hydrants were not seen."""
        one_of("sort", sort, store.SORTS.words)
        size, now = pages.limit(limit), clock.now()
        asked = store.RoundsAsked(area=area, state=standing, sort=sort, after=store.SORTS.after(cursor, sort))
        async with db.bound(principal) as conn:
            rows = await store.rounds(conn, principal.scope, asked, now, size + 1)
        return pages.page(rows, size, lambda r: r, lambda r: store.SORTS.key(r, r.id, sort))

    @post(operation_id="createHydrantRound")
    async def create(
        self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewHydrantRound]
    ) -> HydrantRoundDetail:
        """Over the hydrants that stand in the area now, at most 2000."""
        if not scopes.holds(principal.scope, Owned(area=data.area)):
            raise beyond("area")
        allow(principal, REGISTRY_ROLES)
        now = clock.now()
        if data.due_on < now.astimezone(SHANGHAI).date():
            raise problems.invalid("due_on", "a day that is not over")
        id_ = mint(clock)
        async with db.owner() as conn:
            stops = await store.make(conn, id_, data, principal, now)
            if not 0 < stops <= store.MOST_STOPS:
                raise problems.invalid("area", f"from 1 to {store.MOST_STOPS} hydrants; narrow it by owner or zone")
            await audit(conn, principal, now, "hydrant.round_made", id_, data)
            return await store.detail(conn, found(await store.one(conn, id_, now)))

    @get("/{round_id:str}", operation_id="getHydrantRound")
    async def one(self, principal: Caller, db: Db, clock: Time, round_id: FromPath[str]) -> HydrantRoundDetail:
        async with db.bound(principal) as conn:
            return await store.detail(conn, found(await store.one(conn, an_id(round_id), clock.now())))

    @post("/{round_id:str}/end", status_code=200, operation_id="endHydrantRound")
    async def end(self, principal: Caller, db: Db, clock: Time, round_id: FromPath[str]) -> HydrantRoundDetail:
        """Nobody goes on; what was found stays."""
        now = clock.now()
        async with db.bound(principal) as conn:
            head = found(await store.one(conn, an_id(round_id), now))
        allow(principal, REGISTRY_ROLES)
        async with db.owner() as conn:
            if not await store.end(conn, head.id, principal, now):
                raise problems.conflict("The round has ended already.")
            await audit(conn, principal, now, "hydrant.round_ended", head.id, {"name": head.name})
            return await store.detail(conn, found(await store.one(conn, head.id, now)))


class Visits(Controller):
    path = "/hydrants/{hydrant_id:str}"
    tags = ("hydrants",)

    @get("/visits", operation_id="getHydrantUpkeep")
    async def listed(self, principal: Caller, db: Db, hydrant_id: FromPath[str]) -> HydrantUpkeep:
        return await _page(db, principal, an_id(hydrant_id))

    @post("/visits", operation_id="addHydrantVisit")
    async def visit(
        self, principal: Caller, db: Db, clock: Time, hydrant_id: FromPath[str], data: JSONBody[NewHydrantVisit]
    ) -> Response[HydrantUpkeep]:
        """What was found. With a point in `bad` it did not pass, and becomes work."""
        hydrant = await _visible(db, principal, an_id(hydrant_id))
        allow(principal, POSITION_ROLES if data.lon is not None else INSPECTION_ROLES)
        await _check(db, principal, hydrant, data)
        now = clock.now()
        async with db.owner() as conn:
            written = await store.visited(conn, hydrant, data, principal, now)
            if written.fresh:
                told = {"hydrant": hydrant.code, "passed": data.passed, "bad": data.bad}
                if written.state:
                    told |= {"state": data.state, "was": hydrant.state}
                await audit(conn, principal, now, "hydrant.visited", data.id, told)
                await log.append(conn, written.drafts, to_micros(now))
            else:
                await _own(conn, data.id, hydrant.id, principal)
        return Response(await _page(db, principal, hydrant.id), status_code=201 if written.fresh else 200)

    @post(
        "/visits/{visit_id:str}/photo", operation_id="addHydrantVisitPhoto",
        request_max_body_size=MOST_PHOTO + ENVELOPE,
    )  # fmt: skip
    async def photo(
        self, principal: Caller, db: Db, clock: Time, shelf: Shelved, hydrant_id: FromPath[str],
        visit_id: FromPath[str], data: MultipartBody[PhotoForm],
    ) -> HydrantUpkeep:  # fmt: skip
        """At most 8 MiB; a later one takes its place. The proof of a place put right, and of a repair accepted."""
        hydrant = await _visible(db, principal, an_id(hydrant_id))
        id_ = an_id(visit_id)
        taken = await photos.shelved(db, shelf, data.file, lambda conn: _own(conn, id_, hydrant.id, principal))
        async with db.owner() as conn:
            await self._proved(conn, principal, clock, hydrant, id_, taken)
        return await _page(db, principal, hydrant.id)

    async def _proved(
        self, conn: Connection, principal: Principal, clock: Clock, hydrant: Hydrant, visit: str, taken: Picture
    ) -> None:
        now, row = clock.now(), await _own(conn, visit, hydrant.id, principal)
        await conn.execute(store.SQL.picture_visit, visit, taken.sha256, taken.content[1])
        told = {"hydrant": hydrant.code, **taken.told}
        await audit(conn, principal, now, "hydrant.visit_photographed", visit, told)
        if row["lon"] is not None and row["was_lon"] is None:
            was_lon, was_lat = found(await hydrants.move(conn, hydrant.id, row["lon"], row["lat"], now))
            await conn.execute(store.SQL.keep_was, visit, was_lon, was_lat)
            moved = {"lon": row["lon"], "lat": row["lat"], "was_lon": was_lon, "was_lat": was_lat}
            await audit(conn, principal, now, "hydrant.moved", hydrant.code, moved)
        actor = Actor(principal.id, principal.name, principal.role)
        await work.hung(conn, row["accepts"] or row["incident"], *taken, actor, clock)
        if row["accepts"] is not None:
            drafts = await work.accepted(conn, row["accepts"], row["note"], actor, clock.micros())
            if drafts:
                told = {"hydrant": hydrant.code}
                await audit(conn, principal, now, "hydrant.repair_accepted", row["accepts"], told)
            await log.append(conn, drafts, clock.micros())

    @get("/visits/{visit_id:str}/photo", operation_id="getHydrantVisitPhoto", opt={UNCOMPRESSED: True})
    async def picture(
        self, principal: Caller, db: Db, shelf: Shelved, hydrant_id: FromPath[str], visit_id: FromPath[str]
    ) -> File:
        async with db.bound(principal) as conn:
            row = await conn.fetchrow(store.SQL.visit_picture, an_id(visit_id), an_id(hydrant_id))
        return await shown(shelf, *found(row).values())


async def _visible(db: Database, principal: Principal, hydrant: str) -> Hydrant:
    async with db.bound(principal) as conn:
        return found(await hydrants.one(conn, hydrant))


async def _page(db: Database, principal: Principal, hydrant: str) -> HydrantUpkeep:
    async with db.bound(principal) as conn:
        return await store.upkeep(conn, found(await hydrants.one(conn, hydrant)))


async def _check(db: Database, principal: Principal, hydrant: Hydrant, data: NewHydrantVisit) -> None:
    an_id(data.id)
    if (flaw := rules.wrong(data)) is not None:
        raise problems.invalid(*flaw)
    if data.accepts is not None and not data.passed:
        raise problems.invalid("accepts", "only what passed is accepted")
    if data.lon is not None and data.lat is not None:
        if (data.accuracy_m or 0) > rules.COARSEST_M:
            raise problems.invalid("accuracy_m", f"a position within {rules.COARSEST_M} m")
        away = hydrants.metres(hydrant.lon, hydrant.lat, data.lon, data.lat)
        if away > rules.FARTHEST_M:
            raise problems.invalid("lon", f"at most {rules.FARTHEST_M} m from where it was; farther is another hydrant")
    async with db.bound(principal) as conn:
        if data.round_id is not None and not await conn.fetchval(store.SQL.of_round, an_id(data.round_id), hydrant.id):
            raise problems.invalid("round_id", "a round that goes to this hydrant")
        if data.accepts is not None:
            await _acceptable(conn, principal, hydrant, an_id(data.accepts))


async def _acceptable(conn: Connection, principal: Principal, hydrant: Hydrant, incident: str) -> None:
    """A repair of this hydrant, closed, and by somebody else."""
    allow(principal, ACCEPTANCE_ROLES)
    order = (await work.orders(conn, [incident])).get(incident)
    if order is None or not await conn.fetchval(store.SQL.work_of, hydrant.id, incident):
        raise problems.invalid("accepts", "a repair of this hydrant")
    if order.state is not State.DONE:
        raise problems.conflict("The repair is not finished yet: it is accepted when it has been reported as done.")
    if order.done_account == principal.id:
        raise problems.conflict("Who has finished the work does not accept it himself.")


async def _own(conn: Connection, visit: str, hydrant: str, principal: Principal) -> store.Record:
    return await photos.own(conn, store.SQL.one_visit, visit, hydrant, principal)


handlers: list[type[Controller]] = [Rounds, Visits]
