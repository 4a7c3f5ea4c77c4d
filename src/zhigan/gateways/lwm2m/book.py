"""The book of registrations: in memory for the door, in one SQLite file for the next start.

Enters: registrations that began, changed or ended. Leaves: `kept` futures once they are on disk; at a start, who was
there. Why a file: a device that is registered does not register again because we restarted; without the book its next
notification, perhaps a fire, would come from nobody. Written in batches by one thread, so that PostgreSQL may be down.
Absent: what a registration means.
"""

import asyncio
import secrets
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as File
from typing import Final, cast

import msgspec
import structlog

from zhigan.gateways.lwm2m.model import Address, Memory, Registration, type_of
from zhigan.protocols.lwm2m import Path

FILE: Final = "registrations.sqlite3"
EVERY_S: Final = 0.03
LAZY_S: Final = 5.0
"""When a device was last heard may be written so much later: after a crash it gets its time anew."""
RETRY_S: Final = 1.0
_log = structlog.get_logger("gateways.lwm2m.book")

_CREATE: Final = """
create table if not exists registration (
  endpoint text primary key, number integer not null, address text not null, secure integer not null,
  lifetime integer not null, version text not null, queue integer not null, objects text not null,
  registered_at integer not null, heard_at integer not null, observed integer not null, memory text not null
) without rowid
"""
_PUT: Final = "insert or replace into registration values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DROP: Final = "delete from registration where endpoint = ?"
_ALL: Final = "select * from registration"
_NOTHING: Final = b"{}"
_paths = msgspec.json.Decoder(tuple[tuple[int, ...], ...])
_address = msgspec.json.Decoder(tuple[str | int, ...])
_memory = msgspec.json.Decoder(Memory)

Row = tuple[object, ...]


class Book:
    """`await open(folder)`, then `run()` beside the door."""

    def __init__(self) -> None:
        self.by_number: dict[int, Registration] = {}
        self.by_endpoint: dict[str, Registration] = {}
        self.by_address: dict[Address, Registration] = {}
        self._dirty: dict[str, Registration | None] = {}
        self._lazy: dict[str, Registration] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._work = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "lwm2m book")
        self._file: sqlite3.Connection | None = None

    def __len__(self) -> int:
        return len(self.by_number)

    async def open(self, folder: File) -> None:
        loop = asyncio.get_running_loop()
        for registration in await loop.run_in_executor(self._thread, self._open, folder):
            self._put(registration)

    async def close(self) -> None:
        await self._flush(self._lazy)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._shut)
        self._thread.shutdown()

    def make(self, endpoint: str, address: Address, now: int) -> Registration:
        """A new one, in the place of an old one of the same name."""
        old = self.by_endpoint.get(endpoint)
        number = secrets.randbits(32)
        while number in self.by_number:
            number = secrets.randbits(32)
        made = Registration(number, endpoint, address, now)
        if old is not None:
            self._leave(old)
            made.memory = old.memory
        self._put(made)
        return made

    def drop(self, registration: Registration) -> None:
        self._leave(registration)
        if self.by_endpoint.get(registration.endpoint) is registration:
            del self.by_endpoint[registration.endpoint]
            self._lazy.pop(registration.endpoint, None)
            self._dirty[registration.endpoint] = None
            self._work.set()

    def keep(self, registration: Registration) -> asyncio.Future[None]:
        """Done when it is on disk."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(kept)
        self._dirty[registration.endpoint] = registration
        self._work.set()
        return kept

    def move(self, registration: Registration, address: Address) -> None:
        """It speaks from elsewhere now: a NAT forgets within minutes."""
        if self.by_address.get(registration.address) is registration:
            del self.by_address[registration.address]
        registration.address = address
        self.by_address[address] = registration
        self.note(registration)

    def note(self, registration: Registration) -> None:
        """It was heard, or moved: written when there is time."""
        self._lazy[registration.endpoint] = registration

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        lazy_at = loop.time() + LAZY_S
        while True:
            try:
                async with asyncio.timeout(LAZY_S):
                    await self._work.wait()
            except TimeoutError:
                pass
            self._work.clear()
            lazy: dict[str, Registration] = {}
            if loop.time() >= lazy_at:
                lazy, self._lazy = self._lazy, {}
                lazy_at = loop.time() + LAZY_S
            await self._flush(lazy)
            await asyncio.sleep(EVERY_S)

    async def _flush(self, lazy: dict[str, Registration]) -> None:
        dirty, self._dirty = self._dirty, {}
        waiting, self._waiting = self._waiting, []
        if not dirty and not lazy:
            return
        rows = [_row(r) for r in {**lazy, **dirty}.values() if r is not None]
        gone = [endpoint for endpoint, r in dirty.items() if r is None]
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows, gone)
        except sqlite3.Error as error:
            _log.error("registrations are not kept; tried again", error=str(error))
            self._dirty, self._waiting = {**dirty, **self._dirty}, waiting + self._waiting
            await asyncio.sleep(RETRY_S)
            self._work.set()
            return
        for kept in waiting:
            if not kept.done():
                kept.set_result(None)

    def _put(self, registration: Registration) -> None:
        self.by_number[registration.number] = registration
        self.by_endpoint[registration.endpoint] = registration
        self.by_address[registration.address] = registration

    def _leave(self, registration: Registration) -> None:
        self.by_number.pop(registration.number, None)
        if self.by_address.get(registration.address) is registration:
            del self.by_address[registration.address]

    # In the thread.

    def _open(self, folder: File) -> list[Registration]:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute("pragma synchronous = full")
        self._file.execute(_CREATE)
        return [_registration(row) for row in self._file.execute(_ALL)]

    def _write(self, rows: list[Row], gone: Iterable[str]) -> None:
        file = self._file
        if file is None:
            return
        file.execute("begin")
        try:
            file.executemany(_PUT, rows)
            file.executemany(_DROP, [(endpoint,) for endpoint in gone])
            file.execute("commit")
        except BaseException:
            file.execute("rollback")
            raise

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _row(r: Registration) -> Row:
    memory = r.memory
    known = msgspec.json.encode(memory) if memory.units or memory.applications or memory.held else _NOTHING
    return (
        r.endpoint, r.number, msgspec.json.encode(r.address).decode(), r.secure, r.lifetime, r.version, r.queue,
        msgspec.json.encode(r.objects).decode(), r.registered_at, r.heard_at, r.observed, known.decode(),
    )  # fmt: skip


def _registration(row: tuple[str, int, str, int, int, str, int, str, int, int, int, str]) -> Registration:
    endpoint, number, address, secure, lifetime, version, queue, objects, since, heard, observed, memory = row
    made = Registration(number, endpoint, cast("Address", _address.decode(address)), since)
    made.secure, made.queue, made.observed = bool(secure), bool(queue), bool(observed)
    made.lifetime, made.version, made.heard_at = lifetime, version, heard
    found: tuple[Path, ...] = _paths.decode(objects)
    made.objects, made.type = found, type_of(found)
    made.memory = _memory.decode(memory)
    return made
