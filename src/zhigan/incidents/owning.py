"""Who answers for a row of grade III or IV, and by when. Pure.

Enters: a row, the times of the table of escalation as they are in force (`Terms`, lent by whoever keeps that table).
Leaves: the owner, agreed or by default (the unit's maintenance firm, else the unit), the time by which it is due, and
who is told when that has passed. Absent: telling anybody; what can be derived is not stored.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Queue
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import to_datetime

OwnerKind = Literal["account", "organisation", "firm", "unit", "lead", "none"]
NOBODY, LEADS = "none", "lead"
"""`lead`: the duty leads in whose scope the row lies."""
OWNER_SQL = (
    "case when owner <> '' then owner when firm <> '' then 'firm:' || firm "
    "when unit <> '' then 'unit:' || unit else 'none' end"
)
"""`owner_key` as the database finds it."""


class Rung(msgspec.Struct, frozen=True):
    """So long after the row came, these people are told of it by themselves."""

    after: timedelta
    whom: tuple[str, ...]


Terms = Mapping[Grade, Sequence[Rung]]
"""By grade, in the order of time; the first is when the row is due."""
Lending = Callable[[], Awaitable[Terms]]
Lent: TypeAlias = NamedDependency[SkipValidation[Lending]]
NO_TERMS: Terms = {}


class NextTold(msgspec.Struct, frozen=True):
    """From `at` on these people have been told too, where nobody has answered."""

    at: datetime
    whom: list[str]


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """`agreed`: somebody said so; else by default. `key` is what a list is asked by."""

    key: str
    kind: OwnerKind
    name: str
    agreed: bool


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a row of grade III or IV has besides: who answers for it, and by when. `due_agreed`: a person or the law
    set it; `told`: who is told as time goes by."""

    owner: Owner
    due_at: datetime | None
    due_agreed: bool
    told: list[NextTold]


def owner_key(row: Row) -> str:
    owned = row.place.owned
    if row.owner:
        return row.owner
    return f"firm:{owned.firm}" if owned.firm else f"unit:{owned.unit}" if owned.unit else NOBODY


def owner(row: Row, firms: Mapping[str, str]) -> Owner:
    key = owner_key(row)
    kind, _, rest = key.partition(":")
    name = row.owner_name
    if not row.owner:
        name = firms.get(rest, rest) if kind == "firm" else row.place.unit_name
    return Owner(key=key, kind=msgspec.convert(kind, OwnerKind), name=name, agreed=bool(row.owner))


def within(queue: Queue, terms: Terms) -> timedelta | None:
    """How long after it came a row of this queue is due."""
    rungs = terms.get(Grade.III if queue is Queue.ATTENTION else Grade.IV, ()) if queue is not Queue.DESK else ()
    return rungs[0].after if rungs else None


def work(row: Row, firms: Mapping[str, str], terms: Terms) -> Work | None:
    """Nothing of the desk's rows: they have countdowns, and everybody."""
    if row.queue is Queue.DESK:
        return None
    came = to_datetime(row.received_at)
    rungs = [NextTold(came + rung.after, list(rung.whom)) for rung in terms.get(row.grade, ())]
    agreed = None if row.due_at is None else to_datetime(row.due_at)
    return Work(
        owner=owner(row, firms),
        due_at=agreed or (rungs[0].at if rungs else None),
        due_agreed=agreed is not None,
        told=rungs,
    )
