"""What somebody did at a panel or a transmission device: reset, confirm, silence.

Enters: OPERATION signals. Leaves: alarms cleared by a reset (never incidents), the answer of the site, lines in the
timeline. Absent: conditions that an operation means by itself (conditions.py: manual alarm, duty answer).
"""

import msgspec

from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.clearing import clear, gone
from zhigan.alarms.engine.conditions import Heard
from zhigan.alarms.engine.groups import system_of
from zhigan.alarms.engine.model import ANSWERED, CLEARED, HELD, RESET_SAID, TESTED, Alarm, Open, Seen, Subject
from zhigan.alarms.engine.rows import UNVERIFIED, remark
from zhigan.incidents.model import Reason, Why
from zhigan.vocabulary.conditions import FIRES, Condition, Operation
from zhigan.vocabulary.moments import SECOND

_FIRE = int(Condition.FIRE)
_FIRES = int(FIRES | Condition.WATER_FLOW)
_REMARKED = (Operation.SILENCE, Operation.ALARM_CLEARED, Operation.CONFIRM, Operation.TEST)


def work(book: Book, seen: Seen) -> None:
    done, subject = seen.signal.operations, seen.subject
    told = False
    if done & Operation.CONFIRM:
        told = _answered(book, subject) or told
    for operation in _REMARKED:
        if done & operation and operation is not Operation.CONFIRM:
            told = _remarked(book, subject, operation) or told
    if done & Operation.RESET:
        told = _reset(book, subject, seen.signal.received_at) or told
    if not told and not done & (Operation.MANUAL_ALARM | Operation.DUTY_ANSWER):
        book.hush(subject, Why.OPERATION_IGNORED, operation=_name(done))


def _name(done: int) -> str:
    return ", ".join(o.name.lower() for o in Operation if o & done and o.name)


def _systems(book: Book, subject: Subject) -> list[str]:
    """The systems behind a device, or the one that the subject is or belongs to."""
    if subject.system:
        own = system_of(subject)
        return [own] if own in book.latched else []
    return [s for s in book.latched if s.startswith(f"{subject.address}/")]


def _concerned(book: Book, subject: Subject) -> list[str]:
    """Open desk incidents with alarms of these systems, standing or not, or of the device itself."""
    device = f"{subject.parent or subject.address}/"
    systems = (f"{device}{subject.system}", device)
    return [
        id_
        for id_, incident in book.open.items()
        if incident.systems
        and incident.desk
        and any(s in systems if subject.system else s.startswith(device) for s in incident.systems)
    ]


def _answered(book: Book, subject: Subject) -> bool:
    concerned = _concerned(book, subject)
    for id_ in concerned:
        if not book.open[id_].marks & ANSWERED:
            incident = book.incident(id_)
            incident.marks |= ANSWERED
            incident.answer_by = None
            seconds = (book.t - incident.since) // SECOND
            remark(book, incident, Reason(Why.ANSWERED, {"seconds": seconds}), flag="answered")
    return bool(concerned)


def _remarked(book: Book, subject: Subject, operation: Operation) -> bool:
    """Once an incident and operation: a hand on the button for an hour is one line."""
    concerned = _concerned(book, subject)
    for id_ in concerned:
        if not book.open[id_].operations & operation:
            incident = book.incident(id_)
            incident.operations |= int(operation)
            remark(book, incident, Reason(Why.OPERATION, {"operation": (operation.name or "").lower()}))
    return bool(concerned)


def _reset(book: Book, subject: Subject, heard_at: int) -> bool:
    incidents = _concerned(book, subject)
    found = False
    for system in _systems(book, subject):
        for key in list(book.latched[system]):
            if book.points[key].order <= heard_at:
                found = True
                _reset_point(book, system, key)
    for id_ in incidents:
        incident = book.open.get(id_)
        if incident is not None and incident.state in UNVERIFIED and not incident.marks & RESET_SAID:
            _say_unverified(book, book.incident(id_))
    return found


def _say_unverified(book: Book, incident: Open) -> None:
    incident.marks |= RESET_SAID
    seconds = (book.t - incident.since) // SECOND
    remark(book, incident, Reason(Why.RESET_UNVERIFIED, {"seconds": seconds}), flag="reset_unverified")


def panel_normal(book: Book, heard: Heard) -> None:
    """The panel's own fire bit is gone: so is every fire behind it that was told before. Many panels never say more."""
    for key in list(book.latched.get(system_of(heard.subject), ())):
        if book.points[key].told & _FIRE and book.points[key].order <= heard.signal.received_at:
            book.point(key).told &= ~_FIRE
            book.spoke[key] = None
            gone(book, key, _FIRE, Reason(Why.RESTORED), settles=False)
            book.drop_if_normal(key)


def _reset_point(book: Book, system: str, key: str) -> None:
    point = book.point(key)
    bits = point.told & book.policy.reset_mask
    point.told &= ~bits
    point.latched = ""
    book.unlatch(system, key)
    book.spoke[key] = None
    for bit, alarm in list(point.alarms.items()):
        if not bit & bits and alarm.phase not in (CLEARED,):
            continue
        if alarm.phase in (HELD, TESTED):
            gone(book, key, bit, Reason(Why.RESET))
        elif alarm.phase != CLEARED:
            if bit & _FIRES:
                _remember_reset(book, point.subject.locus.key)
            clear(book, key, point, _own(point.alarms, bit), Reason(Why.RESET))
    book.drop_if_normal(key)


def _own(alarms: dict[int, Alarm], bit: int) -> Alarm:
    alarms[bit] = msgspec.structs.replace(alarms[bit])
    return alarms[bit]


def _remember_reset(book: Book, locus: str) -> None:
    book.owns("resets")
    book.resets[locus] = book.t
    book.forget_at(book.t + book.policy.again_after_reset_s * SECOND, f"reset|{locus}")
