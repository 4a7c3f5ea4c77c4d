"""The nouns of electrical safety, as pages show them and as people enter them.

A circuit hangs below a unit; devices are named by their ids and kept by the place where they stand. Instants leave as
datetimes. Absent: what a command is (commands) and what an alarm is (incidents).
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

Phase = Literal["", "a", "b", "c", "n"]
LoadClass = Literal["first", "second", "third"]
Line = Annotated[str, msgspec.Meta(max_length=100)]
Words = Annotated[str, msgspec.Meta(max_length=4000)]


class MeasuredChannel(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity of one phase, with the newest reading of the last hours; `level` puts it beside its limits, which
    are of version `policy` where they are not the circuit's own."""

    metric: str
    phase: str
    device_id: str
    device: str
    unit: str
    value: float | None
    at: datetime | None
    low: float | None
    high: float | None
    near: float | None
    source: str
    policy: int
    level: Literal["normal", "near", "over", "unknown"]


class ConsentView(msgspec.Struct, frozen=True, kw_only=True):
    """`standing`: it permits a cut now; `automatic`: it names the automatic cut-off besides."""

    id: str
    given_by: str
    signed_on: date
    starts_at: datetime
    ends_at: datetime
    words: str
    automatic: bool
    file: str | None
    recorded_at: datetime
    recorded_by: str
    revoked_at: datetime | None
    revoked_by: str
    revoked_why: str
    standing: bool


class BreakerView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    condition: str


class CircuitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a circuit is, and where."""

    id: str
    code: str
    name: str
    unit_id: str
    unit_name: str
    area: str
    building_id: str | None
    building: str
    panel: str
    place: str
    phases: int
    rating_a: float | None
    load_class: LoadClass
    feeds: list[str]
    panel_cuts: bool


class CircuitView(CircuitFacts, frozen=True, kw_only=True):
    """`condition` is the gravest of its devices; `state` follows from the current that was measured last."""

    breaker: BreakerView | None
    condition: str
    conditions: list[str]
    state: Literal["live", "dead", "unknown"]
    channels: list[MeasuredChannel]
    consented_until: datetime | None
    changed_at: datetime


class Hindrance(msgspec.Struct, frozen=True):
    """As a refused request says it: the sentence, its code, what stands in its holes."""

    detail: str
    code: str
    params: dict[str, str]


class ReclosedView(msgspec.Struct, frozen=True, kw_only=True):
    """The site's word that power is back, after this cut; `photo`: there is one."""

    command: str
    at: datetime
    words: str
    photo: bool
    recorded_at: datetime
    recorded_by: str


class NewReclosed(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: when it was closed; else just now."""

    words: Annotated[str, msgspec.Meta(min_length=2, max_length=1000)]
    at: datetime | None = None


class CircuitDetail(CircuitView, frozen=True, kw_only=True):
    """`hindrances`: why it may not be cut now, as a request would be refused; none: it may. `cuts`: newest orders.
    `back_unsaid`: current flows again after a cut, and nobody on site has said that he closed the breaker."""

    consents: list[ConsentView]
    hindrances: list[Hindrance]
    cuts: list[str]
    reclosed: list[ReclosedView]
    back_unsaid: bool


class DriftView(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity whose daily maxima keep rising: per day, with its 95 % interval, and the days until its limit."""

    metric: str
    phase: str
    unit: str
    days_seen: int
    per_day: float
    per_day_low: float
    per_day_high: float
    level: float
    limit: float
    source: str
    days: float
    soonest_days: float
    latest_days: float | None


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """`days`: how far back was looked. `rising`: the soonest at its limit first."""

    days: int
    rising: list[DriftView]


class NewMeasuredChannel(msgspec.Struct, frozen=True, kw_only=True):
    metric: str
    phase: Phase = ""
    device_id: str


class NewCircuit(msgspec.Struct, frozen=True, kw_only=True):
    """`breaker_id`: the device that opens it, of type breaker; `channels`: what measures it."""

    unit_id: str
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    building_id: str | None = None
    panel: Line = ""
    place: Line = ""
    phases: Literal[1, 3] = 1
    rating_a: Annotated[float, msgspec.Meta(gt=0, le=10_000)] | None = None
    load_class: LoadClass = "second"
    feeds: Annotated[list[str], msgspec.Meta(max_length=30)] = []
    panel_cuts: bool = True
    breaker_id: str | None = None
    channels: Annotated[list[NewMeasuredChannel], msgspec.Meta(max_length=40)] = []


class NewConsent(msgspec.Struct, frozen=True, kw_only=True):
    """The owner's words as he wrote them; a file instead goes to the address beside this one."""

    given_by: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    signed_on: date
    ends_at: datetime
    words: Annotated[str, msgspec.Meta(min_length=10, max_length=4000)]
    starts_at: datetime | None = None
    automatic: bool = False


class AutomaticLimit(msgspec.Struct, frozen=True, kw_only=True):
    """`least`: below it nothing may be agreed, for nothing is cut before it is an alarm."""

    metric: str
    unit: str
    limit: float | None
    least: float | None


class TripView(msgspec.Struct, frozen=True, kw_only=True):
    """When it would have cut (`live` false), or has (`command`); `against`: what spoke against it then."""

    at: datetime
    held_s: int
    metric: str
    phase: str
    unit: str
    value: float
    most: float
    limit: float
    readings: int
    live: bool
    against: str
    command: str | None


class AutomaticView(msgspec.Struct, frozen=True, kw_only=True):
    """`limits`: of each quantity that could be watched; null: it is not. `ready_at`: when one may ask to let it cut.
    `hindrances`: what stands against cutting by itself now. `steps`: what the reader may do."""

    mode: Literal["off", "rehearsal", "asked", "live"]
    limits: list[AutomaticLimit]
    hold_s: int
    begun_at: datetime | None = None
    begun_by: str = ""
    ready_at: datetime | None = None
    asked_at: datetime | None = None
    asked_by: str = ""
    why: str = ""
    until: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str = ""
    hindrances: list[Hindrance]
    steps: list[str]
    trips: list[TripView]


class NewAutomaticLimit(msgspec.Struct, frozen=True, kw_only=True):
    metric: Literal["residual_current", "temperature", "current"]
    limit: Annotated[float, msgspec.Meta(gt=0, le=30_000)]


class NewAutomatic(msgspec.Struct, frozen=True, kw_only=True):
    """What it watches, and how long readings must hold over a limit."""

    limits: Annotated[list[NewAutomaticLimit], msgspec.Meta(min_length=1, max_length=3)]
    hold_s: Annotated[int, msgspec.Meta(ge=10, le=3600)] = 120


class AutomaticAsked(msgspec.Struct, frozen=True, kw_only=True):
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    until: datetime


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class SetLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody set for the circuit, until it was ended."""

    id: str
    limit: float
    why: str
    set_at: datetime
    set_by: str
    ended_at: datetime | None
    ended_by: str
    ended_why: str


class CircuitLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of the circuit that may have a limit of its own: what holds, what the policy says and by which clause,
    the range within which it may be set, and all that was ever set."""

    metric: str
    unit: str
    limit: float
    policy_limit: float
    source: str
    clause: str
    since: str
    least: float
    most: float
    history: list[SetLimit]


class CircuitLimits(msgspec.Struct, frozen=True, kw_only=True):
    """`policy`: the version in force."""

    policy: int
    items: list[CircuitLimit]


class NewLimit(msgspec.Struct, frozen=True, kw_only=True):
    """`limit` null: back to the policy's."""

    limit: float | None
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Row(CircuitFacts, frozen=True, kw_only=True):
    """A circuit as it stands, before what is measured is laid beside it."""

    breaker_id: str | None
    breaker_name: str
    breaker_conditions: int
    breaker_seen: bool
    consented_until: datetime | None
    changed_at: datetime


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """`number`, `parent`: the device that stands there now, as history knows it."""

    circuit: str
    metric: int
    phase: str
    device_id: str
    device: str
    number: int
    parent: int | None
    gateway: str
    address: str
    conditions: int
    seen: bool
    limit_at: float | None
    limit_by: str | None
    limit_set: datetime | None
