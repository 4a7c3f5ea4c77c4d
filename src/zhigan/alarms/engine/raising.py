"""Stage 2: from conditions to alarms. Holds, tests, flapping, repeats; never a fire delayed.

Enters: `Heard`. Leaves: `Rise` for each alarm that now counts, in the order of its bits. What does not count yet
(held), not now (test, out of service) or not any more (repeats) is remembered and its reason given. Absent: grades.
"""

import msgspec

from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.conditions import DUTY_MISSED, MANUAL_ALARM, Heard, stored
from zhigan.alarms.engine.limits import Facts
from zhigan.alarms.engine.model import CLEARED, HELD, SETTLING, STANDS, TESTED, Alarm, Point, Subject, Test
from zhigan.alarms.engine.policy import Rule
from zhigan.incidents.model import Counted, Reason, Why
from zhigan.vocabulary.conditions import URGENT
from zhigan.vocabulary.moments import SECOND

_URGENT = int(URGENT)


class Rise(msgspec.Struct, gc=False):
    """An alarm that counts from now on. `again`: the open incident that holds its row already, to be counted up;
    `repeat`: `Rule.repeat_grade` holds."""

    key: str
    subject: Subject
    bit: int
    rule: Rule
    facts: Facts = {}
    again: str = ""
    repeat: bool = False
    late: bool = False
    extra: tuple[Reason, ...] = ()


def rise(book: Book, heard: Heard) -> list[Rise]:
    found: list[Rise] = []
    bits = heard.came
    while bits:
        bit = bits & -bits
        bits ^= bit
        one = _come(book, heard, bit)
        if one is not None:
            found.append(one)
    bits = heard.again
    while bits:
        bit = bits & -bits
        bits ^= bit
        one = _again(book, heard, bit)
        if one is not None:
            found.append(one)
    return found


def _come(book: Book, heard: Heard, bit: int) -> Rise | None:
    subject = heard.subject
    rule = book.policy.rule(bit, subject, book.context.premises, book.night)
    if rule is None or not rule.row:
        heard.recorded |= bit
        return None
    if not subject.in_service and not bit & _URGENT:
        book.hush(subject, Why.NOT_IN_SERVICE)
        return None
    point = book.point(heard.key)
    known = point.alarms.get(bit)
    if known is not None and known.phase == SETTLING:
        return _flapped(book, heard, point, known)
    alarm = _next(book, heard, known, bit, rule)
    point.alarms[bit] = alarm
    facts = heard.facts.get(bit, {})
    hold_s = max(rule.hold_s, heard.holds.get(bit, 0))
    if hold_s and not heard.passing:
        alarm.phase, alarm.facts = HELD, facts if rule.hold_s else {**facts, "seconds": hold_s}
        began = book.t if bit & _URGENT else min(book.t, heard.signal.at)
        alarm.due = max(book.t, began + hold_s * SECOND)
        book.wake(alarm.due, "hold", f"{bit}|{heard.key}")
        book.hush(subject, Why.HELD, seconds=hold_s)
        return None
    return count(book, heard.key, point, alarm, rule, facts, late=heard.late)


def _next(book: Book, heard: Heard, known: Alarm | None, bit: int, rule: Rule) -> Alarm:
    """The alarm as it begins; one that is still remembered goes on with its number and its count."""
    signal = heard.signal
    alarm = Alarm(bit, STANDS, book.t, at=signal.at, text=signal.text, raw=signal.raw, late=heard.late)
    alarm.stored = stored(book, signal)
    if known is not None and known.phase == CLEARED and known.due >= book.t:
        window = book.t - book.policy.flap.window_s * SECOND
        alarm.flips = tuple(f for f in known.flips if f >= window)
        alarm.id, alarm.incident, alarm.count, alarm.told_at = known.id, known.incident, known.count, known.told_at
    return alarm


def count(
    book: Book, key: str, point: Point, alarm: Alarm, rule: Rule, facts: Facts, *, late: bool = False,
    extra: tuple[Reason, ...] = (), stood: bool = False,
) -> Rise | None:  # fmt: skip
    """The alarm counts now, unless a test covers it."""
    subject = point.subject
    test = covering(book, subject)
    if test is not None and stood:  # its row is open already: the test adds nothing to it
        book.hush(subject, Why.TEST_MODE, until=test.until, person=test.person, purpose=test.purpose)
        return None
    if test is not None:
        return _in_test(book, key, point, alarm, rule, test)
    repeat = bool(rule.repeat_grade) and bool(alarm.id) and bool(rule.repeat_within_s)
    again = (book.living(alarm.incident) or "") if alarm.id and not late and not rule.group else ""
    if again:
        alarm.count += 1
        book.incident(again).live += int(not stood)
    else:
        alarm.id, alarm.incident, alarm.count = "", "", 1
    alarm.phase = STANDS
    alarm.flips = (*alarm.flips[-book.policy.flap.times + 1 :], book.t)
    return Rise(key, subject, alarm.bit, rule, facts, again, repeat, late, extra)


def _flapped(book: Book, heard: Heard, point: Point, known: Alarm) -> None:
    """It only seemed gone: it comes and goes too often for its going to be believed."""
    alarm = msgspec.structs.replace(known, phase=STANDS, due=0)
    point.alarms[known.bit] = alarm
    repeated(book, alarm)
    book.hush(heard.subject, Why.FLAPPING, count=alarm.count)


def _again(book: Book, heard: Heard, bit: int) -> Rise | None:
    """Said again while it stands: counted, and told outward only now and then."""
    known = book.points[heard.key].alarms.get(bit)
    if known is None:
        return None
    subject = heard.subject
    if known.phase in (HELD, TESTED):
        book.hush(subject, Why.HELD if known.phase == HELD else Why.TEST_MODE)
        return None
    point = book.begin(heard.key, subject)
    point.order = heard.signal.received_at
    alarm = point.alarms[bit] = msgspec.structs.replace(known)
    if bit == DUTY_MISSED:
        rule = book.policy.rule(bit, subject, book.context.premises, book.night)
        if rule is None:
            return None
        one = count(book, heard.key, point, alarm, rule, {}, stood=True)
        if one is not None:
            one.repeat = rule.repeat_grade is not None
        return one
    silence = book.t - (known.heard_at or known.since)
    alarm.heard_at = book.t
    if book.living(alarm.incident) is None:
        # Nobody holds a button for hours, and many panels never tell that a detector is normal again.
        if bit == MANUAL_ALARM or silence >= book.policy.told_anew_s * SECOND:
            rule = book.policy.rule(bit, subject, book.context.premises, book.night)
            alarm.at, alarm.since = heard.signal.at, book.t
            return None if rule is None else count(book, heard.key, point, alarm, rule, {})
        book.hush(subject, Why.STILL_STANDING)
        return None
    repeated(book, alarm)
    book.hush(subject, Why.REPEATED, count=alarm.count)
    return None


def repeated(book: Book, alarm: Alarm) -> None:
    """Count it; tell it when the last telling is long enough ago."""
    alarm.count += 1
    incident = book.living(alarm.incident)
    if incident is not None and book.t - alarm.told_at >= book.policy.repeat_told_s * SECOND:
        alarm.told_at = book.t
        book.tell(Counted(incident=incident, alarm=alarm.id, count=alarm.count, at=book.t))


def covering(book: Book, subject: Subject) -> Test | None:
    if not book.context.tests:
        return None
    return next((t for t in book.context.tests if covers(t, subject, book.t)), None)


def covers(test: Test, subject: Subject, t: int) -> bool:
    if t >= test.until:
        return False
    if test.whole or (test.building and subject.locus.building == test.building):
        return True
    if subject.device_id is not None and subject.device_id in test.devices:
        return True
    named = test.addresses
    if subject.address in named or (subject.parent and subject.parent in named):
        return True
    if not subject.system:
        return False
    system = f"{subject.parent or subject.address}/{subject.system}"
    return system in named or subject.system in test.systems or system in test.systems


def scopes(book: Book) -> tuple[str, ...]:
    """The tests of now in a form that shows any change of them."""
    return tuple(
        "|".join((t.id, str(t.until), str(t.whole), t.building, *t.addresses, *t.devices, *t.systems))
        for t in book.context.tests
    )


def _in_test(book: Book, key: str, point: Point, alarm: Alarm, rule: Rule, test: Test) -> Rise | None:
    """Silent, kept and visible; but a call point together with water flow still asks the operator."""
    subject = point.subject
    alarm.phase = TESTED
    alarm.id = alarm.incident = ""
    book.owns("tested")
    book.tested[key] = test.until
    book.tests = scopes(book)
    book.wake(test.until, "test", key)
    book.hush(subject, Why.TEST_MODE, until=test.until, person=test.person, purpose=test.purpose)
    partner = _test_pair(book, key, subject, rule)
    if partner is None:
        return None
    alarm.phase = STANDS
    alarm.flips = (*alarm.flips, book.t)
    reason = Reason(Why.TEST_CALL_POINT_AND_FLOW, {"device": subject.name or subject.address, "other": partner})
    return Rise(key, subject, alarm.bit, rule, extra=(reason,))


def _test_pair(book: Book, key: str, subject: Subject, rule: Rule) -> str | None:
    """The other half of the pair, seen lately in the same building inside the test."""
    call, flow = book.policy.test_pair
    wanted = flow if call in rule.families else call if flow in rule.families else None
    if wanted is None:
        return None
    building = subject.locus.building
    mine = call if wanted == flow else flow
    book.note(f"test:{mine}", key, subject, "")
    since = book.t - book.policy.test_pair_s * SECOND
    for near in book.near.get(f"test:{wanted}", {}).get(f"{building}|*" if building else "*", ()):
        if near.at >= since and near.point != key:
            return near.name
    return None
