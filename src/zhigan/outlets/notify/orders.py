"""Work that was given to somebody, and work whose agreed time has passed: whom to tell. Pure but for one question.

Enters: the event, the row, the people around it. Leaves: steps of telling, each with the persons it means. Absent: the
times of the table of escalation, which tells of everything else by itself (rules.py).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from zhigan.incidents.owning import LEADS
from zhigan.incidents.rows import Row as IncidentRow
from zhigan.outlets.notify import rules
from zhigan.outlets.notify.audience import ORGANISATIONS
from zhigan.outlets.notify.escalation_tables import PLAIN, QUIET
from zhigan.outlets.notify.model import Person, Purpose, Row, Way, Who
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.grades import Grade

TOLD: Final[Mapping[EventType, Purpose]] = {
    EventType.INCIDENT_ASSIGNED: Purpose.ASSIGNED,
    EventType.INCIDENT_OVERDUE: Purpose.OVERDUE,
}
ABOVE: Final = (Who.SUPERVISOR, Who.INDUSTRY)
"""Who stands above whoever is late."""


def row_of(purpose: Purpose, grade: Grade) -> Row:
    """As a row of the table would tell it: work in the app, a dangerous condition by text too."""
    return Row(key=purpose.value, after=0, by=QUIET if grade is Grade.IV else PLAIN, purpose=purpose)


async def whom(conn: Connection, row: IncidentRow, purpose: Purpose, people: Sequence[Person]) -> list[Person]:
    """The owner, and of what is late whoever stands above; each holder once."""
    found = _person(row.owner, people)
    if not found:
        found = rules.in_order(await _part(conn, row), people)[:1]
    if purpose is Purpose.OVERDUE:
        for who in ABOVE:
            found = [*found, *rules.in_order(who, people)[:1]]
    return list({person.holder: person for person in reversed(found)}.values())[::-1]


def _person(owner: str, people: Sequence[Person]) -> list[Person]:
    return [p for p in people if owner.startswith("account:") and p.source == owner][:1]


async def _part(conn: Connection, row: IncidentRow) -> Who:
    kind, _, rest = row.owner.partition(":")
    if kind == LEADS:
        return Who.LEAD
    if kind == "organisation":
        known = await conn.fetchval(SQL.organisation_kind, rest)
        return ORGANISATIONS.get(known or "", Who.MANAGER)
    return Who.MAINTAINER if not kind and row.place.owned.firm else Who.MANAGER


def ways(row: Row, person: Person, grade: Grade, open_ways: frozenset[Way]) -> list[Way]:
    return rules.ways(row.by, person, open_ways, insist=grade is not Grade.IV)
