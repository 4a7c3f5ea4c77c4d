"""The archive: Parquet files of past days, one a day, kind and block of devices (roll-ups: one a day), open to any
engine that reads Parquet.

Enters: a block's rows as PostgreSQL's CSV. Leaves: a file below `readings/day=2026-10-31/`, `signals/…` or `hourly/…`,
sorted by device, metric and time (roll-ups by metric first), compressed by zstd, whole on disk before its name is given
out; later its rows again. Absent: which files count (history.moved says so, in PostgreSQL) and who may see what.
Everything here blocks: call it in a thread, or in a process of its own.

DuckDB is held on a short line: one thread, a bounded memory, no extensions fetched, no files but ours.
"""

import contextlib
import os
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from zhigan.history.rolling import Rolled, Spans, columns
from zhigan.history.rules import BLOCK, Bound, Fleet, Reading, Side, Step
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import DAY, HOUR, to_datetime

MEMORY: Final = "512MB"
READERS: Final = 2

_SQL = load("zhigan.history", "archive.sql")


class Written(NamedTuple):
    """`file` is below the archive's folder; times in µs, of the rows' own time."""

    file: str
    rows: int
    bytes: int
    first_at: int
    last_at: int


class Archive:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turns = threading.BoundedSemaphore(READERS)
        self._opening = threading.Lock()
        self._reading: duckdb.DuckDBPyConnection | None = None

    def close(self) -> None:
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
        if old:
            return self._written(
                conn, _SQL[f"{kind}_merge"], asked | {"files": self._paths(old)}, kind, day, block, run
            )
        return self._written(conn, _SQL[f"{kind}_write"], asked, kind, day, block, run)

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
            "old": str(self._folder / old), "devices": [b.device for b in bound],
            "begins": [b.begin for b in bound], "ends": [b.end for b in bound],
        }  # fmt: skip
        file = self._written(conn, _SQL[f"{kind}_keep"], asked, kind, day, block, run)
        if file.rows:
            return file
        self.remove(file.file)
        return None

    def _written(
        self, conn: duckdb.DuckDBPyConnection, statement: str, asked: dict[str, object],
        kind: str, day: int, block: int, run: str,
    ) -> Written:  # fmt: skip
        name = f"{kind}/day={to_datetime(day * DAY):%Y-%m-%d}/block={block:05d}-{run}.parquet"
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        conn.execute(statement, asked | {"file": str(path)})
        ((rows, first, last),) = conn.execute(_SQL.content, {"file": str(path)}).fetchall()
        _on_disk(path)
        return Written(name, rows, path.stat().st_size, first, last)

    def readings(
        self, files: Sequence[str], device: int, metric: int | None, begin: int, end: int, limit: int
    ) -> list[Reading]:
        """Values of one device with begin <= at < end (µs), oldest first, at most `limit`."""
        with self._cursor() as conn:
            rows = conn.execute(
                _SQL.readings, self._asked(files, device, metric, begin, end) | {"limit": limit}
            ).fetchall()
        return [Reading(at, received_at, value) for at, received_at, value in rows]

    def steps(
        self, files: Sequence[str], device: int, metric: int | None, begin: int, end: int, step: int
    ) -> list[Step]:
        """The same in steps of `step` µs."""
        with self._cursor() as conn:
            rows = conn.execute(_SQL.steps, self._asked(files, device, metric, begin, end) | {"step": step}).fetchall()
        return [Step(*row) for row in rows]

    def signals(
        self, files: Sequence[str], device: int, before: int, after: int, limit: int
    ) -> list[tuple[object, ...]]:
        """Signals of one device heard in [after, before) (µs), newest first: `store.Kept`'s columns, times in µs."""
        asked = {"files": self._paths(files), "device": device, "before": before, "after": after, "limit": limit}
        with self._cursor() as conn:
            return conn.execute(_SQL.signals, asked).fetchall()

    def hour(self, files: Sequence[str], csv: Path, begin: int, end: int) -> list[tuple[float, ...]]:
        """Roll-ups of one hour (µs) from files and PostgreSQL's CSV: as `rolling.put` takes them."""
        asked = {"files": self._paths(files), "csv": str(csv), "begin": begin, "end": end}
        with self._cursor() as conn:
            return conn.execute(_SQL.hour, asked).fetchall()

    def hours(self, files: Sequence[str], spans: Spans, fresh: Sequence[tuple[float, ...]]) -> list[Rolled]:
        """Steps of whole hours from roll-ups. `fresh`: what PostgreSQL has of the same (`rolling.rows`)."""
        sources, devices, metrics, begin, end = spans.asked()
        asked = {"files": self._paths(files), "sources": sources, "devices": devices, "metrics": list(metrics)}
        asked |= {"begin": begin * HOUR, "end": end * HOUR, "step": spans.step} | _fresh(fresh)
        with self._cursor() as conn:
            rows = conn.execute(_SQL.hours, asked).fetchall()
        return [(device, metric, Step(*step)) for device, metric, *step in rows]

    def fleet(
        self, files: Sequence[str], asked: Fleet, begin: int, end: int, fresh: Sequence[tuple[float, ...]]
    ) -> list[Side]:
        """Hours [begin, end) since 1970 and devices, as `fleet.of` puts them together with what PostgreSQL has."""
        given: dict[str, object] = {"files": self._paths(files), "devices": list(asked.devices), "metric": asked.metric}
        given |= {"begin": begin * HOUR, "end": end * HOUR}
        with self._cursor() as conn:
            if fresh:
                return [Side(*row) for row in conn.execute(_SQL.fleet_mended, given | _fresh(fresh)).fetchall()]
            return [Side(*row) for row in conn.execute(_SQL.fleet, given).fetchall()]

    def day(
        self, files: Sequence[str], block: int, begin: int, end: int, fresh: Sequence[tuple[float, ...]]
    ) -> list[tuple[float, ...]]:
        """Roll-ups of one day [begin, end) (µs) of a block from its hours: as `rolling.put_day` takes them."""
        asked = {"files": self._paths(files), "first": block * BLOCK, "after": (block + 1) * BLOCK}
        asked |= {"begin": begin, "end": end} | _fresh(fresh)
        with self._cursor() as conn:
            return conn.execute(_SQL.day, asked).fetchall()

    def sweep(self, known: frozenset[str]) -> list[str]:
        """Take away what a move that died left behind: files that never came to count. Returns their names."""
        gone: list[str] = []
        for path in [*self._folder.glob("*/day=*/*.parquet"), *self._folder.glob("scratch/*.csv")]:
            name = path.relative_to(self._folder).as_posix()
            if name not in known:
                path.unlink()
                gone.append(name)
        return gone

    def remove(self, file: str) -> None:
        path = self._folder / file
        path.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()

    @contextlib.contextmanager
    def _cursor(self) -> Generator[duckdb.DuckDBPyConnection]:
        """One database for all readers, which remembers the files' tables of contents; a few of them at a time."""
        with self._turns:
            with self._opening:
                if self._reading is None:
                    self._reading = self.open()
            with self._reading.cursor() as conn:
                yield conn

    def _asked(self, files: Sequence[str], device: int, metric: int | None, begin: int, end: int) -> dict[str, object]:
        paths = self._paths(files)
        return {"files": paths, "device": device, "metric": metric, "begin": begin, "end": end}

    def _paths(self, files: Sequence[str]) -> list[str]:
        return [str(self._folder / file) for file in files]


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
