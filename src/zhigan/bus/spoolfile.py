"""The spool's file: SQLite in WAL mode with synchronous=FULL, one table a lane, owned by one process.

Enters: encoded batches, many in one transaction. Leaves: the same bytes by position. Synchronous and single-threaded by
design: `spool.Spool` calls it from its one writer thread. A checksum a row says when the disk lied. Absent: asyncio,
decoding, and any clock (age is measured against the newest stored batch).
"""

import fcntl
import os
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from zhigan.bus.signals import BusCorrupt, BusOwned, BusRefused
from zhigan.vocabulary.signals import Lane


class Statements(NamedTuple):
    """A lane's table in SQL."""

    create: str
    last: str
    newest: str
    size: str
    insert: str
    read: str
    since: str
    oldest: str
    delete: str


def _statements(table: str) -> Statements:
    template = Statements(
        create="create table if not exists LANE (position integer primary key autoincrement, newest integer not null,"
        " signals integer not null, checksum integer not null, body blob not null)",
        last="select seq from sqlite_sequence where name = 'LANE'",
        newest="select newest from LANE order by position desc limit 1",
        size="select sum(length(body)) from LANE",
        insert="insert into LANE (newest, signals, checksum, body) values (?, ?, ?, ?)",
        read="select position, signals, checksum, body from LANE where position > ? order by position",
        since="select position, signals, checksum, body from LANE where position > ? and newest >= ? order by position",
        oldest="select position, newest, length(body) from LANE where position <= ? order by position limit ?",
        delete="delete from LANE where position <= ?",
    )
    return Statements(*(statement.replace("LANE", table) for statement in template))


LANES: Final = {Lane.URGENT: _statements("urgent"), Lane.BULK: _statements("bulk")}
URGENT_RESERVE: Final = 1.1
"""At the size limit telemetry is refused first; fires may use a tenth more."""
PLENTY: Final = 256 << 20
"""With so much free on the disk nothing is reckoned: the journal and what it moves into the file fit many times."""
ROOM: Final = {Lane.BULK: 8 << 20, Lane.URGENT: 4 << 20}
"""What each lane leaves free on a disk that becomes full: by it, what was read can still be deleted, and fires fit."""
TRIM_ROWS: Final = 64
YOUNGEST: Final = 1 << 62
READ_BYTES: Final = 16 << 20
PAGE: Final = 16384
CHECKPOINT_PAGES: Final = 1024  # 16 MiB of WAL


class Parcel(NamedTuple):
    lane: Lane
    newest: int
    signals: int
    body: bytes


class Stored(NamedTuple):
    position: int
    body: bytes


class SpoolFile:
    def __init__(self, folder: Path, limit_bytes: int, keep_micros: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "spool.sqlite3"
        self._limit = limit_bytes
        self._keep = keep_micros
        self._lock = _own(folder)
        try:
            self._db = self._connect()
            self.last = {lane: self._one(sql.last) for lane, sql in LANES.items()}
            self.newest = max(self._one(sql.newest) for sql in LANES.values())
            self._bytes = sum(self._one(sql.size) for sql in LANES.values())
        except sqlite3.DatabaseError as error:
            os.close(self._lock)
            raise self._explain(error) from error
        self._done = dict.fromkeys(LANES, 0)
        self._trimmed = dict.fromkeys(LANES, 0)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        # One owner, so the WAL index may live in memory: no -shm file that could fail on a full disk.
        db.execute("pragma locking_mode=exclusive")
        db.execute(f"pragma page_size={PAGE}")
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=full")
        db.execute("pragma secure_delete=off")  # to delete must not write as much as it frees
        db.execute(f"pragma wal_autocheckpoint={CHECKPOINT_PAGES}")
        db.execute(f"pragma journal_size_limit={4 * CHECKPOINT_PAGES * PAGE}")
        for sql in LANES.values():
            db.execute(sql.create)
        return db

    def _one(self, statement: str) -> int:
        value = self._db.execute(statement).fetchone()
        return int(value[0]) if value and value[0] is not None else 0

    def _explain(self, error: sqlite3.DatabaseError) -> Exception:
        """Full, read-only or busy disks heal: refuse. Anything else means the file is not what was written."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if isinstance(error, sqlite3.OperationalError) and code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return BusRefused(f"the spool {self.path} refuses: {error}")
        return BusCorrupt(
            f"the spool {self.path} is damaged ({error}). Nothing is read from it or written to it any more: "
            "move the folder away and keep it; what it holds beyond the engine's position must be sent again."
        )

    def write(self, parcels: Sequence[Parcel]) -> list[int]:
        """All of them in one transaction, or none; positions in the order given."""
        size = sum(len(parcel.body) for parcel in parcels)
        allowed = self._limit
        if all(parcel.lane is Lane.URGENT for parcel in parcels):
            allowed = int(allowed * URGENT_RESERVE)
        if self._bytes + size > allowed:
            self._make_room(allowed - size, max(parcel.newest for parcel in parcels))
            if self._bytes + size > allowed:
                raise BusRefused(f"the spool {self.path} is at its size limit of {self._limit} bytes")
        self._mind_the_disk(parcels, size)
        return self._transact(parcels)

    def done(self, lane: Lane, upto: int) -> None:
        """Mark as read; the rows go with a later write, when they are old enough (safe to call from another thread)."""
        self._done[lane] = max(self._done[lane], upto)

    def read(self, lane: Lane, after: int, limit: int) -> list[Stored]:
        """At least one batch when there is one; at most `limit` signals or 16 MiB in all."""
        return self._select(lane, LANES[lane].read, (after,), limit)

    def since(self, lane: Lane, newest: int, after: int) -> list[Stored]:
        """The next batches behind `after` that hold anything as new as `newest`; 16 MiB at a time."""
        return self._select(lane, LANES[lane].since, (after, newest), 1 << 30)

    def close(self) -> None:
        self._db.close()
        os.close(self._lock)

    def _make_room(self, upto: int, newest: int) -> None:
        """What was read goes: first what no dedupe window needs, by the time of who wants in; then, if that is not
        enough, the rest: better a repeat counted twice after a restart than a signal refused."""
        for before in (newest - self._keep, YOUNGEST):
            held = -1
            while self._bytes > upto and self._bytes != held:
                held = self._bytes
                self._transact((), before)

    def _mind_the_disk(self, parcels: Sequence[Parcel], size: int) -> None:
        """On a disk that becomes full: empty the journal, let go of what was read, else refuse while there still is
        room for that. A full disk could not even be emptied: to delete is to write."""
        written = size + size // 4 + (2 * len(parcels) + 8) * PAGE
        room = min(ROOM[parcel.lane] for parcel in parcels)
        if self._fits(written, room):
            return
        self._empty_journal()
        newest = max(parcel.newest for parcel in parcels)
        for before in (newest - self._keep, YOUNGEST):
            held = -1
            while self._bytes != held and not self._fits(written, room):
                held = self._bytes
                self._transact((), before)
                self._empty_journal()
        if not self._fits(written, room):
            raise BusRefused(f"the disk of the spool {self.path} has no more room than is needed to empty it")

    def _fits(self, written: int, room: int) -> bool:
        """Into the journal now, and from there into the file, which grows when it holds too few free pages."""
        disk = os.statvfs(self.path.parent)
        free = disk.f_bavail * disk.f_frsize
        if free > PLENTY:
            return True
        unwritten = max(0, self._one("pragma page_count") * PAGE - self.path.stat().st_size)
        growth = max(0, written - self._one("pragma freelist_count") * PAGE)
        return free >= written + unwritten + growth + room

    def _empty_journal(self) -> None:
        """Moves it into the file and gives its room back; where that fails the disk is as full as before."""
        try:
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()
        except sqlite3.DatabaseError as error:
            explained = self._explain(error)
            if isinstance(explained, BusCorrupt):
                raise explained from error

    def _transact(self, parcels: Iterable[Parcel], before: int | None = None) -> list[int]:
        positions: list[int] = []
        added = 0
        newest = self.newest
        try:
            self._db.execute("begin immediate")
            for parcel in parcels:
                cursor = self._db.execute(
                    LANES[parcel.lane].insert,
                    (parcel.newest, parcel.signals, zlib.crc32(parcel.body), parcel.body),
                )
                positions.append(cursor.lastrowid or 0)
                added += len(parcel.body)
                newest = max(newest, parcel.newest)
            freed, trimmed = self._trim(newest - self._keep if before is None else before)
            self._db.execute("commit")
        except sqlite3.DatabaseError as error:
            self._abandon()
            raise self._explain(error) from error
        self.newest = newest
        self._bytes += added - freed
        self._trimmed.update(trimmed)
        for parcel, position in zip(parcels, positions, strict=True):
            self.last[parcel.lane] = position
        return positions

    def _trim(self, before: int) -> tuple[int, dict[Lane, int]]:
        freed = 0
        trimmed: dict[Lane, int] = {}
        for lane, sql in LANES.items():
            rows = self._trimmable(lane, before)
            if rows:
                freed += sum(size for _, size in rows)
                trimmed[lane] = rows[-1][0]
                self._db.execute(sql.delete, (rows[-1][0],))
        return freed, trimmed

    def _trimmable(self, lane: Lane, before: int) -> list[tuple[int, int]]:
        if self._done[lane] <= self._trimmed[lane]:
            return []
        rows: list[tuple[int, int]] = []
        cursor = self._db.execute(LANES[lane].oldest, (self._done[lane], TRIM_ROWS))
        for position, newest, size in cursor:
            if newest >= before:
                break
            rows.append((position, size))
        cursor.close()
        return rows

    def _select(self, lane: Lane, statement: str, arguments: tuple[int, ...], limit: int) -> list[Stored]:
        found: list[Stored] = []
        signals = size = 0
        try:
            cursor = self._db.execute(statement, arguments)
            for position, count, checksum, body in cursor:
                if zlib.crc32(body) != checksum:
                    raise BusCorrupt(f"the spool {self.path} is damaged: {lane.name} {position} fails its checksum")
                signals += count
                size += len(body)
                if found and (signals > limit or size > READ_BYTES):
                    break
                found.append(Stored(position, body))
            cursor.close()
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from error
        return found

    def _abandon(self) -> None:
        """After a refusal SQLite may or may not have rolled back by itself."""
        try:
            if self._db.in_transaction:
                self._db.execute("rollback")
        except sqlite3.DatabaseError:
            self._db.close()
            self._db = self._connect()


def _own(folder: Path) -> int:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise BusOwned(f"another process owns the spool {folder}") from None
    return handle
