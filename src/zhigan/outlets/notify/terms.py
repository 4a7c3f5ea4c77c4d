"""By when attention rows and work are due, and who is told then: the table of escalation, lent to the rows' pages.

Enters: the table in force. Leaves: of each grade the moments at which somebody more is told, whatever the hour and the
place. Absent: people by name, and telling them (planning.py).
"""

from datetime import timedelta

from zhigan.incidents.owning import Rung, Terms
from zhigan.outlets.notify import rules, store
from zhigan.outlets.notify.escalation_tables import ESCALATION
from zhigan.outlets.notify.model import Row, Until
from zhigan.vocabulary.grades import Grade
from zhigan.webapi.database import Database

GRADES = (Grade.III, Grade.IV)
SHIPPED = 1


def terms_of(table: rules.Table) -> Terms:
    return {grade: _rungs(table.get(grade, ())) for grade in GRADES}


def _rungs(rows: tuple[Row, ...]) -> list[Rung]:
    """A row that is only for the night, or until it is read, is no time by which anything has to be done."""
    later = [r for r in rows if r.after and not (r.by_day or r.night or r.classes or r.until is Until.READ)]
    return [Rung(timedelta(seconds=r.after), tuple(who.value for who in r.whom)) for r in sorted(later, key=_after)]


def _after(row: Row) -> int:
    return row.after


class Lender:
    """The table as it stands now; an unchanged one is not read again."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._version, self._terms = SHIPPED, terms_of(ESCALATION)

    async def __call__(self) -> Terms:
        async with self._db.owner() as conn:
            newer = await store.newer_table(conn, self._version)
        if newer is not None:
            self._version, self._terms = newer[0], terms_of(newer[1])
        return self._terms
