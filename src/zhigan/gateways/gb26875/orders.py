"""Orders to one device: one outstanding at a time, resent when unanswered, over whatever link the device has just then.

Enters: what to build and which command answers it. Leaves: frames to the link, outcomes to who asked. Driven by
`expire` with the time as an argument. A resend keeps its serial (gb26875.md §1) and carries its own time.
Absent: sockets, and what an outcome means for a command (`downlink`).
"""

import asyncio
from collections.abc import Callable

from zhigan.gateways.gb26875.terms import Outcome, Terms
from zhigan.protocols.gb26875 import Command
from zhigan.vocabulary.moments import SECOND

QUEUE_MAX = 32

Build = Callable[[int, int], bytes]
"""serial, now → frame."""


class Order:
    __slots__ = ("build", "completes", "outcome", "sent_at", "serial", "tries")

    def __init__(self, build: Build, completes: Command) -> None:
        self.build = build
        self.completes = completes
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.serial = 0
        self.sent_at = 0
        self.tries = 0

    def end(self, outcome: Outcome) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Orders:
    """A device's queue; `write` is its link's."""

    __slots__ = ("_current", "_queue", "_serial", "_write")

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._queue: list[Order] = []
        self._current: Order | None = None
        self._serial = 0

    @property
    def idle(self) -> bool:
        return self._current is None

    def give(self, order: Order, now: int) -> None:
        if len(self._queue) >= QUEUE_MAX:
            order.end(Outcome.UNREACHABLE)
            return
        self._queue.append(order)
        if self._current is None:
            self._next(now)

    def replied(self, command: int, serial: int, now: int, terms: Terms) -> None:
        """A confirm, answer or deny came; one that matches nothing is an old or foreign one."""
        order = self._current
        if order is None or serial != order.serial:
            return
        if command == Command.DENY:
            self._again(order, Outcome.DENIED, now, terms)
        elif command == order.completes or command == Command.CONFIRM:
            order.end(Outcome.DONE)
            self._next(now)

    def expire(self, now: int, terms: Terms) -> None:
        order = self._current
        if order is not None and now - order.sent_at >= terms.order_seconds * SECOND:
            self._again(order, Outcome.NO_ANSWER, now, terms)

    def drop(self) -> None:
        """The device is gone."""
        for order in (self._current, *self._queue):
            if order is not None:
                order.end(Outcome.UNREACHABLE)
        self._current = None
        self._queue.clear()

    def _again(self, order: Order, failure: Outcome, now: int, terms: Terms) -> None:
        if order.tries > terms.resends:
            order.end(failure)
            self._next(now)
        else:
            self._send(order, now)

    def _next(self, now: int) -> None:
        self._current = self._queue.pop(0) if self._queue else None
        if self._current is not None:
            self._current.serial = self._serial
            self._serial = self._serial + 1 & 0xFFFF
            self._send(self._current, now)

    def _send(self, order: Order, now: int) -> None:
        order.tries += 1
        order.sent_at = now
        self._write(order.build(order.serial, now))
