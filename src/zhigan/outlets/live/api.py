"""`GET /live`: server-sent events, resumable by `Last-Event-ID`.

Enters: a principal. Leaves: a stream of what its scope holds: `event: incident` (desk rows), `attention`, `task`,
`command`, `device` and others; `id` is the event log's. Absent: the tailer's task (processes starts it).
"""

from typing import Any, Protocol

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation
from litestar.types import ASGIApp

from zhigan.outlets.live.stream import Stream
from zhigan.outlets.live.tailer import Tailer
from zhigan.webapi import problems
from zhigan.webapi.authentication import COOKIE, UNCOMPRESSED, address, bearer
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

Tail = NamedDependency[SkipValidation[Tailer]]


class Door(Protocol):
    """Who knows whether a session still holds (access)."""

    async def authenticate(self, token: str, address: str) -> Principal | None: ...


Keeper = NamedDependency[SkipValidation[Door]]


class Live(Controller):
    """`app.build(dependencies={"tailer": Tailer, "door": Doorkeeper})`."""

    path = "/live"
    tags = ("live",)

    @get(opt={UNCOMPRESSED: True}, operation_id="followLive", media_type="text/event-stream")
    async def follow(
        self,
        request: Request[Any, Any, Any],
        principal: Caller,
        db: Db,
        clock: Time,
        tailer: Tail,
        door: Keeper,
        last_event_id: FromQuery[int | None] = None,
    ) -> ASGIApp:
        """Server-sent events. `Last-Event-ID` (or `last_event_id`): go on after that one."""
        if tailer.position is None:
            raise problems.Problem(503, problems.TITLES[503], "The event log has not been read yet.")
        token = bearer(request) or request.cookies.get(COOKIE, "")

        async def still() -> Principal | None:
            return await door.authenticate(token, address(request))

        after = _last(request.headers.get("last-event-id"), last_event_id)
        return Stream(tailer, db, clock, principal, still, after)


handlers: list[type[Controller]] = [Live]


def _last(header: str | None, query: int | None) -> int | None:
    """The last id that the screen has. What we did not give is as good as none: the screen reads the lists anew."""
    if header is not None and header.isascii() and header.isdigit() and len(header) < 19:
        return int(header)
    return query if query is not None and query >= 0 else None
