"""What the rooms lend to walls: the live feed as a bell, outlines of the map, facilities' health, times of telling, the
alarm path as the engine measured it, and the limits that stand in the targets.

Enters: the wired parts. Leaves: `Lent`. Absent: any judgement of it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from zhigan.desks.health import store as health
from zhigan.desks.map.ground import outlines
from zhigan.desks.monthly.service_store import versions
from zhigan.desks.platform.looking import figures
from zhigan.desks.wall.board import Bell
from zhigan.desks.wall.model import WallDistrict, WallOutline, WallPath
from zhigan.incidents.glance_shapes import Served
from zhigan.outlets.live.tailer import Screen, Tailer
from zhigan.processes.monthly import told
from zhigan.runtime.clock import Clock
from zhigan.runtime.metrics import Figures
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Scope

PATH: Final = "zhigan_alarm_path_seconds"
SCREEN_LIMIT_S: Final = 10
"""GB 50440: from the alarm to the centre's screen."""


class Borrowed:
    def __init__(self, tailer: Tailer, folder: Path, clock: Clock) -> None:
        self._tailer, self._folder, self._clock = tailer, folder, clock

    @property
    def fresh(self) -> bool:
        return self._tailer.fresh

    def join(self, scope: Scope) -> Bell:
        return self._tailer.join(scope)

    def leave(self, bell: Bell) -> None:
        if isinstance(bell, Screen):
            self._tailer.leave(bell)

    def outlines(self) -> list[WallOutline]:
        return [
            WallOutline(county.properties.code, county.properties.name, [ring for part in parts for ring in part])
            for county in outlines().features
            for parts in (county.geometry.coordinates,)
        ]

    def screen(self) -> WallPath:
        return path(figures(self._folder, self._clock.micros()))

    async def districts(self, conn: Connection, scope: Scope) -> list[WallDistrict]:
        found = await health.coverage(conn, scope, "area", None)
        return [
            WallDistrict(code=c.code, name=c.name, installed=c.installed, online=c.alive + c.late)
            for c in sorted(found, key=lambda c: c.code)
            if c.code
        ]

    async def notified(self, conn: Connection, rows: Sequence[Served]) -> dict[str, float]:
        return await told(conn, rows)

    async def limits(self, conn: Connection) -> dict[str, int]:
        targets = (await versions(conn, 1))[0].targets
        return {"accepted": targets.accepted_s, "verified": targets.verified_s, "notified": targets.notified_s}


def path(hot: Figures | None) -> WallPath:
    """Nineteen of twenty arrived within a mark of the histogram; beyond its last mark is told as twice that."""
    samples = [s for family in (hot.families if hot else ()) if family.name == PATH for s in family.samples]
    marks = sorted((float(s.labels["le"]), s.value) for s in samples if s.name == f"{PATH}_bucket")
    n = int(marks[-1][1]) if marks else 0
    within = next((mark for mark, so_far in marks if n and so_far >= 0.95 * n), None)
    if within == float("inf"):
        within = marks[-2][0] * 2
    return WallPath(code="screen", limit_s=SCREEN_LIMIT_S, p95_s=within, n=n)
