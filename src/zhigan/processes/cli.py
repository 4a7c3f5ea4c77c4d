"""The command line. Exit code 0: done, 1: done with complaints, 2: misused; what was wrong is said in a sentence.

Enters: arguments. Leaves: an exit code. `serve` is read here, so that a start waits for nothing that it does not need;
the other commands are `chores`, imported when one is called.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from zhigan.processes import serve
from zhigan.processes.roles import RoleError, roles
from zhigan.runtime.migrate import MigrationError
from zhigan.runtime.postgres import DatabaseError
from zhigan.runtime.settings import SettingError, Settings

MISUSED = 2


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["serve"]:
            return _serve(arguments[1:])
        chores: Callable[[Sequence[str]], int] = import_module("zhigan.processes.chores").main
        return chores(arguments)
    except (SettingError, RoleError, DatabaseError, MigrationError) as error:
        print(f"zhigan: {error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        return 130


def _serve(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="zhigan serve", description="the platform")
    parser.add_argument("--roles", help="some of gateway,engine,api,courier (default: all)")
    options = parser.parse_args(arguments)
    return serve.main(Settings.load(os.environ, Path("zhigan.toml")), roles(options.roles))
