"""The follower: an incident of the desk gets its holder as it comes, and is passed on when it is time.

Enters: the event log, the clock, the policy in force (port). Leaves: holdings, a line in the incident's timeline for
everything that was passed on, `handling.changed` for the screens. One of all processes works. Absent: the rule
(rules.py); telling people, which stays with the one chain of an incident (outlets/notify).

While nobody is signed in below the city and nothing is held there, it writes nothing: all is the city's.
"""

from collections.abc import Mapping, Sequence

import msgspec
import structlog

from zhigan.bus import log
from zhigan.bus.following import GATHER_S, Follower, ever_alone, every, follow
from zhigan.bus.log import Event
from zhigan.desks.handling import rules, store
from zhigan.desks.handling.model import Case, Held, Seat, Stage, Turn
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Reason, Remarked, Why
from zhigan.registry.ruling import Standing
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.handling import Level
from zhigan.vocabulary.moments import to_datetime

READER = "handling"
PAGE = 500
BREATH = 1.0
"""In a storm it rests as long as a page took: the fires themselves come first."""
PERIOD_S = 1.0
_LOCK = 0x7A686967_0070
_log = structlog.get_logger("desks.handling")


class _Unit(msgspec.Struct):
    name: str = ""


class _Told(msgspec.Struct):
    grade: str
    state: str
    queue: str
    unit: _Unit | None = None
    merged_into: str | None = None


class Handling:
    def __init__(self, pool: Pool, clock: Clock, ruling: Standing) -> None:
        self._pool, self._clock, self._ruling = pool, clock, ruling
        self._follower = Follower(pool, clock, READER, PAGE, self._work, self._poisoned)

    async def begin(self) -> None:
        await self._follower.begin()

    async def read(self) -> int:
        return await self._follower.read()

    async def keep_time(self) -> int:
        """What waits below the city: its time, or that nobody sits there any more."""
        async with self._pool.acquire() as conn, conn.transaction():
            waiting = await store.below_the_city(conn, PAGE)
            if not waiting:
                return 0
            cases = [held.case for held in waiting]
            seats = await store.seats(conn, _units(cases), self._clock.now())
            drafts = await self._settle(conn, cases, {h.case.incident: h for h in waiting}, seats)
            if drafts:
                await log.append(conn, drafts, self._clock.micros())
        return len(drafts)

    async def run(self, dsn: str) -> None:
        """Until cancelled."""
        await ever_alone(
            dsn,
            _LOCK,
            "handling",
            self.begin,
            {
                "log": lambda: follow(dsn, "zhigan handling", PAGE, self.read, gather=GATHER_S, breath=BREATH),
                "moments": lambda: every(PERIOD_S, self.keep_time),
            },
            lambda away: _log.warning("the first handler waits for the database", error=away),
            lambda error: _log.error("following who handles was interrupted", exc_info=error),
        )

    async def _work(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        told = {
            e.subject: e for e in events if e.type.startswith("incident.") and e.type is not EventType.INCIDENT_LEFT
        }
        if not told:
            return []
        cases, over = _sorted(told)
        await store.forget(conn, over)
        if not cases:
            return []
        held = await store.held(conn, [case.incident for case in cases])
        seats = await store.seats(conn, _units(cases), self._clock.now())
        if not held and not any(seat.level < Level.CITY for seat in seats):
            return []
        return await self._settle(conn, cases, held, seats)

    async def _settle(
        self, conn: Connection, cases: Sequence[Case], held: Mapping[str, Held], seats: Sequence[Seat]
    ) -> list[Draft]:
        names, times, now = (
            await store.names(conn, cases),
            (await self._ruling(conn)).first_handler,
            self._clock.micros(),
        )
        kept: list[Held] = []
        lines: list[Remarked] = []
        changed: list[Held] = []
        for case in cases:
            before = held.get(case.incident)
            if before is None and not case.open:
                continue
            after, turn = _turned(case, before, rules.stages(seats, case.owned, names[case.incident]), times, now)
            if before is not None or turn.passed or turn.until is not None:
                kept.append(after)
            if before is None or _shown(before) != _shown(after):
                changed.append(after)
            lines += [_line(case.incident, *passed, now) for passed in turn.passed]
        await store.keep(conn, kept)
        drafts = await incidents.apply(conn, lines, now) if lines else []
        if rules.below(seats, Level.CITY) or kept:
            drafts += [_draft(h, now) for h in changed]
        return drafts

    def _poisoned(self, subject: str, error: BaseException) -> None:
        _log.error("whose desk an incident is could not be settled", subject=subject, exc_info=error)


def _sorted(told: Mapping[str, Event]) -> tuple[list[Case], list[str]]:
    """Those of the desk, and those that are over for it."""
    cases: list[Case] = []
    over: list[str] = []
    for id_, event in told.items():
        said = msgspec.convert(event.body, _Told)
        if said.queue != "desk" or said.state == "closed" or said.merged_into is not None:
            over.append(id_)
        else:
            unit = "" if said.unit is None else said.unit.name
            cases.append(Case(id_, Grade[said.grade], said.state == "open", unit, event.owned, event.at))
    return cases, over


def _turned(
    case: Case, before: Held | None, chain: Sequence[Stage], times: Mapping[str, rules.TakeOver], now: int
) -> tuple[Held, Turn]:
    """Accepted, it stays with whoever holds it, and goes on from there when it is given back."""
    began = case.at if before is None else before.began
    stage = None if before is None else Stage(before.level, before.name, attended=True)
    if before is not None and stage is not None and not case.open:
        return before._replace(case=case, until=None, next=None), Turn(stage, None, ())
    turn = rules.turn(chain, stage, case.grade, rules.times_of(times, case.grade), began, now)
    since = before.since if before is not None and before.level is turn.stage.level else now
    return Held(case, turn.stage.level, turn.stage.name, began, since, turn.until, turn.next), turn


def _units(cases: Sequence[Case]) -> list[str]:
    return sorted({case.owned.unit for case in cases if case.owned.unit})


def _shown(held: Held) -> tuple[Level, str, int | None, Level | None]:
    return held.level, held.name, held.until, held.next


def _line(incident: str, holder: Stage, taker: Stage, because: str, now: int) -> Remarked:
    facts: dict[str, str | int | float] = {"holder": _said(holder), "taker": _said(taker), "because": because}
    return Remarked(incident=incident, reason=Reason(Why.PASSED_ON, facts), at=now)


def _said(stage: Stage) -> str:
    return f"{stage.level.name.lower()}:{stage.name}"


def _draft(held: Held, now: int) -> Draft:
    until = None if held.until is None else to_datetime(held.until).isoformat()
    body: dict[str, object] = {
        "incident": held.case.incident, "level": held.level.name.lower(), "name": held.name,
        "since": to_datetime(held.since).isoformat(), "until": until,
        "next": None if held.next is None else held.next.name.lower(),
    }  # fmt: skip
    return Draft(EventType.HANDLING_CHANGED, held.case.incident, now, body, held.case.owned)
