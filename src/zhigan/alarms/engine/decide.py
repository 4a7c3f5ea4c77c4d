"""`decide`: signals in, verdict out. Pure: the same arguments give the same answer, live, in tests, and in a replay.

Enters: a case, its context, seen signals, the policy, the moment; what people did meanwhile. Leaves: a `Verdict`.
Absent: I/O, a clock, chance. The stages, each handing on a type of its own:

    hear        Seen   → Heard    what came and went                     conditions.py
    rise        Heard  → Rise     what counts: holds, tests, repeats     raising.py
    grade       Rise   → Judged   what it means alone                    grading.py
    place       Judged → Placed   what it means in company, and where    correlation.py
    put         Placed → changes  rows opened, joined, raised, merged    placing.py
    fall        Heard  → changes  what went                              clearing.py

Signals are judged in the order in which the city heard them, timers between them at their own moments, so that it makes
no difference how a stream is cut into calls.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from zhigan.alarms.engine import operations, people, timers
from zhigan.alarms.engine.book import Book, key_of
from zhigan.alarms.engine.clearing import fall
from zhigan.alarms.engine.conditions import Heard, hear
from zhigan.alarms.engine.correlation import place
from zhigan.alarms.engine.grading import grade
from zhigan.alarms.engine.model import Case, Context, Seen, Verdict
from zhigan.alarms.engine.placing import put
from zhigan.alarms.engine.policy import Policy, is_system
from zhigan.alarms.engine.raising import Rise, rise, scopes
from zhigan.alarms.engine.recorded import record
from zhigan.incidents.model import Standing
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.signals import SignalKind

_FIRE = int(Condition.FIRE)
_heard_at = attrgetter("signal.received_at")


def decide(
    case: Case, context: Context, seen: Sequence[Seen], policy: Policy, now: int, standing: Sequence[Standing] = ()
) -> Verdict:
    if len(seen) == 1 and not standing and _nothing(case, seen[0], now):
        return Verdict(case=case, due_at=timers.first(case))
    ordered = seen if len(seen) < 2 else sorted(seen, key=_heard_at)
    book = Book(case, context, policy, ordered, now)
    if standing:
        people.refresh(book, standing)
    if book.tested:
        _tests_changed(book)
    for one in ordered:
        signal = one.signal
        _until(book, signal.received_at)
        if signal.kind == SignalKind.OPERATION:
            operations.work(book, one)
        for heard in hear(book, one):
            _carry(book, heard)
    _until(book, now)
    timers.forget(book)
    return Verdict(
        due_at=timers.next_due(book),
        case=book.close(),
        changes=tuple(book.changes),
        silent=tuple(book.silent),
        conditions=tuple(_spoken(book)),
    )


def _nothing(case: Case, one: Seen, now: int) -> bool:
    """Normal before, normal now, and no timer between: most of what is heard."""
    signal = one.signal
    if signal.kind != SignalKind.STATUS or signal.conditions or signal.operations or case.tested:
        return False
    if (case.timers and case.timers[0][0] <= now) or (case.forget and case.forget[0][0] <= now):
        return False
    point = case.points.get(key_of(one.subject))
    return point is None or not point.told


def _carry(book: Book, heard: Heard) -> None:
    """What came is raised before what went is cleared: gas that grows from low to high is one incident."""
    if heard.came or heard.again:
        _count(book, rise(book, heard))
        if heard.recorded:
            record(book, heard)
    fall(book, heard)
    if heard.went & _FIRE and heard.subject.system and is_system(heard.subject):
        operations.panel_normal(book, heard)


def _count(book: Book, rises: Iterable[Rise]) -> None:
    for one in rises:
        put(book, place(book, grade(book, one)))


def _until(book: Book, t: int) -> None:
    while book.timers and book.timers[0][0] <= t:
        _count(book, timers.ring(book))
    book.t = t


def _tests_changed(book: Book) -> None:
    """A test begun, ended or changed by hand since the last call: what is silent is looked at again."""
    current = scopes(book)
    if current == book.tests:
        return
    book.tests = current
    for key in list(book.tested):
        _count(book, timers.retest(book, key))


def _spoken(book: Book) -> Iterable[tuple[int, int]]:
    for key in book.spoke:
        point = book.points.get(key)
        if point is not None:
            yield point.subject.number, point.conditions
        elif key in book.numbers:
            yield book.numbers[key], 0
