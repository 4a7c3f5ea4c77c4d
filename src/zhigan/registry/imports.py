"""Imports as jobs: a file is put down, checked without leaving anything, then taken in batches, each exactly once.

Enters: a file with the account on whose behalf, and the kinds that the rooms offer. Leaves: rows of `import_job` that a
page can show at any moment; bad lines with their reasons. One transaction takes a batch and moves `done`, so a restart
neither loses nor repeats a line; a session lock lets one worker of all run. The account's rights are looked at again
before every batch: whoever loses them loses the job. Absent: which lines are right (importing).
"""

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import structlog

from zhigan.bus import log
from zhigan.registry import foreign, spelling
from zhigan.registry.refusals import errors_of
from zhigan.registry.shapes_adoption import LineError
from zhigan.registry.store import SQL
from zhigan.registry.units import fresh_id
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Connection, Pool
from zhigan.vocabulary import scopes
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.webapi import sheets
from zhigan.webapi.audit import audit
from zhigan.webapi.intake import Kind, Took
from zhigan.webapi.principal import Principal
from zhigan.webapi.sheets import Bad, Entry

CHANNEL = "zhigan_import"
AT_ONCE = 200
"""Lines a transaction: the web process answers others between two of them."""
LOOK_S = 30.0
KEEP = timedelta(days=30)
"""How long a file's content is kept."""
MOST_BYTES = 20 * 1024 * 1024
MOST_LINES = 300_000
SAMPLE = 5
_LOCK = 0x7A686967_0014

Kinds = Mapping[str, Kind]
_log = structlog.get_logger("registry.imports")


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """What the first line names, and the first lines below it."""

    known: list[str]
    unknown: list[str]
    sample: list[list[str]]


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """`done` of `entries`: lines that could be read and are behind us; the tally counts since the last start."""

    id: str
    kind: str
    file: str
    by: str
    state: str
    columns: Columns
    lines: int
    done: int
    entries: int
    added: int
    changed: int
    bad: int
    failure: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class BadLine(msgspec.Struct, frozen=True):
    line: int
    reason: str
    errors: list[LineError]


class Lost(Exception):
    """The job is no longer ours to go on with: cancelled, or the account lost its rights."""


# ------------------------------------------------------------ what people do


def preview(kind: Kind, name: str, raw: bytes, mapping: str = "") -> tuple[Columns, int]:
    """Raises `SheetError` where the file as a whole cannot be used."""
    made = foreign.read(mapping) if mapping else None
    theirs, lines = sheets.table(name, raw, made.encoding if made else "")
    header = theirs
    if made is not None:
        header, lines = foreign.translated(made, theirs, lines)
    sheets.required(name, header, kind.form)
    if len(lines) > MOST_LINES:
        raise sheets.SheetError(f"{name}: more than {MOST_LINES} lines")
    sample = [[header, *(line.cells for line in lines[:SAMPLE] if not line.reason)]]
    unknown = kind.form.unknown(header) if made is None else foreign.unused(made, theirs)
    known = [word for word in header if word and (made is not None or word not in unknown)]
    return Columns(known=known, unknown=unknown, sample=[list(cells) for cells in sample[0]]), len(lines)


async def add(
    conn: Connection, by: Principal, kind: str, name: str, raw: bytes, seen: tuple[Columns, int], now: datetime,
    mapping: str = "",
) -> str:  # fmt: skip
    id_ = fresh_id(now)
    columns, lines = seen
    await conn.execute(SQL.import_forget_old, now - KEEP)
    await conn.execute(
        SQL.add_import,
        id_, kind, name[:200], raw, by.id, by.name, str(by.role), scopes.show(by.scope), by.address,
        msgspec.json.encode(columns).decode(), lines, now, mapping,
    )  # fmt: skip
    await wake(conn)
    return id_


async def listed(conn: Connection, by: Principal, after: tuple[str, str] | None, limit: int) -> list[Import]:
    """One's own, newest first; those of all for an administrator of the whole city."""
    whole = by.role is Role.ADMIN and by.scope.whole_city
    edge = (datetime.fromisoformat(after[0]), after[1]) if after else (None, None)
    rows = await conn.fetch(
        f"{SQL.imports} where (j.account = $1::uuid or $2) and ($3::timestamptz is null or (j.created_at, j.id) < ($3, "
        "$4::uuid)) order by j.created_at desc, j.id desc limit $5",
        by.id, whole, *edge, limit,
    )  # fmt: skip
    return [_import(r) for r in rows]


async def one(conn: Connection, by: Principal, id_: str) -> Import | None:
    row = await conn.fetchrow(f"{SQL.imports} where j.id = $1::uuid", id_)
    if row is None or (row["account"] != by.id and not (by.role is Role.ADMIN and by.scope.whole_city)):
        return None
    return _import(row)


def _import(r: asyncpg.Record) -> Import:
    fields = {f: r[f] for f in Import.__struct_fields__ if f != "columns"}
    return Import(**fields, columns=msgspec.json.decode(r["columns"], type=Columns))


async def start(conn: Connection, id_: str) -> bool:
    """False: it is not checked, or was started already."""
    if await conn.fetchval(SQL.import_start, id_) is None:
        return False
    await conn.execute(SQL.import_forget_bad, id_)
    await wake(conn)
    return True


async def cancel(conn: Connection, id_: str, now: datetime) -> bool:
    return await conn.fetchval(SQL.import_cancel, id_, now) is not None


async def bad_lines(conn: Connection, id_: str, after: int, limit: int) -> list[BadLine]:
    rows = await conn.fetch(SQL.import_bad_lines, id_, after, limit)
    return [BadLine(r["line"], r["reason"], errors_of(r["reason"])) for r in rows]


async def returned(conn: Connection, id_: str) -> bytes | None:
    """The bad lines as they came, each with its number and reason in front: to be put right and sent again."""
    row = await conn.fetchrow(SQL.import_content, id_)
    if row is None or row["content"] is None:
        return None
    reasons = {b.line: b.reason for b in await bad_lines(conn, id_, 0, MOST_LINES)}
    return await asyncio.to_thread(_returned, row["content"], row["mapping"], reasons)


def _returned(raw: bytes, mapping: str, reasons: dict[int, str]) -> bytes:
    header, lines = sheets.table("", raw, foreign.read(mapping).encoding if mapping else "")
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(["line", "reason", *header])
    out.writerows([x.number, reasons[x.number], *x.cells] for x in lines if x.number in reasons)
    return sheets.UTF8_MARK + text.getvalue().encode()


async def wake(conn: Connection) -> None:
    await conn.execute("select pg_notify($1, '')", CHANNEL)


# ------------------------------------------------------------ the worker


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    file: str
    content: bytes
    mapping: str
    account: str
    name: str
    role: str
    scope: str
    address: str
    state: str
    done: int
    started_at: datetime | None


class Worker:
    """Runs in every web process; the database's lock lets one of them work."""

    def __init__(self, pool: Pool, clock: Clock, kinds: Kinds) -> None:
        self._pool = pool
        self._clock = clock
        self._kinds = kinds

    async def run(self, dsn: str) -> None:
        async with Listener(dsn, CHANNEL, name="zhigan imports") as listener:
            while True:
                try:
                    await self.work()
                except (*UNAVAILABLE, asyncpg.PostgresError) as error:
                    _log.warning("imports wait", error=str(error))
                await listener.wait(LOOK_S)

    async def work(self) -> None:
        """All that waits, oldest first, then names without their pinyin."""
        async with self._pool.acquire() as guard:
            if not await guard.fetchval("select pg_try_advisory_lock($1)", _LOCK):
                return
            try:
                while (row := await guard.fetchrow(SQL.import_waiting)) is not None:
                    await self._job(_Job(**dict(row)))
                await spelling.spell(self._pool)
            finally:
                await guard.execute("select pg_advisory_unlock($1)", _LOCK)

    async def _job(self, job: _Job) -> None:
        kind = self._kinds[job.kind]
        try:
            entries, bad = await asyncio.to_thread(_entries, kind, job)
            await self._begin(job, len(entries), bad)
            for at in range(job.done, len(entries), AT_ONCE):
                await self._batch(job, kind, entries[at : at + AT_ONCE], at)
            await self._end(job, kind)
        except Lost as lost:
            await self._fail(job, str(lost))
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, sheets.SheetError) as error:
            _log.warning("an import failed", job=job.id, error=str(error))
            await self._fail(job, str(error)[:500])

    async def _begin(self, job: _Job, entries: int, bad: Sequence[Bad]) -> None:
        """The lines that cannot be read count once, with the first batch."""
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute(SQL.import_begun, job.id, entries, self._clock.now())
            if job.started_at is None:
                await self._note(conn, job, 0, 0, Took(bad=list(bad)))

    async def _batch(self, job: _Job, kind: Kind, entries: Sequence[Entry[Any]], at: int) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            by = await self._principal(conn, job, kind)
            if job.state == "checking":
                trial = conn.transaction()
                await trial.start()
                took = await kind.take(conn, entries, now, by)
                await trial.rollback()
            else:
                took = await kind.take(conn, entries, now, by)
            await self._note(conn, job, at, at + len(entries), took)
            if job.state == "importing":
                await log.append(conn, took.drafts, to_micros(now))

    async def _note(self, conn: Connection, job: _Job, at: int, done: int, took: Took) -> None:
        counts = (took.added, took.changed, len(took.bad))
        if await conn.fetchval(SQL.import_step, job.id, job.state, at, done, *counts) is None:
            raise Lost("cancelled")
        if took.bad:
            await conn.execute(
                SQL.import_bad, job.id, [b.number for b in took.bad], [b.reason[:1000] for b in took.bad]
            )

    async def _principal(self, conn: Connection, job: _Job, kind: Kind) -> Principal:
        row = await conn.fetchrow(SQL.import_account, job.account)
        if row is None or Role(row["role"]) not in kind.roles:
            raise Lost("the account may no longer import this")
        return Principal(job.account, job.name, Role(row["role"]), scopes.parse(row["scope"]), "", job.address)

    async def _end(self, job: _Job, kind: Kind) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            if job.state == "checking":
                await conn.execute(SQL.import_ended, job.id, "checking", "checked", None, "")
                return
            by = await self._principal(conn, job, kind)
            if await conn.fetchval(SQL.import_ended, job.id, "importing", "done", now, "") is None:
                return
            rows = await conn.fetch(f"{SQL.imports} where j.id = $1::uuid", job.id)
            tally = {f: row[f] for row in rows for f in ("added", "changed", "bad")}
            detail = {"file": job.file, **tally, "import": job.id}
            await audit(conn, by, now, kind.audited, job.kind, detail)

    async def _fail(self, job: _Job, why: str) -> None:
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute(SQL.import_ended, job.id, job.state, "failed", self._clock.now(), why)


def _entries(kind: Kind, job: _Job) -> tuple[list[Entry[Any]], list[Bad]]:
    """In the same order at every start."""
    made = foreign.read(job.mapping) if job.mapping else None
    header, lines = sheets.table(job.file, job.content, made.encoding if made else "")
    if made is not None:
        header, lines = foreign.translated(made, header, lines)
    good, bad = sheets.filled(header, lines, kind.form)
    good, doubled = sheets.doubles(good, kind.key)
    return good, [*bad, *doubled]
