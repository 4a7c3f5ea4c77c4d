"""One screen's stream: what it missed from the log, then what comes, then heartbeats; as an ASGI application.

Enters: the tailer, the id of the last event that the screen has. Leaves: server-sent events, none missed
and none twice: the log is read up to the place from which the tailer gives. Absent: who one is (the guard).

A stream ends when the screen leaves, when it cannot keep up, when it does not read for `PATIENCE`, and when its session
does not hold any more. Heartbeats stop while the log cannot be read: nothing pretends to be live.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable

from litestar.types import Receive, Scope, Send

from zhigan.bus import log
from zhigan.outlets.live import packets
from zhigan.outlets.live.tailer import Screen, Tailer
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.webapi.database import Database
from zhigan.webapi.eventstream import OPENING, EventStream, heartbeat
from zhigan.webapi.principal import Principal

CHECK_EVERY = 6
"""Heartbeats between two looks at the session."""
PAGE = 500


StillThere = Callable[[], Awaitable[Principal | None]]


class Stream:
    def __init__(
        self,
        tailer: Tailer,
        db: Database,
        clock: Clock,
        principal: Principal,
        still: StillThere,
        after: int | None,
    ) -> None:
        self._tailer = tailer
        self._db = db
        self._clock = clock
        self._principal = principal
        self._still = still
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        after = await self._known()
        screen = self._tailer.join(self._principal.scope, after or 0)
        try:
            await EventStream(self._chunks(screen, after), screen.end)(scope, receive, send)
        finally:
            self._tailer.leave(screen)

    async def _known(self) -> int | None:
        """The screen's last id, unless this log never had it (another platform's, or one from before a restore)."""
        if self._after is None or self._after <= (self._tailer.position or 0):
            return self._after
        async with self._db.owner() as conn:
            return self._after if self._after <= await log.last(conn) else None

    async def _chunks(self, screen: Screen, after: int | None) -> AsyncGenerator[bytes]:
        yield OPENING + self._beat()
        try:
            async for missed in self._missed(screen, after):
                yield missed
        except UNAVAILABLE:
            return  # it comes back, with the last id it has
        beats = 0
        while not screen.ended:
            chunk = await screen.wait(self._tailer.heartbeat)
            if chunk:
                yield chunk
                continue
            beats += 1
            if beats % CHECK_EVERY == 0 and not await self._holds():
                return
            if self._tailer.fresh and not screen.ended:
                yield self._beat()

    async def _missed(self, screen: Screen, after: int | None) -> AsyncGenerator[bytes]:
        """From the screen's last id to where the tailer began to give. No connection is held while the screen reads."""
        while after is not None and after < screen.since and not screen.ended:
            async with self._db.bound(self._principal) as conn:
                events = await log.read_bound(conn, self._principal.scope, after, screen.since, PAGE)
            if events:
                yield b"".join(packets.text(event) for event in events)
            after = events[-1].id if len(events) == PAGE else None

    async def _holds(self) -> bool:
        """Is the session still what it was? While that cannot be asked, the stream goes on."""
        try:
            now = await self._still()
        except UNAVAILABLE:
            return True
        return now is not None and (now.role, now.scope) == (self._principal.role, self._principal.scope)

    def _beat(self) -> bytes:
        return heartbeat(self._clock.now().isoformat())
