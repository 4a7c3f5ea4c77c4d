"""The private server: started, adopted, kept alive, stopped.

Enters: a home folder below the data folder. Leaves: a DSN that stays the same as long as the folder does. Whoever gets
the `owner` lock owns the server: it adopts one that is still running (its starter was killed), or starts one, and
stops it at the end. Everybody else uses it. The server dies with its owner (SIGINT from the kernel: a clean stop), and
a recovery may take as long as it takes: only a process that exits has failed. Absent: TCP, accounts made, permissions
changed.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg
import structlog

from zhigan.runtime.launch import command as launched
from zhigan.runtime.postgres import binaries, cluster, identities, pidfile
from zhigan.runtime.postgres.binaries import Programs
from zhigan.runtime.postgres.errors import DatabaseError
from zhigan.runtime.postgres.identities import Identity
from zhigan.runtime.postgres.locks import FileLock

_POLL = 0.05
_WATCH = 0.2
_TELL_EVERY = 200  # ticks: ten seconds
_LINGERING = "shared memory block"
"""What a start says while the children of a SIGKILLed postmaster are still leaving."""
_ATTEMPTS = 400  # twenty seconds and the starts themselves

log = structlog.get_logger("zhigan.postgres")


class PrivateServer:
    def __init__(self, home: Path, *, chosen: Path | None = None, conf: Mapping[str, str] | None = None) -> None:
        self.layout = cluster.Layout(home.resolve())
        self._chosen = chosen
        self._conf = dict(conf or {})
        self._owner = FileLock(self.layout.home / "owner.lock")
        self._users = FileLock(self.layout.home / "users.lock")
        self._child: subprocess.Popen[bytes] | None = None
        self._programs: Programs | None = None
        self._identity: Identity | None = None

    @property
    def dsn(self) -> str:
        return self.layout.dsn()

    @property
    def owned(self) -> bool:
        return self._owner.held

    @property
    def pid(self) -> int | None:
        found = pidfile.running(self.layout.cluster)
        return found.pid if found else None

    async def acquire(self) -> None:
        """Returns when the server takes connections, ours or somebody's."""
        cluster.make_home(self.layout.home)
        for tick in itertools.count(1):
            if self._owner.take():
                try:
                    await self._own()
                except BaseException:
                    await self.release()
                    raise
                return
            if self._users.take(shared=True):
                if await self._answers():
                    return
                self._users.drop()
            await _tick(tick, "waiting for the database of another process")

    async def keep(self) -> None:
        """Runs beside `serve`: restarts a server that died, takes over one whose owner left. Ends by cancellation."""
        pause = _WATCH
        while True:
            await asyncio.sleep(pause)
            try:
                if self._owner.held:
                    if self.pid is None:
                        log.warning("the database died; starting it again")
                        await self._start()
                elif self._owner.take():
                    self._users.drop()
                    log.info("the database's owner left; taking over")
                    await self._own()
                pause = _WATCH
            except (DatabaseError, OSError) as error:
                pause = min(5.0, pause * 2)
                log.error("the database does not start", error=str(error), again_in=pause)

    async def release(self, *, patient: bool = False) -> None:
        """Stops the server when it is ours; `patient`: not before the commands that use it are done."""
        try:
            if self._owner.held:
                if patient:
                    await _until(self._users.take, "waiting for commands that use the database")
                await self._stop()
        finally:
            self._reap()
            self._users.drop()
            self._owner.drop()

    async def _own(self) -> None:
        if await self._adopted():
            return
        self._programs, self._identity = self._choose()
        cluster.make(self.layout, self._programs, self._identity, sync=self._conf.get("fsync") != "off")
        await self._start()
        await self._provide()

    async def _adopted(self) -> bool:
        """A server whose starter was killed: ours from now on, when it works; waited for while it starts or stops."""
        for tick in itertools.count(1):
            found = pidfile.running(self.layout.cluster)
            if found is None:
                return False
            if found.status == "ready":
                with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError):
                    await self._provide()
                    log.info("adopted a running database", pid=found.pid)
                    return True
            await _tick(tick, "waiting for a running database")
        return False

    def _choose(self) -> tuple[Programs, Identity]:
        """Programs that fit the cluster, an identity that can run them and enter; with a copy where that helps."""
        layout = self.layout
        programs = binaries.find(self._chosen, layout.major())
        reasons: list[str] = []
        for identity in identities.candidates(layout.cluster, layout.home):
            reason = identities.enter(identity, layout.home)
            if reason is None:
                reason = identities.run(identity, programs.path("postgres"))
                if reason is None:
                    return programs, identity
                copy = binaries.copied(programs, layout.home / "programs")
                if identities.run(identity, copy.path("postgres")) is None:
                    return copy, identity
            reasons.append(f"{identity.name}: {reason}")
        raise DatabaseError(f"nobody can run PostgreSQL in {layout.home}: {'; '.join(reasons) or 'no account found'}")

    async def _start(self) -> None:
        if self._programs is None or self._identity is None:
            self._programs, self._identity = self._choose()
        for tick in range(1, _ATTEMPTS):
            await self._gone()
            pidfile.bury(self.layout.cluster, self.layout.sockets)
            cluster.configure(self.layout, self._identity, self._conf)
            self._child = self._spawn(self._programs, self._identity)
            if await self._ready(self._child):
                log.info("database started", pid=self._child.pid, version=self._programs.version)
                return
            said = self._said()
            if _LINGERING not in said:
                raise DatabaseError(f"PostgreSQL did not start (exit code {self._child.returncode}): {said}")
            await _tick(tick, "waiting for the children of a killed database")
        raise DatabaseError("PostgreSQL did not start: the children of an earlier one do not leave")

    async def _ready(self, child: subprocess.Popen[bytes]) -> bool:
        """However long a recovery takes: only a process that exits has failed."""
        for tick in itertools.count(1):
            if child.poll() is not None:
                return False
            found = pidfile.running(self.layout.cluster)
            if found is not None and found.pid == child.pid and found.status == "ready":
                return True
            await _tick(tick, "the database is still recovering")
        return False

    def _spawn(self, programs: Programs, identity: Identity) -> subprocess.Popen[bytes]:
        """A session of its own: a Ctrl-C at the terminal must not stop it before those who use it."""
        layout = self.layout
        program = [programs.path("postgres"), "-D", str(layout.cluster), "-k", str(layout.sockets)]
        program += ["-p", str(cluster.PORT)]
        with layout.start_log.open("wb") as out:
            return subprocess.Popen(
                launched(identity.form, program, signal_=signal.SIGINT),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=cluster.environment(),
                start_new_session=True,
            )

    def _said(self) -> str:
        """The last words: of the start, and of the log it may have begun."""
        texts = [self.layout.start_log]
        logs = self.layout.cluster / "log"
        if logs.is_dir():
            texts += sorted(logs.glob("*.log"), key=lambda p: p.stat().st_mtime)[-1:]
        lines = [line for text in texts for line in text.read_text("utf-8", "replace").splitlines()[-8:]]
        return " | ".join(lines)

    async def _provide(self) -> None:
        """The owner of our database, and the database; both may be there already."""
        secret = cluster.owner_password(self.layout.password.read_text("ascii").strip())
        connection = await asyncpg.connect(self.layout.superuser_dsn())
        try:
            if not await connection.fetchval("select true from pg_roles where rolname = $1", cluster.OWNER):
                await connection.execute(
                    f"create role {cluster.OWNER} login createdb createrole in role pg_monitor password '{secret}'"
                )
            if not await connection.fetchval("select true from pg_database where datname = $1", cluster.OWNER):
                await connection.execute(f"create database {cluster.OWNER} owner {cluster.OWNER}")
        finally:
            await connection.close()

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.dsn, timeout=10)
        except (OSError, TimeoutError, DatabaseError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def _stop(self) -> None:
        """Fast: open transactions are rolled back, everything is written, nobody is waited for."""
        for tick in itertools.count(1):
            found = pidfile.running(self.layout.cluster)
            if found is None:
                break
            if tick == 1 or tick % _TELL_EVERY == 0:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(found.pid, signal.SIGINT)
            await _tick(tick, "the database is still writing")
        if self._child is not None:
            self._child.wait()

    async def _gone(self) -> None:
        """The one before: what was killed a moment ago runs no more, and yet may not have ended for its parent."""
        child = self._child
        if child is not None:
            await _until(lambda: child.poll() is not None, "waiting for the killed database to end")
        self._child = None

    def _reap(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self._child = None


async def _until(condition: Callable[[], bool], waiting: str) -> None:
    for tick in itertools.count(1):
        if condition():
            return
        await _tick(tick, waiting)


async def _tick(tick: int, waiting: str) -> None:
    if tick % _TELL_EVERY == 0:
        log.info(waiting, seconds=round(tick * _POLL))
    await asyncio.sleep(_POLL)
