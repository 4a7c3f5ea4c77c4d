"""The app's live feed: one's own notifications while the app is open, as server-sent events.

Enters: `zhigan_notify` notifications ("account id"). Leaves: a stream an account; what was shown is delivered. Absent:
the inbox (api.py), which holds all of it whether or not anybody listens.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from litestar.types import Receive, Scope, Send

from zhigan.outlets.notify.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.webapi.database import Database

CHANNEL = "zhigan_notify"
HEARTBEAT_S = 15.0
PATIENCE_S = 30.0
BEHIND = 1000
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Feed:
    """`run()` is a task of the web process."""

    def __init__(self) -> None:
        self._open: dict[str, set[asyncio.Queue[str]]] = {}

    async def run(self, dsn: str) -> None:
        async with Listener(dsn, CHANNEL, name="zhigan app feed") as listener:
            while True:
                wake = await listener.wait(60)
                for payload in wake.payloads(CHANNEL):
                    account, _, id_ = payload.partition(" ")
                    for queue in tuple(self._open.get(account, ())):
                        if not queue.full():
                            queue.put_nowait(id_)

    def close(self) -> None:
        for queues in self._open.values():
            for queue in queues:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait("")

    def join(self, account: str) -> asyncio.Queue[str]:
        queue: asyncio.Queue[str] = asyncio.Queue(BEHIND)
        self._open.setdefault(account, set()).add(queue)
        return queue

    def leave(self, account: str, queue: asyncio.Queue[str]) -> None:
        self._open.get(account, set()).discard(queue)
        if not self._open.get(account):
            self._open.pop(account, None)


class Stream:
    def __init__(
        self, feed: Feed, db: Database, clock: Clock, account: str, still: Callable[[], Awaitable[bool]]
    ) -> None:
        self._feed, self._db, self._clock, self._account, self._still = feed, db, clock, account, still

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        queue = self._feed.join(self._account)
        watching = asyncio.create_task(_watch(queue, receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await self._write(send, b"retry: 2000\n: open\n\n")
            while (chunk := await self._next(queue)) is not None:
                await self._write(send, chunk)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            return
        finally:
            self._feed.leave(self._account, queue)
            watching.cancel()
            await asyncio.wait([watching])

    async def _write(self, send: Send, chunk: bytes) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _next(self, queue: asyncio.Queue[str]) -> bytes | None:
        """What has come; a heartbeat where nothing has; None at the end."""
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                ids = [await queue.get()]
        except TimeoutError:
            return f": {self._clock.now().isoformat()}\n\n".encode() if await self._still() else None
        while not queue.empty():
            ids.append(queue.get_nowait())
        if "" in ids:
            return None
        try:
            async with self._db.owner() as conn:
                rows = await conn.fetch(SQL.app_news, ids, self._account)
                await conn.execute(SQL.app_shown, ids, self._account, self._clock.now())
        except UNAVAILABLE:
            return None
        return b"".join(_event(dict(r)) for r in rows) or b": \n\n"


def _event(row: dict[str, object]) -> bytes:
    data = {**row, "id": str(row["id"]), "incident": str(row["incident"])}
    return b"id: %s\nevent: notification\ndata: %s\n\n" % (str(row["id"]).encode(), msgspec.json.encode(data))


async def _watch(queue: asyncio.Queue[str], receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    if not queue.full():
        queue.put_nowait("")
