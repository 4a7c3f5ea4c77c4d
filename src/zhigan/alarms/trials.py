"""Trials: a draft of the policy and the one in force, both judged on what the city heard in the last days.

Enters: a waiting trial. Leaves: how many rows each would have opened, by grade and kind, and the units where they
differ most; the share that is done, on the way. Absent: when tests ran, and what people did then: `trying.People` says
what is taken instead, and so does the page. It runs in a process of its own (processes/trial.py).
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.alarms import policies
from zhigan.alarms.contexts import Contexts
from zhigan.alarms.engine import Seen, Subject
from zhigan.alarms.engine.model import Context
from zhigan.alarms.engine.policy import Policy
from zhigan.alarms.engine.policy_checks import read
from zhigan.alarms.engine.trying import People, Tried, tried
from zhigan.alarms.framing import case_key
from zhigan.alarms.subjects import subject_of
from zhigan.history import replay
from zhigan.history.replay import Bounds, DeviceDay
from zhigan.registry import limits
from zhigan.registry import store as registry
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.devices import BY_NAME as TYPES
from zhigan.vocabulary.moments import DAY, HOUR, to_datetime, to_micros
from zhigan.vocabulary.signals import Signal, SignalKind

DAYS = 30
CHANNEL = "zhigan_trial"
MOST_UNITS = 50
CASES_AT_ONCE = 200
ASK_AT_ONCE = 5_000
READING = int(SignalKind.READINGS)
_ANY = (float("-inf"), float("inf"))

_SQL = load("zhigan.alarms", "trials.sql")


class Cancelled(Exception):
    """Somebody wants no answer any more."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that would have stood. `desk`: of them those that come to the desk; `night`: of those between 22 and 6."""

    rows: int
    desk: int
    night: int
    by_grade: dict[str, int]
    by_kind: dict[str, int]


class TriedUnit(msgspec.Struct, frozen=True, kw_only=True):
    unit: str
    before: int
    after: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`before` by the policy in force, `after` by the draft; `units` where they differ most, rows of the desk first."""

    before: Counts
    after: Counts
    units: list[TriedUnit]
    devices: int
    signals: int
    people: People


class TrialView(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: waiting, running, done, failed, cancelled. `share`: of it that is done. Where `revision` is not
    the draft's, it was changed since."""

    version: int
    revision: int
    against: int
    since: datetime
    until: datetime
    state: str
    share: float
    asked_at: datetime
    asked_by: str
    finished_at: datetime | None
    outcome: Outcome | None
    error: str


async def newest(conn: Connection, version: int) -> TrialView | None:
    row = await conn.fetchrow(_SQL.newest, version)
    if row is None:
        return None
    outcome = None if row["result"] is None else msgspec.json.decode(row["result"], type=Outcome)
    known = {f: row[f] for f in TrialView.__struct_fields__ if f not in ("outcome", "error")}
    return TrialView(**known, outcome=outcome, error=row["error"] or "")


async def ask(
    conn: Connection, id_: str, version: int, revision: int, against: int, days: int, who: str, now: int
) -> None:
    kept = await replay.kept_from(conn)
    since = max(now - days * DAY, now if kept is None else kept)
    span = to_datetime(since), to_datetime(now)
    await conn.execute(_SQL.begun, id_, version, revision, against, *span, to_datetime(now), who)
    await conn.execute("select pg_notify($1, '')", CHANNEL)


async def unfinished(conn: Connection) -> int:
    return await conn.fetchval(_SQL.unfinished)


async def cancel(conn: Connection, version: int, now: int) -> bool:
    return await conn.fetchval(_SQL.cancelled, version, to_datetime(now)) is not None


async def work(conn: Connection, clock: Clock) -> bool:
    """One waiting trial, if there is any; whoever calls is alone."""
    row = await conn.fetchrow(_SQL.waiting)
    if row is None:
        return False
    try:
        draft, areas = await _policy(conn, row["version"])
        trial = _Trial(conn, row["id"], to_micros(row["since"]), to_micros(row["until"]), areas)
        outcome = await trial.run((await _policy(conn, row["against"]))[0], draft)
    except Cancelled:
        return True
    except (policies.PolicyError, LookupError, ValueError) as error:
        await conn.execute(_SQL.finished, row["id"], "failed", None, f"{type(error).__name__}: {error}", clock.now())
        return True
    said = msgspec.json.encode(outcome).decode()
    await conn.execute(_SQL.finished, row["id"], "done", said, None, clock.now())
    return True


async def _policy(conn: Connection, version: int) -> tuple[Policy, frozenset[str]]:
    """With the districts of which alone it speaks: others are neither judged again nor counted."""
    row = await policies.one(conn, version)
    if row is None:
        raise LookupError(f"version {version} is gone")
    return read(row.document), frozenset(row.areas)


class _Sum:
    def __init__(self) -> None:
        self.rows = self.desk = self.night = 0
        self.by_grade: Counter[str] = Counter()
        self.by_kind: Counter[str] = Counter()

    def add(self, rows: Sequence[Tried]) -> int:
        """How many of them come to the desk."""
        desk = [row for row in rows if row.desk]
        self.rows += len(rows)
        self.desk += len(desk)
        self.night += sum((row.opened_at + 8 * HOUR) % DAY // HOUR in (22, 23, 0, 1, 2, 3, 4, 5) for row in desk)
        self.by_grade.update(row.grade.name for row in rows)
        self.by_kind.update(row.kind.value for row in rows)
        return len(desk)

    @property
    def counts(self) -> Counts:
        return Counts(
            rows=self.rows, desk=self.desk, night=self.night, by_grade=dict(self.by_grade), by_kind=dict(self.by_kind)
        )


class _Trial:
    def __init__(self, conn: Connection, id_: str, since: int, until: int, areas: frozenset[str]) -> None:
        self.conn, self.id, self.since, self.until, self.areas = conn, id_, since, until, areas
        self.people = People()
        self.contexts = Contexts()
        self.devices = self.signals = 0

    async def run(self, before: Policy, after: Policy) -> Outcome:
        sums = _Sum(), _Sum()
        units: Counter[tuple[str, int, int]] = Counter()
        async for context, seen in self._cases(before, after):
            rows = [tried(context, seen, policy, self.until, self.people) for policy in (before, after)]
            desk = [total.add(some) for total, some in zip(sums, rows, strict=True)]
            if rows[0] != rows[1]:
                name = context.place.unit_name or context.place.text
                units[name, desk[0], desk[1]] += abs(desk[0] - desk[1]) * 1000 + abs(len(rows[0]) - len(rows[1]))
        return Outcome(
            before=sums[0].counts,
            after=sums[1].counts,
            units=[TriedUnit(unit=u, before=b, after=a) for (u, b, a), _ in units.most_common(MOST_UNITS)],
            devices=self.devices,
            signals=self.signals,
            people=self.people,
        )

    async def _cases(self, before: Policy, after: Policy) -> AsyncIterator[tuple[Context, list[Seen]]]:
        self.policies = before, after
        wanted: dict[int, list[DeviceDay]] = defaultdict(list)
        for day in await replay.days(self.conn, self.since, self.until, await self._bounds(before, after)):
            wanted[day[0]].append(day)
        await self._progress(0.05)
        devices = await replay.loud(self.conn, self.since, self.until) | set(wanted)
        await self._progress(0.2)
        cases = await self._grouped(sorted(devices))
        keys = sorted(cases)
        for begin in range(0, len(keys), CASES_AT_ONCE):
            part = keys[begin : begin + CASES_AT_ONCE]
            contexts = await self.contexts.of(self.conn, part, self.until)
            if self.areas:
                part = [key for key in part if contexts[key].place.owned.area[:6] in self.areas]
            self.devices += sum(len(cases[key]) for key in part)
            numbers = [number for key in part for number in cases[key]]
            heard = await self._heard(numbers, [day for number in numbers for day in wanted.get(number, ())])
            for key in part:
                seen = sorted(
                    (one for number in cases[key] for one in heard.get(number, ())),
                    key=lambda one: one.signal.received_at,
                )
                self.signals += len(seen)
                yield msgspec.structs.replace(contexts[key], tests=()), seen
            await self._progress(0.2 + 0.8 * min(begin + CASES_AT_ONCE, len(keys)) / len(keys))

    async def _progress(self, share: float) -> None:
        if await self.conn.fetchval(_SQL.progress, self.id, share) is None:
            raise Cancelled

    async def _bounds(self, *tried: Policy) -> list[Bounds]:
        """The narrowest of both policies, by type, and of places with limits of their own."""
        found: dict[tuple[int | str, int], tuple[float, float]] = {}
        own = await self.conn.fetch(_SQL.own_limits)
        for policy in tried:
            for type_ in TYPES:
                _narrow(found, type_, policy.bounds(type_))
            for row in own:
                _narrow(found, row["place"], policy.bounds(row["type"], limits.read(row["limits"])))
        return [Bounds(who, metric, low, high) for (who, metric), (low, high) in found.items()]

    async def _grouped(self, numbers: Sequence[int]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        self.subjects: dict[int, Subject] = {}
        for begin in range(0, len(numbers), ASK_AT_ONCE):
            await self._introduce(numbers[begin : begin + ASK_AT_ONCE], found)
        return found

    async def _introduce(self, numbers: Sequence[int], cases: dict[str, list[int]] | None = None) -> None:
        rows = await self.conn.fetch(_SQL.named, list(numbers))
        for row in await registry.contexts(self.conn, [(r["gateway"], r["address"]) for r in rows]):
            self.subjects[row.number] = subject_of(row)
            if cases is not None:
                cases[case_key(row)].append(row.number)

    async def _heard(self, numbers: Sequence[int], days: Sequence[DeviceDay]) -> Mapping[int, list[Seen]]:
        rows = await replay.heard(self.conn, numbers, self.since, self.until, days)
        unknown = {point for row in rows for point in row["points"] or () if point not in self.subjects}
        if unknown:
            await self._introduce(sorted(unknown))
        found: dict[int, list[Seen]] = defaultdict(list)
        for row in rows:
            found[row["device"]].append(self._seen(row))
        return {number: self._worth(seen) for number, seen in found.items()}

    def _worth(self, seen: Sequence[Seen]) -> list[Seen]:
        """All but readings; of these the hours in which something is beyond, each with the next that was heard."""
        kept: list[Seen] = []
        hour, pending, beyond, before = 0, list[Seen](), False, False
        for one in seen:
            if one.signal.kind != READING:
                kept.append(one)
                continue
            if one.signal.at // HOUR != hour:
                kept += pending if beyond or before else ()
                hour, pending, before, beyond = one.signal.at // HOUR, [], beyond, False
            pending.append(one)
            beyond = beyond or not self._quiet(one)
        return [*kept, *(pending if beyond or before else ())]

    def _quiet(self, one: Seen) -> bool:
        speakers = one.points or (one.subject,) * len(one.signal.values)
        return all(
            low < value < high
            for subject, metric, value in zip(speakers, one.signal.metrics, one.signal.values, strict=False)
            for policy in self.policies
            for low, high in (policy.bounds(subject.type, subject.own).get(metric, _ANY),)
        )

    def _seen(self, row: Record) -> Seen:
        subject = self.subjects[row["device"]]
        metrics, values = tuple(row["metrics"] or ()), tuple(row["values"] or ())
        points = [self.subjects.get(p) for p in row["points"] or ()]
        known = [p for p in points if p is not None]
        if len(known) < len(points):  # one of them has been deleted since
            kept = [n for n, point in enumerate(points) if point is not None]
            metrics, values = tuple(metrics[n] for n in kept), tuple(values[n] for n in kept)
        signal = Signal(
            gateway=subject.gateway, address=subject.address, kind=row["kind"], at=to_micros(row["at"]),
            received_at=to_micros(row["received_at"]), conditions=row["conditions"], known=row["known"],
            operations=row["operations"], metrics=metrics, values=values,
            points=tuple(p.address for p in known), type=subject.type, text=row["text"] or "", flags=row["flags"],
        )  # fmt: skip
        return Seen(signal, subject, tuple(known))


def _narrow(
    found: dict[tuple[int | str, int], tuple[float, float]],
    who: int | str,
    bounds: Mapping[int, tuple[float, float]],
) -> None:
    for metric, (low, high) in bounds.items():
        a, b = found.get((who, metric), (low, high))
        found[who, metric] = max(a, low), min(b, high)
