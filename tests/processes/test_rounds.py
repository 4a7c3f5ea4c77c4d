"""Rounds of the web process: one that breaks is told of, and begins again."""

import asyncio

from structlog.testing import capture_logs

from zhigan.processes.web import round_

PATIENCE_S = 20


async def test_a_round_that_breaks_is_told_of_and_begins_again() -> None:
    faults: list[BaseException] = [ValueError("a fault of its own")]
    again = asyncio.Event()

    async def run() -> None:
        if faults:
            raise faults.pop()
        again.set()
        await asyncio.Event().wait()

    with capture_logs() as said:
        task = asyncio.create_task(round_("cuts", run))
        await asyncio.wait_for(again.wait(), PATIENCE_S)
        task.cancel()
        await asyncio.wait([task])
    assert [(entry["round"], str(entry["exc_info"])) for entry in said] == [("cuts", "a fault of its own")]
