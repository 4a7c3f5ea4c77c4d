"""Whether partners take what they are sent: a row for the operator where one has failed for long, and the gauges.

Enters: how each subscription stands, `now`. Leaves: one open attention row a failing subscription, ended when it is
taken again, paused or retired. Absent: sending (delivery.py).
"""

from datetime import datetime

from asyncpg import Record

from zhigan.bus import log
from zhigan.incidents.attending import Watched, attend
from zhigan.incidents.model import Place, Reason, Why
from zhigan.outlets.subscriptions import figures, rules
from zhigan.outlets.subscriptions.model import State
from zhigan.outlets.subscriptions.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary import scopes
from zhigan.vocabulary.moments import to_micros

FLAG = "partner_failing"


class Watch:
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def look(self) -> int:
        """How many fail."""
        now, failing, paused = self._clock.now(), 0, 0
        async with self._pool.acquire() as conn, conn.transaction():
            head = await log.last(conn)
            watched: list[Watched] = []
            rows = await conn.fetch(SQL.standing)
            since = await log.came_after(conn, [row["position"] for row in rows])
            for row in rows:
                fails = _fails(row, now)
                failing += fails
                paused += not row["retired"] and row["state"] != State.ACTIVE
                _gauges(row, head, since.get(row["position"]), now)
                watched.append(_watched(row, now, fails=fails))
            await attend(conn, watched, to_micros(now))
        figures.failing.set(failing)
        figures.paused.set(paused)
        return failing


def _fails(row: Record, now: datetime) -> bool:
    """What a person has paused fails of our own will; that a receiver wants no more (410) is told."""
    if row["retired"] or row["disabled_at"] is not None or row["partner_state"] != State.ACTIVE:
        return False
    return row["state"] == State.GONE or (row["state"] == State.ACTIVE and rules.failing(row["failing_since"], now))


def _gauges(row: Record, head: int, since: datetime | None, now: datetime) -> None:
    """Of one that is retired nothing is behind any more."""
    labels, waits = (row["partner"], row["name"]), not row["retired"] and since is not None
    figures.behind.labels(*labels).set(max(0, head - row["position"]) if waits else 0)
    figures.lag.labels(*labels).set(0 if since is None or not waits else (now - since).total_seconds())


def _watched(row: Record, now: datetime, *, fails: bool) -> Watched:
    minutes = int((now - (row["failing_since"] or now)).total_seconds() // 60)
    reason = Reason(Why.PARTNER_FAILING, {"partner": row["partner"], "subscription": row["name"], "minutes": minutes})
    place = Place(text=row["partner"], owned=scopes.ground(scopes.parse(row["scope"])))
    return Watched(slot=f"subscription:{row['id']}", wrong=fails, place=place, reason=reason, flag=FLAG)
