"""The one door: order, lanes, duplicates, refusals. The bus here is a real spool whose disk can be made to refuse."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.processes import until
from zhigan.bus.signals import BusRefused
from zhigan.bus.spool import Spool
from zhigan.gateways import intake as intakes
from zhigan.gateways.intake import NOBODY, Intake
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import MINUTE, SECOND
from zhigan.vocabulary.signals import Lane, Signal, SignalKind

START = 1_780_000_000 * SECOND


class Door:
    """A bus that can be shut: then every publish is refused, as by a full disk, after as long as the test wants."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.shut = False
        self.go = asyncio.Event()
        self.go.set()
        self.asked = asyncio.Event()
        self.published: list[tuple[Lane, int]] = []

    async def publish(self, batches: Sequence[tuple[Lane, list[Signal]]]) -> dict[Lane, int]:
        self.asked.set()
        await self.go.wait()
        if self.shut:
            raise BusRefused("full")
        self.published += [(lane, len(signals)) for lane, signals in batches]
        return await self._spool.publish(batches)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._spool, name)


class Waiter:
    """Who waits for receipts."""

    def __init__(self) -> None:
        self.confirmed: list[str] = []
        self.refused: list[str] = []
        self.writes = 0

    def confirm(self, receipts: list[Any]) -> None:
        self.confirmed += receipts
        self.writes += 1

    def refuse(self, receipts: list[Any]) -> None:
        self.refused += receipts


def status(source: str, conditions: int = 0, **more: Any) -> Signal:
    return Signal("gb26875", source, SignalKind.STATUS, 0, START, conditions, **more)


@asynccontextmanager
async def door(folder: Path, clock: HandClock) -> AsyncIterator[tuple[Intake, Door]]:
    spool = await Spool.open(folder / "spool")
    bus = Door(spool)
    intake = Intake(bus, clock)
    await intake.refill()
    running = asyncio.create_task(intake.run())
    try:
        yield intake, bus
    finally:
        running.cancel()
        await asyncio.wait([running])
        await spool.close()


async def stored(bus: Door, lane: Lane) -> list[Signal]:
    return [s for b in await bus.read(lane, 0, 1 << 30, 0) for s in b.signals]


async def test_received_at_is_strictly_increasing_though_the_clock_stands_or_steps_back(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with door(tmp_path, clock) as (intake, bus):
        for step in (0, 0, -5, 0, 3, -60):
            clock.advance(step)
            intake.offer("a", [status("a"), status("a/1.1")], 0, NOBODY, None, clock.micros())
        await intake.settle()
        moments = [s.received_at for s in await stored(bus, Lane.BULK)]
        assert moments == sorted(set(moments)) and len(moments) == 12
    async with door(tmp_path, clock) as (intake, bus):
        intake.offer("a", [status("a")], 0, NOBODY, None, clock.micros())
        await intake.settle()
        assert (await stored(bus, Lane.BULK))[-1].received_at > moments[-1], "also after a restart"


async def test_received_at_comes_back_with_a_clock_that_had_jumped_far_ahead(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with door(tmp_path, clock) as (intake, _):
        waiter, times = Waiter(), []
        for identity, jump in enumerate((0, 3600, -3600, -5, 2), start=1):
            clock.advance(jump)
            signal = status("a")
            intake.offer("a", [signal], identity, waiter, str(identity), clock.micros())
            times.append(signal.received_at - START)
            await intake.settle()
        assert times[1] == 3600 * SECOND
        assert times[2] <= 0, "it follows the clock that was set right"
        assert times[2] < times[3] < times[4] < SECOND, "a small step back still leaves the order strict"
        assert waiter.confirmed == ["1", "2", "3", "4", "5"]


async def test_urgent_signals_and_what_their_device_says_after_go_first(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with door(tmp_path, clock) as (intake, bus):

        def offer(source: str, signal: Signal) -> None:
            intake.offer(source, [signal], 0, NOBODY, None, clock.micros())

        offer("b", status("b"))
        offer("a", status("a/1.1.40.1", Condition.FIRE))
        offer("a", status("a/1.1.40.1", 0, known=int(Condition.FIRE)))
        offer("a", Signal("gb26875", "a", SignalKind.READINGS, 0, START))
        offer("b", status("b"))
        clock.advance(10 * MINUTE / SECOND + 1)
        offer("a", status("a/1.1.40.2"))
        await intake.settle()
        assert [s.address for s in await stored(bus, Lane.URGENT)] == ["a/1.1.40.1", "a/1.1.40.1"]
        assert [s.address for s in await stored(bus, Lane.BULK)] == ["b", "a", "b", "a/1.1.40.2"]


async def test_a_frame_goes_whole_into_one_lane(tmp_path: Path) -> None:
    async with door(tmp_path, HandClock(START)) as (intake, bus):
        intake.offer("a", [status("a/1"), status("a/2", Condition.GAS_HIGH), status("a/3")], 7, NOBODY, None, START)
        await intake.settle()
        assert len(await stored(bus, Lane.URGENT)) == 3 and await stored(bus, Lane.BULK) == []


async def test_a_repeat_is_confirmed_with_its_original_and_counted_once(tmp_path: Path) -> None:
    async with door(tmp_path, HandClock(START)) as (intake, bus):
        bus.go.clear()
        device, elsewhere = Waiter(), Waiter()
        intake.offer("a", [status("a")], 7, device, "first", START)
        await bus.asked.wait()
        intake.offer("a", [status("a")], 7, elsewhere, "while in flight", START)
        assert device.confirmed == elsewhere.confirmed == []
        bus.go.set()
        await intake.settle()
        assert (device.confirmed, elsewhere.confirmed) == (["first"], ["while in flight"])
        intake.offer("a", [status("a")], 7, device, "when durable", START)
        intake.offer("a", [status("a")], 7, device, "and again", START)
        await asyncio.sleep(0)
        assert device.confirmed == ["first", "when durable", "and again"] and device.writes == 2
        assert len(await stored(bus, Lane.BULK)) == 1 and intake.counts.duplicates == 3


async def test_a_refusal_takes_its_repeats_with_it_and_the_next_try_counts_as_new(tmp_path: Path) -> None:
    async with door(tmp_path, HandClock(START)) as (intake, bus):
        bus.go.clear()
        bus.shut = True
        device = Waiter()
        intake.offer("a", [status("a")], 7, device, "first", START)
        await bus.asked.wait()
        intake.offer("a", [status("a")], 7, device, "repeat", START)
        intake.offer("a", [status("b")], 8, device, "another, queued behind", START)
        bus.go.set()
        await intake.settle()
        assert device.confirmed == [] and sorted(device.refused) == ["another, queued behind", "first", "repeat"]
        bus.shut = False
        intake.offer("a", [status("a")], 7, device, "sent again", START)
        await intake.settle()
        assert device.confirmed == ["sent again"] and len(await stored(bus, Lane.BULK)) == 1


async def test_a_flush_takes_all_that_came_in_during_the_former(tmp_path: Path) -> None:
    async with door(tmp_path, HandClock(START)) as (intake, bus):
        bus.go.clear()
        device = Waiter()
        for n in range(100):
            intake.offer("a", [status(str(n))], n + 1, device, n, START)
            if n == 0:
                await bus.asked.wait()
        bus.go.set()
        await intake.settle()
        assert bus.published == [(Lane.BULK, 1), (Lane.BULK, 99)]
        assert device.writes == 2, "one write a connection and flush"


async def test_the_window_forgets_after_two_generations(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with door(tmp_path, clock) as (intake, bus):
        for n, again in enumerate((0, 59, 70, 130, 200)):
            clock.set(START + again * SECOND)
            intake.offer("a", [status("a")], 7, NOBODY, None, clock.micros())
            intake.offer("a", [status("a")], 100 + n, NOBODY, None, clock.micros())
            await intake.settle()
        assert intake.counts.duplicates == 3
        assert len(await stored(bus, Lane.BULK)) == 5 + 2


async def test_crowded_intake_asks_to_wait_and_says_when_it_is_over(tmp_path: Path) -> None:
    async with door(tmp_path, HandClock(START)) as (intake, bus):
        bus.go.clear()
        for _ in range(intakes.CROWDED + 1):
            intake.offer("a", [status("a")], 0, NOBODY, None, START)
        assert intake.crowded
        resumed: list[int] = []
        for n in range(200):
            intake.when_relieved(lambda n=n: resumed.append(n))
        bus.go.set()
        await intake.settle()
        await until(lambda: len(resumed) == 200)
        assert not intake.crowded and resumed == list(range(200))


async def test_signs_of_life_are_told_together(tmp_path: Path) -> None:
    async with door(tmp_path, HandClock(START)) as (intake, bus):
        for n in range(4500):
            intake.seen("gb26875", f"{n:012X}", START + n)
        intake.seen("gb26875", "000000000000", START + 9999)
        intake.seen("coap", "x", START)
        intake.tell_seen()
        intake.tell_seen()
        await intake.settle()
        told = await stored(bus, Lane.BULK)
        assert [(s.gateway, len(s.points)) for s in told] == [("gb26875", n) for n in (2000, 2000, 500)] + [("coap", 1)]
        assert told[0].points[0] == "000000000000" and told[0].values[0] == START + 9999
