"""The children of `zhigan serve`: `python -m zhigan.processes hot|web ROLES`, as the supervisor starts them, and
errands that these send: `mover`, `trial`.

Enters: settings, and a line on standard input: the database's address, when the database is ready. Until then a child
imports, its own part of the house only. Leaves: an exit code.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module

from zhigan.runtime import logs, loop
from zhigan.runtime.settings import Settings
from zhigan.runtime.supervision import HOPELESS

NAMES = ("hot", "web", "mover", "trial")
Main = Callable[[Settings, str, frozenset[str], asyncio.Event], Awaitable[int]]


def run(settings: Settings, name: str, chosen: frozenset[str]) -> int:
    logs.configure(settings.log_level, settings.log_format, process=name, folder=settings.data / "logs")
    main: Main = import_module(f"zhigan.processes.{name}").main
    dsn = sys.stdin.readline().strip()
    if not dsn:
        print("zhigan: no word of a database; `zhigan serve` starts this process", file=sys.stderr)
        return HOPELESS
    return loop.run(lambda stop: main(settings, dsn, chosen, stop))
