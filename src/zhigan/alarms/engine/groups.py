"""Many of a kind are one row: more than a tenth of a loop shielded or in fault, a fifth of a unit gone silent.

Enters: a judged alarm whose rule names a group. Leaves: the one row it belongs to, when the share is reached; the rows
that its members have so far go into that one. Absent: streets (their devices lie in many cases: streets.py).
"""

from bisect import bisect_left, insort

import msgspec

from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.grading import Judged
from zhigan.alarms.engine.model import Subject
from zhigan.alarms.engine.policy import Groups
from zhigan.alarms.engine.rows import row_slot
from zhigan.incidents.model import Reason, Why
from zhigan.vocabulary.grades import Kind
from zhigan.vocabulary.moments import SECOND


class One(msgspec.Struct, gc=False):
    key: str
    slot: str
    reason: Reason
    incident: str  # "" when it must be opened
    rows: tuple[str, ...]  # open rows of its members


def key_of_group(kind: Kind, group: str, subject: Subject) -> str:
    if group == "unit":
        return f"{kind}|unit"
    return f"{kind}|{system_of(subject)}"


def system_of(subject: Subject) -> str:
    return f"{subject.parent or subject.address}/{subject.system}"


def enter(book: Book, judged: Judged) -> str:
    """Count the point in; an alarm more of a point that is in already changes nothing."""
    key = key_of_group(judged.kind, judged.rule.group, judged.subject)
    group = book.groups.get(key)
    if group is not None and judged.key in group.members:
        return key
    group = book.group(key)
    group.members[judged.key] = book.t
    insort(group.onsets, book.t)
    return key


def leave(book: Book, key: str, point: str) -> None:
    group = book.groups.get(key)
    if group is None or point not in group.members:
        return
    group = book.group(key)
    since = group.members.pop(point)
    del group.onsets[bisect_left(group.onsets, since)]
    if not group.members:
        book.drop_group(key)


def row_of(book: Book, judged: Judged) -> One | None:
    key = enter(book, judged)
    group = book.groups[key]
    slot = row_slot(book, judged.kind, key)
    row = figures(book, judged.kind, judged.rule.group)
    of = _size(book, judged)
    since = 0 if not row.window_s else bisect_left(group.onsets, book.t - row.window_s * SECOND)
    count = len(group.onsets) - since
    why = book.policy.group_why.get(judged.kind, Why.FAULT_MANY)
    reason = Reason(why, {"count": count, "of": of, "percent": round(100 * count / of) if of else 0})
    if group.incident and book.living(group.incident):
        return One(key, slot, reason, group.incident, ())
    share = row.share * of
    if not of or count < row.least or count < share or (row.more_than and count <= share):
        return None
    return One(key, slot, reason, "", _rows(book, key, since))


def _rows(book: Book, key: str, since: int) -> tuple[str, ...]:
    """Open rows of the members that count; those that were silent long before stay rows of their own."""
    group = book.groups[key]
    first = group.onsets[since]
    found: dict[str, None] = {}
    for member, when in group.members.items():
        if when < first:
            continue
        for alarm in book.points[member].alarms.values():
            incident = book.living(alarm.incident) if alarm.group == key and alarm.incident else None
            if incident is not None and not book.open[incident].desk:
                found[incident] = None
    return tuple(found)


def _size(book: Book, judged: Judged) -> int:
    if judged.rule.group == "unit":
        return book.context.devices
    loops = book.context.loops
    return loops.get(system_of(judged.subject)) or loops.get(judged.subject.system, 0)


def figures(book: Book, kind: Kind, group: str) -> Groups:
    return book.policy.groups.get(f"{kind}/{group}") or book.policy.groups[group]


def claim(book: Book, key: str, incident: str) -> None:
    book.group(key).incident = incident
