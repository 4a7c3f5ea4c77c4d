"""Migrations: numbered SQL files, each run once, in order, in a transaction of its own.

Enters: a DSN or a connection. Leaves: a database that has every file, and a record of each with its checksum. History
is append-only: a file that changed after it ran, or that slipped in before one that ran, is refused, because two
databases of one version would differ. Absent: down-migrations (restore a backup) and branches.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable

import asyncpg
import msgspec

from zhigan.runtime.clock import Clock, SystemClock

_FILE = re.compile(r"(\d{4})_[a-z0-9_]+\.sql\Z")
_LOCK = 0x7A686967_0001  # "zhig", first lock of the house: one migrator at a time

_BOOK = """
create schema if not exists runtime;
create table if not exists runtime.migration (
  number int primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null
)
"""


class MigrationError(RuntimeError):
    """The database and the files contradict each other, or a file failed; the message names the file."""


class Migration(msgspec.Struct, frozen=True):
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Line ends and trailing blanks do not count: they change in transit, never in meaning."""
        lines = "\n".join(line.rstrip() for line in self.sql.strip().splitlines())
        return hashlib.sha256(lines.encode()).hexdigest()


def migrations(folder: Traversable | None = None) -> list[Migration]:
    """The files in order; two of one number are refused."""
    where = folder if folder is not None else resources.files("zhigan.runtime").joinpath("migrations")
    found: dict[int, Migration] = {}
    for entry in sorted(where.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".sql"):
            continue
        match = _FILE.match(entry.name)
        if match is None:
            raise MigrationError(f"{entry.name}: want a name of the form 0001_room_what.sql")
        number = int(match.group(1))
        if number in found:
            raise MigrationError(f"{entry.name} and {found[number].name} have the same number")
        found[number] = Migration(number, entry.name, entry.read_text("utf-8"))
    return list(found.values())


async def migrate(
    target: str | asyncpg.Connection, *, clock: Clock | None = None, files: Sequence[Migration] | None = None
) -> list[str]:
    """Brings the database up to the files; answers the names of those that ran now."""
    if not isinstance(target, str):
        return await _locked(target, clock or SystemClock(), migrations() if files is None else files)
    connection = await asyncpg.connect(target)
    try:
        return await _locked(connection, clock or SystemClock(), migrations() if files is None else files)
    finally:
        await connection.close()


async def _locked(connection: asyncpg.Connection, clock: Clock, files: Sequence[Migration]) -> list[str]:
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        async with connection.transaction():
            await connection.execute("set local client_min_messages = warning")
            await connection.execute(_BOOK)
        rows = await connection.fetch("select number, name, checksum from runtime.migration order by number")
        pending = outstanding(files, {r["number"]: (r["name"], r["checksum"]) for r in rows})
        for migration in pending:
            await _apply(connection, migration, clock.now())
        return [m.name for m in pending]
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


def outstanding(files: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> list[Migration]:
    """What is still to run; raises where the record and the files do not agree."""
    known = {m.number: m for m in files}
    for number, (name, checksum) in sorted(applied.items()):
        if number not in known:
            raise MigrationError(f"the database has {name}, this software does not: it is older than the database")
        if known[number].checksum != checksum:
            raise MigrationError(
                f"{known[number].name} was changed after it ran (recorded as {name}): write a new migration instead"
            )
    last = max(applied, default=-1)
    for migration in files:
        if migration.number not in applied and migration.number < last:
            raise MigrationError(f"{migration.name} comes before {applied[last][0]}, which ran already: renumber it")
    return [m for m in files if m.number not in applied]


async def _apply(connection: asyncpg.Connection, migration: Migration, at: datetime) -> None:
    try:
        async with connection.transaction():
            await connection.execute("set local client_min_messages = warning")
            await connection.execute(migration.sql)
            await connection.execute(
                "insert into runtime.migration (number, name, checksum, applied_at) values ($1, $2, $3, $4)",
                migration.number,
                migration.name,
                migration.checksum,
                at,
            )
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}: {error}{_where(migration.sql, error)}") from error


def _where(sql: str, error: asyncpg.PostgresError) -> str:
    position: str | None = getattr(error, "position", None)
    if not position:
        return ""
    line = sql.count("\n", 0, int(position) - 1) + 1
    return f" (line {line})"
