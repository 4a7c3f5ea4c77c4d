"""The nouns of judging: where a signal comes from, what a case remembers, what a decision says.

Enters: `Seen` signals with their registry entry, and a `Context` given anew each time. Leaves: a `Verdict`.
A `Case` holds only what is not normal, and of that only what a rule can still need; it is stored as msgpack, every
field with a default, so that a blob of an older version decodes. Absent: figures (policy.py), judgement (the stages).

Frozen things are handed out; the others are copied before they are changed (book.py): `decide` never changes its
arguments.
"""

from functools import lru_cache

import msgspec

from zhigan.incidents.model import Change, Place, Reason, State
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.premises import PremisesClass
from zhigan.vocabulary.signals import Signal


class Locus(msgspec.Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """Flat, else compartment, else floor, else building, else unit (all empty); `dwelling`: a stand-alone detector."""

    building: str = ""
    floor: int | None = None
    compartment: str = ""
    flat: str = ""
    dwelling: str = ""

    @property
    def key(self) -> str:
        return _key(self)


@lru_cache(maxsize=65536)
def _key(locus: Locus) -> str:
    place = locus.building if locus.floor is None else f"{locus.building}/{locus.floor}"
    if locus.flat:
        return f"{place}/flat:{locus.flat}"
    if locus.dwelling:
        return f"{place}/dwelling:{locus.dwelling}"
    if locus.compartment:
        return f"{place}/zone:{locus.compartment}"
    return place


def adjacent(a: Locus, b: Locus) -> bool:
    """The same place, what lies on its floor and the floors next to it. An unknown floor counts as the whole building,
    an unknown building as the whole unit; dwellings without a building are next to nothing: a lane is not one house."""
    if a == b:
        return True
    if _alone(a) or _alone(b):
        return _alone(a) and _alone(b) and a.dwelling == b.dwelling
    if not a.building or not b.building:
        return True
    if a.building != b.building:
        return False
    return a.floor is None or b.floor is None or abs(a.floor - b.floor) <= 1


def _alone(locus: Locus) -> bool:
    return bool(locus.dwelling) and not locus.building


def locus_of(
    *, building: str, floor: int | None, compartment: str, flat: str, gateway: str, address: str, residential: bool
) -> Locus:
    """A stand-alone detector in housing without a flat is a dwelling of its own."""
    if residential and not flat and gateway != "gb26875":
        return Locus(building, floor, "", "", f"{gateway}:{address}")
    return Locus(building, floor, "" if flat else compartment, flat)


@lru_cache(maxsize=65536)
def zones(locus: Locus) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(where to be found, where to look): buckets such that two loci meet there exactly when they are `adjacent`.

    A thing is kept under its floor, its building and the unit; who knows only the building looks at that bucket.
    """
    if _alone(locus):
        own = f"~{locus.dwelling}"
        return (own,), (own,)
    b, f = locus.building, locus.floor
    if not b:
        return ("|", "*"), ("*",)
    if f is None:
        return (f"{b}|", f"{b}|*", "*"), (f"{b}|*", "|")
    return (f"{b}|{f}", f"{b}|*", "*"), (f"{b}|{f}", f"{b}|{f - 1}", f"{b}|{f + 1}", f"{b}|", "|")


@lru_cache(maxsize=4096)
def building_zones(locus: Locus) -> tuple[str, ...]:
    """Where to look for what serves the whole building (pumps, pressure switches)."""
    if _alone(locus):
        return (f"~{locus.dwelling}",)
    return (f"{locus.building}|*", "|") if locus.building else ("*",)


class Subject(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """A device, a system behind it, or a component: the registry's entry as the engine needs it."""

    number: int
    address: str
    gateway: str = "gb26875"
    device_id: str | None = None
    registered: bool = True
    parent: str = ""  # the transmission device's address
    type: str = "other"
    name: str = ""
    component: str = ""  # the text behind "/", "" for a device
    system: str = ""  # "1.1"
    locus: Locus = Locus()
    offline_class: str = ""
    place_text: str = ""
    in_service: bool = True
    normal_at: int = 0  # device time of the last status that spoke of no alarm, 0 where unknown: late fires look at it
    own: tuple[Limit, ...] = ()  # limits of its own: of their metrics they stand instead of the policy's


class Seen(msgspec.Struct, frozen=True, gc=False):
    """A signal and who spoke. READINGS with `points` carry the subjects of those points that are known."""

    signal: Signal
    subject: Subject
    points: tuple[Subject, ...] = ()


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """A test in progress: what is named is in it. `addresses`: devices with all behind them, systems, components;
    `devices`: ids; `systems`: "1.1"; `building`: as in loci; `whole`: all of the case."""

    __test__ = False

    id: str
    until: int
    addresses: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    building: str = ""
    whole: bool = False
    purpose: str = ""
    person: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the registry knows of the case today; given anew with each call, never stored with it."""

    case_key: str
    premises: PremisesClass = PremisesClass.S4
    place: Place = Place()
    places: dict[str, Place] = {}  # by Locus.building, where a case holds several
    tests: tuple[Test, ...] = ()
    closed_hours: tuple[tuple[int, int], ...] = ()  # S4: minutes of the local day, from–to; empty: the night
    loops: dict[str, int] = {}  # points a system: "ADDRESS/1.1" (or "1.1") → count, for the 10 % rule
    devices: int = 0  # devices of the case, for the 20 % link rule


class Alarm(msgspec.Struct, array_like=True, gc=False):
    """One condition of one point, from its hold or raising until it can matter no more."""

    bit: int
    phase: int
    since: int
    id: str = ""
    incident: str = ""
    count: int = 1
    told_at: int = 0  # when a repeat was last told outward
    due: int = 0  # end of the hold or of settling; when cleared: until when it is remembered
    flips: tuple[int, ...] = ()  # when it was raised lately
    at: int = 0  # the device's own time
    text: str = ""
    raw: bytes = b""
    late: bool = False
    protects: bool = False  # counted in `Case.impaired`
    group: str = ""  # counted in `Case.groups`
    heard_at: int = 0  # when it was last told
    stored: bool = False  # told late, by a clock that can be believed
    facts: dict[str, str | int | float] = {}  # while it is held: the figures that will be its reason


HELD, STANDS, SETTLING, CLEARED, TESTED = range(5)
"""Phases of an alarm: waits for its hold · raised · seems gone, flapping · gone, remembered · silent in a test."""


class Trend(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line through readings by running sums; hours since `start`."""

    start: int
    n: int = 0
    t: float = 0.0
    v: float = 0.0
    tt: float = 0.0
    tv: float = 0.0


class Measured(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the readings of one metric say: conditions, the last value (for its rise), the line through them."""

    bits: int = 0
    at: int = 0
    value: float = 0.0
    trend: Trend | None = None


class Point(msgspec.Struct, array_like=True, gc=False):
    """A subject of which something is not normal, or was until a moment ago."""

    subject: Subject
    told: int = 0  # conditions it told
    order: int = 0  # received_at of the last status heard
    at: int = 0  # the device's time of it
    alarms: dict[int, Alarm] = {}
    metrics: dict[int, Measured] = {}
    latched: str = ""  # the system in `Case.latched` under which it stands
    noted: int = 0  # recorded conditions already remarked on an incident; kept until `noted_until`
    noted_until: int = 0

    @property
    def conditions(self) -> int:
        bits = self.told
        for measured in self.metrics.values():
            bits |= measured.bits
        return bits


class Near(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something seen lately in a zone: what corroborates what comes next."""

    point: str
    at: int
    incident: str = ""
    name: str = ""


class Open(msgspec.Struct, array_like=True, gc=False):
    """An open incident as last known."""

    id: str
    slot: str
    grade: Grade
    kind: Kind
    loci: tuple[Locus, ...]
    since: int
    state: State = State.OPEN
    verify_by: int | None = None
    answer_by: int | None = None
    marks: int = 0
    live: int = 0  # alarms that stand
    fires: int = 0  # alarms of fire that it ever had
    why: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()  # everything in `Case.where` that leads here
    absorbed: tuple[str, ...] = ()
    operations: int = 0  # operations at the panel already remarked
    desk_at: int = 0  # since when it is the desk's
    systems: tuple[str, ...] = ()  # "ADDRESS/1.1" from which alarms came: whose operations concern it
    apart: tuple[str, ...] = ()  # incidents that people took apart from it: the engine joins them no more
    belated: int = 0  # of its fires those that were over before they were told

    @property
    def desk(self) -> bool:
        return self.slot.startswith("desk:")


INDEPENDENT, ANSWERED, RESET_SAID, STAYS, LATE, SAID_FIRE = 1, 2, 4, 8, 16, 32
"""Marks of an open incident: somebody saw it, not only the panel's bit · the site answered · 未核实即复位 said ·
stays II (S3) · late fire · a person on site said that it burns."""


class Group(msgspec.Struct, array_like=True, gc=False):
    """Points of one loop or unit in the same trouble: past a share of it they are ONE row."""

    members: dict[str, int] = {}  # point → since when
    onsets: list[int] = []  # of the members, in order
    incident: str = ""


class Case(msgspec.Struct, omit_defaults=True):
    """All that must be remembered of one unit or building. An empty one need not be stored (`idle`)."""

    key: str
    points: dict[str, Point] = {}
    open: dict[str, Open] = {}
    where: dict[str, str] = {}  # slot, or desk:<locus> → open incident
    desks: dict[str, tuple[str, ...]] = {}  # zone → open desk incidents
    near: dict[str, dict[str, tuple[Near, ...]]] = {}  # family → zone → the last two devices
    resets: dict[str, int] = {}  # locus → when a reset cleared a fire there
    merged: dict[str, str] = {}
    groups: dict[str, Group] = {}
    latched: dict[str, dict[str, int]] = {}  # "ADDRESS/1.1" → points with something that a reset clears
    impaired: dict[str, int] = {}  # building → alarms that stand for protection down
    shut: dict[str, Locus] = {}  # valves that reported closed (and do, while FEEDBACK stands)
    tested: dict[str, int] = {}  # points silent in a test
    tests: tuple[str, ...] = ()  # tests known at the last call
    timers: list[tuple[int, str, str]] = []  # heap: when, what, whom
    forget: list[tuple[int, str]] = []  # heap: when, what may then be dropped; never wakes anybody

    @property
    def idle(self) -> bool:
        return not (
            self.points
            or self.open
            or self.near
            or self.resets
            or self.groups
            or self.timers
            or self.tested
            or self.merged
        )


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from the signals, and why the rest did not.

    `silent`: (address, reason) of what raised nothing. `due_at`: decide again then, without signals. `conditions`: what
    devices and components are in now, where that changed (device number, conditions).
    """

    case: Case
    changes: tuple[Change, ...] = ()
    silent: tuple[tuple[str, Reason], ...] = ()
    due_at: int | None = None
    conditions: tuple[tuple[int, int], ...] = ()
