"""A supervisor in a process of its own: `supervise.py FILE MANNER…`, one child a manner. Ends on SIGTERM.

Children that listen are told the first line of its own standard input, when it comes.
"""

import asyncio
import sys

from zhigan.runtime.logs import configure
from zhigan.runtime.loop import run
from zhigan.runtime.supervision import Program, Supervisor


async def main(stop: asyncio.Event) -> int:
    child = (sys.executable, "-m", "support.child", sys.argv[1])
    heard = asyncio.ensure_future(asyncio.to_thread(sys.stdin.readline)) if "listen" in sys.argv else None

    async def word() -> str:
        assert heard is not None
        return (await asyncio.shield(heard)).strip()

    programs = [
        Program(
            name=f"child{n}",
            arguments=(*child, manner),
            environment={"WORD": f"w{n}"},
            word=word if manner == "listen" else None,
        )
        for n, manner in enumerate(sys.argv[2:])
    ]
    return await Supervisor(programs, grace=1.0).run(stop)


if __name__ == "__main__":
    configure("info", "json")
    sys.exit(run(main))
