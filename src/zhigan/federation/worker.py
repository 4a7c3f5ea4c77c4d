"""The lower side at work: what changes in the registry becomes events, and the log goes up, batch after batch.

Enters: the database, the clock, the vault. Leaves: the platform above told, our position moved to what it says that it
holds. One sender of all processes works at a time (an advisory lock); only one batch is under way, so that order needs
no more. However long the way was cut, it goes on from the acknowledged position. Each step is a method that a story may
call by itself. Absent: what a batch holds (sending.py), the upper side (taking.py, api_peers.py).
"""

import asyncio
from enum import StrEnum
from typing import NamedTuple

import msgspec
import structlog

from zhigan.access.vault import Vault
from zhigan.bus import log
from zhigan.bus.following import ever_alone, every, exhaust
from zhigan.federation import figures, joining, sending, store, wire
from zhigan.federation.model import Answered, Counts, Upper
from zhigan.federation.store import CHANNEL, SQL
from zhigan.registry import copies as registry
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.listen import Listener
from zhigan.runtime.outward import Outward, Reply, Unanswered, Unheard
from zhigan.runtime.pg import Connection, Pool

ALIVE_S = 20.0
"""With nothing to tell, the platform above hears from us so often."""
GATHER_S, CONDITIONS_S, COUNT_S = 0.5, 15.0, 60.0
CONDITIONS = 5000
LOOK_S = 2.0
BREATH_S = 0.03
ANSWER_S = 60.0
LONGEST_PAUSE_S = 5.0
"""So late after the line is back it is seen at most."""
PATH = "/api/v1/federation/peers"
_LOCK = 0x7A686967_0040
_log = structlog.get_logger("federation.uplink")


class Fate(StrEnum):
    """What became of a round."""

    NOBODY = "nobody"  # there is no platform above
    TAKEN = "taken"  # and nothing more is waiting
    MORE = "more"
    AGAIN = "again"  # the other side is elsewhere in our log: go on from there
    FAILED = "failed"
    ENDED = "ended"  # the platform above has revoked us


class _Problem(msgspec.Struct):
    detail: str = ""
    title: str = ""
    position: int | None = None


class Round(NamedTuple):
    fate: Fate
    events: int = 0


class Uplink:
    def __init__(self, pool: Pool, clock: Clock, vault: Vault, outward: Outward) -> None:
        self._pool, self._clock, self._vault, self._outward = pool, clock, vault, outward

    # -- steps

    async def gather(self) -> bool:
        """What changed in the registry, into the log. True where there may be more."""
        async with self._pool.acquire() as conn, conn.transaction():
            now = self._clock.micros()
            draft = await sending.gather(conn, now)
            if draft is not None:
                await log.append(conn, [draft], now)
        return draft is not None

    async def note_conditions(self) -> None:
        async with self._pool.acquire() as conn:
            if await conn.fetchval(SQL.upper) is not None:
                await registry.note_conditions(conn, CONDITIONS)

    async def send(self, *, counting: bool = False) -> Round:
        """One batch, be it only a sign of life."""
        async with self._pool.acquire() as conn:
            upper = await store.upper(conn, self._vault)
            if upper is None:
                return Round(Fate.NOBODY)
            me = await joining.own(conn, self._clock)
            async with conn.transaction(isolation="repeatable_read", readonly=True):
                counts = await _counts(conn, upper) if counting else None
                batch = await sending.batch(conn, upper, me, self._clock.micros(), counts)
        url = f"{upper.url}{PATH}/{upper.id}/events"
        headers = wire.signed(upper.secret, mint(self._clock), batch.body, self._clock.now())
        try:
            reply = await self._outward.ask("POST", url, headers, batch.body, ANSWER_S)
        except (Unheard, Unanswered) as error:
            return await self._failed(upper, type(error).__name__.lower(), str(error))
        return await self._answered(upper, batch, reply)

    async def _answered(self, upper: Upper, batch: sending.Batch, reply: Reply) -> Round:
        if reply.status == 200:
            # The answer is believed where it is signed: a proxy's friendly page moves no position.
            if not wire.holds(upper.secret, reply.headers, reply.body, self._clock.now()):
                return await self._failed(upper, "unsigned", "the answer is not signed by the platform above")
            position = wire.read(reply.body, Answered).position
            return await self._moved(upper, batch, position)
        said = _problem(reply)
        if reply.status == 410:
            async with self._pool.acquire() as conn, conn.transaction():
                await joining.leave(conn, upper.id, self._clock.now(), upper.name)
            return Round(Fate.ENDED)
        if reply.status == 409 and said.position is not None:
            return await self._elsewhere(upper, said.position)
        return await self._failed(upper, str(reply.status), f"{reply.status} {said.detail or said.title}")

    async def _moved(self, upper: Upper, batch: sending.Batch, position: int) -> Round:
        async with self._pool.acquire() as conn:
            lost = upper.lost + batch.lost
            now = self._clock.now()
            moved = await conn.fetchval(SQL.acknowledged, upper.id, upper.position, position, now, lost)
            figures.backlog.set(max(0, await log.last(conn) - position))
        if moved is None:  # left or joined anew meanwhile
            return Round(Fate.AGAIN)
        figures.sent.inc(batch.events)
        return Round(Fate.MORE if batch.full else Fate.TAKEN, batch.events)

    async def _elsewhere(self, upper: Upper, position: int) -> Round:
        """It has more than we knew (its answer was lost), or less (it was set back): what it holds durably counts."""
        async with self._pool.acquire() as conn:
            if position <= await log.last(conn):
                figures.failed.labels("elsewhere").inc()
                await conn.execute(SQL.acknowledged, upper.id, upper.position, position, self._clock.now(), upper.lost)
                return Round(Fate.AGAIN)
        return await self._failed(upper, "ahead", "the platform above holds more than our log has: join it anew")

    async def _failed(self, upper: Upper, why: str, said: str) -> Round:
        figures.failed.labels(why).inc()
        async with self._pool.acquire() as conn:
            await conn.execute(SQL.wrong_upper, upper.id, said[:300], self._clock.now())
        return Round(Fate.FAILED)

    # -- loops

    async def run(self, dsn: str) -> None:
        """Until cancelled; whatever goes wrong is told of, and it begins again."""
        await ever_alone(
            dsn,
            _LOCK,
            "uplink",
            None,
            {
                "registry": lambda: every(GATHER_S, lambda: exhaust(self.gather)),
                "conditions": lambda: every(CONDITIONS_S, self.note_conditions),
                "up": lambda: self._send(dsn),
            },
            lambda away: _log.warning("the way up waits for the database", error=away),
            lambda error: _log.error("the way up failed; it begins again", exc_info=error),
        )

    async def _send(self, dsn: str) -> None:
        loop = asyncio.get_running_loop()
        failures, counted = 0, -COUNT_S
        async with Listener(dsn, log.CHANNEL, CHANNEL, name="zhigan uplink") as listener:
            while True:
                counting = loop.time() - counted >= COUNT_S
                done = await self.send(counting=counting)
                counted = loop.time() if counting and done.fate in (Fate.TAKEN, Fate.MORE) else counted
                failures = failures + 1 if done.fate is Fate.FAILED else 0
                if done.fate in (Fate.FAILED, Fate.NOBODY):
                    await asyncio.sleep(min(LONGEST_PAUSE_S, 0.5 * 2.0 ** min(failures, 10)) if failures else LOOK_S)
                elif done.fate is Fate.TAKEN:
                    await self._something(listener)

    async def _something(self, listener: Listener) -> None:
        """Until the log has grown, or it is time to say that we live. A breath, so that a storm travels in batches."""
        await listener.wait(ALIVE_S)
        await asyncio.sleep(BREATH_S)


async def _counts(conn: Connection, upper: Upper) -> Counts:
    units, devices = await registry.counts(conn, upper.scope)
    return Counts(units=units, devices=devices)


def _problem(reply: Reply) -> _Problem:
    try:
        return msgspec.json.decode(reply.body, type=_Problem)
    except msgspec.DecodeError:
        return _Problem()
