"""The community's day over HTTP: today's alarms, grids with what is open in each, whom to call.

Everything is what the scope holds; a community's people see their community, a grid worker his grid. `community` and
`grid` narrow it further.
"""

from litestar import Controller, get
from litestar.params import FromQuery

from zhigan.desks.community import showing
from zhigan.desks.community.model import CommunityHouse, CommunityView, GridOpen
from zhigan.incidents import reading
from zhigan.incidents.reading import GRADE, Filters
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Queue
from zhigan.registry import grids, organisations
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

MOST_ALARMS, MOST_GRIDS, MOST_HOUSES = 200, 300, 50
HOUSES = ("property", "station")


class Community(Controller):
    path = "/community"
    tags = ("community",)

    @get(operation_id="getCommunity")
    async def day(
        self, principal: Caller, db: Db, clock: Time, community: FromQuery[str | None] = None
    ) -> CommunityView:
        since = showing.midnight(clock.now())
        async with db.bound(principal) as conn:
            rows: list[Row] = []
            for queue in (Queue.DESK, Queue.ATTENTION):
                for filters in (Filters(open=True, sort=GRADE), Filters(open=False, since=since)):
                    rows += await reading.listed(conn, principal, queue, filters, MOST_ALARMS)
            if community:
                rows = [r for r in rows if r.place.owned.community == community]
            found = showing.in_order(rows)
            counts = showing.by_grid(found)
            asked = organisations.Asked(community=community, sort="code")
            listed = await grids.listed(conn, principal.scope, asked, MOST_GRIDS + 1)
            houses = await _houses(conn, principal, community)
        return CommunityView(
            since=since,
            alarms=[showing.alarm(r) for r in found[:MOST_ALARMS]],
            more_alarms=len(found) > MOST_ALARMS,
            grids=[
                GridOpen(
                    grid=g,
                    red=counts.get(g.code, {}).get(Grade.I, 0),
                    orange=counts.get(g.code, {}).get(Grade.II, 0),
                    yellow=counts.get(g.code, {}).get(Grade.III, 0),
                )
                for g in listed[:MOST_GRIDS]
            ],
            more_grids=len(listed) > MOST_GRIDS,
            houses=houses[:MOST_HOUSES],
            more_houses=len(houses) > MOST_HOUSES,
        )


async def _houses(conn: Connection, principal: Principal, community: str | None) -> list[CommunityHouse]:
    found: list[CommunityHouse] = []
    for kind in HOUSES:
        asked = organisations.Asked(kind=kind, community=community)
        for each in await organisations.listed(conn, principal.scope, asked, MOST_HOUSES + 1 - len(found)):
            found.append(CommunityHouse(organisation=each, members=await grids.members(conn, each.id)))
    return found


handlers: list[type[Controller]] = [Community]
