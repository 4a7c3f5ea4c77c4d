"""The upper side keeps watch: a platform below that is heard no more becomes a row of the attention queue.

Enters: when each was heard last, `now`. Leaves: one open row a silent platform, ended when it speaks again; gauges;
pairs of devices that turn out to be one only now.
Absent: what it says (taking.py).
"""

import asyncio
from datetime import datetime

import structlog

from zhigan.bus import log
from zhigan.bus.following import alone, ever
from zhigan.federation import figures, rules, twins
from zhigan.federation.store import SQL
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Change, Ended, Opened, Outcome, Place, Reason, Why
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary import scopes
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_micros

PERIOD_S, LOOKS = 15.0, 20
FLAG = "platform_silent"
_LOCK = 0x7A686967_0041
_log = structlog.get_logger("federation.watch")


class Watch:
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def look(self) -> int:
        """How many are silent."""
        now = self._clock.now()
        silent = 0
        async with self._pool.acquire() as conn, conn.transaction():
            changes: list[Change] = []
            for row in await conn.fetch(SQL.silent):
                quiet_s = (now - row["seen_at"]).total_seconds()
                figures.quiet.labels(row["slug"]).set(quiet_s)
                figures.lost.labels(row["slug"]).set(row["lost"])
                is_silent = rules.liveness(quiet_s, revoked=row["revoked_at"] is not None) is rules.Liveness.SILENT
                silent += is_silent
                changes += await _attention(conn, row["id"], row["name"], row["scope"], quiet_s, is_silent, now)
            if changes:
                micros = to_micros(now)
                await log.append(conn, await incidents.apply(conn, changes, micros), micros)
        figures.silent.set(silent)
        return silent

    async def look_for_twins(self) -> None:
        """Our own device may have been registered after the one below was told of."""
        async with self._pool.acquire() as conn, conn.transaction():
            if drafts := await twins.look_anew(conn, self._clock):
                await log.append(conn, drafts, self._clock.micros())

    async def run(self, dsn: str) -> None:
        """Until cancelled; one of all processes looks."""
        await ever(
            lambda: self._run(dsn),
            lambda away: _log.warning("the watch over platforms below waits for the database", error=away),
            lambda error: _log.error("the watch over platforms below failed", exc_info=error),
        )

    async def _run(self, dsn: str) -> None:
        async with alone(dsn, _LOCK, "zhigan federation watch"):
            while True:
                await self.look_for_twins()
                for _ in range(LOOKS):
                    await self.look()
                    await asyncio.sleep(PERIOD_S)


async def _attention(
    conn: Connection, id_: str, name: str, scope: str, quiet_s: float, silent: bool, now: datetime
) -> list[Change]:
    """One open row a platform. What is revoked is silent of our own will: its row ends too."""
    slot, micros = f"platform:{id_}", to_micros(now)
    standing = await incidents.open_of_case(conn, [slot])
    if not silent:
        reason = Reason(Why.RESTORED)
        return [Ended(incident=s.id, outcome=Outcome.OTHER, reason=reason, at=micros) for s in standing]
    if standing:
        return []
    reason = Reason(Why.PLATFORM_SILENT, {"platform": name, "minutes": int(quiet_s // 60)})
    owned = rules.default_owned(scopes.parse(scope))
    return [
        Opened(
            incident=born(micros, slot), slot=slot, case_key=slot, locus=slot, grade=Grade.III, kind=Kind.LINK,
            place=Place(text=name, owned=owned), reasons=(reason,), at=micros, received_at=micros, alarms=(),
            flags=(FLAG,),
        )
    ]  # fmt: skip
