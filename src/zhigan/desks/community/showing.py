"""Which alarms stand on a community's page, in what order, and how many each grid has. Pure.

Enters: rows of incidents. Leaves: alarms in order, counts by grid. Absent: reading them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from zhigan.desks.community.model import CommunityAlarm, GradeName
from zhigan.incidents.model import State
from zhigan.incidents.rows import Row
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import SHANGHAI, to_datetime

NAMES: Mapping[Grade, GradeName] = {Grade.I: "I", Grade.II: "II", Grade.III: "III", Grade.IV: "IV"}


def midnight(now: datetime) -> datetime:
    """When today began in Ji'an."""
    local = now.astimezone(SHANGHAI)
    return now - timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def in_order(rows: Iterable[Row]) -> list[Row]:
    """The open, the gravest first, of one grade the newest first; then what is over, the newest first. Each once:
    what went into another stands with that one."""
    once = {row.id: row for row in rows if row.merged_into is None}
    return sorted(once.values(), key=lambda r: (_over(r), 0 if _over(r) else int(r.grade), -r.received_at, r.id))


def _over(row: Row) -> bool:
    return row.state is State.CLOSED


def alarm(row: Row) -> CommunityAlarm:
    place = row.place
    return CommunityAlarm(
        id=row.id, queue=row.queue.value, grade=NAMES[row.grade], kind=row.kind.value, state=row.state.value,
        outcome=None if row.outcome is None else row.outcome.value, unit_id=place.unit_id, unit_name=place.unit_name,
        place=place.text, grid=place.owned.grid, received_at=to_datetime(row.received_at),
    )  # fmt: skip


def by_grid(rows: Sequence[Row]) -> Mapping[str, Mapping[Grade, int]]:
    """Of open ones."""
    counts: dict[str, dict[Grade, int]] = {}
    for row in rows:
        if not _over(row) and row.place.owned.grid:
            grades = counts.setdefault(row.place.owned.grid, {})
            grades[row.grade] = grades.get(row.grade, 0) + 1
    return counts
