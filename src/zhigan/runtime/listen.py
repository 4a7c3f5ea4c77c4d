"""Listening to PostgreSQL's notifications, through restarts of either side.

Enters: a DSN and channels. Leaves: wakes. A notification is only a hint that there is something to read: the reader
has a cursor or a query of its own, asks it on every wake, and asks anyway when a period has passed. After every
connection made, the first too, the wake says `lost`: anything may have happened meanwhile. Absent: payloads as data.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import asyncpg
import msgspec
import structlog

from zhigan.runtime.pg import UNAVAILABLE, Connection

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_KEEPALIVE = 20.0
_REMEMBERED = 10_000

log = structlog.get_logger("zhigan.listen")


class Wake(msgspec.Struct, frozen=True):
    """What was heard since the last wake: distinct payloads by channel, in order. Nothing heard: the period passed."""

    heard: dict[str, list[str]]
    lost: bool = False

    def payloads(self, channel: str) -> list[str]:
        return self.heard.get(channel, [])


class Listener:
    """`async with Listener(dsn, "zhigan_event") as listener: … await listener.wait(5)`; one waiter. `woken`: the
    owner's, where it sets that before anybody listens."""

    def __init__(self, dsn: str, *channels: str, name: str = "", woken: asyncio.Event | None = None) -> None:
        self._dsn = dsn
        self._channels = channels
        self._name = name or f"zhigan listen {','.join(channels)}"
        self._heard: dict[str, dict[str, None]] = {}
        self._lost = False
        self._woken = woken or asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connected = False

    async def wait(self, period: float) -> Wake:
        """The next wake, at the latest when `period` seconds have passed."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), period)
        self._woken.clear()
        wake = Wake({channel: list(payloads) for channel, payloads in self._heard.items()}, self._lost)
        self._heard, self._lost = {}, False
        return wake

    def wake(self) -> None:
        """From inside: there is something to do."""
        self._woken.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay_connected(), name=self._name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _stay_connected(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                connection = await asyncpg.connect(
                    self._dsn, timeout=10, server_settings={"application_name": self._name[:63]}
                )
            except UNAVAILABLE as error:
                log.warning("no database to listen to", channels=self._channels, error=str(error), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
                continue
            pause = _FIRST_PAUSE
            try:
                await self._listen(connection)
            finally:
                self.connected = False
                connection.terminate()

    async def _listen(self, connection: asyncpg.Connection) -> None:
        """Returns when the connection is gone; asks now and then, because a dead peer does not say goodbye."""
        ended = asyncio.Event()

        def end(_connection: Connection) -> None:
            ended.set()

        try:
            connection.add_termination_listener(end)
            for channel in self._channels:
                await connection.add_listener(channel, self._hear)
            self.connected, self._lost = True, True
            self._woken.set()
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), _KEEPALIVE)
                    break
                await connection.execute("select 1", timeout=_KEEPALIVE)
        except UNAVAILABLE:
            log.warning("the listening connection broke", channels=self._channels)

    def _hear(self, _connection: Connection, _pid: int, channel: str, payload: object) -> None:
        payloads = self._heard.setdefault(channel, {})
        payloads[str(payload)] = None
        if len(payloads) > _REMEMBERED:
            payloads.clear()
            self._lost = True
        self._woken.set()
