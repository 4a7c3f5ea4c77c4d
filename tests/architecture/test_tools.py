"""The tools' own rules bite: what ruff is told to forbid is caught, where it is allowed it passes."""

import subprocess
import sys

import pytest

from architecture.house import ROOT


def complaints(source: str, filename: str) -> str:
    """What ruff says of a text if it stood at that place."""
    return subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--stdin-filename", filename, "-"],
        cwd=ROOT, input=source, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip


BRANCHES = (
    "def f(x: int) -> int:\n" + "".join(f"    if x == {n}:\n        return {n}\n" for n in range(11)) + "    return x\n"
)

PLANTED = [
    ("TID251", "from datetime import UTC, datetime\n\nx = datetime.now(UTC)\n"),
    ("TID251", "import datetime as dt\n\nx = dt.datetime.now(dt.UTC)\n"),
    ("TID251", "import time\n\nx = time.time()\n"),
    ("TID251", "from uuid import uuid4\n\nx = uuid4()\n"),
    ("C901", BRANCHES),
    ("BLE001", "try:\n    x = 1\nexcept Exception:\n    x = 2\n"),
    ("PLC0415", "def f() -> None:\n    import json\n\n    json.dumps(1)\n"),
    ("ASYNC", "import time\n\n\nasync def f() -> None:\n    time.sleep(1)\n"),
]


@pytest.mark.parametrize(("code", "source"), PLANTED)
def test_planted_violations_are_caught(code: str, source: str) -> None:
    assert code in complaints(source, "src/zhigan/alarms/planted.py")


def test_only_the_clock_may_ask_the_time() -> None:
    assert complaints('"""Clock."""\n\nimport time\n\nx = time.time_ns()\n', "src/zhigan/runtime/clock.py").startswith(
        "All checks"
    )
