"""Two lock files that say whose the private server is.

`owner`: held exclusively, for life, by the process that will stop the server. `users`: held in common by commands that
adopted it, so that an owner which is itself only a command waits for them. The kernel drops both when a process dies,
however it dies: there is nothing stale to clean up.
"""

import fcntl
import os
from pathlib import Path


class FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def take(self, *, shared: bool = False) -> bool:
        """True when it is ours now; never waits."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def drop(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
