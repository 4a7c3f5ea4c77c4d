"""Reading a policy: what types cannot say of it, each refusal with its place.

Enters: JSON from the console or from storage. Leaves: a checked `Policy`. Some of it is not editable: an unverified
fire is at least II and never held, and a district is only ever stricter than the city, as far as the city lets it.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from zhigan.alarms.engine.policy import (
    Countdown,
    District,
    Policy,
    PolicyError,
    Rule,
    limit_name,
    mask_of,
)
from zhigan.vocabulary.causes import BY_CODE as CODES
from zhigan.vocabulary.causes import Repeats
from zhigan.vocabulary.conditions import URGENT, Condition
from zhigan.vocabulary.devices import BY_NAME as TYPES
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.metrics import BY_NAME as METRICS
from zhigan.vocabulary.premises import PremisesClass

_TYPED = re.compile(r"(?P<wanted>.+) - at `\$\.?(?P<place>.*)`")
_NUMBER = re.compile(r"Expected `(int|float)`(?:, got `(?:str|null|float|object)`)")


def read(document: bytes | str) -> Policy:
    """A policy from JSON; what is wrong is said with its place."""
    try:
        policy = msgspec.json.decode(document, type=Policy)
    except msgspec.MsgspecError as wrong:
        raise _typed(str(wrong)) from wrong
    check(policy)
    return policy


def _typed(said: str) -> PolicyError:
    """An emptied field is a number that is missing, in words that a person understands."""
    found = _TYPED.fullmatch(said)
    place, wanted = (found["place"], found["wanted"]) if found else ("", said)
    number = _NUMBER.fullmatch(wanted)
    if number is None:
        return PolicyError(place, wanted)
    return PolicyError(place, "a whole number") if number[1] == "int" else PolicyError(place, "a number")


def check(policy: Policy) -> None:
    """What types cannot say. The first principle is not editable: an unverified fire is at least II."""
    _check_rules(policy.rules)
    _check_echoes(policy)
    for at, limit in enumerate(policy.limits):
        _check_limit(f"limits[{at}]", limit)
    for at, row in enumerate(policy.plausible):
        _known_metric(f"plausible[{at}]", row.metric)
        if not row.low < row.high:
            raise PolicyError(f"plausible[{at}]", "low must be below high")
    _check_times(policy)
    _bits("resettable", policy.resettable)
    _check_handlers(policy)
    _check_repeats(policy.repeats)
    _check_districts(policy)


def _check_echoes(policy: Policy) -> None:
    families = {f for r in policy.rules for f in r.families}
    for at, echo in enumerate(policy.echoes):
        for name in (echo.when, echo.beside, *policy.test_pair):
            if name not in families:
                raise PolicyError(f"echoes[{at}]", f"no rule names the family {name!r}")
        if echo.reach not in ("near", "locus", "building", "point"):
            raise PolicyError(f"echoes[{at}].reach", f"near, locus, building or point, not {echo.reach!r}")


def _bits(place: str, names: Iterable[str]) -> int:
    try:
        return mask_of(tuple(names))
    except PolicyError as unknown:
        raise PolicyError(place, unknown.wanted) from None


FALSE_LETTERS = frozenset("UEDHX")
NEVER_WITHOUT = ("fire", "manual_alarm", "discharge", "water_flow", "gas_high")
"""A fire that no row fits would be heard by nobody."""


def _catches_all(rule: Rule) -> bool:
    filters = (rule.types, rule.systems, rule.classes, rule.whole, rule.panel, rule.night)
    return rule.row and all(filter_ in ((), None) for filter_ in filters)


def _check_rules(rules: Sequence[Rule]) -> None:
    for at, rule in enumerate(rules):
        _check_rule(f"rules[{at}]", rule)
    for name in NEVER_WITHOUT:
        if not any(name in rule.on and _catches_all(rule) for rule in rules):
            raise PolicyError("rules", f"{name} needs a row for every device, whatever it is and wherever it stands")


def _check_rule(place: str, rule: Rule) -> None:
    if not rule.on:
        raise PolicyError(f"{place}.on", "at least one condition")
    mask = _bits(f"{place}.on", rule.on)
    if mask & Condition.FIRE and rule.grade > Grade.II:
        raise PolicyError(f"{place}.grade", "an unverified fire is at least II")
    if mask & (Condition.FIRE | Condition.MANUAL_ALARM | Condition.DISCHARGE) and rule.hold_s:
        raise PolicyError(f"{place}.hold_s", "a fire is never held")
    for type_ in rule.types:
        if type_ not in TYPES:
            raise PolicyError(f"{place}.types", f"no device type is called {type_!r}")
    if rule.hold_s < 0 or (rule.lasts and rule.lasts.seconds <= 0):
        raise PolicyError(place, "times are positive")
    if rule.lasts and rule.lasts.grade >= rule.grade:
        raise PolicyError(f"{place}.lasts.grade", f"must be graver than {rule.grade.name}")
    if rule.group not in ("", "loop", "unit"):
        raise PolicyError(f"{place}.group", f"loop, unit or nothing, not {rule.group!r}")


def _check_limit(place: str, limit: Limit) -> None:
    _known_metric(place, limit.metric)
    bit = _bits(f"{place}.condition", (limit.condition,))
    if limit.back < 0:
        raise PolicyError(f"{place}.back", "not negative")
    if limit.near is not None and not 0 < limit.near < 1:
        raise PolicyError(f"{place}.near", "a share between 0 and 1")
    if limit.least is not None and limit.most is not None and not limit.least <= limit.at <= limit.most:
        raise PolicyError(f"{place}.at", f"within the standard's range, {limit.least:g} to {limit.most:g}")
    if limit.near_hold_s < 0 or limit.hold_s < 0 or (limit.hold_s and bit & URGENT):
        raise PolicyError(f"{place}.hold_s", "not negative, and nothing urgent is held")


def _known_metric(place: str, metric: str) -> None:
    if metric not in METRICS:
        raise PolicyError(f"{place}.metric", f"no metric is called {metric!r}")


def _check_times(policy: Policy) -> None:
    missing = [c.name for c in PremisesClass if c.name not in policy.countdowns]
    if missing:
        raise PolicyError("countdowns", f"times are missing for {', '.join(missing)}")
    for name, row in policy.countdowns.items():
        for field in row.__struct_fields__:
            if not 0 < getattr(row, field) <= 3600:
                raise PolicyError(f"countdowns.{name}.{field}", "between 1 and 3600 seconds")
    if not 0 < policy.impaired_factor <= 1:
        raise PolicyError("impaired_factor", "above 0, at most 1")
    for name, group in policy.groups.items():
        if not 0 < group.share <= 1 or group.least < 2:
            raise PolicyError(f"groups.{name}", "a share up to 1, and at least 2 points")
    if not 0 < policy.unvisited_share <= 1:
        raise PolicyError("unvisited_share", "more than 0, at most 1")
    if policy.flap.times < 2 or any(a >= b for a, b in pairwise((0, policy.flap.settle_s, 86400))):
        raise PolicyError("flap", "at least 2 times, settling between 1 second and a day")


MOST_TIMES = 20
MOST_DAYS = 366


def _check_repeats(by: Repeats) -> None:
    if not 2 <= by.times <= MOST_TIMES:
        raise PolicyError("repeats.times", f"a whole number from 2 to {MOST_TIMES}")
    if not 1 <= by.days <= MOST_DAYS:
        raise PolicyError("repeats.days", f"a whole number from 1 to {MOST_DAYS}")
    if not by.letters or not set(by.letters) <= FALSE_LETTERS:
        raise PolicyError("repeats.letters", "letters of what is no fire: U, E, D, H or X")
    for code in by.at_once:
        if code not in CODES or code[0] not in FALSE_LETTERS:
            raise PolicyError("repeats.at_once", f"no cause of what is no fire is called {code!r}")


LATEST_S = 180
"""By then nobody has answered, and it is I: everybody's."""


def _check_handlers(policy: Policy) -> None:
    """Each level passes on no sooner than the one below it; grade I is everybody's at once."""
    for name, row in policy.first_handler.items():
        if name != Grade.II.name:
            raise PolicyError(
                f"first_handler.{name}", "II alone; at I all desks sound at once, III and IV are no desk's"
            )
        least = 0
        for field in row.__struct_fields__:
            value = getattr(row, field)
            if not least <= value <= LATEST_S:
                raise PolicyError(f"first_handler.{name}.{field}", f"between {least} and {LATEST_S} seconds")
            least = value


def _check_districts(policy: Policy) -> None:
    for share, name in ((policy.tightening.least_time, "least_time"), (policy.tightening.least_limit, "least_limit")):
        if not 0 < share <= 1:
            raise PolicyError(f"tightening.{name}", "a share above 0, at most 1")
    for area, district in policy.districts.items():
        if len(area) != 6 or not area.isdigit():
            raise PolicyError(f"districts.{area}", "a district is called by six digits")
        _check_shorter(f"districts.{area}.countdowns", district, policy)
        for name, at in district.limits.items():
            place = f"districts.{area}.limits.{name}"
            found = [limit for limit in policy.limits if limit_name(limit) == name]
            if not found:
                raise PolicyError(place, "the city has no limit of that name")
            for limit in found:
                _check_nearer(place, at, limit, policy.tightening.least_limit)
        for name, grade in district.graver.items():
            _bits(f"districts.{area}.graver", (name,))
            _check_graver(f"districts.{area}.graver.{name}", grade, [r for r in policy.rules if name in r.on])


def _check_shorter(place: str, district: District, policy: Policy) -> None:
    for name, row in district.countdowns.items():
        city = policy.countdowns.get(name)
        if city is None:
            raise PolicyError(f"{place}.{name}", "S1, S2, S3 or S4")
        for field in Countdown.__struct_fields__:
            most = getattr(city, field)
            least = most * policy.tightening.least_time
            if not least <= getattr(row, field) <= most:
                raise PolicyError(
                    f"{place}.{name}.{field}", f"between {least:g} and {most} seconds, as the city allows"
                )


def _check_nearer(place: str, at: float, limit: Limit, share: float) -> None:
    ends = (limit.at, limit.at / share) if limit.below else (limit.at * share, limit.at)
    if not ends[0] <= at <= ends[1]:
        raise PolicyError(place, f"between {ends[0]:g} and {ends[1]:g}, as the city allows")


def _check_graver(place: str, grade: Grade, rules: Iterable[Rule]) -> None:
    gravest = min((rule.grade for rule in rules), default=Grade.IV)
    if grade > gravest:
        raise PolicyError(place, f"not less grave than in the city, {gravest.name}")
