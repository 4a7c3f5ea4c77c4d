"""Who is called to a place, and in which order they are shown. Pure; `now` is an argument.

Enters: a place's scope columns, accounts with positions, the answers given. Leaves: people, the nearest first. Absent:
rows, and telling anybody (a reader of the event log does).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from zhigan.desks.rollcall.model import RollCallPerson
from zhigan.incidents.model import Answer
from zhigan.vocabulary.roles import SITE_ROLES
from zhigan.vocabulary.scopes import Owned, holds, parse

FRESH = timedelta(minutes=30)
"""A position older than this says nothing about where somebody is."""
MOST_PEOPLE = 200
ROLES = sorted(role.value for role in SITE_ROLES)
SHORTEST_AREA = 2


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    role: str
    scope: str
    phone: str
    distance_m: int | None = None
    position_at: datetime | None = None


class Word(msgspec.Struct, frozen=True):
    """The newest answer of a person."""

    by: str
    who: str
    role: str
    kind: Answer
    at: datetime


def words(owned: Owned) -> list[str]:
    """All that a scope which holds this place may name: codes, and each beginning of its area and community."""
    codes = {"city", owned.industry, owned.grid, owned.unit, owned.station, owned.firm, owned.org}
    for code in (owned.area, owned.community):
        codes |= {code[:n] for n in range(SHORTEST_AREA, len(code) + 1)}
    return sorted(codes - {""})


def people(owned: Owned, candidates: Iterable[Candidate], said: Sequence[Word]) -> list[RollCallPerson]:
    """Everybody whose scope holds the place, and whoever answered besides: the nearest first, then who answered."""
    newest = {word.by: word for word in said}
    found = {one.id: _person(one, newest.get(one.id)) for one in candidates if holds(parse(one.scope), owned)}
    for word in newest.values():
        if word.by not in found:
            found[word.by] = RollCallPerson(
                id=word.by, name=word.who, role=word.role, phone="", answer=word.kind, answered_at=word.at
            )
    return sorted(found.values(), key=_order)


def _person(one: Candidate, word: Word | None) -> RollCallPerson:
    return RollCallPerson(
        id=one.id,
        name=one.name,
        role=one.role,
        phone=one.phone,
        answer=None if word is None else word.kind,
        answered_at=None if word is None else word.at,
        distance_m=one.distance_m,
        position_at=one.position_at,
    )


def _order(person: RollCallPerson) -> tuple[bool, int, bool, str]:
    return (person.distance_m is None, person.distance_m or 0, person.answer is None, person.name)
