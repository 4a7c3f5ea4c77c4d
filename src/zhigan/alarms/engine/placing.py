"""Stage 5: what was decided becomes rows. Opened or joined, raised, merged; and what later rules need is remembered.

Enters: `Placed`. Leaves: changes in the book, and the alarm's claim. Absent: any decision.
"""

from zhigan.alarms.engine import groups
from zhigan.alarms.engine.book import Book, shown
from zhigan.alarms.engine.correlation import Placed
from zhigan.alarms.engine.grading import Judged
from zhigan.alarms.engine.model import INDEPENDENT, LATE, STAYS, Alarm, Open, Point
from zhigan.alarms.engine.policy import NAMES
from zhigan.alarms.engine.rows import merge, narrow, older, open_, raise_, wait_again
from zhigan.incidents.model import AlarmRow, Counted, Joined, Reason
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import SECOND


def put(book: Book, placed: Placed) -> None:
    judged = placed.judged
    point = book.point(judged.key)
    alarm = point.alarms[judged.bit]
    survivor = _survivor(book, placed)
    incident = _claim(book, placed, point, alarm, alone=survivor is not None)
    if placed.narrows:
        narrow(book, incident, judged.subject.locus)
    if judged.rule.families:
        incident.marks |= INDEPENDENT
    if (system := groups.system_of(judged.subject)) not in incident.systems:
        incident.systems = (*incident.systems, system)
    _become_one(book, placed, incident, survivor)
    _remember(book, placed, point, alarm)


def _survivor(book: Book, placed: Placed) -> Open | None:
    """A desk incident that was there before and takes the new one in."""
    known = [book.open[p] for p in placed.partners if book.open[p].desk]
    if not known or not placed.slot.startswith("desk:"):
        return None
    first = known[0]
    for other in known[1:]:
        first = older(first, other)
    return first


def _claim(book: Book, placed: Placed, point: Point, alarm: Alarm, *, alone: bool) -> Open:
    """The incident that holds the alarm. A new one that will go into a survivor opens with what it means alone."""
    judged = placed.judged
    if placed.target is None:
        return _open(book, placed, point, alarm, alone=alone)
    incident = book.incident(placed.target)
    if judged.again:
        _count_again(book, judged, incident, alarm)
    else:
        row = _row(book, judged, point, alarm)
        alarm.incident = incident.id
        incident.live += 1
        incident.fires += int(judged.kind is Kind.FIRE)
        book.tell(Joined(incident=incident.id, alarm=row, at=book.t))
    if alone:
        return incident
    kind = judged.kind if placed.slot.startswith("desk:") else None
    news = placed.reasons if placed.grade < incident.grade or judged.again else _news(placed)
    raise_(book, incident, placed.grade, news, kind=kind, locus=judged.subject.locus)
    return incident


def _news(placed: Placed) -> tuple[Reason, ...]:
    """Joining at the same grade, only what company says is news; "one detector" beside the first is none."""
    own = len(placed.judged.reasons)
    return placed.reasons[: len(placed.reasons) - own]


def _open(book: Book, placed: Placed, point: Point, alarm: Alarm, *, alone: bool) -> Open:
    judged = placed.judged
    row = _row(book, judged, point, alarm)
    incident = open_(
        book,
        slot=placed.slot,
        locus=judged.subject.locus,
        grade=min(judged.grade, Grade.II) if alone else placed.grade,
        kind=judged.kind,
        reasons=judged.reasons if alone else placed.reasons,
        alarm=row,
        place=judged.subject.place_text,
        flags=judged.flags,
        marks=LATE if judged.late else 0,
    )
    alarm.incident = incident.id
    if placed.group:
        groups.claim(book, placed.group, incident.id)
    return incident


def _count_again(book: Book, judged: Judged, incident: Open, alarm: Alarm) -> None:
    alarm.told_at = book.t
    book.tell(Counted(incident=incident.id, alarm=alarm.id, count=alarm.count, at=book.t))
    if incident.marks & STAYS:
        wait_again(book, incident, judged.subject.locus)


def _row(book: Book, judged: Judged, point: Point, alarm: Alarm) -> AlarmRow:
    subject = judged.subject
    alarm.id = born(book.t, book.case.key, "alarm", judged.key, judged.bit, point.order, book.t)
    alarm.told_at = book.t
    row = AlarmRow(
        id=alarm.id,
        device_id=subject.device_id,
        address=subject.address,
        device=shown(subject),
        component=subject.component,
        kind=judged.kind,
        condition=NAMES[judged.bit],
        raised_at=alarm.at or book.t,
        received_at=alarm.since,
        text=alarm.text,
        raw=alarm.raw,
        gateway=subject.gateway,
        locus=subject.locus.key,
    )
    alarm.text, alarm.raw = "", b""
    return row


def _become_one(book: Book, placed: Placed, incident: Open, survivor: Open | None) -> None:
    """All partners and the new one become one row: the oldest of the desk, raised by what company says."""
    winner = incident
    if survivor is not None:
        winner = older(book.incident(survivor.id), incident) if placed.target else book.incident(survivor.id)
        news = _news(placed)
        raise_(book, winner, placed.grade, news or placed.reasons, kind=placed.judged.kind)
    for id_ in (incident.id, *placed.partners):
        if id_ != winner.id and id_ in book.open:
            reason = Reason(placed.why_merge, {"device": shown(placed.judged.subject), **_first(placed)})
            merge(book, book.incident(id_), winner, reason)


def _first(placed: Placed) -> dict[str, str | int | float]:
    return dict(placed.reasons[0].facts) if placed.group else {}


def _remember(book: Book, placed: Placed, point: Point, alarm: Alarm) -> None:
    judged = placed.judged
    rule, subject = judged.rule, judged.subject
    if not judged.late:
        for family in rule.families:
            book.note(family, judged.key, subject, alarm.incident)
    if rule.lasts is not None:
        book.wake(book.t + rule.lasts.seconds * SECOND, "lasts", f"{judged.bit}|{judged.key}")
    if rule.protection and not alarm.protects:
        alarm.protects = True
        book.owns("impaired")
        book.impaired[subject.locus.building] = book.impaired.get(subject.locus.building, 0) + 1
    if rule.group and not alarm.group:
        alarm.group = groups.key_of_group(judged.kind, rule.group, subject)
    if judged.bit & book.policy.reset_mask and not point.latched and subject.gateway == "gb26875":
        book.latch(groups.system_of(subject), judged.key)
