"""Another maker's platform that is heard no more becomes a row of the attention queue (III), as its devices' silence
would: nobody knows any longer how they stand.

Enters: when each was heard last, `now`. Leaves: one open row a silent platform, ended when it speaks again, is switched
off or retired; gauges. Absent: what it says (api_door.py).
"""

import structlog
from asyncpg import Record
from prometheus_client import Gauge

from zhigan.bus.following import ever_alone, every
from zhigan.gateways.platforms.store import SQL
from zhigan.incidents.attending import Watched, attend
from zhigan.incidents.model import Place, Reason, Why
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Owned

PERIOD_S = 15.0
FLAG = "platform_silent"
_LOCK = 0x7A686967_0045
_log = structlog.get_logger("gateways.platforms.watch")
_silent = Gauge("zhigan_platforms_silent", "other makers' platforms that are heard no more")
_quiet = Gauge("zhigan_platform_quiet_seconds", "since when another maker's platform was heard last", ("platform",))


class SourceWatch:
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def look(self) -> int:
        """How many are silent."""
        now = self._clock.now()
        silent = 0
        async with self._pool.acquire() as conn, conn.transaction():
            watched: list[Watched] = []
            for row in await conn.fetch(SQL.heard):
                quiet_s = (now - row["last_at"]).total_seconds()
                is_silent = row["expected"] and quiet_s > row["silent_s"]
                silent += is_silent
                if row["expected"]:
                    _quiet.labels(row["slug"]).set(quiet_s)
                watched.append(_watched(row, quiet_s, silent=is_silent))
            await attend(conn, watched, to_micros(now))
        _silent.set(silent)
        return silent

    async def run(self, dsn: str) -> None:
        """Until cancelled; one of all processes looks."""
        await ever_alone(
            dsn,
            _LOCK,
            "platforms watch",
            None,
            {"look": lambda: every(PERIOD_S, self.look)},
            lambda away: _log.warning("the watch over other platforms waits for the database", error=away),
            lambda error: _log.error("the watch over other platforms failed", exc_info=error),
        )


def _watched(row: Record, quiet_s: float, *, silent: bool) -> Watched:
    # Of one area the row is that area's; of several, or of all, the city's.
    owned = Owned(area=row["areas"][0]) if len(row["areas"]) == 1 else Owned()
    reason = Reason(Why.PLATFORM_SILENT, {"platform": row["name"], "minutes": int(quiet_s // 60)})
    place = Place(text=row["name"], owned=owned)
    return Watched(slot=f"source:{row['id']}", wrong=silent, place=place, reason=reason, flag=FLAG)
