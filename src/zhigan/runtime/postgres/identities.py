"""As whom PostgreSQL runs: it refuses to be root.

Enters: who we are and where the cluster shall live. Leaves: an identity for `runtime.launch` under which the programs
run and the folder can be entered. As an ordinary user: ourselves. As root, in this order: an account (the one that
owns the cluster already, then `postgres`, `nobody`, then whoever owns a closed parent), set-uid; where no account can
enter (below root's own 0700 folder), a user namespace. Absent: changing the permissions of any parent, making accounts.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from zhigan.runtime import launch


class Identity(msgspec.Struct, frozen=True):
    """`launch` form, and the uid and gid that the server's files carry outside."""

    form: str
    uid: int
    gid: int
    name: str

    def command(self, *program: str) -> list[str]:
        return launch.command(self.form, list(program))


def candidates(cluster: Path, parents: Path) -> Iterator[Identity]:
    """In the order in which to try; `parents` is the folder that must be entered to reach the cluster."""
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        if _account(uid) is not None:
            yield Identity(launch.SELF, uid, gid, "self")
        yield from _namespace(uid, gid)
        return
    for account in _accounts(cluster, parents):
        yield Identity(f"user:{account.pw_uid}:{account.pw_gid}", account.pw_uid, account.pw_gid, account.pw_name)
    yield from _namespace(uid, gid)


def enter(identity: Identity, folder: Path) -> str | None:
    """None: this identity can enter the folder; otherwise the reason."""
    return _try(identity.command("/bin/sh", "-c", 'cd "$1"', "sh", str(folder)))


def run(identity: Identity, program: str) -> str | None:
    """None: this identity can run the program; otherwise the reason."""
    return _try(identity.command(program, "--version"))


def _try(command: list[str]) -> str | None:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd="/")
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return None if answer.returncode == 0 else answer.stderr.strip() or f"exit code {answer.returncode}"


def _accounts(cluster: Path, parents: Path) -> Iterator[pwd.struct_passwd]:
    owners = [p.stat().st_uid for p in (cluster, parents) if p.exists()]
    named = [a.pw_uid for n in ("postgres", "nobody") if (a := _named(n)) is not None]
    closed = [p.stat().st_uid for p in parents.resolve().parents if not p.stat().st_mode & 0o001]
    seen: set[int] = set()
    for uid in (*owners, *named, *closed):
        account = _account(uid)
        if uid != 0 and uid not in seen and account is not None:
            seen.add(uid)
            yield account


def _namespace(uid: int, gid: int) -> Iterator[Identity]:
    """Inside, our uid must have a name that is not root; which one does not matter."""
    for name in ("nobody", "postgres", "daemon"):
        account = _named(name)
        if account is not None and account.pw_uid != 0:
            yield Identity(f"namespace:{account.pw_uid}:{account.pw_gid}", uid, gid, "user namespace")
            return


def _account(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _named(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
