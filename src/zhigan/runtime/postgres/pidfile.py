"""postmaster.pid: what PostgreSQL says about itself while it runs, and whether that is still true.

A file left by a SIGKILL names a process that is gone, or, worse, a number that another program has now (containers
begin counting anew): it counts only when that process is a postmaster of this very folder.
"""

import contextlib
from pathlib import Path

import msgspec

from zhigan.runtime.postgres.cluster import PORT
from zhigan.runtime.postgres.errors import DatabaseError

_NOBODY = 2**31 - 2
"""Above every possible process number."""


class Running(msgspec.Struct, frozen=True):
    pid: int
    status: str  # starting, stopping, ready, standby; "" in the first moments


def running(cluster: Path) -> Running | None:
    """The postmaster of this cluster, if it lives."""
    try:
        lines = (cluster / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return None
    except PermissionError:
        raise DatabaseError(
            f"{cluster} belongs to another user: run this as the user who runs `zhigan serve`"
        ) from None
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    status = lines[7].strip() if len(lines) > 7 else ""
    return Running(pid, status) if is_postmaster(pid, cluster) else None


def is_postmaster(pid: int, cluster: Path) -> bool:
    """By its command line, which everybody may read; a zombie has none."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[0].rsplit(b"/", 1)[-1] in (b"postgres", b"postmaster") and bytes(cluster) in words


def bury(cluster: Path, sockets: Path) -> None:
    """Before a start: makes what a killed postmaster left harmless.

    PostgreSQL forgives a dead process's number, but not one that a zombie or another program bears. The pid file
    itself must stay: by the memory segment it names, PostgreSQL sees children of the dead one that still write.
    """
    if running(cluster) is not None:
        return
    path = cluster / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError):
        _, newline, rest = path.read_text("utf-8", "replace").partition("\n")
        with path.open("r+", encoding="utf-8") as file:  # in place: it keeps its owner
            file.write(f"{_NOBODY}{newline}{rest}")
            file.truncate()
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        with contextlib.suppress(FileNotFoundError):
            (sockets / name).unlink()
