"""Stage 1: from what was said to what is true. A signal becomes what came, what went, and what was said again.

Enters: a seen signal. Leaves: `Heard` for each point of which something changed; the book knows the new conditions.
Absent: whether any of it is an alarm. A status older than the last one heard of its point is history only, except that
a fire in it is never lost: it came and went.
"""

from collections.abc import Iterable

import msgspec

from zhigan.alarms.engine.book import Book, key_of
from zhigan.alarms.engine.limits import IMPLAUSIBLE, NOTHING, Facts, judge
from zhigan.alarms.engine.model import Point, Seen, Subject
from zhigan.incidents.model import Why
from zhigan.vocabulary.conditions import FIRES, URGENT, Condition, Operation
from zhigan.vocabulary.moments import MINUTE, SECOND
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

OFFLINE = int(Condition.OFFLINE)
DUTY_MISSED = int(Condition.DUTY_MISSED)
MANUAL_ALARM = int(Condition.MANUAL_ALARM)
LOUD = int(URGENT) | DUTY_MISSED
"""Conditions whose repetition says something: a fire that is still told, a second missed duty check."""
AHEAD = 3 * MINUTE
"""Times of receipt run ahead of the clock by at most 2 minutes (gateways.intake)."""
_FIRES = int(FIRES)
_URGENT = int(URGENT)
_LATE = int(Flag.LATE)
_STAMPED = int(Flag.STAMPED)
_JUDGED = int(Flag.JUDGED)
_BELIEVED = int(Flag.LATE | Flag.STAMPED)


class Heard(msgspec.Struct, gc=False):
    """What changed at one point. `passing`: what came is already known to be gone."""

    key: str
    subject: Subject
    signal: Signal
    came: int = 0
    went: int = 0
    again: int = 0
    late: bool = False
    passing: bool = False
    recorded: int = 0  # of what came: without a row of its own
    facts: dict[int, Facts] = {}
    holds: dict[int, int] = {}  # seconds for which what came must stand, by its limit


def hear(book: Book, seen: Seen) -> Iterable[Heard]:
    signal = seen.signal
    match signal.kind:
        case SignalKind.STATUS:
            return _silent(book, seen.subject, _status(book, seen.subject, signal, signal.conditions, signal.known))
        case SignalKind.READINGS:
            return _readings(book, seen)
        case SignalKind.OPERATION:
            return _operation(book, seen.subject, signal)
        case SignalKind.LINK:
            return _silent(book, seen.subject, _link(book, seen.subject, signal))
        case SignalKind.SEEN:
            return _seen(book, seen)
        case _:
            return ()


def _status(book: Book, subject: Subject, signal: Signal, said: int, known: int) -> tuple[Heard, ...]:
    key = key_of(subject)
    point = book.points.get(key)
    late = signal.flags & _LATE != 0 or signal.received_at - signal.at > book.policy.late_s * SECOND
    if point is None:
        if not said:
            return ()
        told = 0
    else:
        told = point.told
        if _overtaken(book, signal, point) or ((late or signal.flags & _STAMPED) and signal.at < point.at):
            return _outdated(book, point, key, subject, signal, said, late)
    came, went, again = said & ~told, told & (known | said) & ~said, said & told
    judged = signal.flags & _JUDGED != 0
    if told & OFFLINE and not said & OFFLINE and not late and not judged:
        went |= OFFLINE
    if not came and not went:
        if not again & LOUD:
            if again:
                book.hush(subject, Why.REPEATED)
            return ()
        return (Heard(key, subject, signal, 0, 0, again & LOUD),)
    measured = 0 if point is None else point.conditions & ~told
    point = book.begin(key, subject)
    point.told = (told | came) & ~went
    if not judged:
        point.order, point.at = signal.received_at, signal.at
    book.spoke[key] = None
    fires = bool(came & _FIRES) and stored(book, signal)
    passing = fires and _restored(book, key, subject, signal)
    heard = Heard(key, subject, signal, came & ~measured, went & ~measured, again & LOUD, passing, passing)
    if judged:
        heard.facts = {bit: dict(signal.facts) for bit in _each(heard.came)}
    return (heard,)


def _each(bits: int) -> Iterable[int]:
    while bits:
        yield bits & -bits
        bits &= bits - 1


def _overtaken(book: Book, signal: Signal, point: Point) -> bool:
    """Heard before what is known of the point. What was heard in the future was so under a clock since set back."""
    return signal.received_at < point.order <= book.now + AHEAD


def stored(book: Book, signal: Signal) -> bool:
    """Older than `late_s` by a clock that can be believed: the network's or carrier's, or a device's that is right now.
    What a slow clock calls old is a fire of now."""
    return bool(signal.flags & _BELIEVED) and signal.received_at - signal.at > book.policy.late_s * SECOND


def _restored(book: Book, key: str, subject: Subject, signal: Signal) -> bool:
    """Is it known that this late fire is over? By the rest of the batch, or by what the registry last heard."""
    return book.calm_after(key) > signal.received_at or subject.normal_at > signal.at


def _outdated(
    book: Book, point: Point, key: str, subject: Subject, signal: Signal, said: int, late: bool
) -> tuple[Heard, ...]:
    fires = said & _URGENT & ~point.conditions
    known = 0
    for bit, alarm in point.alarms.items():
        if fires & bit and alarm.since >= signal.received_at:
            known |= bit
    fires &= ~known
    if not fires:
        book.hush(subject, Why.STALE)
        return ()
    book.begin(key, subject)
    return (Heard(key, subject, signal, fires, 0, 0, late, True),)


def _readings(book: Book, seen: Seen) -> list[Heard]:
    signal = seen.signal
    found: dict[str, Heard] = {}
    if signal.points:
        named = {s.address: s for s in seen.points}
        for address, metric, value in zip(signal.points, signal.metrics, signal.values, strict=False):
            if address in named:
                _reading(book, found, named[address], signal, metric, value)
    else:
        for metric, value in zip(signal.metrics, signal.values, strict=False):
            _reading(book, found, seen.subject, signal, metric, value)
    for subject in {s.address: s for s in (*seen.points, seen.subject)}.values():
        _back_online(book, found, key_of(subject), subject, signal)
    return list(found.values())


def _reading(
    book: Book, found: dict[str, Heard], subject: Subject, signal: Signal, metric: int, value: float,
    *, doubts: bool = True,
) -> None:  # fmt: skip
    key = key_of(subject)
    point = book.points.get(key)
    before = NOTHING if point is None else point.metrics.get(metric, NOTHING)
    after, facts, holds = judge(book.policy, subject.type, metric, before, value, signal.at, subject.own, doubts=doubts)
    if after is None and before is NOTHING:
        return
    if signal.at < before.at:
        book.hush(subject, Why.STALE)
        return
    point = book.begin(key, subject)
    was = point.conditions
    book.measure(key, metric, after)
    now = point.conditions
    heard = found.get(key)
    if heard is None:
        heard = found[key] = Heard(key, subject, signal, facts={}, holds={})
    heard.came = (heard.came | now & ~was) & ~(was & ~now)
    heard.went = (heard.went | was & ~now) & ~(now & ~was)
    heard.facts.update(facts)
    heard.holds.update(holds)
    if now != was:
        book.spoke[key] = None


def _back_online(book: Book, found: dict[str, Heard], key: str, subject: Subject, signal: Signal) -> None:
    """Whoever speaks is not offline; what the network had stored says nothing about now."""
    point = book.points.get(key)
    if point is None or not point.told & OFFLINE or signal.flags & _LATE:
        return
    point = book.begin(key, subject)
    point.told &= ~OFFLINE
    book.spoke[key] = None
    heard = found.get(key)
    if heard is None:
        heard = found[key] = Heard(key, subject, signal)
    heard.went |= OFFLINE


def _silent(book: Book, subject: Subject, heard: Iterable[Heard]) -> Iterable[Heard]:
    """A reading was doubted because it leapt, and now its sensor is silent: what broke it may be the fire."""
    for one in heard:
        yield one
        if one.came & OFFLINE:
            for key, metric, value in _doubted(book, subject):
                found: dict[str, Heard] = {}
                _reading(book, found, book.points[key].subject, one.signal, metric, value, doubts=False)
                yield from found.values()


def _doubted(book: Book, subject: Subject) -> list[tuple[str, int, float]]:
    """Of the device itself and of what speaks through it."""
    return [
        (key, metric, measured.value)
        for key, point in book.points.items()
        if point.subject.gateway == subject.gateway and subject.address in (point.subject.address, point.subject.parent)
        for metric, measured in point.metrics.items()
        if measured.bits == IMPLAUSIBLE and measured.at
    ]


def _operation(book: Book, subject: Subject, signal: Signal) -> tuple[Heard, ...]:
    """Conditions that an operation means; what it does to others is operations.py."""
    said, known = signal.conditions, signal.known
    if signal.operations & Operation.MANUAL_ALARM:
        said |= MANUAL_ALARM
    if signal.operations & Operation.ALARM_CLEARED and not said & MANUAL_ALARM:
        known |= MANUAL_ALARM
    if signal.operations & Operation.DUTY_ANSWER:
        known |= DUTY_MISSED
    return _status(book, subject, signal, said, known) if said | known else ()


def _link(book: Book, subject: Subject, signal: Signal) -> Iterable[Heard]:
    """A lost connection is not yet silence: OFFLINE is judged by class (offline.py) and told as a condition."""
    if (signal.conditions | signal.known) & OFFLINE:
        return _status(book, subject, signal, signal.conditions, signal.known)
    found: dict[str, Heard] = {}
    if signal.values and signal.values[0] >= 1.0:
        _back_online(book, found, key_of(subject), subject, signal)
    return found.values()


def _seen(book: Book, seen: Seen) -> Iterable[Heard]:
    found: dict[str, Heard] = {}
    prefix = "" if seen.subject.gateway == "gb26875" else f"{seen.subject.gateway}:"
    for address in seen.signal.points:
        key = prefix + address
        point = book.points.get(key)
        if point is not None and point.told & OFFLINE:
            _back_online(book, found, key, point.subject, seen.signal)
    return found.values()
