"""The worker: signals from the bus, judged, committed with all their effects, exactly once.

Enters: batches of the two lanes. Leaves: one transaction a slice of signals — history, incidents, cases, what devices
are in now, the position on the bus, and as its last act the event log. Three judges share the cases: the urgent lane,
the bulk lane and the timers; each has a connection of its own, so telemetry never stands before a fire.

What a transaction refuses because of the data itself is bisected down to the one signal, which goes to quarantine with
the reason; what it refuses for any other reason (PostgreSQL gone, disk full) is tried again until it works: the signals
are safe on the bus meanwhile. Absent: sockets, rules (engine), people's steps (incidents.api; they notify us).
"""

import asyncio
import heapq
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping

import asyncpg
import msgspec
import structlog

from zhigan.alarms import relocation, store
from zhigan.alarms.cases import Cases, Held
from zhigan.alarms.contexts import Contexts
from zhigan.alarms.engine import Case, Policy, Seen, Verdict, decide
from zhigan.alarms.figures import Figures
from zhigan.alarms.slices import Slice, batch_of
from zhigan.alarms.sorting import Sorted, sort
from zhigan.alarms.subjects import NOBODY, UNSETTLED, Known, Subjects
from zhigan.bus import log, positions
from zhigan.bus.signals import SignalBus
from zhigan.history import rolling, stamps
from zhigan.history import store as history
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Standing
from zhigan.registry import store as registry
from zhigan.registry.model import NowRow
from zhigan.registry.rules import discovered
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import DAY
from zhigan.vocabulary.signals import Flag, Lane, Signal

READER = "engine"
MOST_SIGNALS = {Lane.URGENT: 500, Lane.BULK: 1000}
"""Signals a slice: large enough to spread a commit over, small enough that the loop is never held for long."""
SPACING_S = {Lane.URGENT: 0.0, Lane.BULK: 0.05}
"""Where nothing waits, telemetry's slices begin so far apart: what a transaction costs is taken from fires."""
MOST_TIMERS = 200

POISON = (
    ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError, struct.error,
    msgspec.MsgspecError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)  # fmt: skip
"""What the data itself can cause. Anything else is the world's fault and is tried again."""
WORLD = UNAVAILABLE


class Forgotten(Exception):
    """The registry spoke while a slice was under way: who was heard must be read again before it is judged."""


MOVED = (incidents.SlotTaken, incidents.VersionLost, stamps.StampTaken, Forgotten)
"""Somebody acted on an incident, counted the same push, or changed the registry, between our reading and our writing:
decide again."""

_STAMPED = int(Flag.STAMPED)
_log = structlog.get_logger("alarms.worker")


class Line:
    """One judge's connection, made anew after it broke."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._conn: Connection | None = None

    async def get(self) -> Connection:
        if self._conn is None or self._conn.is_closed():
            self._conn = await self._connect()
        return self._conn

    def drop(self) -> None:
        if self._conn is not None:
            self._conn.terminate()
            self._conn = None


class Worker:
    """`connect` gives a connection as table owner."""

    def __init__(
        self, bus: SignalBus, connect: Callable[[], Awaitable[Connection]], clock: Clock, policy: Policy
    ) -> None:
        self._bus = bus
        self._connect = connect
        self._clock = clock
        self.policy = policy
        """By what is judged from the next slice on; may be exchanged at any time."""
        self._cases = Cases()
        self._due: list[tuple[int, str]] = []
        self._rung = asyncio.Event()
        self._made_days: set[int] = set()
        self._marked = rolling.Marked()
        self._changed: frozenset[str] = frozenset()
        """Units of which the registry said that something changed, and which nobody has looked at since."""
        self._unmoved: set[str] = set()
        self._overlooked: list[str] | None = None
        """Cases to compare with the registry when there is time; None: all."""
        self.subjects = Subjects()
        self.contexts = Contexts()
        self.figures = Figures()

    async def restore(self, conn: Connection) -> None:
        """After a start: the timers that must not be forgotten. Everything else is read when it is touched."""
        self._due = await store.due(conn)
        heapq.heapify(self._due)

    # -- the three judges ------------------------------------------------------------------------------------------

    async def follow(self, lane: Lane) -> None:
        """Judge a lane for ever. One task a lane, or signals would overtake each other."""
        line = Line(self._connect)
        loop = asyncio.get_running_loop()
        while True:
            try:
                start = await positions.position(await line.get(), READER, lane)
                after = max(0, batch_of(start) - 1)  # the stored position may lie inside its batch
                while True:
                    began = loop.time()
                    start, after = await self.advance(line, lane, start, after, timeout=1.0)
                    if self._bus.last(lane) <= after:
                        await asyncio.sleep(began + SPACING_S[lane] - loop.time())
            except WORLD as error:
                await self._recover(line, error)

    async def advance(self, line: Line, lane: Lane, start: int, after: int, timeout: float) -> tuple[int, int]:
        """Judge one reading of the lane: (position, batch to read behind) when it is committed."""
        batches = await self._bus.read(lane, after, MOST_SIGNALS[lane], timeout)
        if not batches:
            return start, after
        part = Slice.of(batches, start)
        if len(part):
            for piece in part.pieces(MOST_SIGNALS[lane]):
                await self._settle(line, lane, piece)
            start = part.end
        await self._bus.forget(lane, batches[-1].position)
        return start, batches[-1].position

    async def keep_time(self) -> None:
        """Ring the timers for ever, and look again at cases on which people acted."""
        line = Line(self._connect)
        while True:
            try:
                await self._until_due()
                await self.ring(line)
            except WORLD as error:
                await self._recover(line, error)

    async def ring(self, line: Line) -> int:
        """Judge all cases that are due now; how many there were."""
        await self.move(await line.get())
        await self._look_over(await line.get())
        now = self._clock.micros()
        keys: set[str] = set()
        while self._cases.stale and len(keys) < MOST_TIMERS:
            keys.add(self._cases.stale.pop())
        while self._due and self._due[0][0] <= now and len(keys) < MOST_TIMERS:
            keys.add(heapq.heappop(self._due)[1])
        if keys:
            try:
                await self._transact(await line.get(), Sorted(), None, frozenset(keys))
            except MOVED:
                self._cases.stale |= keys
            except BaseException:
                self._cases.stale |= keys  # a timer is never lost
                raise
        return len(keys)

    def look_again(self, case_key: str) -> None:
        """A person acted in this case."""
        self._cases.stale.add(case_key)
        self._rung.set()

    def look_everywhere(self) -> None:
        """Notifications may have been missed: look at every case that waits for something, and who moved."""
        self._overlooked = None
        self._cases.stale.update(key for _, key in self._due)
        self._rung.set()

    async def move(self, conn: Connection) -> None:
        """Devices that the registry has put elsewhere take along what stands; open incidents go with their units."""
        if self._changed:
            units, self._changed = self._changed, frozenset()
            await self._follow(conn, units)
            self._unmoved.update(await store.to_check(conn, [f"unit:{unit}" for unit in units]))
        if self._unmoved:
            keys, self._unmoved = self._unmoved, set()
            await self._move(conn, keys)

    async def _look_over(self, conn: Connection) -> None:
        """After a start, or when notifications may have been missed: all cases, some at a time."""
        if self._overlooked is None:
            await self._follow(conn, None)
            self._overlooked = await store.to_check(conn, None)
        keys = {self._overlooked.pop() for _ in range(min(MOST_TIMERS, len(self._overlooked)))}
        if keys:
            await self._move(conn, keys)

    async def _move(self, conn: Connection, keys: set[str]) -> None:
        try:
            strays = await relocation.strayed(conn, sorted(keys))
        except BaseException:
            self._unmoved |= keys
            raise
        while strays:
            try:
                verdicts = await relocation.move(
                    conn, strays[-1], self._cases, self.contexts, self.policy, self._clock.micros()
                )
            except MOVED:
                self._unmoved.update(strays)  # somebody acted meanwhile: looked at again with the next reading
                return
            except POISON as error:
                _log.error("a case cannot be moved", key=strays[-1], exc_info=error)
                verdicts = {}
            except BaseException:
                self._unmoved.update(strays)
                raise
            if not verdicts:
                strays.pop()
            self._settled(verdicts, {}, {})

    async def _follow(self, conn: Connection, units: frozenset[str] | None) -> None:
        try:
            async with conn.transaction():
                now = self._clock.micros()
                drafts = await incidents.follow(conn, None if units is None else sorted(units), now)
                if drafts:
                    await log.append(conn, drafts, now)
        except BaseException:
            self._changed |= units or frozenset()
            raise

    def registry_changed(self, units: frozenset[str]) -> None:
        """Read again what is known of these units; "*" stands for all."""
        if not units:
            return
        if "*" in units:
            self.subjects.forget_all()
            self.contexts.forget_all()
            self._overlooked = None
        else:
            self.subjects.forget_unit(units)
            self.subjects.forget_strangers()
            self.contexts.forget(units)
            self._changed |= units
            self._cases.stale.update(f"unit:{unit}" for unit in units)  # a test may have begun or ended
            self._rung.set()

    # -- one slice, whatever happens -------------------------------------------------------------------------------

    async def _settle(self, line: Line, lane: Lane, whole: Slice) -> None:
        """Commit a slice: in one transaction, or in halves down to the signal that is refused."""
        pending = [whole]
        while pending:
            part = pending.pop()
            try:
                await self._commit(await line.get(), lane, part)
            except MOVED:
                pending.append(part)
            except POISON as error:
                if len(part) > 1:
                    first, second = part.halves()
                    pending += [second, first]
                else:
                    await self._quarantine(await line.get(), lane, part, error)
            except positions.PositionLost:
                raise
            except WORLD as error:
                pending.append(part)
                await self._recover(line, error)

    async def _commit(self, conn: Connection, lane: Lane, part: Slice) -> None:
        await self.move(conn)
        signals, keys = await self._uncounted(conn, part.signals)
        await self._know(conn, signals)
        work = sort(signals, self.subjects, self.policy)
        work.stamps = keys
        await self._transact(conn, work, (lane, part.start, part.end))
        self.figures.judged(lane, len(part))
        self.figures.repeated(len(part) - len(signals))

    async def _know(self, conn: Connection, signals: list[Signal]) -> None:
        """Everybody in `signals` is known when this returns, though the registry may make us forget at any await."""
        while True:
            turn = self.subjects.forgotten
            strangers = await self.subjects.resolve(conn, signals)
            if strangers:
                now = self._clock.micros()
                async with conn.transaction():
                    await log.append(conn, [discovered(stranger, now) for stranger in strangers], now)
            if turn == self.subjects.forgotten or not self.subjects.lacks(signals):
                return

    async def _uncounted(self, conn: Connection, signals: list[Signal]) -> tuple[list[Signal], list[int]]:
        """Without what a carrier sent before, and the keys of what it sends for the first time."""
        stamped = [s.identity for s in signals if s.flags & _STAMPED]
        if not stamped:
            return signals, []
        counted = set(await stamps.known(conn, stamped))
        fresh: list[Signal] = []
        keys: list[int] = []
        for signal in signals:
            if signal.flags & _STAMPED:
                if signal.identity in counted:
                    continue
                counted.add(signal.identity)
                keys.append(signal.identity)
            fresh.append(signal)
        return fresh, keys

    async def _transact(
        self, conn: Connection, work: Sorted, place: tuple[Lane, int, int] | None, due: frozenset[str] = frozenset()
    ) -> None:
        """All effects of some judging in one transaction; the position on the bus with them, the event log last."""
        now = self._clock.micros()
        for day in work.rows:
            if day not in self._made_days or day < now // DAY - 1:  # an old one may have moved to the archive since
                await history.prepare_day(conn, day)
                self._made_days.add(day)
        entries = work.entries()
        await self.subjects.introduce(conn, entries.values())
        if any(known.subject is None for known in entries.values()):  # forgotten meanwhile: nothing is judged of nobody
            self.subjects.forget(entries.values())
            raise Forgotten
        touched = work.by_case()
        async with self._cases.hold(conn, {*touched, *due}) as held:
            before = {key: known.conditions for key, known in entries.items()}
            for known in entries.values():
                known.conditions = UNSETTLED
            try:
                async with conn.transaction():
                    await stamps.put(conn, work.stamps, now)
                    for day, rows in work.rows.items():
                        await history.put(conn, day, rows)
                    marks = self._marked.unmarked(work.marks, now)
                    await rolling.mark(conn, marks, now)
                    standing = await self._standing(conn, held.cases.values())
                    verdicts = await self._judge(conn, held, touched, standing, now)
                    stood = {known.number: before[key] for key, known in entries.items()} if work.measured else {}
                    await self._tell_registry(conn, verdicts, work, stood, now)
                    if place is not None:
                        await positions.advance(conn, READER, *place)
                    await self._publish(conn, verdicts, standing, now)
            except BaseException:
                self.subjects.forget(entries.values())
                raise
            self._marked.marked(marks, now)
            held.settle({key: verdict.case for key, verdict in verdicts.items()})
            self._settled(verdicts, entries, before)

    async def _judge(
        self,
        conn: Connection,
        held: Held,
        touched: dict[str, list[Seen]],
        standing: dict[str, list[Standing]],
        now: int,
    ) -> dict[str, Verdict]:
        if not held.cases:
            return {}
        contexts = await self.contexts.of(conn, list(held.cases), now)
        policy = self.policy
        verdicts = {
            key: decide(
                case, context, touched.get(key, ()), policy.of(context.place.owned.area), now, standing.get(key, ())
            )
            for key, case in held.cases.items()
            for context in (contexts[key],)
        }
        await store.put(conn, [(key, _kept(v.case), v.due_at) for key, v in verdicts.items()], now)
        return verdicts

    async def _tell_registry(
        self, conn: Connection, verdicts: dict[str, Verdict], work: Sorted, stood: Mapping[int, int], now: int
    ) -> None:
        """What devices are in now, where that changed, and metrics that they reported for the first time; who did so
        and changed nothing is in what he was in (`stood`, by number)."""
        rows = {
            number: NowRow(number, conditions, now)
            for verdict in verdicts.values()
            for number, conditions in verdict.conditions
        }
        for number, known in work.measured.items():
            conditions = rows[number].conditions if number in rows else max(0, stood.get(number, known.conditions))
            rows[number] = NowRow(number, conditions, now, tuple(sorted(known.metrics)))
        rows.pop(NOBODY, None)
        if rows:
            await registry.update_now(conn, list(rows.values()))

    async def _standing(self, conn: Connection, cases: Iterable[Case]) -> dict[str, list[Standing]]:
        """How the cases' open incidents stand in this very transaction, those that people took out of them too."""
        case_of = {incident: case.key for case in cases for incident in case.open}
        found: dict[str, list[Standing]] = {}
        if case_of:
            for row in await incidents.standing_in(conn, list(case_of), sorted(set(case_of.values()))):
                found.setdefault(case_of.get(row.id, row.case_key), []).append(row)
        return found

    async def _publish(
        self, conn: Connection, verdicts: dict[str, Verdict], standing: dict[str, list[Standing]], now: int
    ) -> None:
        changes = [change for verdict in verdicts.values() for change in verdict.changes]
        if changes:
            acted_on = {change.incident for change in changes}
            expected = {s.id: s.version for rows in standing.values() for s in rows if s.id in acted_on}
            await log.append(conn, await incidents.apply(conn, changes, now, expected), now)

    def _settled(self, verdicts: dict[str, Verdict], entries: dict[int, Known], before: dict[int, int]) -> None:
        states = {number: conditions for v in verdicts.values() for number, conditions in v.conditions}
        for key, known in entries.items():
            known.conditions = states.get(known.number, before[key]) if known.number != NOBODY else UNSETTLED
            self.subjects.refresh(known)
        for key, verdict in verdicts.items():
            if verdict.due_at is not None:
                heapq.heappush(self._due, (verdict.due_at, key))
        self.figures.changed((c for verdict in verdicts.values() for c in verdict.changes), self._clock.micros())
        self._rung.set()

    async def _quarantine(self, conn: Connection, lane: Lane, part: Slice, error: Exception) -> None:
        """One signal that cannot be judged or stored; the others went on without it."""
        signal, now = part.signals[0], self._clock.micros()
        reason = f"{type(error).__name__}: {error}"
        _log.error(
            "signal in quarantine", gateway=signal.gateway, address=signal.address, reason=reason, exc_info=error
        )
        item = born(now, "quarantine", lane, part.start)
        async with conn.transaction():
            await history.quarantine(conn, item, now, signal, reason)
            await positions.advance(conn, READER, lane, part.start, part.end)
            body: dict[str, object] = {"id": item, "gateway": signal.gateway, "reason": type(error).__name__}
            await log.append(conn, [Draft(EventType.SIGNAL_QUARANTINED, item, now, body)], now)
        self.figures.quarantined()

    async def _recover(self, line: Line, error: BaseException) -> None:
        """The world is not as it should be: forget what may not be so, wait a little, try again."""
        line.drop()
        self._cases.forget_all()
        self.figures.retried()
        _log.warning("storage does not answer; signals wait on the bus", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(0.5)

    async def _until_due(self) -> None:
        """Wait for the next timer, at most a second: a clock may be set."""
        self._rung.clear()
        if self._cases.stale:
            return
        wait = 1.0
        if self._due:
            wait = min(1.0, max(0.0, (self._due[0][0] - self._clock.micros()) / 1e6))
        try:
            async with asyncio.timeout(wait):
                await self._rung.wait()
        except TimeoutError:
            return


def _kept(case: Case) -> Case | None:
    return None if case.idle else case
