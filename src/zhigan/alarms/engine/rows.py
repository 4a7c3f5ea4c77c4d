"""Incidents written: opened, joined, raised, merged, ended.

Enters: decisions of the stages, with the book. Leaves: changes told, and the book's index of open incidents kept true:
`where` (slot → incident), `desks` (zone → desk incidents), timers of countdown and answer. Absent: grading.
"""

from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.model import ANSWERED, LATE, STAYS, Locus, Open, zones
from zhigan.incidents.model import (
    AlarmRow,
    Belated,
    Ended,
    Merged,
    Opened,
    Outcome,
    Place,
    Raised,
    Reason,
    Remarked,
    State,
    Why,
)
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import SECOND

UNVERIFIED = (State.OPEN, State.VERIFYING)
_GRAVITY = (Kind.FIRE, Kind.GAS, Kind.ELECTRICAL)


def desk_slot(book: Book, locus: Locus) -> str:
    return f"desk:{book.case.key}:{locus.key}"


def row_slot(book: Book, kind: Kind, key: str) -> str:
    return f"{kind}:{book.case.key}:{key}"


def times(book: Book, locus: Locus) -> tuple[int, int, Reason | None]:
    """Verified by, answered by; halved where a fire would be unfought, with the reason."""
    row = book.policy.countdown_of[book.context.premises]
    verify, answer = (row.verify_night_s, row.answer_night_s) if book.night else (row.verify_day_s, row.answer_day_s)
    if not is_impaired(book, locus):
        return book.t + verify * SECOND, book.t + answer * SECOND, None
    factor = book.policy.impaired_factor
    halved = Reason(Why.IMPAIRED_HALVES_TIME, {"verify_s": int(verify * factor), "answer_s": int(answer * factor)})
    return book.t + int(verify * factor * SECOND), book.t + int(answer * factor * SECOND), halved


def is_impaired(book: Book, locus: Locus) -> bool:
    down = book.impaired
    if not down:
        return False
    return not locus.building or locus.building in down or "" in down


def open_(
    book: Book,
    *,
    slot: str,
    locus: Locus,
    grade: Grade,
    kind: Kind,
    reasons: tuple[Reason, ...],
    alarm: AlarmRow,
    place: str,
    flags: tuple[str, ...] = (),
    marks: int = 0,
) -> Open:
    incident = Open(
        id=born(book.t, book.case.key, "incident", slot, alarm.id),
        slot=slot,
        grade=grade,
        kind=kind,
        loci=(locus,),
        since=book.t,
        marks=marks,
        live=1,
        fires=int(kind is Kind.FIRE),
        slots=(slot,),
    )
    if incident.desk:
        reasons += _start_clock(book, incident, locus)
    incident.why = tuple(r.why for r in reasons)
    book.add(incident)
    book.owns("where")
    book.where[slot] = incident.id
    if incident.desk:
        _list(book, incident, locus)
    book.tell(
        Opened(
            incident=incident.id,
            slot=slot,
            case_key=book.case.key,
            locus=locus.key,
            grade=grade,
            kind=kind,
            place=place_of(book, locus, place),
            reasons=reasons,
            at=alarm.raised_at,
            received_at=alarm.received_at,
            alarms=(alarm,),
            verify_by=incident.verify_by,
            answer_by=incident.answer_by,
            flags=flags,
        )
    )
    return incident


def place_of(book: Book, locus: Locus, text: str) -> Place:
    place = book.context.places.get(locus.building) or book.context.place
    if not text or text == place.text:
        return place
    return Place(
        unit_id=place.unit_id,
        unit_code=place.unit_code,
        unit_name=place.unit_name,
        building_id=place.building_id,
        building_code=place.building_code,
        building_name=place.building_name,
        text=text,
        lon=place.lon,
        lat=place.lat,
        owned=place.owned,
    )


def _start_clock(book: Book, incident: Open, locus: Locus) -> tuple[Reason, ...]:
    """Countdown and answer of a row that has come to the desk; gives the reason when they are halved."""
    verify_by, answer_by, halved = times(book, locus)
    incident.verify_by = verify_by
    incident.desk_at = book.t
    book.wake(verify_by, "verify", incident.id)
    if incident.grade > Grade.I:
        incident.answer_by = answer_by
        book.wake(answer_by, "answer", incident.id)
    return () if halved is None else (halved,)


def _list(book: Book, incident: Open, locus: Locus) -> None:
    """Put a locus of a desk incident where it is looked for."""
    slot = desk_slot(book, locus)
    if slot not in book.where:
        book.owns("where")
        book.where[slot] = incident.id
        if slot not in incident.slots:
            incident.slots = (*incident.slots, slot)
    book.owns("desks")
    for zone in zones(locus)[0]:
        there = book.desks.get(zone, ())
        if incident.id not in there:
            book.desks[zone] = (*there, incident.id)


def enlist(book: Book, incident: Open) -> None:
    """All its slots lead to it, and its loci where they are looked for."""
    book.owns("where")
    for slot in incident.slots:
        book.where.setdefault(slot, incident.id)
    if incident.desk:
        for locus in incident.loci:
            _list(book, incident, locus)


def unlist(book: Book, incident: Open) -> None:
    book.owns("where")
    for slot in incident.slots:
        if book.where.get(slot) == incident.id:
            del book.where[slot]
    if incident.desk:
        _unlist_zones(book, incident)


def _unlist_zones(book: Book, incident: Open) -> None:
    book.owns("desks")
    for zone in {z for locus in incident.loci for z in zones(locus)[0]}:
        left = tuple(i for i in book.desks.get(zone, ()) if i != incident.id)
        if left:
            book.desks[zone] = left
        else:
            book.desks.pop(zone, None)


def reach(book: Book, incident: Open, locus: Locus) -> None:
    """A desk incident now also stands at `locus`."""
    if locus not in incident.loci:
        incident.loci = (*incident.loci, locus)
        _list(book, incident, locus)


def narrow(book: Book, incident: Open, locus: Locus) -> None:
    """Known only as "in the building" by the panel's own bit; now the first detector says where."""
    _unlist_zones(book, incident)
    incident.loci = (locus,)
    _list(book, incident, locus)


def graver(one: Kind, other: Kind) -> Kind:
    return next((k for k in _GRAVITY if k in (one, other)), one)


def raise_(
    book: Book,
    incident: Open,
    grade: Grade,
    reasons: tuple[Reason, ...],
    *,
    kind: Kind | None = None,
    locus: Locus | None = None,
) -> None:
    """Never lower; nothing is said when neither grade, kind nor reasons are new. A III or IV row that becomes grave
    moves to the desk: `locus` says to which slot, which must be free."""
    grade = min(grade, incident.grade)
    kind = graver(kind or incident.kind, incident.kind)
    new = tuple(r for r in reasons if r.why not in incident.why)
    to_desk = grade <= Grade.II and not incident.desk
    if grade == incident.grade and kind is incident.kind and not new and not to_desk:
        return
    incident.grade = grade
    moved: str | None = None
    if to_desk:
        where = locus or incident.loci[0]
        unlist(book, incident)
        moved = incident.slot = desk_slot(book, where)
        incident.loci, incident.slots = (where,), (moved,)
        book.where[moved] = incident.id
        _list(book, incident, where)
        new += _start_clock(book, incident, where)
    elif grade is Grade.I:
        incident.answer_by = None
    changed = None if kind is incident.kind else kind
    incident.kind = kind
    incident.why += tuple(r.why for r in new)
    book.tell(
        Raised(
            incident=incident.id,
            grade=grade,
            reasons=new,
            at=book.t,
            slot=moved,
            kind=changed,
            verify_by=incident.verify_by if to_desk else None,
            answer_by=incident.answer_by if to_desk else None,
        )
    )


def wait_again(book: Book, incident: Open, locus: Locus) -> None:
    """The single detector was normal again and now it is not: the site is asked once more."""
    incident.marks &= ~STAYS
    if incident.grade is not Grade.II or incident.marks & ANSWERED or incident.state not in UNVERIFIED:
        return
    _, answer_by, _ = times(book, locus)
    if incident.answer_by is None or incident.answer_by <= book.t:
        incident.answer_by = answer_by
        book.wake(answer_by, "answer", incident.id)
        book.tell(Raised(incident=incident.id, grade=incident.grade, reasons=(), at=book.t, answer_by=answer_by))


def escalate(book: Book, incident: Open, grade: Grade, reasons: tuple[Reason, ...], locus: Locus) -> None:
    """Raise by time, not by a new alarm: where the desk has a row of that locus already, this one goes into it."""
    there = book.where.get(desk_slot(book, locus)) if grade <= Grade.II and not incident.desk else None
    if there is None or there == incident.id:
        raise_(book, incident, grade, reasons, locus=locus)
        return
    winner = book.incident(there)
    raise_(book, winner, grade, reasons, kind=incident.kind)
    merge(book, incident, winner, reasons[0])


def belate(book: Book, incident: Open, key: str, reason: Reason) -> None:
    """From the desk to the attention queue, where it waits for people: the one exception to "never lower"."""
    slot = row_slot(book, incident.kind, key)
    if incident.grade is not Grade.II or incident.state is not State.OPEN or slot in book.where:
        return
    unlist(book, incident)
    incident.grade, incident.slot, incident.slots = Grade.III, slot, (slot,)
    incident.marks |= LATE
    incident.verify_by = incident.answer_by = None
    incident.desk_at = 0
    incident.why += (reason.why,)
    enlist(book, incident)
    book.tell(Belated(incident=incident.id, slot=slot, reason=reason, at=book.t))


def older(one: Open, other: Open) -> Open:
    """Which of two survives: the desk row, else the older."""
    if one.desk != other.desk:
        return one if one.desk else other
    first, second = (one.desk_at, one.since, one.id), (other.desk_at, other.since, other.id)
    return one if first <= second else other


def merge(book: Book, loser: Open, winner: Open, reason: Reason) -> None:
    """`loser` goes on inside `winner`; whatever led to it leads there now."""
    raise_(book, winner, loser.grade, (), kind=loser.kind if winner.desk else None)
    book.owns("merged")
    for absorbed in (loser.id, *loser.absorbed):
        book.merged[absorbed] = winner.id
    winner.absorbed = (*winner.absorbed, loser.id, *loser.absorbed)
    winner.live += loser.live
    winner.fires += loser.fires
    winner.systems += tuple(s for s in loser.systems if s not in winner.systems)
    winner.marks |= loser.marks & ~(STAYS | LATE)
    winner.why += tuple(w for w in loser.why if w not in winner.why)
    winner.apart += loser.apart
    unlist(book, loser)
    book.owns("open")
    del book.open[loser.id]
    if winner.desk and loser.desk:
        for locus in loser.loci:
            reach(book, winner, locus)
    book.tell(Merged(incident=loser.id, into=winner.id, reason=reason, at=book.t))


def remark(book: Book, incident: Open, reason: Reason, *, flag: str | None = None, spends: bool = False) -> None:
    book.tell(Remarked(incident=incident.id, reason=reason, at=book.t, flag=flag, spends_countdown=spends))


def end_if_over(book: Book, incident: Open, reason: Reason) -> None:
    """A III or IV row whose cause is gone closes by itself; a desk row or a late fire never does."""
    if incident.live > 0 or incident.desk or incident.kind not in book.policy.ending or incident.marks & LATE:
        return
    outcome = Outcome.FAULT if incident.kind in (Kind.FAULT, Kind.LINK, Kind.TAMPER) else Outcome.OTHER
    remove(book, incident)
    book.tell(Ended(incident=incident.id, outcome=outcome, reason=reason, at=book.t))


def remove(book: Book, incident: Open) -> None:
    """It is closed: nothing leads to it any more."""
    unlist(book, incident)
    book.owns("open")
    del book.open[incident.id]
    if incident.absorbed:
        book.owns("merged")
        for absorbed in incident.absorbed:
            book.merged.pop(absorbed, None)
