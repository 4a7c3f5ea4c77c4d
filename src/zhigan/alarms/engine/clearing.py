"""The other half of the stages: what went. Alarms cleared, settling while they flap, rows that end by themselves.

Enters: `Heard.went`, and resets. Leaves: `Cleared`, `Ended`, and a memory of the alarm until no rule can need it.
Absent: closing a desk incident; only people do that.
"""

import msgspec

from zhigan.alarms.engine import groups
from zhigan.alarms.engine.book import Book, shown
from zhigan.alarms.engine.conditions import Heard
from zhigan.alarms.engine.model import CLEARED, HELD, SETTLING, STANDS, STAYS, TESTED, Alarm, Open, Point
from zhigan.alarms.engine.rows import belate, end_if_over, remark
from zhigan.incidents.model import Cleared, Reason, Why
from zhigan.vocabulary.conditions import FIRES
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import MINUTE, SECOND
from zhigan.vocabulary.premises import PremisesClass

_FIRES = int(FIRES)


def fall(book: Book, heard: Heard) -> None:
    """What went, and what only passed by."""
    bits = heard.went
    if heard.passing:
        bits |= heard.came
        book.point(heard.key).told &= ~heard.came
    while bits:
        bit = bits & -bits
        bits ^= bit
        known = book.points[heard.key].alarms.get(bit)
        gone(book, heard.key, bit, Reason(Why.RESTORED), settles=not heard.passing)
        if known is not None and not heard.passing and known.phase == STANDS and bit & _FIRES:
            _was_over(book, heard, known)
    book.drop_if_normal(heard.key)


def _was_over(book: Book, heard: Heard, alarm: Alarm) -> None:
    """补报: a fire told late whose end, told after it, lies before its telling. Alone and untouched it is III."""
    id_ = book.living(alarm.incident)
    if not alarm.stored or heard.signal.at >= alarm.since or id_ is None:
        return
    incident = book.incident(id_)
    incident.belated += 1
    if incident.belated >= incident.fires and not incident.live and not incident.absorbed:
        minutes = (alarm.since - alarm.at) // MINUTE
        belate(book, incident, heard.key, Reason(Why.LATE_FIRE, {"device": shown(heard.subject), "minutes": minutes}))


def gone(book: Book, key: str, bit: int, reason: Reason, *, settles: bool = True) -> None:
    known = book.points[key].alarms.get(bit)
    if known is None or known.phase in (CLEARED, SETTLING):
        return
    point = book.point(key)
    if known.phase in (HELD, TESTED):
        del point.alarms[bit]
        book.hush(point.subject, Why.HELD if known.phase == HELD else Why.TEST_MODE)
        if known.phase == TESTED:
            untested(book, key, point)
        return
    alarm = point.alarms[bit] = msgspec.structs.replace(known)
    if settles and _flaps(book, alarm):
        alarm.phase, alarm.due = SETTLING, book.t + book.policy.flap.settle_s * SECOND
        book.wake(alarm.due, "settle", f"{bit}|{key}")
        book.hush(point.subject, Why.FLAPPING, count=alarm.count)
        return
    clear(book, key, point, alarm, reason)


def untested(book: Book, key: str, point: Point) -> None:
    """Nothing of the point is silent in a test any more."""
    if not any(a.phase == TESTED for a in point.alarms.values()):
        book.owns("tested")
        book.tested.pop(key, None)


def _flaps(book: Book, alarm: Alarm) -> bool:
    flap = book.policy.flap
    return len(alarm.flips) >= flap.times and alarm.flips[-flap.times] >= book.t - flap.window_s * SECOND


def clear(book: Book, key: str, point: Point, alarm: Alarm, reason: Reason) -> None:
    """`alarm` is a copy that the book owns."""
    alarm.phase = CLEARED
    alarm.due = book.t + book.policy.memory_of.get(alarm.bit, 0)
    book.forget_at(alarm.due, f"alarm|{alarm.bit}|{key}")
    if alarm.protects:
        alarm.protects = False
        protected_again(book, point.subject.locus.building)
    if alarm.group:
        groups.leave(book, alarm.group, key)
        alarm.group = ""
    id_ = book.living(alarm.incident)
    book.tell(Cleared(incident=id_ or alarm.incident, alarm=alarm.id, at=book.t, reason=reason))
    if id_ is None:
        return
    incident = book.incident(id_)
    incident.live -= 1
    _stays(book, incident, reason)
    end_if_over(book, incident, reason)


def protected_again(book: Book, building: str) -> None:
    book.owns("impaired")
    left = book.impaired.get(building, 0) - 1
    if left > 0:
        book.impaired[building] = left
    else:
        book.impaired.pop(building, None)


def _stays(book: Book, incident: Open, reason: Reason) -> None:
    """A home, one detector, normal again in time: cooking, most likely. It stays II; people are called all the same."""
    if (
        book.context.premises is not PremisesClass.S3
        or reason.why is not Why.RESTORED
        or incident.grade is not Grade.II
    ):
        return
    seconds = (book.t - incident.since) // SECOND
    if incident.kind is not Kind.FIRE or incident.fires != 1 or incident.live or incident.marks & STAYS:
        return
    if seconds <= book.policy.single_restored_s:
        incident.marks |= STAYS
        incident.answer_by = None
        remark(book, incident, Reason(Why.SINGLE_RESTORED, {"seconds": seconds}))
