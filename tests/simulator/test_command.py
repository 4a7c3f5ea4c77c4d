"""The command line against a small real centre: as a process, as somebody at a terminal runs it."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process

from citysim.panel import FIRE
from simulator.centre import Centre
from zhigan.protocols import gb26875 as gb

DEADLINE_S = 60.0


async def simulate(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "citysim", *arguments, stdout=PIPE, stderr=PIPE)


async def ended(process: Process) -> tuple[int, str, str]:
    async with asyncio.timeout(DEADLINE_S):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_one_story_is_told_and_ends() -> None:
    async with Centre() as centre:
        target = f"127.0.0.1:{centre.port}"
        process = await simulate("--target", target, "--units", "30", "--story", "kitchen-smoke", "--pace", "500")
        code, out, err = await ended(process)
        assert (code, err) == (0, "")
        assert "厨房油烟" in out and "denied 0" in out
        fires = [o for o in centre.objects(gb.ComponentStatus) if isinstance(o, gb.ComponentStatus)]
        assert [bool(o.status & FIRE) for o in fires] == [True, False]


async def test_the_city_lives_until_it_is_stopped() -> None:
    async with Centre() as centre:
        process = await simulate("--target", f"127.0.0.1:{centre.port}", "--units", "30", "--pace", "100")
        await centre.until(lambda: len(centre.frames) > 30)
        process.send_signal(signal.SIGINT)
        code, out, err = await ended(process)
        assert (code, err) == (0, "")
        assert "confirmed" in out


async def test_load_prints_one_json_object_a_worker() -> None:
    async with Centre() as centre:
        arguments = ("--load", "status", "--connections", "4", "--workers", "2", "--rate", "400", "--seconds", "1")
        process = await simulate("--target", f"127.0.0.1:{centre.port}", *arguments)
        code, out, err = await ended(process)
        assert (code, err) == (0, "")
        reports = [json.loads(line) for line in out.splitlines()]
        assert len(reports) == 2
        assert sum(report["confirmed"] for report in reports) == len(centre.frames)


async def test_a_target_that_is_not_there_is_said() -> None:
    async with Centre() as centre:
        target = f"127.0.0.1:{centre.port}"
    code, _, err = await ended(await simulate("--target", target))
    assert code == 1
    assert "nothing listens" in err
