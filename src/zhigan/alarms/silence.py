"""Silence: who has not been heard for longer than its class allows is told to the engine as OFFLINE.

Enters: when devices were last heard (subjects.heard), flushed into the registry every round. Leaves: STATUS signals
with OFFLINE, through the one door like everything else, so that they are kept and replayable. Coming back is told by
the first sign of life (sorting.py). Absent: what being offline means (engine), and links as sockets (gateways).
"""

from collections.abc import Callable, Sequence

from zhigan.alarms.subjects import Subjects
from zhigan.registry import store as registry
from zhigan.registry.model import Silence as Silent
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import MINUTE, SECOND
from zhigan.vocabulary.signals import Signal, SignalKind

_OFFLINE = int(Condition.OFFLINE)
LONGEST_GRACE = 15 * MINUTE
"""After a start nobody counts as silent before it had its time to be heard by us; at most this."""

Emit = Callable[[Sequence[Signal]], None]


class Silence:
    def __init__(self, subjects: Subjects, emit: Emit, started_at: int) -> None:
        self._subjects = subjects
        self._emit = emit
        self._started_at = started_at
        self._told: dict[int, int] = {}

    async def round(self, conn: Connection, now: int) -> int:
        """Flush who was heard, tell who was not; how many were told."""
        await self.flush(conn)
        lost = [s for s in (await registry.silent(conn, now)).lost if self._new(s, now)]
        if lost:
            self._emit([_offline(s, now) for s in lost])
        return len(lost)

    async def flush(self, conn: Connection) -> None:
        """Store when devices were heard; what could not be stored is kept for the next round."""
        heard = self._subjects.heard
        self._subjects.heard = {}
        heard.pop(0, None)
        try:
            if heard:
                await registry.touch(conn, list(heard), list(heard.values()))
        except BaseException:
            self._subjects.heard = heard | self._subjects.heard
            raise

    def _new(self, silent: Silent, now: int) -> bool:
        """Told once for each silence; the registry shows it marked only when the engine has judged it."""
        if now - self._started_at < min(silent.patience_s * SECOND, LONGEST_GRACE):
            return False
        if self._told.get(silent.number) == silent.seen_at:
            return False
        self._told[silent.number] = silent.seen_at
        return True


def _offline(silent: Silent, now: int) -> Signal:
    """Its time is that of the last sign of life: how long it is gone counts from there."""
    return Signal(silent.gateway, silent.address, int(SignalKind.STATUS), now, silent.seen_at, _OFFLINE, _OFFLINE)
