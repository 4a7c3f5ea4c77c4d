"""What breaks a platform from outside, and how one looks afterwards whether anything was lost or doubled.

Enters: a running `support.platform.Platform`. Leaves: processes killed or frozen, history and incidents counted.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

import asyncpg
import httpx

from support.platform import Platform
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.moments import to_datetime

CAUGHT_UP_S = 90.0
FRAMES = "select raw, count(*) as n from history.signal where received_at >= $1 and raw is not null group by raw"
DOUBLED = (
    "select slot from incidents.incident where state <> 'closed' and merged_into is null"
    " group by slot having count(*) > 1"
)


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """Process ids below one, with their command lines."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                with contextlib.suppress(OSError):
                    yield int(child), Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                yield from descendants(int(child))


def family(platform: Platform, what: str) -> list[int]:
    """The processes of one kind: `hot`, `web` or `postgres`."""
    word = "postgres" if what == "postgres" else f" {what} "
    return [pid for pid, command in descendants(platform.pid) if word in command]


def tell(pids: Collection[int], signal_: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_)


def kill(platform: Platform, what: str) -> None:
    """`hot`, `postgres`, `platform` or `both`; who is not brought back by the supervisor is started again."""
    victims = family(platform, "hot") if what == "hot" else []
    if what in ("postgres", "both"):
        victims += family(platform, "postgres")
    if what in ("platform", "both"):
        platform.kill()
    tell(victims, signal.SIGKILL)
    if what in ("platform", "both"):
        platform.start()


class Found:
    """What storage holds of the frames since a moment."""

    def __init__(self, frames: Counter[bytes], doubled: list[str]) -> None:
        self.frames = frames
        self.doubled = doubled

    def holds_once(self, wanted: Collection[bytes]) -> None:
        lost = set(wanted) - self.frames.keys()
        assert not lost, f"{len(lost)} of {len(wanted)} confirmed frames are lost"
        twice = [frame for frame in wanted if self.frames[frame] > 1]
        assert not twice, f"{len(twice)} of {len(wanted)} frames are there twice"
        assert not self.doubled, f"two open incidents in one slot: {self.doubled}"


async def looked_up(dsn: str, since: int) -> Found:
    conn = await asyncpg.connect(dsn)
    try:
        rows = await conn.fetch(FRAMES, to_datetime(since))
        doubled = [row["slot"] for row in await conn.fetch(DOUBLED)]
    finally:
        await conn.close()
    return Found(Counter({bytes(row["raw"]): int(row["n"]) for row in rows}), doubled)


async def caught_up(platform: Platform, since: int, wanted: Collection[bytes]) -> Found:
    """Asks until every frame is there or the time is up: the engine may be behind its bus."""
    end = time.monotonic() + CAUGHT_UP_S
    while True:
        async with database(Settings.load(platform.environment)) as dsn:
            found = await looked_up(dsn, since)
        if set(wanted) <= found.frames.keys() or time.monotonic() > end:
            return found
        await asyncio.sleep(0.3)


def chains_hold(platform: Platform) -> None:
    said = platform.run("audit", "verify")
    assert said.returncode == 0, said.stdout + said.stderr


class Desk:
    """A duty desk of the running platform, over HTTP."""

    def __init__(self, platform: Platform, role: str = "duty") -> None:
        name, password = platform.account(role)
        self.http = httpx.Client(base_url=platform.url, timeout=30)
        answer = self.http.post("/api/v1/login", json={"username": name, "password": password})
        assert answer.status_code in (200, 201), answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    def addresses(self) -> set[str]:
        """The transmission devices of all alarms on open incidents."""
        answer = self.http.get("/api/v1/incidents", params={"open": True, "limit": 1000})
        assert answer.status_code == 200, answer.text
        rows = answer.json()["items"]
        return {alarm["device"]["code"].partition("/")[0] for row in rows for alarm in row["alarms"]}

    def status(self, path: str) -> int:
        return self.http.get(path).status_code

    def close(self) -> None:
        self.http.close()


@contextlib.contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[bool]:
    """A file system of that size at the folder, where we may mount one; says whether it did."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"size={mib}m,mode=0700"
    mounted = os.geteuid() == 0 and not _told("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder))
    try:
        yield mounted
    finally:
        if mounted:
            assert not _told("umount", str(folder))


def _told(*command: str) -> int:
    return subprocess.run(command, capture_output=True, check=False).returncode


@contextlib.contextmanager
def own_folder(uid: int) -> Iterator[Path]:
    """A folder that only this account may enter, directly below the temporary folder that everybody may."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, uid, uid)
        folder.chmod(0o700)
        yield folder


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that everybody may read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
