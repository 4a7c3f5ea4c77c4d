"""Stage 4: what an alarm means in company, and which incident it belongs to.

Enters: `Judged`. Leaves: `Placed`: the incident it joins or the slot it opens, the grade with all reasons, the
incidents that become one with it. Nothing is written here.

A second independent device in the same or an adjacent locus, gas or overheated wires with smoke, flow with a pump: the
rows `Policy.echoes`. A panel's own bit (a rule without families) is no company for anybody and joins what is there.
"""

from operator import attrgetter

import msgspec

from zhigan.alarms.engine import groups
from zhigan.alarms.engine.book import Book, shown
from zhigan.alarms.engine.grading import Judged
from zhigan.alarms.engine.model import INDEPENDENT, Locus, Near, Open, Subject, building_zones, zones
from zhigan.alarms.engine.policy import Echo
from zhigan.alarms.engine.rows import desk_slot, row_slot
from zhigan.incidents.model import Reason, Why
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import SECOND


class Placed(msgspec.Struct, gc=False):
    judged: Judged
    slot: str
    grade: Grade
    reasons: tuple[Reason, ...]  # those of company first
    target: str | None = None
    narrows: bool = False
    partners: tuple[str, ...] = ()  # open incidents that belong together with it
    why_merge: Why = Why.SPREAD
    group: str = ""  # it belongs to this group's one row
    company: Grade = Grade.IV  # what company alone makes of it


def place(book: Book, judged: Judged) -> Placed:
    company, reasons, partners = (
        company_of(book, judged.key, judged.subject, judged.rule.families) if judged.echoes else (Grade.IV, (), ())
    )
    if book.resets and judged.kind is Kind.FIRE and judged.echoes and (again := _after_reset(book, judged)):
        company, reasons = Grade.I, (again, *reasons)
    grade = min(judged.grade, company)
    if judged.rule.group:
        one = groups.row_of(book, judged)
        if one is not None:
            grade = min(grade, Grade.III)
            found = book.living(one.incident) if one.incident else None
            return Placed(
                judged, one.slot, grade, (one.reason, *reasons, *judged.reasons), found, False, one.rows,
                one.reason.why, one.key, company,
            )  # fmt: skip
    desk = grade <= Grade.II
    own = row_slot(book, judged.kind, judged.key)
    slot = desk_slot(book, judged.subject.locus) if desk else own
    target, narrows = (judged.again, False) if judged.again else _target(book, judged, slot, own, desk=desk)
    if desk and book.desks and judged.kind is Kind.FIRE and judged.rule.families and not partners:
        partners = _spread(book, judged, target)
    if desk:
        for same in (book.where.get(slot), book.where.get(own)):  # the desk's row of that place; the point's own row
            if same is not None and same not in partners:
                partners = (*partners, same)
    return Placed(
        judged, slot, grade, (*reasons, *judged.reasons), target, narrows, _together(book, target, partners),
        Why.SPREAD, "", company,
    )  # fmt: skip


def _together(book: Book, target: str | None, partners: tuple[str, ...]) -> tuple[str, ...]:
    """Those that may become one with the target and with each other: what people took apart stays apart."""
    kept: list[str] = [] if target is None else [target]
    for id_ in partners:
        if id_ not in kept and not any(other in book.open[id_].apart for other in kept):
            kept.append(id_)
    return tuple(id_ for id_ in kept if id_ != target)


def _target(book: Book, judged: Judged, slot: str, own: str, *, desk: bool) -> tuple[str | None, bool]:
    """The open incident that it joins, and whether it is the first to say where that one is."""
    locus = judged.subject.locus
    there = book.where.get(slot)
    if there is None and not desk and judged.kind in (Kind.FIRE, Kind.GAS) and not judged.late:
        there = book.where.get(desk_slot(book, locus))
    if there is not None:
        return there, False
    if not desk:
        return None, False
    mine = book.where.get(own)
    if mine is not None or judged.kind is not Kind.FIRE or not book.desks:
        return mine, False
    for id_ in around(book, judged.subject.locus):
        incident = book.open[id_]
        if incident.kind is not Kind.FIRE:
            continue
        if not judged.rule.families:
            return id_, False
        if not incident.marks & INDEPENDENT:
            return id_, True
    return None, False


def around(book: Book, locus: Locus) -> list[str]:
    """Open desk incidents in the same or an adjacent locus, oldest first."""
    if not book.desks:
        return []
    found: dict[str, None] = {}
    for zone in zones(locus)[1]:
        for id_ in book.desks.get(zone, ()):
            found[id_] = None
    return sorted(found, key=lambda i: (book.open[i].desk_at, i))


def _spread(book: Book, judged: Judged, target: str | None) -> tuple[str, ...]:
    """A fire next to one that is grave already is the same fire, however much later."""
    for id_ in around(book, judged.subject.locus):
        incident: Open = book.open[id_]
        if id_ != target and incident.kind is Kind.FIRE and incident.grade <= book.policy.spread_joins:
            return (id_,)
    return ()


def _after_reset(book: Book, judged: Judged) -> Reason | None:
    reset = book.resets.get(judged.subject.locus.key)
    if reset is None or judged.grade > Grade.II:
        return None
    passed = book.t - reset
    if passed > book.policy.again_after_reset_s * SECOND:
        return None
    return Reason(Why.ALARM_AFTER_RESET, {"device": shown(judged.subject), "seconds": passed // SECOND})


def company_of(
    book: Book, key: str, subject: Subject, families: tuple[str, ...]
) -> tuple[Grade, tuple[Reason, ...], tuple[str, ...]]:
    """What it is worth beside what was seen lately: the grade, the reasons, the open incidents of the company."""
    grade = Grade.IV
    reasons: list[Reason] = []
    partners: dict[str, None] = {}
    for family in families:
        for echo in book.policy.echoes_of.get(family, ()):
            if echo.beside not in book.near and echo.reach != "point":
                continue
            found = _find(book, key, subject, echo)
            if not found:
                continue
            grade = min(grade, echo.grade)
            reasons.append(_reason(book, subject, echo, max(found, key=_latest)))
            for near in found:
                incident = book.living(near.incident)
                if incident is not None:
                    partners[incident] = None
    if len(reasons) > 1:
        reasons = list({r.why: r for r in reasons}.values())
    return grade, tuple(reasons), tuple(partners)


def _reason(book: Book, subject: Subject, echo: Echo, near: Near) -> Reason:
    facts: dict[str, str | int | float] = {"device": shown(subject), "other": near.name}
    if near.at:
        facts["seconds"] = (book.t - near.at) // SECOND
    return Reason(echo.why, facts)


def _find(book: Book, key: str, subject: Subject, echo: Echo) -> list[Near]:
    if echo.reach == "point":
        stands = book.points[key].conditions & book.policy.family_mask.get(echo.beside, 0)
        return [Near(key, 0, "", shown(subject))] if stands else []
    shelf = book.near[echo.beside]
    locus = subject.locus
    looked = building_zones(locus) if echo.reach == "building" else zones(locus)[1]
    return [
        near
        for zone in looked
        for near in shelf.get(zone, ())
        if near.point != key and _counts(book, locus, echo, near)
    ]


_latest = attrgetter("at", "point")


def _counts(book: Book, locus: Locus, echo: Echo, near: Near) -> bool:
    """Recent, or still standing; at the very locus where the row asks for that."""
    passed = book.t - near.at
    if passed > echo.window_s * SECOND:
        point = book.points.get(near.point)
        mask = book.policy.family_mask.get(echo.beside, 0)
        if passed > echo.standing_s * SECOND or point is None or not point.conditions & mask:
            return False
    if echo.reach != "locus":
        return True
    point = book.points.get(near.point)
    return point is not None and point.subject.locus == locus
