"""The cluster on disk: made once by initdb, told its settings at every start, entered with a generated password.

Enters: a home folder, programs, an identity. Leaves: a cluster that this identity can start. The home holds `cluster`
(PostgreSQL's own), `password` (0600), `run` (the socket), and the two lock files of `server`. Nobody is trusted: the
socket asks for the password (SCRAM), and there is no TCP port. Absent: processes (server) and schemas (migrate).
"""

import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import msgspec

from zhigan.runtime.postgres.binaries import Programs
from zhigan.runtime.postgres.errors import DatabaseError
from zhigan.runtime.postgres.identities import Identity

SUPERUSER = "postgres"
OWNER = "zhigan"
PORT = 5432
_SOCKET_MAX = 107
_HBA = "local all all scram-sha-256\n"
_INCLUDE = "include_if_exists = 'zhigan.conf'\n"


class Layout(msgspec.Struct, frozen=True):
    """Where things lie. Absolute: PostgreSQL leaves the folder it was started in."""

    home: Path

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def password(self) -> Path:
        return self.home / "password"

    @property
    def start_log(self) -> Path:
        return self.home / "start.log"

    @property
    def sockets(self) -> Path:
        """A socket's path has at most 107 bytes: below a deep folder it moves to the system's short one."""
        near = self.home / "run"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= _SOCKET_MAX:
            return near
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"zhigan-{digest}"

    def major(self) -> int | None:
        version = self.cluster / "PG_VERSION"
        return int(version.read_text().strip()) if version.is_file() else None

    def dsn(self) -> str:
        """As the owner of our database, who is no superuser."""
        return _dsn(OWNER, owner_password(_read_password(self.password)), OWNER, self.sockets)

    def superuser_dsn(self) -> str:
        return _dsn(SUPERUSER, _read_password(self.password), "postgres", self.sockets)


def owner_password(secret: str) -> str:
    """Derived, so that one file holds all, and a DSN that leaks is not the superuser's."""
    return hashlib.sha256(f"{OWNER}:{secret}".encode()).hexdigest()


def _dsn(user: str, password: str, database: str, sockets: Path) -> str:
    return f"postgresql://{user}:{password}@/{database}?host={quote(str(sockets), safe='')}&port={PORT}"


def _read_password(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        raise DatabaseError(f"{path} is missing: it belongs to the cluster beside it, restore it") from None
    except PermissionError:
        raise DatabaseError(f"{path} belongs to another user: run this as the user who runs `zhigan serve`") from None


def make_home(home: Path) -> None:
    """Ours alone, but passable for the account that runs the server when we are root. No parent is touched."""
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(exist_ok=True)
    if home.stat().st_uid == os.geteuid():
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)


def make(layout: Layout, programs: Programs, identity: Identity, *, sync: bool) -> None:
    """initdb into a draft folder, renamed when whole: a cluster cut short is never taken for one."""
    if layout.major() is not None:
        return
    secret = _make_password(layout.password)
    draft = layout.home / "cluster.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    handed = draft.with_name("cluster.pw")
    handed.unlink(missing_ok=True)
    descriptor = os.open(handed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
    for path in (draft, handed):
        _give(path, identity)
    locale = ["--locale=C.UTF-8", "--encoding=UTF8"]
    if programs.major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [programs.path("initdb"), "-D", str(draft), "-U", SUPERUSER, f"--pwfile={handed}", "--auth=scram-sha-256"]
    command += ["--data-checksums", *locale, *([] if sync else ["--no-sync"])]
    answer = subprocess.run(
        identity.command(*command), capture_output=True, text=True, check=False, cwd="/", env=environment()
    )
    handed.unlink()
    if answer.returncode != 0:
        raise DatabaseError(f"initdb failed: {(answer.stderr or answer.stdout).strip()}")
    draft.rename(layout.cluster)


def configure(layout: Layout, identity: Identity, conf: Mapping[str, str]) -> None:
    """Rewritten at every start; what the operator sets by ALTER SYSTEM is read later and wins."""
    _hand_over(layout.cluster, identity)
    merged = {**standard_conf(), **conf}
    lines = [f"{name} = {_quoted(value)}\n" for name, value in sorted(merged.items())]
    _write(layout.cluster / "zhigan.conf", "".join(lines), identity)
    _write(layout.cluster / "pg_hba.conf", _HBA, identity)
    main = layout.cluster / "postgresql.conf"
    text = main.read_text("utf-8")
    if _INCLUDE not in text:
        _write(main, f"{text}\n{_INCLUDE}", identity)
    make_sockets(layout, identity)


def standard_conf() -> dict[str, str]:
    """Modest memory, WAL that survives a storm without a checkpoint a minute, durability never traded."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "listen_addresses": "",
        "max_connections": "100",
        "shared_buffers": f"{min(512, max(64, memory // 16))}MB",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "wal_compression": "pglz",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_min_duration_statement": "5s",
        "log_parameter_max_length": "0",
    }


def environment() -> dict[str, str]:
    """Nothing of ours: PG… variables would bend the programs, and secrets do not belong in another process."""
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def make_sockets(layout: Layout, identity: Identity) -> None:
    """Beside the cluster it is ours whoever had it; in the system's short folder somebody may have been quicker."""
    folder = layout.sockets
    folder.mkdir(mode=0o755, exist_ok=True)
    owner = folder.lstat().st_uid
    if folder.parent != layout.home and (folder.is_symlink() or owner not in (os.geteuid(), identity.uid)):
        raise DatabaseError(f"{folder} belongs to somebody else: the database's socket cannot be put there")
    if os.geteuid() in (0, owner):
        folder.chmod(0o755)
        _give(folder, identity)


def _make_password(path: Path) -> str:
    if path.exists():
        return _read_password(path)
    secret = secrets.token_hex(32)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _write(path: Path, text: str, identity: Identity) -> None:
    draft = path.with_name(path.name + ".part")
    draft.write_text(text, "utf-8")
    draft.chmod(0o600)
    _give(draft, identity)
    draft.replace(path)


def _give(path: Path, identity: Identity) -> None:
    if os.geteuid() == 0:
        os.chown(path, identity.uid, identity.gid)


def _hand_over(cluster: Path, identity: Identity) -> None:
    """The cluster changes hands when the folder was moved or another account fits now."""
    owner = cluster.stat().st_uid
    if owner == identity.uid:
        return
    if os.geteuid() != 0:
        raise DatabaseError(f"{cluster} belongs to user {owner}: run this as that user, or as root")
    for folder, folders, files in os.walk(cluster):
        for name in (".", *folders, *files):
            os.chown(Path(folder) / name, identity.uid, identity.gid, follow_symlinks=False)
