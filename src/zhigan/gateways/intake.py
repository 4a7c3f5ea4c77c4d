"""The one door behind all gateways: what a device said becomes durable here, and only then is it told so.

Enters: the signals of one frame (or push), its identity, and who waits for the receipt. Leaves: batches to the bus, one
flush at a time in each lane, each taking what came in during the former; receipts after the flush, or refusals when the
bus refused. A repeat within the window is not stored again, and is confirmed when its original is durable.

A frame's signals stay together in one batch of one lane, so a frame is kept whole or not at all. Absent: sockets, and
any judgement but urgency.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from zhigan.bus.signals import BusRefused, SignalBus
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.conditions import URGENT
from zhigan.vocabulary.moments import MINUTE, SECOND
from zhigan.vocabulary.signals import Lane, Signal, SignalKind

WINDOW: Final = 60 * SECOND
"""A generation of identities; two are kept, so a repeat is known for 1 to 2 minutes (devices give up after 40 s)."""
AHEAD_MAX: Final = 2 * MINUTE
"""Times of receipt always grow, so they run ahead when the clock steps back; by more than this, they follow it."""
GENERATION_MAX: Final = 1_500_000
URGENT_FOR: Final = 10 * MINUTE
"""So long after an urgent signal its device's other states and acts keep to the urgent lane too, and to order."""
SPACING_S: Final = {Lane.URGENT: 0.0, Lane.BULK: 0.02}
"""A commit costs the same for one signal as for a hundred: telemetry's start so far apart, fires' at once."""
FLUSH_MAX: Final = 2048
CROWDED: Final = 20_000
RELIEVED: Final = 8_000
RESUMED_AT_ONCE: Final = 64
SEEN_EVERY_S: Final = 5.0
SEEN_POINTS: Final = 2000

_URGENT = int(URGENT)
_READINGS = int(SignalKind.READINGS)


class Receiver(Protocol):
    """Who waits for receipts: a connection, a datagram socket, a push."""

    def confirm(self, receipts: list[Any]) -> None: ...

    def refuse(self, receipts: list[Any]) -> None: ...


class _Parcel:
    """What the next flush of a lane takes."""

    __slots__ = ("began", "identities", "receipts", "signals")

    def __init__(self, began: int) -> None:
        self.began = began
        self.signals: list[Signal] = []
        self.identities: list[int] = []
        self.receipts: dict[Receiver, list[Any]] = {}


class Counts:
    """Plain integers, read by the metrics page."""

    __slots__ = ("duplicates", "frames", "refusals", "refused", "seen", "signals", "waited_us")

    def __init__(self) -> None:
        self.frames = 0
        self.signals = 0
        self.duplicates = 0
        self.refused = 0
        self.refusals = 0
        self.seen = 0
        self.waited_us = 0


class Intake:
    """`await refill()`, then let `run()` live beside the gateways that `offer`."""

    def __init__(self, bus: SignalBus, clock: Clock) -> None:
        self.counts = Counts()
        self.repeats: Counter[str] = Counter()
        """Of `counts.duplicates`, how many by gateway."""
        self.crowded = False
        self._bus = bus
        self._clock = clock
        self._last = 0
        self._young: set[int] = set()
        self._old: set[int] = set()
        self._turned_at = clock.micros()
        self._waiting: dict[int, _Parcel] = {}
        self._queues: dict[Lane, deque[_Parcel]] = {lane: deque() for lane in Lane}
        self._work = {lane: asyncio.Event() for lane in Lane}
        self._queued = 0
        self._hot: dict[str, int] = {}
        self._paused: deque[Callable[[], None]] = deque()
        self._echoes: dict[Receiver, list[Any]] = {}
        self._heard: dict[str, dict[str, int]] = {}
        self._settling: list[asyncio.Future[None]] = []

    async def refill(self) -> None:
        """After a restart: what was durable before is known again, and time goes on from there."""
        async for batch in self._bus.recent(2 * WINDOW / SECOND):
            for signal in batch.signals:
                self._young.add(signal.identity)
                if signal.conditions & _URGENT:
                    self._hot[signal.address.partition("/")[0]] = signal.received_at + URGENT_FOR
            self._last = max(self._last, batch.signals[-1].received_at)
        self._young.discard(0)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for lane in Lane:
                tasks.create_task(self._pump(lane))
            tasks.create_task(self._tell_seen())

    def offer(
        self, source: str, signals: Sequence[Signal], identity: int, receiver: Receiver, receipt: Any, now: int
    ) -> None:
        """At least one signal, from the device whose own address is `source`; `identity` 0 where there is none."""
        if identity:
            if identity in self._young or identity in self._old:
                self.repeats[signals[0].gateway] += 1
                self._echo(receiver, receipt)
                return
            original = self._waiting.get(identity)
            if original is not None:
                self.counts.duplicates += 1
                self.repeats[signals[0].gateway] += 1
                original.receipts.setdefault(receiver, []).append(receipt)
                return
        at = self._last
        if at < now - 1 or at > now + AHEAD_MAX:
            at = now - 1
        conditions = 0
        for signal in signals:
            at += 1
            signal.received_at = at
            conditions |= signal.conditions
        self._last = at
        parcel = self._parcel(self._lane(source, signals, conditions, now), now)
        if identity:
            self._waiting[identity] = parcel
            parcel.identities.append(identity)
        parcel.signals += signals
        self._queued += len(signals)
        receipts = parcel.receipts.get(receiver)
        if receipts is None:
            parcel.receipts[receiver] = [receipt]
        else:
            receipts.append(receipt)
        self.counts.frames += 1
        if self._queued > CROWDED:
            self.crowded = True

    def seen(self, gateway: str, address: str, now: int) -> None:
        """A sign of life with nothing to keep: told in bulk every few seconds."""
        heard = self._heard.get(gateway)
        if heard is None:
            heard = self._heard[gateway] = {}
        heard[address] = now

    def when_relieved(self, resume: Callable[[], None]) -> None:
        """Call this when `crowded`, having stopped reading: nothing is dropped, the sender waits."""
        self._paused.append(resume)

    async def settle(self) -> None:
        """Returns when nothing is queued or in flight (at the end, and in tests)."""
        if self._queued:
            settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._settling.append(settled)
            await settled

    def _lane(self, source: str, signals: Sequence[Signal], conditions: int, now: int) -> Lane:
        if conditions & _URGENT:
            self._hot[source] = now + URGENT_FOR
            return Lane.URGENT
        if self._hot and self._hot.get(source, 0) > now and signals[0].kind != _READINGS:
            return Lane.URGENT
        return Lane.BULK

    def _parcel(self, lane: Lane, now: int) -> _Parcel:
        queue = self._queues[lane]
        if queue:
            parcel = queue[-1]
            if len(parcel.signals) < FLUSH_MAX:
                return parcel
        else:
            self._work[lane].set()
        parcel = _Parcel(now)
        queue.append(parcel)
        return parcel

    def _echo(self, receiver: Receiver, receipt: Any) -> None:
        """A repeat of what is durable is confirmed at once, all of one turn of the loop together."""
        self.counts.duplicates += 1
        if not self._echoes:
            asyncio.get_running_loop().call_soon(self._send_echoes)
        self._echoes.setdefault(receiver, []).append(receipt)

    def _send_echoes(self) -> None:
        echoes, self._echoes = self._echoes, {}
        for receiver, receipts in echoes.items():
            receiver.confirm(receipts)

    async def _pump(self, lane: Lane) -> None:
        queue, work, spacing = self._queues[lane], self._work[lane], SPACING_S[lane]
        loop = asyncio.get_running_loop()
        began = 0.0
        while True:
            await work.wait()
            work.clear()
            while queue:
                early = began + spacing - loop.time()
                if early > 0 and len(queue) == 1:
                    await asyncio.sleep(early)
                began = loop.time()
                parcel = queue.popleft()
                try:
                    await self._bus.publish([(lane, parcel.signals)])
                except BusRefused:
                    self._refuse(parcel)
                else:
                    self._confirm(parcel)
                self._relieve(len(parcel.signals))

    def _confirm(self, parcel: _Parcel) -> None:
        now = self._clock.micros()
        self.counts.signals += len(parcel.signals)
        self.counts.waited_us += now - parcel.began
        self._turn(now)
        waiting = self._waiting
        self._young.update(parcel.identities)
        for identity in parcel.identities:
            del waiting[identity]
        for receiver, receipts in parcel.receipts.items():
            receiver.confirm(receipts)

    def _refuse(self, parcel: _Parcel) -> None:
        """Nothing was kept: the repeat must count as new, and nobody hears that it was received."""
        self.counts.refusals += 1
        self.counts.refused += len(parcel.signals)
        for identity in parcel.identities:
            del self._waiting[identity]
        for receiver, receipts in parcel.receipts.items():
            receiver.refuse(receipts)

    def _turn(self, now: int) -> None:
        """A new generation of identities each window, and sources that burned long ago cool down."""
        if not 0 <= now - self._turned_at < WINDOW or len(self._young) > GENERATION_MAX:
            self._turned_at = now
            self._old, self._young = self._young, set()
            self._hot = {source: until for source, until in self._hot.items() if until > now}

    def _relieve(self, signals: int) -> None:
        self._queued -= signals
        if self._queued < RELIEVED:
            self.crowded = False
            self._resume()
        if not self._queued:
            for settled in self._settling:
                settled.set_result(None)
            self._settling.clear()

    def _resume(self) -> None:
        """A few at a time: each may have a socket's buffer full of frames."""
        for _ in range(min(RESUMED_AT_ONCE, len(self._paused))):
            self._paused.popleft()()
        if self._paused and not self.crowded:
            asyncio.get_running_loop().call_soon(self._resume)

    async def _tell_seen(self) -> None:
        while True:
            await asyncio.sleep(SEEN_EVERY_S)
            self.tell_seen()

    def tell_seen(self) -> None:
        now = self._clock.micros()
        heard, self._heard = self._heard, {}
        for gateway, moments in heard.items():
            addresses = list(moments)
            for first in range(0, len(addresses), SEEN_POINTS):
                points = tuple(addresses[first : first + SEEN_POINTS])
                values = tuple(float(moments[point]) for point in points)
                signal = Signal(gateway, "", SignalKind.SEEN, now, now, points=points, values=values)
                self.counts.seen += len(points)
                self.offer("", (signal,), 0, NOBODY, None, now)


class _Nobody:
    """The city's own signals wait for no receipt."""

    def confirm(self, receipts: list[Any]) -> None:
        pass

    def refuse(self, receipts: list[Any]) -> None:
        pass


NOBODY: Final[Receiver] = _Nobody()
