"""An errand: long work in a process of its own, at the lowest priority, so that it delays no fire. `mover` and `trial`.

Enters: on one side who sends it and the database's address, on the other what is to be done with a connection. Leaves:
an exit code. Absent: any memory of it: whoever dies leaves everything where it stood, and the next begins there.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from zhigan.runtime import launch
from zhigan.runtime.pg import Connection

NICENESS = 15

_log = structlog.get_logger("processes.errand")


async def work(dsn: str, name: str, act: Callable[[Connection], Awaitable[None]], stop: asyncio.Event) -> int:
    """In the process itself: until done or told to stop."""
    os.nice(NICENESS)
    conn = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": f"zhigan {name}"})
    working = asyncio.ensure_future(act(conn))
    stopped = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        conn.terminate()
    return 0


async def send(dsn: str, name: str, role: str) -> None:
    """Start one and wait for it; it ends when we do."""
    command = launch.command(launch.SELF, [sys.executable, "-m", "zhigan.processes", name, role])
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, start_new_session=True)
    try:
        await process.communicate(f"{dsn}\n".encode())
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if process.returncode:
        _log.warning("an errand failed; the next one comes", errand=name, code=process.returncode)
