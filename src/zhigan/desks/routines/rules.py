"""What is due when, and what a month of it looks like. Pure; `now` is an argument, days are those of Ji'an.

GB 50440: links and clocks daily, fire signals twice a month a unit, the whole half-yearly. Twice a month is once in
each half of it, so that two tests on one afternoon are not two. What is overdue is what the last window that
is over lacks, until it is made good.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from zhigan.desks.routines.model import DayState
from zhigan.vocabulary.moments import SHANGHAI

HALF = 16
"""The day on which the second half of a month begins."""
YESTERDAY = timedelta(days=1)


class Window(NamedTuple):
    """From `first` to before `end`."""

    first: date
    end: date


def today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def half_month(day: date) -> Window:
    first = day.replace(day=1)
    middle, end = day.replace(day=HALF), (first + timedelta(days=32)).replace(day=1)
    return Window(first, middle) if day < middle else Window(middle, end)


def half_year(day: date) -> Window:
    first, middle = date(day.year, 1, 1), date(day.year, 7, 1)
    return Window(first, middle) if day < middle else Window(middle, date(day.year + 1, 1, 1))


def last_over(day: date, *, year: bool = False) -> Window:
    """The window before the one in which that day lies."""
    halves = half_year if year else half_month
    return halves(halves(day).first - YESTERDAY)


def by_day(now: datetime) -> bool:
    """When work may be opened: its owners are told, and no routine is worth waking anybody."""
    return 8 <= now.astimezone(SHANGHAI).hour < 18


def missed(window: Window, since: datetime, done: Sequence[date]) -> bool:
    """Who was there all that time and did not do it, nor since."""
    return since < midnight(window.first) and not any(day >= window.first for day in done)


def states(
    days: Sequence[date],
    devices: int,
    since: datetime,
    seen: Mapping[date, int],
    by_hand: frozenset[date],
    now: datetime,
) -> list[DayState]:
    """A word a day. Today is not over: it can only be done."""
    here, begun = today(now), today(since)
    return [_state(seen.get(d, 0), devices, d in by_hand, over=d < here, expected=begun < d <= here) for d in days]


def _state(seen: int, devices: int, person: bool, *, over: bool, expected: bool) -> DayState:
    if devices and seen >= devices:
        return "ok"
    if person:
        return "person"
    if seen:
        return "part"
    return "none" if over and expected else ""
