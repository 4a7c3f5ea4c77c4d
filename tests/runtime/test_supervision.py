"""Supervision: children come back, stop in order, never outlive the supervisor however it dies."""

import os
import signal
from pathlib import Path

import pytest

from support.processes import Child, alive, until
from zhigan.runtime.supervision import HOPELESS


def lines(file: Path) -> list[list[str]]:
    """What the children wrote: pid, session, word. Only whole lines."""
    if not file.exists():
        return []
    return [line.split(" ") for line in file.read_text().splitlines(keepends=False) if line.count(" ") == 2]


async def started(file: Path, count: int) -> list[int]:
    await until(lambda: len(lines(file)) >= count)
    return [int(line[0]) for line in lines(file)]


async def test_children_run_in_sessions_of_their_own_and_stop_with_the_supervisor(tmp_path: Path) -> None:
    file = tmp_path / "said"
    async with await Child.python("supervise", str(file), "stay", "stay") as supervisor:
        pids = await started(file, 2)
        assert sorted(line[2] for line in lines(file)) == ["w0", "w1"]
        assert all(int(line[1]) == int(line[0]) for line in lines(file))
        supervisor.process.terminate()
        assert await supervisor.ended() == 0
    assert not any(alive(pid) for pid in pids)


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    file = tmp_path / "said"
    async with await Child.python("supervise", str(file), "stay") as supervisor:
        [first] = await started(file, 1)
        os.kill(first, signal.SIGKILL)
        _, second = await started(file, 2)
        assert alive(second)
        supervisor.process.send_signal(signal.SIGINT)
        assert await supervisor.ended() == 0
    assert not alive(second)


@pytest.mark.parametrize("code", [0, 1])
async def test_a_child_that_keeps_ending_is_tried_more_slowly_and_disturbs_nobody(tmp_path: Path, code: int) -> None:
    file = tmp_path / "said"
    async with await Child.python("supervise", str(file), f"end:{code}", "stay") as supervisor:
        await until(lambda: sum(line[2] == "w0" for line in lines(file)) >= 3)
        assert sum(line[2] == "w1" for line in lines(file)) == 1
        supervisor.process.terminate()
        assert await supervisor.ended() == 0


async def test_a_hopeless_child_ends_everything_with_its_code(tmp_path: Path) -> None:
    file = tmp_path / "said"
    async with await Child.python("supervise", str(file), "stay", f"end:{HOPELESS}") as supervisor:
        assert await supervisor.ended() == HOPELESS
    pids = [int(line[0]) for line in lines(file)]
    await until(lambda: not any(alive(pid) for pid in pids))


async def test_a_stubborn_child_is_killed_after_the_grace(tmp_path: Path) -> None:
    file = tmp_path / "said"
    async with await Child.python("supervise", str(file), "stubborn") as supervisor:
        [pid] = await started(file, 1)
        supervisor.process.terminate()
        assert await supervisor.ended() == 0
    assert not alive(pid)


async def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    file = tmp_path / "said"
    async with await Child.python("supervise", str(file), "stay", "stubborn") as supervisor:
        pids = await started(file, 2)
        supervisor.process.kill()
        await supervisor.ended()
        await until(lambda: not any(alive(pid) for pid in pids))


async def test_a_child_is_told_its_word_when_it_is_known_and_again_when_it_was_started_again(tmp_path: Path) -> None:
    file = tmp_path / "said"
    async with await Child.python("supervise", str(file), "stay", "listen") as supervisor:
        await started(file, 1)
        assert [line[2] for line in lines(file)] == ["w0"], "nothing was told, and the other waits"
        assert supervisor.process.stdin is not None
        supervisor.process.stdin.write(b"known\n")
        await started(file, 2)
        pid, _, word = lines(file)[1]
        assert word == "known"
        os.kill(int(pid), signal.SIGKILL)
        await started(file, 3)
        assert lines(file)[2][2] == "known"
        supervisor.process.terminate()
        assert await supervisor.ended() == 0
