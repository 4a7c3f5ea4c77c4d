"""After a registration the platform observes what the device has: alarms first, so many devices at once.

Enters: registrations. Leaves: observe requests, one after the other a device. A device that did not answer, or fell
asleep while others had their turn, is asked when it next speaks. Absent: what notifications mean.
"""

from collections import deque
from typing import Final, Protocol

from zhigan.gateways.lwm2m.book import Book
from zhigan.gateways.lwm2m.counts import Counts
from zhigan.gateways.lwm2m.exchanges import Answer, Ask, Ending, Exchanges, accept
from zhigan.gateways.lwm2m.model import Registration, observable
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.protocols.coap import Code, Option
from zhigan.protocols.lwm2m import Path
from zhigan.runtime.clock import Clock

_OBSERVE: Final = (int(Option.OBSERVE), b"")


class House(Protocol):
    book: Book
    counts: Counts
    exchanges: Exchanges
    clock: Clock

    def is_awake(self, registration: Registration, now: int) -> bool: ...


class Observer:
    def __init__(self, house: House, terms: Terms) -> None:
        self._house = house
        self._terms = terms
        self._waiting: deque[Registration] = deque()
        self._here: set[int] = set()
        """Numbers of registrations that wait or are being asked."""
        self._under_way = 0

    @property
    def busy(self) -> int:
        return len(self._here)

    def want(self, registration: Registration) -> None:
        if registration.number not in self._here:
            self._here.add(registration.number)
            self._waiting.append(registration)
            if self._under_way < self._terms.observing:
                self.go_on(self._house.clock.micros())

    def forget(self, registration: Registration) -> None:
        """Its asks end as GONE; those that wait are passed over."""
        self._here.discard(registration.number)

    def go_on(self, now: int) -> None:
        while self._waiting and self._under_way < self._terms.observing:
            registration = self._waiting.popleft()
            if registration.number not in self._here:
                continue
            paths = observable(registration.objects, self._terms.observe_each)
            if paths and self._house.is_awake(registration, now):
                self._under_way += 1
                self._ask(registration, deque(paths), now)
            else:
                self._here.discard(registration.number)
                registration.observed = registration.observed or not paths

    def _ask(self, registration: Registration, paths: deque[Path], now: int, *, plain: bool = False) -> None:
        path = paths[0]

        def done(answer: Answer) -> None:
            self._answered(registration, paths, answer, plain)

        options = (_OBSERVE,) if plain else (_OBSERVE, *accept(registration.version))
        token = registration.observe_token(path)
        self._house.exchanges.give(
            Ask(registration, Code.GET, path, done, token=token, options=options, values=True), now
        )

    def _answered(self, registration: Registration, paths: deque[Path], answer: Answer, plain: bool) -> None:
        now = self._house.clock.micros()
        if answer.ending is not Ending.ANSWERED and answer.ending is not Ending.RESET:
            self._end(registration, observed=False)
            return
        if answer.code in (Code.NOT_ACCEPTABLE, Code.BAD_OPTION) and not plain:
            self._ask(registration, paths, now, plain=True)
            return
        self._house.counts.observed += answer.observing
        paths.popleft()
        if paths:
            self._ask(registration, paths, now, plain=plain)
        else:
            self._end(registration, observed=True)

    def _end(self, registration: Registration, *, observed: bool) -> None:
        self._under_way -= 1
        self._here.discard(registration.number)
        if observed:
            registration.observed = True
            self._house.book.note(registration)
