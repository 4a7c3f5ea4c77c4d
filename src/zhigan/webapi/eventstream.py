"""Server-sent events as an ASGI application: headers, writing with patience, and the end of a screen that went away.

Enters: chunks as they come, and what to do when the other side is gone. Leaves: one endless answer. A stream ends with
its chunks, and when a write is not taken off our hands in time. Absent: what is told (the rooms).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Final

from litestar.types import Receive, Scope, Send

PATIENCE: Final = 30.0
"""Seconds in which a write must be taken off our hands."""
OPENING: Final = b"retry: 1000\n"
MEDIA: Final = "text/event-stream"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def heartbeat(now: str) -> bytes:
    """A comment with the platform's time: the screen knows that its picture is fresh, and how clocks differ."""
    return f": {now}\n\n".encode()


class EventStream:
    """`gone` is called when the request ends; it makes the chunks end."""

    def __init__(self, chunks: AsyncGenerator[bytes], gone: Callable[[], None]) -> None:
        self._chunks = chunks
        self._gone = gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watching = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            async for chunk in self._chunks:
                async with asyncio.timeout(PATIENCE):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            return  # it does not read: the server closes the connection
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone()
