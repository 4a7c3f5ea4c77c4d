"""When shifts are, who takes which in turn, and what does not fit. Pure; `now` is an argument, days are those of Ji'an.

The figure of 8 h between two shifts is the house's, as EEMUA 191 and labour practice have it; gaps are looked for from
the first shift that anybody had: a calendar that begins today has no past full of gaps.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from zhigan.desks.shifts.model import ConflictKind, ShiftConflict, ShiftDuty, ShiftSum, Slot, SlotName
from zhigan.vocabulary.moments import SHANGHAI

REST = timedelta(hours=8)
NAMES: dict[int, tuple[SlotName, ...]] = {8: ("early", "middle", "night"), 12: ("day", "night")}
FIRST_PART = {"lead": 0, "duty": 1, "operator": 2}


def slots(hours: int, starts_minute: int) -> list[Slot]:
    return [Slot(name, starts_minute + n * hours * 60, hours * 60) for n, name in enumerate(NAMES[hours])]


def times(day: date, slot: Slot) -> tuple[datetime, datetime]:
    begins = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(minutes=slot.from_minute)
    return begins, begins + timedelta(minutes=slot.minutes)


class Turn(NamedTuple):
    """One shift of one day, whoever has it."""

    day: date
    slot: Slot
    starts_at: datetime
    ends_at: datetime


def turns(days: Iterable[date], pattern: Sequence[Slot]) -> Iterator[Turn]:
    for day in days:
        for slot in pattern:
            yield Turn(day, slot, *times(day, slot))


def turn_at(now: datetime, pattern: Sequence[Slot]) -> Turn:
    """The shift that runs: there is always one, the pattern fills the day."""
    today = now.astimezone(SHANGHAI).date()
    near = turns((today - timedelta(days=1), today), pattern)
    return next(turn for turn in near if turn.starts_at <= now < turn.ends_at)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def rotation(first: date, last: date, teams: int, run: int, pattern: Sequence[Slot]) -> Iterator[tuple[Turn, int]]:
    """(shift, team). A cycle is `run` days of each shift, then `run` free days for each team beyond the shifts; team k
    stands k runs ahead, so every shift of every day has one team (with fewer teams than shifts: some have none)."""
    places = max(teams, len(pattern))
    for n, day in enumerate(days(first, last)):
        for team in range(teams):
            at = (n // run + team) % places
            if at < len(pattern):
                slot = pattern[at]
                yield Turn(day, slot, *times(day, slot)), team


def conflicts(
    duties: Sequence[ShiftDuty],
    elsewhere: Sequence[ShiftDuty],
    away: Sequence[tuple[str, date, date]],
    gone: frozenset[str],
) -> list[ShiftConflict]:
    """Of persons. `elsewhere`: shifts of the same people at other desks, or in the months beside this one; `away`:
    (account, from, until)."""
    found: list[ShiftConflict] = []
    own = {d.id for d in duties}
    by_person: dict[str, list[ShiftDuty]] = {}
    for duty in (*duties, *elsewhere):
        by_person.setdefault(duty.account_id, []).append(duty)
    for mine in by_person.values():
        mine.sort(key=lambda d: (d.starts_at, d.ends_at, d.id in own))
        for before, after in pairwise(mine):
            if before.id in own or after.id in own:
                found += _between(before, after, own)
    for duty in duties:
        if any(a == duty.account_id and f <= duty.day <= u for a, f, u in away):
            found.append(_of(duty, "absent"))
        if duty.account_id in gone:
            found.append(_of(duty, "gone"))
    return sorted(found, key=lambda c: (c.day, c.kind, c.name))


def _between(before: ShiftDuty, after: ShiftDuty, own: set[str]) -> list[ShiftConflict]:
    shown = after if after.id in own else before
    other = before.id not in own or after.id not in own
    rest = after.starts_at - before.ends_at
    if rest < timedelta():
        return [_of(shown, "double", elsewhere=other)]
    return [_of(shown, "rest", rest / timedelta(hours=1), other)] if rest < REST else []


def _of(duty: ShiftDuty, kind: ConflictKind, hours: float | None = None, elsewhere: bool = False) -> ShiftConflict:
    return ShiftConflict(
        kind=kind, day=duty.day, slot=duty.slot, account_id=duty.account_id, name=duty.name, hours=hours,
        elsewhere=elsewhere,
    )  # fmt: skip


def gaps(
    days_: Sequence[date], pattern: Sequence[Slot], duties: Sequence[ShiftDuty], since: datetime | None
) -> list[ShiftConflict]:
    """Shifts without anybody, or without a lead, from the first one on that the desk ever had."""
    if since is None:
        return []
    there: dict[datetime, set[str]] = {}
    for duty in duties:
        there.setdefault(duty.starts_at, set()).add(duty.part)
    found: list[ShiftConflict] = []
    for turn in turns(days_, pattern):
        parts = there.get(turn.starts_at, set())
        if turn.starts_at >= since and "lead" not in parts:
            kind = "no_lead" if parts else "empty"
            found.append(ShiftConflict(kind=kind, day=turn.day, slot=turn.slot.name))
    return found


def sums(duties: Sequence[ShiftDuty], holidays: frozenset[date]) -> list[ShiftSum]:
    by_person: dict[str, list[ShiftDuty]] = {}
    for duty in duties:
        by_person.setdefault(duty.account_id, []).append(duty)
    rows = [
        ShiftSum(
            account_id=account, name=mine[-1].name, part=mine[-1].part, shifts=len(mine),
            hours=sum((d.ends_at - d.starts_at) / timedelta(hours=1) for d in mine),
            nights=sum(d.slot == "night" for d in mine), holidays=sum(d.day in holidays for d in mine),
        )
        for account, mine in by_person.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda s: (FIRST_PART[s.part], s.name))
