"""The platform's own page over HTTP. Nothing here depends on the scope: it tells of the machine, not of the city."""

import asyncio
from typing import TypeAlias

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.desks.platform import doors, looking
from zhigan.desks.platform.model import About, PlatformView
from zhigan.history import status
from zhigan.runtime import metrics
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import Role
from zhigan.webapi import problems
from zhigan.webapi.given import Caller, Db, Time

Held: TypeAlias = NamedDependency[SkipValidation[Settings]]
LOOKERS = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR, Role.OPERATOR, Role.LEAD})


class Platform(Controller):
    tags = ("platform",)

    @get("/platform", operation_id="getPlatform")
    async def one(self, principal: Caller, db: Db, clock: Time, held: Held) -> PlatformView:
        """The parts, what waits, what is kept, and the settings it was started with; secrets never."""
        if principal.role not in LOOKERS:
            raise problems.forbidden()
        now = clock.micros()
        hot = await asyncio.to_thread(looking.figures, held.data / "run", now)
        disk = await asyncio.to_thread(looking.disk, held.data)
        own = metrics.collect("web", now)
        async with db.owner() as conn:
            return PlatformView(
                now=to_datetime(now),
                processes=looking.processes(hot, now),
                lanes=await looking.lanes(conn, hot),
                disk=disk,
                kept=await looking.kept(conn, now),
                history=await status.of(conn, held, now),
                events=await looking.events(conn),
                devices_connected=looking.number(hot, "zhigan_gb26875_devices_connected"),
                quarantined=looking.number(hot, "zhigan_signals_quarantined"),
                doors=doors.views(hot, own),
                settings=looking.settings(held),
            )

    @get("/about", operation_id="getAbout")
    async def about(self, db: Db, held: Held) -> About:
        """Which version this is."""
        async with db.owner() as conn:
            return await looking.about(conn, held)


handlers: list[type[Controller]] = [Platform]


def provided(settings: Settings) -> dict[str, object]:
    return {"held": settings}
