"""Which model a device turned out to be, told to the registry, so that its own period decides when it is silent.

Enters: what the taker recognised, and the carrier's own names of a device. Leaves: `registry.device.model`, where
nobody had written one; `registry.carried`, without which no command finds its way. A device that the registry does not
have yet (the engine discovers it a moment later) is tried again for a while. Absent: recognising.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from zhigan.registry import models as registry
from zhigan.runtime.pg import UNAVAILABLE, Connection

EVERY_S: Final = 5.0
TRIES: Final = 24
AT_ONCE: Final = 2000
WAITING_MAX: Final = 300_000
_log = structlog.get_logger("gateways.carriers.models")


class Models:
    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._waiting: dict[tuple[str, str], tuple[str, int]] = {}
        self._names: dict[tuple[str, str], tuple[str, str]] = {}

    def recognised(self, gateway: str, address: str, model: str) -> None:
        if len(self._waiting) < WAITING_MAX:
            self._waiting[gateway, address] = (model, TRIES)

    def carried(self, gateway: str, address: str, product: str, name: str) -> None:
        if len(self._names) < WAITING_MAX:
            self._names[gateway, address] = (product, name)

    async def run(self) -> None:
        conn: Connection | None = None
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                if conn is None or conn.is_closed():
                    conn = await self._connect()
                await self.tell(conn)
            except UNAVAILABLE as error:
                conn = None
                _log.warning("models not told; they wait", error=str(error))

    async def tell(self, conn: Connection) -> None:
        """One round: those that the registry knows are done, the others wait for the next."""
        for keys in _parts(list(self._names)):
            await registry.carry(conn, [(*key, *self._names[key]) for key in keys])
            for key in keys:
                self._names.pop(key, None)
        for keys in _parts(list(self._waiting)):
            found = await registry.recognise(conn, [(*key, self._waiting[key][0]) for key in keys])
            for key in keys:
                model, tries = self._waiting.pop(key)
                if key not in found and tries > 1:
                    self._waiting[key] = (model, tries - 1)


def _parts(keys: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    return [keys[begin : begin + AT_ONCE] for begin in range(0, len(keys), AT_ONCE)]
