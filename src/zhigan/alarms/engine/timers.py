"""Stage 6: what time alone does. Holds that end, gas that lasts, countdowns spent, answers not come, tests over.

Enters: the book when a timer is due. Leaves: alarms that count now (`Rise`), raises and remarks. A timer only says
"look again": whatever made it pointless in the meantime makes it do nothing. Absent: a clock.
"""

import heapq

import msgspec

from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.clearing import clear, untested
from zhigan.alarms.engine.model import ANSWERED, HELD, SETTLING, STANDS, STAYS, TESTED, Case, Locus, adjacent
from zhigan.alarms.engine.raising import Rise, count, covering
from zhigan.alarms.engine.rows import UNVERIFIED, escalate, raise_, remark
from zhigan.incidents.model import Reason, Why
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import MINUTE, SECOND

_FEEDBACK = int(Condition.FEEDBACK)


def ring(book: Book) -> list[Rise]:
    """The first timer, which is due."""
    book.owns("timers")
    at, what, whom = heapq.heappop(book.timers)
    book.t = at
    match what:
        case "verify":
            _verify(book, at, whom)
        case "answer":
            _answer(book, at, whom)
        case "hold":
            return _hold(book, at, whom)
        case "settle":
            _settle(book, at, whom)
        case "lasts":
            _lasts(book, whom)
        case "test":
            return retest(book, whom)
        case _:
            pass  # a timer of a version to come, in a blob that was rolled back
    return []


def next_due(book: Book) -> int | None:
    """When to be called again. Memory that is only to be dropped wakes nobody by itself, but in the end it does."""
    while book.timers and not _matters(book, *book.timers[0]):
        book.owns("timers")
        heapq.heappop(book.timers)
    return first(book)


def first(of: Book | Case) -> int | None:
    drop = of.forget[0][0] + 10 * MINUTE if of.forget else None
    if not of.timers:
        return drop
    return of.timers[0][0] if drop is None else min(drop, of.timers[0][0])


def _matters(book: Book, at: int, what: str, whom: str) -> bool:
    match what:
        case "verify":
            return whom in book.open and book.open[whom].verify_by == at
        case "answer":
            return whom in book.open and book.open[whom].answer_by == at
        case "test":
            return whom in book.tested
        case _:
            bit, _, key = whom.partition("|")
            return key in book.points and int(bit) in book.points[key].alarms


def _verify(book: Book, at: int, id_: str) -> None:
    found = book.open.get(id_)
    if found is None or found.verify_by != at or found.state not in UNVERIFIED:
        return
    incident = book.incident(id_)
    incident.verify_by = None
    seconds = (at - incident.since) // SECOND
    remark(book, incident, Reason(Why.STATION_SENT, {"seconds": seconds}), flag="station_sent", spends=True)


def _answer(book: Book, at: int, id_: str) -> None:
    found = book.open.get(id_)
    if found is None or found.answer_by != at or found.state not in UNVERIFIED or found.marks & (ANSWERED | STAYS):
        return
    incident = book.incident(id_)
    incident.answer_by = None
    seconds = (at - incident.since) // SECOND
    raise_(book, incident, Grade.I, (Reason(Why.NO_ANSWER, {"seconds": seconds}),))


def _hold(book: Book, at: int, whom: str) -> list[Rise]:
    bit, _, key = whom.partition("|")
    known = book.points[key].alarms.get(int(bit)) if key in book.points else None
    if known is None or known.phase != HELD or known.due != at:
        return []
    point = book.point(key)
    rule = book.policy.rule(known.bit, point.subject, book.context.premises, book.night)
    if rule is None or not rule.row:
        return []
    alarm = point.alarms[known.bit] = msgspec.structs.replace(known)
    facts, alarm.facts = alarm.facts, {}
    one = count(book, key, point, alarm, rule, facts, late=alarm.late)
    return [] if one is None else [one]


def _settle(book: Book, at: int, whom: str) -> None:
    bit, _, key = whom.partition("|")
    known = book.points[key].alarms.get(int(bit)) if key in book.points else None
    if known is None or known.phase != SETTLING or known.due != at:
        return
    point = book.point(key)
    alarm = point.alarms[known.bit] = msgspec.structs.replace(known)
    clear(book, key, point, alarm, Reason(Why.RESTORED))
    book.drop_if_normal(key)


def _lasts(book: Book, whom: str) -> None:
    bit, _, key = whom.partition("|")
    point = book.points.get(key)
    known = point.alarms.get(int(bit)) if point is not None else None
    if point is None or known is None or known.phase != STANDS:
        return
    subject = point.subject
    rule = book.policy.rule(known.bit, subject, book.context.premises, book.night)
    id_ = book.living(known.incident)
    if rule is None or rule.lasts is None or id_ is None:
        return
    stood = book.t - known.flips[-1] if known.flips else book.t - known.since
    if stood < rule.lasts.seconds * SECOND:
        return
    if rule.lasts.unless_valve_shut and _valve_shut(book, subject.locus):
        return
    reason = Reason(rule.lasts.why, {"device": subject.name or subject.address, "seconds": stood // SECOND})
    escalate(book, book.incident(id_), rule.lasts.grade, (reason,), subject.locus)


def _valve_shut(book: Book, locus: Locus) -> bool:
    """A valve near it says that it is closed; a valve that says nothing counts as open."""
    return any(adjacent(locus, at) and book.points[key].told & _FEEDBACK for key, at in book.shut.items())


def retest(book: Book, key: str) -> list[Rise]:
    """Is what is silent here still under test? What stands on after the test is real until somebody says otherwise."""
    if key not in book.tested or key not in book.points:
        return []
    point = book.point(key)
    test = covering(book, point.subject)
    if test is not None:
        if test.until != book.tested[key]:
            book.owns("tested")
            book.tested[key] = test.until
            book.wake(test.until, "test", key)
        return []
    found: list[Rise] = []
    reason = Reason(Why.TEST_ENDED, {"device": point.subject.name or point.subject.address})
    for bit, known in list(point.alarms.items()):
        if known.phase != TESTED:
            continue
        rule = book.policy.rule(bit, point.subject, book.context.premises, book.night)
        if rule is None:
            del point.alarms[bit]
            continue
        alarm = point.alarms[bit] = msgspec.structs.replace(known)
        one = count(book, key, point, alarm, rule, {}, extra=(reason,))
        if one is not None:
            found.append(one)
    untested(book, key, point)
    return found


def forget(book: Book) -> None:
    """Drop what no rule can need any more. Windows are checked where they are used; this only frees the memory."""
    while book.forget and book.forget[0][0] <= book.t:
        book.owns("forget")
        _, what = heapq.heappop(book.forget)
        kind, _, rest = what.partition("|")
        match kind:
            case "alarm":
                _forget_alarm(book, rest)
            case "near":
                book.forget_near(rest)
            case "reset":
                if book.resets.get(rest, book.t) + book.policy.again_after_reset_s * SECOND <= book.t:
                    book.owns("resets")
                    book.resets.pop(rest, None)
            case "noted":
                _forget_noted(book, rest)
            case _:
                pass


def _forget_alarm(book: Book, whom: str) -> None:
    bit, _, key = whom.partition("|")
    known = book.points[key].alarms.get(int(bit)) if key in book.points else None
    if known is not None and known.phase not in (HELD, STANDS, SETTLING, TESTED) and known.due <= book.t:
        del book.point(key).alarms[int(bit)]
        book.drop_if_normal(key)


def _forget_noted(book: Book, key: str) -> None:
    point = book.points.get(key)
    if point is not None and point.noted and point.noted_until <= book.t:
        book.point(key).noted = 0
        book.drop_if_normal(key)
