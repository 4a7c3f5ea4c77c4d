"""The roll call over HTTP: who is around an alarm, and where somebody is who comes.

A position is given by a person for himself, is shown for half an hour, and only to those who see an alarm whose people
he belongs to. Outside one's scope there is no such alarm (404, decided first).
"""

from typing import Annotated

import msgspec
from litestar import Controller, delete, get, put
from litestar.params import FromPath, JSONBody

from zhigan.desks.rollcall import store
from zhigan.desks.rollcall.model import Around
from zhigan.incidents.addressed import found
from zhigan.incidents.store import SQL as INCIDENTS
from zhigan.vocabulary.roles import RESPONSE_ROLES, SITE_ROLES
from zhigan.webapi import problems
from zhigan.webapi.given import Caller, Db, Time


class Position(msgspec.Struct, frozen=True, kw_only=True):
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    accuracy_m: Annotated[float, msgspec.Meta(ge=0, le=100_000)] = 0


class RollCall(Controller):
    tags = ("roll call",)

    @get("/incidents/{incident_id:str}/around", operation_id="getIncidentAround")
    async def around(self, principal: Caller, db: Db, clock: Time, incident_id: FromPath[str]) -> Around:
        """The people around the place, the nearest first, with their newest answer; the nearest usable water.

        Telephone numbers are told to those who may answer an alarm themselves.
        """
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            family = [str(r["id"]) for r in await conn.fetch(INCIDENTS.family, [row.id])]
        async with db.owner() as conn:
            here = await store.around(conn, row, family, clock.now())
        if principal.role in RESPONSE_ROLES:
            return here
        quiet = [msgspec.structs.replace(p, phone="", distance_m=None, position_at=None) for p in here.people]
        return msgspec.structs.replace(here, people=quiet)

    @put("/me/position", status_code=204, operation_id="putMyPosition")
    async def share(self, principal: Caller, db: Db, clock: Time, data: JSONBody[Position]) -> None:
        """Where I am, for the half hour to come: the others see how far away I am."""
        if principal.role not in SITE_ROLES:
            raise problems.forbidden()
        async with db.owner() as conn:
            await store.put_position(conn, principal.id, clock.now(), data.lon, data.lat, data.accuracy_m)

    @delete("/me/position", status_code=204, operation_id="dropMyPosition")
    async def withdraw(self, principal: Caller, db: Db, clock: Time) -> None:
        async with db.owner() as conn:
            await store.drop_position(conn, principal.id, clock.now())


handlers: list[type[Controller]] = [RollCall]
