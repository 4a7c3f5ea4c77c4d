"""The upper side keeps watch: a platform below that is heard no more becomes a row of the attention queue.

Enters: when each was heard last, `now`. Leaves: one open row a silent platform, ended when it speaks again; gauges;
pairs of devices that turn out to be one only now.
Absent: what it says (taking.py).
"""

import structlog
from asyncpg import Record

from zhigan.bus import log
from zhigan.bus.following import ever_alone, every
from zhigan.federation import figures, rules, twins
from zhigan.federation.store import SQL
from zhigan.incidents.attending import Watched, attend
from zhigan.incidents.model import Place, Reason, Why
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary import scopes
from zhigan.vocabulary.moments import to_micros

PERIOD_S, TWINS_S = 15.0, 300.0
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
            watched: list[Watched] = []
            for row in await conn.fetch(SQL.silent):
                quiet_s = (now - row["seen_at"]).total_seconds()
                figures.quiet.labels(row["slug"]).set(quiet_s)
                figures.lost.labels(row["slug"]).set(row["lost"])
                is_silent = rules.liveness(quiet_s, revoked=row["revoked_at"] is not None) is rules.Liveness.SILENT
                silent += is_silent
                watched.append(_watched(row, quiet_s, silent=is_silent))
            await attend(conn, watched, to_micros(now))
        figures.silent.set(silent)
        return silent

    async def look_for_twins(self) -> None:
        """Our own device may have been registered after the one below was told of."""
        async with self._pool.acquire() as conn, conn.transaction():
            if drafts := await twins.look_anew(conn, self._clock):
                await log.append(conn, drafts, self._clock.micros())

    async def run(self, dsn: str) -> None:
        """Until cancelled; one of all processes looks."""
        await ever_alone(
            dsn,
            _LOCK,
            "federation watch",
            None,
            {
                "silence": lambda: every(PERIOD_S, self.look),
                "twins": lambda: every(TWINS_S, self.look_for_twins),
            },
            lambda away: _log.warning("the watch over platforms below waits for the database", error=away),
            lambda error: _log.error("the watch over platforms below failed", exc_info=error),
        )


def _watched(row: Record, quiet_s: float, *, silent: bool) -> Watched:
    """What is revoked is silent of our own will: its row ends too."""
    owned = rules.default_owned(scopes.parse(row["scope"]))
    reason = Reason(Why.PLATFORM_SILENT, {"platform": row["name"], "minutes": int(quiet_s // 60)})
    place = Place(text=row["name"], owned=owned)
    return Watched(slot=f"platform:{row['id']}", wrong=silent, place=place, reason=reason, flag=FLAG)
