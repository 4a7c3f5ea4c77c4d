"""What people took out of an incident by hand: the case learns of a row that it did not open.

Enters: a `Standing` row that the case does not know, with its alarms. Leaves: an open incident of its own, to which its
devices' alarms, its loci and what they are company for now lead; the two are apart, so that nothing joins them again.
Absent: whether the split was allowed (incidents.rules).
"""

from collections.abc import Mapping

import msgspec

from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.groups import system_of
from zhigan.alarms.engine.model import ANSWERED, SETTLING, STANDS, STAYS, Alarm, Locus, Open
from zhigan.alarms.engine.rows import UNVERIFIED, enlist, times, unlist
from zhigan.incidents.model import Raised, Standing, State
from zhigan.vocabulary.grades import Grade, Kind


class _Taken(msgspec.Struct):
    """What of the case goes with the row that came out."""

    points: set[str] = set()
    loci: dict[str, Locus] = {}
    systems: dict[str, None] = {}
    live: int = 0
    fires: int = 0


def part(book: Book, row: Standing, slots: Mapping[str, str]) -> None:
    """`slots`: incident → slot as stored now; the one it came out of may have another.

    One that is closed already is no row of the case: only its alarms are known to be its own.
    """
    if row.state is State.CLOSED and not _strays(book, row):
        return
    from_ = book.living(row.split_from or "")
    parent = book.incident(from_) if from_ is not None else None
    taken = _take(book, row, parent)
    child = _child(book, row, parent, taken)
    if parent is not None:
        _leave(book, parent, child, taken, slots.get(parent.id, parent.slot))
    if row.state is State.CLOSED:
        return
    book.owns("merged")
    book.merged.pop(row.id, None)
    book.add(child)
    enlist(book, child)
    _retell(book, taken.points, child.id)
    if child.verify_by is not None:
        book.wake(child.verify_by, "verify", child.id)
    _ask(book, child)


def _strays(book: Book, row: Standing) -> bool:
    """Is an alarm of it still remembered as another incident's?"""
    own = {alarm for alarm, _ in row.alarms}
    return any(a.id in own and a.incident != row.id for p in book.points.values() for a in p.alarms.values())


def _take(book: Book, row: Standing, parent: Open | None) -> _Taken:
    """Its alarms that are remembered, and its loci: also those of which nothing is remembered any more."""
    taken = _Taken()
    locus_of = dict(row.alarms)
    for key in [k for k, p in book.points.items() if any(a.id in locus_of for a in p.alarms.values())]:
        point = book.point(key)
        taken.points.add(key)
        for bit, alarm in list(point.alarms.items()):
            if alarm.id in locus_of:
                point.alarms[bit] = msgspec.structs.replace(alarm, incident=row.id)
                taken.loci[point.subject.locus.key] = point.subject.locus
                taken.live += _lives(alarm)
                if point.subject.gateway == "gb26875":
                    taken.systems[system_of(point.subject)] = None
    taken.fires = len(locus_of) if row.kind is Kind.FIRE else 0
    keys = set(locus_of.values())
    for locus in parent.loci if parent is not None else ():
        if locus.key in keys:
            taken.loci.setdefault(locus.key, locus)
    return taken


def _lives(alarm: Alarm) -> int:
    return int(alarm.phase in (STANDS, SETTLING))


def _child(book: Book, row: Standing, parent: Open | None, taken: _Taken) -> Open:
    loci = tuple(taken.loci.values()) or (Locus(),)
    known = Open(row.id, row.slot, row.grade, row.kind, loci, book.t, desk_at=book.t) if parent is None else parent
    return msgspec.structs.replace(
        known,
        id=row.id,
        slot=row.slot,
        grade=row.grade,
        kind=row.kind,
        state=row.state,
        loci=loci,
        slots=(row.slot,),
        live=taken.live,
        fires=taken.fires,
        systems=tuple(taken.systems),
        absorbed=(),
        apart=() if parent is None else (*parent.apart, parent.id),
    )


def _leave(book: Book, parent: Open, child: Open, taken: _Taken, slot: str) -> None:
    unlist(book, parent)
    parent.slot = slot
    parent.loci = tuple(locus for locus in parent.loci if locus.key not in taken.loci) or _elsewhere(book, parent)
    parent.slots = (slot,)
    parent.live = max(0, parent.live - taken.live)
    parent.fires = max(0, parent.fires - taken.fires)
    parent.absorbed = tuple(i for i in parent.absorbed if i != child.id)
    parent.apart = (*parent.apart, child.id)
    enlist(book, parent)


def _elsewhere(book: Book, parent: Open) -> tuple[Locus, ...]:
    """It was found under the loci that left; what stays says where it is."""
    return tuple(
        {
            point.subject.locus: None
            for point in book.points.values()
            if any(a.id and book.living(a.incident) == parent.id for a in point.alarms.values())
        }
    )


def _retell(book: Book, points: set[str], incident: str) -> None:
    """Company for what comes next leads to the incident that its device is in now."""
    book.owns("near")
    for family, shelf in book.near.items():
        book.near[family] = {
            zone: tuple(msgspec.structs.replace(n, incident=incident) if n.point in points else n for n in entries)
            for zone, entries in shelf.items()
        }


def _ask(book: Book, incident: Open) -> None:
    """II is closed or becomes I, never left: where nobody is waited for any more, the site is asked anew."""
    if incident.grade is not Grade.II or incident.state not in UNVERIFIED or incident.marks & (ANSWERED | STAYS):
        return
    if incident.answer_by is None:
        _, incident.answer_by, _ = times(book, incident.loci[0])
        book.tell(
            Raised(incident=incident.id, grade=incident.grade, reasons=(), at=book.t, answer_by=incident.answer_by)
        )
    book.wake(incident.answer_by, "answer", incident.id)
