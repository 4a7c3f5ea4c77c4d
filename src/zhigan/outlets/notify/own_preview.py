"""Who would be told of something at a unit now, by the city's table and by own rules beside it.

Enters: a unit, what happens there, `now`, rules. Leaves: a line a person and moment, in order of time, each with whose
rule it is. What comes again and again, and what needs a second provider, is left out: it tells nobody new. Absent:
sending.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from zhigan.outlets.notify import audience, own, own_store, rules
from zhigan.outlets.notify.model import Person, Plan, Purpose, Row, Way
from zhigan.outlets.notify.own import OwnRule
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.scopes import Owned
from zhigan.vocabulary.telephones import Telephone

HERE = "preview"


class ToldPreview(msgspec.Struct, frozen=True, kw_only=True):
    """`after`: seconds from the beginning. `rule`: the name of the own rule; empty where the city's table tells."""

    after: int
    rule: str
    rule_id: str | None
    part: str
    person: str
    phone: Telephone
    ways: list[Way]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    owned: Owned
    class_: int


async def site(conn: Connection, unit_id: str) -> Site | None:
    """On a connection that is bound: None where the unit lies outside."""
    rows = await conn.fetch(SQL.units, [unit_id])
    if not rows:
        return None
    r = rows[0]
    scope = Owned(r["area"], r["community"], r["industry"], r["grid"], r["unit"], r["station"], r["firm"], r["org"])
    return Site(unit_id=unit_id, owned=scope, class_=r["class"])


async def of(
    conn: Connection,
    there: Site,
    kind: Kind,
    grade: Grade,
    table: rules.Table,
    standing: Sequence[OwnRule],
    open_ways: frozenset[Way],
    now: datetime,
    roster: audience.Roster = audience.no_calendar,
) -> list[ToldPreview]:
    place = audience.Place(HERE, there.unit_id, there.owned)
    people = (await audience.around(conn, [place], [], now, roster))[HERE]
    concerned = [r for r in own.concerned(standing, kind, there.owned, now) if grade in r.grades]
    chosen = await own_store.chosen(conn, {HERE: there.owned}, concerned)
    plan = Plan(incident=HERE, grade=grade, kind=kind, class_=there.class_, started_at=now)
    by_key = {rule.key: rule for rule in concerned}
    lines: list[ToldPreview] = []
    loud: dict[str, frozenset[Way]] = {}
    had: dict[str, frozenset[Way]] = {}
    for row in sorted(own.laid(table, concerned)[grade], key=lambda r: (r.after, r.key in by_key)):
        at = now + timedelta(seconds=row.after)
        if not _tells(row, plan, at):
            continue
        rule = by_key.get(row.key)
        if rule is None:
            found = _city(row, plan, people, open_ways, loud)
        elif own.awake(rule, at):
            meant = own.people(rule, people, chosen.of(rule, HERE))
            found = _gathered(own.telling(row.by, meant, open_ways, had, insist=rules.insists(plan)))
        else:
            continue
        for person, ways in found:
            had[person.holder] = had.get(person.holder, frozenset()) | frozenset(ways)
            lines.append(_line(row, rule, person, ways))
    return lines


def _tells(row: Row, plan: Plan, at: datetime) -> bool:
    """Does this row tell somebody new of an alarm that nobody answers?"""
    if row.every or row.second or row.countdown or row.purpose is not Purpose.ALARM:
        return False
    only = {grade: (row,) if grade is plan.grade else () for grade in Grade}
    return bool(rules.due(plan, at, only))


def _city(
    row: Row, plan: Plan, people: Sequence[Person], open_ways: frozenset[Way], told: dict[str, frozenset[Way]]
) -> list[tuple[Person, list[Way]]]:
    found: list[tuple[Person, list[Way]]] = []
    for person in rules.audience(row, people):
        had = told.get(person.holder, frozenset())
        loud, prompt = rules.loud(row, plan), row.after <= rules.FLOOR_S
        by = rules.ways(row.by, person, open_ways, insist=rules.insists(plan), loud=loud, prompt=prompt, had=had)
        told[person.holder] = had | frozenset(by)
        if by:
            found.append((person, by))
    return found


def _gathered(told: Iterable[tuple[Person, Way]]) -> list[tuple[Person, list[Way]]]:
    by_holder: dict[str, tuple[Person, list[Way]]] = {}
    for person, way in told:
        by_holder.setdefault(person.holder, (person, []))[1].append(way)
    return list(by_holder.values())


def _line(row: Row, rule: OwnRule | None, person: Person, ways: Sequence[Way]) -> ToldPreview:
    number = person.address(Way.SMS) or person.address(Way.VOICE)
    return ToldPreview(
        after=row.after, rule="" if rule is None else rule.name, rule_id=None if rule is None else rule.id,
        part=person.who.value, person=person.name, phone=number, ways=list(ways),
    )  # fmt: skip
