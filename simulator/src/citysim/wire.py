"""A line to the centre, over TCP or UDP: bytes out, protocol events in. Enters: a target. Leaves: `Wire`.

Absent: meaning, resends and time-outs (device).
"""

import asyncio
from collections.abc import Callable
from typing import cast

import msgspec

from zhigan.protocols import gb26875 as gb

Receiver = Callable[[gb.Event], None]


class Target(msgspec.Struct, frozen=True):
    host: str
    port: int
    datagrams: bool = False


class Wire(asyncio.Protocol, asyncio.DatagramProtocol):
    """One class for both: asyncio calls `data_received` for a stream and `datagram_received` for datagrams."""

    def __init__(self, receiver: Receiver, *, datagrams: bool) -> None:
        self.closed = asyncio.Event()
        self._datagrams = datagrams
        self._receiver = receiver
        self._reader = gb.Reader()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for event in self._reader.receive(data):
            self._receiver(event)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for event in self._reader.receive(data) + self._reader.idle():
            self._receiver(event)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there just now: a datagram's sender learns it by silence and sends again."""

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()

    def send(self, data: bytes) -> None:
        if self._transport is None:
            return
        if self._datagrams:
            cast(asyncio.DatagramTransport, self._transport).sendto(data)
        else:
            cast(asyncio.Transport, self._transport).write(data)

    def close(self) -> None:
        if self._transport:
            self._transport.close()


async def connect(target: Target, receiver: Receiver) -> Wire:
    loop = asyncio.get_running_loop()
    if target.datagrams:
        _, wire = await loop.create_datagram_endpoint(
            lambda: Wire(receiver, datagrams=True), remote_addr=(target.host, target.port)
        )
    else:
        _, wire = await loop.create_connection(lambda: Wire(receiver, datagrams=False), target.host, target.port)
    return wire
