"""The nouns of the first handler. Levels and times: vocabulary/handling.py."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.handling import Level, TakeOver
from zhigan.vocabulary.scopes import Owned, Scope


class Seat(NamedTuple):
    """An account that may sit at a desk, and whether somebody is signed in there just now."""

    level: Level
    name: str  # of its sub-platform; empty where the level names itself
    scope: Scope
    attended: bool


class Stage(NamedTuple):
    """A level that exists for one incident."""

    level: Level
    name: str
    attended: bool


class Passed(NamedTuple):
    holder: Stage
    taker: Stage
    because: str  # time, nobody, grade


class Turn(NamedTuple):
    """Whose it is now; `until` (µs): when it passes on, and to which level, None where it stays."""

    stage: Stage
    until: int | None
    passed: tuple[Passed, ...]
    next: Level | None = None


class Case(NamedTuple):
    """An incident of the desk as its event tells it."""

    incident: str
    grade: Grade
    open: bool
    unit: str
    owned: Owned
    at: int


class Held(NamedTuple):
    """As it is kept."""

    case: Case
    level: Level
    name: str
    began: int
    since: int
    until: int | None
    next: Level | None = None


class DeskView(msgspec.Struct, frozen=True):
    """`level`: room, operator, county or city. `name`: the unit's, the sub-platform's or the county's, else empty."""

    level: str
    name: str


class HeldView(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for an incident now, and when it passes on (null: it stays)."""

    incident: str
    level: str
    name: str
    since: datetime
    until: datetime | None
    next: str | None


class HandlingView(msgspec.Struct, frozen=True, kw_only=True):
    """`desk`: the caller's own. `below`: whether somebody is signed in at a lower one. `times`: by grade."""

    desk: DeskView
    below: bool
    times: dict[str, TakeOver]
    held: list[HeldView]
