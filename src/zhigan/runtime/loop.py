"""The event loop of a process: uvloop, and a stop that is asked for, then demanded.

Enters: `main(stop)`. Leaves: an exit code. SIGTERM and SIGINT set `stop`; a second one cancels `main`.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import uvloop


def run(main: Callable[[asyncio.Event], Awaitable[int]]) -> int:
    async def guarded() -> int:
        stop = asyncio.Event()
        running = asyncio.ensure_future(main(stop))

        def end() -> None:
            if stop.is_set():
                running.cancel()
            stop.set()

        loop = asyncio.get_running_loop()
        for signal_ in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_, end)
        try:
            return await running
        except asyncio.CancelledError:
            return 1

    return uvloop.run(guarded())
