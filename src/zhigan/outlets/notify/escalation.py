"""May an escalation table be used? What is wrong with it, and where. Pure.

Enters: a table as somebody in the console wants it. Leaves: its faults, each with its place. The floor is the law's:
whoever is concerned is told of a fire within 15 seconds by at least two kinds of message (GB/T 45839, 5.10.4), and no
quiet rule touches grades I and II. Absent: what the table does (rules.py), and its keeping (store.py).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from zhigan.outlets.notify.model import Purpose, Row, Until, Way, Which, Who
from zhigan.outlets.notify.rules import ENOUGH_KINDS, FLOOR_S
from zhigan.vocabulary.grades import Grade

FLOOR_KINDS = ENOUGH_KINDS
COUNTED = frozenset({Way.VOICE, Way.SMS, Way.WECHAT, Way.APP, Way.PUSH})
"""Kinds of message in the law's sense: they reach a person, and prove it."""
CONCERNED = (Who.CONTROL_ROOM, Who.MANAGER, Who.HOUSEHOLD)
"""The site is the first of these that a unit has; each must be reached."""
ALWAYS = frozenset({Until.ANSWERED, Until.CLOSED})
MOST_ROWS, LONGEST_S, SHORTEST_TURN_S = 40, 30 * 86_400, 60
KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Wanting(NamedTuple):
    """`field` is the place: grade, number of the row, its part."""

    field: str
    said: str


def faults(table: Mapping[Grade, Sequence[Row]]) -> list[Wanting]:
    found: list[Wanting] = []
    for grade in Grade:
        rows = table.get(grade, ())
        if len(rows) > MOST_ROWS:
            found.append(Wanting(grade.name, f"at most {MOST_ROWS} rows"))
        seen: set[str] = set()
        for n, row in enumerate(rows):
            found += [f._replace(field=f"{grade.name}.{n}.{f.field}") for f in _row(row, grade)]
            if row.key in seen:
                found.append(Wanting(f"{grade.name}.{n}.key", "a name that no other row of this grade has"))
            seen.add(row.key)
        if grade <= Grade.II:
            found += _floor(grade, rows)
    return found


def _row(row: Row, grade: Grade) -> Iterator[Wanting]:
    if KEY.fullmatch(row.key) is None:
        yield Wanting("key", "small letters, digits and underscores, a letter first")
    if not 0 <= row.after <= LONGEST_S:
        yield Wanting("after", f"whole seconds, 0 to {LONGEST_S}")
    if row.every and not SHORTEST_TURN_S <= row.every <= LONGEST_S:
        yield Wanting("every", f"whole seconds, {SHORTEST_TURN_S} to {LONGEST_S}")
    if not row.by:
        yield Wanting("by", "at least one kind of message")
    if not row.whom and not row.site:
        yield Wanting("whom", "somebody, or the site")
    if any(c not in (1, 2, 3, 4) for c in row.classes):
        yield Wanting("classes", "a whole number from 1 to 4")
    if grade <= Grade.II and (row.by_day or row.night or row.classes):
        yield Wanting("by_day", "no quiet rule at grades I and II")


def _floor(grade: Grade, rows: Sequence[Row]) -> Iterator[Wanting]:
    for who in CONCERNED:
        kinds = {way for row in rows if _at_once(row) and (row.site or who in row.whom) for way in row.by} & COUNTED
        if len(kinds) < FLOOR_KINDS or not kinds & {Way.VOICE, Way.SMS}:
            yield Wanting(
                f"{grade.name}.{who.value}",
                "told within 15 s by at least two kinds of message, a call or a text among them (GB/T 45839)",
            )


def _at_once(row: Row) -> bool:
    """Does this row tell within the law's time, whatever the hour and the place?"""
    limited = row.second or row.countdown or row.by_day or row.night or bool(row.classes)
    prompt = row.after <= FLOOR_S and row.purpose is Purpose.ALARM
    return prompt and not limited and row.until in ALWAYS and row.which in (Which.FIRST, Which.ALL)
