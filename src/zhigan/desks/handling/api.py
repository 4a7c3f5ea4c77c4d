"""The first handler over HTTP: whose desk the caller's is, and who holds what within his scope."""

from typing import TypeAlias

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.desks.handling import rules, store
from zhigan.desks.handling.model import HandlingView
from zhigan.registry.ruling import Standing
from zhigan.webapi.given import Caller, Db, Time

Ruled: TypeAlias = NamedDependency[SkipValidation[Standing]]


class HandlingDesk(Controller):
    path = "/handling"
    tags = ("incidents",)

    @get(operation_id="getHandling")
    async def handling(self, principal: Caller, db: Db, clock: Time, ruling: Ruled) -> HandlingView:
        """Every desk lists an incident at once; whose desk sounds is said here. Changes come as `handling` of the live
        feed."""
        async with db.owner() as conn:
            level, desk = await store.desk(conn, principal.id, principal.role, principal.scope)
            seats = await store.seats(conn, [], clock.now())
            times = (await ruling(conn)).first_handler
        async with db.bound(principal) as conn:
            held = await store.shown(conn)
        return HandlingView(desk=desk, below=rules.below(seats, level), times=dict(times), held=held)


handlers: list[type[Controller]] = [HandlingDesk]
