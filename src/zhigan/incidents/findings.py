"""What somebody found before a thing (a device, a hydrant), as a phone tells it: said once under an id that the phone
made, its picture later, and what did not pass is work (work.py).

Enters: a finding, the points that may be looked at, instants. Leaves: what is wrong with it; the moment at which it
counts as made. Pure. Absent: its picture (photos.py); tables and pages, which are the rooms' own.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

OLDEST: Final = timedelta(days=7)
"""What a phone kept for longer than this counts as made when it is told."""


class Flaw(NamedTuple):
    field: str
    expected: str


class Finding(Protocol):
    """A point of the check list stands in `good` or `bad`; what does not apply in none."""

    @property
    def passed(self) -> bool: ...
    @property
    def good(self) -> list[str]: ...
    @property
    def bad(self) -> list[str]: ...
    @property
    def note(self) -> str: ...
    @property
    def at(self) -> datetime | None: ...


def told_at(given: datetime | None, now: datetime) -> datetime:
    """The phone's own time, while it is plausible."""
    return given if given is not None and now - OLDEST <= given <= now else now


def wrong(found: Finding, points: Collection[str]) -> Flaw | None:
    """Field and what is wanted there; None where it holds together."""
    for field, named in (("good", found.good), ("bad", found.bad)):
        if not set(named) <= set(points):
            return Flaw(field, f"one of {', '.join(points)}")
    if (found.passed and found.bad) or (not found.passed and not (found.bad or found.note.strip())):
        return Flaw("passed", "true with no point in `bad`; else false, with a point in `bad` or a note")
    if found.at is not None and found.at.tzinfo is None:
        return Flaw("at", "a time with its offset")
    return None
