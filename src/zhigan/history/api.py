"""Readings and signals of a device, and what lies in quarantine.

Enters: a device id, which must be visible to the principal (the registry's row under row security decides). Leaves: the
contract's `GET /devices/{id}/readings`; one metric of all devices in sight; the device's signals; the quarantine for
those who run it all.
"""

import heapq
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from zhigan.history import fleet, looking, store
from zhigan.history.archive import Archive
from zhigan.history.fleet import Member, Seen
from zhigan.history.looking import Wanted
from zhigan.history.rules import Fleet, Side, Step
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import metrics
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import DAY, HOUR, SECOND, to_datetime, to_micros
from zhigan.vocabulary.roles import AUDIT_ROLES, REGISTRY_ROLES
from zhigan.webapi import pages, problems
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page

MOST_READINGS = 5000
SHORTEST_STEP_S = 1
LONGEST_STEP_S = 366 * 86_400
MOST_DEVICES = 50_000
MOST_RANKED = 500
MOST_DAYS = 400
HIGHEST, LOWEST = "highest", "lowest"

Archived: TypeAlias = NamedDependency[SkipValidation[Archive]]


class ReadingItem(msgspec.Struct, frozen=True):
    at: datetime
    received_at: datetime
    value: float


class StepItem(msgspec.Struct, frozen=True):
    at: datetime
    min: float
    max: float
    mean: float
    last: float
    count: int


class SurveyStep(msgspec.Struct, frozen=True):
    """`device_id`: whose the extreme is that is looked for."""

    at: datetime
    max: float
    min: float
    mean: float
    count: int
    device_id: str


class SurveyDevice(msgspec.Struct, frozen=True):
    """`at`: the hour of the extreme that is looked for."""

    device_id: str
    device: str
    unit_id: str | None
    unit: str
    max: float
    min: float
    mean: float
    count: int
    at: datetime


class Survey(msgspec.Struct, frozen=True):
    """`devices`: how many of them measured within the span; `ranked` those that stand out."""

    metric: str
    unit: str
    begin: datetime
    end: datetime
    devices: int
    steps: list[SurveyStep]
    ranked: list[SurveyDevice]


class SignalItem(msgspec.Struct, frozen=True):
    at: datetime
    received_at: datetime
    kind: int
    conditions: list[str]
    text: str
    raw: str
    claimed_at: datetime | None


class QuarantineItem(msgspec.Struct, frozen=True):
    id: str
    at: datetime
    gateway: str
    address: str
    reason: str
    raw: str
    state: str
    released_at: datetime | None
    kept: int


class History(Controller):
    path = ""

    @get("/devices/{device_id:str}/readings", operation_id="listReadings", tags=["history"])
    async def readings(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        archive: Archived,
        device_id: FromPath[str],
        metric: FromQuery[str | None] = None,
        from_: Annotated[datetime | None, QueryParameter(name="from")] = None,
        to: FromQuery[datetime | None] = None,
        step: FromQuery[int | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[ReadingItem] | Page[StepItem]:
        """Measured values, oldest first; the last day where no time is named. `step` (seconds) aggregates."""
        async with db.bound(principal) as conn:
            number, parent = await _device(conn, device_id)
        number_of_metric = _metric(metric)
        now = clock.micros()
        begin = to_micros(from_) if from_ else now - DAY
        end = to_micros(to) if to else now + DAY
        key = pages.decode(cursor, 2)
        size = pages.limit(limit, largest=MOST_READINGS)
        async with db.owner() as conn:
            if step is not None:
                if not SHORTEST_STEP_S <= step <= LONGEST_STEP_S:
                    raise problems.invalid("step", f"whole seconds, {SHORTEST_STEP_S} to {LONGEST_STEP_S}")
                wanted = Wanted(number, parent, number_of_metric, begin, end)
                return Page([_step(s) for s in await looking.steps(conn, archive, wanted, step * SECOND, now)])
            start, skip = (int(key[0] or 0), int(key[1] or 0)) if key else (begin, 0)
            wanted = Wanted(number, parent, number_of_metric, start, end)
            found = await looking.readings(conn, archive, wanted, size + skip + 1)
        rest = found[skip:]
        following = None
        if len(rest) > size:
            edge = rest[size].at  # the next page begins at this instant, behind those of it already shown
            shown = sum(1 for r in found[: skip + size] if r.at == edge)
            following = pages.encode([edge, shown])
        return Page(
            [ReadingItem(to_datetime(r.at), to_datetime(r.received_at), r.value) for r in rest[:size]], following
        )

    @get("/devices/{device_id:str}/signals", operation_id="listSignals", tags=["history"])
    async def signals(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        archive: Archived,
        device_id: FromPath[str],
        before: FromQuery[datetime | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[SignalItem]:
        """What the device said, newest first, with the raw frame; 30 days back from `before`."""
        async with db.bound(principal) as conn:
            number, _ = await _device(conn, device_id)
        until = to_micros(before) if before else clock.micros() + DAY
        size = pages.limit(limit)
        async with db.owner() as conn:
            kept = await looking.signals(conn, archive, number, until, until - 30 * DAY, size)
        return Page([_signal(k) for k in kept], kept[-1].received_at.isoformat() if len(kept) == size else None)

    @get("/readings", operation_id="surveyReadings", tags=["history"])
    async def survey(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        archive: Archived,
        metric: FromQuery[str],
        from_: Annotated[datetime | None, QueryParameter(name="from")] = None,
        to: FromQuery[datetime | None] = None,
        step: FromQuery[int | None] = None,
        unit_id: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        order: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Survey:
        """One metric of every device in sight: each step's extremes, and the devices that stand out.

        From hourly roll-ups: whole hours, the last one or two not yet. `step`: 3600, or 86400 for the city's days; the
        last 30 days where no time is named, 400 at most. `order`: `highest` (usual) or `lowest` devices first.
        """
        number = _metric(metric)
        if number is None:
            raise problems.invalid("metric", f"one of {', '.join(metrics.BY_NAME)}")
        begin, end, length = _span(from_, to, step, clock.micros())
        ranking = order or HIGHEST
        if ranking not in (HIGHEST, LOWEST):
            raise problems.invalid("order", f"one of {HIGHEST}, {LOWEST}")
        if unit_id is not None and not pages.is_id(unit_id):
            raise problems.not_found()
        async with db.bound(principal) as conn:
            members = await fleet.members(conn, principal.scope, number, unit_id, area or None, MOST_DEVICES)
        if len(members) > MOST_DEVICES:
            raise problems.invalid("area", f"at most {MOST_DEVICES} devices: name an area or a unit")
        async with db.owner() as conn:
            asked = Fleet(tuple(member.number for member in members), number, begin, end, length, ranking == LOWEST)
            seen = await fleet.of(conn, archive, asked)
        return _survey(asked, members, seen, pages.limit(limit, MOST_RANKED, 50))

    @get("/quarantine", operation_id="listQuarantine", tags=["history"])
    async def quarantine(
        self,
        principal: Caller,
        db: Db,
        gateway: FromQuery[str | None] = None,
        standing: Annotated[str | None, QueryParameter(name="state")] = None,
        q: FromQuery[str | None] = None,
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[QuarantineItem]:
        """Signals that could not be judged or stored, newest first. For those who run the platform.

        `state` is `held` or `released`; `kept` says how many of the same address there are, at most 1000.
        """
        if not principal.scope.whole_city or principal.role not in REGISTRY_ROLES | AUDIT_ROLES:
            raise problems.forbidden("The quarantine is shown to city-wide administrators, operators and auditors.")
        if standing not in (None, "held", "released"):
            raise problems.invalid("state", "one of held, released")
        released = None if standing is None else standing == "released"
        key = pages.decode(cursor, 2)
        before = datetime.fromisoformat(str(key[0])) if key else to_datetime(4_102_444_800_000_000)
        before_id = str(key[1]) if key else "ffffffff-ffff-ffff-ffff-ffffffffffff"
        size = pages.limit(limit)
        async with db.owner() as conn:
            rows = await store.quarantined(
                conn, before, before_id, size + 1, gateway=gateway or None, released=released, q=q or None
            )
        return pages.page(rows, size, _quarantined, lambda q: [q.at.isoformat(), q.id])


handlers: list[type[Controller]] = [History]


async def _device(conn: Connection, device_id: str) -> tuple[int, int | None]:
    """Number and parent of a device that exists for this connection; otherwise it does not exist."""
    try:
        UUID(device_id)
    except ValueError:
        raise problems.not_found() from None
    found = await store.device_number(conn, device_id)
    if found is None:
        raise problems.not_found()
    return found[0], found[1]


def _metric(name: str | None) -> int | None:
    if name is None:
        return None
    metric = metrics.BY_NAME.get(name)
    if metric is None:
        raise problems.invalid("metric", f"one of {', '.join(metrics.BY_NAME)}")
    return metric.number


def _span(begin: datetime | None, end: datetime | None, step: int | None, now: int) -> tuple[int, int, int]:
    """Hours [begin, end) since 1970, and the step in µs."""
    if step not in (None, 3600, 86_400):
        raise problems.invalid("step", "one of 3600, 86400")
    until = min(to_micros(end), now) if end else now
    since = to_micros(begin) if begin else until - 30 * DAY
    if until - since > MOST_DAYS * DAY:
        raise problems.invalid("from", f"at most {MOST_DAYS} days before `to`")
    return since // HOUR, max(since, until) // HOUR, (step or 3600) * SECOND


def _survey(asked: Fleet, members: list[Member], seen: Seen, size: int) -> Survey:
    of = {member.number: member for member in members}
    metric = metrics.BY_NUMBER[asked.metric]
    if not asked.lowest:
        first = heapq.nlargest(size, seen.devices, key=lambda side: side.high)
    else:
        first = heapq.nsmallest(size, seen.devices, key=lambda side: side.low)
    return Survey(
        metric=metric.name,
        unit=metric.unit,
        begin=to_datetime(asked.begin * HOUR),
        end=to_datetime(asked.end * HOUR),
        devices=len(seen.devices),
        steps=[_surveyed(side, of) for side in seen.steps],
        ranked=[_ranked(side, of[side.of]) for side in first],
    )


def _surveyed(side: Side, of: Mapping[int, Member]) -> SurveyStep:
    mean = side.total / side.count
    return SurveyStep(to_datetime(side.begin or 0), side.high, side.low, mean, side.count, of[side.of].id)


def _ranked(side: Side, member: Member) -> SurveyDevice:
    return SurveyDevice(
        member.id, member.name, member.unit_id, member.unit, side.high, side.low, side.total / side.count, side.count,
        to_datetime(side.at),
    )  # fmt: skip


def _step(step: Step) -> StepItem:
    return StepItem(to_datetime(step.at), step.min, step.max, step.mean, step.last, step.count)


def _signal(kept: store.Kept) -> SignalItem:
    return SignalItem(
        kept.at,
        kept.received_at,
        kept.kind,
        [c.name.lower() for c in Condition(kept.conditions) if c.name],
        kept.text or "",
        (kept.raw or b"").hex().upper(),
        kept.claimed_at,
    )


def _quarantined(item: store.Quarantined) -> QuarantineItem:
    raw = item.signal.raw.hex().upper() if item.signal else ""
    state = "held" if item.released_at is None else "released"
    return QuarantineItem(
        item.id, item.at, item.gateway, item.address, item.reason, raw, state, item.released_at, item.kept
    )
