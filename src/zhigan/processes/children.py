"""The children of `zhigan serve`: `python -m zhigan.processes hot|web ROLES`, as the supervisor starts them.

Enters: settings, with the database's address. Leaves: an exit code. Each imports its own part of the house only.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module

from zhigan.runtime import logs, loop
from zhigan.runtime.settings import Settings
from zhigan.runtime.supervision import HOPELESS

NAMES = ("hot", "web")
Main = Callable[[Settings, str, frozenset[str], asyncio.Event], Awaitable[int]]


def run(settings: Settings, name: str, chosen: frozenset[str]) -> int:
    logs.configure(settings.log_level, settings.log_format, process=name)
    dsn = settings.database_url
    if dsn is None:
        print("zhigan: ZHIGAN_DATABASE_URL is not set; `zhigan serve` starts this process", file=sys.stderr)
        return HOPELESS
    main: Main = import_module(f"zhigan.processes.{name}").main
    return loop.run(lambda stop: main(settings, dsn.reveal(), chosen, stop))
