"""Conditions without a row of their own: supervisory, start, feedback, delay. Recorded on the incident they belong to.

Enters: `Heard`. Leaves: remarks, or a reason for silence; pumps and pressure switches as company for water flow; valves
that report closed. Absent: rows (the policy may give these conditions a rule: then they are alarms like any other).
"""

from zhigan.alarms.engine.book import Book, shown
from zhigan.alarms.engine.conditions import Heard
from zhigan.alarms.engine.correlation import around, company_of
from zhigan.alarms.engine.policy import NAMES, Rule
from zhigan.alarms.engine.rows import raise_, remark
from zhigan.incidents.model import Reason, Why
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import SECOND

_STARTED = int(Condition.STARTED | Condition.FEEDBACK)
_FEEDBACK = int(Condition.FEEDBACK)
_ANNOTATION = int(Condition.TEST_MODE)
"""Shown with the device, no news for the desk."""


def record(book: Book, heard: Heard) -> None:
    bits = heard.recorded & ~_ANNOTATION
    while bits:
        bit = bits & -bits
        bits ^= bit
        _record(book, heard, bit, book.policy.rule(bit, heard.subject, book.context.premises, book.night))
    if heard.subject.type == "valve" and heard.came & _FEEDBACK:
        book.owns("shut")
        book.shut[heard.key] = heard.subject.locus


def _record(book: Book, heard: Heard, bit: int, rule: Rule | None) -> None:
    subject = heard.subject
    why = Why.STARTED if bit & _STARTED else Why.SUPERVISORY
    reason = Reason(why, {"device": shown(subject), "condition": NAMES[bit]})
    if rule is not None:
        _keep_company(book, heard, rule)
    near = around(book, subject.locus)
    point = book.point(heard.key)
    if point.noted_until <= book.t:
        point.noted = 0  # it is swept at the end of a call; when that is must make no difference
    if not near or point.noted & bit:
        book.silent.append((subject.address, reason))
        return
    point.noted |= bit
    point.noted_until = book.t + book.policy.remember_s * SECOND
    book.forget_at(point.noted_until, f"noted|{heard.key}")
    remark(book, book.incident(near[0]), reason)


def _keep_company(book: Book, heard: Heard, rule: Rule) -> None:
    """A pump that starts beside a water flow raises the flow's incident; it is remembered for a flow to come."""
    subject = heard.subject
    for family in rule.families:
        grade, reasons, incidents = company_of(book, heard.key, subject, (family,))
        for id_ in incidents:
            raise_(book, book.incident(id_), grade, reasons, locus=subject.locus)
        book.note(family, heard.key, subject, "")
