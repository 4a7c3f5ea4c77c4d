"""The loop of a process: a signal asks it to stop, a second one demands it."""

import asyncio
import os
import signal

import pytest
import uvloop

from zhigan.runtime.loop import run


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_stop(signal_: signal.Signals) -> None:
    async def main(stop: asyncio.Event) -> int:
        assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
        os.kill(os.getpid(), signal_)
        await asyncio.wait_for(stop.wait(), 30)
        return 7

    assert run(main) == 7


def test_a_second_signal_cancels() -> None:
    async def main(stop: asyncio.Event) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), 30)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
        return 0

    assert run(main) == 1


def test_an_error_comes_out() -> None:
    async def main(_stop: asyncio.Event) -> int:
        raise LookupError

    with pytest.raises(LookupError):
        run(main)
