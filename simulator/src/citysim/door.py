"""A door for HTTP/1.1, as little of it as the demo's strangers need: one answer a request, connections kept open.

Enters: requests of a platform or a browser. Leaves: what `answer` says to each; status 0 hangs up without a word.
Absent: everything else of the protocol; a stranger of a demo stands on this machine alone.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

Answer = tuple[int, str, bytes]
"""Status, media type, body. 303 leads to `/`."""
Answering = Callable[[str, str, Mapping[str, str], bytes], Awaitable[Answer]]
"""Method, target, headers by their lower-case names, body."""
IDLE_S = 120
_ENDED = (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)


class Door:
    def __init__(self, answer: Answering, most_bytes: int) -> None:
        self._answer = answer
        self._most_bytes = most_bytes
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self, host: str, port: int) -> int:
        """The port, which was chosen where 0 was asked for."""
        self._server = await asyncio.start_server(self._connection, host, port, backlog=512)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        for writer in self._open:
            writer.close()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(*_ENDED, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        self._open.discard(writer)
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        async with asyncio.timeout(IDLE_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= self._most_bytes:
            return False
        status, kind, text = await self._answer(method, target, headers, await reader.readexactly(length))
        if status == 0:
            return False
        location = "Location: /\r\n" if status == 303 else ""
        writer.write(
            f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(text)}\r\n"
            f"{location}\r\n".encode()
            + text
        )
        await writer.drain()
        return True


class Opened(Protocol):
    async def open(self, host: str, port: int) -> int: ...
    async def close(self) -> None: ...


async def stay(stranger: Opened, listen: str) -> None:
    """Open at HOST:PORT, and `ready` is said, until a signal ends it."""
    host, _, port = listen.rpartition(":")
    await stranger.open(host, int(port))
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    print("ready", flush=True)
    await ended.wait()
    await stranger.close()
