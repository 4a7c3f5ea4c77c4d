"""The watch: what no single reading shows. Every `ROUND_S` phases are compared and nights judged, once a day the lines
through daily maxima are drawn; what is found goes to the engine as conditions, by the way of every signal.

Enters: circuits, the newest readings, roll-ups, what devices are in now. Leaves: STATUS signals (JUDGED) where what
holds differs from what is told already, so nothing is remembered here and the second telling is none. Limits of places
are settled with the daily round. Absent: grades and incidents, which the engine makes of it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol

import msgspec
import structlog

from zhigan.desks.electrical import bounds, outlook, rules, store, trends
from zhigan.desks.electrical.model import Channel
from zhigan.desks.electrical.trends import Found, Line, Night
from zhigan.history import windows
from zhigan.history.archive import Archive
from zhigan.history.rollups import Found as Windows
from zhigan.history.windows import Window
from zhigan.registry.ruling import InForce, Standing
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.metrics import BY_NAME, BY_NUMBER
from zhigan.vocabulary.moments import DAY, HOUR, MINUTE, night
from zhigan.vocabulary.signals import Flag, Signal, SignalKind
from zhigan.webapi.database import Database

ROUND_S: Final = 120.0
WINDOW: Final = 5 * MINUTE
"""A smart breaker reports every 1 to 5 minutes; what was not heard within is judged when it is heard."""
AT_ONCE: Final = 500
NIGHTS: Final = 14
NIGHT_BEGINS: Final = (22 - 8) * HOUR
NIGHT_LASTS: Final = 8 * HOUR
"""22:00 to 06:00 in the city, as `night` says."""
OURS: Final = trends.IMBALANCE | trends.NIGHT_LOAD | trends.DRIFT
_FIRST: Final = "00000000-0000-0000-0000-000000000000"
_log = structlog.get_logger("desks.electrical")


class NotTold(Exception):
    """Nobody can take it now: what still holds then is told with the next round."""


class Tell(Protocol):
    """To the process that judges; returns when all of it is on disk."""

    async def __call__(self, signals: Sequence[Signal]) -> None: ...


class Watched(msgspec.Struct, frozen=True):
    id: str
    phases: int
    rating_a: float | None
    area: str


class Page(msgspec.Struct, frozen=True):
    """Some circuits with their channels."""

    circuits: list[Watched]
    own: dict[str, list[Channel]]

    @property
    def devices(self) -> dict[int, int | None]:
        return {c.number: c.parent for each in self.own.values() for c in each}


class Watch:
    def __init__(self, db: Database, archive: Archive, standing: Standing, tell: Tell) -> None:
        self._db = db
        self._archive = archive
        self._standing = standing
        self._tell = tell
        self._nights: dict[tuple[int, int], Night] = {}
        self._of = -1
        """The night of which `_nights` tell, read once a night."""
        self._day = -1

    async def round(self, now: int) -> int:
        """How much was told."""
        found = 0
        if now // DAY != self._day:
            found += await self.daily(now)
            self._day = now // DAY
        dark = night(now)
        fresh = dark and _night(now) != self._of
        if fresh:
            self._nights.clear()
        async for page in self._pages():
            found += await self._look(page, now, fresh=fresh, dark=dark)
        if fresh:
            self._of = _night(now)
        return found

    async def _look(self, page: Page, now: int, *, fresh: bool, dark: bool) -> int:
        async with self._db.owner() as conn:
            if fresh:
                self._nights |= await self._usual(conn, page, now)
            lasts = await store.lasts(conn, page.own, now, WINDOW)
        found: list[Found | None] = []
        for circuit in page.circuits:
            own = page.own[circuit.id]
            if circuit.phases == 3:
                found.append(trends.imbalance(own, lasts, circuit.rating_a))
            found.append(trends.night_load(own, lasts, self._nights, dark))
        return await self._told([each for each in found if each is not None], now)

    async def _usual(self, conn: Connection, page: Page, now: int) -> dict[tuple[int, int], Night]:
        """What each phase usually takes at night, out of the nights before this one."""
        ratings = {c.number: circuit.rating_a for circuit in page.circuits for c in page.own[circuit.id]}
        maxima: dict[tuple[int, int], list[float]] = {}
        for past in range(_night(now) - NIGHTS, _night(now)):
            begin = past * DAY + NIGHT_BEGINS
            window = Window((trends.CURRENT,), HOUR, begin, begin + NIGHT_LASTS)
            for key, hours in (await windows.of(conn, self._archive, page.devices, window)).items():
                maxima.setdefault(key, []).append(max(hour.max for hour in hours))
        usual = {key: trends.night_of(nights, ratings[key[0]]) for key, nights in maxima.items()}
        return {key: night for key, night in usual.items() if night is not None}

    async def daily(self, now: int) -> int:
        """Limits of places, lines through daily maxima, and what measures no circuit any more."""
        told = 0
        async with self._db.owner() as conn:
            await store.settle(conn, await store.measured_places(conn))
            gone = await conn.fetch(store.SQL.left_behind, OURS)
        if gone:
            bits = OURS | trends.SOON
            await self._tell([_signal(r["gateway"], r["address"], 0, bits, (), now) for r in gone])
            told += len(gone)
        async for page in self._pages():
            async with self._db.owner() as conn:
                days = await windows.of(conn, self._archive, page.devices, Window.days(_WATCHED, outlook.DAYS, now))
                in_force = await self._standing(conn)
            told += await self._told(await asyncio.to_thread(_drifts, page, days, in_force), now)
        return told

    async def _told(self, found: Sequence[Found], now: int) -> int:
        """Only what differs."""
        signals = [
            _signal(f.device.gateway, f.device.address, f.bits, f.of, f.facts, now)
            for f in found
            if f.device.conditions & f.of != f.bits
        ]
        if signals:
            await self._tell(signals)
        return len(signals)

    async def _pages(self) -> AsyncIterator[Page]:
        after = _FIRST
        while True:
            async with self._db.owner() as conn:
                circuits = [Watched(**dict(r)) for r in await conn.fetch(store.SQL.watched, after, AT_ONCE)]
                own = await store.channels(conn, [c.id for c in circuits])
            if circuits:
                yield Page(circuits, own)
            if len(circuits) < AT_ONCE:
                return
            after = circuits[-1].id


_WATCHED: Final = tuple(BY_NAME[name].number for name in outlook.WATCHED)


def _night(now: int) -> int:
    """A night belongs to the day on whose noon it began."""
    return (now // HOUR + 8 - 12) // 24


def _drifts(page: Page, days: Windows, in_force: InForce) -> list[Found]:
    """In a thread: thousands of lines are some seconds of work."""
    lines: dict[int, tuple[Channel, list[Line]]] = {}
    for circuit in page.circuits:
        policy = in_force.of(circuit.area).limits
        for channel in page.own[circuit.id]:
            _, own = lines.setdefault(channel.number, (channel, []))
            metric = BY_NUMBER[channel.metric].name
            bound = bounds.limits(store.bound(channel, circuit.phases, circuit.rating_a), policy)
            rows = days.get((channel.number, channel.metric), ())
            if metric in outlook.WATCHED and bound.high is not None:
                drift = rules.drift([(step.at / DAY, step.max) for step in rows], bound.high)
                if drift is not None:
                    own.append(Line(channel, drift, bound.high, bound.source))
    return [trends.drifting(channel, own) for channel, own in lines.values()]


def _signal(gateway: str, address: str, bits: int, of: int, facts: trends.Facts, now: int) -> Signal:
    return Signal(
        gateway, address, int(SignalKind.STATUS), now, now, bits, of, flags=int(Flag.JUDGED), facts=facts
    )  # fmt: skip


async def run(db: Database, archive: Archive, standing: Standing, clock: Clock, tell: Tell) -> None:
    """Until cancelled."""
    watch = Watch(db, archive, standing, tell)
    while True:
        try:
            await watch.round(clock.micros())
        except UNAVAILABLE as error:
            _log.warning("the watch waits for the database", error=type(error).__name__)
        except NotTold as error:
            _log.warning("the watch could not tell; it looks again", error=str(error))
        await asyncio.sleep(ROUND_S)
