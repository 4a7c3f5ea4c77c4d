"""Policy: every figure and every row by which alarms are judged, as one document.

Enters: rows. Leaves: what a stage asks for, found once and remembered; `write` gives the document. Version 1 stands in
policy_tables.py, reading and checking in policy_checks.py. Absent: judgement; a stage asks the policy, the policy never
asks a stage.

A row (`Rule`) is found by condition, type and place of the speaker, first match wins. `families` say in what company it
may be seen; `Echo` rows say what company raises it. Figures without a standard are field practice (docs/policy.md).
"""

from collections.abc import Iterable
from functools import cached_property
from math import isfinite

import msgspec

from zhigan.alarms.engine.model import Subject
from zhigan.incidents.model import Why
from zhigan.vocabulary.causes import Repeats
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.devices import BY_NAME as TYPES
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.handling import TakeOver
from zhigan.vocabulary.limits import Limit, near_value
from zhigan.vocabulary.metrics import BY_NAME as METRICS
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.premises import PremisesClass

NAMES: dict[int, str] = {int(c): (c.name or str(int(c))).lower() for c in Condition if c}
"""Bit → the condition's name in documents and on alarms."""


class PolicyError(ValueError):
    """The document cannot be a policy: the place as a path ("limits[3].back"), and what is wanted there."""

    def __init__(self, place: str, wanted: str) -> None:
        super().__init__(f"{place}: {wanted}" if place else wanted)
        self.place = place
        self.wanted = wanted


class Lasts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition that stands this long is graver."""

    seconds: int
    grade: Grade
    why: Why
    unless_valve_shut: bool = False


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One condition, alone. Empty filters fit all; `whole` is a device or a system rather than one point behind it."""

    on: tuple[str, ...]  # names of conditions in lower case
    grade: Grade
    kind: Kind
    why: Why
    types: tuple[str, ...] = ()
    systems: tuple[int, ...] = ()  # system types of GB/T 26875.3
    classes: tuple[PremisesClass, ...] = ()
    whole: bool | None = None
    panel: bool | None = None  # behind or at a transmission device
    night: bool | None = None
    hold_s: int = 0
    lasts: Lasts | None = None
    families: tuple[str, ...] = ()  # none: it passes on what others see
    row: bool = True  # False: keeps company only, recorded on the incident
    protection: bool = False  # a fire would be unfought while it stands
    group: str = ""  # "loop", "unit": many of it are one row
    repeat_grade: Grade | None = None  # told again while it stands
    repeat_why: Why | None = None
    repeat_within_s: int = 0  # came back within: the same (0: only while it stands)


class Echo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`when` in the company of `beside` is `grade`. The company was raised at most `window_s` ago, or stands since
    at most `standing_s`."""

    when: str
    beside: str
    reach: str = "near"  # near: same or adjacent locus · locus: the same · building · point: the same point
    window_s: int = 300
    standing_s: int = 0
    grade: Grade
    why: Why


class Plausible(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sensor of this metric can show at all; beyond it the reading is not believed."""

    metric: str
    low: float
    high: float
    types: tuple[str, ...] = ()


class Countdown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds from opening: verified by, answered by the site by."""

    verify_day_s: int
    verify_night_s: int
    answer_day_s: int
    answer_night_s: int


class Flap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Raised `times` within `window_s`: its clearing is believed after `settle_s`; raising is never delayed."""

    times: int = 5
    window_s: int = 600
    settle_s: int = 60


class Groups(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`share` of the loop or unit, but at least `least`; onsets within `window_s` (0: whenever they began)."""

    share: float
    least: int
    window_s: int = 0
    more_than: bool = False  # strictly more than the share


class Trending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: float = 7.0
    least_hours: float = 24.0
    least_readings: int = 12


class Tightening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a district may go on its own: times no shorter, and limits no lower, than this share of the city's."""

    least_time: float = 0.5
    least_limit: float = 0.6


class District(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a district (six digits) does more strictly than the city: never less, and only where a field is given.
    `limits`: "metric/condition" → where it begins there; `graver`: condition → the grade that it has alone."""

    countdowns: dict[str, Countdown] = {}
    limits: dict[str, float] = {}
    graver: dict[str, Grade] = {}


class Policy(msgspec.Struct, frozen=True, dict=True, kw_only=True, forbid_unknown_fields=True):
    """One version of the policy."""

    version: int
    rules: tuple[Rule, ...]
    echoes: tuple[Echo, ...]
    limits: tuple[Limit, ...]
    plausible: tuple[Plausible, ...]
    countdowns: dict[str, Countdown]  # "S1" … "S4"
    groups: dict[str, Groups]  # "<kind>/<loop or unit>", else "<loop or unit>"
    group_why: dict[str, Why]  # kind → reason of the one row
    flap: Flap = Flap()
    trend: Trending = Trending()
    again_after_reset_s: int = 600
    single_restored_s: int = 120  # S3: one detector normal again within: stays II
    late_s: int = 600  # older than this is late
    repeat_told_s: int = 10  # repeats are told outward at most this often
    remember_s: int = 600  # how long a cleared alarm is remembered
    told_anew_s: int = 86400  # told again after so long a silence it is a new alarm, though nobody said that it cleared
    test_pair: tuple[str, str] = ("call", "flow")  # families that ask the operator even inside a test
    test_pair_s: int = 300
    impaired_factor: float = 0.5
    unvisited_share: float = 0.05  # more of a county's closed alarms of a month as X2: a service-level alert
    repeats: Repeats = Repeats()  # false alarms of one device that become work
    spread_joins: Grade = Grade.I  # an adjacent incident this grave takes a new fire in without further proof
    resettable: tuple[str, ...] = ()  # conditions that a panel reset clears
    ending: tuple[Kind, ...] = ()  # III and IV rows of these kinds end by themselves
    first_handler: dict[str, TakeOver] = {}  # grade → by when a level passes on what it has not accepted; I: at once
    tightening: Tightening = Tightening()
    districts: dict[str, District] = {}

    def of(self, area: str) -> "Policy":
        """As it holds in this district."""
        return self._variants.get(area[:6], self) if self.districts else self

    @cached_property
    def _variants(self) -> dict[str, "Policy"]:
        return {area: tightened(self, district) for area, district in self.districts.items()}

    @cached_property
    def by_bit(self) -> dict[int, tuple[Rule, ...]]:
        found: dict[int, tuple[Rule, ...]] = {}
        for rule in self.rules:
            for name in rule.on:
                bit = bit_of(name)
                found[bit] = (*found.get(bit, ()), rule)
        return found

    @cached_property
    def reset_mask(self) -> int:
        return mask_of(self.resettable)

    @cached_property
    def family_mask(self) -> dict[str, int]:
        """Family → conditions by which a point belongs to it."""
        found: dict[str, int] = {}
        for rule in self.rules:
            for family in rule.families:
                found[family] = found.get(family, 0) | mask_of(rule.on)
        return found

    @cached_property
    def echoes_of(self) -> dict[str, tuple[Echo, ...]]:
        found: dict[str, tuple[Echo, ...]] = {}
        for echo in self.echoes:
            found[echo.when] = (*found.get(echo.when, ()), echo)
        return found

    @cached_property
    def echo_memory(self) -> dict[str, int]:
        """Family → µs for which it can still be company."""
        found: dict[str, int] = {}
        for echo in self.echoes:
            found[echo.beside] = max(found.get(echo.beside, 0), echo.window_s * SECOND, echo.standing_s * SECOND)
        return found

    @cached_property
    def countdown_of(self) -> dict[PremisesClass, Countdown]:
        return {premises: self.countdowns[premises.name] for premises in PremisesClass}

    @cached_property
    def memory_of(self) -> dict[int, int]:
        """Condition → µs for which a cleared alarm of it is remembered."""
        return {
            bit: max(self.remember_s, max(r.repeat_within_s for r in rows)) * SECOND
            for bit, rows in self.by_bit.items()
        }

    @cached_property
    def _limits(self) -> dict[str, dict[int, tuple[Limit, ...]]]:
        return {}

    @cached_property
    def _bounds(self) -> dict[tuple[str, tuple[Limit, ...]], dict[int, tuple[float, float]]]:
        return {}

    @cached_property
    def _found(self) -> dict[tuple[int, str, str, bool, str, PremisesClass, bool], Rule | None]:
        return {}

    def limits_of(self, type_: str) -> dict[int, tuple[Limit, ...]]:
        """Metric number → limits of a device type."""
        known = self._limits.get(type_)
        if known is None:
            known = dict[int, tuple[Limit, ...]]()
            for limit in self.limits:
                if not limit.types or type_ in limit.types:
                    number = METRICS[limit.metric].number
                    known[number] = (*known.get(number, ()), limit)
            self._limits[type_] = known
        return known

    def limits_at(self, type_: str, own: tuple[Limit, ...], metric: int) -> tuple[Limit, ...]:
        """Limits of one metric of one point: its own, else those of its type."""
        if own:
            mine = tuple(limit for limit in own if METRICS[limit.metric].number == metric)
            if mine:
                return mine
        return self.limits_of(type_).get(metric, ())

    def bounds(self, type_: str, own: tuple[Limit, ...] = ()) -> dict[int, tuple[float, float]]:
        """Metric number → open interval in which a reading of this type, or of a point with limits of its own, says
        nothing new (see quiet.py)."""
        key = (type_, own)
        known = self._bounds.get(key)
        if known is None:
            if len(self._bounds) > 20_000:
                self._bounds.clear()
            known = self._bounds[key] = self._intervals(type_, own)
        return known

    @cached_property
    def tightest(self) -> dict[int, tuple[float, float]]:
        """The same for points whose types are not at hand."""
        found: dict[int, tuple[float, float]] = {}
        for type_ in TYPES:
            for metric, (low, high) in self.bounds(type_).items():
                a, b = found.get(metric, (low, high))
                found[metric] = (max(a, low), min(b, high))
        return found

    def _intervals(self, type_: str, own: tuple[Limit, ...]) -> dict[int, tuple[float, float]]:
        found: dict[int, tuple[float, float]] = {}
        for variant in self._variants.values():
            for number, (a, b) in variant._intervals(type_, own).items():
                low, high = found.get(number, (float("-inf"), float("inf")))
                found[number] = (max(low, a), min(high, b))
        for number in {*self.limits_of(type_), *(METRICS[limit.metric].number for limit in own)}:
            for limit in self.limits_at(type_, own, number):
                low, high = found.get(number, (float("-inf"), float("inf")))
                if limit.below:
                    low = max(low, near_value(limit))
                else:
                    high = min(high, near_value(limit))
                found[number] = (low, high)
        for row in self.plausible:
            if not row.types or type_ in row.types:
                number = METRICS[row.metric].number
                low, high = found.get(number, (float("-inf"), float("inf")))
                found[number] = (max(low, row.low), min(high, row.high))
        return found

    def believed(self, type_: str, metric: int, value: float) -> bool:
        for row in self.plausible:
            if METRICS[row.metric].number == metric and (not row.types or type_ in row.types):
                return row.low <= value <= row.high
        return isfinite(value)

    def rule(self, bit: int, subject: Subject, premises: PremisesClass, night: bool) -> Rule | None:
        key = (
            bit,
            subject.type,
            subject.system,
            subject.component == "" or is_system(subject),
            subject.gateway,
            premises,
            night,
        )
        try:
            return self._found[key]
        except KeyError:
            if len(self._found) > 20_000:
                self._found.clear()
            rule = self._found[key] = self._search(bit, subject, premises, night)
            return rule

    def _search(self, bit: int, subject: Subject, premises: PremisesClass, night: bool) -> Rule | None:
        return next((r for r in self.by_bit.get(bit, ()) if _fits(r, subject, premises, night)), None)


def is_system(subject: Subject) -> bool:
    """A whole system behind a transmission device: its component text is the system itself."""
    return subject.component == subject.system


def _fits(rule: Rule, subject: Subject, premises: PremisesClass, night: bool) -> bool:
    if rule.types and subject.type not in rule.types:
        return False
    if rule.classes and premises not in rule.classes:
        return False
    if rule.systems and _system_type(subject) not in rule.systems:
        return False
    if rule.whole is not None and rule.whole != (subject.component == "" or is_system(subject)):
        return False
    if rule.panel is not None and rule.panel != (subject.gateway == "gb26875"):
        return False
    return rule.night is None or rule.night == night


def _system_type(subject: Subject) -> int:
    head = subject.system.partition(".")[0]
    return int(head) if head.isdigit() else -1


def bit_of(name: str) -> int:
    try:
        return int(Condition[name.upper()])
    except KeyError:
        raise PolicyError("", f"no condition is called {name!r}") from None


def mask_of(names: tuple[str, ...]) -> int:
    mask = 0
    for name in names:
        mask |= bit_of(name)
    return mask


def tightened(policy: Policy, district: District) -> Policy:
    """The city's policy with what this district does more strictly."""
    return msgspec.structs.replace(
        policy,
        rules=tuple(_graver(policy.rules, district)),
        limits=tuple(
            limit if (at := district.limits.get(limit_name(limit))) is None else msgspec.structs.replace(limit, at=at)
            for limit in policy.limits
        ),
        countdowns=policy.countdowns | district.countdowns,
        districts={},
    )


def limit_name(limit: Limit) -> str:
    return f"{limit.metric}/{limit.condition}"


def _graver(rules: Iterable[Rule], district: District) -> Iterable[Rule]:
    """Before a row of several conditions stands one of those that are graver here."""
    for rule in rules:
        for name in rule.on:
            grade = district.graver.get(name, rule.grade)
            if grade < rule.grade:
                lasts = rule.lasts if rule.lasts and rule.lasts.grade < grade else None
                yield msgspec.structs.replace(rule, on=(name,), grade=grade, lasts=lasts)
        yield rule


def write(policy: Policy) -> str:
    return msgspec.json.format(msgspec.json.encode(policy), indent=1).decode()
