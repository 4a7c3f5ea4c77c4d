"""A process that holds the private database of a data folder, as `serve` (`--keep`) or a command does.

Prints one JSON line when it has it, lets go when its standard input ends.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from zhigan.runtime.logs import configure
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings


async def hold(folder: str, keep: bool) -> None:
    async with database(Settings(data=Path(folder)), keep=keep) as dsn:
        print(json.dumps({"dsn": dsn, "uid": os.geteuid()}), flush=True)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.read()


if __name__ == "__main__":
    configure("info", "json")
    asyncio.run(hold(sys.argv[1], "--keep" in sys.argv))
