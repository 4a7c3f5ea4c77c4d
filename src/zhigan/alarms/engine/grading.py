"""Stage 3: what an alarm means alone. A grade, a kind, and the reason with its figures.

Enters: `Rise`. Leaves: `Judged`. Absent: company (correlation.py), which can only raise it.
"""

import msgspec

from zhigan.alarms.engine.book import Book, shown
from zhigan.alarms.engine.limits import Facts
from zhigan.alarms.engine.model import Subject
from zhigan.alarms.engine.policy import NAMES, Rule
from zhigan.alarms.engine.raising import Rise
from zhigan.incidents.model import Reason, Why
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import MINUTE


class Judged(msgspec.Struct, gc=False):
    key: str
    subject: Subject
    bit: int
    rule: Rule
    grade: Grade
    kind: Kind
    reasons: tuple[Reason, ...]
    again: str  # the open incident that holds its row already
    late: bool
    flags: tuple[str, ...] = ()
    echoes: bool = True  # may company raise it?


def grade(book: Book, rise: Rise) -> Judged:
    rule, subject = rise.rule, rise.subject
    facts: Facts = {"device": shown(subject), "condition": NAMES[rise.bit], **rise.facts}
    grade_, why = rule.grade, rule.why
    if rule.hold_s:
        facts["seconds"] = rule.hold_s
    if rise.repeat and rule.repeat_grade is not None:
        grade_, why = min(grade_, rule.repeat_grade), rule.repeat_why or why
    flags: tuple[str, ...] = ()
    if rise.late and rule.kind is Kind.FIRE:
        facts["minutes"] = _age(book, rise)
        return _judged(rise, Grade.III, Why.LATE_FIRE, facts, ("late",), echoes=False)
    if rule.kind is Kind.FIRE and not subject.registered:
        why, flags = Why.UNREGISTERED_FIRE, ("unregistered",)
    elif rule.kind is Kind.FIRE and (minutes := _age(book, rise)) * MINUTE >= book.policy.late_s * 1_000_000:
        facts["minutes"] = minutes
    if any(r.why is Why.TEST_CALL_POINT_AND_FLOW for r in rise.extra):
        flags = (*flags, "test")
    return _judged(rise, grade_, why, facts, flags)


def _judged(
    rise: Rise, grade_: Grade, why: Why, facts: Facts, flags: tuple[str, ...], *, echoes: bool = True
) -> Judged:
    return Judged(
        key=rise.key,
        subject=rise.subject,
        bit=rise.bit,
        rule=rise.rule,
        grade=grade_,
        kind=rise.rule.kind,
        reasons=(*rise.extra, Reason(why, facts)),
        again=rise.again,
        late=rise.late,
        flags=flags,
        echoes=echoes,
    )


def _age(book: Book, rise: Rise) -> int:
    """Minutes between the device's own time and now, where its time is older."""
    alarm = book.points[rise.key].alarms[rise.bit]
    return max(0, book.t - alarm.at) // MINUTE if alarm.at else 0
