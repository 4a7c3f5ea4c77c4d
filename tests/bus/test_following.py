"""Loops for good: whatever ends them is told of by its kind, they begin again, and in one of all processes only."""

import asyncio
from collections.abc import Callable, Coroutine

from support.processes import until
from zhigan.bus.following import ever_alone
from zhigan.bus.positions import PositionLost
from zhigan.runtime.pg import Pool

LOCK = 0x7A686967_7E57
PATIENCE_S = 20
WAITS = "select exists (select from pg_locks where locktype = 'advisory' and not granted and objid = $1)"


async def _beside() -> None:
    await asyncio.Event().wait()


async def test_what_ends_the_loops_is_told_of_and_they_begin_again(dsn: str, pool: Pool) -> None:
    ends: list[BaseException] = [PositionLost("another has it"), OSError(), ValueError("a fault of its own")]
    told: list[str] = []
    began: list[str] = []
    works, taken_over = asyncio.Event(), asyncio.Event()

    async def loop() -> None:
        if ends:
            raise ends.pop(0)
        works.set()
        await _beside()

    async def begin() -> None:
        began.append("first")

    async def other() -> None:
        taken_over.set()
        await _beside()

    def process(name: str, run: Callable[[], Coroutine[None, None, None]]) -> asyncio.Task[None]:
        loops = {"one": run, "other": _beside}
        return asyncio.create_task(
            ever_alone(
                dsn, LOCK, name, begin if name == "first" else None, loops,
                lambda away: told.append(f"waits: {away}"), lambda error: told.append(f"broke: {error}"),
            )
        )  # fmt: skip

    first = process("first", loop)
    await asyncio.wait_for(works.wait(), PATIENCE_S)
    assert told == ["waits: another has it", "waits: OSError", "broke: a fault of its own"]
    assert began == ["first"] * 4
    second = process("second", other)
    await until(lambda: pool.fetchval(WAITS, LOCK & 0xFFFFFFFF))
    assert not taken_over.is_set()  # one of all processes works
    first.cancel()
    await asyncio.wait_for(taken_over.wait(), PATIENCE_S)
    second.cancel()
    await asyncio.wait([first, second])
