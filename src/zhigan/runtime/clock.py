"""Clocks: the only module that asks what time it is.

Enters: nothing, or a hand. Leaves: `now` for everybody else, who takes it as an argument. Absent: sleeping; a story
moves a HandClock and asks again, it never waits.
"""

import time
from datetime import datetime
from typing import Protocol

from zhigan.vocabulary.moments import SECOND, Micros, to_datetime


class Clock(Protocol):
    def micros(self) -> Micros: ...

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock. It may step backwards (NTP); who needs an order makes one (see bus, intake)."""

    def micros(self) -> Micros:
        return Micros(time.time_ns() // 1000)

    def now(self) -> datetime:
        return to_datetime(self.micros())


class HandClock:
    """A clock that stands still until it is moved: for stories and replays."""

    def __init__(self, micros: int) -> None:
        self._micros = micros

    def micros(self) -> Micros:
        return Micros(self._micros)

    def now(self) -> datetime:
        return to_datetime(self._micros)

    def set(self, micros: int) -> None:
        self._micros = micros

    def advance(self, seconds: float) -> None:
        self._micros += round(seconds * SECOND)
