"""Duty checks: which are drawn, when they are over, how grave a miss is. Pure; `now` is an argument.

Enters: the rule, a secret seed, units and days. Leaves: minutes of a day, grades. The times are policy.md's: ten
minutes to answer, over at twelve; two misses in a row, or one at S1 in the night, are III.
"""

from datetime import datetime, timedelta
from hashlib import blake2b

from zhigan.desks.dutycheck.model import Doubt, DutyPlace, DutyRule
from zhigan.vocabulary.grades import Grade

ANSWER = timedelta(minutes=10)
OVER = timedelta(minutes=12)
S1 = 1
MORNING = 360
"""06:00, the end of the small hours."""
WEEK = 7


def sound(rule: DutyRule) -> bool:
    """Is there room between two days as well as within one?"""
    return rule.from_minute < rule.until_minute <= 1440 - rule.spacing_minutes


def drawn(seed: bytes, unit: str, s: int, day: int, rule: DutyRule) -> tuple[int, ...]:
    """Minutes of that day (days since 1970 in Ji'an) at which the unit is checked, in order: within the hours, at least
    the spacing apart, across midnight too. The same arguments give the same minutes."""
    if not rule.enabled:
        return ()
    wanted = {1: rule.s1_a_day, 2: rule.s2_a_day, 3: rule.s3_a_day, 4: rule.s4_a_day}[s]
    span = rule.until_minute - 1 - rule.from_minute
    count = min(wanted, span // rule.spacing_minutes + 1)
    room = span - (count - 1) * rule.spacing_minutes
    offsets = sorted(_below(room + 1, seed, f"{unit}/{day}/{n}") for n in range(count))
    minutes = [rule.from_minute + at + n * rule.spacing_minutes for n, at in enumerate(offsets)]
    last = min(MORNING - 1, rule.from_minute - rule.spacing_minutes)
    if s == S1 and last >= 0 and day % WEEK in _nights(seed, unit, day // WEEK, rule.s1_nights_a_week):
        minutes.insert(0, _below(last + 1, seed, f"{unit}/{day}/night"))
    return tuple(minutes)


def _nights(seed: bytes, unit: str, week: int, count: int) -> frozenset[int]:
    order = sorted(range(WEEK), key=lambda day: (_below(1 << 32, seed, f"{unit}/week {week}/{day}"), day))
    return frozenset(order[:count])


def _below(bound: int, seed: bytes, of: str) -> int:
    """A number that whoever does not know the seed cannot tell beforehand."""
    return int.from_bytes(blake2b(of.encode(), key=seed, digest_size=8).digest(), "big") % bound


HOMES = 3
"""Nobody is on duty in a home: a whole district's check leaves them out."""
OLDEST, AHEAD = timedelta(hours=24), timedelta(minutes=2)


def classes(rule: DutyRule) -> list[int]:
    """Those of which the rule draws any."""
    wanted = {1: rule.s1_a_day + rule.s1_nights_a_week, 2: rule.s2_a_day, 3: rule.s3_a_day, 4: rule.s4_a_day}
    return [s for s, count in wanted.items() if count > 0]


def said(place: DutyPlace, now: datetime) -> datetime:
    """The phone's own time while it is plausible."""
    given = place.said_at
    return now if given is None or not now - OLDEST <= given <= now + AHEAD else min(given, now)


def worth(place: DutyPlace, away: int | None, rule: DutyRule, now: datetime) -> tuple[int | None, list[Doubt]]:
    """How old the position was when it was answered, and what is to be doubted. Both times are the phone's, so that a
    wrong clock makes no position old; a distance (`away`, metres) is doubted beyond the position's own accuracy."""
    age = None if place.fix_at is None else _seconds((place.said_at or now) - place.fix_at)
    doubts: list[Doubt] = []
    if age is not None and age > rule.fix_age_s:
        doubts.append("old")
    if away is not None and away - (place.accuracy_m or 0) > rule.near_m:
        doubts.append("far")
    return age, doubts


def _seconds(span: timedelta) -> int:
    return min(max(0, int(span.total_seconds())), 2_000_000)


def miss(s: int, night: bool, missed_before: bool) -> Grade:
    return Grade.III if missed_before or (s == S1 and night) else Grade.IV
