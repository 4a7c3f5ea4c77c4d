"""What the house rules read: the committed files, and the rooms they belong to.

Files that are written but not yet added count too, so that a rule speaks before the commit, not after it.
"""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "zhigan"
SHELVES = ("gateways", "outlets", "desks", "protocols")
"""Rooms of rooms: every folder on such a shelf is a room with a README of its own."""


@cache
def files() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def tracked(*suffixes: str, under: str = "") -> list[Path]:
    return [p for p in files() if p.suffix in suffixes and p.is_relative_to(ROOT / under)]


def rooms() -> list[str]:
    return sorted(p.parent.name for p in SOURCE.glob("*/__init__.py"))


def room_of(path: Path) -> str:
    """The room, that is the schema, that a file below src/zhigan belongs to."""
    return path.relative_to(SOURCE).parts[0]
