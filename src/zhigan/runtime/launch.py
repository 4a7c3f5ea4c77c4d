"""The launcher: a small program that becomes another one, bound to its parent's life.

Enters: `launch.py PARENT_PID SIGNAL IDENTITY PROGRAM ARGUMENT…`. Leaves by exec: PROGRAM, which the kernel sends SIGNAL
when the parent dies, run as IDENTITY: `self`, `user:UID:GID` (set-uid, for root), or `namespace:UID:GID` (a user
namespace in which our own files belong to UID: no account can enter a folder below a 0700 parent, but this can).

A program of its own, because preexec_fn is not safe beside threads, and because the death signal must be asked for
after the change of user (the kernel forgets it then). It runs as `python -I -S`, so it imports only the standard
library, and it must not import zhigan.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
SELF = "self"
REFUSED = 125
"""Exit code when the program could not be started at all."""


def command(
    identity: str, program: list[str], *, signal_: signal.Signals = signal.SIGKILL, parent: int | None = None
) -> list[str]:
    """The command line that starts `program` through this launcher."""
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return [*launcher, str(os.getpid() if parent is None else parent), str(int(signal_)), identity, *program]


def _become(identity: str) -> None:
    kind, _, ids = identity.partition(":")
    if kind == SELF:
        return
    uid, gid = (int(part) for part in ids.split(":"))
    if kind == "user":
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        return
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def main(arguments: list[str]) -> int:
    parent, signal_, identity, *program = arguments
    try:
        _become(identity)
        if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_), 0, 0, 0) != 0:
            raise OSError("prctl refused")
        if os.getppid() != int(parent):
            return REFUSED  # the parent died before we were bound to it
        os.execv(program[0], program)
    except OSError as error:
        sys.stderr.write(f"{program[0]}: {error}\n")
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
