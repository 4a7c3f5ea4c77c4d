"""The nouns of routines, as pages show them."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

RoutineKind = Literal["link", "clock", "fire_test", "integration"]
KINDS: tuple[RoutineKind, ...] = ("link", "clock", "fire_test", "integration")
DayState = Literal["", "ok", "part", "none", "person"]
"""Not expected or not over yet; all devices; some; none; a person says so."""


class RoutineRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`proof`: what the platform saw, "test:ID device:ID" or "audit:NUMBER"; empty where a person says so."""

    id: str
    kind: RoutineKind
    unit_id: str | None
    day: date
    at: datetime
    by_platform: bool
    who: str
    words: str
    proof: str
    photo: bool


class RoutineUnit(msgspec.Struct, frozen=True, kw_only=True):
    """One unit in a month. `link`, `clock`: a word a day. `tests`: fire signals tested, of two that are due."""

    unit_id: str
    code: str
    name: str
    devices: int
    link: list[DayState]
    clock: list[DayState]
    tests: list[RoutineRecord]
    by_hand: list[RoutineRecord]
    overdue: list[RoutineKind]


class RoutineMonth(msgspec.Struct, frozen=True, kw_only=True):
    month: str
    days: list[date]
    items: list[RoutineUnit]
    next: str | None = None


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """半年联动测试: of the centre as a whole. `due_on`: the last day of the half-year."""

    since: date
    due_on: date
    done: list[RoutineRecord]
    overdue: bool


class NewRoutineRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a person did. `id` is made by the page: what is sent again is the same record."""

    id: str
    kind: RoutineKind
    day: date
    words: Annotated[str, Meta(min_length=1, max_length=1000)]
    unit_id: str | None = None


class Transmitters(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with transmission devices, the first of which stands since `since`."""

    unit_id: str
    code: str
    name: str
    devices: int
    since: datetime
