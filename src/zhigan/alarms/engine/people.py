"""What people did since the last call: accepted, confirmed, answered from the site, closed, merged, split. The case is
set right first.

Enters: `Standing` rows read from the incidents. Leaves: open incidents as they are; a confirmed one is grade I.
Absent: the steps themselves and who may take them (incidents.rules).
"""

from collections.abc import Iterable

from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.model import ANSWERED, SAID_FIRE
from zhigan.alarms.engine.parting import part
from zhigan.alarms.engine.rows import UNVERIFIED, escalate, raise_, reach, remove
from zhigan.incidents.model import Reason, Standing, State, Why
from zhigan.vocabulary.grades import Grade


def refresh(book: Book, standing: Iterable[Standing]) -> None:
    standing = list(standing)
    slots = {row.id: row.slot for row in standing}
    for row in sorted(standing, key=lambda row: row.id in book.open):  # what came out first, while all else is known
        if row.id not in book.open:
            if row.split_from is not None and row.merged_into is None:
                part(book, row, slots)
            continue
        if row.state is State.CLOSED or (row.merged_into is not None and row.merged_into not in book.open):
            remove(book, book.incident(row.id))
        elif row.merged_into is not None:
            _merged(book, row.id, row.merged_into)
        else:
            _heard(book, row)
            _moved(book, row)


def _heard(book: Book, row: Standing) -> None:
    """What the site answered: the row says so by its flags, the grade of a desk row has risen by the answer itself."""
    known = book.open[row.id]
    answered = "answered" in row.flags and not known.marks & ANSWERED
    sent = "station_sent" in row.flags and known.verify_by is not None
    burns = "site_fire" in row.flags and not known.marks & SAID_FIRE
    if not (answered or sent or burns):
        return
    incident = book.incident(row.id)
    if answered:
        incident.marks |= ANSWERED
        incident.answer_by = None
    if sent:
        incident.verify_by = None
    if burns:
        incident.marks |= SAID_FIRE
        incident.kind = row.kind
        if not incident.desk:
            escalate(book, incident, Grade.I, (Reason(Why.SITE_FIRE),), incident.loci[0])


def _merged(book: Book, id_: str, into: str) -> None:
    """Joined outside of the engine: the alarms follow; nothing is told, for it is told already."""
    loser, winner = book.incident(id_), book.incident(into)
    remove(book, loser)
    book.owns("merged")
    for absorbed in (loser.id, *loser.absorbed):
        book.merged[absorbed] = winner.id
    winner.absorbed = (*winner.absorbed, loser.id, *loser.absorbed)
    winner.live += loser.live
    winner.fires += loser.fires
    winner.systems += tuple(s for s in loser.systems if s not in winner.systems)
    winner.apart += loser.apart
    winner.grade = min(winner.grade, loser.grade)
    for locus in loser.loci:
        reach(book, winner, locus)


def _moved(book: Book, row: Standing) -> None:
    known = book.open[row.id]
    if row.state is known.state and row.grade >= known.grade:
        return
    incident = book.incident(row.id)
    was, incident.state = incident.state, row.state
    incident.grade = min(incident.grade, row.grade)
    if row.state not in UNVERIFIED and was in UNVERIFIED and incident.desk:
        incident.verify_by = incident.answer_by = None
        raise_(book, incident, Grade.I, (Reason(Why.CONFIRMED),))
