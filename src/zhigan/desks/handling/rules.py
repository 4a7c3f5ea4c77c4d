"""Whose desk is it, and when does it pass on? Pure; `now` is an argument.

Enters: seats, an incident's place and grade, the policy's times, who holds it. Leaves: the holder and what was passed
on, with why. Absent: what a page does with it. Three things always hold: the city is the last and never passes on;
nothing goes back to a lower level; a level at which nobody is signed in holds nothing up.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from zhigan.desks.handling.model import Passed, Seat, Stage, Turn
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.handling import AT_ONCE, Level, TakeOver
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned, Scope, holds

SEATED = timedelta(minutes=2)
"""A session that was used within this time sits there: an open page is heard of every minute."""
SITTERS = frozenset({Role.DUTY, Role.LEAD, Role.OPERATOR, Role.UNIT})
MOST_NAMES = 2
COUNTY_DIGITS = 6


def level_of(role: Role, scope: Scope, hosted: str) -> Level:
    """Whose desk an account's is. `hosted`: the kind of its sub-platform, or empty."""
    terms = scope.terms
    if "unit" in terms:
        return Level.ROOM
    if hosted == "district":
        return Level.COUNTY
    if hosted or role is Role.OPERATOR or set(terms) - {"area"}:
        return Level.OPERATOR
    areas = terms.get("area", ())
    return Level.COUNTY if areas and all(len(area) >= COUNTY_DIGITS for area in areas) else Level.CITY


def below(seats: Sequence[Seat], level: Level) -> bool:
    """Is somebody signed in at a lower desk?"""
    return any(seat.attended and seat.level < level for seat in seats)


def stages(seats: Sequence[Seat], owned: Owned, names: Mapping[Level, str]) -> tuple[Stage, ...]:
    """The levels that exist for this place, lowest first; the city always does. `names`: where seats have none."""
    found: list[Stage] = []
    for level in Level:
        here = [seat for seat in seats if seat.level is level and holds(seat.scope, owned)]
        if here or level is Level.CITY:
            attended = [seat for seat in here if seat.attended]
            called = list(dict.fromkeys(seat.name for seat in attended or here if seat.name))[:MOST_NAMES]
            found.append(Stage(level, "、".join(called) or names.get(level, ""), bool(attended)))
    return tuple(found)


def turn(chain: Sequence[Stage], held: Stage | None, grade: Grade, times: TakeOver, began: int, now: int) -> Turn:
    """From who holds it (None: nobody yet) to who holds it now. `began`, `now`: µs."""
    city = chain[-1]
    stage = chain[0] if held is None else _still(chain, held)
    if grade is Grade.I:
        told = held is not None and stage.level is not Level.CITY
        return Turn(city, None, (Passed(stage, city, "grade"),) if told else ())
    passed: list[Passed] = []
    while stage.level is not Level.CITY:
        above = next(each for each in chain if each.level > stage.level)
        until = began + times.until(stage.level) * SECOND
        if stage.attended and now < until:
            return Turn(stage, until, tuple(passed), above.level)
        because = "time" if now >= until else "nobody"
        if passed and passed[-1].because == because:  # said once
            passed[-1] = passed[-1]._replace(taker=above)
        else:
            passed.append(Passed(stage, above, because))
        stage = above
    return Turn(stage, None, tuple(passed))


def _still(chain: Sequence[Stage], held: Stage) -> Stage:
    """Whoever holds it as he is now; a desk that is no more has nobody at it."""
    now = next((each for each in chain if each.level is held.level), None)
    return Stage(held.level, held.name, now is not None and now.attended)


def times_of(table: Mapping[str, TakeOver], grade: Grade) -> TakeOver:
    return table.get(grade.name, AT_ONCE)
