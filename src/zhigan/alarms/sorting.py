"""Sorting a slice: every signal becomes a row of history; only what may change something goes to a case.

Enters: signals whose entries are known. Leaves: encoded rows by day, and the loud signals with who spoke. Pure but for
the memory of who was heard. This is the engine's hottest loop: no await, nothing built that is not needed.
"""

from typing import NamedTuple

import msgspec

from zhigan.alarms.engine import Policy, Seen, all_within, quiet
from zhigan.alarms.subjects import NOBODY, Known, Subjects
from zhigan.history import copyrows
from zhigan.history.rules import mark_key
from zhigan.vocabulary.conditions import FIRES, Condition
from zhigan.vocabulary.moments import DAY
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

_OFFLINE = int(Condition.OFFLINE)
_FIRE = int(Condition.FIRE)
_FIRES = int(FIRES)
_JUDGED = int(Flag.JUDGED)
_SEEN = int(SignalKind.SEEN)
_LINK = int(SignalKind.LINK)
_STATUS = int(SignalKind.STATUS)


class Loud(NamedTuple):
    signal: Signal
    known: Known
    points: tuple[Known, ...] = ()


class Sorted(msgspec.Struct):
    """`rows`: UTC day → encoded rows. `loud`: what a case must judge, in order."""

    rows: dict[int, list[bytes]] = {}
    loud: list[Loud] = []
    stamps: list[int] = []
    """Durable keys of what is judged here."""
    marks: set[int] = set()
    """Hours of blocks that have readings here (history.rules.mark_key): roll-ups are to see them."""
    measured: dict[int, Known] = {}
    """Entries that reported a metric for the first time since they are known here."""

    def entries(self) -> dict[int, Known]:
        """Everybody in `loud`, by identity: what judging may change."""
        return {id(known): known for loud in self.loud for known in (loud.known, *loud.points)}

    def by_case(self) -> dict[str, list[Seen]]:
        """What each touched case has seen. Everybody in `loud` must have been introduced."""
        touched: dict[str, list[Seen]] = {}
        for signal, known, points in self.loud:
            if known.subject is not None:
                subjects = tuple(p.subject for p in points if p.subject is not None)
                subject = known.subject
                if signal.conditions & _FIRES and known.normal_at > signal.at:  # old news: was it over since?
                    subject = msgspec.structs.replace(subject, normal_at=known.normal_at)
                touched.setdefault(known.case_key, []).append(Seen(signal, subject, subjects))
        return touched


def sort(signals: list[Signal], subjects: Subjects, policy: Policy) -> Sorted:
    work = Sorted()
    rows, marks = work.rows, work.marks
    stirred: set[int] = set()
    for signal in signals:
        if signal.kind == _SEEN:
            _heard_of(signal, subjects, work)
            continue
        table = subjects.of(signal.gateway)
        known = table[signal.address]
        if not _absence(signal):
            _heard(known, table, signal, subjects.heard, work)
        points = [table[address] for address in signal.points]
        row = copyrows.row(
            _addressed(signal) if known.number == NOBODY else signal, known.number, [p.number for p in points]
        )
        day = signal.received_at // DAY
        if day in rows:
            rows[day].append(row)
        else:
            rows[day] = [row]
        if signal.known & _FIRE and not signal.conditions & _FIRE and signal.kind == _STATUS:
            known.normal_at = signal.at
        if signal.metrics:
            marks.add(mark_key(signal.at, known.number))
            _measured(signal, known, points, work)
        if (stirred and _stirred(stirred, known, points)) or not _quiet(signal, known, points, policy):
            work.loud.append(Loud(signal, known, tuple(points)))
            stirred.add(id(known))
            stirred.update(map(id, points))
    return work


def _stirred(stirred: set[int], known: Known, points: list[Known]) -> bool:
    """Somebody was loud earlier in this slice: what he is in will be known only when that is judged."""
    return id(known) in stirred or any(id(point) in stirred for point in points)


def _absence(signal: Signal) -> bool:
    """Told by us about a device: not a sign of life."""
    return (
        signal.flags & _JUDGED != 0
        or signal.conditions & _OFFLINE != 0
        or (signal.kind == _LINK and signal.values == (0.0,))
    )


def _quiet(signal: Signal, known: Known, points: list[Known], policy: Policy) -> bool:
    """UNSETTLED has every bit, so nothing is quiet while a transaction is under way."""
    if not points:
        return quiet(signal, known.conditions, known.bounds(policy) if known.own else policy.bounds(known.type))
    conditions, own = known.conditions, False
    for point in points:
        conditions |= point.conditions
        own = own or bool(point.own)
    if own:
        return all_within(signal, conditions, [point.bounds(policy) for point in points])
    return quiet(signal, conditions, policy.tightest)


def _heard(known: Known, table: dict[str, Known], signal: Signal, heard: dict[int, int], work: Sorted) -> None:
    """A sign of life, of the device and of the transmission device before it."""
    at = signal.received_at
    heard[known.number] = at
    if known.conditions & _OFFLINE:
        _back(known, at, work)
    if known.parent and known.parent != known.address:
        above = table.get(known.parent)
        if above is not None:
            heard[above.number] = at
            if above.conditions & _OFFLINE:
                _back(above, at, work)


def _heard_of(signal: Signal, subjects: Subjects, work: Sorted) -> None:
    table = subjects.of(signal.gateway)
    for address, at in zip(signal.points, signal.values, strict=True):
        known = table[address]
        subjects.heard[known.number] = int(at)
        if known.conditions & _OFFLINE:
            _back(known, signal.received_at, work)


def _back(known: Known, at: int, work: Sorted) -> None:
    """Heard again: the engine is told in a signal of its own. UNSETTLED has every bit: then it is told to be sure."""
    signal = Signal(known.gateway, known.address, _STATUS, at, at, 0, _OFFLINE, type=known.type)
    work.loud.append(Loud(signal, known))


def _measured(signal: Signal, known: Known, points: list[Known], work: Sorted) -> None:
    if not points:
        if not known.metrics.issuperset(signal.metrics):
            known.metrics |= frozenset(signal.metrics)
            work.measured[known.number] = known
        return
    for point, metric in zip(points, signal.metrics, strict=True):
        if metric not in point.metrics:
            point.metrics |= {metric}
            work.measured[point.number] = point


def _addressed(signal: Signal) -> Signal:
    """Rows of what the registry has no room for carry their address in words."""
    named = msgspec.structs.replace(signal)
    named.text = f"{signal.gateway}:{signal.address} {signal.text}"
    return named
