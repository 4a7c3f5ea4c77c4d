"""Supervision: the child processes of `serve`, started, restarted, stopped, never left behind.

Enters: what to run. Leaves: it runs. A child that ends is started again, after a pause that doubles while it keeps
ending early; the one exit code `HOPELESS` says that no restart will help, and ends everything. A stop is SIGTERM to
all, then SIGKILL after the grace. If the supervisor itself is killed, the kernel kills the children (runtime.launch).
Each child is a session of its own: a Ctrl-C reaches the supervisor only, which stops them in order. Absent: pools of
equal workers, and what the children do.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
import structlog

from zhigan.runtime import launch

HOPELESS = 78
"""sysexits' EX_CONFIG: a wrong setting, a port taken. The child has said what is wrong."""
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_SETTLED = 30.0

log = structlog.get_logger("zhigan.supervision")


class Program(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = {}
    word: Callable[[], Awaitable[str]] | None = None
    """A line that the child is told on its standard input, once it is known: until then it can import."""


def python(
    name: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    word: Callable[[], Awaitable[str]] | None = None,
) -> Program:
    """`python -m …` with this interpreter."""
    return Program(name=name, arguments=(sys.executable, "-m", *arguments), environment=environment or {}, word=word)


class Supervisor:
    def __init__(self, programs: Sequence[Program], *, grace: float = 20.0) -> None:
        self._programs = programs
        self._grace = grace
        self._hopeless: list[int] = []
        self.pids: dict[str, int] = {}
        self.restarts: dict[str, int] = {p.name: 0 for p in programs}

    async def run(self, stop: asyncio.Event) -> int:
        """Until `stop` is set: 0. Earlier only where a child was hopeless: its code."""
        ended = asyncio.Event()
        tasks = [asyncio.create_task(self._run_one(p, ended), name=f"supervise-{p.name}") for p in self._programs]
        waits = [asyncio.create_task(stop.wait()), asyncio.create_task(ended.wait())]
        try:
            await asyncio.wait([*tasks, *waits], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, *waits):
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return self._hopeless[0] if self._hopeless else 0

    async def _run_one(self, program: Program, ended: asyncio.Event) -> None:
        pause = _FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            process = await self._start(program)
            self.pids[program.name] = process.pid
            telling = asyncio.create_task(_tell(process, program), name=f"tell-{program.name}")
            try:
                code = await process.wait()
            finally:
                telling.cancel()
                self.pids.pop(program.name, None)
                await self._end(process, program.name)
            if code == HOPELESS:
                log.error("a process cannot run as things are; stopping", process=program.name)
                self._hopeless.append(code)
                ended.set()
                return
            pause = _FIRST_PAUSE if loop.time() - began > _SETTLED else pause
            log.error("a process ended; starting it again", child=program.name, code=code, again_in=pause)
            self.restarts[program.name] += 1
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def _start(self, program: Program) -> asyncio.subprocess.Process:
        command = launch.command(launch.SELF, list(program.arguments), signal_=signal.SIGKILL)
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if program.word else asyncio.subprocess.DEVNULL,
            env={**os.environ, **program.environment},
            start_new_session=True,
        )
        log.info("process started", child=program.name, pid=process.pid)
        return process

    async def _end(self, process: asyncio.subprocess.Process, name: str) -> None:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._grace)
        except TimeoutError:
            log.error("a process does not stop; killing it", child=name, pid=process.pid)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _tell(process: asyncio.subprocess.Process, program: Program) -> None:
    """Who ends before it was told does not hear it; who is started again is told again."""
    if program.word is None or process.stdin is None:
        return
    try:
        line = await program.word()
        with contextlib.suppress(ConnectionError):
            process.stdin.write(f"{line}\n".encode())
            await process.stdin.drain()
    finally:
        process.stdin.close()
