"""Reports are followed to their end: sent where they wait, linked to what they became, closed when that closes.

Enters: the event log, by a cursor of its own; reports that wait. Leaves: states and outcomes, which senders fetch.
Everything is done again after a crash, and the second time changes nothing. Absent: HTTP.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from zhigan.bus.following import GATHER_S, Follower, ever_alone, follow
from zhigan.bus.log import Event
from zhigan.gateways.reports import cameras, figures, rules, store
from zhigan.gateways.reports.model import InboundKind, InboundState, NewInbound
from zhigan.gateways.reports.sending import AT_ONCE, Carry, Sending
from zhigan.gateways.reports.store import SQL
from zhigan.incidents import store as incidents
from zhigan.incidents.endings import Ending, endings, open_at
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.events import Draft
from zhigan.webapi.database import Database

READER: Final = "reports"
PAGE: Final = 500
UNFINISHED: Final = timedelta(minutes=2)
SETTLED: Final = timedelta(seconds=1)
_LOCK: Final = 0x7A686967_0049
_log = structlog.get_logger("gateways.reports")


class Worker:
    def __init__(self, db: Database, clock: Clock, carry: Carry) -> None:
        self._db, self._clock = db, clock
        self.sending = Sending(db, clock, carry)
        self._follower = Follower(db.pool, clock, READER, PAGE, self._work, self._poisoned)

    async def begin(self) -> None:
        await self._follower.begin()

    async def read(self) -> int:
        """One page of events, and whatever waits."""
        number = await self._follower.read()
        figures.waiting.set(await self.sending.waiting())
        await self._link()
        await self.sending.calm()
        await self._finish()
        return number

    async def run(self, dsn: str) -> None:
        """Until cancelled; one of all processes works."""
        await ever_alone(
            dsn,
            _LOCK,
            "reports",
            self.begin,
            {"log": lambda: follow(dsn, "zhigan reports", PAGE, self.read, gather=GATHER_S)},
            lambda away: _log.warning("reports wait for the database", error=away),
            lambda error: _log.error("following reports failed", exc_info=error),
        )

    async def _work(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        ids = sorted({e.subject for e in events if e.type.startswith("incident.")})
        if ids:
            await self._joined(conn, ids)
            for row in await incidents.standing(conn, ids):
                if row.merged_into is not None:
                    await conn.execute(SQL.goes_on, row.id, row.merged_into)
            ours = [r["incident"] for r in await conn.fetch(SQL.working_on, ids)]
            for ending in await endings(conn, ours) if ours else ():
                for row in await conn.fetch(SQL.ended, ending.id):
                    await self._end(conn, row["id"], InboundKind(row["kind"]), ending)
        return []

    async def _joined(self, conn: Connection, ids: list[str]) -> None:
        heard = {
            r["address"]: str(r["incident"])
            for r in await conn.fetch(incidents.SQL.devices_of, ids)
            if r["gateway"] == rules.GATEWAY
        }
        if heard:
            for row in await conn.fetch(SQL.of_addresses, list(heard)):
                await self._linked(conn, row["id"], heard[row["gateway_address"]])

    async def _link(self) -> None:
        """Calls that the engine counted to what stood already, for which it appends no event."""
        async with self._db.owner() as conn:
            rows = await conn.fetch(SQL.unlinked, self._clock.now() - SETTLED, AT_ONCE)
            waiting = {r["id"]: r["gateway_address"] for r in rows}
            if not waiting:
                return
            standing = await open_at(conn, rules.GATEWAY, list(waiting.values()))
            for report, address in waiting.items():
                if address in standing:
                    await self._linked(conn, report, standing[address])

    async def _linked(self, conn: Connection, report: str, incident: str) -> None:
        if await conn.fetchval(SQL.linked, report, incident, self._clock.now()) is not None:
            await store.say(conn, self._clock, report, "", "linked", {"incident": incident})

    async def _end(self, conn: Connection, report: str, kind: InboundKind, ending: Ending) -> None:
        state = rules.closed(kind, ending.outcome, ending.cause)
        reason = ending.cause if state is InboundState.REJECTED else ""
        await conn.execute(
            SQL.end, report, state.value, reason, ending.outcome, ending.cause, rules.brief(ending.note),
            ending.closed_at, self._clock.now(),
        )  # fmt: skip
        detail = {"outcome": ending.outcome, "cause": ending.cause}
        await store.say(conn, self._clock, report, "", state.value, {k: v for k, v in detail.items() if v})

    async def _finish(self) -> None:
        """Lists of cameras whose process died in the middle."""
        async with self._db.owner() as conn:
            rows = await conn.fetch(SQL.unfinished_lists, self._clock.now() - UNFINISHED)
        for row in rows:
            sent = msgspec.json.decode(row["content"], type=NewInbound)
            await cameras.finish(self._db, self._clock, row["id"], scopes.parse(row["scope"]), row["partner"], sent)

    def _poisoned(self, subject: str, error: BaseException) -> None:
        _log.error("an event could not be followed", subject=subject, exc_info=error)
