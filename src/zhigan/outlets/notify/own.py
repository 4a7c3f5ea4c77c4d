"""Own rules of hosted sub-platforms: who else is told within its scope, beside whom the city's table tells. Pure.

Enters: rules, the city's table, people around an incident, what was told already. Leaves: the table with the rules'
rows behind the city's, and whom a rule tells by what. A rule only adds: the city's rows stand as they were and are
worked first; whom they tell by a way is not told by that way again. What a rule's people read is no proof to the city
(queries.sql, `was_read`), their calls do not count among the calls that the city may still make (`recent`), and only
those answer who could have answered anyway (delivery). Absent: rows of the database (own_store.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from zhigan.outlets.notify import rules
from zhigan.outlets.notify.model import Hours, Person, Row, Until, Way, Which, Who
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.scopes import Owned, Scope, holds

MARK = "own:"
"""How the keys of a rule's rows begin; no row of the city's table can be named so (escalation.KEY)."""
WAYS = (Way.VOICE, Way.SMS, Way.APP, Way.WECHAT, Way.PUSH, Way.EMAIL)
SITE = (
    Who.CONTROL_ROOM, Who.MANAGER, Who.HOUSEHOLD, Who.PROPERTY, Who.STATION, Who.GRID, Who.COMMUNITY,
)  # fmt: skip
"""Parts that answer an alarm from where it is."""
OFFICE = (Who.CONTROL_ROOM, Who.MANAGER, Who.MAINTAINER)
PARTS: Mapping[str, tuple[Who, ...]] = {
    "community": (*SITE, Who.MAINTAINER),
    "district": (*SITE, Who.MAINTAINER),
    "industry": (*OFFICE, Who.PROPERTY, Who.STATION),
    "firm": OFFICE,
}
"""Of each kind of sub-platform: an industry or a firm does not ring at the doors of households."""
WHO_LOOKS_AFTER: Mapping[str, Who] = {
    "community": Who.COMMUNITY, "district": Who.SUPERVISOR, "industry": Who.INDUSTRY, "firm": Who.MAINTAINER,
}  # fmt: skip
MOST_RULES, MOST_ACCOUNTS, MOST_TOLD, LONGEST_S = 30, 50, 60, 86_400


class OwnRule(msgspec.Struct, frozen=True, kw_only=True):
    """`kinds` empty: whatever happens. `hours` None: at any. `scope` and `kind` are the sub-platform's."""

    id: str
    hosted: str
    name: str
    kinds: tuple[Kind, ...]
    grades: tuple[Grade, ...]
    hours: Hours | None
    parts: tuple[Who, ...]
    accounts: tuple[str, ...]
    ways: tuple[Way, ...]
    after: int
    since: datetime
    scope: Scope
    kind: str

    @property
    def key(self) -> str:
        return f"{MARK}{self.id}"


def own(step: str) -> bool:
    """Is that the step of an own rule? Steps are named `GRADE.KEY`."""
    return step.partition(".")[2].startswith(MARK)


def concerned(standing: Sequence[OwnRule], kind: Kind, owned: Owned, started_at: datetime) -> list[OwnRule]:
    """Rules that speak of such an incident there."""
    return [
        rule
        for rule in standing
        if (not rule.kinds or kind in rule.kinds) and rule.since <= started_at and holds(rule.scope, owned)
    ]


def laid(table: rules.Table, concerned_: Sequence[OwnRule]) -> rules.Table:
    """The city's rows as they are, and behind them those of the rules."""
    if not concerned_:
        return table
    return {grade: (*table[grade], *(row(r) for r in concerned_ if grade in r.grades)) for grade in Grade}


def row(rule: OwnRule) -> Row:
    return Row(
        key=rule.key, after=rule.after, whom=rule.parts, by=rule.ways, which=Which.ALL, until=Until.ANSWERED
    )  # fmt: skip


def awake(rule: OwnRule, now: datetime) -> bool:
    if rule.hours is None:
        return True
    local = now.astimezone(SHANGHAI)
    passed = (local.hour * 60 + local.minute - rule.hours.from_minute) % rules.DAY_MINUTES
    return passed < (rule.hours.until_minute - rule.hours.from_minute) % rules.DAY_MINUTES


def people(rule: OwnRule, here: Sequence[Person], chosen: Sequence[Person]) -> list[Person]:
    """Whom a rule means, each holder once: parts from those around, and the chosen with all their ways."""
    around = {p.holder: p for p in here}
    listed = [*rules.audience(row(rule), here), *(around.get(p.holder, p) for p in chosen)]
    first = {p.holder: p for p in reversed(listed)}
    return [first[holder] for holder in dict.fromkeys(p.holder for p in listed)][:MOST_TOLD]


def telling(
    by: Sequence[Way],
    told: Sequence[Person],
    open_ways: frozenset[Way],
    had: Mapping[str, frozenset[Way]],
    *,
    insist: bool,
) -> Iterator[tuple[Person, Way]]:
    """By what each is told beside what he had."""
    for person in told:
        known = had.get(person.holder, frozenset())
        for way in rules.ways(by, person, open_ways, insist=insist):
            if way not in known:
                yield person, way
