"""The archive: Parquet files of past days, one a day, kind and block of devices (roll-ups: one a day), open to any
engine that reads Parquet.

Enters: a block's rows as PostgreSQL's CSV. Leaves: a file below `readings/day=2026-10-31/`, `signals/…` or `hourly/…`,
sorted by device, metric and time (roll-ups by metric first), compressed by zstd, whole on disk before its name is given
out; later its rows again. Absent: which files count (history.moved says so, in PostgreSQL) and who may see what.
Everything here blocks: call it in a thread, or in a process of its own.

DuckDB is held on a short line: one thread, a bounded memory, no extensions fetched, no files but ours. Where the
archive lies on S3-compatible storage it reads copies, which are fetched several at a time and kept while there is room.
"""

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from zhigan.history.objects import Objects
from zhigan.history.rolling import Rolled, Spans, columns
from zhigan.history.rules import BLOCK, Bound, Fleet, Reading, Side, Step
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import DAY, HOUR, to_datetime

MEMORY: Final = "512MB"
READERS: Final = 2
FETCHERS: Final = 16
EXTREME: Final = {False: {"arg": "arg_max", "column": "high"}, True: {"arg": "arg_min", "column": "low"}}

_SQL = load("zhigan.history", "archive.sql")


class Written(NamedTuple):
    """`file` is below the archive's folder; times in µs, of the rows' own time."""

    file: str
    rows: int
    bytes: int
    first_at: int
    last_at: int


class Away(NamedTuple):
    """The archive lies elsewhere: what of it is asked for is copied into a folder of this name, up to `room` bytes."""

    objects: Objects
    name: str
    room: int


class Archive:
    """With `away` the folder holds copies only, and files from before, which wait to be put there."""

    def __init__(self, folder: Path, away: Away | None = None) -> None:
        self._folder = folder
        self._away = away
        self._home = folder if away is None else folder / "copies" / away.name
        self._held: Counter[str] = Counter()
        self._fetching = None if away is None else ThreadPoolExecutor(FETCHERS, "archive")
        self._turns = threading.BoundedSemaphore(READERS)
        self._opening = threading.Lock()
        self._reading: duckdb.DuckDBPyConnection | None = None

    def close(self) -> None:
        if self._fetching is not None:
            self._fetching.shutdown()
        if self._reading is not None:
            self._reading.close()

    def open(self) -> duckdb.DuckDBPyConnection:
        """A connection that knows no file outside the folder. Close it after use."""
        scratch = self._folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        conn = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
        conn.execute(f"set threads = 1; set memory_limit = '{MEMORY}'; set timezone = 'UTC'")
        conn.execute("set parquet_metadata_cache = true")
        conn.execute(f"set temp_directory = '{_quoted(scratch)}'")
        conn.execute(f"set allowed_directories = ['{_quoted(self._folder)}']")
        conn.execute("set enable_external_access = false; set lock_configuration = true")
        return conn

    def scratch(self, name: str) -> Path:
        folder = self._folder / "scratch"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def write(
        self,
        conn: duckdb.DuckDBPyConnection,
        kind: str,
        day: int,
        block: int,
        run: str,
        csv: Path,
        old: Sequence[str] = (),
    ) -> Written:
        """One file from PostgreSQL's CSV; on disk, directory included, when this returns.

        `old`: files of the same roll-ups, whose rows stay where the CSV has none for them.
        """
        asked: dict[str, object] = {"csv": str(csv)}
        if not old:
            return self._written(conn, _SQL[f"{kind}_write"], asked, kind, day, block, run)
        with self._holding(old) as paths:
            return self._written(conn, _SQL[f"{kind}_merge"], asked | {"files": paths}, kind, day, block, run)

    def keep(
        self,
        conn: duckdb.DuckDBPyConnection,
        old: str,
        kind: str,
        day: int,
        block: int,
        run: str,
        bound: Sequence[Bound],
    ) -> Written | None:
        """Of an old file the rows that are bound, as a file of their own; None where there are none."""
        asked: dict[str, object] = {
            "devices": [b.device for b in bound], "begins": [b.begin for b in bound], "ends": [b.end for b in bound],
        }  # fmt: skip
        with self._holding([old]) as (path,):
            file = self._written(conn, _SQL[f"{kind}_keep"], asked | {"old": path}, kind, day, block, run)
        if file.rows:
            return file
        self.remove(file.file)
        return None

    def _written(
        self, conn: duckdb.DuckDBPyConnection, statement: str, asked: dict[str, object],
        kind: str, day: int, block: int, run: str,
    ) -> Written:  # fmt: skip
        name = f"{kind}/day={to_datetime(day * DAY):%Y-%m-%d}/block={block:05d}-{run}.parquet"
        path = self._home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        conn.execute(statement, asked | {"file": str(path)})
        ((rows, first, last),) = conn.execute(_SQL.content, {"file": str(path)}).fetchall()
        file = Written(name, rows, path.stat().st_size, first, last)
        if self._away is None:
            _on_disk(path)
        else:
            self._away.objects.put(name, path)
            self._tidy()
        return file

    def readings(
        self, files: Sequence[str], device: int, metric: int | None, begin: int, end: int, limit: int
    ) -> list[Reading]:
        """Values of one device with begin <= at < end (µs), oldest first, at most `limit`."""
        asked = {"device": device, "metric": metric, "begin": begin, "end": end, "limit": limit}
        rows = self._found(_SQL.readings, files, asked)
        return [Reading(at, received_at, value) for at, received_at, value in rows]

    def steps(
        self, files: Sequence[str], device: int, metric: int | None, begin: int, end: int, step: int
    ) -> list[Step]:
        """The same in steps of `step` µs."""
        asked = {"device": device, "metric": metric, "begin": begin, "end": end, "step": step}
        rows = self._found(_SQL.steps, files, asked)
        return [Step(*row) for row in rows]

    def signals(
        self, files: Sequence[str], device: int, before: int, after: int, limit: int
    ) -> list[tuple[object, ...]]:
        """Signals of one device heard in [after, before) (µs), newest first: `store.Kept`'s columns, times in µs."""
        asked = {"device": device, "before": before, "after": after, "limit": limit}
        return self._found(_SQL.signals, files, asked)

    def hour(self, files: Sequence[str], csv: Path, begin: int, end: int) -> list[tuple[float, ...]]:
        """Roll-ups of one hour (µs) from files and PostgreSQL's CSV: as `rolling.put` takes them."""
        return self._found(_SQL.hour, files, {"csv": str(csv), "begin": begin, "end": end})

    def hours(self, files: Sequence[str], spans: Spans, fresh: Sequence[tuple[float, ...]]) -> list[Rolled]:
        """Steps of whole hours from roll-ups. `fresh`: what PostgreSQL has of the same (`rolling.rows`)."""
        sources, devices, metrics, begin, end = spans.asked()
        asked: dict[str, object] = {"sources": sources, "devices": devices, "metrics": list(metrics)}
        asked |= {"begin": begin * HOUR, "end": end * HOUR, "step": spans.step} | _fresh(fresh)
        rows = self._found(_SQL.hours, files, asked)
        return [(device, metric, Step(*step)) for device, metric, *step in rows]

    def fleet(
        self, files: Sequence[str], asked: Fleet, begin: int, end: int, fresh: Sequence[tuple[float, ...]]
    ) -> list[Side]:
        """Hours [begin, end) since 1970 and devices, as `fleet.of` puts them together with what PostgreSQL has."""
        given: dict[str, object] = {"devices": list(asked.devices), "metric": asked.metric}
        given |= {"begin": begin * HOUR, "end": end * HOUR}
        statement = (_SQL.fleet_mended if fresh else _SQL.fleet).format(**EXTREME[asked.lowest])
        rows = self._found(statement, files, given | (_fresh(fresh) if fresh else {}))
        return [Side(*row) for row in rows]

    def day(
        self, files: Sequence[str], block: int, begin: int, end: int, fresh: Sequence[tuple[float, ...]]
    ) -> list[tuple[float, ...]]:
        """Roll-ups of one day [begin, end) (µs) of a block from its hours: as `rolling.put_day` takes them."""
        asked: dict[str, object] = {"first": block * BLOCK, "after": (block + 1) * BLOCK, "begin": begin, "end": end}
        return self._found(_SQL.day, files, asked | _fresh(fresh))

    def sweep(self, known: frozenset[str]) -> list[str]:
        """Take away what a move that died left behind: files that never came to count. Returns their names.

        With objects, those of the folder that do count are put there: it held the archive before.
        """
        away = frozenset(self._away.objects.names()) if self._away is not None else frozenset[str]()
        gone: list[str] = []
        for path in self._folder.glob("scratch/*.csv"):
            path.unlink()
        for name in _lying(self._folder):
            if name not in known:
                gone.append(name)
            elif self._away is not None:
                if name not in away:
                    self._away.objects.put(name, self._folder / name)
            else:
                continue
            (self._folder / name).unlink()
        if self._away is not None:
            self._away.objects.remove(sorted(away - known))
        return [*gone, *sorted(away - known)]

    def remove(self, file: str) -> None:
        if self._away is not None:
            self._away.objects.remove([file])
        for path in {self._folder / file, self._home / file}:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # something is left in it, or there is none
                path.parent.rmdir()

    def _found(self, statement: str, files: Sequence[str], asked: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """One database for all readers, which remembers the files' tables of contents; a few of them at a time."""
        with self._turns, self._holding(files) as paths:
            with self._opening:
                if self._reading is None:
                    self._reading = self.open()
            with self._reading.cursor() as conn:
                return conn.execute(statement, {**asked, "files": paths}).fetchall()

    @contextlib.contextmanager
    def _holding(self, files: Sequence[str]) -> Generator[list[str]]:
        """Where these files lie, copied from the objects if they have to be; they stay as long as this lasts."""
        with self._opening:
            self._held.update(files)
        try:
            absent = [file for file in files if not self._at(file).exists()]
            if self._away is not None and self._fetching is not None:
                fetch = self._away.objects.fetch
                list(self._fetching.map(fetch, absent, [self._home / file for file in absent]))
            yield [str(self._at(file)) for file in files]
        finally:
            with self._opening:
                self._held.subtract(files)
            self._tidy()

    def _at(self, file: str) -> Path:
        before = self._folder / file
        return before if before.exists() else self._home / file

    def _tidy(self) -> None:
        """Copies beyond the room go, those that came first before the others; none that is being read."""
        if self._away is None:
            return
        with self._opening:
            copies = sorted((path.stat().st_mtime_ns, path.stat().st_size, name, path) for name, path in self._copies())
            over = sum(size for _, size, _, _ in copies) - self._away.room
            for _, size, name, path in copies:
                if over > 0 and self._held[name] <= 0:
                    path.unlink(missing_ok=True)
                    over -= size

    def _copies(self) -> list[tuple[str, Path]]:
        return [(name, self._home / name) for name in _lying(self._home)]


def _lying(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.glob("*/day=*/*.parquet")]


def _fresh(rows: Sequence[tuple[float, ...]]) -> dict[str, object]:
    names = ("hour", "source", "device", "metric", "count", "low", "high", "total", "last")
    return {f"fresh_{name}": column for name, column in zip(names, columns(rows, len(names)), strict=True)}


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _on_disk(path: Path) -> None:
    for place in (path, path.parent, path.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
