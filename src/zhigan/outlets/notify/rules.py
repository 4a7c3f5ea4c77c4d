"""Whom to tell now: pure verbs over the escalation table.

Enters: a plan, who is there, `now`. Leaves: the rows due, the moment of the next one, people chosen, waiting notices
merged. Absent: clocks, rows of the database, providers.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from zhigan.outlets.notify.escalation_tables import (
    APART_S,
    CALLS_AN_HOUR,
    ESCALATION,
    FALLBACK,
    FLAGGED,
    UNANSWERED_S,
)
from zhigan.outlets.notify.model import BESIDE, Notice, Person, Plan, Purpose, Row, Shift, Step, Until, Way, Which, Who
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import SHANGHAI, night, to_micros

Table = Mapping[Grade, tuple[Row, ...]]
FLOOR_S = 15
"""Within so many seconds of a fire whoever is concerned has been told."""
TEST_FLAG = "test"
DAY_MINUTES = 24 * 60
KINDS = (Way.VOICE, Way.SMS, Way.WECHAT, Way.PUSH, Way.APP, Way.EMAIL)
ENOUGH_KINDS = 2
APART = BESIDE | {Purpose.DIGEST}
SPREAD_PLACES = 3
"""From so many places on one message tells of all of them."""


def due(plan: Plan, now: datetime, table: Table = ESCALATION) -> list[Step]:
    """Rows whose time has come, needless ones left out. Turns of a row that were slept through count as one."""
    return [step for step in ripe(plan, now, table) if _wanted(step.row, plan, now)]


def ripe(plan: Plan, now: datetime, table: Table = ESCALATION) -> list[Step]:
    """All rows whose time has come and that were not looked at yet, needless ones too."""
    found: list[Step] = []
    if plan.closed:
        return found
    for row in _rows(plan, table):
        at = _at(row, plan)
        if at is None or at > now or (row.by_day and night(to_micros(now))):
            continue
        turn = int((now - at).total_seconds() // row.every) if row.every else 0
        key = f"{plan.grade.name}.{row.key}" + (f".{turn}" if row.every else "")
        if key not in plan.done:
            found.append(Step(key, row))
    return found


def _rows(plan: Plan, table: Table) -> tuple[Row, ...]:
    """Those of the grade, and those of what it is flagged with."""
    return (*table[plan.grade], *(row for flag in plan.flags for row in FLAGGED.get(flag, ())))


def next_at(plan: Plan, now: datetime, table: Table = ESCALATION) -> datetime | None:
    """When the rules should be asked again; None: never."""
    if plan.closed:
        return None
    moments: list[datetime] = []
    for row in _rows(plan, table):
        at = _at(row, plan)
        if at is None or not _may_come(row, plan):
            continue
        if at > now:
            moments.append(at)
        elif row.every:
            turns = int((now - at).total_seconds() // row.every) + 1
            moments.append(at + timedelta(seconds=turns * row.every))
        elif row.by_day and f"{plan.grade.name}.{row.key}" not in plan.done:
            moments.append(now + timedelta(minutes=10))
    patience = UNANSWERED_S.get(plan.grade)
    if patience is not None and not plan.answered:
        end = plan.started_at + timedelta(seconds=patience)
        moments += [end] if end > now else []
    return min(moments, default=None)


def unanswered(plan: Plan, now: datetime) -> bool:
    """Has a desk incident waited for an answer for too long? Then it comes back to the desk."""
    patience = UNANSWERED_S.get(plan.grade)
    if patience is None or plan.answered or plan.closed or plan.confirmed or TEST_FLAG in plan.flags:
        return False
    return now - plan.started_at >= timedelta(seconds=patience)


def _at(row: Row, plan: Plan) -> datetime | None:
    if row.countdown:
        return plan.verify_by
    return plan.started_at + timedelta(seconds=row.after)


def _may_come(row: Row, plan: Plan) -> bool:
    if row.until is Until.ANSWERED:
        return not plan.answered
    return row.until is not Until.SAFE or plan.confirmed or not plan.answered


def _wanted(row: Row, plan: Plan, now: datetime) -> bool:
    if row.classes and plan.class_ not in row.classes:
        return False
    if row.night and not night(to_micros(now)):
        return False
    match row.until:
        case Until.ANSWERED:
            return not plan.answered
        case Until.ACCEPTED:
            return not (plan.answered or plan.accepted or plan.confirmed)
        case Until.READ:
            return not (plan.answered or plan.read)
        case Until.SAFE:
            return plan.confirmed or not plan.answered
        case Until.CLOSED:
            return True


def quiet(row: Row, plan: Plan) -> tuple[Way, ...]:
    """By what a row may tell: a test rings nowhere, a fire that is over before it was told wakes nobody."""
    if TEST_FLAG in plan.flags:
        return tuple(way for way in row.by if way in (Way.APP, Way.WEBHOOK))
    if "late" in plan.flags:
        return tuple(way for way in row.by if way is not Way.VOICE)
    return row.by


def loud(row: Row, plan: Plan) -> bool:
    """Does this row reach people by two kinds of message, whatever they switched off (GB/T 45839, 5.10.4)? At red and
    orange, by day and by night; never in a test."""
    alarm = plan.grade <= Grade.II and row.purpose is Purpose.ALARM and TEST_FLAG not in plan.flags
    return alarm and not row.second and len(row.by) >= ENOUGH_KINDS


def insists(plan: Plan) -> bool:
    """Is somebody whom none of the row's ways reaches told by another? Not of work in the app (IV), nor in a test."""
    return plan.grade is not Grade.IV and TEST_FLAG not in plan.flags


def audience(row: Row, people: Sequence[Person]) -> list[Person]:
    """Whom a row means, each holder once. Who is not on call is asked only where nobody else of that part is."""
    chosen: list[Person] = []
    for who in _parts(row, people):
        chosen += _of_part(who, row.which, people)
    seen: set[str] = set()
    return [p for p in chosen if not (p.holder in seen or seen.add(p.holder))]


def _parts(row: Row, people: Sequence[Person]) -> tuple[Who, ...]:
    if not row.site:
        return row.whom
    there = {p.who for p in people}
    return next(((who,) for who in (Who.CONTROL_ROOM, Who.HOUSEHOLD, Who.MANAGER) if who in there), ())


def _of_part(who: Who, which: Which, people: Sequence[Person]) -> list[Person]:
    ranked = in_order(who, people)
    match which:
        case Which.ALL:
            return ranked
        case Which.FIRST:
            return ranked[:1]
        case Which.NEXT:
            return ranked[1:2] or ranked[:1]


def in_order(who: Who, people: Iterable[Person]) -> list[Person]:
    """Those of a part who are on call. Somebody is always rung: where none of them has a telephone, it is all of it."""
    mine = [p for p in people if p.who is who]
    on_call = [p for p in mine if p.on_call]
    rung = any(way is Way.VOICE for p in on_call for way, _ in p.ways)
    return sorted(on_call if rung else mine, key=lambda p: (p.rank, p.holder))


def ways(
    row_by: Sequence[Way],
    person: Person,
    open_ways: frozenset[Way],
    *,
    insist: bool = True,
    loud: bool = False,
    prompt: bool = True,
    had: frozenset[Way] = frozenset(),
) -> list[Way]:
    """The row's channels that reach this person, in the person's order; where none does, the first that can. Never only
    an extra. `insist`: work in the app (IV) is not sent after people by SMS. `loud` (I, II): by two kinds, whatever the
    person has switched off. `prompt`: the row tells at once, so a text joins where the app alone would tell; never a
    call. `had`: by what other rows of this moment tell the same person."""
    can = [way for way in _ordered(row_by, person) if way in open_ways and person.address(way)]
    reached = [way for way in can if way not in person.off]
    if loud:
        joining = [
            way for way in _ordered(_kinds(row_by, prompt=prompt), person) if way in open_ways and person.address(way)
        ]
        reached = _two_kinds(reached, [*can, *joining], had)
    if not insist or any(way is not Way.WEBPUSH for way in reached):
        return reached
    for wanted in row_by:
        for way in _ordered(FALLBACK.get(wanted, ()), person):
            if way in open_ways and person.address(way) and way not in person.off:
                return [*reached, way]
    return can or reached


def _kinds(row_by: Sequence[Way], *, prompt: bool) -> tuple[Way, ...]:
    """What may join the row's own ways, so that there are two."""
    if Way.VOICE in row_by or Way.SMS in row_by:
        return KINDS
    return tuple(way for way in KINDS if way is not Way.VOICE) if prompt else ()


def _two_kinds(reached: list[Way], more: Sequence[Way], had: frozenset[Way]) -> list[Way]:
    """Where there are two."""
    found = list(reached)
    for way in more:
        if len({each for each in (*found, *had) if each in KINDS}) >= ENOUGH_KINDS:
            break
        if way in KINDS and way not in found:
            found.append(way)
    return found


def _ordered(listed: Sequence[Way], person: Person) -> list[Way]:
    """As the person wants them; what was not put in order stands behind, as it stood."""
    place = {way: n for n, way in enumerate(person.order)}
    return sorted(listed, key=lambda way: place.get(way, len(place)))


def rings(way: Way, grade: Grade, row: Row | None, person: Person, now: datetime) -> datetime:
    """When a person may be told by this way: at once, but for his own quiet hours. What stands in the app is no noise;
    grades I and II, and a row that is meant for the night, know no quiet."""
    if person.quiet is None or grade <= Grade.II or way is Way.APP or (row is not None and row.night):
        return now
    local = now.astimezone(SHANGHAI)
    passed = local.hour * 60 + local.minute - person.quiet.from_minute
    lasts = (person.quiet.until_minute - person.quiet.from_minute) % DAY_MINUTES
    if passed % DAY_MINUTES >= lasts:
        return now
    left = lasts - passed % DAY_MINUTES
    return now.replace(second=0, microsecond=0) + timedelta(minutes=left)


def fall_back(way: Way, person: Person, used: frozenset[Way], open_ways: frozenset[Way]) -> Way | None:
    """Where a way has failed for a person: the next that is open and was not used for this step."""
    listed = _ordered(FALLBACK.get(way, ()), person)
    for other in sorted(listed, key=lambda each: each in person.off):
        if other not in used and other in open_ways and person.address(other):
            return other
    return None


def on_call(shifts: Sequence[Shift], now: datetime) -> Shift | bool:
    """True: is on call. False: is not. A shift: is not, but somebody stands in."""
    if not shifts:
        return True
    local = now.astimezone(SHANGHAI)
    today, minute = local.isoweekday(), local.hour * 60 + local.minute
    yesterday = today - 1 or 7
    for shift in shifts:
        if shift.from_minute < shift.until_minute:
            if today in shift.weekdays and shift.from_minute <= minute < shift.until_minute:
                return True
        elif (today in shift.weekdays and minute >= shift.from_minute) or (
            yesterday in shift.weekdays and minute < shift.until_minute
        ):
            return True
    return next((shift for shift in shifts if shift.replacement_phone), False)


def merged(waiting: Sequence[Notice]) -> list[list[Notice]]:
    """Waiting notices of one person and channel, gathered: each device's by place and purpose; from many places on, all
    in one. The gravest and oldest speaks for each; nothing is dropped.
    """
    if not waiting or waiting[0].channel is Way.WEBHOOK:
        return [[notice] for notice in waiting]  # a machine reads each by itself
    by_address: dict[str, list[Notice]] = {}
    for notice in waiting:
        by_address.setdefault(notice.address, []).append(notice)
    return [group for listed in by_address.values() for group in _gathered(listed)]


def _gathered(waiting: Sequence[Notice]) -> list[list[Notice]]:
    by_place: dict[tuple[str, str], list[Notice]] = {}
    for notice in sorted(waiting, key=lambda n: (n.grade, n.due_at, n.id)):
        by_place.setdefault((notice.place_key, notice.purpose), []).append(notice)
    groups = list(by_place.values())
    apart = [g for g in groups if g[0].purpose in APART]
    others = [g for g in groups if g[0].purpose not in APART]
    if len(others) < SPREAD_PLACES:
        return others + apart
    return [[notice for group in others for notice in group], *apart]


def not_before(way: Way, last: datetime | None, calls: int, oldest: datetime | None) -> datetime | None:
    """When this person may be reached by this way again; None: at once. `calls` and `oldest`: within the last hour."""
    if way is Way.VOICE and calls >= CALLS_AN_HOUR and oldest is not None:
        return oldest + timedelta(hours=1)
    apart = APART_S.get(way)
    return None if apart is None or last is None else last + timedelta(seconds=apart)


def called_enough(way: Way, calls: int) -> bool:
    return way is Way.VOICE and calls >= CALLS_AN_HOUR


BACK_OFF_S = (5, 15, 60, 180, 300)


def back_off(attempts: int) -> timedelta:
    return timedelta(seconds=BACK_OFF_S[min(attempts, len(BACK_OFF_S) - 1)])


ASK_S = (5, 20, 60, 300, 900)
"""After an answer that did not come the provider is asked so many seconds later."""


def ask_again(asked: int) -> timedelta | None:
    """None: asked often enough."""
    return timedelta(seconds=ASK_S[asked]) if asked < len(ASK_S) else None
