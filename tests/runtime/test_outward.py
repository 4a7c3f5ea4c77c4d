"""Outward over real sockets: a connection is used again at once, and never after it rested."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from zhigan.runtime.outward import REST_S, Outward

USUAL_S = 5.0
"""After so long without a word most servers close a connection."""


class Server(asyncio.Protocol):
    """Answers whatever is asked, and keeps its connections."""

    def __init__(self, came: list[int]) -> None:
        self._came = came
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._came.append(1)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


@asynccontextmanager
async def counting() -> AsyncGenerator[tuple[str, list[int]]]:
    """An address, and how many connections came."""
    came: list[int] = []
    server = await asyncio.get_running_loop().create_server(lambda: Server(came), "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", came


async def test_a_connection_is_used_again_while_it_is_fresh() -> None:
    async with counting() as (url, came):
        outward = Outward(rest_s=600)
        for _ in range(3):
            assert (await outward.ask("GET", url, {}, b"")).body == b"ok"
        await outward.close()
    assert len(came) == 1


async def test_one_that_rested_is_not() -> None:
    """Nobody could tell whether a text sent on it was taken, and it would not be sent again."""
    async with counting() as (url, came):
        outward = Outward(rest_s=0)
        for _ in range(3):
            assert (await outward.ask("GET", url, {}, b"")).body == b"ok"
        await outward.close()
    assert len(came) == 3
    assert REST_S < USUAL_S
