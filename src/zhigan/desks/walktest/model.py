"""The nouns of a walk test, as its page and its sheet show them."""

from datetime import datetime
from typing import Literal

import msgspec

from zhigan.vocabulary.telephones import Telephone

Result = Literal["answered", "outstanding", "wrong_condition", "wrong_place", "wrong_type", "no_answer"]
Act = Literal["pointed", "ok", "no_answer", "wrong_place", "wrong_type", "cleared"]
WRONG: frozenset[Result] = frozenset({"wrong_condition", "wrong_place", "wrong_type", "no_answer"})


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A detector that the test wants to hear."""

    id: str
    number: int
    name: str
    address: str
    type: str
    floor: str
    place: str
    conditions: int


class Answer(msgspec.Struct, frozen=True):
    """A device spoke; `at` is µs as we heard it."""

    device: int
    at: int
    conditions: int


class Note(msgspec.Struct, frozen=True, kw_only=True):
    device: str
    at: datetime
    who: str
    act: Act
    text: str


class WalkPoint(msgspec.Struct, frozen=True, kw_only=True):
    """`took_s`: since the technician pointed at it, else since the answer before it. `instead`: whom he pointed at.
    `alarming`: still so when the picture was taken; what alarms when a test ends becomes a real alarm."""

    id: str
    name: str
    address: str
    type: str
    floor: str
    place: str
    result: Result
    answered_at: datetime | None
    conditions: list[str]
    took_s: float | None
    count: int
    instead: str
    who: str
    note: str
    alarming: bool = False


class Stranger(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the unit outside the scope that spoke meanwhile; what it raised is real. `fresh`: nobody knew it."""

    id: str
    name: str
    address: str
    type: str
    place: str
    conditions: list[str]
    at: datetime | None
    fresh: bool


class WalkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A test in a list. Counts are those of its sheet, null while it runs."""

    id: str
    unit_id: str
    unit: str
    building_id: str | None
    building: str
    floor: str
    purpose: str
    person: str
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    ended_by: str
    active: bool
    total: int | None
    answered: int | None
    wrong: int | None


class Walk(WalkRow, frozen=True, kw_only=True):
    """`now`: the instant of this picture; `pointed`: the detector that is tested now; `more`: not all are shown."""

    phone: Telephone
    now: datetime
    pointed: str | None
    total: int
    answered: int
    wrong: int
    more: bool
    points: list[WalkPoint]
    strangers: list[Stranger]
