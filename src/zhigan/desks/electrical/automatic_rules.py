"""The automatic cut-off (自动断电): when readings have held over their limit, and whether all holds that must. Pure.

Enters: what was agreed for a circuit, its readings, what is known of circuit, consent, building and sensor, `now`.
Leaves: a `Trip`, which cuts only where everything holds; else it says why not. Absent: the general rule of a cut
(`commands.rules.cuttable`, asked here too), sending, and what is measured (rules).
"""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Final, Literal, NamedTuple

import msgspec

from zhigan.commands.model import Target
from zhigan.commands.rules import Impossible, NotYours, Refusal, Wanting, cuttable
from zhigan.desks.electrical.bounds import Bound, limits
from zhigan.history.rules import Reading
from zhigan.vocabulary import limits as vocabulary
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.moments import DAY, MINUTE, SECOND

WATCHED: Final = ("residual_current", "temperature", "current")
SHORTEST_S: Final = 10
LONGEST_S: Final = 3600
REHEARSED: Final = 14 * DAY
"""So long it shows when it would have cut before anybody may ask to let it."""
LONGEST_LIVE: Final = 366 * DAY
GAP: Final = 10 * MINUTE
"""Readings further apart are not held together: a smart breaker reports every 1 to 5 minutes."""
HEARD_WITHIN: Final = 6 * MINUTE
LATE: Final = 5 * MINUTE
"""What a device tells so long after it measured says nothing of now."""
REST: Final = 30 * MINUTE
"""The same trouble is told once in this time."""
BELIEVED: Final = {"residual_current": 30_000.0, "temperature": 200.0, "current": 20_000.0}
"""Beyond this it is a broken sensor, not a wire."""
BROKEN: Final = int(
    Condition.IMPLAUSIBLE | Condition.FAULT | Condition.LINE_FAULT | Condition.ALARM_FAULT | Condition.OFFLINE
)

Mode = Literal["off", "rehearsal", "asked", "live"]


class Limit(NamedTuple):
    metric: int
    at: float


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Instants in µs. `asker`, `approver`: accounts, never one and the same."""

    id: str
    circuit: str
    limits: tuple[Limit, ...]
    hold: int
    begun_at: int
    begun_by: str = ""
    asked_at: int | None = None
    asked_by: str = ""
    asker: str | None = None
    why: str = ""
    until: int | None = None
    approved_at: int | None = None
    approved_by: str = ""
    approver: str | None = None
    ended_at: int | None = None
    tripped_at: int | None = None


class Ground(NamedTuple):
    """`target`: the circuit's breaker as every cut sees it. `burning`: an open fire in the building, whoever cuts in
    it. `named_until`: how long the owner's consent that names the automatic cut-off stands."""

    target: Target | None
    named_until: int | None
    burning: bool


class Held(NamedTuple):
    """Readings at or over a limit without a break: since when, the newest, the highest, how many."""

    since: int
    at: int
    value: float
    most: float
    readings: int

    @property
    def seconds(self) -> int:
        return (self.at - self.since) // SECOND


class Trip(NamedTuple):
    metric: int
    phase: str
    limit: float
    held: Held
    against: str
    live: bool

    @property
    def cuts(self) -> bool:
        return self.live and self.against == ""

    @property
    def said(self) -> str:
        unit = BY_NUMBER[self.metric].unit
        where = f"{BY_NUMBER[self.metric].name} {self.phase.upper()}".strip()
        return (
            f"automatic: {where} {self.held.value:.1f} {unit} >= {self.limit:g} {unit}, "
            f"{self.held.readings} readings in {self.held.seconds} s, highest {self.held.most:.1f}"
        )


class Series(NamedTuple):
    """A channel's readings, `conditions` of the device that stands there."""

    metric: int
    phase: str
    conditions: int
    readings: Sequence[Reading]


def mode(agreement: Agreement | None, now: int) -> Mode:
    if agreement is None or agreement.ended_at is not None:
        return "off"
    if agreement.approved_at is not None:
        return "live" if agreement.until is not None and agreement.approved_at <= now < agreement.until else "rehearsal"
    return "rehearsal" if agreement.asked_at is None else "asked"


def held(readings: Sequence[Reading], metric: int, limit: float, hold: int, now: int) -> Held | None:
    """Counted backwards from the newest: at or over the limit, reading for reading, for at least `hold`."""
    most = BELIEVED[BY_NUMBER[metric].name]
    run: list[Reading] = []
    fresh = (r for r in readings if r.received_at - r.at <= LATE and r.received_at <= now)
    for reading in sorted(fresh, key=lambda r: r.at, reverse=True):
        apart = bool(run) and run[-1].at - reading.at > GAP
        if apart or not isfinite(reading.value) or not limit <= reading.value <= most:
            break
        run.append(reading)
    if len(run) < 2 or now - run[0].received_at > HEARD_WITHIN or run[0].at - run[-1].at < hold:
        return None
    return Held(run[-1].at, run[0].at, run[0].value, max(r.value for r in run), len(run))


def fits(ground: Ground, conditions: int, now: int) -> None:
    """May it be cut by itself now? What every cut asks, and more. Refused with the reason."""
    if ground.target is None:
        raise Impossible("No breaker is registered for this circuit.")
    cuttable(ground.target, now)
    if ground.target.load_class != "third" or not ground.target.circuit:
        raise Impossible("Only a third-class circuit is ever cut by itself.")
    if not ground.target.measured:
        raise Impossible("The circuit's current is not measured: nothing would prove an automatic cut.")
    if ground.named_until is None or ground.named_until <= now:
        raise Impossible("No standing consent of the owner names the automatic cut-off.")
    if ground.burning:
        raise Impossible("There is an open fire in this building: nothing is cut by itself.")
    if conditions & BROKEN:
        raise Impossible("The sensor is judged broken.")


def unfit(ground: Ground, conditions: int, now: int) -> str:
    """Why it would not be cut by itself; empty: everything holds."""
    try:
        fits(ground, conditions, now)
    except Refusal as refusal:
        return str(refusal)
    return ""


def judge(agreement: Agreement, ground: Ground, series: Sequence[Series], state: str, now: int) -> Trip | None:
    """The gravest quantity that has held over its limit; None: nothing has, or it was told a while ago, or the circuit
    carries nothing that could be cut."""
    if agreement.ended_at is not None or state == "dead":
        return None
    if agreement.tripped_at is not None and now - agreement.tripped_at < REST:
        return None
    live = mode(agreement, now) == "live"
    ground = ground if live else _as_if_consented(ground, now)
    trips = [
        Trip(each.metric, each.phase, limit.at, found, unfit(ground, each.conditions, now), live)
        for limit in agreement.limits
        for each in series
        if each.metric == limit.metric
        and (found := held(each.readings, each.metric, limit.at, agreement.hold, now)) is not None
    ]
    return max(trips, key=lambda t: (t.cuts, t.held.value / t.limit), default=None)


def _as_if_consented(ground: Ground, now: int) -> Ground:
    """A rehearsal shows when it would cut; the owner's paper is asked for before it becomes live."""
    target, soon = ground.target, now + SECOND
    paper = None if target is None else msgspec.structs.replace(target, cut_by=target.cut_by or "-", cut_until=soon)
    return ground._replace(target=paper, named_until=soon)


def least(channels: Iterable[Bound], policy: Sequence[vocabulary.Limit]) -> dict[str, float]:
    """Nothing is cut by itself before it is an alarm: by metric, the highest limit of what measures it."""
    found: dict[str, float] = {}
    for channel in channels:
        high = limits(channel, policy).high
        if high is not None:
            found[channel.metric] = max(high, found.get(channel.metric, high))
    return found


def may_ask(agreement: Agreement, ground: Ground, until: int, now: int) -> None:
    """From rehearsal to live: the first of two people."""
    if mode(agreement, now) == "live":
        raise Impossible("The automatic cut-off is live already.")
    if now - agreement.begun_at < REHEARSED:
        days = REHEARSED // DAY
        raise Impossible(f"It has to rehearse for {days} days before it may be asked for.")
    if not now < until <= now + LONGEST_LIVE:
        raise Wanting("until", "ahead, at most one year")
    _fit(ground, now)


def may_approve(agreement: Agreement, ground: Ground, person: str, now: int) -> None:
    """The second person."""
    if mode(agreement, now) != "asked" or agreement.until is None or agreement.until <= now:
        raise Impossible("Nobody has asked to let it cut by itself.")
    if person == agreement.asker:
        raise NotYours("The second person approves, never the one who asked.")
    _fit(ground, now)


def _fit(ground: Ground, now: int) -> None:
    """A fire of this moment does not speak against the agreement, only against cutting."""
    target = ground.target
    calm = None if target is None else msgspec.structs.replace(target, burning=False)
    fits(ground._replace(target=calm, burning=False), 0, now)
