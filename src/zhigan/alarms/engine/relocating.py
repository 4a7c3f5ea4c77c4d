"""Devices that belong elsewhere by now: adopted by a unit, or moved from one to another while their fire stands.

Enters: the case they were in and the one they belong to, their subjects of today, the incidents of which nothing stays
behind. Leaves: a verdict for either. An incident goes along whole, or into the one that its new locus has already; what
has to stay is cleared there and raised anew here. Absent: who moved (worker.py compares with the registry).
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from zhigan.alarms.engine import groups, people, timers
from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.clearing import clear, protected_again
from zhigan.alarms.engine.correlation import place
from zhigan.alarms.engine.grading import grade
from zhigan.alarms.engine.model import (
    CLEARED,
    HELD,
    SETTLING,
    STANDS,
    TESTED,
    Alarm,
    Case,
    Context,
    Locus,
    Open,
    Point,
    Subject,
    Verdict,
)
from zhigan.alarms.engine.placing import put
from zhigan.alarms.engine.policy import Policy
from zhigan.alarms.engine.raising import count
from zhigan.alarms.engine.rows import desk_slot, enlist, merge, older, place_of, unlist
from zhigan.incidents.model import Cleared, Moved, Reason, Standing, Why
from zhigan.vocabulary.moments import SECOND


class Side(msgspec.Struct, frozen=True):
    case: Case
    context: Context
    standing: Sequence[Standing] = ()


def relocate(
    source: Side,
    target: Side,
    movers: Mapping[str, Subject],
    whole: Mapping[str, Sequence[str]],
    policy: Policy,
    now: int,
) -> tuple[Verdict, Verdict]:
    """`movers`: point key → subject of today; `whole`: incident → its devices' keys, all of them movers."""
    old, new = Book(source.case, source.context, policy, (), now), Book(target.case, target.context, policy, (), now)
    people.refresh(old, source.standing)
    people.refresh(new, target.standing)
    grouped = {group.incident for group in old.groups.values()}
    for id_, keys in whole.items():
        if id_ in old.open and id_ not in grouped:
            _take(old, new, id_, [movers[key] for key in keys])
    for key, subject in movers.items():
        if key in old.points:
            _carry(old, new, key, subject)
    return _verdict(old), _verdict(new)


def _verdict(book: Book) -> Verdict:
    return Verdict(due_at=timers.next_due(book), case=book.close(), changes=tuple(book.changes))


def _take(old: Book, new: Book, id_: str, subjects: Sequence[Subject]) -> None:
    """The incident as it is, under the slot of its new place."""
    known = old.incident(id_)
    unlist(old, known)
    old.owns("open")
    del old.open[id_]
    for absorbed in known.absorbed:
        old.owns("merged")
        new.owns("merged")
        old.merged.pop(absorbed, None)
        new.merged[absorbed] = id_
    loci = tuple(dict.fromkeys(subject.locus for subject in subjects))
    first = loci[0]
    slot = desk_slot(new, first) if known.desk else known.slot.replace(old.case.key, new.case.key, 1)
    incident = msgspec.structs.replace(known, slot=slot, loci=loci, slots=(slot,))
    there = _there(new, incident, loci)
    text = next((s.place_text for s in subjects if s.locus == first), "")
    new.tell(
        Moved(
            incident=id_,
            case_key=new.case.key,
            slot=slot,
            locus=first.key,
            place=place_of(new, first, text),
            at=new.t,
        )
    )
    new.add(incident)
    enlist(new, incident)
    for at, what in ((incident.verify_by, "verify"), (incident.answer_by, "answer")):
        if at is not None:
            new.wake(at, what, id_)
    _join(new, incident, there, subjects[0])


def _there(book: Book, incident: Open, loci: Iterable[Locus]) -> list[str]:
    """Rows that the new place has already."""
    slots = [desk_slot(book, locus) for locus in loci] if incident.desk else [incident.slot]
    return list(dict.fromkeys(book.where[slot] for slot in slots if slot in book.where))


def _join(book: Book, incident: Open, there: Iterable[str], subject: Subject) -> None:
    winner = incident
    for id_ in there:
        other = book.incident(id_)
        first = older(winner, other)
        merge(book, other if first is winner else winner, first, Reason(Why.MOVED, {"device": subject.name}))
        winner = first


def _carry(old: Book, new: Book, key: str, subject: Subject) -> None:
    point = old.point(key)
    anew = _leave(old, key, point)
    alarms = {bit: msgspec.structs.replace(alarm) for bit, alarm in point.alarms.items() if bit not in anew}
    _drop(old, key, point)
    there = new.points.get(key)
    moved = new.begin(key, subject)
    if there is None:
        moved.told, moved.order, moved.at = point.told, point.order, point.at
        moved.metrics = point.metrics.copy()
        moved.noted, moved.noted_until = point.noted, point.noted_until
    for bit, alarm in alarms.items():
        if bit in moved.alarms:
            _superseded(new, alarm)
        else:
            moved.alarms[bit] = alarm
            _settle_in(new, key, moved, alarm)
    for bit in anew:
        if bit not in moved.alarms:
            _raise(new, key, moved, anew[bit])


def _leave(book: Book, key: str, point: Point) -> dict[int, Alarm]:
    """What cannot go along: alarms of rows that stay, and what was silent in a test of the old place."""
    anew: dict[int, Alarm] = {}
    for bit, alarm in list(point.alarms.items()):
        if alarm.group:
            groups.leave(book, alarm.group, key)
        if alarm.phase == TESTED:
            anew[bit] = alarm
        elif alarm.phase in (STANDS, SETTLING) and book.living(alarm.incident) is not None:
            gone = point.alarms[bit] = msgspec.structs.replace(alarm, group="")
            clear(book, key, point, gone, Reason(Why.MOVED, {"device": point.subject.name}))
            anew[bit] = alarm
        elif alarm.protects:
            protected_again(book, point.subject.locus.building)
    return anew


def _drop(book: Book, key: str, point: Point) -> None:
    if point.latched:
        book.unlatch(point.latched, key)
    for shelf in ("points", "tested", "shut"):
        book.owns(shelf)
    del book.points[key]
    book.tested.pop(key, None)
    book.shut.pop(key, None)
    book.owns("near")
    for family, zones in book.near.items():
        left = {zone: tuple(n for n in entries if n.point != key) for zone, entries in zones.items()}
        book.near[family] = {zone: entries for zone, entries in left.items() if entries}


def _settle_in(book: Book, key: str, point: Point, alarm: Alarm) -> None:
    """What later rules need of an alarm that came along."""
    alarm.group, protected = "", alarm.protects
    alarm.protects = False
    match alarm.phase:
        case x if x == HELD:
            book.wake(alarm.due, "hold", f"{alarm.bit}|{key}")
        case x if x == SETTLING:
            book.wake(alarm.due, "settle", f"{alarm.bit}|{key}")
        case x if x == CLEARED:
            book.forget_at(alarm.due, f"alarm|{alarm.bit}|{key}")
        case _:
            pass
    if alarm.phase not in (STANDS, SETTLING):
        return
    subject = point.subject
    if alarm.bit & book.policy.reset_mask and not point.latched and subject.gateway == "gb26875":
        book.latch(groups.system_of(subject), key)
    if protected:
        alarm.protects = True
        book.owns("impaired")
        book.impaired[subject.locus.building] = book.impaired.get(subject.locus.building, 0) + 1
    rule = book.policy.rule(alarm.bit, subject, book.context.premises, book.night)
    if rule is None:
        return
    for family in rule.families if not alarm.late else ():
        book.note(family, key, subject, alarm.incident)
    if rule.lasts is not None:
        book.wake(max(book.t, alarm.since + rule.lasts.seconds * SECOND), "lasts", f"{alarm.bit}|{key}")


def _superseded(book: Book, alarm: Alarm) -> None:
    """The new place has heard it already: its own alarm goes on there, this one is over."""
    if alarm.phase not in (STANDS, SETTLING) or not alarm.id:
        return
    id_ = book.living(alarm.incident)
    book.tell(Cleared(incident=id_ or alarm.incident, alarm=alarm.id, at=book.t, reason=Reason(Why.MOVED)))
    if id_ is not None:
        book.incident(id_).live -= 1


def _raise(book: Book, key: str, point: Point, was: Alarm) -> None:
    rule = book.policy.rule(was.bit, point.subject, book.context.premises, book.night)
    if rule is None or not rule.row:
        return
    alarm = Alarm(was.bit, STANDS, book.t, at=was.at, late=was.late)
    point.alarms[was.bit] = alarm
    one = count(book, key, point, alarm, rule, {}, late=was.late)
    if one is not None:
        put(book, place(book, grade(book, one)))
