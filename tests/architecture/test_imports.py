"""The import contracts of pyproject.toml hold, and each of them catches a violation planted in a copy of the tree."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.house import ROOT, SHELVES

LINT = Path(sys.executable).with_name("lint-imports")

PLANTED = [
    ("one way", "zhigan/vocabulary/planted.py", "import zhigan.runtime.clock\n"),
    ("one way", "zhigan/registry/planted.py", "import zhigan.incidents.model\n"),
    ("one way", "zhigan/gateways/planted.py", "import zhigan.alarms\n"),
    ("one way", "zhigan/attic/__init__.py", "x = 1\n"),
    ("Gateways do not", "zhigan/gateways/planted/__init__.py", "import zhigan.gateways.neighbour\n"),
    ("Outlets do not", "zhigan/outlets/planted/__init__.py", "import zhigan.outlets.neighbour\n"),
    ("Desks do not", "zhigan/desks/planted/__init__.py", "import zhigan.desks.neighbour\n"),
    ("Protocols do not", "zhigan/protocols/planted/__init__.py", "import zhigan.protocols.neighbour\n"),
    ("Wire formats", "zhigan/alarms/planted.py", "import zhigan.protocols.gb26875\n"),
    ("Pure rooms", "zhigan/protocols/gb26875/planted.py", "import socket\n"),
    ("Pure rooms", "zhigan/alarms/engine/planted.py", "import time\n"),
    ("Pure rooms", "zhigan/planted/rules.py", "import asyncio\n"),
    ("Inside a room", "zhigan/planted/model.py", "import zhigan.planted.rules\n"),
    ("Inside a room", "zhigan/planted/worker.py", "import zhigan.planted.api\n"),
    ("honest stranger", "citysim/planted.py", "import zhigan.alarms.engine\n"),
    ("knows the simulator", "zhigan/gateways/planted.py", "import citysim\n"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-logo", "--no-cache", "--config", ROOT / "pyproject.toml"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code alone, with the empty places that the violations need."""
    folder = tmp_path_factory.mktemp("tree")
    python = shutil.ignore_patterns("static", "migrations", "__pycache__", "*.sql", "*.csv")
    shutil.copytree(ROOT / "src" / "zhigan", folder / "zhigan", ignore=python)
    shutil.copytree(ROOT / "simulator" / "src" / "citysim", folder / "citysim", ignore=python)
    for shelf in SHELVES:
        for room in (folder / "zhigan" / shelf, folder / "zhigan" / shelf / "neighbour"):
            room.mkdir(exist_ok=True)
            (room / "__init__.py").touch()
    return folder


def test_the_contracts_hold(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "place", "source"), PLANTED)
def test_planted_violations_are_caught(tree: Path, contract: str, place: str, source: str) -> None:
    target = tree / place
    room = target.parent
    fresh = [p for p in (room, *room.parents) if not p.exists()]
    room.mkdir(parents=True, exist_ok=True)
    if fresh and target.name != "__init__.py":
        (room / "__init__.py").touch()
        (room / "rules.py").touch()
        (room / "api.py").touch()
    try:
        target.write_text(source)
        done = lint(tree)
    finally:
        target.unlink()
        for folder in fresh:
            shutil.rmtree(folder, ignore_errors=True)
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(contract in line for line in broken), done.stdout
