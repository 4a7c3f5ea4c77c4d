"""One reader of the event log for all screens of a web process.

Enters: notifications that the log has grown. Leaves: packets in the queues of the screens whose scope holds them, in
the log's order, each once. A screen that cannot keep up is dropped; it comes back with the last id it has and is given
what it missed from the log. While the log cannot be read nothing is called fresh. Absent: HTTP (api.py, stream.py).
"""

import asyncio
from collections import deque

import structlog

from zhigan.bus import log
from zhigan.outlets.live.packets import Packet, packet
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Pool
from zhigan.vocabulary.scopes import Scope, holds, show

PERIOD = 2.0
"""The log is asked at least this often, in seconds: a lost notification delays, it loses nothing."""
HEARTBEAT = 5.0
"""A screen that hears nothing for two of these knows that its picture is old."""
PAGE = 1000
BEHIND = 20_000
"""Packets that wait for one screen before it is dropped: two storms of the plan's size. The bytes are shared."""

_log = structlog.get_logger("outlets.live")


class Screen:
    """One follower: what waits for it, from `since` on, but nothing that it `has` (another process was quicker)."""

    def __init__(self, scope: Scope, since: int, has: int = 0) -> None:
        self.scope = scope
        self.words = show(scope)
        self.since = since
        self._has = has
        self.ended = False
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()

    def give(self, given: Packet) -> None:
        if self.ended or given.id <= self._has:
            return
        if len(self._waiting) >= BEHIND:
            self.end()
        else:
            self._waiting.append(given.text)
            self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._waiting.clear()
        self._woken.set()

    async def wait(self, seconds: float) -> bytes:
        """What has come, at the latest after `seconds`; empty where nothing came."""
        if not self._waiting and not self.ended:
            try:
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
            except TimeoutError:
                return b""
        self._woken.clear()
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


class Tailer:
    """`run()` is a task of the web process; `join` and `leave` are for streams."""

    def __init__(self, dsn: str, pool: Pool, period: float = PERIOD, heartbeat: float = HEARTBEAT) -> None:
        self.heartbeat = heartbeat
        self._dsn = dsn
        self._pool = pool
        self._period = period
        self._screens: set[Screen] = set()
        self._position: int | None = None
        self._reading = False
        self._listener: Listener | None = None

    @property
    def fresh(self) -> bool:
        """Is what the screens show what the log holds?"""
        return self._reading and self._listener is not None and self._listener.connected

    @property
    def screens(self) -> int:
        return len(self._screens)

    async def run(self) -> None:
        try:
            async with Listener(self._dsn, log.CHANNEL, name="zhigan live") as self._listener:
                while True:
                    self._reading = await self._read()
                    await self._listener.wait(self._period)
        finally:
            self.close()

    def close(self) -> None:
        """Sends every screen away: the process is going down, another will have them."""
        for screen in self._screens:
            screen.end()

    @property
    def position(self) -> int | None:
        """The last event handed out; None as long as the log has not been read at all."""
        return self._position

    def join(self, scope: Scope, has: int = 0) -> Screen:
        """A screen that is given whatever comes from now on, after the event that it `has`."""
        screen = Screen(scope, self._position or 0, has)
        self._screens.add(screen)
        return screen

    def leave(self, screen: Screen) -> None:
        self._screens.discard(screen)

    async def _read(self) -> bool:
        """All that is new; False where the log could not be read."""
        try:
            async with self._pool.acquire() as conn:
                if self._position is None:
                    self._position = await log.last(conn)
                while True:
                    events = await log.read(conn, self._position, PAGE)
                    for event in events:
                        self._hand_out(packet(event))
                        self._position = event.id
                    if len(events) < PAGE:
                        return True
        except UNAVAILABLE as error:
            _log.warning("the event log cannot be read", error=str(error))
            return False

    def _hand_out(self, given: Packet) -> None:
        """Screens share few scopes: each is asked once a packet."""
        held: dict[str, bool] = {}
        for screen in self._screens:
            if screen.words not in held:
                held[screen.words] = holds(screen.scope, given.owned)
            if held[screen.words]:
                screen.give(given)
