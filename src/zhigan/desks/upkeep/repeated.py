"""Repeated false alarms become work by themselves (policy.md): the same device three times in 30 days by heat or smoke
that is no fire (U), its surroundings (E) or itself (D); removed or taped over (H6) or past its life (D9) at once. These
figures are the policy's (`repeats`).

Enters: the event log, the policy in force. Leaves: the device's open task (grade IV) with how often and by what.
Absent: what is done about it, which is the maintainer's. What became work once does not count again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from zhigan.bus.following import GATHER_S, Follower, ever_alone, follow
from zhigan.bus.log import Event
from zhigan.desks.upkeep import store
from zhigan.incidents import blame
from zhigan.incidents.model import Reason, Why
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.causes import Repeats
from zhigan.vocabulary.events import Draft, EventType

READER = "upkeep"
PAGE = 500
_LOCK = 0x7A686967_0050
_log = structlog.get_logger("desks.upkeep")


class Counting(Protocol):
    @property
    def repeats(self) -> Repeats: ...


class Standing(Protocol):
    """The policy in force, lent (processes)."""

    async def __call__(self, conn: Connection) -> Counting: ...


def due(causes: Sequence[str], by: Repeats) -> bool:
    """Of one device, an incident each."""
    return len(causes) >= by.times or not set(by.at_once).isdisjoint(causes)


class Repeated:
    def __init__(self, pool: Pool, clock: Clock, standing: Standing) -> None:
        self._clock, self._standing = clock, standing
        self._follower = Follower(pool, clock, READER, PAGE, self._work, self._poisoned)

    async def begin(self) -> None:
        await self._follower.begin()

    async def read(self) -> int:
        return await self._follower.read()

    async def run(self, dsn: str) -> None:
        """Until cancelled; one of all processes works."""
        await ever_alone(
            dsn,
            _LOCK,
            "upkeep",
            self.begin,
            {"log": lambda: follow(dsn, "zhigan upkeep", PAGE, self.read, gather=GATHER_S)},
            lambda away: _log.warning("repeated false alarms wait for the database", error=away),
            lambda error: _log.error("following false alarms failed", exc_info=error),
        )

    async def _work(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        closed = sorted({e.subject for e in events if e.type == EventType.INCIDENT_CLOSED})
        drafts: list[Draft] = []
        if not closed:
            return drafts
        by = (await self._standing(conn)).repeats
        for device, causes in (await self._blamed(conn, closed, by)).items():
            if due(causes, by):
                drafts += await self._opened(conn, device, causes, by.days)
        return drafts

    async def _blamed(self, conn: Connection, closed: Sequence[str], by: Repeats) -> Mapping[str, list[str]]:
        """What has become work once does not count again."""
        found = await blame.of(conn, closed, by.counted, self._clock.now() - timedelta(days=by.days))
        rows = await conn.fetch(store.SQL.repeated_at, list(found))
        before: dict[str, datetime] = {row["device"]: row["at"] for row in rows}
        return {
            device: [each.cause for each in causes if device not in before or each.at > before[device]]
            for device, causes in found.items()
        }

    async def _opened(self, conn: Connection, device: str, causes: Sequence[str], days: int) -> list[Draft]:
        subject = await store.subject(conn, device)
        if subject is None:
            return []
        now = self._clock.now()
        name, listed = subject.name or subject.address, "、".join(sorted(causes))
        facts: dict[str, str | int | float] = {
            "device": name, "times": len(causes), "causes": listed, "days": days,
        }  # fmt: skip
        incident, drafts = await store.opened(conn, subject, Reason(Why.REPEATED_FALSE, facts), now)
        await conn.execute(store.SQL.repeated, device, now, incident)
        return drafts

    def _poisoned(self, subject: str, error: BaseException) -> None:
        _log.error("false alarms could not be counted", subject=subject, exc_info=error)
