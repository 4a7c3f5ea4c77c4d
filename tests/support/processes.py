"""Child processes of tests: a module of `tests/support`, spoken to by lines, waited for with a deadline."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = (str(ROOT / "src"), str(ROOT / "tests"))
DEADLINE = 40.0


async def until(condition: Callable[[], bool | Awaitable[bool]], deadline: float = DEADLINE) -> None:
    """Asks again and again; the pause is not the synchronisation, the condition is."""
    ends = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > ends:
            raise TimeoutError(f"never true in {deadline} s: {condition}")
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    """Runs, and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in ("Z", "X")


class Child:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.pid = process.pid

    @staticmethod
    async def start(*command: str, env: dict[str, str] | None = None) -> "Child":
        environ = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((*OURS, os.environ.get("PYTHONPATH", ""))),
            **(env or {}),
        }
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environ
        )
        return Child(process)

    @staticmethod
    async def python(module: str, *arguments: str) -> "Child":
        return await Child.start(sys.executable, "-m", f"support.{module}", *arguments)

    async def line(self, deadline: float = DEADLINE) -> dict[str, object]:
        """The next line it prints, as JSON."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), deadline)
        assert line, f"ended with {await self.process.wait()} before it said anything"
        return json.loads(line)

    async def ended(self, deadline: float = DEADLINE) -> int:
        return await asyncio.wait_for(self.process.wait(), deadline)

    async def finish(self, deadline: float = DEADLINE) -> int:
        """Ends its standard input, and waits for it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return await self.ended(deadline)

    async def __aenter__(self) -> "Child":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
