"""What every signal bus owes, whatever keeps it. Subclass `BusContract` and say how to open one on a folder.

Opening the same folder again after `close` is a restart; `crash` is what a SIGKILL leaves behind.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from zhigan.bus.signals import PositionUnknown, SignalBus
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Lane, Signal, SignalKind

START = 1_780_000_000 * SECOND


def signal(n: int) -> Signal:
    return Signal(
        gateway="gb26875",
        address=f"{n:012x}",
        kind=SignalKind.STATUS,
        received_at=START + n,
        at=START + n,
        raw=n.to_bytes(30, "little"),
        identity=(1 << 60) - n,
    )


def signals(first: int, count: int) -> list[Signal]:
    return [signal(n) for n in range(first, first + count)]


class BusContract(ABC):
    @abstractmethod
    def open(self, folder: Path) -> AbstractAsyncContextManager[SignalBus]:
        """A bus on this folder, closed at the end."""

    @pytest.fixture
    async def bus(self, tmp_path: Path) -> AsyncIterator[SignalBus]:
        async with self.open(tmp_path) as bus:
            yield bus

    async def test_what_was_published_is_read_in_order_whole(self, bus: SignalBus) -> None:
        batches = [signals(1, 3), signals(10, 1), signals(20, 5)]
        for batch in batches:
            await bus.publish([(Lane.BULK, batch)])
        read = await bus.read(Lane.BULK, 0, 1000, 1)
        assert [batch.signals for batch in read] == batches
        assert [batch.position for batch in read] == sorted({batch.position for batch in read})
        assert bus.last(Lane.BULK) == read[-1].position

    async def test_lanes_have_positions_of_their_own(self, bus: SignalBus) -> None:
        told = await bus.publish([(Lane.URGENT, signals(1, 1)), (Lane.BULK, signals(2, 2))])
        assert set(told) == {Lane.URGENT, Lane.BULK}
        assert [b.signals for b in await bus.read(Lane.URGENT, 0, 100, 1)] == [signals(1, 1)]
        assert [b.signals for b in await bus.read(Lane.BULK, 0, 100, 1)] == [signals(2, 2)]
        assert await bus.read(Lane.URGENT, told[Lane.URGENT], 100, 0) == []

    async def test_a_reader_goes_on_behind_its_position(self, bus: SignalBus) -> None:
        for n in range(5):
            await bus.publish([(Lane.BULK, signals(n * 10, 2))])
        first = await bus.read(Lane.BULK, 0, 4, 1)
        assert [b.signals[0].received_at - START for b in first] == [0, 10]
        rest = await bus.read(Lane.BULK, first[-1].position, 100, 1)
        assert [b.signals[0].received_at - START for b in rest] == [20, 30, 40]

    async def test_a_batch_larger_than_the_limit_still_comes(self, bus: SignalBus) -> None:
        await bus.publish([(Lane.BULK, signals(0, 50))])
        assert [len(b.signals) for b in await bus.read(Lane.BULK, 0, 10, 1)] == [50]

    async def test_reading_waits_for_the_next_batch(self, bus: SignalBus) -> None:
        reading = asyncio.create_task(bus.read(Lane.URGENT, 0, 100, 10))
        await asyncio.sleep(0)
        await bus.publish([(Lane.BULK, signals(5, 1))])
        await bus.publish([(Lane.URGENT, signals(7, 1))])
        assert [b.signals for b in await reading] == [signals(7, 1)]

    async def test_reading_gives_up_in_time(self, bus: SignalBus) -> None:
        assert await bus.read(Lane.URGENT, 0, 100, 0.02) == []

    async def test_many_publishers_lose_and_double_nothing(self, bus: SignalBus) -> None:
        async def publish(who: int) -> None:
            for n in range(10):
                await bus.publish([(Lane(n % 2), signals(who * 1000 + n * 10, 3))])

        await asyncio.gather(*(publish(who) for who in range(20)))
        seen: list[int] = []
        for lane in Lane:
            after = 0
            while batches := await bus.read(lane, after, 37, 0.01):
                seen += [s.received_at - START for b in batches for s in b.signals]
                after = batches[-1].position
        assert sorted(seen) == sorted(w * 1000 + n * 10 + i for w in range(20) for n in range(10) for i in range(3))

    async def test_a_restart_keeps_batches_and_positions(self, tmp_path: Path) -> None:
        async with self.open(tmp_path) as bus:
            told = await bus.publish([(Lane.BULK, signals(1, 2)), (Lane.URGENT, signals(4, 1))])
        async with self.open(tmp_path) as bus:
            assert bus.last(Lane.BULK) == told[Lane.BULK]
            assert [b.signals for b in await bus.read(Lane.BULK, 0, 100, 1)] == [signals(1, 2)]
            again = await bus.publish([(Lane.BULK, signals(8, 1))])
            assert again[Lane.BULK] > told[Lane.BULK]
            found = await bus.read(Lane.BULK, told[Lane.BULK], 100, 1)
            assert [(b.position, b.signals) for b in found] == [(again[Lane.BULK], signals(8, 1))]

    async def test_positions_are_never_used_again(self, tmp_path: Path) -> None:
        async with self.open(tmp_path) as bus:
            told = await bus.publish([(Lane.BULK, signals(1, 1))])
            await bus.forget(Lane.BULK, told[Lane.BULK])
            old = [signal(2)]
            old[0].received_at += 600 * SECOND
            told = await bus.publish([(Lane.BULK, old)])
            await bus.forget(Lane.BULK, told[Lane.BULK])
        async with self.open(tmp_path) as bus:
            assert bus.last(Lane.BULK) == told[Lane.BULK]
            assert (await bus.publish([(Lane.BULK, signals(9, 1))]))[Lane.BULK] > told[Lane.BULK]

    async def test_recent_gives_the_newest_seconds_even_when_forgotten(self, tmp_path: Path) -> None:
        async with self.open(tmp_path) as bus:
            for second in range(0, 300, 30):
                late = signal(second)
                late.received_at = START + second * SECOND
                told = await bus.publish([(Lane.BULK if second % 60 else Lane.URGENT, [late])])
                for lane, position in told.items():
                    await bus.forget(lane, position)
        async with self.open(tmp_path) as bus:
            seconds = [(s.received_at - START) // SECOND async for b in bus.recent(100) for s in b.signals]
            assert sorted(seconds) == [180, 210, 240, 270]

    async def test_a_reader_ahead_of_the_bus_is_told_so(self, bus: SignalBus) -> None:
        told = await bus.publish([(Lane.BULK, signals(1, 1))])
        with pytest.raises(PositionUnknown):
            await bus.read(Lane.BULK, told[Lane.BULK] + 5, 10, 0.01)

    async def test_every_field_survives(self, tmp_path: Path) -> None:
        full = Signal(
            gateway="gb26875",
            address="790300000000/1.1.40.131082",
            kind=SignalKind.READINGS,
            received_at=START,
            at=START - 5,
            conditions=1 << 43,
            known=(1 << 44) - 1,
            operations=3,
            metrics=(1, 5),
            values=(1.5, -93.0),
            points=("a", "b"),
            type="smoke",
            text="三层走廊\x00",
            raw=bytes(range(256)),
            claimed_at=-1,
            flags=7,
            identity=(1 << 60) - 1,
        )
        async with self.open(tmp_path) as bus:
            await bus.publish([(Lane.BULK, [full])])
        async with self.open(tmp_path) as bus:
            assert (await bus.read(Lane.BULK, 0, 1, 1))[0].signals == [full]
